import type { TraceEntry } from "../../ipc/client";
import { count, duration } from "../../components/format";

/** More entries than this are summed up; the drawer has them all. */
const SHOWN = 40;

/** A word for the lane; the whole label is the title. */
function words(trace: TraceEntry[]): string[] {
  let queries = 0;
  return trace.map((entry) => {
    switch (entry.kind) {
      case "query":
        queries += 1;
        return `query ${queries}`;
      case "require":
        return entry.label.startsWith("require") ? entry.label : `require ${entry.label}`;
      case "hash":
      case "http":
        return entry.label;
      default:
        return entry.kind;
    }
  });
}

/** Where the time went: one bar per thing the run did, to scale. */
export function Timeline({ trace, total }: { trace: TraceEntry[]; total: number }) {
  const end = Math.max(total, ...trace.map((entry) => entry.at_ms + entry.ms), 0.001);
  const names = words(trace);
  const rest = trace.slice(SHOWN);
  return (
    <>
      <ol className="timeline mono" data-testid="timeline">
        {trace.slice(0, SHOWN).map((entry, index) => {
          const failed = entry.error !== null || entry.kind === "blocked";
          return (
            <li key={index} data-kind={entry.kind} title={[entry.label, entry.statement?.sql, entry.error].filter(Boolean).join("\n")}>
              <span className={failed ? "clip bad" : "clip"}>{names[index]}</span>
              <span className="timeline-lane" aria-hidden>
                <i
                  className={failed ? "failed" : entry.kind}
                  style={{ left: `min(${(100 * entry.at_ms) / end}%, calc(100% - 3px))`, width: `${(100 * entry.ms) / end}%` }}
                />
              </span>
              <em>{duration(entry.ms)}</em>
            </li>
          );
        })}
      </ol>
      {rest.length > 0 && (
        <p className="small timeline-more">and {count(rest.length)} more, {duration(rest.reduce((sum, entry) => sum + entry.ms, 0))} together; statements are in the drawer</p>
      )}
    </>
  );
}
