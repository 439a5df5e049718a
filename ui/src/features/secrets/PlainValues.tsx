import { Button, Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import { Fault } from "../../components/Fault";
import type { CallError, ConfigurationView } from "../../ipc/client";

interface TableProperties {
  entries: ConfigurationView[];
  busy: boolean;
  onChange(entry: ConfigurationView): void;
  onMove(entry: ConfigurationView): void;
}

/** Values of the configuration that are no secrets: shown, changed, moved into the vault. */
export function PlainValues({ entries, busy, onChange, onMove }: TableProperties) {
  return (
    <section className="card table-card" aria-label="Plain values">
      <h2>Plain values <span className="dim">stand in database.json for everybody to see; an export carries their names only</span></h2>
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
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface DialogProperties {
  entry: ConfigurationView;
  connection: string;
  error: CallError | null;
  busy: boolean;
  onSave(value: string): void;
  onClose(): void;
}

/** Asks for the new value. */
export function PlainValueDialog({ entry, connection, error, busy, onSave, onClose }: DialogProperties) {
  const [value, setValue] = useState(entry.plain ?? "");
  return (
    <Modal opened onClose={onClose} title={`Change ${entry.key}`} data-testid="value-dialog">
      <form className="stack" onSubmit={(event) => { event.preventDefault(); onSave(value); }}>
        <Textarea
          label="Value" description={`Goes into the database.json of ${connection}; nothing else in it changes. Shift+Enter begins a new line.`} value={value}
          onChange={(event) => setValue(event.currentTarget.value)} autosize minRows={1} maxRows={12} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            onSave(value);
          }}
          data-autofocus data-testid="value-text"
        />
        {error && <Fault error={error} testId="value-fault" />}
        <div className="row">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" className="row-end" loading={busy} data-testid="value-save">Save</Button>
        </div>
      </form>
    </Modal>
  );
}
