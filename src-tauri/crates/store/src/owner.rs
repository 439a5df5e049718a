//! Which processes are alive: each holds a lock on a file of its own, which the system takes away when the process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The mark of this open store. The lock goes when it is dropped, or when the process dies in any way.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: String,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Marks this process as alive.
    pub(crate) fn enter(data_dir: &Path) -> io::Result<Owner> {
        let folder = data_dir.join("open");
        std::fs::create_dir_all(&folder)?;
        let id = uuid::Uuid::new_v4().to_string();
        let path = folder.join(&id);
        let file = File::create_new(&path)?;
        file.lock()?;
        Ok(Owner { id, path, _lock: file })
    }

    /// Whether the process with this mark has ended. Clears its mark away.
    pub(crate) fn is_gone(data_dir: &Path, id: &str) -> bool {
        let path = data_dir.join("open").join(id);
        let file = match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file,
            Err(error) => return error.kind() == io::ErrorKind::NotFound,
        };
        match file.try_lock() {
            Ok(()) => {
                // A mark that stays behind is harmless: the next launch tries again.
                let _ = std::fs::remove_file(&path);
                true
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
