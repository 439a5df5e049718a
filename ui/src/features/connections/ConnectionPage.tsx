import { Button, SegmentedControl, Switch } from "@mantine/core";
import { PlugZap, Plus, RefreshCw } from "lucide-react";
import { EnvironmentMark } from "../../components/EnvironmentMark";
import { Fault } from "../../components/Fault";
import { duration } from "../../components/format";
import { Sign, type Tone } from "../../components/Sign";
import type { ConnectionView, Environment, Runtime, StageView } from "../../ipc/client";
import { isAboutSecrets } from "../secrets/words";
import { NEEDS } from "../scripts/actions";
import { useDesk } from "../../app/desk";
import { Allowed } from "./Allowed";
import { endpointIn } from "./endpoint";
import { SafeRequests } from "./SafeRequests";
import { useConnection } from "./useConnection";
import "./connections.css";

const STATES: Record<string, { tone: Tone; word: string }> = {
  passed: { tone: "ok", word: "passed" }, warned: { tone: "no", word: "note" }, failed: { tone: "bad", word: "failed" }, skipped: { tone: "dim", word: "skipped" },
};

const RUNTIMES: Record<Runtime, { label: string; says: string }> = {
  compatible: { label: "compatible", says: "Node 22, and the globals and dropped versions of older runtimes work; each use is reported." },
  node18: { label: "Node 18", says: "As in production on Node 18: globals without require and dropped versions fail, and what is newer is not there." },
  node22: { label: "Node 22", says: "As in production on Node 22: globals without require and dropped versions fail." },
};

