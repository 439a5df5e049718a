//! What the verbs answer: plain data for the window and the command line. Nothing here can hold a secret value.

use contract::{Action, ConsoleLine, ImportMode, LogEvent, Migration, Need, Outcome, ScriptFault, TraceEntry, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How dangerous a connection's legacy store is; shown as a word and a shape (ux §1 #19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A store made for this, e.g. the sample.
    #[default]
    Development,
    /// A copy of production.
    Staging,
    /// The real thing.
    Production,
}

/// An open workspace.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct WorkspaceView {
    /// The folder.
    pub path: String,
    /// The folder's name.
    pub name: String,
    /// Stable id from `sluice.toml`; keys the vault and the store.
    pub id: String,
    /// Connections by name.
    pub connections: Vec<ConnectionView>,
    /// Folders that hold no readable connection, and why.
    pub problems: Vec<Problem>,
    /// Set for the sample workspace.
    pub sample: Option<SampleView>,
}

/// Something wrong with a file, with what to do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Problem {
    /// Path inside the workspace.
    pub path: String,
    /// Stable code, e.g. `broken_json`, `missing_script`, `unlisted_script`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Test users of the sample workspace. Their passwords are public by design.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct SampleView {
    /// The sample's connection.
    pub connection: String,
    /// Known users, one per password format.
    pub users: Vec<SampleUser>,
}

/// A known user of the sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct SampleUser {
    /// What to type as identifier.
    pub identifier: String,
    /// What to type as password.
    pub password: String,
    /// How the legacy store keeps it, e.g. `bcrypt $2b$`.
    pub format: String,
}

/// A connection in the list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ConnectionView {
    /// Its name in `database.json`.
    pub name: String,
    /// Word and shape for the frame.
    pub environment: Environment,
    /// Writes are refused below the window.
    pub read_only: bool,
    /// Whether logins import users.
    pub import_mode: ImportMode,
    /// Whether scripts take `context`.
    pub script_context: bool,
    /// The nine scripts; those without a file have `present: false`.
    pub scripts: Vec<ScriptView>,
    /// Keys of `configuration`, never their values.
    pub configuration: Vec<ConfigurationView>,
    /// Hosts and files the policy lets scripts reach, e.g. `127.0.0.1:5432`, `legacy.sqlite`.
    pub allowed: Vec<String>,
    /// Whether `count_users.js` is there.
    pub counts_users: bool,
}

/// A script in the list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ScriptView {
    /// Which.
    pub action: Action,
    /// Whether the connection has it.
    pub present: bool,
    /// How much this connection needs it.
    pub need: Need,
    /// Path inside the workspace.
    pub path: Option<String>,
}

/// One key of `configuration`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ConfigurationView {
    /// The key scripts read.
    pub key: String,
    /// The name of the secret it refers to (`@@NAME@@`), when it does.
    pub secret: Option<String>,
    /// The plain value, when it is no reference. Plain values stand in `database.json` for all to see.
    pub plain: Option<String>,
}

/// The text of a script.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ScriptText {
    /// The text as it is on disk.
    pub text: String,
    /// Fingerprint of that text; hand it back on save so that a change from outside is noticed.
    pub revision: String,
    /// Typing that was journalled and never saved (after a crash), when it differs from `text`.
    pub unsaved: Option<String>,
}

/// What a save did.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SaveResult {
    /// Saved, and a version of it kept.
    Saved {
        /// Fingerprint of the new text.
        revision: String,
        /// Number of the version, from 1.
        version: u32,
        /// When, RFC 3339.
        saved_at: String,
    },
    /// The file changed outside since it was read; nothing was written.
    Conflict {
        /// What is on disk now.
        theirs: String,
        /// Its fingerprint; saving with it overwrites knowingly.
        revision: String,
    },
}

/// A kept version of a script.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct VersionView {
    /// Number, from 1.
    pub version: u32,
    /// When, RFC 3339.
    pub saved_at: String,
    /// Bytes.
    pub bytes: u32,
    /// The text.
    pub text: String,
}

