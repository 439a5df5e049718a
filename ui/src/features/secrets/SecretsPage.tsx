import { Button, Modal } from "@mantine/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Fault } from "../../components/Fault";
import { age } from "../../components/format";
import { Sign } from "../../components/Sign";
import { useNow } from "../../components/useNow";
import type { ConfigurationView, ConnectionView, SecretView } from "../../ipc/client";
import { PlainValueDialog, PlainValues, RemoveValueDialog } from "./PlainValues";
import { SecretDialog, type Asked } from "./SecretDialog";
import { useSecretsPage } from "./useSecretsPage";
import { VaultBar } from "./VaultBar";
import { SECRET_STATES } from "./words";
import "./secrets.css";

function Row({ secret, asksEachTime, now, onAsk, onRemove }: {
  secret: SecretView; asksEachTime: boolean; now: number; onAsk(how: Asked["how"]): void; onRemove(): void;
}) {
  const state = SECRET_STATES[secret.state] ?? { word: secret.state, tone: "dim" as const };
  const isSet = secret.state === "set";
  return (
    <tr data-testid={`secret-${secret.name}`} data-state={secret.state}>
      <td className="mono">{secret.name}</td>
      <td className="mono dim">{secret.used_by.join(", ") || "no key refers to it"}</td>
      <td><span className={`icon-text ${state.tone}`}><Sign tone={state.tone} size={12} /> {state.word}</span></td>
      <td className="nowrap">{secret.set_at ? age(secret.set_at, now) : "–"}</td>
      <td className="mono">{secret.fingerprint ?? "–"}</td>
      <td className="nowrap secret-actions">
        <Button size="compact-xs" variant="subtle" onClick={() => onAsk(asksEachTime ? "provide" : isSet ? "replace" : "set")} data-testid={`secret-set-${secret.name}`}>
          {asksEachTime ? "Provide" : isSet ? "Replace" : "Set"}
        </Button>
        <Button size="compact-xs" variant="subtle" color="red" disabled={!isSet} onClick={onRemove} data-testid={`secret-remove-${secret.name}`}>Remove</Button>
      </td>
    </tr>
  );
}

/** Secrets of a connection: state, age and fingerprint, never a value. */
export function SecretsPage({ connection }: { connection: ConnectionView }) {
  const page = useSecretsPage(connection.name);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  /** The value that is changed, or one that is added. */
  const [changing, setChanging] = useState<ConfigurationView | "new" | null>(null);
  const [leaving, setLeaving] = useState<ConfigurationView | null>(null);
  const now = useNow(5_000);
  const plain = connection.configuration.filter((entry) => entry.secret === null);
  const asksEachTime = page.vault?.backend === "ask_each_time";
  return (
    <main className="page" data-region aria-label="Secrets" data-testid="secrets">
      <div className="page-head">
        <h1>{connection.name} · secrets</h1>
        <span className="dim">Scripts read them as <span className="mono">configuration.KEY</span></span>
        <Button className="row-end" size="compact-sm" variant="default" leftSection={<Plus size={14} />} onClick={() => { page.reset(); setAsked({ name: "", how: "add" }); }} data-testid="secret-add">Add a secret</Button>
      </div>
      <div className="stack">
        <VaultBar vault={page.vault} error={page.vaultError} />
        {page.error && !asked && !changing && !leaving && <Fault error={page.error} testId="secrets-fault" />}
        <section className="card table-card" aria-label="Secrets">
          {page.secrets && page.secrets.length === 0 && <p className="dim table-empty">No configuration value of {connection.name} refers to a secret.</p>}
          {page.secrets && page.secrets.length > 0 && (
            <table>
              <thead><tr><th>name</th><th>read as</th><th>state</th><th>set</th><th>fingerprint</th><th><span className="hidden-visually">actions</span></th></tr></thead>
              <tbody>
                {page.secrets.map((secret) => (
                  <Row key={secret.name} secret={secret} asksEachTime={asksEachTime} now={now} onAsk={(how) => { page.reset(); setAsked({ name: secret.name, how }); }} onRemove={() => setRemoving(secret.name)} />
                ))}
              </tbody>
            </table>
          )}
          {!page.secrets && !page.error && <p className="dim table-empty">Reading …</p>}
        </section>
        <PlainValues
          entries={plain} busy={page.busy} onAdd={() => { page.reset(); setChanging("new"); }} onChange={(entry) => { page.reset(); setChanging(entry); }}
          onMove={(entry) => void page.put(false, entry.key, entry.plain ?? "")} onRemove={(entry) => { page.reset(); setLeaving(entry); }}
        />
        <p className="dim small">A fingerprint changes when the value changes and tells nothing about it; compare it to see whether two machines hold the same secret.</p>
      </div>
      {asked && (
        <SecretDialog
          asked={asked} connection={connection.name} error={page.error} busy={page.busy} onClose={() => { page.reset(); setAsked(null); }}
          onSet={(name, value) => void page.put(asked.how === "provide", name, value).then((done) => done && setAsked(null))}
        />
      )}
      {changing && (
        <PlainValueDialog
          entry={changing === "new" ? null : changing} connection={connection.name} error={page.error} busy={page.busy} onClose={() => { page.reset(); setChanging(null); }}
          onSave={(key, value) => void (changing === "new" ? page.add(key, value) : page.change(key, value)).then((done) => done && setChanging(null))}
        />
      )}
      {leaving && (
        <RemoveValueDialog
          entry={leaving} connection={connection.name} error={page.error} busy={page.busy} onClose={() => { page.reset(); setLeaving(null); }}
          onRemove={() => void page.drop(leaving.key).then((done) => done && setLeaving(null))}
        />
      )}
      <Modal opened={removing !== null} onClose={() => setRemoving(null)} title={`Remove ${removing ?? ""}`} data-testid="secret-remove-dialog">
        <div className="stack">
          <p>The value leaves the vault of this machine for good. Scripts that read it then end with a clear error.</p>
          <div className="row">
            <Button variant="default" onClick={() => setRemoving(null)} data-autofocus>Keep it</Button>
            <Button color="red" className="row-end" data-testid="secret-remove-sure" onClick={() => { if (removing) void page.remove(removing); setRemoving(null); }}>Remove it</Button>
          </div>
        </div>
      </Modal>
    </main>
  );
}
