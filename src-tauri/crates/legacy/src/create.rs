//! Makes a SQLite file, for sample and rehearsal stores. Never touches a database that exists.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// Why a database could not be made. No file is left behind.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", .path.display())]
pub struct CreateError {
    /// The file.
    pub path: PathBuf,
    /// What the system or SQLite said.
    pub cause: std::io::Error,
}

/// Makes a new SQLite file and runs a script of SQL in it, in one transaction.
pub fn create_database(path: &Path, sql: &str) -> Result<(), CreateError> {
    let failed = |cause| CreateError { path: path.to_owned(), cause };
    std::fs::File::create_new(path).map_err(failed)?;
    let run = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.execute_batch(&format!("BEGIN;\n{sql}\nCOMMIT;"))
    };
    run().map_err(|error: rusqlite::Error| {
        // What is half made is of no use, and removing it is all that can be done about it.
        drop(std::fs::remove_file(path));
        failed(std::io::Error::other(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_and_wholly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        create_database(&path, "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2);").unwrap();
        let connection = Connection::open(&path).unwrap();
        assert_eq!(connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
        assert!(create_database(&path, "DROP TABLE t;").is_err(), "never over an existing file");
        let broken = folder.path().join("b.sqlite");
        assert!(
            create_database(&broken, "CREATE TABLE t (x); nonsense;").unwrap_err().to_string().contains("nonsense")
        );
        assert!(!broken.exists());
    }
}
