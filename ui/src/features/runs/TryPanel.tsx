import { Button, Checkbox, Modal, Switch, Textarea, TextInput } from "@mantine/core";
import { Play, Square, UserRoundCheck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { keyOf, useDesk, type ScriptId } from "../../app/desk";
import { EnvironmentMark } from "../../components/EnvironmentMark";
import { duration } from "../../components/format";
import { Kbd } from "../../components/Kbd";
import { Progress } from "../../components/Progress";
import { SecretInput, type SecretHandle } from "../../components/SecretInput";
import { useNow } from "../../components/useNow";
import type { ConnectionView, Value, SampleUser } from "../../ipc/client";
import { ACTIONS, isDocumented, takesContext } from "../scripts/actions";
import { isDirty } from "../../app/desk";
import { ResultCard } from "./ResultCard";
import { TestUsers } from "./TestUsers";
import { Timeline } from "./Timeline";
import { useFields, useTyped } from "./useFields";
import { BUDGET_MS, useRun, type Run } from "./useRun";
import "./runs.css";

/** JSON typed into a field: its value, or what is wrong with it. */
function parse(text: string): { value: Value | null; fault: string | null } {
  if (text.trim() === "") return { value: null, fault: null };
  try {
    return { value: JSON.parse(text) as Value, fault: null };
  } catch (thrown) {
    return { value: null, fault: `This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}

function Running({ run, onStop }: { run: Run; onStop(): void }) {
  const now = useNow(100);
  const elapsed = Math.max(0, now - run.startedAt);
  return (
    <div className="running" role="status" data-testid="running">
      <div className="row">
        <span>{run.state === "stopping" ? "Stopping" : "Running"}</span>
        <span className="dim">{duration(elapsed)} of 20 s</span>
        <Button className="row-end" size="compact-sm" variant="default" leftSection={<Square size={12} />} onClick={onStop} disabled={run.state === "stopping"} data-testid="try-stop">
          Stop <Kbd keys="mod+." />
        </Button>
      </div>
      <Progress part={elapsed / BUDGET_MS} label="Time used of 20 s" tone={elapsed > 5000 ? "no" : undefined} />
      {elapsed > 5000 && (
        <p className="no small">Longer than a login should take. The last thing it did: {run.trace.at(-1)?.label ?? "it started"}.</p>
      )}
      <Timeline trace={run.trace} total={elapsed} />
    </div>
  );
}

/** Everything a try of this script takes, the button, and what came of it. */
export function TryPanel({ script, connection, users }: { script: ScriptId; connection: ConnectionView; users: SampleUser[] }) {
  const facts = ACTIONS[script.action];
  const { run, running, start, login, stop } = useRun(script);
  const fields = useFields(script);
  const password = useRef<SecretHandle>(null);
  const [commit, setCommit] = useState(false);
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const draft = useDesk((desk) => desk.drafts[keyOf(script)]);
  const withContext = connection.script_context && takesContext(script.action);
  const takesPassword = facts.fields.includes("password") || facts.fields.includes("new_password");
  const { values, set } = fields;

  // The sample's users are there to be tried at once: their public password comes with the identifier.
  useEffect(() => {
    const known = users.find((user) => user.identifier === useTyped.getState().typed[script.connection]?.identifier);
    if (known && ACTIONS[script.action].fields.includes("password") && password.current?.value() === "") password.current.fill(known.password);
  }, [script.action, script.connection, users]);

  /** The typed password leaves its field for the run it was typed for; the sample's are public and may stay. */
  const takePassword = (): string | null => {
    if (!takesPassword) return null;
    const typed = password.current?.value() ?? "";
    if (!users.some((user) => user.password === typed)) password.current?.clear();
    return typed;
  };
  /** A run with an empty password would be judged as one with a wrong password. */
  const noPassword = (): string | null =>
    takesPassword && (password.current?.value() ?? "") === "" ? "Type the password: what is typed is kept for one run only." : null;
  const context = parse(withContext ? values.context : "");
  const user = parse(facts.fields.includes("user") ? values.user : "");

  const go = (sure: boolean) => {
    const written = useDesk.getState().drafts[keyOf(script)];
    if (running || !written) return;
    const broken = context.fault ?? user.fault ?? noPassword();
    setFault(broken);
    if (broken) return;
    if (commit && !sure) {
      setAsking(true);
      return;
    }
    setAsking(false);
    const has = (field: (typeof facts.fields)[number]) => facts.fields.includes(field);
    void start({
      text: written.text,
      arguments: {
        identifier: has("identifier") ? values.identifier : null, new_email: has("new_email") ? values.newEmail : null,
        verified: has("verified") ? values.verified : null, id: has("id") ? values.id : null, user: user.value, context: context.value,
      },
      password: takePassword(), commit,
    });
    setCommit(false);
  };
  const goThrough = () => {
    const broken = context.fault ?? noPassword();
    setFault(broken);
    if (!running && !broken) void login(values.identifier, takePassword() ?? "", context.value);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        go(false);
      } else if (event.key === ".") {
        event.preventDefault();
        stop();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  if (!isDocumented(script.action)) {
    return <p className="dim">The platform does not document what {script.action} receives, so it cannot be tried here. It can be edited and exported.</p>;
  }
  return (
    <form className="try" onSubmit={(event) => { event.preventDefault(); go(false); }}>
      <h2>Try {script.action}</h2>
      {facts.fields.includes("identifier") && (
        <TextInput label="Identifier" value={values.identifier} onChange={(event) => set({ identifier: event.currentTarget.value })} data-testid="try-identifier" autoComplete="off" spellCheck={false} />
      )}
      {facts.fields.includes("id") && (
        <TextInput label="Id (auth0| in front is taken off)" value={values.id} onChange={(event) => set({ id: event.currentTarget.value })} data-testid="try-id" autoComplete="off" />
      )}
      {facts.fields.includes("user") && (
        <Textarea label="User, as JSON (without the password)" value={values.user} onChange={(event) => set({ user: event.currentTarget.value })} autosize minRows={3} maxRows={10} classNames={{ input: "mono" }} error={user.fault} data-testid="try-user" />
      )}
      {facts.fields.includes("new_email") && (
        <TextInput label="New e-mail" value={values.newEmail} onChange={(event) => set({ newEmail: event.currentTarget.value })} data-testid="try-new-email" autoComplete="off" />
      )}
      {facts.fields.includes("verified") && (
        <Switch label="the new address is verified" checked={values.verified} onChange={(event) => set({ verified: event.currentTarget.checked })} data-testid="try-verified" />
      )}
      {takesPassword && (
        <SecretInput
          handle={password} data-testid="try-password"
          label={facts.fields.includes("new_password") ? "New password (kept in memory for this run)" : "Password (kept in memory for this run)"}
        />
      )}
      {withContext && (
        <Textarea label="Context, as JSON" value={values.context} onChange={(event) => set({ context: event.currentTarget.value })} autosize minRows={2} maxRows={8} classNames={{ input: "mono" }} error={context.fault} data-testid="try-context" />
      )}
      {users.length > 0 && (facts.fields.includes("identifier") || takesPassword) && (
        <TestUsers users={users} onFill={(user) => { set({ identifier: user.identifier }); if (facts.fields.includes("password")) password.current?.fill(user.password); }} />
      )}
      <div className="row try-go">
        <Button type="submit" leftSection={<Play size={14} aria-hidden />} disabled={running || !draft} data-testid="try-run">
          Try {script.action} <Kbd keys="mod+enter" />
        </Button>
        <Checkbox
          label="commit writes" checked={commit && !connection.read_only} disabled={connection.read_only} data-testid="try-commit"
          onChange={(event) => setCommit(event.currentTarget.checked)}
        />
      </div>
      {connection.read_only && <p className="dim small">{connection.name} is read-only: writes are refused.</p>}
      {script.action === "login" && (
        <div className="try-flow">
          <Button variant="default" leftSection={<UserRoundCheck size={14} aria-hidden />} onClick={goThrough} disabled={running} data-testid="flow-login">
            Log in through the flow
          </Button>
          <span className="dim small">{connection.import_mode === "on" ? "moves the user into the user store" : "keeps the profile"}{isDirty(draft) && "; runs the saved file"}</span>
        </div>
      )}
      {fault && <p role="alert" className="bad small">{fault}</p>}
      {run && (running ? <Running run={run} onStop={stop} /> : <ResultCard run={run} script={script} />)}
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Commit writes to ${connection.name}`} data-testid="commit-confirm">
        <div className="stack">
          <EnvironmentMark environment={connection.environment} />
          <p>
            What {script.action}.js writes stays in the {connection.environment} store of {connection.name}. It cannot be rolled back from here.
          </p>
          <div className="row">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>Keep it safe</Button>
            <Button color="red" className="row-end" onClick={() => go(true)} data-testid="commit-sure">
              Commit to {connection.environment}
            </Button>
          </div>
        </div>
      </Modal>
    </form>
  );
}
