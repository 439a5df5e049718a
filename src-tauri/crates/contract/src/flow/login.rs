//! The login flow (contract §9.1): import off, import on with a user still in the legacy store, import on and migrated.

use serde::{Deserialize, Serialize};

use crate::{ImportMode, Outcome};

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStep {
    /// Look the identifier up in the user store; answer with [`LoginFlow::found`].
    LookUp,
    /// Check the typed password against the user store's own hash; answer with [`LoginFlow::checked`].
    CheckPassword,
    /// Run the connection's Login script; answer with [`LoginFlow::ran`].
    RunLogin,
    /// Keep the returned profile, without a password; answer with [`LoginFlow::stored`].
    KeepProfile,
    /// Store the returned profile and a hash of the typed password; answer with [`LoginFlow::stored`].
    Migrate,
    /// Nothing: the flow is over.
    End(LoginEnd),
}

/// How a login flow ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum LoginEnd {
    /// The legacy store's script let the user in; import is off.
    LegacyLogin,
    /// The script let the user in and the user moved.
    Migrated,
    /// The user store let the user in; the legacy store was not asked.
    NativeLogin,
    /// The user store knows the user and the password is wrong; the legacy store was not asked.
    NativeWrongPassword,
    /// The script did not let the user in; its outcome says why.
    NotLoggedIn,
    /// The script let the user in, and the user store refused the user (a duplicate address, …).
    NotStored,
}

/// One login on its way.
///
/// ```
/// use contract::{flow::{LoginEnd, LoginFlow, LoginStep}, ImportMode, Outcome};
/// let mut flow = LoginFlow::new(ImportMode::On);
/// assert_eq!(flow.step(), LoginStep::LookUp);
/// flow.found(false);
/// assert_eq!(flow.step(), LoginStep::RunLogin);
/// flow.ran(Outcome::Success);
/// assert_eq!(flow.step(), LoginStep::Migrate);
/// flow.stored(true);
/// assert_eq!(flow.step(), LoginStep::End(LoginEnd::Migrated));
/// ```
#[derive(Debug, Clone)]
pub struct LoginFlow {
    mode: ImportMode,
    step: LoginStep,
}

impl LoginFlow {
    /// A login on a connection in `mode`.
    pub fn new(mode: ImportMode) -> LoginFlow {
        let step = match mode {
            ImportMode::Off => LoginStep::RunLogin,
            ImportMode::On => LoginStep::LookUp,
        };
        LoginFlow { mode, step }
    }

    /// What to do next.
    pub fn step(&self) -> LoginStep {
        self.step.clone()
    }

    /// Whether the user store holds the user with a password of its own.
    pub fn found(&mut self, found: bool) {
        self.advance(LoginStep::LookUp, if found { LoginStep::CheckPassword } else { LoginStep::RunLogin });
    }

    /// Whether the typed password matches the user store's hash. Either way the legacy store is not asked.
    pub fn checked(&mut self, matches: bool) {
        let end = if matches { LoginEnd::NativeLogin } else { LoginEnd::NativeWrongPassword };
        self.advance(LoginStep::CheckPassword, LoginStep::End(end));
    }

    /// How the Login script ended.
    pub fn ran(&mut self, outcome: Outcome) {
        let next = match (outcome, self.mode) {
            (Outcome::Success, ImportMode::Off) => LoginStep::KeepProfile,
            (Outcome::Success, ImportMode::On) => LoginStep::Migrate,
            _ => LoginStep::End(LoginEnd::NotLoggedIn),
        };
        self.advance(LoginStep::RunLogin, next);
    }

    /// Whether the user store took the user.
    pub fn stored(&mut self, stored: bool) {
        let end = match (stored, self.mode) {
            (false, _) => LoginEnd::NotStored,
            (true, ImportMode::Off) => LoginEnd::LegacyLogin,
            (true, ImportMode::On) => LoginEnd::Migrated,
        };
        if matches!(self.step, LoginStep::KeepProfile | LoginStep::Migrate) {
            self.step = LoginStep::End(end);
        }
    }

    /// Answers to a step that is not the current one change nothing: a late answer must not undo an ending.
    fn advance(&mut self, from: LoginStep, to: LoginStep) {
        if self.step == from {
            self.step = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migrated_user_is_never_asked_from_the_legacy_store_again() {
        for matches in [true, false] {
            let mut flow = LoginFlow::new(ImportMode::On);
            flow.found(true);
            assert_eq!(flow.step(), LoginStep::CheckPassword);
            flow.checked(matches);
            assert!(matches!(flow.step(), LoginStep::End(LoginEnd::NativeLogin | LoginEnd::NativeWrongPassword)));
        }
    }

    #[test]
    fn import_off_never_looks_into_the_user_store_first() {
        let mut flow = LoginFlow::new(ImportMode::Off);
        assert_eq!(flow.step(), LoginStep::RunLogin);
        flow.ran(Outcome::Success);
        assert_eq!(flow.step(), LoginStep::KeepProfile);
        flow.stored(true);
        assert_eq!(flow.step(), LoginStep::End(LoginEnd::LegacyLogin));
    }

    #[test]
    fn a_late_answer_changes_nothing() {
        let mut flow = LoginFlow::new(ImportMode::On);
        flow.found(false);
        flow.ran(Outcome::WrongPassword);
        flow.ran(Outcome::Success);
        assert_eq!(flow.step(), LoginStep::End(LoginEnd::NotLoggedIn));
    }
}
