import "./components.css";

/** A thin bar; `part` from 0 to 1. */
export function Progress({ part, label, tone }: { part: number; label: string; tone?: "no" | "bad" }) {
  const share = Math.min(1, Math.max(0, part));
  return (
    <div className="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
      <div style={{ width: `${share * 100}%`, background: tone ? `var(--${tone})` : undefined }} />
    </div>
  );
}
