import { Button } from "@mantine/core";
import { Database, FolderOpen, History, PackageOpen } from "lucide-react";
import { useState } from "react";
import mark from "../../assets/mark.svg";
import { useDesk } from "../../app/desk";
import { forgetWorkspace } from "../../app/forget";
import { Fault } from "../../components/Fault";
import { CallError, calls } from "../../ipc/client";
import { useOpen, useRecent } from "../../ipc/queries";

/** First success in two minutes: the sample, a folder, or a bundle. */
export function Welcome() {
  const open = useOpen();
  const recent = useRecent().data ?? [];
  const [fault, setFault] = useState<CallError | null>(null);
  const begin = (what: { sample: true } | { path: string }, then?: () => void) => {
    setFault(null);
    forgetWorkspace();
    open.mutate(what, { onSuccess: then });
  };
  const choose = async (title: string, then?: () => void) => {
    try {
      const path = await calls.pickFolder(title);
      if (path !== null) begin({ path }, then);
    } catch (thrown) {
      setFault(CallError.from(thrown));
    }
  };
  const error = fault ?? open.error;
  return (
    <main className="welcome">
      <div className="welcome-head">
        <img src={mark} width="44" height="44" alt="" />
        <div>
          <h1>Sluice</h1>
          <p className="dim">Run the scripts of a custom database connection here, on your own database, and see what happens.</p>
        </div>
      </div>
      <ul className="welcome-ways">
        <li>
          <Database size={18} className="accent" aria-hidden />
          <div><h2>Open the sample</h2><p className="dim">A legacy store with 1,000 users in six password formats, and test users to log in with.</p></div>
          <Button onClick={() => begin({ sample: true })} loading={open.isPending && open.variables !== undefined && "sample" in open.variables} data-testid="welcome-sample">Open the sample</Button>
        </li>
        <li>
          <FolderOpen size={18} className="accent" aria-hidden />
          <div><h2>Open a folder</h2><p className="dim">Any auth0-deploy-cli export opens as it is. Nothing is changed in it until you save.</p></div>
          <Button variant="default" onClick={() => void choose("Open a workspace folder")} data-testid="welcome-open">Open a folder</Button>
        </li>
        <li>
          <PackageOpen size={18} className="accent" aria-hidden />
          <div><h2>Import a bundle</h2><p className="dim">Choose the folder it should go to; what the bundle holds is shown before anything is written.</p></div>
          <Button variant="default" onClick={() => void choose("Choose the folder to import into", () => useDesk.getState().setDialog("import"))} data-testid="welcome-import">Import</Button>
        </li>
      </ul>
      {error && <Fault error={error} testId="welcome-fault" />}
      {recent.length > 0 && (
        <section aria-label="Opened lately" className="welcome-recent">
          <h3>Opened lately</h3>
          <ul>
            {recent.map((path) => (
              <li key={path}>
                <button type="button" className="link icon-text" onClick={() => begin({ path })} data-testid="welcome-recent"><History size={14} aria-hidden />{path}</button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="dim small">No account, no sign-in. Nothing leaves this machine except to the databases you name.</p>
    </main>
  );
}
