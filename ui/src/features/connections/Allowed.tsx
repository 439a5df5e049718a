import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";

interface Properties {
  allowed: string[];
  busy: boolean;
  /** An address that a run was refused, to begin with. */
  wanted: string | null;
  onAllow(endpoint: string): Promise<boolean>;
  onDisallow(endpoint: string): Promise<boolean>;
}

/** Hosts and files that scripts may reach: added, and taken away again. */
export function Allowed({ allowed, busy, wanted, onAllow, onDisallow }: Properties) {
  const [endpoint, setEndpoint] = useState(wanted !== null && !allowed.includes(wanted) ? wanted : "");
  const [said, setSaid] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const add = async () => {
    const typed = endpoint.trim();
    if (typed === "" || !(await onAllow(typed))) return;
    setEndpoint("");
    setSaid(`${typed} may be reached`);
  };
  const remove = async (one: string) => {
    if (busy || !(await onDisallow(one))) return;
    setSaid(`${one} is no longer allowed`);
    // The button is gone with its row; the keyboard goes on at the one that took its place.
    const buttons = list.current?.querySelectorAll("button") ?? [];
    const place = allowed.indexOf(one);
    const next = [...buttons].filter((button) => button.dataset.endpoint !== one)[Math.min(place, allowed.length - 2)];
    (next ?? field.current)?.focus();
  };
  return (
    <section className="card stack" aria-label="What scripts may reach">
      <h2>What scripts may reach</h2>
      <p className="dim">SQLite files in this folder, and what is listed here. A run that wants anything else is refused and names it.</p>
      {allowed.length > 0 && (
        <ul className="allowed mono" ref={list} data-testid="allowed">
          {allowed.map((one) => (
            <li key={one}>
              <span className="wrap">{one}</span>
              <ActionIcon
                variant="subtle" color="gray" size="sm" aria-label={`Remove ${one}`} title={`Remove ${one}`} aria-disabled={busy} data-endpoint={one}
                data-testid={`allow-remove-${one}`} onClick={() => void remove(one)}
                onKeyDown={(event) => { if (event.key === "Delete") void remove(one); }}
              >
                <X size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <form className="row" onSubmit={(event) => { event.preventDefault(); void add(); }}>
        <TextInput ref={field} aria-label="Host and port, or a file" placeholder="127.0.0.1:5432 or legacy.sqlite" value={endpoint} onChange={(event) => setEndpoint(event.currentTarget.value)} data-testid="allow-endpoint" className="grow" />
        <Button type="submit" variant="default" leftSection={<Plus size={14} />} disabled={busy || endpoint.trim() === ""} data-testid="allow-add">Allow</Button>
      </form>
      <span className="hidden-visually" role="status">{said}</span>
    </section>
  );
}
