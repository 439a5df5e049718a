//! The vault: one door to the secrets of a workspace, whichever backend keeps them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::VaultError;
use crate::catalog::{Catalog, Place};
use crate::files::Folder;
use crate::fingerprint::FingerprintKey;
use crate::keychain::Keychain;
use crate::sealed_file::SealedFile;

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
    /// `unlocked`, or the code of the error that stands in the way: `locked`, `denied`, `absent`, `slow`, `failed`.
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
    workspace: String,
    folder: Option<Folder>,
    backend: RwLock<Backend>,
    /// Values given for this process only, by connection and name. They go before kept ones.
    given: Mutex<BTreeMap<(String, String), Given>>,
    /// Key of the fingerprints of given values: they live as long as the process, and so does it.
    key: FingerprintKey,
}

#[derive(Clone)]
enum Backend {
    Keychain(Arc<Keychain>),
    SealedFile(Arc<SealedFile>),
    AskEachTime,
    Environment { prefix: String },
    Memory,
}

struct Given {
    value: SecretString,
    entry: SecretEntry,
}

const CHOICE: &str = "choice.json";

/// The admin's choice as it is kept.
#[derive(Default, Serialize, Deserialize)]
struct Choice {
    backend: BackendChoice,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault of a workspace, with the backend the admin chose on this machine (the OS keychain by default). Asks
    /// nothing of the keychain yet.
    pub async fn open(data_dir: &Path, workspace_id: &str) -> Result<Vault, VaultError> {
        let folder = Folder::of(data_dir);
        let choice: Choice = match folder.read(CHOICE)? {
            None => Choice::default(),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| folder.damaged(CHOICE, error))?,
        };
        let backend = Backend::chosen(choice.backend, &folder);
        Vault::with(workspace_id, Some(folder), backend)
    }

    /// Secrets from environment variables `PREFIX` + `NAME`, for CI. They cannot be changed.
    pub fn from_environment(prefix: &str) -> Vault {
        Vault::with("", None, Backend::Environment { prefix: prefix.to_owned() })
            .expect("every supported system gives random numbers")
    }

    /// A vault in memory, for tests.
    pub fn in_memory() -> Vault {
        Vault::with("", None, Backend::Memory).expect("every supported system gives random numbers")
    }

    fn with(workspace: &str, folder: Option<Folder>, backend: Backend) -> Result<Vault, VaultError> {
        let inner = Inner {
            workspace: workspace.to_owned(),
            folder,
            backend: RwLock::new(backend),
            given: Mutex::default(),
            key: FingerprintKey::random()?,
        };
        Ok(Vault { inner: Arc::new(inner) })
    }

    /// Chooses where secrets are kept on this machine from now on. Values do not move with the choice. The sealed file
    /// needs its passphrase, a new one when there is no file yet.
    pub async fn choose(&self, choice: BackendChoice, passphrase: Option<SecretString>) -> Result<(), VaultError> {
        let Some(folder) = self.inner.folder.clone() else { return Err(self.read_only("the choice")) };
        let backend = Backend::chosen(choice, &folder);
        if let Backend::SealedFile(file) = &backend {
            let what = || VaultError::NeedsValue { what: "the passphrase of the sealed file".to_owned() };
            let (file, passphrase) = (file.clone(), passphrase.ok_or_else(what)?);
            off_thread(move || file.unlock(&passphrase)).await?;
        }
        let bytes =
            serde_json::to_vec_pretty(&Choice { backend: choice }).map_err(|error| folder.damaged(CHOICE, error))?;
        off_thread(move || folder.write(CHOICE, &bytes)).await?;
        *self.inner.backend.write().unwrap_or_else(PoisonError::into_inner) = backend;
        Ok(())
    }

    /// Opens the sealed file with its passphrase. Other backends have nothing to open.
    pub async fn unlock(&self, passphrase: SecretString) -> Result<(), VaultError> {
        match self.backend() {
            Backend::SealedFile(file) => off_thread(move || file.unlock(&passphrase)).await,
            _ => Ok(()),
        }
    }

    /// The state of the backend, found out without prompting anybody where the system allows that.
    pub async fn state(&self) -> VaultStatus {
        let backend = self.backend();
        let (problem, message) = match &backend {
            Backend::Keychain(keychain) => (keychain.look().await.err(), "Secrets are kept in the system's keychain."),
            Backend::SealedFile(file) if !file.is_unlocked() => (Some(VaultError::Locked { store: "sealed file" }), ""),
            Backend::SealedFile(_) => (None, "Secrets are kept in a sealed file, which is open."),
            Backend::AskEachTime => (None, "Secrets are kept nowhere: they are asked for and live in memory."),
            Backend::Environment { .. } => (None, "Secrets come from environment variables."),
            Backend::Memory => (None, "Secrets live in memory."),
        };
        let (state, message, hint) = match problem {
            None => ("unlocked", message.to_owned(), None),
            Some(error) => (error.code(), sentence(&error.to_string()), Some(error.hint())),
        };
        VaultStatus { backend: backend.word().to_owned(), state: state.to_owned(), message, hint }
    }

    /// Keeps a value.
    pub async fn set(&self, connection: &str, name: &str, value: SecretString) -> Result<SecretEntry, VaultError> {
        let place = self.place(connection, name);
        let entry = match self.backend() {
            Backend::Keychain(keychain) => keychain.set(&place, value).await?,
            Backend::SealedFile(file) => off_thread(move || file.set(&place, &value)).await?,
            Backend::Memory => return Ok(self.give(connection, name, value)),
            Backend::AskEachTime | Backend::Environment { .. } => return Err(self.read_only(name)),
        };
        // What was given for this process is older than what was kept now.
        self.given().remove(&key(connection, name));
        Ok(entry)
    }

    /// The value, for the run that needs it.
    pub async fn get(&self, connection: &str, name: &str) -> Result<SecretString, VaultError> {
        if let Some(given) = self.given().get(&key(connection, name)) {
            return Ok(given.value.clone());
        }
        let place = self.place(connection, name);
        match self.backend() {
            Backend::Keychain(keychain) => keychain.get(&place).await,
            Backend::SealedFile(file) => off_thread(move || file.get(&place)).await,
            Backend::AskEachTime => Err(VaultError::NeedsValue { what: format!("the value of {name}") }),
            Backend::Environment { prefix } => from_environment(&prefix, name).ok_or_else(|| place.missing()),
            Backend::Memory => Err(place.missing()),
        }
    }

    /// Forgets a value. Forgetting what is not there is no error.
    pub async fn remove(&self, connection: &str, name: &str) -> Result<(), VaultError> {
        let place = self.place(connection, name);
        match self.backend() {
            Backend::Keychain(keychain) => keychain.remove(&place).await?,
            Backend::SealedFile(file) => off_thread(move || file.remove(&place)).await?,
            Backend::Environment { .. } => return Err(self.read_only(name)),
            Backend::AskEachTime | Backend::Memory => {}
        }
        self.given().remove(&key(connection, name));
        Ok(())
    }

    /// The secrets of a connection, by name. The environment says only which variables there are, for any connection.
    pub async fn entries(&self, connection: &str) -> Result<Vec<SecretEntry>, VaultError> {
        let mut entries = match self.backend() {
            Backend::Keychain(keychain) => keychain.entries(&self.inner.workspace, connection).await?,
            Backend::SealedFile(file) => {
                let (workspace, connection) = (self.inner.workspace.clone(), connection.to_owned());
                off_thread(move || file.entries(&workspace, &connection)).await?
            }
            Backend::Environment { prefix } => self.environment_entries(&prefix),
            Backend::AskEachTime | Backend::Memory => vec![],
        };
        for ((_, name), given) in self.given().iter().filter(|((of, _), _)| of == connection) {
            entries.retain(|entry| entry.name != *name);
            entries.push(given.entry.clone());
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn environment_entries(&self, prefix: &str) -> Vec<SecretEntry> {
        let names =
            std::env::vars_os().filter_map(|(variable, _)| Some(variable.to_str()?.strip_prefix(prefix)?.to_owned()));
        names
            .filter(|name| !name.is_empty())
            .filter_map(|name| {
                let value = from_environment(prefix, &name)?;
                let fingerprint = Some(self.inner.key.of(&value));
                Some(SecretEntry { name, state: SecretState::Set, set_at: None, fingerprint })
            })
            .collect()
    }

    /// Gives a value for this process only; it goes before a kept one.
    pub async fn provide(&self, connection: &str, name: &str, value: SecretString) {
        self.give(connection, name, value);
    }

    fn give(&self, connection: &str, name: &str, value: SecretString) -> SecretEntry {
        let entry = SecretEntry {
            name: name.to_owned(),
            state: SecretState::Set,
            set_at: Some(jiff::Timestamp::now().to_string()),
            fingerprint: Some(self.inner.key.of(&value)),
        };
        self.given().insert(key(connection, name), Given { value, entry: entry.clone() });
        entry
    }

    fn given(&self) -> MutexGuard<'_, BTreeMap<(String, String), Given>> {
        self.inner.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn backend(&self) -> Backend {
        self.inner.backend.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn place(&self, connection: &str, name: &str) -> Place {
        Place { workspace: self.inner.workspace.clone(), connection: connection.to_owned(), name: name.to_owned() }
    }

    fn read_only(&self, name: &str) -> VaultError {
        let backend = match self.backend() {
            Backend::AskEachTime => "asking each time",
            Backend::Environment { .. } => "the environment",
            _ => "this vault",
        };
        VaultError::ReadOnly { backend, name: name.to_owned() }
    }
}

impl Backend {
    fn chosen(choice: BackendChoice, folder: &Folder) -> Backend {
        let catalog = Catalog::new(folder.clone(), choice);
        match choice {
            BackendChoice::Keychain => Backend::Keychain(Arc::new(Keychain::new(folder.clone(), catalog))),
            BackendChoice::SealedFile => Backend::SealedFile(Arc::new(SealedFile::new(folder.clone(), catalog))),
            BackendChoice::AskEachTime => Backend::AskEachTime,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Backend::Keychain(_) => "keychain",
            Backend::SealedFile(_) => "sealed_file",
            Backend::AskEachTime => "ask_each_time",
            Backend::Environment { .. } => "environment",
            Backend::Memory => "memory",
        }
    }
}

fn key(connection: &str, name: &str) -> (String, String) {
    (connection.to_owned(), name.to_owned())
}

fn from_environment(prefix: &str, name: &str) -> Option<SecretString> {
    std::env::var(format!("{prefix}{name}"))
        .ok()
        .map(SecretString::from)
        .filter(|value| !value.expose_secret().is_empty())
}

/// File work and key derivation, away from the threads that serve everybody.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let stopped = |error: tokio::task::JoinError| VaultError::Failed { detail: error.to_string() };
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
