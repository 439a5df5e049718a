//! What a run did, in order.

use serde::{Deserialize, Serialize};

/// What kind of thing a trace entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// The runner process started (or was taken warm from the pool).
    Runner,
    /// A module was loaded on its first `require`.
    Require,
    /// A client opened a connection to a legacy store.
    Connect,
    /// A statement ran.
    Query,
    /// An HTTP request was sent and answered.
    Http,
    /// A client was closed, by the script or at the end of the run.
    Close,
    /// A password hash was computed or compared.
    Hash,
    /// `callback` was called.
    Callback,
    /// The end of a safe try: what was undone.
    Rollback,
    /// The policy or safe try refused something.
    Blocked,
}

/// What became of a statement's writes (design §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Wrote nothing.
    Read,
    /// Wrote, and the end of the run undid it.
    RolledBack,
    /// Wrote for good.
    Committed,
    /// Refused before it ran.
    Refused,
}

/// A statement as the trace shows it; parameters are redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Statement {
    /// The text as the script sent it, redacted.
    pub sql: String,
    /// Parameters as text, redacted; long ones are cut.
    pub parameters: Vec<String>,
    /// Rows returned, or affected by a write.
    pub rows: Option<u32>,
    /// What became of its writes.
    pub effect: Effect,
}

/// One thing a run did. Times are milliseconds since the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct TraceEntry {
    /// When it began, in milliseconds since the run began.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
    pub at_ms: f64,
    /// How long it took, in milliseconds.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
    pub ms: f64,
    /// What it is.
    pub kind: TraceKind,
    /// A few words: `pg 127.0.0.1:5432/app`, `bcrypt 10`, `callback(null, profile)`.
    pub label: String,
    /// Set for [`TraceKind::Query`] and for refused statements.
    pub statement: Option<Statement>,
    /// What went wrong, when something did; redacted.
    pub error: Option<String>,
}

/// The console method a line came through (contract §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ConsoleLevel {
    /// `console.log`, `console.dir`, …
    Log,
    /// `console.info`
    Info,
    /// `console.debug`
    Debug,
    /// `console.warn`
    Warn,
    /// `console.error`
    Error,
    /// `console.trace`
    Trace,
}

/// One console line, formatted as Node does; redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ConsoleLine {
    /// When, in milliseconds since the run began.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
    pub at_ms: f64,
    /// The method.
    pub level: ConsoleLevel,
    /// The text without a final line break.
    pub text: String,
}
