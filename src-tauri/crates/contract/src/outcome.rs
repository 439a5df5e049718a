//! What a run's ending means for its action (contract §3.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Action, CallbackError, Ending, unusable};

/// The one word a run ends with (design §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The script did what its action asks.
    Success,
    /// `WrongUsernameOrPasswordError` with a user.
    WrongPassword,
    /// `WrongUsernameOrPasswordError` without a user, or login answered nothing.
    UnknownUser,
    /// Get User answered nothing.
    NotFound,
    /// A write answered `false`.
    NotChanged,
    /// `ValidationError`.
    Refused,
    /// `UnauthorizedError`: a message meant for the end user.
    MessageToUser,
    /// The script answered, and the platform cannot use the answer: no profile, a profile without `user_id`, … ([`unusable`]).
    UnusableResult,
    /// Any other error, thrown or called back.
    ScriptError,
    /// The text is no function.
    InvalidScript,
    /// `callback` was never called.
    NoCallback,
    /// The wall clock ran out.
    Timeout,
    /// The memory limit was reached.
    OutOfMemory,
    /// The engine's process died.
    Crashed,
    /// Stopped by the admin.
    Cancelled,
    /// The legacy store could not be reached, or refused our credentials.
    ConnectionFailed,
    /// The connection's policy refused a host, a file or a write.
    BlockedByPolicy,
}

impl Outcome {
    /// Judges how a run of `action` ended (contract §3.2).
    pub fn of(action: Action, ending: &Ending) -> Outcome {
        match ending {
            Ending::CalledBack { error: Some(error), connection_failed, blocked, .. } => {
                Outcome::of_error(error, *connection_failed, *blocked)
            }
            Ending::CalledBack { error: None, results, .. } => {
                Outcome::of_result(action, results.first().unwrap_or(&Value::Null))
            }
            Ending::Threw { fault, connection_failed, blocked } => {
                Outcome::of_fault(&fault.class, fault.code.as_deref(), *connection_failed, *blocked)
            }
            Ending::Invalid { .. } => Outcome::InvalidScript,
            Ending::NoCallback { .. } => Outcome::NoCallback,
            Ending::TimedOut { .. } => Outcome::Timeout,
            Ending::OutOfMemory { .. } => Outcome::OutOfMemory,
            Ending::Crashed { .. } => Outcome::Crashed,
            Ending::Cancelled => Outcome::Cancelled,
        }
    }

    fn of_error(error: &CallbackError, connection_failed: bool, blocked: bool) -> Outcome {
        match error.class.as_str() {
            "WrongUsernameOrPasswordError" if error.user_id.is_some() => Outcome::WrongPassword,
            "WrongUsernameOrPasswordError" => Outcome::UnknownUser,
            "ValidationError" => Outcome::Refused,
            "UnauthorizedError" => Outcome::MessageToUser,
            class => Outcome::of_fault(class, error.code.as_deref(), connection_failed, blocked),
        }
    }

    fn of_fault(class: &str, code: Option<&str>, connection_failed: bool, blocked: bool) -> Outcome {
        // No outage makes a name unknown or a module absent. A TypeError is another matter: who ignores an error reads rows of nothing.
        if class == "ReferenceError" || code == Some("MODULE_NOT_FOUND") {
            return Outcome::ScriptError;
        }
        match (blocked, connection_failed) {
            (true, _) => Outcome::BlockedByPolicy,
            (false, true) => Outcome::ConnectionFailed,
            (false, false) => Outcome::ScriptError,
        }
    }

    fn of_result(action: Action, result: &Value) -> Outcome {
        let nothing = matches!(result, Value::Null | Value::Bool(false));
        match action {
            Action::Login if nothing => Outcome::UnknownUser,
            Action::GetUser if nothing => Outcome::NotFound,
            Action::Create | Action::Delete => Outcome::Success,
            _ if nothing => Outcome::NotChanged,
            _ if unusable(action, result).is_some() => Outcome::UnusableResult,
            _ => Outcome::Success,
        }
    }

