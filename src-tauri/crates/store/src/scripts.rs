//! Versions of scripts, and typing that is not saved yet.

use jiff::Timestamp;

use crate::{ScriptKey, Store, StoreError};

/// A kept version of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Number, from 1.
    pub version: u32,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// The text.
    pub text: String,
}

/// Typing that was journalled and not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// Fingerprint of the text on disk it began from.
    pub revision: String,
    /// When it was journalled.
    pub kept_at: Timestamp,
}

impl Store {
    /// Keeps a version of a script. The same text twice in a row is one version.
    pub async fn add_version(&self, script: &ScriptKey, text: &str) -> Result<Version, StoreError> {
        let mut write = self.write().await?;
        let newest: Option<(i64, i64, String)> = sqlx::query_as(
            "SELECT version, saved_at, text FROM script_versions
             WHERE workspace = ? AND connection = ? AND file = ? ORDER BY version DESC LIMIT 1",
        )
        .bind(&script.workspace)
        .bind(&script.connection)
        .bind(&script.file)
        .fetch_optional(&mut *write)
        .await
        .map_err(|error| self.failed(error))?;
        let number = match newest {
            Some(same) if same.2 == text => return self.version(same),
            Some((number, ..)) => number + 1,
            None => 1,
        };
        let row = (number, Timestamp::now().as_millisecond(), text.to_owned());
        sqlx::query(
            "INSERT INTO script_versions (workspace, connection, file, version, saved_at, text) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&script.workspace)
        .bind(&script.connection)
        .bind(&script.file)
        .bind(row.0)
        .bind(row.1)
        .bind(text)
        .execute(&mut *write)
        .await
        .map_err(|error| self.failed(error))?;
        write.commit().await.map_err(|error| self.failed(error))?;
        self.version(row)
    }

    /// The versions of a script, newest first.
    pub async fn versions(&self, script: &ScriptKey) -> Result<Vec<Version>, StoreError> {
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(
            "SELECT version, saved_at, text FROM script_versions
             WHERE workspace = ? AND connection = ? AND file = ? ORDER BY version DESC",
        )
        .bind(&script.workspace)
        .bind(&script.connection)
        .bind(&script.file)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        rows.into_iter().map(|row| self.version(row)).collect()
    }

    fn version(&self, (number, saved_at, text): (i64, i64, String)) -> Result<Version, StoreError> {
        let version = u32::try_from(number).map_err(|error| self.unreadable("version number", error))?;
        Ok(Version { version, saved_at: self.time(saved_at)?, text })
    }

    /// Journals typing that is not saved yet; it is on disk when this returns.
    pub async fn keep_draft(&self, script: &ScriptKey, text: &str, revision: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO drafts (workspace, connection, file, text, revision, kept_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET text = excluded.text, revision = excluded.revision, kept_at = excluded.kept_at",
        )
        .bind(&script.workspace)
        .bind(&script.connection)
        .bind(&script.file)
        .bind(text)
        .bind(revision)
        .bind(Timestamp::now().as_millisecond())
        .execute(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// The journalled typing of a script.
    pub async fn draft(&self, script: &ScriptKey) -> Result<Option<Draft>, StoreError> {
        let row: Option<(String, String, i64)> = sqlx::query_as(
            "SELECT text, revision, kept_at FROM drafts WHERE workspace = ? AND connection = ? AND file = ?",
        )
        .bind(&script.workspace)
        .bind(&script.connection)
        .bind(&script.file)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        row.map(|(text, revision, kept_at)| Ok(Draft { text, revision, kept_at: self.time(kept_at)? })).transpose()
    }

    /// Forgets the journalled typing of a script, after a save or when it is thrown away.
    pub async fn drop_draft(&self, script: &ScriptKey) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM drafts WHERE workspace = ? AND connection = ? AND file = ?")
            .bind(&script.workspace)
            .bind(&script.connection)
            .bind(&script.file)
            .execute(&self.pool)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(())
    }
}
