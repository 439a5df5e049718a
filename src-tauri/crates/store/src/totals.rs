//! How many users the legacy store has, as last counted.

use jiff::Timestamp;

use crate::{ConnectionKey, Store, StoreError};

/// A count of the legacy store's users, with its source and age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyTotal {
    /// The number.
    pub value: u64,
    /// Who counted, e.g. `count_users.js`.
    pub source: String,
    /// When.
    pub taken_at: Timestamp,
}

impl Store {
    /// Keeps a count, in place of the one before.
    pub async fn set_legacy_total(
        &self,
        connection: &ConnectionKey,
        value: u64,
        source: &str,
    ) -> Result<(), StoreError> {
        let stored = i64::try_from(value).map_err(|error| self.unreadable(format!("legacy total {value}"), error))?;
        sqlx::query(
            "INSERT INTO legacy_totals (workspace, connection, value, source, taken_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET value = excluded.value, source = excluded.source, taken_at = excluded.taken_at",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(stored)
        .bind(source)
        .bind(Timestamp::now().as_millisecond())
        .execute(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// The last count, if anybody ever counted.
    pub async fn legacy_total(&self, connection: &ConnectionKey) -> Result<Option<LegacyTotal>, StoreError> {
        let row: Option<(i64, String, i64)> =
            sqlx::query_as("SELECT value, source, taken_at FROM legacy_totals WHERE workspace = ? AND connection = ?")
                .bind(&connection.workspace)
                .bind(&connection.connection)
                .fetch_optional(&self.pool)
                .await
                .map_err(|error| self.failed(error))?;
        row.map(|(value, source, taken_at)| {
            let value = u64::try_from(value).map_err(|error| self.unreadable("legacy total", error))?;
            Ok(LegacyTotal { value, source, taken_at: self.time(taken_at)? })
        })
        .transpose()
    }
}
