//! Runs: what goes in and what comes out.

use contract::{ConsoleLine, LogEvent, Migration, Outcome, Runtime, ScriptFault, TraceEntry, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
            message: fault.message_with_cause(),
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
    /// What the run leaves behind in the legacy store, in sentences; empty when nothing was written or all of it was undone.
    pub kept: Vec<String>,
    /// What came of the second run, where two were asked for.
    #[cfg_attr(feature = "typescript", specta(optional))]
    pub again: Option<String>,
    /// What a rollback does not undo (sequence values, …), in words.
    pub survives: Vec<String>,
    /// From start to end, in milliseconds.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
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
    /// The platform runtime it imitated.
    pub runtime: Runtime,
    /// Isolation layers in force.
    pub isolation: Vec<String>,
    /// Layers this system lacks, with the reason.
    pub missing: Vec<String>,
    /// Most memory the engine allocated, in bytes.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
    pub peak_bytes: f64,
}

/// What happens while a run goes on. The tag is `event`: `kind` is a field of [`TraceEntry`] already.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// A console line.
    Console(ConsoleLine),
    /// A trace entry.
    Trace(TraceEntry),
}
