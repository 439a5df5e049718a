// Numbers with their unit, times with their age.

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,204` */
export function count(value: number): string {
  return grouped.format(value);
}

/** `0.8 ms`, `74 ms`, `1.2 s` */
export function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** `940 B`, `12.1 KB` */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)} KB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

/** `41.2 %` */
export function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

/** `3 s ago`, `12 min ago`, `5 h ago`, `41 days ago` */
export function age(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** `14:02:11` */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** `2026-11-23 14:02` */
export function stamp(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
