// The commands and types of the desktop side, in the shape the generator writes (`cargo xtask bindings`).
/* eslint-disable */
import { invoke as __TAURI_INVOKE, Channel } from "@tauri-apps/api/core";

/** Commands */
export const commands = {
  openSample: () => typedError<WorkspaceView, WireError>(__TAURI_INVOKE("open_sample")),
  openWorkspace: (path: string) => typedError<WorkspaceView, WireError>(__TAURI_INVOKE("open_workspace", { path })),
  reloadWorkspace: () => typedError<WorkspaceView, WireError>(__TAURI_INVOKE("reload_workspace")),
  recentWorkspaces: () => typedError<string[], WireError>(__TAURI_INVOKE("recent_workspaces")),
  pickFolder: (title: string) => typedError<string | null, WireError>(__TAURI_INVOKE("pick_folder", { title })),
  pickFile: (title: string, save: boolean, suggested: string | null) =>
    typedError<string | null, WireError>(__TAURI_INVOKE("pick_file", { title, save, suggested })),
  readScript: (connection: string, action: Action) =>
    typedError<ScriptText, WireError>(__TAURI_INVOKE("read_script", { connection, action })),
  saveScript: (connection: string, action: Action, text: string, revision: string | null) =>
    typedError<SaveResult, WireError>(__TAURI_INVOKE("save_script", { connection, action, text, revision })),
  keepDraft: (connection: string, action: Action, text: string, revision: string) =>
    typedError<null, WireError>(__TAURI_INVOKE("keep_draft", { connection, action, text, revision })),
  dropDraft: (connection: string, action: Action) =>
    typedError<null, WireError>(__TAURI_INVOKE("drop_draft", { connection, action })),
  scriptVersions: (connection: string, action: Action) =>
    typedError<VersionView[], WireError>(__TAURI_INVOKE("script_versions", { connection, action })),
  tryScript: (request: TryRequest, events: Channel<RunEvent>) =>
    typedError<RunReport, WireError>(__TAURI_INVOKE("try_script", { request, events })),
  stopRun: (runId: string) => typedError<null, WireError>(__TAURI_INVOKE("stop_run", { runId })),
  loginFlow: (request: LoginRequest, events: Channel<RunEvent>) =>
    typedError<FlowReport, WireError>(__TAURI_INVOKE("login_flow", { request, events })),
  counts: (connection: string, refresh: boolean) =>
    typedError<CountsView, WireError>(__TAURI_INVOKE("counts", { connection, refresh })),
  vaultState: () => typedError<VaultView, WireError>(__TAURI_INVOKE("vault_state")),
  chooseVault: (choice: VaultChoice, passphrase: string | null) =>
    typedError<VaultView, WireError>(__TAURI_INVOKE("choose_vault", { choice, passphrase })),
  unlockVault: (passphrase: string) => typedError<VaultView, WireError>(__TAURI_INVOKE("unlock_vault", { passphrase })),
  listSecrets: (connection: string) => typedError<SecretView[], WireError>(__TAURI_INVOKE("list_secrets", { connection })),
  setSecret: (connection: string, name: string, value: string) =>
    typedError<SecretView, WireError>(__TAURI_INVOKE("set_secret", { connection, name, value })),
  removeSecret: (connection: string, name: string) =>
    typedError<null, WireError>(__TAURI_INVOKE("remove_secret", { connection, name })),
  provideSecret: (connection: string, name: string, value: string) =>
    typedError<null, WireError>(__TAURI_INVOKE("provide_secret", { connection, name, value })),
  previewExport: (connections: string[], format: ExportFormat) =>
    typedError<ExportPreview, WireError>(__TAURI_INVOKE("preview_export", { connections, format })),
  writeExport: (connections: string[], format: ExportFormat, out: string) =>
    typedError<ExportPreview, WireError>(__TAURI_INVOKE("write_export", { connections, format, out })),
  previewImport: (path: string) => typedError<ImportPreview, WireError>(__TAURI_INVOKE("preview_import", { path })),
  applyImport: (path: string, replace: string[]) =>
    typedError<WorkspaceView, WireError>(__TAURI_INVOKE("apply_import", { path, replace })),
  check: (connection: string | null) => typedError<Finding[], WireError>(__TAURI_INVOKE("check", { connection })),
  testConnection: (runId: string, connection: string, events: Channel<StageView>) =>
    typedError<StageView[], WireError>(__TAURI_INVOKE("test_connection", { runId, connection, events })),
  allow: (connection: string, endpoint: string) =>
    typedError<ConnectionView, WireError>(__TAURI_INVOKE("allow", { connection, endpoint })),
  setEnvironment: (connection: string, environment: Environment, readOnly: boolean) =>
    typedError<ConnectionView, WireError>(__TAURI_INVOKE("set_environment", { connection, environment, readOnly })),
};

/* Types */
export type Action =
  | "login" | "get_user" | "create" | "verify" | "change_password" | "delete"
  | "change_email" | "change_username" | "change_phone_number";