/// Arguments of a try as typed; what an action does not take is ignored. The password travels apart, as a secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(default)]
pub struct TryArguments {
    /// `identifier` of login, get_user, verify, change_password, change_email.
    pub identifier: Option<String>,
    /// `new_email` of change_email.
    pub new_email: Option<String>,
    /// `verified` of change_email.
    pub verified: Option<bool>,
    /// `id` of delete; a leading `auth0|` is taken off with a notice (contract §21 O10).
    pub id: Option<String>,
    /// `user` of create, without the password.
    pub user: Option<Value>,
    /// `context`, for connections that have it switched on.
    pub context: Option<Value>,
}

/// An error of a run, for people and programs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct RunError {
    /// JavaScript class.
    pub class: String,
    /// Message, redacted.
    pub message: String,
    /// Machine code.
    pub code: Option<String>,
    /// Line in the script, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// Stack with frames of the script only.
    pub stack: Option<String>,
    /// What to do, where we know.
    pub hint: Option<String>,
}

impl From<&ScriptFault> for RunError {
    fn from(fault: &ScriptFault) -> RunError {
        RunError {
            class: fault.class.clone(),
            message: fault.message.clone(),
            code: fault.code.clone(),
            line: fault.position.as_ref().map(|position| position.line),
            column: fault.position.as_ref().map(|position| position.column),
            stack: fault.stack.clone(),
            hint: None,
        }
    }
}

/// What came of a run: the JSON of `sluice try --json` (design §10) and the window's result card.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct RunReport {
    /// The one word.
    pub outcome: Outcome,
    /// The same in words for people.
    pub headline: String,
    /// The tenant log event.
    pub log_event: Option<LogEvent>,
    /// What the end user sees.
    pub user_sees: String,
    /// What a login would store.
    pub migration: Migration,
    /// The error, when there is one.
    pub error: Option<RunError>,
    /// The result given to the callback, redacted.
    pub result: Option<Value>,
    /// Findings.
    pub warnings: Vec<Warning>,
    /// What the run did.
    pub trace: Vec<TraceEntry>,
    /// Console lines.
    pub console: Vec<ConsoleLine>,
    /// Whether writes were kept.
    pub committed: bool,
    /// What a rollback does not undo (sequence values, …), in words.
    pub survives: Vec<String>,
    /// From start to end, in milliseconds.
    pub duration_ms: f64,
    /// Engine and isolation.
    pub engine: EngineView,
}

/// Which engine ran, and how it was isolated.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct EngineView {
    /// Name and version.
    pub name: String,
    /// Isolation layers in force.
    pub isolation: Vec<String>,
    /// Layers this system lacks, with the reason.
    pub missing: Vec<String>,
    /// Most memory the engine allocated, in bytes.
    pub peak_bytes: f64,
}

/// What happens while a run goes on.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RunEvent {
    /// A console line.
    Console(ConsoleLine),
    /// A trace entry.
    Trace(TraceEntry),
}

/// How a login flow ended, beside the run it needed (if any).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct FlowReport {
    /// How.
    pub end: contract::flow::LoginEnd,
    /// In words for people, e.g. `Logged in; the user was migrated`.
    pub headline: String,
    /// The tenant log event.
    pub log_event: Option<LogEvent>,
    /// What the end user sees.
    pub user_sees: String,
    /// The Login script's run, when the legacy store was asked.
    pub run: Option<RunReport>,
    /// Why the user store refused the user, when it did.
    pub refusal: Option<String>,
}

/// A number with its source and age (design: every number names its source and age).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Figure {
    /// The number; none when it is not known yet.
    pub value: Option<f64>,
    /// Where it comes from, e.g. `count_users.js`, `ledger`.
    pub source: String,
    /// When it was taken, RFC 3339.
    pub at: Option<String>,
    /// What it cannot see, in a few words.
    pub blind_spot: Option<String>,
}

