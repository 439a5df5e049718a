import { clock } from "../components/format";
import { Sign } from "../components/Sign";
import type { ConnectionView } from "../ipc/client";
import { useVault } from "../ipc/queries";
import { BACKENDS, VAULT_STATES } from "../features/secrets/words";
import { useDesk } from "./desk";

/** What the connection's scripts may reach; SQLite files inside the workspace always (design §6). */
export function reach({ name, allowed }: ConnectionView): string {
  return `${name} may reach files in this folder${allowed.length > 0 ? ` and ${allowed.join(", ")}` : ""}, nothing else`;
}

/** What holds right now: safe try, the vault, the last save, what scripts may reach. */
export function StatusBar({ connection }: { connection: ConnectionView | undefined }) {
  const vault = useVault().data;
  const savedAt = useDesk((desk) => desk.savedAt);
  const show = useDesk((desk) => desk.show);
  return (
    <footer className="status">
      <span>{connection?.read_only ? "read-only: writes are refused" : "safe try: writes are rolled back or held back"}</span>
      {vault && (
        <button type="button" className="plain icon-text" onClick={() => show("secrets")} data-testid="vault-state" data-state={vault.state}>
          {BACKENDS[vault.backend] ?? vault.backend}:
          <Sign tone={vault.state === "unlocked" ? "ok" : "no"} size={12} />
          <b className={vault.state === "unlocked" ? "ok" : "no"}>{VAULT_STATES[vault.state] ?? vault.state}</b>
        </button>
      )}
      {savedAt && <span data-testid="saved-at">saved {clock(savedAt)}</span>}
      {connection && <span className="row-end clip" title={reach(connection)}>{reach(connection)}</span>}
    </footer>
  );
}
