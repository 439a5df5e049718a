import { EntryList } from "../../components/EntryList";
import type { CallError } from "../../ipc/client";

interface Properties {
  allowed: string[];
  busy: boolean;
  error: CallError | null;
  /** An address that a run was refused, to begin with. */
  wanted: string | null;
  onAllow(endpoint: string): Promise<boolean>;
  onDisallow(endpoint: string): Promise<boolean>;
}

/** Hosts and files that scripts may reach: added, and taken away again. */
export function Allowed({ allowed, busy, error, wanted, onAllow, onDisallow }: Properties) {
  return (
    <EntryList
      title="What scripts may reach"
      about="SQLite files in this folder, and what is listed here. A run that wants anything else is refused and names it."
      entries={allowed} busy={busy} error={error} wanted={wanted} onAdd={onAllow} onRemove={onDisallow}
      field={{ label: "Host and port, or a file", placeholder: "127.0.0.1:5432 or legacy.sqlite", add: "Allow" }}
      says={{ added: "may be reached", removed: "is no longer allowed" }}
      testIds={{ list: "allowed", field: "allow-endpoint", add: "allow-add", remove: "allow-remove" }}
    />
  );
}
