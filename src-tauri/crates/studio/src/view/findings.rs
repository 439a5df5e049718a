//! Findings of checks and connection tests.

use contract::{Action, Warning};
use serde::Serialize;

/// A stage of the connection test (design §6).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct StageView {
    /// `name lookup`, `TCP`, `TLS`, `authentication`, `rights`, `schema`, `query`.
    pub stage: String,
    /// `passed`, `warned`, `failed`, `skipped`.
    pub state: String,
    /// Milliseconds.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
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
