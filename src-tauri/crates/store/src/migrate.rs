//! Moving a user: the row and its ledger entry are written together or not at all (contract §9.1 step 4).

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sqlx::{Sqlite, Transaction};

use crate::ledger::{Line, MIGRATED, SHADOW};
use crate::users::Row;
use crate::{ConnectionKey, LoginFacts, MigrateError, Store, StoreError, StoredUser, UserState};

/// Fields that are no part of a kept profile: factors are enrolled apart, tokens and passwords are nobody's to keep.
const NOT_KEPT: [&str; 5] = ["mfa_factors", "access_token", "refresh_token", "password", "password_hash"];

/// A profile in the shape the user store keeps it.
struct Kept {
    user_id: String,
    email: Option<String>,
    username: Option<String>,
    phone_number: Option<String>,
    profile: String,
}

impl Kept {
    /// Checks a profile as the platform would (contract §6.2); lower-cases when the user moves (contract §21 O32).
    fn of(profile: &Value, moves: bool) -> Result<Kept, MigrateError> {
        let mut fields = profile.as_object().cloned().ok_or(MigrateError::NoProfile)?;
        let user_id = contract::profile::user_id(profile).ok_or(MigrateError::NoUserId)?;
        if user_id.chars().count() > 255 || user_id.contains(char::is_whitespace) {
            return Err(MigrateError::BadUserId { user_id });
        }
        for name in NOT_KEPT {
            fields.shift_remove(name);
        }
        for name in ["email", "username"] {
            if let Some(Value::String(text)) = fields.get_mut(name)
                && moves
            {
                *text = text.trim().to_lowercase();
            }
        }
        let text =
            |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let (email, username, phone_number) = (text("email"), text("username"), text("phone_number"));
        if let Some(email) = &email
            && (email.chars().count() > 254 || email.split('@').next().is_some_and(|local| local.chars().count() > 64))
        {
            return Err(MigrateError::EmailTooLong { email: email.clone() });
        }
        fields.insert("user_id".to_owned(), Value::String(user_id.clone()));
        Ok(Kept { user_id, email, username, phone_number, profile: Value::Object(fields).to_string() })
    }
}

impl Store {
    /// Moves a user: keeps the profile with a hash of the typed password and writes the ledger line, in one transaction.
    ///
    /// A user who has moved already stays as first moved and is not counted again. Refusals are for the caller to record.
    pub async fn migrate(
        &self,
        connection: &ConnectionKey,
        profile: &Value,
        password: &SecretString,
        login: &LoginFacts,
    ) -> Result<StoredUser, MigrateError> {
        let kept = Kept::of(profile, true)?;
        // Asked before hashing, which is slow, and again under the write lock, which decides.
        if let Some(moved) = self.moved(connection, &kept.user_id).await? {
            return Ok(moved);
        }
        let bytes = password.expose_secret().len();
        if bytes == 0 || bytes > 72 {
            return Err(MigrateError::PasswordLength { bytes });
        }
        let hash = self.hash(&kept.user_id, password).await?;
        let mut write = self.write().await?;
        if let Some(row) = self.row(&mut write, connection, &kept.user_id).await?
            && row.password_hash.is_some()
        {
            return Ok(self.user(row)?);
        }
        self.refuse_duplicates(&mut write, connection, &kept).await?;
        let at = login.at.as_millisecond();
        self.put(&mut write, connection, &kept, UserState::Migrated, Some(&hash), at).await?;
        let line = Line {
            at,
            kind: MIGRATED.to_owned(),
            user_id: Some(kept.user_id.clone()),
            identifier: Some(login.identifier.clone()),
            code: Some("s".to_owned()),
            reason: None,
            duration_ms: Some(login.duration_ms),
        };
        self.write_line(&mut write, connection, &line).await?;
        self.committed(write, connection, &kept.user_id).await
    }

    /// Keeps or refreshes the profile of a user who logged in while import is off: the user does not move, and the
    /// e-mail keeps its case. A user who has moved stays as moved.
    pub async fn keep_profile(&self, connection: &ConnectionKey, profile: &Value) -> Result<StoredUser, MigrateError> {
        let kept = Kept::of(profile, false)?;
        let at = Timestamp::now().as_millisecond();
        let mut write = self.write().await?;
        let before = self.row(&mut write, connection, &kept.user_id).await?;
        let is_new = before.is_none();
        if let Some(row) = before
            && row.password_hash.is_some()
        {
            return Ok(self.user(row)?);
        }
        self.refuse_duplicates(&mut write, connection, &kept).await?;
        self.put(&mut write, connection, &kept, UserState::Shadow, None, at).await?;
        if is_new {
            let line = Line { at, kind: SHADOW.to_owned(), user_id: Some(kept.user_id.clone()), ..Line::default() };
            self.write_line(&mut write, connection, &line).await?;
        }
        self.committed(write, connection, &kept.user_id).await
    }

