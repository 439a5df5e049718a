import { Check, CircleDashed, Square, TriangleAlert, X } from "lucide-react";

export type Tone = "ok" | "no" | "bad" | "dim";

const ICONS = { ok: Check, no: TriangleAlert, bad: X, dim: CircleDashed, stop: Square };

/** A tone as a sign, so that no meaning hangs on colour alone. The word stands beside it. */
export function Sign({ tone, size = 14 }: { tone: Tone; size?: number }) {
  const Icon = ICONS[tone];
  return <Icon size={size} strokeWidth={2.4} className={tone} aria-hidden />;
}