    /// The serialised word, e.g. `wrong_password`.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::WrongPassword => "wrong_password",
            Outcome::UnknownUser => "unknown_user",
            Outcome::NotFound => "not_found",
            Outcome::NotChanged => "not_changed",
            Outcome::Refused => "refused",
            Outcome::MessageToUser => "message_to_user",
            Outcome::UnusableResult => "unusable_result",
            Outcome::ScriptError => "script_error",
            Outcome::InvalidScript => "invalid_script",
            Outcome::NoCallback => "no_callback",
            Outcome::Timeout => "timeout",
            Outcome::OutOfMemory => "out_of_memory",
            Outcome::Crashed => "crashed",
            Outcome::Cancelled => "cancelled",
            Outcome::ConnectionFailed => "connection_failed",
            Outcome::BlockedByPolicy => "blocked_by_policy",
        }
    }

    /// The exit code of `sluice try` and `sluice run` (design §10).
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Success => 0,
            Outcome::WrongPassword
            | Outcome::UnknownUser
            | Outcome::NotFound
            | Outcome::NotChanged
            | Outcome::Refused
            | Outcome::MessageToUser => 1,
            Outcome::UnusableResult
            | Outcome::ScriptError
            | Outcome::InvalidScript
            | Outcome::NoCallback
            | Outcome::Timeout
            | Outcome::OutOfMemory
            | Outcome::Crashed
            | Outcome::Cancelled => 3,
            Outcome::ConnectionFailed | Outcome::BlockedByPolicy => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn result(action: Action, value: Value) -> Outcome {
        Outcome::of(action, &Ending::called_back(None, vec![value]))
    }

    fn error(error: CallbackError) -> Outcome {
        Outcome::of(Action::Login, &Ending::called_back(Some(error), vec![]))
    }

    #[test]
    fn oracles_o2_to_o9() {
        let wrong = || CallbackError::new("WrongUsernameOrPasswordError").with_message("m");
        assert_eq!(error(wrong().with_user_id("x")), Outcome::WrongPassword); // O2
        assert_eq!(error(wrong()), Outcome::UnknownUser); // O3
        assert_eq!(result(Action::Login, Value::Null), Outcome::UnknownUser); // O4
        assert_eq!(result(Action::GetUser, Value::Null), Outcome::NotFound); // O5
        assert_eq!(Outcome::of(Action::GetUser, &Ending::called_back(None, vec![])), Outcome::NotFound); // O5
        assert_eq!(error(CallbackError::new("ValidationError").with_code("user_exists")), Outcome::Refused); // O6
        assert_eq!(result(Action::Verify, json!(true)), Outcome::Success); // O7
        assert_eq!(result(Action::ChangePassword, json!({"last_password_reset": 1})), Outcome::Success); // O8
        assert_eq!(result(Action::ChangePassword, json!(false)), Outcome::NotChanged); // O9
        assert_eq!(result(Action::Login, json!({"user_id": 7})), Outcome::Success); // O1
        assert_eq!(result(Action::Create, Value::Null), Outcome::Success);
        assert_eq!(result(Action::Delete, Value::Null), Outcome::Success);
    }

    #[test]
    fn an_answer_the_platform_cannot_use_is_no_success() {
        for (action, answer) in [
            (Action::Login, json!(5)),
            (Action::GetUser, json!({"email": "a@b.c"})),
            (Action::ChangePassword, json!("changed")),
        ] {
            assert_eq!(result(action, answer), Outcome::UnusableResult);
        }
        assert_eq!(Outcome::UnusableResult.exit_code(), 3);
        for action in [Action::Create, Action::Delete] {
            assert_eq!(result(action, json!(5)), Outcome::Success);
        }
    }

    #[test]
    fn an_outage_behind_a_plain_error_is_named() {
        let ending = |connection_failed, blocked| Ending::CalledBack {
            error: Some(CallbackError::new("Error")),
            results: vec![],
            connection_failed,
            blocked,
        };
        assert_eq!(Outcome::of(Action::Login, &ending(true, false)), Outcome::ConnectionFailed);
        assert_eq!(Outcome::of(Action::Login, &ending(true, true)), Outcome::BlockedByPolicy);
        assert_eq!(Outcome::of(Action::Login, &ending(false, false)), Outcome::ScriptError);
    }

    #[test]
    fn an_unknown_name_or_module_is_the_scripts_fault_whatever_was_caught_before() {
        let ending = |class: &str, code: Option<&str>| {
            let mut error = CallbackError::new(class);
            error.code = code.map(str::to_owned);
            Ending::CalledBack { error: Some(error), results: vec![], connection_failed: true, blocked: true }
        };
        assert_eq!(Outcome::of(Action::Login, &ending("ReferenceError", None)), Outcome::ScriptError);
        assert_eq!(Outcome::of(Action::Login, &ending("Error", Some("MODULE_NOT_FOUND"))), Outcome::ScriptError);
        assert_eq!(Outcome::of(Action::Login, &ending("TypeError", None)), Outcome::BlockedByPolicy);
    }

    #[test]
    fn words_are_the_serialised_form() {
        for outcome in [
            Outcome::Success,
            Outcome::UnusableResult,
            Outcome::OutOfMemory,
            Outcome::BlockedByPolicy,
            Outcome::MessageToUser,
        ] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), json!(outcome.word()));
        }
    }
}
