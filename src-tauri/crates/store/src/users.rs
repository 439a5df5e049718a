//! The rehearsal user store: where migrated users live until a tenant takes them (contract §9.8).

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;

use crate::{ConnectionKey, Store, StoreError};

/// What the user store holds of a user (contract §9.8). A user without a row is legacy-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Logged in while import was off: a profile, no password.
    Shadow,
    /// The move broke half-way: a record nobody can log in with.
    Partial,
    /// The reset is finished, the first login is not.
    ResetPending,
    /// Moved, but the flow was cut off before the metadata was written.
    MigratedWithoutMetadata,
    /// Moved.
    Migrated,
    /// Signed up here; the legacy store never knew the user.
    Native,
    /// Came with a bulk import.
    BulkImported,
}

/// A user of the rehearsal user store.
#[derive(Debug, Clone)]
pub struct StoredUser {
    /// The id the script returned, without `auth0|`.
    pub user_id: String,
    /// How much of the user is here.
    pub state: UserState,
    /// E-mail, lower-cased unless the user came while import was off (contract §21 O32).
    pub email: Option<String>,
    /// Username, lower-cased likewise.
    pub username: Option<String>,
    /// Phone number.
    pub phone_number: Option<String>,
    /// The profile as it is kept.
    pub profile: Value,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the user moved.
    pub migrated_at: Option<Timestamp>,
    pub(crate) hash: Option<SecretString>,
}

impl StoredUser {
    /// Whether the user store can check this user's password itself, so that the legacy store is not asked (contract §9.1).
    pub fn has_password(&self) -> bool {
        self.hash.is_some()
    }
}

#[derive(FromRow)]
pub(crate) struct Row {
    pub(crate) user_id: String,
    pub(crate) state: String,
    pub(crate) email: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) profile: String,
    pub(crate) password_hash: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) migrated_at: Option<i64>,
}

impl Store {
    /// The user with this e-mail, username or phone number. A user who can log in here comes before a mere profile.
    pub async fn find_user(
        &self,
        connection: &ConnectionKey,
        identifier: &str,
    ) -> Result<Option<StoredUser>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT user_id, state, email, username, phone_number, profile, password_hash, created_at, migrated_at FROM users
             WHERE workspace = ?1 AND connection = ?2 AND (email IN (?3, ?4) OR username IN (?3, ?4) OR phone_number = ?3)
             ORDER BY password_hash IS NULL, email IS ?3 DESC, email IS ?4 DESC, username IN (?3, ?4) DESC LIMIT 1",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(identifier.trim())
        .bind(identifier.trim().to_lowercase())
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        row.map(|row| self.user(row)).transpose()
    }

    /// Whether this is the user's password. A user without a hash has none that matches.
    pub async fn check_password(&self, user: &StoredUser, password: &SecretString) -> Result<bool, StoreError> {
        let Some(hash) = user.hash.clone() else { return Ok(false) };
        let password = password.clone();
        let failed = |detail: String| StoreError::Hash { user_id: user.user_id.clone(), detail };
        // bcrypt reads 72 bytes; a longer password was never stored, so it cannot be this one.
        if password.expose_secret().len() > 72 {
            return Ok(false);
        }
        tokio::task::spawn_blocking(move || bcrypt::verify(password.expose_secret(), hash.expose_secret()))
            .await
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))
    }

    pub(crate) fn user(&self, row: Row) -> Result<StoredUser, StoreError> {
        let profile = serde_json::from_str(&row.profile)
            .map_err(|error| self.unreadable(format!("profile of user {}", row.user_id), error))?;
        Ok(StoredUser {
            state: self.parsed(row.state)?,
            email: row.email,
            username: row.username,
            phone_number: row.phone_number,
            profile,
            created_at: self.time(row.created_at)?,
            migrated_at: row.migrated_at.map(|at| self.time(at)).transpose()?,
            hash: row.password_hash.map(SecretString::from),
            user_id: row.user_id,
        })
    }
}
