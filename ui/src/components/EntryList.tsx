import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import type { CallError } from "../ipc/client";
import { Fault } from "./Fault";

interface Properties {
  title: string;
  about: string;
  entries: string[];
  busy: boolean;
  /** Why the last change of this list was refused. */
  error: CallError | null;
  /** An entry that something else proposes, to begin with. */
  wanted: string | null;
  /** Name, placeholder and button of the field. */
  field: { label: string; placeholder: string; add: string };
  /** What is said when an entry came or went. */
  says: { added: string; removed: string };
  /** Names for the window test: list, field, button, and what a row's button begins with. */
  testIds: { list: string; field: string; add: string; remove: string };
  onAdd(entry: string): Promise<boolean>;
  onRemove(entry: string): Promise<boolean>;
}

/** Short texts that are added one by one, and taken away again by mouse or keyboard. */
export function EntryList({ title, about, entries, busy, error, wanted, field, says, testIds, onAdd, onRemove }: Properties) {
  const [typed, setTyped] = useState(wanted !== null && !entries.includes(wanted) ? wanted : "");
  const [said, setSaid] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const add = async () => {
    const entry = typed.trim();
    if (entry === "" || !(await onAdd(entry))) return;
    setTyped("");
    setSaid(`${entry} ${says.added}`);
  };
  const remove = async (one: string) => {
    if (busy || !(await onRemove(one))) return;
    setSaid(`${one} ${says.removed}`);
    // The button is gone with its row; the keyboard goes on at the one that took its place.
    const buttons = list.current?.querySelectorAll("button") ?? [];
    const place = entries.indexOf(one);
    const next = [...buttons].filter((button) => button.dataset.entry !== one)[Math.min(place, entries.length - 2)];
    (next ?? input.current)?.focus();
  };
  return (
    <section className="card stack" aria-label={title}>
      <h2>{title}</h2>
      <p className="dim">{about}</p>
      {entries.length > 0 && (
        <ul className="entries mono" ref={list} data-testid={testIds.list}>
          {entries.map((one) => (
            <li key={one}>
              <span className="wrap">{one}</span>
              <ActionIcon
                variant="subtle" color="gray" size="sm" aria-label={`Remove ${one}`} title={`Remove ${one}`} aria-disabled={busy} data-entry={one}
                data-testid={`${testIds.remove}-${one}`} onClick={() => void remove(one)}
                onKeyDown={(event) => { if (event.key === "Delete") void remove(one); }}
              >
                <X size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <form className="row" onSubmit={(event) => { event.preventDefault(); void add(); }}>
        <TextInput ref={input} aria-label={field.label} placeholder={field.placeholder} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} spellCheck={false} autoComplete="off" data-testid={testIds.field} className="grow" />
        <Button type="submit" variant="default" leftSection={<Plus size={14} />} disabled={busy || typed.trim() === ""} data-testid={testIds.add}>{field.add}</Button>
      </form>
      {error && <Fault error={error} testId="connection-fault" />}
      <span className="hidden-visually" role="status">{said}</span>
    </section>
  );
}
