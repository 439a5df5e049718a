import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { BundleDialogs } from "../features/bundles/BundleDialogs";
import { ConnectionPage } from "../features/connections/ConnectionPage";
import { NewConnection } from "../features/connections/NewConnectionDialog";
import { NoConnection } from "../features/connections/NoConnection";
import { Sidebar } from "../features/connections/Sidebar";
import { Welcome } from "../features/connections/Welcome";
import { MigrationBoard } from "../features/migration/MigrationBoard";
import { Workbench } from "../features/scripts/Workbench";
import { SecretsPage } from "../features/secrets/SecretsPage";
import { SettingsPage } from "../features/settings/SettingsPage";
import { Fault } from "../components/Fault";
import { CallError, type WorkspaceView } from "../ipc/client";
import { useWorkspace } from "../ipc/queries";
import { useDesk } from "./desk";
import { Header } from "./Header";
import { styleNonce } from "./nonce";
import { Palette } from "./Palette";
import { Rail } from "./Rail";
import { useShortcuts } from "./shortcuts";
import { StatusBar } from "./StatusBar";
import { theme, variables } from "./theme";
import { useFirstLook } from "./useFirstLook";
import "./frame.css";

function Screen({ workspace }: { workspace: WorkspaceView }) {
  const screen = useDesk((desk) => desk.screen);
  const name = useDesk((desk) => desk.connection);
  const connection = workspace.connections.find((one) => one.name === name);
  if (screen === "settings") return <SettingsPage />;
  if (workspace.connections.length === 0) return <NoConnection />;
  if (screen === "scripts") return <Workbench workspace={workspace} />;
  if (!connection) return <main className="page wide" data-region><p className="dim">Choose a connection on the left.</p></main>;
  switch (screen) {
    case "migration":
      return <MigrationBoard connection={connection} />;
    case "secrets":
      return <SecretsPage key={name} connection={connection} />;
    case "connection":
      return <ConnectionPage key={name} connection={connection} />;
  }
}

function Frame({ workspace }: { workspace: WorkspaceView }) {
  const sidebar = useDesk((desk) => desk.sidebar);
  const inspector = useDesk((desk) => desk.inspector);
  const name = useDesk((desk) => desk.connection);
  const connection = workspace.connections.find((one) => one.name === name);
  useFirstLook(workspace);
  useShortcuts();
  return (
    <div className={`frame${sidebar ? "" : " no-sidebar"}${inspector ? "" : " no-inspector"}`} data-environment={connection?.environment}>
      <Header workspace={workspace} connection={connection} />
      <Rail />
      {sidebar && <Sidebar workspace={workspace} />}
      <Screen workspace={workspace} />
      <StatusBar connection={connection} />
      <BundleDialogs workspace={workspace} />
      <NewConnection workspace={workspace} />
      <Palette workspace={workspace} />
    </div>
  );
}

function Root() {
  const workspace = useWorkspace();
  if (workspace.isPending) return <div className="empty dim">Opening …</div>;
  if (workspace.error) {
    return <div className="empty"><Fault error={CallError.from(workspace.error)} onRetry={() => void workspace.refetch()} /><Welcome /></div>;
  }
  return workspace.data ? <Frame key={workspace.data.id} workspace={workspace.data} /> : <Welcome />;
}

/** The whole window. */
export function App({ client, scheme }: { client: QueryClient; scheme?: "light" | "dark" }) {
  return (
    <QueryClientProvider client={client}>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" forceColorScheme={scheme} getStyleNonce={styleNonce}>
        <Root />
      </MantineProvider>
    </QueryClientProvider>
  );
}
