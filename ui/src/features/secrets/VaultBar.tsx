import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { LockKeyhole, LockKeyholeOpen } from "lucide-react";
import { useRef, useState } from "react";
import { Fault } from "../../components/Fault";
import { SecretInput, type SecretHandle } from "../../components/SecretInput";
import { CallError, calls, type VaultView } from "../../ipc/client";
import { keys } from "../../ipc/queries";
import { BACKENDS, VAULT_STATES } from "./words";

type Choice = Parameters<typeof calls.chooseVault>[0];

/** Asks for a passphrase and hands it on. */
function Passphrase({ label, button, busy, onGiven }: { label: string; button: string; busy: boolean; onGiven(passphrase: string): void }) {
  const field = useRef<SecretHandle>(null);
  return (
    <form
      className="row vault-passphrase"
      onSubmit={(event) => {
        event.preventDefault();
        const value = field.current?.value() ?? "";
        field.current?.clear();
        if (value !== "") onGiven(value);
      }}
    >
      <SecretInput handle={field} aria-label={label} placeholder={label} data-testid="vault-passphrase" />
      <Button type="submit" loading={busy} data-testid="vault-passphrase-go">{button}</Button>
    </form>
  );
}

/** Where secrets are kept, in which state that is, and the admin's own choice when it does not serve. */
export function VaultBar({ vault, error }: { vault: VaultView | undefined; error: CallError | null }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<CallError | null>(null);
  const [choosing, setChoosing] = useState(false);
  const perform = async (work: () => Promise<VaultView>) => {
    setBusy(true);
    setFault(null);
    try {
      client.setQueryData(keys.vault, await work());
      setChoosing(false);
      await client.invalidateQueries({ queryKey: ["secrets"] });
    } catch (thrown) {
      setFault(CallError.from(thrown));
    } finally {
      setBusy(false);
    }
  };
  const choose = (choice: Choice, passphrase: string | null) => void perform(() => calls.chooseVault(choice, passphrase));
  if (error) return <Fault error={error} onRetry={() => void client.invalidateQueries({ queryKey: keys.vault })} />;
  if (!vault) return <div className="card dim">Asking the vault …</div>;
  const open = vault.state === "unlocked";
  const Icon = open ? LockKeyholeOpen : LockKeyhole;
  const choices = choosing || vault.state === "absent" || vault.state === "denied";
  return (
    <section className={open ? "card vault" : "card vault closed"} aria-label="Vault" data-testid="vault" data-state={vault.state} data-backend={vault.backend}>
      <div className="row">
        <Icon size={16} className={open ? "ok" : "no"} aria-hidden />
        <b>{BACKENDS[vault.backend] ?? vault.backend}: <span className={open ? "ok" : "no"}>{VAULT_STATES[vault.state] ?? vault.state}</span></b>
        <span className="dim">{vault.message}</span>
        <span className="row row-end">
          {!open && <Button size="compact-sm" variant="default" loading={busy} onClick={() => void perform(() => calls.vaultState())} data-testid="vault-retry">Look again</Button>}
          {vault.backend !== "environment" && <Button size="compact-sm" variant="subtle" onClick={() => setChoosing(!choosing)} aria-expanded={choices} data-testid="vault-choose">Keep secrets elsewhere …</Button>}
        </span>
      </div>
      {vault.hint && <p className="dim">{vault.hint}</p>}
      {vault.backend === "sealed_file" && vault.state === "locked" && (
        <Passphrase label="Passphrase of the sealed file" button="Open the sealed file" busy={busy} onGiven={(passphrase) => void perform(() => calls.unlockVault(passphrase))} />
      )}
      {choices && (
        <ul className="vault-choices" aria-label="Where secrets go">
          {vault.backend !== "keychain" && (
            <li>
              <div><b>Keychain</b><p className="dim">The keychain of this system keeps them. The usual choice.</p></div>
              <Button variant="default" loading={busy} onClick={() => choose("keychain", null)} data-testid="vault-keychain">Use the keychain</Button>
            </li>
          )}
          <li>
            <div><b>Sealed file with a passphrase</b><p className="dim">One encrypted file in the app’s data folder; you type the passphrase once per start. Nobody can recover it without the passphrase.</p></div>
            <Passphrase label="New passphrase" button="Use a sealed file" busy={busy} onGiven={(passphrase) => choose("sealed_file", passphrase)} />
          </li>
          {vault.backend !== "ask_each_time" && (
            <li>
              <div><b>Ask each time</b><p className="dim">Nothing is stored. You provide each secret after each start; it is forgotten when the app ends.</p></div>
              <Button variant="default" loading={busy} onClick={() => choose("ask_each_time", null)} data-testid="vault-ask">Ask each time</Button>
            </li>
          )}
        </ul>
      )}
      {fault && <Fault error={fault} testId="vault-fault" />}
    </section>
  );
}
