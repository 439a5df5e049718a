//! The ledger: every transition of a user, every login that moved nobody; and what can be counted from it (contract §10).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ConnectionKey, Store, StoreError};

pub(crate) const MIGRATED: &str = "migrated";
pub(crate) const SHADOW: &str = "shadow";

/// The login that moves a user.
#[derive(Debug, Clone, PartialEq)]
pub struct LoginFacts {
    /// When.
    pub at: Timestamp,
    /// What was typed as identifier.
    pub identifier: String,
    /// How long the login took.
    pub duration_ms: f64,
}

impl LoginFacts {
    /// A login that ends now.
    pub fn now(identifier: impl Into<String>, duration_ms: f64) -> LoginFacts {
        LoginFacts { at: Timestamp::now(), identifier: identifier.into(), duration_ms }
    }
}

/// What a recorded login was. Moves are not recorded here: [`Store::migrate`] writes their line with the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// Import off: the legacy store's script let the user in.
    LegacyLogin,
    /// The user store let the user in.
    NativeLogin,
    /// The user store knows the user, and the password was wrong.
    NativeWrongPassword,
    /// The script did not let the user in, or could not.
    FailedLogin,
    /// The script let the user in, and the user store refused the user.
    NotStored,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: LedgerKind,
    /// The user, when known.
    pub user_id: Option<String>,
    /// What was typed as identifier.
    pub identifier: Option<String>,
    /// The tenant log event's code, e.g. `s`, `fp`, `fu`, `f`.
    pub code: Option<String>,
    /// Why, in a few redacted words.
    pub reason: Option<String>,
    /// How long it took.
    pub duration_ms: f64,
}

/// What can be counted of a connection's migration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerCounts {
    /// Users that moved.
    pub migrated: u64,
    /// Profiles kept while import was off.
    pub shadow: u64,
    /// Moves that broke half-way.
    pub partial: u64,
    /// Resets without a login yet.
    pub reset_pending: u64,
    /// Users the legacy store never knew.
    pub native: u64,
    /// Users of bulk imports.
    pub bulk_imported: u64,
    /// Moves of the last 24 hours.
    pub today: u64,
    /// Moves of the last hour.
    pub last_hour: u64,
    /// Failed logins of the last 24 hours by log event code, most frequent first.
    pub failed: Vec<(String, u64)>,
    /// The first move.
    pub first_migration_at: Option<Timestamp>,
    /// The latest move.
    pub last_migration_at: Option<Timestamp>,
}

/// A line as it is written.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) user_id: Option<String>,
    pub(crate) identifier: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) duration_ms: Option<f64>,
}

impl Store {
    /// Writes a login that moved nobody.
    pub async fn record(&self, connection: &ConnectionKey, entry: &LedgerEntry) -> Result<(), StoreError> {
        let line = Line {
            at: entry.at.as_millisecond(),
            kind: self.word(entry.kind)?,
            user_id: entry.user_id.clone(),
            identifier: entry.identifier.clone(),
            code: entry.code.clone(),
            reason: entry.reason.clone(),
            duration_ms: Some(entry.duration_ms),
        };
        let mut write = self.pool.acquire().await.map_err(|error| self.failed(error))?;
        self.write_line(&mut write, connection, &line).await
    }

    pub(crate) async fn write_line(
        &self,
        on: &mut sqlx::SqliteConnection,
        connection: &ConnectionKey,
        line: &Line,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO ledger (workspace, connection, at, kind, user_id, identifier, code, reason, duration_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(line.at)
        .bind(&line.kind)
        .bind(&line.user_id)
        .bind(&line.identifier)
        .bind(&line.code)
        .bind(&line.reason)
        .bind(line.duration_ms)
        .execute(on)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Counts as of `now`, all from one state of the file.
    pub async fn counts(&self, connection: &ConnectionKey, now: Timestamp) -> Result<LedgerCounts, StoreError> {
        let ago = |hours: i64| (now - SignedDuration::from_hours(hours)).as_millisecond();
        let failed = |error| self.failed(error);
        let mut read = self.pool.begin().await.map_err(failed)?;
        let states: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, count(*) FROM users WHERE workspace = ? AND connection = ? GROUP BY state")
                .bind(&connection.workspace)
                .bind(&connection.connection)
                .fetch_all(&mut *read)
                .await
                .map_err(failed)?;
        let moves: (i64, i64, Option<i64>, Option<i64>) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE at > ?4 AND at <= ?6), count(*) FILTER (WHERE at > ?5 AND at <= ?6), min(at), max(at) FROM ledger
             WHERE workspace = ?1 AND connection = ?2 AND kind = ?3",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(MIGRATED)
        .bind(ago(24))
        .bind(ago(1))
        .bind(now.as_millisecond())
        .fetch_one(&mut *read)
        .await
        .map_err(failed)?;
        let failures: Vec<(String, i64)> = sqlx::query_as(
            "SELECT coalesce(code, 'f'), count(*) FROM ledger
             WHERE workspace = ? AND connection = ? AND kind IN ('native_wrong_password', 'failed_login', 'not_stored')
               AND at > ? AND at <= ? GROUP BY 1 ORDER BY 2 DESC, 1",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(ago(24))
        .bind(now.as_millisecond())
        .fetch_all(&mut *read)
        .await
        .map_err(failed)?;
        read.commit().await.map_err(failed)?;
        let in_state = |wanted: &[&str]| -> u64 {
            states
                .iter()
                .filter(|(state, _)| wanted.contains(&state.as_str()))
                .map(|(_, count)| count.unsigned_abs())
                .sum()
        };
        Ok(LedgerCounts {
            migrated: in_state(&["migrated", "migrated_without_metadata"]),
            shadow: in_state(&["shadow"]),
            partial: in_state(&["partial"]),
            reset_pending: in_state(&["reset_pending"]),
            native: in_state(&["native"]),
            bulk_imported: in_state(&["bulk_imported"]),
            today: moves.0.unsigned_abs(),
            last_hour: moves.1.unsigned_abs(),
            failed: failures.into_iter().map(|(code, count)| (code, count.unsigned_abs())).collect(),
            first_migration_at: moves.2.map(|at| self.time(at)).transpose()?,
            last_migration_at: moves.3.map(|at| self.time(at)).transpose()?,
        })
    }

    /// How many users had moved by when: Unix seconds and totals, oldest first, at most `points` of them.
    pub async fn series(&self, connection: &ConnectionKey, points: usize) -> Result<Vec<(i64, u32)>, StoreError> {
        let points = i64::try_from(points.clamp(1, 10_000)).unwrap_or(10_000);
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "WITH moves AS (SELECT at FROM ledger WHERE workspace = ?1 AND connection = ?2 AND kind = ?3),
                  span AS (SELECT min(at) AS first, max(at) - min(at) + 1 AS width FROM moves)
             SELECT max(at), count(*) FROM moves, span GROUP BY (at - first) * ?4 / width ORDER BY 1",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(MIGRATED)
        .bind(points)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        let mut total = 0u32;
        Ok(rows
            .into_iter()
            .map(|(at, count)| {
                total = total.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
                (at.div_euclid(1000), total)
            })
            .collect())
    }
}
