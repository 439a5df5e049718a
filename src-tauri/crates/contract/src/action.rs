//! The action scripts a connection can have (contract §1.1, §2).

use serde::{Deserialize, Serialize};

/// One of the nine scripts of a custom database connection (contract §2.1). Serialised as the API key, e.g. `get_user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Checks an identifier and a password.
    Login,
    /// Looks a user up without a password.
    GetUser,
    /// Creates a user in the legacy store.
    Create,
    /// Marks an e-mail address as verified.
    Verify,
    /// Stores a new password.
    ChangePassword,
    /// Removes a user.
    Delete,
    /// Stores a new e-mail address.
    ChangeEmail,
    /// Stores a new username; undocumented by the platform (contract §20 V1).
    ChangeUsername,
    /// Stores a new phone number; undocumented by the platform (contract §20 V1).
    ChangePhoneNumber,
}

/// Whether the connection imports users into the platform's own store (`options.import_mode`, contract §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// Every login runs the script; nothing moves.
    Off,
    /// The first good login moves the user.
    On,
}

/// How much a connection needs a script in an import mode (contract §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The connection does not work without it.
    Required,
    /// The operation of the same name does not work without it.
    ForOperation,
    /// May be left out.
    Optional,
    /// Never runs in this mode.
    Unused,
}

impl Action {
    /// All nine, in the order the window lists them.
    pub const ALL: [Action; 9] = [
        Action::Login,
        Action::GetUser,
        Action::Create,
        Action::Verify,
        Action::ChangePassword,
        Action::Delete,
        Action::ChangeEmail,
        Action::ChangeUsername,
        Action::ChangePhoneNumber,
    ];

    /// The seven that the deploy tool's directory format knows (contract §1.1 `DATABASE_SCRIPTS`).
    pub const DEPLOYABLE: [Action; 7] = [
        Action::Login,
        Action::GetUser,
        Action::Create,
        Action::Verify,
        Action::ChangePassword,
        Action::Delete,
        Action::ChangeEmail,
    ];

    /// The API key, e.g. `change_password`; also the file name without `.js`.
    pub fn key(self) -> &'static str {
        match self {
            Action::Login => "login",
            Action::GetUser => "get_user",
            Action::Create => "create",
            Action::Verify => "verify",
            Action::ChangePassword => "change_password",
            Action::Delete => "delete",
            Action::ChangeEmail => "change_email",
            Action::ChangeUsername => "change_username",
            Action::ChangePhoneNumber => "change_phone_number",
        }
    }

    /// The action with this API key.
    pub fn from_key(key: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.key() == key)
    }

    /// The usual file name, e.g. `change_password.js`.
    pub fn file_name(self) -> String {
        format!("{}.js", self.key())
    }

    /// Names of the parameters before `context` and `callback`, in order (contract §2.1). Positions are the contract.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Action::Login => &["identifier", "password"],
            Action::GetUser | Action::Verify => &["identifier"],
            Action::Create => &["user"],
            Action::ChangePassword => &["identifier", "new_password"],
            Action::Delete => &["id"],
            Action::ChangeEmail => &["identifier", "new_email", "verified"],
            Action::ChangeUsername => &["old_username", "new_username"],
            Action::ChangePhoneNumber => &["old_phone", "new_phone", "verified"],
        }
    }

    /// How many parameters the function declares, `callback` included (contract §2.1, E8).
    ///
    /// Whether `change_email` receives `context` is unknown (contract §20 V2); like the published samples we pass none.
    pub fn arity(self, context: bool) -> usize {
        self.parameters().len() + usize::from(context && self.takes_context()) + 1
    }

    /// Whether a connection with `enable_script_context` hands this script a `context`.
    pub fn takes_context(self) -> bool {
        !matches!(self, Action::ChangeEmail | Action::ChangeUsername | Action::ChangePhoneNumber)
    }

    /// Whether a successful run changes the legacy store.
    pub fn writes(self) -> bool {
        !matches!(self, Action::Login | Action::GetUser)
    }

    /// Whether the platform documents the script's signature (contract §20 V1).
    pub fn documented(self) -> bool {
        !matches!(self, Action::ChangeUsername | Action::ChangePhoneNumber)
    }

    /// How much a connection in `mode` needs this script (contract §1.1).
    pub fn need(self, mode: ImportMode) -> Need {
        match (self, mode) {
            (Action::Login, _) => Need::Required,
            (Action::GetUser, ImportMode::On) => Need::Required,
            (Action::GetUser, ImportMode::Off) => Need::ForOperation,
            (Action::Create, ImportMode::Off) => Need::Optional,
            (Action::ChangePassword, ImportMode::On) => Need::Optional, // contract §9.4: sources disagree
            (_, ImportMode::Off) => Need::ForOperation,
            (_, ImportMode::On) => Need::Unused,
        }
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip() {
        for action in Action::ALL {
            assert_eq!(Action::from_key(action.key()), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), serde_json::json!(action.key()));
        }
        assert_eq!(Action::from_key("logout"), None);
    }

    #[test]
    fn arity_follows_the_signature_table() {
        assert_eq!(Action::Login.arity(false), 3);
        assert_eq!(Action::Login.arity(true), 4);
        assert_eq!(Action::ChangeEmail.arity(true), 4);
        assert_eq!(Action::Delete.arity(true), 3);
    }
}
