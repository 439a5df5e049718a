import { Button, Checkbox, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { FileArchive, FolderOpen } from "lucide-react";
import { useState } from "react";
import { Fault } from "../../components/Fault";
import { CallError, calls, type ImportPreview, type WorkspaceView } from "../../ipc/client";
import { keys } from "../../ipc/queries";
import { Problems } from "./Problems";
import "./bundles.css";

/** Shows what a bundle holds before anything is touched. */
export function ImportDialog({ workspace, onClose }: { workspace: WorkspaceView; onClose(): void }) {
  const client = useQueryClient();
  const [source, setSource] = useState<{ path: string; preview: ImportPreview } | null>(null);
  const [replace, setReplace] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<CallError | null>(null);
  const perform = async (work: () => Promise<void>) => {
    setFault(null);
    setBusy(true);
    try {
      await work();
    } catch (thrown) {
      setFault(CallError.from(thrown));
    } finally {
      setBusy(false);
    }
  };
  const look = (pick: () => Promise<string | null>) =>
    void perform(async () => {
      const path = await pick();
      if (path === null) return;
      setReplace([]);
      setSource({ path, preview: await calls.previewImport(path) });
    });
  const apply = () =>
    void perform(async () => {
      if (!source) return;
      const fresh = await calls.applyImport(source.path, replace);
      client.setQueryData(keys.workspace, fresh);
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.workspace[0] });
      onClose();
    });
  const fresh = source?.preview.connections.filter((one) => !one.exists || replace.includes(one.name)) ?? [];
  return (
    <Modal opened onClose={onClose} title={`Import into ${workspace.name}`} size={720} data-testid="import-dialog">
      <div className="stack">
        <div className="row">
          <Button variant="default" leftSection={<FileArchive size={14} />} onClick={() => look(() => calls.pickFile("Choose a bundle", false, null))} loading={busy && !source} data-autofocus data-testid="import-file">Zip or tenant.yaml …</Button>
          <Button variant="default" leftSection={<FolderOpen size={14} />} onClick={() => look(() => calls.pickFolder("Choose a bundle folder"))} data-testid="import-folder">Folder …</Button>
          {source && <span className="mono dim clip" title={source.path}>{source.path}</span>}
        </div>
        {fault && <Fault error={fault} testId="import-fault" />}
        {!source && !fault && <p className="dim">What the bundle holds is shown here first. Nothing is written until you say so.</p>}
        {source && (
          <>
            <table data-testid="import-connections">
              <thead><tr><th>connection</th><th>scripts</th><th>secrets it refers to</th><th>in this workspace</th></tr></thead>
              <tbody>
                {source.preview.connections.map((one) => (
                  <tr key={one.name}>
                    <td><b>{one.name}</b></td>
                    <td>{one.scripts.join(", ") || "none"}</td>
                    <td className="mono">{one.secrets.join(", ") || "none"}</td>
                    <td>
                      {one.exists ? (
                        <Checkbox
                          label="replace it" checked={replace.includes(one.name)} data-testid={`import-replace-${one.name}`}
                          onChange={(event) => setReplace(event.currentTarget.checked ? [...replace, one.name] : replace.filter((name) => name !== one.name))}
                        />
                      ) : "new"}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <Problems problems={source.preview.problems} tone="no" label="To know" testId="import-problems" />
            <p className="dim small">Imported connections may reach nothing until you allow it.</p>
          </>
        )}
        <div className="row">
          <Button className="row-end" variant="default" onClick={onClose}>Cancel</Button>
          <Button onClick={apply} disabled={!source || fresh.length === 0} loading={busy && source !== null} data-testid="import-apply">
            {fresh.length === 1 ? "Import 1 connection" : `Import ${fresh.length} connections`}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
