import { Button, Menu } from "@mantine/core";
import { ChevronDown, Database, FolderOpen, History, PackageOpen, PackagePlus } from "lucide-react";
import mark from "../assets/mark.svg";
import { EnvironmentMark } from "../components/EnvironmentMark";
import { Kbd } from "../components/Kbd";
import { calls, type ConnectionView, type WorkspaceView } from "../ipc/client";
import { useOpen, useRecent } from "../ipc/queries";
import { useDesk } from "./desk";
import { forgetWorkspace } from "./forget";

/** Where one is: the workspace, and how dangerous the chosen connection's store is. */
export function Header({ workspace, connection }: { workspace: WorkspaceView; connection: ConnectionView | undefined }) {
  const setDialog = useDesk((desk) => desk.setDialog);
  const setPalette = useDesk((desk) => desk.setPalette);
  const open = useOpen();
  const recent = (useRecent().data ?? []).filter((path) => path !== workspace.path);
  const go = (what: { sample: true } | { path: string }) => open.mutate(what, { onSuccess: forgetWorkspace });
  const choose = async () => {
    const path = await calls.pickFolder("Open a workspace folder");
    if (path !== null) go({ path });
  };
  return (
    <header className="header">
      <img src={mark} width="20" height="20" alt="" />
      <b className="brand">Sluice</b>
      <Menu position="bottom-start">
        <Menu.Target>
          <button type="button" className="plain chip icon-text" data-testid="workspace-menu">
            {workspace.name} <ChevronDown size={12} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{workspace.path}</Menu.Label>
          <Menu.Item leftSection={<FolderOpen size={14} />} onClick={() => void choose()}>Open another folder …</Menu.Item>
          {!workspace.sample && <Menu.Item leftSection={<Database size={14} />} onClick={() => go({ sample: true })}>Open the sample</Menu.Item>}
          {recent.map((path) => (
            <Menu.Item key={path} leftSection={<History size={14} />} onClick={() => go({ path })} data-testid="workspace-recent">{path}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {connection && (
        <span className={`chip environment ${connection.environment}`} data-testid="environment">
          <EnvironmentMark environment={connection.environment} readOnly={connection.read_only} />
        </span>
      )}
      {open.error && <span role="alert" className="bad clip" title={open.error.hint ?? undefined}>{open.error.message}{open.error.hint && ` ${open.error.hint}`}</span>}
      <div className="row row-end">
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<PackageOpen size={14} />} onClick={() => setDialog("import")} data-testid="import-open">Import</Button>
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<PackagePlus size={14} />} onClick={() => setDialog("export")} data-testid="export-open">Export</Button>
        <button type="button" className="plain palette-open" onClick={() => setPalette(true)} data-testid="palette-open">
          <span>Go to …</span><Kbd keys="mod+k" />
        </button>
      </div>
    </header>
  );
}
