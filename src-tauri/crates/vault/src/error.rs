//! What can go wrong with secrets, each state with its own code and advice (design §5).

use std::path::PathBuf;

use thiserror::Error;

/// Why a secret could not be read or kept. Never holds a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The keychain or the sealed file is locked.
    #[error("the {store} is locked")]
    Locked {
        /// `keychain` or `sealed file`.
        store: &'static str,
    },
    /// The system or the person at it refused access.
    #[error("access to the keychain was denied: {detail}")]
    Denied {
        /// What the system said.
        detail: String,
    },
    /// Nobody has set this secret.
    #[error("the secret {name} of connection {connection} is not set")]
    Missing {
        /// The connection.
        connection: String,
        /// The secret's name.
        name: String,
    },
    /// The keychain did not answer within the limit.
    #[error("the keychain did not answer within {seconds} s")]
    Slow {
        /// The limit.
        seconds: u64,
        /// Whether a value was being written, which may still happen late.
        writing: bool,
    },
    /// The value is larger than any secret we keep.
    #[error("the value of {name} is too long: {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// The secret's name.
        name: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The keychain holds several entries under this name.
    #[error("the keychain holds {count} entries for {name}; which one is meant is not clear")]
    Ambiguous {
        /// The secret's name.
        name: String,
        /// How many.
        count: usize,
    },
    /// We set this secret, and the keychain (or the file) has lost it.
    #[error("the secret {name} of connection {connection} was set on {set_at}, but the {store} no longer has it")]
    LostEntry {
        /// The connection.
        connection: String,
        /// The secret's name.
        name: String,
        /// When it was set, RFC 3339.
        set_at: String,
        /// `keychain`, `sealed file`.
        store: &'static str,
    },
    /// This system has no keychain, or none is running.
    #[error("no keychain answers on this system: {detail}")]
    Absent {
        /// What was tried and what it said.
        detail: String,
    },
    /// The passphrase does not open the sealed file.
    #[error("the passphrase does not open the sealed file {}", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The backend keeps nothing.
    #[error("{backend} keeps no secrets, so {name} cannot be changed here")]
    ReadOnly {
        /// The backend in words.
        backend: &'static str,
        /// What was to be changed.
        name: String,
    },
    /// A value or passphrase must be given first.
    #[error("{what} has not been given yet")]
    NeedsValue {
        /// What is needed, e.g. `the value of DB_PASSWORD`.
        what: String,
    },
    /// The keychain failed in a way it does not explain.
    #[error("the keychain failed: {detail}")]
    Failed {
        /// What the system said.
        detail: String,
    },
    /// A file of the vault could not be read or written, or is damaged.
    #[error("the vault's file {}: {detail}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
}

impl VaultError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            VaultError::Locked { .. } => "locked",
            VaultError::Denied { .. } => "denied",
            VaultError::Missing { .. } => "missing",
            VaultError::Slow { .. } => "slow",
            VaultError::TooLong { .. } => "too_long",
            VaultError::Ambiguous { .. } => "ambiguous",
            VaultError::LostEntry { .. } => "lost_entry",
            VaultError::Absent { .. } => "absent",
            VaultError::WrongPassphrase { .. } => "wrong_passphrase",
            VaultError::ReadOnly { .. } => "read_only",
            VaultError::NeedsValue { .. } => "needs_value",
            VaultError::Failed { .. } => "failed",
            VaultError::File { .. } => "file",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            VaultError::Locked { store: "keychain" } => {
                "Unlock the login keyring (log in to the desktop, or open its password app), then try again.".to_owned()
            }
            VaultError::Locked { .. } => "Unlock it with its passphrase.".to_owned(),
            VaultError::Denied { .. } => {
                "Allow Sluice in the system's keychain settings, or answer its prompt with Allow.".to_owned()
            }
            VaultError::Missing { name, .. } => format!("Set {name} in the secrets panel, or with `sluice secret set {name}`."),
            VaultError::Slow { writing: true, .. } => {
                "Answer the system's prompt if one is open, then look whether the value was kept before trying again."
                    .to_owned()
            }
            VaultError::Slow { .. } => "Answer the system's prompt if one is open, then try again.".to_owned(),
            VaultError::TooLong { limit, .. } => {
                format!("Keep values of up to {limit} bytes here; put larger ones where the legacy store can read them.")
            }
            VaultError::Ambiguous { name, .. } => {
                format!("Open the system's password app, search for Sluice, and delete all entries for {name} but one.")
            }
            VaultError::LostEntry { name, .. } => {
                format!("It was deleted outside Sluice, or the keyring was reset. Set {name} again.")
            }
            VaultError::Absent { .. } => {
                "Start a keychain (on Linux a Secret Service such as gnome-keyring or KeePassXC), or choose a sealed file \
                 with a passphrase, or to be asked each time."
                    .to_owned()
            }
            VaultError::WrongPassphrase { .. } => {
                "Type it again. A forgotten passphrase cannot be recovered: delete the file and set the secrets again.".to_owned()
            }
            VaultError::ReadOnly { .. } => {
                "Change the value at its source, or choose the keychain or a sealed file.".to_owned()
            }
            VaultError::NeedsValue { .. } => "Give it when asked; it stays in memory until Sluice ends.".to_owned(),
            VaultError::Failed { .. } => "Restart the keychain or log in again; if it stays, choose a sealed file.".to_owned(),
            VaultError::File { .. } => "Check the folder's rights and free space.".to_owned(),
        }
    }
}
