import { EntryList } from "../../components/EntryList";
import type { CallError } from "../../ipc/client";

interface Properties {
  requests: string[];
  busy: boolean;
  error: CallError | null;
  /** A request that a run held back, to begin with. */
  wanted: string | null;
  onAdd(request: string): Promise<boolean>;
  onRemove(request: string): Promise<boolean>;
}

/** Requests that a safe try sends although their method may write: an API that logs in by POST. */
export function SafeRequests({ requests, busy, error, wanted, onAdd, onRemove }: Properties) {
  return (
    <EntryList
      title="Requests that only ask"
      about="A try sends GET, HEAD, OPTIONS and requests for a token, and holds back what may write. A POST that only asks, as a login does, is named here; its address covers what lies below it."
      entries={requests} busy={busy} error={error} wanted={wanted} onAdd={onAdd} onRemove={onRemove}
      field={{ label: "Method and address", placeholder: "POST https://api.example/v1/login", add: "Add" }}
      says={{ added: "is sent when a script is tried", removed: "is held back again" }}
      testIds={{ list: "safe-requests", field: "safe-request", add: "safe-add", remove: "safe-remove" }}
    />
  );
}
