import { Button } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { Save } from "lucide-react";
import { keyOf, useDesk, type ScriptId } from "../../app/desk";
import { Kbd } from "../../components/Kbd";
import type { ConnectionView, SampleUser, WorkspaceView } from "../../ipc/client";
import { Drawer } from "../runs/Drawer";
import { TryPanel } from "../runs/TryPanel";
import { ScriptEditor } from "./ScriptEditor";
import { ScriptTabs } from "./ScriptTabs";
import { useScript } from "./useScript";

const NONE: SampleUser[] = [];

function OpenScript({ script, connection, workspace }: { script: ScriptId; connection: ConnectionView; workspace: WorkspaceView }) {
  const text = useScript(script);
  const inspector = useDesk((desk) => desk.inspector);
  const closeTab = useDesk((desk) => desk.closeTab);
  useHotkeys(
    [
      ["mod+S", () => text.save()],
      ["mod+W", () => closeTab(script)],
    ],
    [],
    true,
  );
  const users = workspace.sample?.connection === connection.name ? workspace.sample.users : NONE;
  const fresh = text.draft?.revision === null;
  return (
    <>
      <main className="work" data-region aria-label="Script">
        <h1 className="hidden-visually">{script.action}.js of {script.connection}</h1>
        <div className="tab-bar">
          <ScriptTabs />
          <div className="row">
            <Button
              size="compact-sm" variant={text.dirty || fresh ? "light" : "subtle"} disabled={!text.dirty && !fresh} loading={text.saving}
              leftSection={<Save size={14} aria-hidden />} onClick={text.save} data-testid="save"
            >
              Save <Kbd keys="mod+s" />
            </Button>
          </div>
        </div>
        <div className="work-text"><ScriptEditor workspace={workspace.id} script={script} connection={connection} text={text} /></div>
        <Drawer script={script} text={text} />
      </main>
      {inspector && (
        <aside className="inspector" data-region aria-label="Try">
          <TryPanel key={keyOf(script)} script={script} connection={connection} users={users} />
        </aside>
      )}
    </>
  );
}

/** The script workspace: edit and try side by side. */
export function Workbench({ workspace }: { workspace: WorkspaceView }) {
  const active = useDesk((desk) => desk.active);
  const connection = workspace.connections.find((one) => one.name === active?.connection);
  if (!active || !connection) {
    return (
      <main className="work wide" data-region aria-label="Script">
        <div className="empty">
          <h2>No script is open</h2>
          <p className="dim">Choose one in the list on the left, or press <Kbd keys="mod+k" /> and type its name.</p>
        </div>
      </main>
    );
  }
  return <OpenScript script={active} connection={connection} workspace={workspace} />;
}
