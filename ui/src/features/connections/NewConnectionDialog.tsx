import { Button, Modal, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type Ref } from "react";
import { useDesk } from "../../app/desk";
import { Fault } from "../../components/Fault";
import { CallError, calls, type TemplateView, type WorkspaceView } from "../../ipc/client";
import { keys } from "../../ipc/queries";
import { Schema } from "./Schema";
import "./connections.css";

function Choice({ template, chosen, onChoose, radio }: { template: TemplateView; chosen: boolean; onChoose(): void; radio?: Ref<HTMLInputElement> }) {
  return (
    <label className={chosen ? "template sel" : "template"}>
      <input type="radio" name="template" ref={radio} data-autofocus={radio !== undefined || undefined} checked={chosen} onChange={onChoose} data-testid={`template-${template.key}`} />
      <span><b>{template.name}</b><span className="dim small">{template.needs}</span></span>
    </label>
  );
}

/** The dialog for a new connection, while it is asked for. */
export function NewConnection({ workspace }: { workspace: WorkspaceView }) {
  const asked = useDesk((desk) => desk.dialog === "new-connection");
  const setDialog = useDesk((desk) => desk.setDialog);
  return asked ? <NewConnectionDialog workspace={workspace} onClose={() => setDialog(null)} /> : null;
}

/** From a template: what the store is, what it must have, and what is left to fill in. */
function NewConnectionDialog({ workspace, onClose }: { workspace: WorkspaceView; onClose(): void }) {
  const client = useQueryClient();
  const choose = useDesk((desk) => desk.choose);
  const show = useDesk((desk) => desk.show);
  const templates = useQuery<TemplateView[], CallError>({ queryKey: keys.templates, queryFn: () => calls.listTemplates(), staleTime: Infinity });
  const [key, setKey] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [fault, setFault] = useState<CallError | null>(null);
  const template = templates.data?.find((one) => one.key === key);
  const first = useRef<HTMLInputElement>(null);
  // The list comes after the dialog; the keyboard begins in it all the same.
  useEffect(() => first.current?.focus(), [templates.data]);
  const taken = workspace.connections.some((one) => one.name === name);
  const make = async () => {
    if (!template) return;
    setFault(null);
    try {
      client.setQueryData(keys.workspace, await calls.newConnection(template.key, name));
      await client.invalidateQueries({ queryKey: keys.findings });
      choose(name);
      show(template.configuration.length > 0 ? "secrets" : "connection");
      onClose();
    } catch (thrown) {
      setFault(CallError.from(thrown));
    }
  };
  return (
    <Modal opened onClose={onClose} title={`New connection in ${workspace.name}`} size={720} data-testid="new-connection-dialog">
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        {templates.error && <Fault error={templates.error} testId="templates-fault" />}
        <fieldset className="templates" aria-label="Legacy store">
          {templates.data?.map((one, index) => (
            <Choice key={one.key} template={one} chosen={one.key === key} onChoose={() => setKey(one.key)} radio={index === 0 ? first : undefined} />
          ))}
        </fieldset>
        <TextInput
          label="Name" description="Letters, digits and single hyphens" value={name} data-testid="new-connection-name"
          error={taken ? "There is a connection of this name" : undefined} onChange={(event) => setName(event.currentTarget.value)}
        />
        {template && (
          <p className="dim small" data-testid="template-left">
            To fill in afterwards, on the page Secrets: {template.configuration.filter((one) => !template.secrets.includes(one)).join(", ")}.
            {template.secrets.length > 0 && ` Secrets, set there too: ${template.secrets.join(", ")}.`}
            {template.modules.length > 0 && ` Modules: ${template.modules.join(", ")}.`}
          </p>
        )}
        {template && <Schema key={template.key} template={template} />}
        {fault && <Fault error={fault} testId="new-connection-fault" />}
        <div className="row">
          <Button className="row-end" variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" disabled={!template || name === "" || taken} data-testid="new-connection-make">Make the connection</Button>
        </div>
      </form>
    </Modal>
  );
}
