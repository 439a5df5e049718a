import { Button } from "@mantine/core";
import { PackageOpen, Plus } from "lucide-react";
import { useDesk } from "../../app/desk";

/** What to do in a workspace without a connection. */
export function NoConnection() {
  const setDialog = useDesk((desk) => desk.setDialog);
  return (
    <main className="work wide" data-region aria-label="No connection">
      <div className="empty" data-testid="no-connection">
        <h2>This folder holds no connection yet</h2>
        <p className="dim">Make one from a template for your kind of store, or import a bundle. Nothing is written until you say so.</p>
        <div className="row">
          <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setDialog("new-connection")} data-testid="no-connection-new">New connection</Button>
          <Button variant="default" leftSection={<PackageOpen size={14} aria-hidden />} onClick={() => setDialog("import")} data-testid="no-connection-import">Import</Button>
        </div>
      </div>
    </main>
  );
}
