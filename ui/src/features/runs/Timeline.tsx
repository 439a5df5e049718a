import type { TraceEntry } from "../../ipc/client";
import { duration } from "../../components/format";

/** Where the time went: one bar per thing the run did, to scale. */
export function Timeline({ trace, total }: { trace: TraceEntry[]; total: number }) {
  const end = Math.max(total, ...trace.map((entry) => entry.at_ms + entry.ms), 0.001);
  return (
    <ol className="timeline mono" data-testid="timeline">
      {trace.map((entry, index) => (
        <li key={index} data-kind={entry.kind} title={entry.error ?? entry.statement?.sql ?? entry.label}>
          <span className={entry.error || entry.kind === "blocked" ? "clip bad" : "clip"}>{entry.label}</span>
          <span className="timeline-lane" aria-hidden>
            <i
              className={entry.error || entry.kind === "blocked" ? "failed" : entry.kind}
              style={{ left: `${(100 * entry.at_ms) / end}%`, width: `${(100 * entry.ms) / end}%` }}
            />
          </span>
          <em>{duration(entry.ms)}</em>
        </li>
      ))}
    </ol>
  );
}
