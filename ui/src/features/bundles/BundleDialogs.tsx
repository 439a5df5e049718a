import { useDesk } from "../../app/desk";
import type { WorkspaceView } from "../../ipc/client";
import { ExportDialog } from "./ExportDialog";
import { ImportDialog } from "./ImportDialog";

/** The dialogs for what goes out and what comes in. */
export function BundleDialogs({ workspace }: { workspace: WorkspaceView }) {
  const dialog = useDesk((desk) => desk.dialog);
  const setDialog = useDesk((desk) => desk.setDialog);
  if (dialog === "export") return <ExportDialog workspace={workspace} onClose={() => setDialog(null)} />;
  if (dialog === "import") return <ImportDialog workspace={workspace} onClose={() => setDialog(null)} />;
  return null;
}
