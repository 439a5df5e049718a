//! What the platform would make of an outcome (contract §12, §13, §9.1).

use serde::{Deserialize, Serialize};

use crate::{Action, CallbackError, Ending, ImportMode, Outcome};

/// A tenant log event as the platform would write it (contract §12.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct LogEvent {
    /// The code, e.g. `s`, `fp`, `fu`, `f`, `fs`.
    pub code: String,
    /// The code's meaning in words, e.g. `failed login (wrong password)`.
    pub meaning: String,
    /// `user_id` of the event, e.g. `auth0|7`; empty when the event carries none.
    pub user_id: String,
    /// `description` of the event.
    pub description: String,
    /// False where public sources do not settle the code (contract §20 V6).
    pub certain: bool,
}

/// What a successful login would do to the platform's user store (contract §9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Migration {
    /// Import is off: a profile without a password is kept and refreshed.
    ProfileOnly,
    /// Import is on: the user and a hash of the typed password would move.
    WouldMigrate,
    /// Nothing is stored.
    Nothing,
}

/// What the platform would make of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Verdict {
    /// The outcome in a few words for people, e.g. `Logged in`, `Wrong password`.
    pub headline: String,
    /// The tenant log event; none for scripts that raise none (Get User alone).
    pub log_event: Option<LogEvent>,
    /// What the end user sees (contract §13).
    pub user_sees: String,
    /// What would be stored.
    pub migration: Migration,
}

impl Verdict {
    /// The verdict on a run of `action` that ended so, on a connection in `mode`.
    pub fn of(action: Action, mode: ImportMode, ending: &Ending) -> Verdict {
        let outcome = Outcome::of(action, ending);
        let migration = match (action, outcome, mode) {
            (Action::Login, Outcome::Success, ImportMode::On) => Migration::WouldMigrate,
            (Action::Login, Outcome::Success, ImportMode::Off) => Migration::ProfileOnly,
            _ => Migration::Nothing,
        };
        Verdict {
            headline: headline(action, outcome).to_owned(),
            log_event: log_event(action, outcome, ending),
            user_sees: user_sees(action, outcome, ending),
            migration,
        }
    }
}

fn headline(action: Action, outcome: Outcome) -> &'static str {
    match (outcome, action) {
        (Outcome::Success, Action::Login) => "Logged in",
        (Outcome::Success, Action::GetUser) => "User found",
        (Outcome::Success, Action::Create) => "User created",
        (Outcome::Success, Action::Verify) => "Marked as verified",
        (Outcome::Success, Action::ChangePassword) => "Password changed",
        (Outcome::Success, Action::Delete) => "User deleted",
        (Outcome::Success, Action::ChangeEmail) => "E-mail changed",
        (Outcome::Success, Action::ChangeUsername) => "Username changed",
        (Outcome::Success, Action::ChangePhoneNumber) => "Phone number changed",
        (Outcome::WrongPassword, _) => "Wrong password",
        (Outcome::UnknownUser, _) => "Unknown user",
        (Outcome::NotFound, _) => "No such user",
        (Outcome::NotChanged, _) => "Nothing changed",
        (Outcome::Refused, _) => "Refused",
        (Outcome::MessageToUser, _) => "Refused with a message",
        (Outcome::UnusableResult, Action::Login | Action::GetUser) => "Answered with a profile the platform cannot use",
        (Outcome::UnusableResult, _) => "Answered with something the platform does not know",
        (Outcome::ScriptError, _) => "Script error",
        (Outcome::InvalidScript, _) => "Not a script",
        (Outcome::NoCallback, _) => "Callback never called",
        (Outcome::Timeout, _) => "Out of time",
        (Outcome::OutOfMemory, _) => "Out of memory",
        (Outcome::Crashed, _) => "Sandbox crashed",
        (Outcome::Cancelled, _) => "Stopped",
        (Outcome::ConnectionFailed, _) => "Legacy store not reached",
        (Outcome::BlockedByPolicy, _) => "Blocked by policy",
    }
}

/// A log code and its meaning (contract §12.1).
type Code = (&'static str, &'static str);

/// The codes of a success and of a failure; Get User alone writes no log event.
fn codes(action: Action) -> Option<(Code, Code)> {
    Some(match action {
        Action::Login => (("s", "success login"), ("f", "failed login")),
        Action::GetUser => return None,
        Action::Create => (("ss", "success signup"), ("fs", "failed signup")),
        // A link that was followed but failed has no code of its own: `fv` is about sending the mail (contract §12.1).
        Action::Verify => (("sv", "success verification email"), ("f", "failed")),
        Action::ChangePassword => (("scp", "success change password"), ("fcp", "failed change password")),
        Action::Delete => (("sdu", "success user deletion"), ("fdu", "failed user deletion")),
        Action::ChangeEmail => (("sce", "success change email"), ("fce", "failed change email")),
        Action::ChangeUsername => (("scu", "success change username"), ("fcu", "failed change username")),
        Action::ChangePhoneNumber => (("scpn", "success change phone number"), ("fcpn", "failed change phone number")),
    })
}

