import { useRef, useState } from "react";
import { Button, Modal, TextInput } from "@mantine/core";
import { Fault } from "../../components/Fault";
import { SecretInput, type SecretHandle } from "../../components/SecretInput";
import type { CallError } from "../../ipc/client";

/** What the admin wants to do to a secret; one that is added has no name yet. */
export type Asked = { name: string; how: "add" | "set" | "replace" | "provide" };

const TITLES: Record<Asked["how"], string> = { add: "Add a secret", set: "Set", replace: "Replace", provide: "Provide" };

interface Properties {
  asked: Asked;
  connection: string;
  error: CallError | null;
  busy: boolean;
  onSet(name: string, value: string): void;
  onClose(): void;
}

/** Asks for a value and hands it on at once. */
export function SecretDialog({ asked, connection, error, busy, onSet, onClose }: Properties) {
  const field = useRef<SecretHandle>(null);
  const [name, setName] = useState(asked.name);
  const [empty, setEmpty] = useState(true);
  const badName = name !== "" && !/^[A-Z0-9_]+$/.test(name) ? "Upper-case letters, digits and _ only; other names are not replaced on deploy" : null;
  const where = asked.how === "provide" ? "Kept in memory until the app ends." : `Goes straight to the vault for ${connection}; this window cannot read it back.`;
  return (
    <Modal opened onClose={onClose} title={`${TITLES[asked.how]} ${asked.name}`} data-testid="secret-dialog">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const value = field.current?.value() ?? "";
          if (value === "" || name === "" || badName) return;
          field.current?.clear();
          setEmpty(true);
          onSet(name, value);
        }}
      >
        {asked.how === "add" && (
          <TextInput
            label="Name" description="Scripts read it as configuration.NAME; database.json gets a reference to it, never the value." value={name} error={badName}
            onChange={(event) => setName(event.currentTarget.value)} autoComplete="off" spellCheck={false} data-autofocus data-testid="secret-name"
          />
        )}
        <SecretInput handle={field} label="Value" description={where} data-autofocus={asked.how === "add" ? undefined : true} data-testid="secret-value" onInput={(event) => setEmpty(event.currentTarget.value === "")} />
        {error && <Fault error={error} testId="secret-fault" />}
        <div className="row">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" className="row-end" disabled={empty || name === "" || badName !== null} loading={busy} data-testid="secret-save">
            {asked.how === "provide" ? "Keep until the app ends" : "Put into the vault"}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