function Stages({ stages }: { stages: StageView[] }) {
  return (
    <ol className="stages" data-testid="stages">
      {stages.map((stage) => {
        const { tone, word } = STATES[stage.state] ?? { tone: "dim" as const, word: stage.state };
        return (
          <li key={stage.stage} data-state={stage.state}>
            <Sign tone={tone} />
            <b>{stage.stage}</b>
            <span className={tone}>{word}</span>
            <span className="number dim">{stage.state === "skipped" ? "" : duration(stage.ms)}</span>
            <span className="wrap">{stage.detail}{stage.hint && <span className="dim stage-hint"> {stage.hint}</span>}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** One connection: test, environment, what scripts may reach, which scripts it needs. */
export function ConnectionPage({ connection }: { connection: ConnectionView }) {
  const { stages, testing, tested, test, stop, setEnvironment, setRuntime, recycle, recycled, allow, disallow, addSafe, removeSafe, errorOf, busy } = useConnection(connection.name);
  const error = errorOf("page");
  const wanted = useDesk((desk) => desk.wanted);
  const wantedRequest = useDesk((desk) => desk.wantedRequest);
  const openScript = useDesk((desk) => desk.openScript);
  const show = useDesk((desk) => desk.show);
  const failed = stages.find((stage) => stage.state === "failed");
  const refused = failed?.stage === "policy" ? endpointIn(failed.detail) : null;
  const warned = stages.some((stage) => stage.state === "warned");
  const [tone, words]: [Tone, string] = failed ? ["bad", `stopped at ${failed.stage}`] : warned ? ["no", "reached, with something to know"] : ["ok", "reached and ready"];
  return (
    <main className="page" data-region aria-label="Connection" data-testid="connection-page">
      <div className="page-head">
        <h1>{connection.name}</h1>
        <EnvironmentMark environment={connection.environment} readOnly={connection.read_only} />
        <span className="dim">import {connection.import_mode} · context {connection.script_context ? "on" : "off"}</span>
      </div>
      {error && (
        <div className="stack page-fault">
          <Fault error={error} testId="connection-fault" />
          {isAboutSecrets(error) && <button type="button" className="link" onClick={() => show("secrets")} data-testid="secrets-open">Open the secrets of this connection</button>}
        </div>
      )}
      <div className="connection-grid">
        <div className="stack">
          <section className="card stack" aria-label="Connection test">
            <div className="row">
              <h2>Connection test</h2>
              <span className="row row-end">
                {testing && <Button size="compact-sm" variant="default" onClick={stop} data-testid="test-stop">Stop</Button>}
                <Button size="compact-sm" leftSection={<PlugZap size={14} />} loading={testing} onClick={test} data-testid="test-run">Test the connection</Button>
              </span>
            </div>
            {stages.length === 0 && !testing && !tested && <p className="dim">Goes to the legacy store as the scripts do, stage by stage, and stops where it fails. A wrong password is tried once.</p>}
            {stages.length === 0 && tested && <p className="dim">No script opened a legacy store, so there was nothing to test.</p>}
            {stages.length > 0 && <Stages stages={stages} />}
            {tested && stages.length > 0 && (
              <div className="row">
                <p role="status" className={`icon-text ${tone}`} data-testid="test-verdict"><Sign tone={tone} /> {words}</p>
                {refused && !connection.allowed.includes(refused) && (
                  <Button className="row-end" size="compact-sm" variant="default" leftSection={<Plus size={14} />} disabled={busy} onClick={() => void allow(refused)} data-testid="test-allow">Allow {refused}</Button>
                )}
              </div>
            )}
          </section>
          <section className="card table-card" aria-label="Scripts">
            <h2>Scripts</h2>
            <table>
              <thead><tr><th>script</th><th>needed</th><th>file</th></tr></thead>
              <tbody>
                {connection.scripts.map((script) => (
                  <tr key={script.action}>
                    <td><button type="button" className="link" onClick={() => openScript({ connection: connection.name, action: script.action })}>{script.action}</button></td>
                    <td className={!script.present && script.need === "required" ? "bad" : "dim"}>{NEEDS[script.need]}</td>
                    <td className="mono dim" title={script.path ?? undefined}>{script.path?.split("/").at(-1) ?? "none"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </div>
        <div className="stack">
          <section className="card stack" aria-label="Environment">
            <h2>Environment</h2>
            <SegmentedControl
              value={connection.environment} disabled={busy} data-testid="environment-choice" aria-label="Environment"
              data={(["development", "staging", "production"] as Environment[]).map((value) => ({ value, label: <EnvironmentMark environment={value} /> }))}
              onChange={(value) => setEnvironment(value as Environment, value === "production" ? true : connection.read_only)}
            />
            <Switch label="read-only: writes are refused below this window" checked={connection.read_only} disabled={busy} onChange={(event) => setEnvironment(connection.environment, event.currentTarget.checked)} data-testid="read-only" />
            <p className="dim small">Choosing production switches read-only on; you may switch it off again.</p>
          </section>
          <section className="card stack" aria-label="Runtime">
            <h2>Runtime</h2>
            <SegmentedControl
              value={connection.runtime} disabled={busy} data-testid="runtime-choice" aria-label="Runtime"
              data={(Object.keys(RUNTIMES) as Runtime[]).map((value) => ({ value, label: RUNTIMES[value].label }))}
              onChange={(value) => setRuntime(value as Runtime)}
            />
            <p className="dim small" data-testid="runtime-says">{RUNTIMES[connection.runtime].says}</p>
            <div className="row">
              <Button size="compact-sm" variant="default" leftSection={<RefreshCw size={14} />} disabled={busy} onClick={recycle} data-testid="recycle">Recycle the container</Button>
              <span className="dim small" role="status">{recycled ? "recycled: the next run starts with an empty global" : "global is kept between runs, at most 20 minutes"}</span>
            </div>
          </section>
          <Allowed allowed={connection.allowed} busy={busy} error={errorOf("allowed")} wanted={wanted} onAllow={allow} onDisallow={disallow} />
          <SafeRequests requests={connection.safe_requests} busy={busy} error={errorOf("safe")} wanted={wantedRequest} onAdd={addSafe} onRemove={removeSafe} />
        </div>
      </div>
    </main>
  );
}