    async fn hash(&self, user_id: &str, password: &SecretString) -> Result<SecretString, StoreError> {
        let failed = |detail: String| StoreError::Hash { user_id: user_id.to_owned(), detail };
        let (password, cost) = (password.clone(), self.hash_cost);
        tokio::task::spawn_blocking(move || bcrypt::hash(password.expose_secret(), cost))
            .await
            .map_err(|error| failed(error.to_string()))?
            .map(SecretString::from)
            .map_err(|error| failed(error.to_string()))
    }

    async fn moved(&self, connection: &ConnectionKey, user_id: &str) -> Result<Option<StoredUser>, StoreError> {
        let mut read = self.pool.acquire().await.map_err(|error| self.failed(error))?;
        let row = self.row(&mut read, connection, user_id).await?.filter(|row| row.password_hash.is_some());
        row.map(|row| self.user(row)).transpose()
    }

    async fn row(
        &self,
        on: &mut sqlx::SqliteConnection,
        connection: &ConnectionKey,
        user_id: &str,
    ) -> Result<Option<Row>, StoreError> {
        sqlx::query_as(
            "SELECT user_id, state, email, username, phone_number, profile, password_hash, created_at, migrated_at FROM users
             WHERE workspace = ? AND connection = ? AND user_id = ?",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(user_id)
        .fetch_optional(on)
        .await
        .map_err(|error| self.failed(error))
    }

    /// E-mail, username and phone number are unique per connection (contract §6.4).
    async fn refuse_duplicates(
        &self,
        on: &mut sqlx::SqliteConnection,
        connection: &ConnectionKey,
        kept: &Kept,
    ) -> Result<(), MigrateError> {
        let fields = [
            (
                "email",
                &kept.email,
                "SELECT user_id FROM users WHERE workspace = ? AND connection = ? AND email = ? AND user_id <> ?",
            ),
            (
                "username",
                &kept.username,
                "SELECT user_id FROM users WHERE workspace = ? AND connection = ? AND username = ? AND user_id <> ?",
            ),
            (
                "phone_number",
                &kept.phone_number,
                "SELECT user_id FROM users WHERE workspace = ? AND connection = ? AND phone_number = ? AND user_id <> ?",
            ),
        ];
        for (field, value, question) in fields {
            let Some(value) = value else { continue };
            let holder: Option<(String,)> = sqlx::query_as(question)
                .bind(&connection.workspace)
                .bind(&connection.connection)
                .bind(value)
                .bind(&kept.user_id)
                .fetch_optional(&mut *on)
                .await
                .map_err(|error| self.failed(error))?;
            if let Some((held_by,)) = holder {
                return Err(MigrateError::Duplicate { field, value: value.clone(), held_by });
            }
        }
        Ok(())
    }

    async fn put(
        &self,
        on: &mut sqlx::SqliteConnection,
        connection: &ConnectionKey,
        kept: &Kept,
        state: UserState,
        hash: Option<&SecretString>,
        at: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO users (workspace, connection, user_id, state, email, username, phone_number, profile, password_hash,
                                created_at, updated_at, migrated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, CASE WHEN ?9 IS NOT NULL THEN ?10 END)
             ON CONFLICT (workspace, connection, user_id) DO UPDATE SET
                 state = excluded.state, email = excluded.email, username = excluded.username,
                 phone_number = excluded.phone_number, profile = excluded.profile, password_hash = excluded.password_hash,
                 updated_at = excluded.updated_at, migrated_at = excluded.migrated_at",
        )
        .bind(&connection.workspace)
        .bind(&connection.connection)
        .bind(&kept.user_id)
        .bind(self.word(state)?)
        .bind(&kept.email)
        .bind(&kept.username)
        .bind(&kept.phone_number)
        .bind(&kept.profile)
        .bind(hash.map(|hash| hash.expose_secret()))
        .bind(at)
        .execute(on)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    async fn committed(
        &self,
        mut write: Transaction<'static, Sqlite>,
        connection: &ConnectionKey,
        user_id: &str,
    ) -> Result<StoredUser, MigrateError> {
        let row = self
            .row(&mut write, connection, user_id)
            .await?
            .ok_or_else(|| self.unreadable(format!("user {user_id}"), "the row is not there after writing it"))?;
        write.commit().await.map_err(|error| self.failed(error))?;
        Ok(self.user(row)?)
    }
}
