//! Our own data: script versions and drafts, runs, the rehearsal user store, and the ledger of a migration.
//!
//! Everything lives in one SQLite file, `sluice.db`, in the data folder. The window and the command line may have it open
//! at the same time. No secret is ever written here: passwords only as bcrypt hashes of migrated users (contract §9.1),
//! reports only after redaction.
//!
//! This crate knows no script engine, no legacy store and no file format of a workspace.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! # let folder = tempfile::tempdir().unwrap();
//! use store::{ConnectionKey, LoginFacts, Store};
//! let store = Store::open(folder.path()).await?;
//! let users = ConnectionKey::new("workspace-id", "users");
//! let profile = serde_json::json!({"user_id": "7", "email": "Ada@Example.com"});
//! let moved = store.migrate(&users, &profile, &"correct horse".into(), &LoginFacts::now("ada@example.com", 12.0)).await?;
//! assert_eq!(moved.email.as_deref(), Some("ada@example.com"));
//! assert!(store.check_password(&moved, &"correct horse".into()).await?);
//! assert_eq!(store.counts(&users, jiff::Timestamp::now()).await?.migrated, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

mod database;
mod error;
mod key;
mod ledger;
mod migrate;
mod owner;
mod runs;
mod scripts;
mod totals;
mod users;
mod workspaces;

pub use database::Store;
pub use error::{MigrateError, StoreError};
pub use key::{ConnectionKey, ScriptKey};
pub use ledger::{LedgerCounts, LedgerEntry, LedgerKind, LoginFacts};
pub use runs::{NewRun, RunId, RunKind, RunRow};
pub use scripts::{Draft, Version};
pub use totals::LegacyTotal;
pub use users::{StoredUser, UserState};