fn log_event(action: Action, outcome: Outcome, ending: &Ending) -> Option<LogEvent> {
    if outcome == Outcome::Cancelled {
        return None;
    }
    let (good, bad) = codes(action)?;
    let error = callback_error(ending);
    let description = description(ending);
    let event = |code: &str, meaning: &str, user_id: String, certain: bool| LogEvent {
        code: code.to_owned(),
        meaning: meaning.to_owned(),
        user_id,
        description: description.clone(),
        certain,
    };
    Some(match (outcome, action) {
        (Outcome::Success, _) => event(good.0, good.1, profile_id(ending), true),
        (Outcome::WrongPassword, Action::Login) => {
            let user_id = error.and_then(|e| e.user_id.as_deref()).unwrap_or_default();
            event("fp", "failed login (wrong password)", format!("auth0|{user_id}"), true)
        }
        // The code for `callback(null, null)` is expected, not documented (contract §20 V6).
        (Outcome::UnknownUser, Action::Login) => {
            event("fu", "failed login (invalid identifier)", String::new(), error.is_some())
        }
        (Outcome::MessageToUser, Action::Login) => event(bad.0, bad.1, String::new(), false),
        // No source says what the platform writes about an answer it cannot use.
        (Outcome::UnusableResult, _) => event(bad.0, bad.1, String::new(), false),
        _ => event(bad.0, bad.1, String::new(), action != Action::Verify),
    })
}

fn user_sees(action: Action, outcome: Outcome, ending: &Ending) -> String {
    let own_message = || callback_error(ending).map(|e| e.message.clone()).unwrap_or_default();
    match (outcome, action) {
        (Outcome::Success, Action::Login) => "is signed in".to_owned(),
        (Outcome::Success, Action::GetUser) => "nothing by itself; a sign-up would say the user already exists".to_owned(),
        (Outcome::Success, Action::Create) => "is signed up; Login runs next".to_owned(),
        (Outcome::Success, Action::Verify) => "a page saying the address is verified".to_owned(),
        (Outcome::Success, Action::ChangePassword) => "a page saying the password was changed".to_owned(),
        (Outcome::Success, _) => "nothing: an admin made the change".to_owned(),
        (Outcome::WrongPassword | Outcome::UnknownUser, _) => "wrong e-mail or password".to_owned(),
        (Outcome::NotFound, _) => "nothing by itself; a sign-up would go on".to_owned(),
        (Outcome::NotChanged, _) => "a page saying nothing was changed".to_owned(),
        (Outcome::Refused, _) => match callback_error(ending).and_then(|e| e.code.as_deref()) {
            Some("user_exists") => {
                "the user already exists, or a general failure: the tenant flag enable_public_signup_user_exists_error decides"
                    .to_owned()
            }
            Some(code) => format!("the text the tenant has for the code {code}, otherwise a general failure"),
            None => "a general failure".to_owned(),
        },
        (Outcome::MessageToUser, _) => own_message(),
        (Outcome::Cancelled, _) => "nothing: the run was stopped here".to_owned(),
        _ => "something went wrong, try again later".to_owned(),
    }
}

fn callback_error(ending: &Ending) -> Option<&CallbackError> {
    match ending {
        Ending::CalledBack { error, .. } => error.as_ref(),
        _ => None,
    }
}

fn description(ending: &Ending) -> String {
    match ending {
        Ending::CalledBack { error: Some(error), .. } => error.message.clone(),
        Ending::CalledBack { error: None, .. } => String::new(),
        Ending::Threw { fault, .. } | Ending::Invalid { fault } => fault.message.clone(),
        Ending::NoCallback { .. } => "Script execution did not complete: callback was never called".to_owned(),
        Ending::TimedOut { limit_ms, .. } => format!("Script execution timed out after {} s", limit_ms / 1000),
        Ending::OutOfMemory { .. } => "Script ran out of memory".to_owned(),
        Ending::Crashed { .. } => "Script execution failed".to_owned(),
        Ending::Cancelled => String::new(),
    }
}

fn profile_id(ending: &Ending) -> String {
    let id = ending.result().and_then(crate::profile::user_id);
    id.map(|id| format!("auth0|{id}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn login(error: Option<CallbackError>, results: Vec<serde_json::Value>) -> Verdict {
        Verdict::of(Action::Login, ImportMode::On, &Ending::called_back(error, results))
    }

    #[test]
    fn a_good_login_would_migrate() {
        let verdict = login(None, vec![json!({"user_id": 7, "email": "a@b.c"})]);
        let event = verdict.log_event.unwrap();
        assert_eq!((event.code.as_str(), event.user_id.as_str()), ("s", "auth0|7"));
        assert_eq!(verdict.migration, Migration::WouldMigrate);
    }

    #[test]
    fn a_wrong_password_is_fp_with_the_user_and_the_message() {
        let error = CallbackError::new("WrongUsernameOrPasswordError").with_user_id("x").with_message("m");
        let event = login(Some(error), vec![]).log_event.unwrap();
        assert_eq!((event.code.as_str(), event.user_id.as_str(), event.description.as_str()), ("fp", "auth0|x", "m"));
    }

    #[test]
    fn a_message_to_the_user_is_shown_as_it_is() {
        let verdict = login(Some(CallbackError::new("UnauthorizedError").with_message("Locked until noon")), vec![]);
        assert_eq!(verdict.user_sees, "Locked until noon");
        assert!(!verdict.log_event.unwrap().certain);
    }

    #[test]
    fn a_login_without_a_usable_profile_signs_nobody_in_and_moves_nobody() {
        let verdict = login(None, vec![json!({"email": "a@b.c"})]);
        assert_eq!(verdict.migration, Migration::Nothing);
        let event = verdict.log_event.unwrap();
        assert_eq!((event.code.as_str(), event.certain), ("f", false));
        assert!(verdict.headline.contains("cannot use") && !verdict.user_sees.contains("signed in"));
    }

    #[test]
    fn get_user_raises_no_event() {
        let verdict = Verdict::of(Action::GetUser, ImportMode::On, &Ending::called_back(None, vec![json!(null)]));
        assert_eq!(verdict.log_event, None);
        assert_eq!(verdict.headline, "No such user");
    }
}
