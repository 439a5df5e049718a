//! The database file: opening, migrating, closing what a crash left open.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError as SchemaError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::StoreError;
use crate::owner::Owner;

static SCHEMA: Migrator = sqlx::migrate!("./migrations");

/// The bcrypt cost of migrated passwords.
const HASH_COST: u32 = 10;

/// Our own data. Clones share one pool of connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    pub(crate) path: Arc<Path>,
    pub(crate) owner: Arc<Owner>,
    pub(crate) hash_cost: u32,
}

impl Store {
    /// Opens `sluice.db` in the data folder, makes or updates it as needed, and closes the runs a crash left open.
    pub async fn open(data_dir: &Path) -> Result<Store, StoreError> {
        let folder = |source| StoreError::Folder { path: data_dir.to_owned(), source };
        make_private(data_dir).map_err(folder)?;
        let path: PathBuf = data_dir.join("sluice.db");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        // SQLite's own migrations take no lock across processes, and two may start at once.
        let lock_path = data_dir.join("sluice.db.lock");
        let lock = tokio::task::spawn_blocking(move || {
            let file = File::create(lock_path)?;
            file.lock().map(|()| file)
        })
        .await
        .map_err(|gone| folder(std::io::Error::other(gone)))?
        .map_err(folder)?;
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(15))
            .connect_with(options)
            .await
            .map_err(|error| StoreError::from_sqlx(&path, error))?;
        SCHEMA.run(&pool).await.map_err(|error| schema_error(&path, error))?;
        let owner = Owner::enter(data_dir).map_err(folder)?;
        let store = Store { pool, path: path.into(), owner: Arc::new(owner), hash_cost: HASH_COST };
        store.close_interrupted_runs(data_dir).await?;
        drop(lock);
        Ok(store)
    }

    /// The same store with another bcrypt cost for users migrated from now on, so that a test can migrate thousands.
    pub fn with_hash_cost(mut self, cost: u32) -> Store {
        self.hash_cost = cost;
        self
    }

    /// Closes the file. Clones cannot be used afterwards.
    pub async fn close(self) {
        self.pool.close().await;
    }

    pub(crate) fn failed(&self, error: sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.path, error)
    }

    pub(crate) fn unreadable(&self, what: impl Into<String>, detail: impl ToString) -> StoreError {
        StoreError::Unreadable { path: self.path.to_path_buf(), what: what.into(), detail: detail.to_string() }
    }

    /// A transaction that takes the write lock at its beginning, so that it cannot fail half-way for being late.
    pub(crate) async fn write(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| self.failed(error))
    }

    pub(crate) fn time(&self, milliseconds: i64) -> Result<jiff::Timestamp, StoreError> {
        jiff::Timestamp::from_millisecond(milliseconds).map_err(|error| self.unreadable("time", error))
    }
}

fn schema_error(path: &Path, error: SchemaError) -> StoreError {
    match error {
        SchemaError::VersionMissing(_) | SchemaError::VersionTooNew(..) => StoreError::Newer { path: path.to_owned() },
        SchemaError::Execute(error) | SchemaError::ExecuteMigration(error, _) => StoreError::from_sqlx(path, error),
        other => StoreError::Damaged { path: path.to_owned(), detail: other.to_string() },
    }
}

/// The folder, readable by nobody else: it holds users and hashes.
fn make_private(data_dir: &Path) -> std::io::Result<()> {
    if data_dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(data_dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(data_dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
