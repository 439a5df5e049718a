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
    /// Would have written, and did not: it failed, or no row met its condition.
    Nothing,
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

/// What stands in the label of a write inside the script's own transaction, where nothing is undone by us.
pub const STAYS_IF_COMMITTED: &str = "stays only if the script commits";

/// What a run leaves behind in the legacy store, in sentences; empty when all is known to be undone, or nothing was written.
pub fn what_is_kept(trace: &[TraceEntry]) -> Vec<&'static str> {
    let may_write =
        |entry: &&TraceEntry| entry.statement.as_ref().is_some_and(|statement| statement.effect == Effect::Committed);
    let (mut wrote, mut in_transaction, mut in_part, mut sent) = (false, false, false, false);
    for entry in trace.iter().filter(may_write) {
        match (entry.kind, &entry.error) {
            (TraceKind::Http, _) => sent = true,
            (_, Some(_)) => in_part = true,
            (_, None) if entry.label.contains(STAYS_IF_COMMITTED) => in_transaction = true,
            (_, None) => wrote = true,
        }
    }
    let sentences = [
        (wrote, "What the script wrote is kept."),
        (in_transaction, "What the script wrote inside a transaction is kept if it committed that."),
        (in_part, "A write that failed or got no answer may have been made in part, and is kept so."),
        (sent, "A request that may change something was sent; what it changed, if anything, is kept."),
    ];
    sentences.into_iter().filter(|(holds, _)| *holds).map(|(_, sentence)| sentence).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: TraceKind, effect: Effect, label: &str, error: Option<&str>) -> TraceEntry {
        let statement = Some(Statement { sql: String::new(), parameters: Vec::new(), rows: None, effect });
        TraceEntry { at_ms: 0.0, ms: 0.0, kind, label: label.to_owned(), statement, error: error.map(str::to_owned) }
    }

    #[test]
    fn only_what_was_written_is_called_kept() {
        use Effect::{Committed, Read, Refused, RolledBack};
        use TraceKind::{Blocked, Http, Query};
        let inside = format!("pg INSERT · {STAYS_IF_COMMITTED}");
        for (written, words) in [
            (entry(Query, Read, "pg INSERT", Some("duplicate key")), ""),
            (entry(Query, RolledBack, "pg INSERT", None), ""),
            (entry(Blocked, Refused, "POST a", Some("held back")), ""),
            (entry(Http, Read, "GET a", None), ""),
            (entry(Query, Committed, "pg INSERT", None), "What the script wrote is kept."),
            (entry(Query, Committed, &inside, None), "inside a transaction is kept if it committed"),
            (entry(Query, Committed, "pg INSERT; INSERT", Some("duplicate key")), "may have been made in part"),
            (entry(Http, Committed, "POST a · 200 OK", None), "if anything, is kept"),
        ] {
            let kept = what_is_kept(std::slice::from_ref(&written));
            assert_eq!(kept.is_empty(), words.is_empty(), "{written:?}");
            assert!(kept.iter().all(|sentence| sentence.contains(words)), "{kept:?}");
        }
    }
}
