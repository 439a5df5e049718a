//! Workspaces and their connections.

use contract::{Action, ImportMode, Need, Runtime};
use serde::{Deserialize, Serialize};

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
    /// The runtime its runs imitate.
    pub runtime: Runtime,
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
    /// Requests of its scripts that only ask although their method may write, e.g. `POST https://api.example/login`.
    pub safe_requests: Vec<String>,
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
