import { CornerDownRight } from "lucide-react";
import { useDesk, type ScriptId } from "../../app/desk";
import { Fault } from "../../components/Fault";
import { count, duration } from "../../components/format";
import { Progress } from "../../components/Progress";
import { Sign } from "../../components/Sign";
import type { CallError, LogEvent, RunError, RunReport } from "../../ipc/client";
import { isAboutSecrets } from "../secrets/words";
import { endpointIn } from "../connections/endpoint";
import { ENDS, fieldOf, MIGRATIONS, requestOf, toneOf, toneOfEnd, writesOf } from "./outcomes";
import { Profile } from "./Profile";
import { Timeline } from "./Timeline";
import { BUDGET_MS, type Run } from "./useRun";

function Event({ event }: { event: LogEvent | null }) {
  if (!event) return <span className="dim">none: this script alone raises no event</span>;
  return (
    <span className="mono">
      <b>{event.code}</b> &nbsp;{event.meaning}
      {event.user_id && <span className="dim"> · {event.user_id}</span>}
      {!event.certain && <span className="no"> · not documented</span>}
    </span>
  );
}

function Culprit({ error, script, refused }: { error: RunError; script: ScriptId; refused: boolean }) {
  const goTo = useDesk((desk) => desk.goTo);
  const { line } = error;
  return (
    <div className={refused ? "culprit is-no" : "culprit"} data-testid="run-error">
      <div className="mono wrap"><b>{error.class}</b>{error.code && <span className="dim"> {error.code}</span>}: {error.message}</div>
      {line !== null && (
        <button type="button" className="link icon-text" data-testid="culprit-line" onClick={() => goTo(script, line)}>
          <CornerDownRight size={14} aria-hidden />
          {script.action}.js, line {line}{error.column !== null && `, column ${error.column}`}
        </button>
      )}
      {error.hint && <div className="dim" data-testid="run-hint">{error.hint}</div>}
      {error.stack && (
        <details>
          <summary className="dim">Stack</summary>
          <pre className="result mono">{error.stack}</pre>
        </details>
      )}
    </div>
  );
}

/** What was refused, and for an address the way to allow it; what safe try held back is not a matter of addresses. */
function Blocked({ report }: { report: RunReport }) {
  const want = useDesk((desk) => desk.want);
  const wantRequest = useDesk((desk) => desk.wantRequest);
  const entry = report.trace.find((one) => one.kind === "blocked");
  const endpoint = endpointIn(entry?.label ?? "");
  const isWrite = /^(held back|refused before it was sent)/.test(entry?.error ?? "");
  const request = isWrite && entry ? requestOf(entry) : null;
  return (
    <p className="blocked">
      {entry?.error ?? entry?.label}{" "}
      {!isWrite && (
        <button type="button" className="link" onClick={() => want(endpoint)} data-testid="allow-open">
          {endpoint ? `Allow ${endpoint} …` : "What scripts may reach …"}
        </button>
      )}
      {request && (
        <button type="button" className="link" onClick={() => wantRequest(request)} data-testid="safe-open">It only asks …</button>
      )}
    </p>
  );
}

function Report({ report, script, quiet }: { report: RunReport; script: ScriptId; quiet: boolean }) {
  const isProfile = script.action === "login" || script.action === "get_user";
  const loose = isProfile && report.result !== null ? report.warnings.filter((warning) => fieldOf(warning.rule) === null) : report.warnings;
  const refused = toneOf(report.outcome) === "no";
  return (
    <>
      {report.outcome === "blocked_by_policy" && <Blocked report={report} />}
      {report.error && !(refused && quiet) && <Culprit error={report.error} script={script} refused={refused} />}
      <h3>Where the time went</h3>
      <Timeline trace={report.trace} total={report.duration_ms} />
      <Progress part={report.duration_ms / BUDGET_MS} label="Share of the platform's 20 s" tone={report.duration_ms > 5000 ? "no" : undefined} />
      <div className="dim small budget">{duration(report.duration_ms)} of the platform’s 20 s</div>
      {report.result !== null && (
        <>
          <h3>{isProfile ? "Profile" : "Result"}</h3>
          <Profile result={report.result} warnings={report.warnings} isProfile={isProfile} />
        </>
      )}
      {loose.length > 0 && (
        <ul className="loose">
          {loose.map((warning, index) => <li key={index} className="no icon-text"><Sign tone="no" /> {warning.message}</li>)}
        </ul>
      )}
      {report.survives.length > 0 && (
        <p className="dim small">A rollback does not undo: {report.survives.join("; ")}.</p>
      )}
      <details className="small dim engine">
        <summary>Engine and isolation</summary>
        {report.engine.name} · runtime {report.engine.runtime} · peak {count(report.engine.peak_bytes / 1024)} KiB · {report.engine.isolation.join(", ") || "no layer in force"}
        {report.engine.missing.length > 0 && <div className="no">missing: {report.engine.missing.join("; ")}</div>}
      </details>
    </>
  );
}

/** Why there was no run; a secret that is not to be had leads to the secrets. */
function RunFault({ error }: { error: CallError }) {
  const show = useDesk((desk) => desk.show);
  return (
    <>
      <Fault error={error} testId="run-fault" />
      {isAboutSecrets(error) && (
        <button type="button" className="link" onClick={() => show("secrets")} data-testid="secrets-open">Open the secrets of this connection</button>
      )}
    </>
  );
}

/** What came of a run: the verdict first, then why, then where the time went. */
export function ResultCard({ run, script }: { run: Run; script: ScriptId }) {
  const { report, flow, error } = run;
  if (error) return <RunFault error={error} />;
  if (!report && !flow) return null;
  const tone = flow ? toneOfEnd(flow.end) : report ? toneOf(report.outcome) : "dim";
  const verdict = flow ?? report;
  if (!verdict) return null;
  return (
    <div className="result-card" aria-live="polite">
      <section className={`verdict is-${tone}`} aria-label="Verdict" data-testid="verdict" data-outcome={report?.outcome ?? flow?.end} data-end={flow?.end}>
        <div className="verdict-head">
          <Sign tone={tone} size={16} />
          <b className={tone} data-testid="verdict-headline">{verdict.headline}</b>
          {report && <span className="dim">in {duration(report.duration_ms)}</span>}
        </div>
        <dl className="facts">
          <dt>Log event</dt>
          <dd data-testid="log-event"><Event event={verdict.log_event} /></dd>
          {verdict.log_event?.description && <><dt>Description</dt><dd className="wrap">{verdict.log_event.description}</dd></>}
          <dt>End user</dt>
          <dd data-testid="user-sees">{verdict.user_sees}</dd>
          {(flow || script.action === "login") && (
            <>
              <dt>Migration</dt>
              <dd data-testid="migration-effect">{flow ? (flow.refusal ?? ENDS[flow.end]) : report ? MIGRATIONS[report.migration] : ""}</dd>
            </>
          )}
          {report && (
            <>
              <dt>Legacy store</dt>
              <dd data-testid="writes">{writesOf(report.trace)}{report.kept.length > 0 && <span className="dim kept">{report.kept.join(" ")}</span>}</dd>
            </>
          )}
        </dl>
      </section>
      {report ? <Report report={report} script={script} quiet={report.error?.line === null} /> : <p className="dim">No script ran: the user store answered.</p>}
    </div>
  );
}
