//! How a run ended: the bare facts, before they are judged.

use serde::{Deserialize, Serialize};

/// A place in the admin's own text, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Position {
    /// Name of the script file, e.g. `login.js`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// An error a script threw, rejected with, or could not be parsed because of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ScriptFault {
    /// JavaScript class name, e.g. `TypeError`; `"string"` and the like when something other than an error was thrown.
    pub class: String,
    /// The error's message.
    pub message: String,
    /// The error's own `code`, when it has one.
    pub code: Option<String>,
    /// Further own enumerable fields; they are not shown, and may end up in the tenant's log.
    #[cfg_attr(feature = "typescript", specta(skip))]
    #[serde(default, skip_serializing)]
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// Innermost place inside the admin's text.
    pub position: Option<Position>,
    /// The stack with frames of the admin's text only, as Node prints it.
    pub stack: Option<String>,
    /// What the error's chain of `cause` says in one line, where that is more than the message.
    pub cause: Option<String>,
}

impl ScriptFault {
    /// The message, and the cause behind it: `fetch failed (cause: connect ECONNREFUSED 127.0.0.1:1)`.
    pub fn message_with_cause(&self) -> String {
        with_cause(&self.message, self.cause.as_deref())
    }
}

fn with_cause(message: &str, cause: Option<&str>) -> String {
    cause.map_or_else(|| message.to_owned(), |cause| format!("{message} (cause: {cause})"))
}

/// The error given to `callback` (contract §3.1, §4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallbackError {
    /// JavaScript class name: `WrongUsernameOrPasswordError`, `ValidationError`, `UnauthorizedError`, `Error`, …; for
    /// values that are no errors the result of `typeof`.
    pub class: String,
    /// `error.message`, or the value as text.
    pub message: String,
    /// `error.code` as text; for `ValidationError` its machine code.
    pub code: Option<String>,
    /// First argument of `WrongUsernameOrPasswordError`, when it was truthy.
    pub user_id: Option<String>,
    /// Further own enumerable fields (`errno`, `detail`, `sqlState`, …).
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// Where the error was made.
    pub position: Option<Position>,
    /// The stack, frames of the admin's text only.
    pub stack: Option<String>,
    /// What the error's chain of `cause` says in one line, where that is more than the message.
    pub cause: Option<String>,
}

impl CallbackError {
    /// The message, and the cause behind it, as [`ScriptFault::message_with_cause`] gives them.
    pub fn message_with_cause(&self) -> String {
        with_cause(&self.message, self.cause.as_deref())
    }

    /// An error of this class with nothing else in it.
    pub fn new(class: &str) -> CallbackError {
        CallbackError {
            class: class.to_owned(),
            message: String::new(),
            code: None,
            user_id: None,
            fields: serde_json::Map::new(),
            position: None,
            stack: None,
            cause: None,
        }
    }

    /// The same with a message.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> CallbackError {
        self.message = message.to_owned();
        self
    }

    /// The same with the user id that [`LogEvent`](crate::LogEvent) `fp` carries.
    #[must_use]
    pub fn with_user_id(mut self, user_id: &str) -> CallbackError {
        self.user_id = Some(user_id.to_owned());
        self
    }

    /// The same with a machine code.
    #[must_use]
    pub fn with_code(mut self, code: &str) -> CallbackError {
        self.code = Some(code.to_owned());
        self
    }
}

/// How a run ended. Every run has exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    /// `callback` was called; the first call counts (contract §7.2 E3).
    CalledBack {
        /// First argument, when it was not null or undefined.
        error: Option<CallbackError>,
        /// Second and further arguments as JSON (`undefined` becomes null).
        results: Vec<serde_json::Value>,
        /// The legacy store could not be reached or refused the credentials during the run.
        connection_failed: bool,
        /// The policy or safe try refused something: what an error comes from, or, beside an answer, anything during the run.
        blocked: bool,
    },
    /// The script threw, or its promise rejected, before it called back.
    Threw {
        /// What it threw.
        fault: ScriptFault,
        /// As in [`Ending::CalledBack`].
        connection_failed: bool,
        /// As in [`Ending::CalledBack`].
        blocked: bool,
    },
    /// The text is no JavaScript, or does not evaluate to one function (contract §7.2 E1).
    Invalid {
        /// Why.
        fault: ScriptFault,
    },
    /// Nothing is left to wait for and `callback` was never called (contract §3.1).
    NoCallback {
        /// The last thing the script waited for, e.g. `pg query`.
        last_awaited: Option<String>,
    },
    /// The wall clock ran out (contract §7: about 20 s).
    TimedOut {
        /// The limit in milliseconds.
        limit_ms: u64,
        /// The last thing the script waited for, or nothing when it was busy computing.
        last_awaited: Option<String>,
    },
    /// The memory limit was reached.
    OutOfMemory {
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// The engine's process died.
    Crashed {
        /// What the operating system said, e.g. `signal 11`.
        detail: String,
    },
    /// Stopped from outside.
    Cancelled,
}

impl Ending {
    /// A plain callback with nothing wrong outside the script.
    pub fn called_back(error: Option<CallbackError>, results: Vec<serde_json::Value>) -> Ending {
        Ending::CalledBack { error, results, connection_failed: false, blocked: false }
    }

    /// The result handed to `callback` beside a null error.
    pub fn result(&self) -> Option<&serde_json::Value> {
        match self {
            Ending::CalledBack { error: None, results, .. } => results.first(),
            _ => None,
        }
    }
}