/// Failures of one kind.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct FailureCount {
    /// Log event code: `fp`, `fu`, `f`.
    pub code: String,
    /// In words.
    pub meaning: String,
    /// How many in the last 24 hours.
    pub count: u32,
}

/// A point of the burn-down.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct SeriesPoint {
    /// Unix time in seconds.
    pub at: f64,
    /// Users migrated by then.
    pub migrated: u32,
}

/// How far a connection's migration is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct CountsView {
    /// The connection.
    pub connection: String,
    /// Users in the legacy store.
    pub legacy_total: Figure,
    /// Users moved.
    pub migrated: Figure,
    /// `migrated / legacy_total`, in percent.
    pub percent: Option<f64>,
    /// Legacy users that have not moved.
    pub left: Figure,
    /// Moved in the last 24 hours.
    pub today: Figure,
    /// Moved per hour over the last 24 hours.
    pub per_hour: Figure,
    /// Failed logins of the last 24 hours by code.
    pub failed: Vec<FailureCount>,
    /// The burn-down, oldest first.
    pub series: Vec<SeriesPoint>,
    /// When the last user moved, RFC 3339.
    pub last_migration_at: Option<String>,
    /// Why `count_users.js` could not be asked, when it could not.
    pub error: Option<String>,
}

/// State of the vault as a whole.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct VaultView {
    /// `keychain`, `sealed_file`, `ask_each_time`, `environment`.
    pub backend: String,
    /// `unlocked`, `locked`, `denied`, `absent`, `slow`.
    pub state: String,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A secret as the window may know it: never its value.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct SecretView {
    /// Its name.
    pub name: String,
    /// Configuration keys that refer to it.
    pub used_by: Vec<String>,
    /// `set`, `missing`, `lost_entry`, `unknown` (vault not readable).
    pub state: String,
    /// When it was set, RFC 3339.
    pub set_at: Option<String>,
    /// Keyed fingerprint, e.g. `7f3a`.
    pub fingerprint: Option<String>,
}

/// What an export would write, before it does.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ExportPreview {
    /// Files with their size in bytes.
    pub files: Vec<ExportFile>,
    /// Names the target's mapping must hold (contract §15.7 B2).
    pub needs: Vec<String>,
    /// Why the export is refused; empty when it may go out.
    pub refusals: Vec<Problem>,
    /// What the reader should know (odd names, tolerated differences).
    pub notes: Vec<Problem>,
}

/// One file of an export.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ExportFile {
    /// Path inside the bundle.
    pub path: String,
    /// Bytes.
    pub bytes: f64,
}

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormat {
    /// A deploy-cli directory.
    Directory,
    /// A deploy-cli `tenant.yaml` with its script files.
    Yaml,
    /// The directory in a zip file.
    DirectoryZip,
    /// The YAML form in a zip file.
    YamlZip,
}

/// What an import holds, shown before anything is touched.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ImportPreview {
    /// Connections with their scripts.
    pub connections: Vec<ImportedConnection>,
    /// What is odd or will be refused.
    pub problems: Vec<Problem>,
}

/// A connection inside an import.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ImportedConnection {
    /// Name.
    pub name: String,
    /// Scripts it brings.
    pub scripts: Vec<Action>,
    /// Names of the secrets it refers to.
    pub secrets: Vec<String>,
    /// Whether the workspace has a connection of this name already.
    pub exists: bool,
}

/// A stage of the connection test (design §6).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct StageView {
    /// `name lookup`, `TCP`, `TLS`, `authentication`, `rights`, `schema`, `query`.
    pub stage: String,
    /// `passed`, `failed`, `skipped`.
    pub state: String,
    /// Milliseconds.
    pub ms: f64,
    /// What was found, or the cause of the failure.
    pub detail: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A finding of `check`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Finding {
    /// The connection.
    pub connection: String,
    /// The script, when the finding belongs to one.
    pub action: Option<Action>,
    /// `error` or `warning`.
    pub severity: String,
    /// Rule, message and line.
    #[serde(flatten)]
    pub warning: Warning,
}
