//! Secrets: where they are kept, and how they are kept out of everything else (design §5).
//!
//! [`Vault`] keeps values in the OS keychain; a sealed file or asking each time are the admin's explicit choice, never a
//! silent fallback. What can be shown of a secret is its name, its age and a keyed fingerprint ([`SecretEntry`]).
//! [`Redactor`] masks every known value, in the forms programs give it, wherever text leaves a run.
//!
//! This crate knows nothing of connections beyond their names, and no value in it can be serialised or printed.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use vault::{ExposeSecret, Redactor, SecretString, Vault};
//! let vault = Vault::in_memory();
//! vault.set("users", "DB_PASSWORD", SecretString::from("s3cr3t pass")).await?;
//! let value = vault.get("users", "DB_PASSWORD").await?;
//! assert_eq!(value.expose_secret(), "s3cr3t pass");
//! assert_eq!(Redactor::new([value]).redact("?pw=s3cr3t%20pass"), "?pw=[secret]");
//! # Ok::<(), vault::VaultError>(()) }).unwrap();
//! ```

mod catalog;
mod error;
mod files;
mod fingerprint;
mod keychain;
mod redact;
mod seal;
mod sealed_file;
mod vault;

pub use secrecy::{ExposeSecret, SecretString};

pub use error::VaultError;
pub use redact::{MASK, Redactor};
pub use vault::{BackendChoice, SecretEntry, SecretState, Vault, VaultStatus};
