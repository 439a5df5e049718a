import { Button, Checkbox, Modal, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { Fault } from "../../components/Fault";
import { bytes, count } from "../../components/format";
import { Sign } from "../../components/Sign";
import { CallError, calls, type ExportFormat, type Problem, type WorkspaceView } from "../../ipc/client";
import { useExportPreview } from "../../ipc/queries";
import { Problems } from "./Problems";
import "./bundles.css";

const FORMATS: { value: ExportFormat; label: string }[] = [
  { value: "directory", label: "deploy-cli directory" },
  { value: "yaml", label: "deploy-cli YAML" },
  { value: "directory-zip", label: "deploy-cli directory, zipped" },
  { value: "yaml-zip", label: "deploy-cli YAML, zipped" },
];

/** Lists exactly what goes out, then writes it where the admin says. */
export function ExportDialog({ workspace, onClose }: { workspace: WorkspaceView; onClose(): void }) {
  const names = workspace.connections.map((one) => one.name);
  const [chosen, setChosen] = useState(names);
  const [format, setFormat] = useState<ExportFormat>("directory");
  const [writing, setWriting] = useState(false);
  const [fault, setFault] = useState<CallError | null>(null);
  const [written, setWritten] = useState<{ out: string; unchanged: boolean; left: Problem[] } | null>(null);
  /** A place that holds another bundle, which the admin may replace. */
  const [occupied, setOccupied] = useState<string | null>(null);
  const preview = useExportPreview(chosen, format);
  const plan = chosen.length > 0 ? preview.data : undefined;
  const refused = (plan?.refusals.length ?? 0) > 0;
  const total = plan?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
  const error = fault ?? (preview.error ? CallError.from(preview.error) : null);

  const forget = () => {
    setFault(null);
    setWritten(null);
    setOccupied(null);
  };
  const writeTo = async (out: string, replace: boolean) => {
    forget();
    setWriting(true);
    try {
      const answer = await calls.writeExport(chosen, format, out, replace);
      setWritten({
        out,
        unchanged: answer.notes.some((note) => note.code === "unchanged"),
        left: answer.notes.filter((note) => note.code.startsWith("kept_") || note.code === "replaced_foreign"),
      });
    } catch (thrown) {
      const error = CallError.from(thrown);
      setFault(error);
      if (error.code === "would_replace") setOccupied(out);
    } finally {
      setWriting(false);
    }
  };
  const write = async () => {
    forget();
    try {
      const zip = format.endsWith("zip");
      const out = zip ? await calls.pickFile("Write the bundle to", true, `${workspace.name}.zip`) : await calls.pickFolder("Write the bundle into");
      // The system's own dialog has asked already whether a file may be replaced.
      if (out !== null) await writeTo(out, zip);
    } catch (thrown) {
      setFault(CallError.from(thrown));
    }
  };

  return (
    <Modal opened onClose={onClose} title="Export" size={720} data-testid="export-dialog">
      <div className="stack">
        <div className="export-choice">
          <fieldset>
            <legend className="dim">Connections</legend>
            {names.map((name, index) => (
              <Checkbox
                key={name} data-autofocus={index === 0 || undefined} label={name} checked={chosen.includes(name)} data-testid={`export-${name}`}
                onChange={(event) => {
                  const wanted = event.currentTarget.checked;
                  forget();
                  setChosen(names.filter((one) => (one === name ? wanted : chosen.includes(one))));
                }}
              />
            ))}
          </fieldset>
          <NativeSelect label="Format" data={FORMATS} value={format} onChange={(event) => { forget(); setFormat(event.currentTarget.value as ExportFormat); }} data-testid="export-format" />
        </div>
        {error && <Fault error={error} testId="export-fault" />}
        {plan && (
          <>
            <Problems problems={plan.refusals} tone="bad" label="Refused" testId="export-refusals" />
            <section>
              <h3>{refused ? "Would go out" : "Goes out"}: {count(plan.files.length)} files, {bytes(total)}</h3>
              <div className="file-list" role="region" aria-label="Files that go out" tabIndex={0}>
                <table data-testid="export-files">
                  <tbody>{plan.files.map((file) => <tr key={file.path}><td className="mono">{file.path}</td><td className="number nowrap">{bytes(file.bytes)}</td></tr>)}</tbody>
                </table>
              </div>
            </section>
            <section aria-label="Secrets">
              <h3>Secrets</h3>
              {plan.needs.length === 0 ? <p className="dim">No value refers to a secret.</p> : (
                <p>No value goes out. The target’s mapping must hold: <span className="mono" data-testid="export-needs">{plan.needs.join(", ")}</span></p>
              )}
            </section>
            <Problems problems={plan.notes} tone="no" label="To know" testId="export-notes" />
          </>
        )}
        {chosen.length === 0 && <p className="dim">Choose at least one connection.</p>}
        {written && <Problems problems={written.left} tone="no" label="Beside it" testId="export-kept" />}
        <div className="row">
          {written && <span className="icon-text ok wrap" role="status" data-testid="export-done"><Sign tone="ok" /> {written.unchanged ? "nothing has changed in" : "written to"} <span className="mono">{written.out}</span></span>}
          <Button className="row-end" variant="default" onClick={onClose}>{written ? "Close" : "Cancel"}</Button>
          {occupied && <Button color="red" onClick={() => void writeTo(occupied, true)} loading={writing} data-testid="export-replace">Replace it</Button>}
          <Button variant={occupied ? "default" : "filled"} onClick={() => void write()} disabled={!plan || refused || preview.isFetching} loading={writing} data-testid="export-write">Write …</Button>
        </div>
      </div>
    </Modal>
  );
}
