//! What the doctor has to say about a run or a script.

use serde::{Deserialize, Serialize};

/// One finding. `rule` is stable and can be looked up; `message` names the culprit and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Warning {
    /// Stable rule id, e.g. `callback_twice`, `user_id_not_string`, `sql_injection`.
    pub rule: String,
    /// What was found and what to do about it.
    pub message: String,
    /// Line in the admin's text, from 1, when it is known.
    pub line: Option<u32>,
}

impl Warning {
    /// A finding that belongs to no line.
    pub fn new(rule: &str, message: impl Into<String>) -> Warning {
        Warning { rule: rule.to_owned(), message: message.into(), line: None }
    }

    /// The same at a line.
    #[must_use]
    pub fn at_line(mut self, line: Option<u32>) -> Warning {
        self.line = line;
        self
    }
}
