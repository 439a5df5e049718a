import { Button } from "@mantine/core";
import { FileClock, GitCompareArrows } from "lucide-react";
import { useMemo, useState } from "react";
import { keyOf, useDesk, type ScriptId } from "../../app/desk";
import { styleNonce } from "../../app/nonce";
import { CodeEditor, type LineMark } from "../../components/CodeEditor";
import { Fault } from "../../components/Fault";
import type { ConnectionView } from "../../ipc/client";
import { useFindings } from "../../ipc/queries";
import { useRuns } from "../runs/useRun";
import { ACTIONS, blankScript } from "./actions";
import { CompareTexts } from "./CompareTexts";
import type { OpenText } from "./useScript";
import "./scripts.css";

/** What the last run and the static check found, line by line. */
function useMarks(script: ScriptId): LineMark[] {
  const report = useRuns((state) => state.runs[keyOf(script)]?.report ?? null);
  const findings = useFindings().data;
  return useMemo(() => {
    const marks: LineMark[] = [];
    if (report?.error?.line && report.outcome !== "wrong_password" && report.outcome !== "unknown_user") {
      marks.push({ line: report.error.line, tone: "bad", message: `${report.error.class}: ${report.error.message}` });
    }
    for (const warning of report?.warnings ?? []) {
      if (warning.line !== null) marks.push({ line: warning.line, tone: "no", message: warning.message });
    }
    for (const finding of findings ?? []) {
      if (finding.connection === script.connection && finding.action === script.action && finding.line !== null) {
        marks.push({ line: finding.line, tone: finding.severity === "error" ? "bad" : "no", message: finding.message });
      }
    }
    return marks;
  }, [findings, report, script.action, script.connection]);
}

/** One script: its text, and what stands between it and the disk. */
export function ScriptEditor({ workspace, script, connection, text }: { workspace: string; script: ScriptId; connection: ConnectionView; text: OpenText }) {
  const key = keyOf(script);
  const { draft, error, retry, type, save, saveError, begin } = text;
  const jump = useDesk((desk) => (desk.jump?.key === key ? desk.jump : null));
  const marks = useMarks(script);
  const [comparing, setComparing] = useState(false);
  const nonce = useMemo(() => styleNonce(), []);

  if (!draft && error?.code === "no_script") {
    return (
      <div className="empty" data-testid="script-missing">
        <h2>{connection.name} has no {script.action} script</h2>
        <p className="dim">{ACTIONS[script.action].without}</p>
        <Button onClick={() => begin(blankScript(script.action, connection.script_context))} data-testid="script-begin">
          Write it
        </Button>
      </div>
    );
  }
  if (!draft && error) return <div className="empty"><Fault error={error} onRetry={retry} /></div>;
  if (!draft) return <div className="empty dim">Reading {script.action}.js …</div>;

  return (
    <div className="script" id="script-editor">
      {draft.recovered && (
        <div className="banner" role="status" data-testid="recovered">
          <FileClock size={16} className="no" aria-hidden />
          <span className="banner-text">Typing that was never saved is back.</span>
          <Button size="compact-sm" variant="default" onClick={() => setComparing(true)}>Compare</Button>
          <Button size="compact-sm" variant="default" onClick={text.discardRecovered} data-testid="recovered-discard">Go back to the file</Button>
          <Button size="compact-sm" onClick={text.acceptRecovered} data-testid="recovered-keep">Keep it</Button>
        </div>
      )}
      {draft.conflict && (
        <div className="banner" role="alert" data-testid="conflict">
          <GitCompareArrows size={16} className="no" aria-hidden />
          <span className="banner-text">{script.action}.js changed on disk since you opened it. Nothing was overwritten.</span>
          <Button size="compact-sm" variant="default" onClick={() => setComparing(true)} data-testid="conflict-compare">Compare</Button>
          <Button size="compact-sm" variant="default" onClick={text.takeTheirs} data-testid="conflict-theirs">Take theirs</Button>
          <Button size="compact-sm" onClick={text.keepMine} data-testid="conflict-mine">Keep mine</Button>
        </div>
      )}
      {saveError && <div className="script-fault"><Fault error={saveError} onRetry={save} testId="save-fault" /></div>}
      <div className="script-text">
        <CodeEditor
          documentKey={`${workspace}/${key}`} text={draft.text} onChange={type} marks={marks} jump={jump} nonce={nonce}
          label={`${script.action}.js of ${script.connection}`}
        />
      </div>
      {comparing && (
        <CompareTexts
          title={draft.conflict ? `${script.action}.js: theirs and mine` : `${script.action}.js: the file and what came back`}
          left={{ name: draft.conflict ? "On disk" : "The file", text: draft.conflict?.theirs ?? draft.base }}
          right={{ name: draft.conflict ? "Mine" : "Came back", text: draft.text }}
          onClose={() => setComparing(false)}
        />
      )}
    </div>
  );
}
