//! SQLite, as `sqlite3` from npm sees it.
//!
//! Why `rusqlite` and not `sqlx`: sqlite3 scripts bind named parameters, run the first statement of a text and ignore
//! the rest, and step statements of which nobody knows beforehand whether they return rows; `sqlx` offers none of it.
//!
//! The database lives on a blocking thread while a statement runs. A dropped future interrupts the statement; the
//! connection is then closed on that thread, and SQLite rolls back.

mod fault;
mod statement;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::{
    OpenFlags,
    config::DbConfig,
    hooks::{AuthAction, AuthContext, Authorization},
};
use serde_json::{Map, Value};
use wire::{Fault, FaultKind, Limits, Parameter, Protocol, ResultSet};

use crate::{
    Policy, StageName,
    driver::{Driver, Failed},
};

/// Virtual machine steps between two looks at whether the statement is still wanted.
const STEPS: i32 = 1000;

/// What `sqlite3` sets: how long to wait for another process's lock.
const BUSY: Duration = Duration::from_millis(1000);

/// One open database.
pub(crate) struct Connection {
    /// Away while a statement runs; for good when it was cut off.
    database: Option<rusqlite::Connection>,
    cancelled: Arc<AtomicBool>,
}

/// Opens a file that exists and that the policy allows; never makes one.
pub(crate) async fn connect(
    parameters: &Map<String, Value>,
    policy: &Policy,
    read_only: bool,
    reached: &(dyn Fn(StageName, String) + Send + Sync),
) -> Result<Connection, Fault> {
    let file = parameters.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = match file.as_str() {
        "" | ":memory:" => Path::new(":memory:").to_owned(),
        _ => policy.check_file(&file)?,
    };
    reached(StageName::File, path.display().to_string());
    let cancelled = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&cancelled);
    let database = blocking(move || open(&path, read_only, seen)).await?.map_err(|error| {
        let mut found = fault::of(&error);
        found.kind = FaultKind::Connection;
        found
    })?;
    let mut connection = Connection { database: Some(database), cancelled };
    if let Some(wait) = parameters.get("busy_timeout_ms").and_then(Value::as_u64) {
        connection.control(&format!("PRAGMA busy_timeout = {wait}")).await?;
    }
    reached(StageName::Open, format!("SQLite {}", rusqlite::version()));
    Ok(connection)
}

fn open(path: &Path, read_only: bool, cancelled: Arc<AtomicBool>) -> rusqlite::Result<rusqlite::Connection> {
    let mode = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let database = rusqlite::Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    database.busy_timeout(BUSY)?;
    // A try leaves the file as it found it: a write-ahead log of somebody else's is not merged on our leaving.
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    database.progress_handler(STEPS, Some(move || cancelled.load(Ordering::Relaxed)))?;
    if read_only {
        database.execute_batch("PRAGMA query_only = ON")?;
    }
    database.authorizer(Some(authorize))?;
    Ok(database)
}

/// The second fence behind the classifier: no other file, no native code.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        // VACUUM attaches a nameless temporary file.
        AuthAction::Attach { filename } if !filename.is_empty() => Authorization::Deny,
        AuthAction::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension") => {
            Authorization::Deny
        }
        AuthAction::Pragma {
            pragma_name: "query_only" | "temp_store_directory" | "data_store_directory",
            pragma_value: Some(_),
        } => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

impl Connection {
    /// Runs a job on the database. A dropped future interrupts it.
    async fn with<T, J>(&mut self, job: J) -> Result<T, Fault>
    where
        T: Send + 'static,
        J: FnOnce(&mut rusqlite::Connection) -> T + Send + 'static,
    {
        let Some(mut database) = self.database.take() else {
            return Err(crate::fault::closed("the database was closed when a statement before was cut off"));
        };
        let interrupt = Interrupt { cancelled: Arc::clone(&self.cancelled), armed: true };
        let (database, result) = blocking(move || {
            let result = job(&mut database);
            (database, result)
        })
        .await?;
        interrupt.disarm();
        self.database = Some(database);
        Ok(result)
    }
}

impl Driver for Connection {
    async fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        protocol: Protocol,
        limits: &Limits,
    ) -> Result<Vec<ResultSet>, Failed> {
        let (sql, parameters, limits) = (sql.to_owned(), parameters.to_vec(), limits.clone());
        let ran = self.with(move |database| match protocol {
            Protocol::Prepared => statement::first(database, &sql, &parameters, &limits),
            Protocol::Simple => statement::all(database, &sql, &limits),
        });
        ran.await.map_err(|fault| (fault, Vec::new()))?
    }

    async fn control(&mut self, sql: &str) -> Result<(), Fault> {
        let sql = sql.to_owned();
        self.with(move |database| database.execute_batch(&sql).map_err(|error| fault::of(&error))).await?
    }

    async fn prepare(&mut self, sql: &str) -> Result<(), Fault> {
        let sql = sql.to_owned();
        self.with(move |database| statement::compile(database, &sql)).await?
    }

    fn info(&self) -> Map<String, Value> {
        let mut info = Map::new();
        info.insert("server_version".to_owned(), rusqlite::version().into());
        info
    }

    fn usable(&self) -> bool {
        self.database.is_some()
    }

    fn in_transaction(&self) -> Option<bool> {
        self.database.as_ref().map(|database| !database.is_autocommit())
    }

    async fn close(self) {
        if let Some(database) = self.database {
            // Dropping it closes it; an error on closing has nobody to tell, and nothing to undo.
            let _ = blocking(move || drop(database)).await;
        }
    }
}

/// Sets the flag unless the statement came to its end.
struct Interrupt {
    cancelled: Arc<AtomicBool>,
    armed: bool,
}

impl Interrupt {
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        if self.armed {
            self.cancelled.store(true, Ordering::Relaxed);
        }
    }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|error| crate::fault::fault(FaultKind::Connection, format!("the database's thread ended: {error}")))
}

#[cfg(test)]
mod tests;
