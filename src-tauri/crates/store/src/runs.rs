//! Runs: one row each, opened when it starts, closed once.

use std::path::Path;

use contract::{Action, Outcome};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;

use crate::owner::Owner;
use crate::{ConnectionKey, Store, StoreError};

/// Reports kept per connection; older ones go.
const KEPT: i64 = 500;

/// How many of a connection's latest runs a run is compared with.
const COMPARED: i64 = 50;

/// Number of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub i64);

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// A try of one script.
    Try,
    /// A step of a flow through both stores.
    Flow,
    /// `count_users.js`.
    Count,
    /// A pinned test.
    Test,
}

/// A run that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Whose script.
    pub connection: ConnectionKey,
    /// What for.
    pub kind: RunKind,
    /// Which script; none for scripts that are no action (`count_users.js`).
    pub action: Option<Action>,
    /// Whether its writes are kept.
    pub committed: bool,
}

/// A run as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its number.
    pub id: RunId,
    /// What for.
    pub kind: RunKind,
    /// Which script.
    pub action: Option<Action>,
    /// Whether its writes were kept.
    pub committed: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it goes on.
    pub ended_at: Option<Timestamp>,
    /// How it ended. A run that Sluice did not survive is `crashed`.
    pub outcome: Option<Outcome>,
    /// Whether Sluice ended before the run did.
    pub interrupted: bool,
    /// The redacted report.
    pub report: Option<Value>,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    kind: String,
    action: Option<String>,
    committed: bool,
    started_at: i64,
    ended_at: Option<i64>,
    outcome: Option<String>,
    interrupted: bool,
    report: Option<String>,
}

impl Store {
    /// Notes that a run begins.
    pub async fn begin_run(&self, run: &NewRun) -> Result<RunId, StoreError> {
        let id = sqlx::query(
            "INSERT INTO runs (owner, workspace, connection, kind, action, committed, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&self.owner.id)
        .bind(&run.connection.workspace)
        .bind(&run.connection.connection)
        .bind(self.word(run.kind)?)
        .bind(run.action.map(|action| self.word(action)).transpose()?)
        .bind(run.committed)
        .bind(Timestamp::now().as_millisecond())
        .execute(&self.pool)
        .await
        .map_err(|error| self.failed(error))?
        .last_insert_rowid();
        Ok(RunId(id))
    }

    /// Closes a run with its redacted report. A run that is closed already stays as it is.
    pub async fn end_run(&self, id: RunId, outcome: Outcome, report: &Value) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "UPDATE runs SET ended_at = max(?, started_at), outcome = ?, report = ? WHERE id = ? AND ended_at IS NULL",
        )
        .bind(Timestamp::now().as_millisecond())
        .bind(outcome.word())
        .bind(report.to_string())
        .bind(id.0)
        .execute(&mut *write)
        .await
        .map_err(|error| self.failed(error))?;
        sqlx::query(
            "DELETE FROM runs WHERE ended_at IS NOT NULL AND (workspace, connection) IN (SELECT workspace, connection FROM runs WHERE id = ?1)
               AND id <= (SELECT newer.id FROM runs this, runs newer
                          WHERE this.id = ?1 AND newer.workspace = this.workspace AND newer.connection = this.connection
                          ORDER BY newer.id DESC LIMIT 1 OFFSET ?2)",
        )
        .bind(id.0)
        .bind(KEPT)
        .execute(&mut *write)
        .await
        .map_err(|error| self.failed(error))?;
        write.commit().await.map_err(|error| self.failed(error))
    }

    /// The latest runs of a connection, newest first.
    pub async fn recent_runs(&self, connection: &ConnectionKey, limit: u32) -> Result<Vec<RunRow>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, kind, action, committed, started_at, ended_at, outcome, interrupted, report FROM runs
             WHERE workspace = ? AND connection = ? ORDER BY id DESC LIMIT ?",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        rows.into_iter().map(|row| self.run(row)).collect()
    }

    /// When the latest good run of a script for this identifier began, and its report, among the connection's
    /// last 50 runs.
    pub async fn latest_success(
        &self,
        connection: &ConnectionKey,
        action: Action,
        identifier: &str,
    ) -> Result<Option<(Timestamp, Value)>, StoreError> {
        let found: Option<(i64, i64, String)> = sqlx::query_as(
            "SELECT id, started_at, report FROM
               (SELECT id, action, outcome, started_at, report FROM runs
                WHERE workspace = ? AND connection = ? AND report IS NOT NULL ORDER BY id DESC LIMIT ?)
             WHERE action = ? AND outcome = ? AND json_extract(report, '$.identifier') = ? ORDER BY id DESC LIMIT 1",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(COMPARED)
        .bind(self.word(action)?)
        .bind(Outcome::Success.word())
        .bind(identifier)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        let Some((id, started_at, report)) = found else { return Ok(None) };
        let unreadable = |error| self.unreadable(format!("report of run {id}"), error);
        Ok(Some((self.time(started_at)?, serde_json::from_str(&report).map_err(unreadable)?)))
    }

    /// Closes the runs of processes that are gone, and only those: the window and the command line may run side by side.
    pub(crate) async fn close_interrupted_runs(&self, data_dir: &Path) -> Result<(), StoreError> {
        let owners: Vec<(String,)> = sqlx::query_as("SELECT DISTINCT owner FROM runs WHERE ended_at IS NULL")
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.failed(error))?;
        for (owner,) in owners.into_iter().filter(|(owner,)| *owner != self.owner.id && Owner::is_gone(data_dir, owner))
        {
            sqlx::query(
                "UPDATE runs SET ended_at = max(?, started_at), outcome = ?, interrupted = 1 WHERE owner = ? AND ended_at IS NULL",
            )
            .bind(Timestamp::now().as_millisecond())
            .bind(Outcome::Crashed.word())
            .bind(owner)
            .execute(&self.pool)
            .await
            .map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    fn run(&self, row: Row) -> Result<RunRow, StoreError> {
        Ok(RunRow {
            id: RunId(row.id),
            kind: self.parsed(row.kind)?,
            action: row.action.map(|word| self.parsed(word)).transpose()?,
            committed: row.committed,
            started_at: self.time(row.started_at)?,
            ended_at: row.ended_at.map(|at| self.time(at)).transpose()?,
            outcome: row.outcome.map(|word| self.parsed(word)).transpose()?,
            interrupted: row.interrupted,
            report: row
                .report
                .map(|text| {
                    serde_json::from_str(&text)
                        .map_err(|error| self.unreadable(format!("report of run {}", row.id), error))
                })
                .transpose()?,
        })
    }

    /// The serialised word of a unit variant.
    pub(crate) fn word(&self, value: impl Serialize) -> Result<String, StoreError> {
        match serde_json::to_value(value) {
            Ok(Value::String(word)) => Ok(word),
            other => Err(self.unreadable("word", format!("{other:?}"))),
        }
    }

    /// The unit variant behind a word.
    pub(crate) fn parsed<T: serde::de::DeserializeOwned>(&self, word: String) -> Result<T, StoreError> {
        serde_json::from_value(Value::String(word)).map_err(|error| self.unreadable("word", error))
    }
}
