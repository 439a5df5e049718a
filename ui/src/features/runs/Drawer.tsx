import { ActionIcon } from "@mantine/core";
import { ChevronDown, ChevronUp } from "lucide-react";
import { useMemo, useState } from "react";
import { keyOf, useDesk, type DrawerTab, type ScriptId } from "../../app/desk";
import { count, duration } from "../../components/format";
import { Sign, type Tone } from "../../components/Sign";
import type { ConsoleLine, TraceEntry } from "../../ipc/client";
import { useFindings } from "../../ipc/queries";
import type { OpenText } from "../scripts/useScript";
import { Versions } from "../scripts/Versions";
import { effectOf } from "./outcomes";
import { useRuns } from "./useRun";

/** Lines shown at once; a flood of thousands would hold up the window. */
const SHOWN_LINES = 500;

function Console({ lines, ran }: { lines: ConsoleLine[]; ran: boolean }) {
  const [all, setAll] = useState(false);
  if (lines.length === 0) return <p className="drawer-empty dim">{ran ? "The script printed nothing." : "Nothing ran yet."}</p>;
  const hidden = all ? 0 : Math.max(0, lines.length - SHOWN_LINES);
  return (
    <ol className="console mono" data-testid="console">
      {hidden > 0 && (
        <li><button type="button" className="link" onClick={() => setAll(true)} data-testid="console-all">Show {count(hidden)} earlier lines</button></li>
      )}
      {lines.slice(hidden).map((line, index) => (
        <li key={index} className={line.level === "error" ? "bad" : line.level === "warn" ? "no" : undefined}>
          <span className="dim">{duration(line.at_ms)}</span>
          <span className="dim">{line.level}</span>
          <span className="console-text">{line.text}</span>
        </li>
      ))}
    </ol>
  );
}

function Statements({ trace, ran }: { trace: TraceEntry[]; ran: boolean }) {
  const shown = trace.filter((entry) => entry.statement || entry.kind === "rollback" || entry.kind === "blocked");
  if (shown.length === 0) return <p className="drawer-empty dim">{ran ? "No statement reached a legacy store." : "Nothing ran yet."}</p>;
  return (
    <table className="mono" data-testid="statements">
      <thead>
        <tr><th className="statement-at">at</th><th className="statement">statement</th><th>parameters</th><th className="number">rows</th><th className="number">time</th><th>writes</th></tr>
      </thead>
      <tbody>
        {shown.map((entry, index) => (
          <tr key={index}>
            <td className="statement-at nowrap">{duration(entry.at_ms)}</td>
            <td className={entry.kind === "rollback" ? "accent-strong" : undefined}>
              {entry.statement?.sql ?? entry.label}
              {entry.error && <div className="bad">{entry.error}</div>}
            </td>
            <td className="wrap">{entry.statement?.parameters.join(", ")}</td>
            <td className="number">{entry.statement?.rows}</td>
            <td className="number nowrap">{duration(entry.ms)}</td>
            <td className={entry.statement?.effect === "refused" ? "bad nowrap" : entry.statement?.effect === "committed" ? "no nowrap" : "nowrap"}>
              {effectOf(entry)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Found {
  tone: Tone;
  rule: string;
  message: string;
  line: number | null;
  from: string;
}

function useProblems(script: ScriptId): Found[] {
  const run = useRuns((state) => state.runs[keyOf(script)]);
  const findings = useFindings().data;
  return useMemo(() => {
    const found: Found[] = [];
    const error = run?.report?.error;
    if (error && run?.report?.log_event?.code !== "fp" && run?.report?.log_event?.code !== "fu") {
      found.push({ tone: "bad", rule: error.class, message: error.message, line: error.line, from: "last run" });
    }
    for (const warning of run?.report?.warnings ?? []) found.push({ tone: "no", ...warning, from: "last run" });
    for (const finding of findings ?? []) {
      if (finding.connection !== script.connection || (finding.action !== null && finding.action !== script.action)) continue;
      found.push({ tone: finding.severity === "error" ? "bad" : "no", rule: finding.rule, message: finding.message, line: finding.line, from: "check" });
    }
    return found;
  }, [findings, run, script.action, script.connection]);
}

function Problems({ problems, script }: { problems: Found[]; script: ScriptId }) {
  const goTo = useDesk((desk) => desk.goTo);
  if (problems.length === 0) return <p className="drawer-empty dim">Nothing found by the check or by the last run.</p>;
  return (
    <table data-testid="problems">
      <tbody>
        {problems.map((problem, index) => (
          <tr key={index}>
            <td className="nowrap"><Sign tone={problem.tone} /></td>
            <td>{problem.message} <span className="dim mono">{problem.rule}</span></td>
            <td className="nowrap dim">{problem.from}</td>
            <td className="nowrap">
              {problem.line !== null && <button type="button" className="link" onClick={() => goTo(script, problem.line ?? 1)}>line {problem.line}</button>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Below the editor: what was printed, asked, found and kept. */
export function Drawer({ script, text }: { script: ScriptId; text: OpenText }) {
  const { open, tab } = useDesk((desk) => desk.drawer);
  const setDrawer = useDesk((desk) => desk.setDrawer);
  const run = useRuns((state) => state.runs[keyOf(script)]);
  const problems = useProblems(script);
  const trace = run?.trace ?? [];
  const tabs: [DrawerTab, string, number | null][] = [
    ["console", "Console", run?.console.length || null],
    ["statements", "Statements", trace.filter((entry) => entry.statement).length || null],
    ["problems", "Problems", problems.length || null],
    ["versions", "Versions", null],
  ];
  return (
    <section className={open ? "drawer" : "drawer closed"} aria-label="Output" data-region>
      <div className="tab-bar">
        <div className="tabs" role="tablist" aria-label="Output">
          {tabs.map(([name, label, number]) => (
            <div key={name} role="presentation" className={open && tab === name ? "tab on" : "tab"}>
              <button
                type="button" role="tab" id={`drawer-tab-${name}`} aria-selected={open && tab === name} aria-controls={open ? "drawer-panel" : undefined}
                className="plain drawer-tab" data-testid={`drawer-${name}`} onClick={() => setDrawer({ open: true, tab: name })}
              >
                {label} {number !== null && <span className="dim">{number}</span>}
              </button>
            </div>
          ))}
        </div>
        <div className="row">
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={open ? "Close the drawer" : "Open the drawer"} onClick={() => setDrawer({ open: !open })}>
            {open ? <ChevronDown size={16} /> : <ChevronUp size={16} />}
          </ActionIcon>
        </div>
      </div>
      {open && (
        <div className="drawer-body" role="tabpanel" id="drawer-panel" aria-labelledby={`drawer-tab-${tab}`} tabIndex={0}>
          {tab === "console" && <Console lines={run?.console ?? []} ran={run !== undefined} />}
          {tab === "statements" && <Statements trace={trace} ran={run !== undefined} />}
          {tab === "problems" && <Problems problems={problems} script={script} />}
          {tab === "versions" && <Versions script={script} text={text} />}
        </div>
      )}
    </section>
  );
}
