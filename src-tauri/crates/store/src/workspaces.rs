//! Workspaces that were open before.

use jiff::Timestamp;

use crate::{Store, StoreError};

/// How many are listed.
const LISTED: i64 = 20;

impl Store {
    /// Notes that a workspace was opened.
    pub async fn remember_workspace(&self, path: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO workspaces (path, opened_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET opened_at = excluded.opened_at")
            .bind(path)
            .bind(Timestamp::now().as_microsecond())
            .execute(&self.pool)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Paths of workspaces opened before, latest first.
    pub async fn recent_workspaces(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT path FROM workspaces ORDER BY opened_at DESC LIMIT ?")
            .bind(LISTED)
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(rows.into_iter().map(|(path,)| path).collect())
    }
}
