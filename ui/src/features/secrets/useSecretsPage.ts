import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { CallError, calls } from "../../ipc/client";
import { keys, useSecrets, useVault } from "../../ipc/queries";

/** Secrets of a connection and what one can do to them. A value is handed on at once and held nowhere here. */
export function useSecretsPage(connection: string) {
  const client = useQueryClient();
  const secrets = useSecrets(connection);
  const vault = useVault();
  const [fault, setFault] = useState<CallError | null>(null);
  const [busy, setBusy] = useState(false);

  const perform = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setFault(null);
    try {
      await work();
      return true;
    } catch (thrown) {
      setFault(CallError.from(thrown));
      return false;
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: keys.secrets(connection) });
      await client.invalidateQueries({ queryKey: keys.vault });
      await client.invalidateQueries({ queryKey: keys.workspace });
    }
  };

  return {
    secrets: secrets.data,
    vault: vault.data,
    vaultError: vault.error ? CallError.from(vault.error) : null,
    error: fault ?? (secrets.error ? CallError.from(secrets.error) : null),
    busy,
    reset: () => setFault(null),
    put: (forNow: boolean, name: string, value: string) =>
      perform(() => (forNow ? calls.provideSecret(connection, name, value) : calls.setSecret(connection, name, value))),
    add: (key: string, value: string) => perform(() => calls.addPlainValue(connection, key, value)),
    drop: (key: string) => perform(() => calls.removePlainValue(connection, key)),
    change: (key: string, value: string) => perform(() => calls.setPlainValue(connection, key, value)),
    remove: (name: string) => perform(() => calls.removeSecret(connection, name)),
  };
}
