import { ActionIcon } from "@mantine/core";
import { ChevronDown, ChevronRight, FolderSync, Plus, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { isDirty, keyOf, useDesk } from "../../app/desk";
import { EnvironmentMark } from "../../components/EnvironmentMark";
import { percent } from "../../components/format";
import { Sign } from "../../components/Sign";
import { calls, type ConnectionView, type ScriptView, type WorkspaceView } from "../../ipc/client";
import { keys, useCounts, useFindings } from "../../ipc/queries";
import { useQueryClient } from "@tanstack/react-query";
import { toneOf } from "../runs/outcomes";
import { useRuns } from "../runs/useRun";
import { NEEDS } from "../scripts/actions";
import "./connections.css";

function ScriptRow({ connection, script }: { connection: ConnectionView; script: ScriptView }) {
  const id = { connection: connection.name, action: script.action };
  const key = keyOf(id);
  const chosen = useDesk((desk) => desk.screen === "scripts" && desk.active !== null && keyOf(desk.active) === key);
  const here = useDesk((desk) => desk.connection === connection.name);
  const dirty = useDesk((desk) => isDirty(desk.drafts[key]));
  const openScript = useDesk((desk) => desk.openScript);
  const report = useRuns((state) => state.runs[key]?.report ?? null);
  const findings = (useFindings().data ?? []).filter((one) => one.connection === connection.name && one.action === script.action);
  const lacking = !script.present && script.need === "required";
  const words = script.present ? "" : lacking ? "missing" : "–";
  return (
    <li>
      <button
        type="button" className={`plain side-script${chosen ? " sel" : ""}${script.present ? "" : " absent"}`} aria-current={chosen}
        data-testid={here ? `script-${script.action}` : `script-${connection.name}-${script.action}`}
        title={script.present ? undefined : NEEDS[script.need]} onClick={() => openScript(id)}
      >
        <span className="clip">{script.action}</span>
        <small className={lacking ? "bad" : "dim"}>
          {findings.length > 0 && <span className="no icon-text"><Sign tone="no" size={11} />{findings.length}<span className="hidden-visually"> findings</span></span>}
          {report && <><Sign tone={toneOf(report.outcome)} size={12} /><span className="hidden-visually">last run: {report.headline}</span></>}
          {words}
          {dirty && <span className="dirty" role="img" aria-label="not saved" />}
        </small>
      </button>
    </li>
  );
}

function ConnectionRow({ connection }: { connection: ConnectionView }) {
  const chosen = useDesk((desk) => desk.connection === connection.name);
  const screen = useDesk((desk) => desk.screen);
  const choose = useDesk((desk) => desk.choose);
  const [folded, setFolded] = useState<boolean | null>(null);
  const counts = useCounts(connection.name, false).data;
  const open = folded === null ? chosen : !folded;
  const seven = connection.scripts.slice(0, 7);
  const have = seven.filter((script) => script.present).length;
  const migrated = counts && counts.percent !== null ? percent(counts.percent) : null;
  return (
    <li className={chosen ? "side-connection chosen" : "side-connection"}>
      <div className={chosen && screen !== "scripts" ? "side-head sel" : "side-head"}>
        <button
          type="button" className="plain side-fold" aria-expanded={open} aria-label={`Scripts of ${connection.name}`}
          onClick={() => setFolded(open)}
        >
          {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
        </button>
        <button
          type="button" className="plain side-name" aria-current={chosen} data-testid={`connection-${connection.name}`}
          onClick={() => { choose(connection.name); setFolded(chosen ? open : false); }}
        >
          <span className="row baseline"><b className="clip" title={connection.name}>{connection.name}</b><small><EnvironmentMark environment={connection.environment} /></small></span>
          <small className="dim side-facts" title={`import ${connection.import_mode}, ${have} of the 7 deployable scripts`}>
            import {connection.import_mode}{migrated && ` · ${migrated}`} · {have}/7{connection.read_only && " · read-only"}
          </small>
        </button>
      </div>
      {open && (
        <ul className="side-scripts">
          {connection.scripts.map((script) => <ScriptRow key={script.action} connection={connection} script={script} />)}
        </ul>
      )}
    </li>
  );
}

/** Connections with what matters at a glance: environment, import, share migrated, scripts. */
export function Sidebar({ workspace }: { workspace: WorkspaceView }) {
  const client = useQueryClient();
  const setDialog = useDesk((desk) => desk.setDialog);
  const reload = () => {
    void calls.reloadWorkspace().then((fresh) => {
      client.setQueryData(keys.workspace, fresh);
      return client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.workspace[0] });
    });
  };
  return (
    <nav className="sidebar" aria-label="Connections" data-region>
      <div className="row side-title">
        <h3>Connections</h3>
        <ActionIcon className="row-end" variant="subtle" color="gray" size="sm" aria-label="New connection" onClick={() => setDialog("new-connection")} data-testid="new-connection">
          <Plus size={14} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Read the folder again" onClick={reload} data-testid="reload">
          <FolderSync size={14} />
        </ActionIcon>
      </div>
      <ul className="side-list">
        {workspace.connections.map((connection) => <ConnectionRow key={connection.name} connection={connection} />)}
      </ul>
      {workspace.connections.length === 0 && <p className="dim side-title">none yet</p>}
      {workspace.problems.length > 0 && (
        <div className="side-problems" data-testid="workspace-problems">
          <h3>Not read</h3>
          {workspace.problems.map((problem) => (
            <p key={problem.path + problem.code} className="small">
              <span className="no icon-text"><TriangleAlert size={12} aria-hidden /> {problem.code.replaceAll("_", " ")}</span>
              <span className="mono wrap">{problem.path}</span>
              <span className="wrap">{problem.message}.</span>
              {problem.hint && <span className="dim">{problem.hint}</span>}
            </p>
          ))}
        </div>
      )}
    </nav>
  );
}