export type ConfigurationView = { key: string; secret: string | null; plain: string | null };
export type ConnectionView = {
  name: string; environment: Environment; read_only: boolean; import_mode: ImportMode; script_context: boolean;
  scripts: ScriptView[]; configuration: ConfigurationView[]; allowed: string[]; counts_users: boolean;
};
export type ConsoleLevel = "log" | "info" | "debug" | "warn" | "error" | "trace";
export type ConsoleLine = { at_ms: number; level: ConsoleLevel; text: string };
export type CountsView = {
  connection: string; legacy_total: Figure; migrated: Figure; percent: number | null; left: Figure; today: Figure;
  per_hour: Figure; failed: FailureCount[]; series: SeriesPoint[]; last_migration_at: string | null; error: string | null;
};
export type Effect = "read" | "rolled_back" | "committed" | "refused";
export type EngineView = { name: string; isolation: string[]; missing: string[]; peak_bytes: number };
export type Environment = "development" | "staging" | "production";
export type ExportFile = { path: string; bytes: number };
export type ExportFormat = "directory" | "yaml" | "directory-zip" | "yaml-zip";
export type ExportPreview = { files: ExportFile[]; needs: string[]; refusals: Problem[]; notes: Problem[] };
export type FailureCount = { code: string; meaning: string; count: number };
export type Figure = { value: number | null; source: string; at: string | null; blind_spot: string | null };
export type Finding = { connection: string; action: Action | null; severity: string } & Warning;
export type FlowReport = {
  end: LoginEnd; headline: string; log_event: LogEvent | null; user_sees: string; run: RunReport | null; refusal: string | null;
};
export type ImportMode = "off" | "on";
export type ImportPreview = { connections: ImportedConnection[]; problems: Problem[] };
export type ImportedConnection = { name: string; scripts: Action[]; secrets: string[]; exists: boolean };
export type LogEvent = { code: string; meaning: string; user_id: string; description: string; certain: boolean };
export type LoginEnd =
  | "legacy_login" | "migrated" | "native_login" | "native_wrong_password" | "not_logged_in" | "not_stored";
export type LoginRequest = {
  run_id: string; connection: string; identifier: string; password: string; context: JsonValue | null;
};
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key in string]: JsonValue };
export type Migration = "profile_only" | "would_migrate" | "nothing";
export type Need = "required" | "for_operation" | "optional" | "unused";
export type Outcome =
  | "success" | "wrong_password" | "unknown_user" | "not_found" | "not_changed" | "refused" | "message_to_user"
  | "script_error" | "invalid_script" | "no_callback" | "timeout" | "out_of_memory" | "crashed" | "cancelled"
  | "connection_failed" | "blocked_by_policy";
export type Problem = { path: string; code: string; message: string; hint: string | null };
export type RunError = {
  class: string; message: string; code: string | null; line: number | null; column: number | null;
  stack: string | null; hint: string | null;
};
export type RunEvent = ({ event: "console" } & ConsoleLine) | ({ event: "trace" } & TraceEntry);
export type RunReport = {
  outcome: Outcome; headline: string; log_event: LogEvent | null; user_sees: string; migration: Migration;
  error: RunError | null; result: JsonValue | null; warnings: Warning[]; trace: TraceEntry[]; console: ConsoleLine[];
  committed: boolean; survives: string[]; duration_ms: number; engine: EngineView;
};
export type SampleUser = { identifier: string; password: string; format: string };
export type SampleView = { connection: string; users: SampleUser[] };
export type SaveResult =
  | { kind: "saved"; revision: string; version: number; saved_at: string }
  | { kind: "conflict"; theirs: string; revision: string };
export type ScriptText = { text: string; revision: string; unsaved: string | null };
export type ScriptView = { action: Action; present: boolean; need: Need; path: string | null };
export type SecretView = {
  name: string; used_by: string[]; state: string; set_at: string | null; fingerprint: string | null;
};
export type SeriesPoint = { at: number; migrated: number };
export type StageView = { stage: string; state: string; ms: number; detail: string; hint: string | null };
export type Statement = { sql: string; parameters: string[]; rows: number | null; effect: Effect };
export type TraceEntry = {
  at_ms: number; ms: number; kind: TraceKind; label: string; statement: Statement | null; error: string | null;
};
export type TraceKind =
  | "runner" | "require" | "connect" | "query" | "close" | "hash" | "callback" | "rollback" | "blocked";
export type TryArguments = {
  identifier: string | null; new_email: string | null; verified: boolean | null; id: string | null;
  user: JsonValue | null; context: JsonValue | null;
};
export type TryRequest = {
  run_id: string; connection: string; action: Action; text: string | null; arguments: TryArguments;
  password: string | null; commit: boolean; timeout_s: number | null;
};
export type VaultChoice = "keychain" | "sealed_file" | "ask_each_time";
export type VaultView = { backend: string; state: string; message: string; hint: string | null };
export type VersionView = { version: number; saved_at: string; bytes: number; text: string };
export type Warning = { rule: string; message: string; line: number | null };
export type WireError = { code: string; message: string; hint: string | null };
export type WorkspaceView = {
  path: string; name: string; id: string; connections: ConnectionView[]; problems: Problem[]; sample: SampleView | null;
};

/* Tauri Specta runtime */
async function typedError<T, E>(result: Promise<T>): Promise<{ status: "ok"; data: T } | { status: "error"; error: E }> {
  try {
    return { status: "ok", data: await result };
  } catch (e) {
    if (e instanceof Error) throw e;
    return { status: "error", error: e as any };
  }
}
