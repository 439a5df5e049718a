import { Sign, type Tone } from "../../components/Sign";
import type { Problem } from "../../ipc/client";

/** Problems with their culprit and what to do. */
export function Problems({ problems, tone, label, testId }: { problems: Problem[]; tone: Tone; label: string; testId: string }) {
  if (problems.length === 0) return null;
  return (
    <section aria-label={label}>
      <h3>{label}</h3>
      <ul className="problems" data-testid={testId}>
        {problems.map((problem) => (
          <li key={problem.path + problem.code}>
            <Sign tone={tone} />
            <span className="wrap">{problem.path && <><span className="mono">{problem.path}</span>: </>}{problem.message}. {problem.hint && <span className="dim">{problem.hint}</span>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
