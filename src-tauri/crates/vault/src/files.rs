//! The vault's files: private, replaced as a whole, guarded against a second process.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::VaultError;

/// How long another process may hold the lock. Nothing is done under it but reading and writing small files.
const PATIENCE: Duration = Duration::from_secs(2);

/// The folder of the vault inside the data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn of(data_dir: &Path) -> Folder {
        Folder(data_dir.join("vault"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folder, readable by nobody else.
    pub(crate) fn make(&self) -> Result<(), VaultError> {
        if self.0.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&self.0).map_err(|error| failed(&self.0, error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700)).map_err(|error| failed(&self.0, error))?;
        }
        Ok(())
    }

    /// Keeps other processes from changing the files until the answer is dropped.
    pub(crate) fn lock(&self) -> Result<File, VaultError> {
        self.make()?;
        let path = self.path("lock");
        let file = File::create(&path).map_err(|error| failed(&path, error))?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(&path, error)),
                Err(TryLockError::WouldBlock) if began.elapsed() > PATIENCE => {
                    return Err(VaultError::File { path, detail: "another Sluice holds it".to_owned() });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// The bytes of a file; none when there is no such file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// Replaces a file as a whole: readers see the old bytes or the new ones, also after a power cut.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        self.make()?;
        let path = self.path(name);
        let write = || -> io::Result<()> {
            let mut temporary = tempfile::NamedTempFile::new_in(&self.0)?; // mode 0600
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            temporary.persist(&path).map_err(|error| error.error)?;
            #[cfg(unix)]
            File::open(&self.0)?.sync_all()?;
            Ok(())
        };
        write().map_err(|error| failed(&path, error))
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, name: &str) -> Result<(), VaultError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path, error)),
            _ => Ok(()),
        }
    }

    /// Renames a file that can no longer be used, if it is there.
    pub(crate) fn put_aside(&self, name: &str) -> Result<(), VaultError> {
        let path = self.path(name);
        match fs::rename(&path, self.path(&format!("{name}.unreadable"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path, error)),
            _ => Ok(()),
        }
    }

    pub(crate) fn damaged(&self, name: &str, detail: impl ToString) -> VaultError {
        VaultError::File { path: self.path(name), detail: detail.to_string() }
    }
}

fn failed(path: &Path, error: io::Error) -> VaultError {
    VaultError::File { path: path.to_owned(), detail: error.to_string() }
}
