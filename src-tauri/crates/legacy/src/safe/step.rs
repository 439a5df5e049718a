//! What transaction control of a script comes to.

/// What to send for a piece of transaction control, and what to answer the script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Statements of ours, in order.
    pub(crate) send: Vec<String>,
    /// The command tag, or why the server would have refused.
    pub(crate) answer: Answer,
    /// Something the trace should say.
    pub(crate) note: Option<String>,
}

/// How the server would have answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// PostgreSQL's command tag; other stores only say yes.
    Done(&'static str),
    /// An error.
    No(Complaint),
}

impl Default for Answer {
    fn default() -> Answer {
        Answer::Done("")
    }
}

/// Errors of transaction control, worded per store in [`dialect`](crate::dialect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// SQLite: a BEGIN inside a transaction.
    AlreadyInside,
    /// SQLite: nothing to commit or roll back; the verb.
    NothingOpen(&'static str),
    /// PostgreSQL: savepoints need a transaction; the command.
    NeedsTransaction(&'static str),
    /// No savepoint of that name.
    NoSavepoint(String),
    /// PostgreSQL: an error came before, and only ROLLBACK is heard.
    Aborted,
}
