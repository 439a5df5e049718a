//! What went wrong, as the command line tells it.

use std::path::PathBuf;

use studio::{StudioError, UnknownModule};

/// Why a command did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Studio(#[from] StudioError),
    /// No script can require it.
    #[error(transparent)]
    Module(#[from] UnknownModule),
    /// The arguments do not fit together, or stdin does not hold what was said.
    #[error("{0}")]
    Usage(String, &'static str),
    /// A file named on the command line.
    #[error("{}: {cause}", .path.display())]
    File { path: PathBuf, cause: std::io::Error },
    /// The terminal or the system.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

impl CliError {
    pub(crate) fn code(&self) -> String {
        match self {
            CliError::Studio(error) => error.code(),
            CliError::Module(unknown) => unknown.code().to_owned(),
            CliError::Usage(..) => "usage".to_owned(),
            CliError::File { .. } | CliError::System(_) => "io".to_owned(),
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            CliError::Studio(error) => error.hint(),
            CliError::Module(unknown) => Some(unknown.hint()),
            CliError::Usage(_, hint) => Some((*hint).to_owned()),
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
