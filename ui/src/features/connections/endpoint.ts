/** The first `host:port` that a text names; an IPv6 address stands in brackets. */
export function endpointIn(text: string): string | null {
  return /(?:\[[0-9a-f:]+\]|[\w.-]+):\d+/i.exec(text)?.[0] ?? null;
}
