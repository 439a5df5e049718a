//! Why a bundle could not be read or written.

use std::io;
use std::path::{Path, PathBuf};

use crate::Problem;

/// Why a bundle could not be read or written. Nothing was changed when one is returned, unless it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// There is nothing at the path.
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    /// The path is neither a deploy-cli directory nor a `tenant.yaml` nor a zip file of either.
    #[error("{} is no bundle: {reason}", path.display())]
    NoBundle {
        /// The path.
        path: PathBuf,
        /// What was looked for.
        reason: String,
    },
    /// The bundle is broken or hostile: traversal, links, bombs, bad encodings.
    #[error("{}: {reason}", path.display())]
    Hostile {
        /// The bundle's path.
        path: PathBuf,
        /// Stable code, e.g. `traversal`, `link`, `too_large`.
        code: &'static str,
        /// What is wrong, naming the entry.
        reason: String,
    },
    /// A YAML or JSON text that cannot be read as a whole.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the parser said, with the place.
        reason: String,
    },
    /// The plan, or the bundle to import, holds something that would be lost or refused.
    #[error("{}", refusal(.0))]
    Refused(Vec<Problem>),
    /// The workspace has connections of these names, and they were not to be replaced.
    #[error("the workspace already has {}", .0.join(", "))]
    Exists(Vec<String>),
    /// The target holds something that an export must not overwrite.
    #[error("{} would be overwritten: {reason}", path.display())]
    Occupied {
        /// The target.
        path: PathBuf,
        /// What is there.
        reason: String,
    },
    /// The target is a bundle whose content differs, and it was not to be replaced.
    #[error("{} holds another bundle already{}", path.display(), listed(files))]
    Replaces {
        /// The target.
        path: PathBuf,
        /// Files in it that would be replaced or go.
        files: Vec<String>,
    },
    /// The export would write over files that somebody changed, or put there, after the export before. No word makes it do so.
    #[error("{}: {} changed or added after the export before and would be lost: {}", path.display(), were(files), first(files, LOST))]
    Loses {
        /// The target.
        path: PathBuf,
        /// The files in it.
        files: Vec<String>,
    },
    /// A zip format is to go into a file that does not end in `.zip`, which no import would take.
    #[error("{} does not end in .zip, the export is a zip file", .0.display())]
    NoZipName(PathBuf),
    /// No space left on the device.
    #[error("the disk is full: {} was not written", .0.display())]
    DiskFull(PathBuf),
    /// A file system mounted read-only.
    #[error("{} is on a read-only file system", .0.display())]
    ReadOnly(PathBuf),
    /// No right to write or read.
    #[error("no permission for {}", .0.display())]
    Permission(PathBuf),
    /// An edit that the file's shape does not allow.
    #[error("{}: {reason}", path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Anything else the file system said.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl BundleError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BundleError::NotFound(_) => "not_found",
            BundleError::NoBundle { .. } => "no_bundle",
            BundleError::Hostile { code, .. } => code,
            BundleError::Unreadable { .. } => "unreadable",
            BundleError::Refused(_) => "refused",
            BundleError::Exists(_) => "exists",
            BundleError::Occupied { .. } => "occupied",
            BundleError::Replaces { .. } => "would_replace",
            BundleError::Loses { .. } => "would_lose",
            BundleError::NoZipName(_) => "no_zip_name",
            BundleError::DiskFull(_) => "disk_full",
            BundleError::ReadOnly(_) => "read_only",
            BundleError::Permission(_) => "permission",
            BundleError::Edit { .. } => "edit",
            BundleError::Io { .. } => "io",
        }
    }

    /// What to do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            BundleError::NotFound(_) => "check the path".to_owned(),
            BundleError::NoBundle { .. } => {
                "give a folder with database-connections/, a tenant.yaml, or a zip file of either".to_owned()
            }
            BundleError::Hostile { .. } => {
                "do not trust this bundle; ask whoever made it for a clean export".to_owned()
            }
            BundleError::Unreadable { .. } => "correct the file at that place".to_owned(),
            BundleError::Refused(problems) => return problems.first().and_then(|problem| problem.hint.clone()),
            BundleError::Exists(_) => "name the connections that may be replaced (--replace NAME)".to_owned(),
            BundleError::Occupied { .. } => "choose another path, or empty it first".to_owned(),
            BundleError::Replaces { .. } => {
                "choose another path, or say that it may be replaced (--replace); nothing was written".to_owned()
            }
            BundleError::Loses { files, .. } => {
                let them = if files.len() == 1 { "it" } else { "them" };
                format!("move {them} away, or take {them} into the workspace first (import); nothing was written")
            }
            BundleError::NoZipName(path) => format!("write it to {}.zip", path.display()),
            BundleError::DiskFull(_) => "free some space and save again; the old content is untouched".to_owned(),
            BundleError::ReadOnly(_) => "choose a place that can be written; the old content is untouched".to_owned(),
            BundleError::Permission(_) => {
                "check owner and rights of the folder; the old content is untouched".to_owned()
            }
            BundleError::Edit { .. } => "correct database.json by hand first".to_owned(),
            BundleError::Io { .. } => return None,
        })
    }

    /// What the file system said about a path, as the kind of failure it is.
    pub fn io(path: &Path, source: io::Error) -> BundleError {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => BundleError::NotFound(path),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                BundleError::DiskFull(path)
            }
            io::ErrorKind::ReadOnlyFilesystem => BundleError::ReadOnly(path),
            io::ErrorKind::PermissionDenied => BundleError::Permission(path),
            _ => BundleError::Io { path, source },
        }
    }
}

/// Most files that a message names.
const NAMED: usize = 5;

/// Most files that a message names when their text would be lost.
const LOST: usize = 50;

fn listed(files: &[String]) -> String {
    let noun = if files.len() == 1 { "file" } else { "files" };
    format!(": {} {noun} in it would be replaced or go: {}", files.len(), named(files))
}

fn were(files: &[String]) -> String {
    if files.len() == 1 { "1 file in it was".to_owned() } else { format!("{} files in it were", files.len()) }
}

/// The first few of these files, and how many more there are.
pub(crate) fn named(files: &[String]) -> String {
    first(files, NAMED)
}

fn first(files: &[String], most: usize) -> String {
    let first = files.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    if files.len() > most { format!("{first}, and {} more", files.len() - most) } else { first }
}

fn refusal(problems: &[Problem]) -> String {
    let first = problems.first().map_or_else(String::new, |problem| format!("{}: {}", problem.path, problem.message));
    match problems.len() {
        0 | 1 => first,
        more => format!("{first} (and {} more)", more - 1),
    }
}
