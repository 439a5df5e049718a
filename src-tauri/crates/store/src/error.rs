//! What can go wrong with our own data.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why our own data could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The data folder cannot be made or used.
    #[error("the data folder {} cannot be used: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The disk is full.
    #[error("the disk is full, {} was not changed", path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its folder is read-only.
    #[error("{} cannot be written", path.display())]
    NotWritable {
        /// The database file.
        path: PathBuf,
    },
    /// Another process holds the file for too long.
    #[error("{} is in use by another process", path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// The file is no database, or a damaged one.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// A newer Sluice wrote the file.
    #[error("{} was written by a newer version of Sluice", path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
    },
    /// A row does not hold what we wrote there.
    #[error("{} holds an unreadable {what}: {detail}", path.display())]
    Unreadable {
        /// The database file.
        path: PathBuf,
        /// What was read, e.g. `profile of user 7`.
        what: String,
        /// Why it cannot be read.
        detail: String,
    },
    /// A password hash could not be made or checked.
    #[error("the password of user {user_id} could not be hashed or checked: {detail}")]
    Hash {
        /// The user.
        user_id: String,
        /// Why.
        detail: String,
    },
    /// Anything else SQLite says.
    #[error("{}: {source}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// The cause.
        source: sqlx::Error,
    },
}

impl StoreError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Folder { .. } => "data_folder",
            StoreError::DiskFull { .. } => "disk_full",
            StoreError::NotWritable { .. } => "not_writable",
            StoreError::Busy { .. } => "busy",
            StoreError::Damaged { .. } => "damaged",
            StoreError::Newer { .. } => "newer",
            StoreError::Unreadable { .. } => "unreadable",
            StoreError::Hash { .. } => "hash",
            StoreError::Database { .. } => "database",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            StoreError::Folder { .. } | StoreError::NotWritable { .. } => {
                "Give yourself write access to the data folder, or choose another one.".to_owned()
            }
            StoreError::DiskFull { .. } => "Free some space and try again; nothing was lost.".to_owned(),
            StoreError::Busy { .. } => "Close other windows or commands of Sluice, or wait for them to end.".to_owned(),
            StoreError::Damaged { path, .. } => {
                format!("Move {} away and start again; workspaces are not affected.", path.display())
            }
            StoreError::Newer { .. } => "Update Sluice.".to_owned(),
            StoreError::Unreadable { .. } | StoreError::Hash { .. } | StoreError::Database { .. } => {
                "Try again; if it stays, report it with the message.".to_owned()
            }
        }
    }

    /// Names what SQLite means.
    pub(crate) fn from_sqlx(path: &Path, error: sqlx::Error) -> StoreError {
        let path = path.to_owned();
        // Extended codes carry the primary one in their low byte (https://sqlite.org/rescode.html).
        let code = match &error {
            sqlx::Error::Database(cause) => {
                cause.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff)
            }
            _ => None,
        };
        match code {
            Some(5 | 6) => StoreError::Busy { path },
            Some(8 | 14 | 23) => StoreError::NotWritable { path },
            Some(11 | 26) => StoreError::Damaged { path, detail: error.to_string() },
            Some(13) => StoreError::DiskFull { path },
            _ if matches!(error, sqlx::Error::PoolTimedOut) => StoreError::Busy { path },
            _ => StoreError::Database { path, source: error },
        }
    }
}

/// Why the user store did not take a user (contract §6.2, §6.4, §9.1).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The result is no object.
    #[error("the profile is no object")]
    NoProfile,
    /// There is nothing to know the user by.
    #[error("the profile has no user_id")]
    NoUserId,
    /// The id cannot be stored.
    #[error("the user_id {user_id:?} is not 1 to 255 characters without blanks")]
    BadUserId {
        /// The id.
        user_id: String,
    },
    /// The address cannot be stored.
    #[error("the e-mail {email} is longer than 254 characters, or its local part than 64")]
    EmailTooLong {
        /// The address.
        email: String,
    },
    /// Another user has this address, username or phone number.
    #[error("{field} {value} belongs to user {held_by} already")]
    Duplicate {
        /// `email`, `username` or `phone_number`.
        field: &'static str,
        /// The value.
        value: String,
        /// The user that has it.
        held_by: String,
    },
    /// The typed password cannot be kept.
    #[error("the password is {bytes} bytes long, the user store takes 1 to 72")]
    PasswordLength {
        /// Its length.
        bytes: usize,
    },
    /// Our own data failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MigrateError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            MigrateError::NoProfile => "no_profile",
            MigrateError::NoUserId => "no_user_id",
            MigrateError::BadUserId { .. } => "bad_user_id",
            MigrateError::EmailTooLong { .. } => "email_too_long",
            MigrateError::Duplicate { field: "username", .. } => "duplicate_username",
            MigrateError::Duplicate { field: "phone_number", .. } => "duplicate_phone_number",
            MigrateError::Duplicate { .. } => "duplicate_email",
            MigrateError::PasswordLength { .. } => "password_length",
            MigrateError::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            MigrateError::NoProfile | MigrateError::NoUserId => {
                "Let the script call back with an object that has a user_id which never changes.".to_owned()
            }
            MigrateError::BadUserId { .. } => "Return a stable id of up to 255 characters without blanks.".to_owned(),
            MigrateError::EmailTooLong { .. } => "Correct the address in the legacy store.".to_owned(),
            MigrateError::Duplicate { field, .. } => format!(
                "Two users of the legacy store share this {field}, or the user_id of one user changed. Each needs its own."
            ),
            MigrateError::PasswordLength { .. } => "Let the user choose a shorter password through a reset.".to_owned(),
            MigrateError::Store(error) => error.hint(),
        }
    }
}
