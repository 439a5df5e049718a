//! One error for all verbs.

use std::path::PathBuf;

use contract::Action;

/// Why a verb did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudioError {
    /// The folder is no workspace.
    #[error("{} is no workspace: {reason}", .path.display())]
    NoWorkspace {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No connection has this name.
    #[error("there is no connection named {name:?}{}", known_names(known))]
    UnknownConnection {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A new connection's name is taken.
    #[error("there is a connection named {name:?} already")]
    ConnectionExists {
        /// The name.
        name: String,
    },
    /// The connection's files cannot be read as they are.
    #[error("{path}: {message}")]
    BrokenFile {
        /// Path inside the workspace.
        path: String,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The connection has no such script.
    #[error("connection {connection:?} has no {script} script")]
    NoScript {
        /// The connection.
        connection: String,
        /// The script's key.
        script: String,
    },
    /// References of the configuration have no value.
    #[error("{}: no value for {}{}", .connection, names.join(", "), because(cause))]
    UnresolvedSecrets {
        /// The connection.
        connection: String,
        /// Names without a value.
        names: Vec<String>,
        /// Why the vault gave none.
        cause: Box<vault::VaultError>,
    },
    /// An argument of the verb is missing or makes no sense.
    #[error("{argument}: {problem}")]
    BadArgument {
        /// The argument's name.
        argument: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Writes were asked for on a read-only connection.
    #[error("connection {connection:?} is read-only: {action} cannot be committed")]
    ReadOnly {
        /// The connection.
        connection: String,
        /// The action.
        action: Action,
    },
    /// An export is refused.
    #[error("the export is refused: {}", .reasons.join("; "))]
    ExportRefused {
        /// Why, one sentence each.
        reasons: Vec<String>,
    },
    /// Something happened that has an outcome of its own but no run to report it with.
    #[error("{script}: {message}")]
    ScriptFailed {
        /// The script's file.
        script: String,
        /// What happened.
        message: String,
        /// Exit code of the outcome.
        exit_code: u8,
    },
    /// Settings in `sluice.toml` are unreadable.
    #[error("{}: {problem}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        problem: String,
    },
    /// Reading or writing a bundle or a workspace file failed.
    #[error(transparent)]
    Bundle(#[from] bundle::BundleError),
    /// The vault said no.
    #[error(transparent)]
    Vault(#[from] vault::VaultError),
    /// Our own data could not be read or written.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The sandbox could not start a run.
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    /// A file or folder of ours could not be used.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl StudioError {
    /// A stable code, for programs.
    pub fn code(&self) -> String {
        match self {
            StudioError::NoWorkspace { .. } => "no_workspace".into(),
            StudioError::UnknownConnection { .. } => "unknown_connection".into(),
            StudioError::ConnectionExists { .. } => "exists".into(),
            StudioError::BrokenFile { .. } => "broken_file".into(),
            StudioError::NoScript { .. } => "no_script".into(),
            StudioError::UnresolvedSecrets { cause, .. } if cause.code() == "missing" => "unresolved_secret".into(),
            StudioError::UnresolvedSecrets { cause, .. } => cause.code().into(),
            StudioError::BadArgument { .. } => "bad_argument".into(),
            StudioError::ReadOnly { .. } => "read_only".into(),
            StudioError::ExportRefused { .. } => "export_refused".into(),
            StudioError::ScriptFailed { .. } => "script_failed".into(),
            StudioError::Settings { .. } => "broken_settings".into(),
            StudioError::Bundle(error) => error.code().into(),
            StudioError::Vault(error) => error.code().into(),
            StudioError::Store(_) => "store".into(),
            StudioError::Sandbox(_) => "sandbox".into(),
            StudioError::Io { .. } => "io".into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            StudioError::NoWorkspace { .. } => {
                Some("A workspace is a folder with database-connections/ in it; `sluice init DIR` makes one.".into())
            }
            StudioError::UnknownConnection { .. } => Some("`sluice list` shows the connections.".into()),
            StudioError::ConnectionExists { .. } => {
                Some("Choose another name; `sluice list` shows those taken.".into())
            }
            StudioError::BrokenFile { hint, .. } => hint.clone(),
            StudioError::NoScript { script, .. } => {
                Some(format!("Add {script}.js beside database.json and list it under options.customScripts."))
            }
            StudioError::UnresolvedSecrets { connection, names, cause } if cause.code() == "missing" => Some(format!(
                "Set it in the secrets panel, with `sluice secret set {} --connection {connection}`, or give it in the environment \
                 (--secrets-from-env PREFIX).",
                names.first().map_or("NAME", String::as_str)
            )),
            StudioError::UnresolvedSecrets { cause, .. } => Some(cause.hint()),
            StudioError::ReadOnly { .. } => {
                Some("Run it without commit, or take read-only off the connection first.".into())
            }
            StudioError::ExportRefused { .. } => {
                Some("Mend what is named, then export again; nothing was written.".into())
            }
            StudioError::Settings { .. } => {
                Some("Mend sluice.toml, or move it away to start with fresh settings.".into())
            }
            StudioError::Bundle(error) => error.hint(),
            StudioError::Vault(error) => Some(error.hint()),
            StudioError::Sandbox(error) => Some(error.hint()),
            StudioError::BadArgument { .. }
            | StudioError::ScriptFailed { .. }
            | StudioError::Store(_)
            | StudioError::Io { .. } => None,
        }
    }

    /// The command line's exit code (design §10).
    pub fn exit_code(&self) -> u8 {
        match self {
            StudioError::UnresolvedSecrets { .. } | StudioError::Vault(_) => 5,
            StudioError::ScriptFailed { exit_code, .. } => *exit_code,
            StudioError::Sandbox(_) => 3,
            _ => 2,
        }
    }
}

/// Why there is none, where it is not simply missing.
fn because(cause: &vault::VaultError) -> String {
    if cause.code() == "missing" { String::new() } else { format!(": {cause}") }
}

fn known_names(names: &[String]) -> String {
    if names.is_empty() { "; the workspace has none".into() } else { format!("; there is {}", names.join(", ")) }
}
