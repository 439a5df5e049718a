//! What went wrong, as the command line tells it.

use std::path::PathBuf;

use studio::{StudioError, UnknownModule};
use vault::VaultError;

/// Why a command did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Studio(#[from] StudioError),
    /// No script can require it.
    #[error(transparent)]
    Module(#[from] UnknownModule),
    /// The arguments do not fit together, or stdin does not hold what was said.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// A file named on the command line.
    #[error("{}: {cause}", .path.display())]
    File { path: PathBuf, cause: std::io::Error },
    /// The terminal or the system.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// States of a vault in which the environment can stand in for it.
const CLOSED: [&str; 5] = ["locked", "denied", "slow", "absent", "failed"];

/// What to do about a vault that gives nothing: what helps the vault itself (a sealed file is opened where somebody can type),
/// and the environment instead, e.g. in CI.
pub(crate) fn vault_advice(state: &str, sealed_file: bool, hint: Option<String>) -> Option<String> {
    let own = match (state, sealed_file) {
        ("locked", true) => Some("Run it in a terminal: there it asks for the passphrase.".to_owned()),
        _ => hint,
    };
    let choice = matches!(state, "absent" | "failed")
        .then(|| "`sluice secret keep sealed-file` (or ask-each-time) chooses another place.".to_owned());
    let instead = CLOSED.contains(&state);
    let instead = instead.then(|| "Or take secrets from environment variables: --secrets-from-env PREFIX.".to_owned());
    let parts: Vec<String> = own.into_iter().chain(choice).chain(instead).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

impl CliError {
    /// Arguments that do not fit, and what fits.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> CliError {
        CliError::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn code(&self) -> String {
        match self {
            CliError::Studio(error) => error.code(),
            CliError::Module(unknown) => unknown.code().to_owned(),
            CliError::Usage { .. } => "usage".to_owned(),
            CliError::File { .. } | CliError::System(_) => "io".to_owned(),
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            CliError::Studio(error @ (StudioError::Vault(_) | StudioError::UnresolvedSecrets { .. })) => {
                let cause = match error {
                    StudioError::Vault(cause) => Some(cause),
                    StudioError::UnresolvedSecrets { cause, .. } => Some(cause.as_ref()),
                    _ => None,
                };
                let sealed_file = matches!(cause, Some(VaultError::Locked { store: "sealed file" }));
                vault_advice(&error.code(), sealed_file, error.hint())
            }
            CliError::Studio(error) => error.hint(),
            CliError::Module(unknown) => Some(unknown.hint()),
            CliError::Usage { hint, .. } => Some(hint.clone()),
            CliError::File { .. } => Some("check the path".to_owned()),
            CliError::System(_) => None,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            CliError::Studio(error) => error.exit_code(),
            _ => 2,
        }
    }
}
