//! Files that are either written whole or left as they were.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::BundleError;

/// Writes a file so that a crash, a full disk or a read-only folder leaves the old content intact: temporary file in the
/// same folder, fsync, rename, fsync of the folder. Follows a link at `path` and keeps the old file's rights.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    stage(&target, bytes)?.replace()
}

/// A file written beside its target, not yet in its place.
pub(crate) struct Staged {
    target: PathBuf,
    file: tempfile::NamedTempFile,
}

/// Writes and syncs the bytes beside `target`.
pub(crate) fn stage(target: &Path, bytes: &[u8]) -> Result<Staged, BundleError> {
    let failed = |source| BundleError::io(target, source);
    let folder = folder_of(target);
    let mut file = tempfile::Builder::new().prefix(".sluice-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    set_rights(target, file.as_file()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(Staged { target: target.to_owned(), file })
}

impl Staged {
    /// Puts the file in its place.
    pub(crate) fn replace(self) -> Result<(), BundleError> {
        let Staged { target, file } = self;
        file.persist(&target).map_err(|error| BundleError::io(&target, error.error))?;
        sync_folder(folder_of(&target))
    }
}

/// Makes a rename in `folder` survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), BundleError> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| BundleError::io(folder, source))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn set_rights(target: &Path, file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let rights = fs::metadata(target).map_or_else(|_| fs::Permissions::from_mode(0o644), |old| old.permissions());
    file.set_permissions(rights)
}

#[cfg(not(unix))]
fn set_rights(_target: &Path, _file: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("login.js");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(&folder.path().join("no/login.js"), b"x").unwrap_err();
        assert_eq!(error.code(), "not_found");
    }

    #[cfg(unix)]
    #[test]
    fn rights_and_links_survive() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real.js"), folder.path().join("link.js"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&path, &link).unwrap();
        write_file(&link, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
