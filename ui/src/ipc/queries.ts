// Query keys and hooks: everything the window knows about the desktop side is read through these.
import { QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type CallError, calls, type Action, type ConnectionView, type ExportFormat, type WorkspaceView } from "./client";

/** Every key in one place, so that what a change makes stale is easy to name. */
export const keys = {
  workspace: ["workspace"] as const,
  recent: ["recent"] as const,
  script: (connection: string, action: Action) => ["script", connection, action] as const,
  versions: (connection: string, action: Action) => ["versions", connection, action] as const,
  counts: (connection: string) => ["counts", connection] as const,
  vault: ["vault"] as const,
  secrets: (connection: string) => ["secrets", connection] as const,
  findings: ["findings"] as const,
  templates: ["templates"] as const,
  schema: (template: string) => ["schema", template] as const,
  exportPreview: (connections: string[], format: ExportFormat) => ["export", format, ...connections] as const,
};

/** A client that never retries: the desktop side is on this machine, and a wrong password must not be tried twice. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, refetchOnWindowFocus: false, staleTime: 10_000, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

/** The open workspace, or null when none is open. */
export function useWorkspace() {
  return useQuery<WorkspaceView | null, CallError>({
    queryKey: keys.workspace,
    queryFn: () => calls.currentWorkspace(),
    staleTime: Infinity,
  });
}

/** Opens a workspace; everything known about another one is forgotten. */
export function useOpen() {
  const client = useQueryClient();
  return useMutation<WorkspaceView, CallError, { sample: true } | { path: string }>({
    mutationFn: (what) => ("sample" in what ? calls.openSample() : calls.openWorkspace(what.path)),
    onSuccess: (workspace) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.workspace[0] });
      client.setQueryData(keys.workspace, workspace);
    },
  });
}

/** Puts a changed connection into the workspace that is shown. */
export function replaceConnection(client: QueryClient, connection: ConnectionView): void {
  client.setQueryData<WorkspaceView | null>(keys.workspace, (workspace) =>
    workspace
      ? { ...workspace, connections: workspace.connections.map((one) => (one.name === connection.name ? connection : one)) }
      : workspace,
  );
}

export function useRecent() {
  return useQuery<string[], CallError>({ queryKey: keys.recent, queryFn: () => calls.recentWorkspaces() });
}

export function useScript(connection: string, action: Action) {
  return useQuery({
    queryKey: keys.script(connection, action),
    queryFn: () => calls.readScript(connection, action),
    staleTime: 0,
    refetchOnWindowFocus: "always",
  });
}

export function useVersions(connection: string, action: Action) {
  return useQuery({ queryKey: keys.versions(connection, action), queryFn: () => calls.scriptVersions(connection, action) });
}

/** Counts of a connection; `live` asks again every 3 s. */
/** By this id the count that a first look at a connection takes can be stopped. */
export const firstCount = (connection: string) => `count ${connection}`;

export function useCounts(connection: string, live: boolean) {
  return useQuery({
    queryKey: keys.counts(connection),
    queryFn: () => calls.counts(firstCount(connection), connection, false),
    refetchInterval: live ? 3_000 : false,
    refetchIntervalInBackground: false,
    staleTime: live ? 0 : 10_000,
    enabled: connection !== "",
  });
}

export function useVault() {
  return useQuery({ queryKey: keys.vault, queryFn: () => calls.vaultState(), staleTime: 5_000, refetchInterval: 15_000 });
}

export function useSecrets(connection: string) {
  return useQuery({ queryKey: keys.secrets(connection), queryFn: () => calls.listSecrets(connection), enabled: connection !== "" });
}

export function useFindings() {
  return useQuery({ queryKey: keys.findings, queryFn: () => calls.check(null) });
}

export function useExportPreview(connections: string[], format: ExportFormat) {
  return useQuery({
    queryKey: keys.exportPreview(connections, format),
    queryFn: () => calls.previewExport(connections, format),
    enabled: connections.length > 0,
    staleTime: 0,
  });
}
