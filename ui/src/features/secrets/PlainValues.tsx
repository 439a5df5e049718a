import { Button, Modal, TextInput, Textarea } from "@mantine/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Fault } from "../../components/Fault";
import type { CallError, ConfigurationView } from "../../ipc/client";

interface TableProperties {
  entries: ConfigurationView[];
  busy: boolean;
  onAdd(): void;
  onChange(entry: ConfigurationView): void;
  onMove(entry: ConfigurationView): void;
  onRemove(entry: ConfigurationView): void;
}

/** Values of the configuration that are no secrets: shown, added, changed, moved into the vault, removed. */
export function PlainValues({ entries, busy, onAdd, onChange, onMove, onRemove }: TableProperties) {
  return (
    <section className="card table-card" aria-label="Plain values">
      <div className="row table-head">
        <h2>Plain values <span className="dim">stand in database.json for everybody to see; an export carries their names only</span></h2>
        <Button className="row-end" size="compact-sm" variant="default" leftSection={<Plus size={14} />} disabled={busy} onClick={onAdd} data-testid="value-add">Add a value</Button>
      </div>
      {entries.length === 0 && <p className="dim table-empty">There is none.</p>}
      {entries.length > 0 && (
        <table>
          <thead><tr><th>key</th><th>value</th><th><span className="hidden-visually">actions</span></th></tr></thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.key} data-testid={`value-${entry.key}`}>
                <td className="mono">{entry.key}</td>
                <td className="mono plain-value">{entry.plain || <span className="dim">{entry.plain === null ? "null: scripts do not see it" : "empty"}</span>}</td>
                <td className="nowrap secret-actions">
                  <Button size="compact-xs" variant="subtle" disabled={busy} onClick={() => onChange(entry)} aria-label={`Change ${entry.key}`} data-testid={`value-change-${entry.key}`}>Change</Button>
                  {entry.plain !== null && /^[A-Z0-9_]+$/.test(entry.key) && (
                    <Button size="compact-xs" variant="subtle" disabled={busy} onClick={() => onMove(entry)} data-testid={`secret-move-${entry.key}`}>Move into the vault</Button>
                  )}
                  <Button size="compact-xs" variant="subtle" color="red" disabled={busy} onClick={() => onRemove(entry)} aria-label={`Remove ${entry.key}`} data-testid={`value-remove-${entry.key}`}>Remove</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface DialogProperties {
  /** The value to change; null adds one. */
  entry: ConfigurationView | null;
  connection: string;
  error: CallError | null;
  busy: boolean;
  onSave(key: string, value: string): void;
  onClose(): void;
}

/** Asks for the new value, and for the key where there is none yet. */
export function PlainValueDialog({ entry, connection, error, busy, onSave, onClose }: DialogProperties) {
  const [key, setKey] = useState(entry?.key ?? "");
  const [value, setValue] = useState(entry?.plain ?? "");
  const save = () => key !== "" && onSave(key, value);
  return (
    <Modal opened onClose={onClose} title={entry ? `Change ${entry.key}` : "Add a value"} data-testid="value-dialog">
      <form className="stack" onSubmit={(event) => { event.preventDefault(); save(); }}>
        {!entry && (
          <TextInput
            label="Key" description="Scripts read it as configuration.KEY." value={key} onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="off" spellCheck={false} classNames={{ input: "mono" }} data-autofocus data-testid="value-key"
          />
        )}
        <Textarea
          label="Value" description={`Goes into the database.json of ${connection}; nothing else in it changes. Shift+Enter begins a new line.`} value={value}
          onChange={(event) => setValue(event.currentTarget.value)} autosize minRows={1} maxRows={12} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            save();
          }}
          data-autofocus={entry ? true : undefined} data-testid="value-text"
        />
        {error && <Fault error={error} testId="value-fault" />}
        <div className="row">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" className="row-end" loading={busy} disabled={key === ""} data-testid="value-save">Save</Button>
        </div>
      </form>
    </Modal>
  );
}

interface RemoveProperties {
  entry: ConfigurationView;
  connection: string;
  error: CallError | null;
  busy: boolean;
  onRemove(): void;
  onClose(): void;
}

/** Asks before a value goes. */
export function RemoveValueDialog({ entry, connection, error, busy, onRemove, onClose }: RemoveProperties) {
  return (
    <Modal opened onClose={onClose} title={`Remove ${entry.key}`} data-testid="value-remove-dialog">
      <div className="stack">
        <p>The key and its value leave the database.json of {connection}. Scripts then find <span className="mono">configuration.{entry.key}</span> undefined.</p>
        {error && <Fault error={error} testId="value-remove-fault" />}
        <div className="row">
          <Button variant="default" onClick={onClose} data-autofocus>Keep it</Button>
          <Button color="red" className="row-end" loading={busy} onClick={onRemove} data-testid="value-remove-sure">Remove it</Button>
        </div>
      </div>
    </Modal>
  );
}
