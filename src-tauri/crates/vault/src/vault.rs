//! The vault: one door to the secrets of a workspace, whichever backend keeps them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::VaultError;
use crate::fingerprint::FingerprintKey;

/// Where the admin wants secrets kept. Chosen by name, kept per machine, never changed silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// The OS keychain.
    #[default]
    Keychain,
    /// A file sealed with a passphrase.
    SealedFile,
    /// Nowhere: values are asked for and live in memory.
    AskEachTime,
}

/// State of the vault as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultStatus {
    /// `keychain`, `sealed_file`, `ask_each_time`, `environment`, `memory`.
    pub backend: String,
    /// `unlocked`, `locked`, `denied`, `absent`, `slow`, `failed`.
    pub state: String,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What is known of one secret without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// It has a value.
    Set,
    /// It has none.
    Missing,
    /// It was set, and the keychain no longer has it.
    LostEntry,
    /// The vault cannot be read now.
    Unknown,
}

impl SecretState {
    /// The serialised word, e.g. `lost_entry`.
    pub fn word(self) -> &'static str {
        match self {
            SecretState::Set => "set",
            SecretState::Missing => "missing",
            SecretState::LostEntry => "lost_entry",
            SecretState::Unknown => "unknown",
        }
    }
}

/// A secret as it may be shown: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretEntry {
    /// Its name.
    pub name: String,
    /// Whether it has a value.
    pub state: SecretState,
    /// When it was set, RFC 3339; none for values from the environment.
    pub set_at: Option<String>,
    /// Keyed fingerprint of the value, e.g. `7f3a91c0`.
    pub fingerprint: Option<String>,
}

/// The secrets of a workspace on this machine. Clones share one state.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    /// Values given for this process only, by connection and name.
    provided: Mutex<BTreeMap<(String, String), Kept>>,
    key: FingerprintKey,
}

enum Backend {
    Environment { prefix: String },
    Memory,
}

struct Kept {
    value: SecretString,
    entry: SecretEntry,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault of a workspace, with the backend the admin chose on this machine (the OS keychain by default).
    pub async fn open(_data_dir: &Path, _workspace_id: &str) -> Result<Vault, VaultError> {
        Err(VaultError::Absent { detail: "the keychain backend is not built in".to_owned() })
    }

    /// Secrets from environment variables `PREFIX` + `NAME`, for CI. They cannot be changed.
    pub fn from_environment(prefix: &str) -> Vault {
        Vault::with(Backend::Environment { prefix: prefix.to_owned() })
    }

    /// A vault in memory, for tests.
    pub fn in_memory() -> Vault {
        Vault::with(Backend::Memory)
    }

    fn with(backend: Backend) -> Vault {
        let key = FingerprintKey::random().expect("every supported system gives random numbers");
        Vault { inner: Arc::new(Inner { backend, provided: Mutex::default(), key }) }
    }

    /// Chooses where secrets are kept on this machine from now on. Values do not move with the choice.
    pub async fn choose(&self, _choice: BackendChoice, _passphrase: Option<SecretString>) -> Result<(), VaultError> {
        Err(self.read_only("the choice"))
    }

    /// Opens the sealed file with its passphrase.
    pub async fn unlock(&self, _passphrase: SecretString) -> Result<(), VaultError> {
        Ok(())
    }

    /// The state of the backend, found out without prompting anybody.
    pub async fn state(&self) -> VaultStatus {
        let backend = match &self.inner.backend {
            Backend::Environment { .. } => "environment",
            Backend::Memory => "memory",
        };
        VaultStatus { backend: backend.to_owned(), state: "unlocked".to_owned(), message: "Secrets can be read.".to_owned(), hint: None }
    }

    /// Keeps a value.
    pub async fn set(&self, connection: &str, name: &str, value: SecretString) -> Result<SecretEntry, VaultError> {
        match &self.inner.backend {
            Backend::Environment { .. } => Err(self.read_only(name)),
            Backend::Memory => Ok(self.keep(connection, name, value)),
        }
    }

    /// The value, for the run that needs it.
    pub async fn get(&self, connection: &str, name: &str) -> Result<SecretString, VaultError> {
        if let Some(kept) = self.provided().get(&(connection.to_owned(), name.to_owned())) {
            return Ok(kept.value.clone());
        }
        if let Backend::Environment { prefix } = &self.inner.backend
            && let Ok(value) = std::env::var(format!("{prefix}{name}"))
        {
            return Ok(SecretString::from(value));
        }
        Err(VaultError::Missing { connection: connection.to_owned(), name: name.to_owned() })
    }

    /// Forgets a value. Forgetting what is not there is no error.
    pub async fn remove(&self, connection: &str, name: &str) -> Result<(), VaultError> {
        self.provided().remove(&(connection.to_owned(), name.to_owned()));
        Ok(())
    }

    /// The secrets of a connection, by name.
    pub async fn entries(&self, connection: &str) -> Result<Vec<SecretEntry>, VaultError> {
        Ok(self.provided().iter().filter(|((of, _), _)| of == connection).map(|(_, kept)| kept.entry.clone()).collect())
    }

    /// Gives a value for this process only.
    pub async fn provide(&self, connection: &str, name: &str, value: SecretString) {
        self.keep(connection, name, value);
    }

    fn keep(&self, connection: &str, name: &str, value: SecretString) -> SecretEntry {
        let entry = SecretEntry {
            name: name.to_owned(),
            state: SecretState::Set,
            set_at: Some(jiff::Timestamp::now().to_string()),
            fingerprint: Some(self.inner.key.of(&value)),
        };
        let kept = Kept { value, entry: entry.clone() };
        self.provided().insert((connection.to_owned(), name.to_owned()), kept);
        entry
    }

    fn provided(&self) -> MutexGuard<'_, BTreeMap<(String, String), Kept>> {
        self.inner.provided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_only(&self, name: &str) -> VaultError {
        let backend = match &self.inner.backend {
            Backend::Environment { .. } => "the environment",
            Backend::Memory => "memory",
        };
        VaultError::ReadOnly { backend, name: name.to_owned() }
    }
}
