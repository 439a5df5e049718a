//! Secrets in the OS keychain: Secret Service, Keychain or Credential Manager, through the keyring project's crates.
//!
//! Values the platform finds too large go into a sealed file whose key is in the keychain.

mod platform;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use age::x25519::Identity;
use keyring_core::{CredentialStore, Error};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::catalog::{Catalog, Place};
use crate::files::Folder;
use crate::fingerprint::FingerprintKey;
use crate::seal;
use crate::vault::{SecretEntry, SecretState};
use worker::{Failure, Open, Worker};

/// How long the keychain may take, as seen by whoever waits.
const LIMIT: Duration = Duration::from_secs(3);

/// No secret is larger than this; a larger value is a mistake.
const LARGEST: usize = 64 * 1024;

const FINGERPRINT_KEY: &str = "fingerprint-key";
const FILE_KEY: &str = "file-key";

/// The OS keychain, for one data folder.
pub(crate) struct Keychain {
    worker: Worker,
    folder: Folder,
    catalog: Catalog,
}

impl Keychain {
    /// The system's keychain. Nothing is asked of it yet.
    pub(crate) fn new(folder: Folder, catalog: Catalog) -> Keychain {
        Keychain::reached_by(Arc::new(platform::open), LIMIT, folder, catalog)
    }

    fn reached_by(open: Open, limit: Duration, folder: Folder, catalog: Catalog) -> Keychain {
        Keychain { worker: Worker::new(open, limit), folder, catalog }
    }

    /// Fails when the keychain cannot be read now. Prompts nobody where the system allows that.
    pub(crate) async fn look(&self) -> Result<(), VaultError> {
        self.worker.ask("any secret", false, platform::look).await
    }

    pub(crate) async fn set(&self, place: &Place, value: SecretString) -> Result<SecretEntry, VaultError> {
        let bytes = value.expose_secret().len();
        if bytes > LARGEST {
            return Err(VaultError::TooLong { name: place.name.clone(), bytes, limit: LARGEST });
        }
        let (folder, catalog, to) = (self.folder.clone(), self.catalog.clone(), place.clone());
        let keep = move |store: &CredentialStore| {
            let fingerprint = fingerprint_key(store)?.of(&value);
            let entry = entry(store, &to)?;
            let in_file = match entry.set_secret(value.expose_secret().as_bytes()) {
                Ok(()) => {
                    folder.remove(&file_of(&to))?;
                    false
                }
                Err(Error::TooLong(..)) => {
                    let key = file_key(store)?;
                    let sealed = seal::seal(&key, value.expose_secret().as_bytes())
                        .map_err(|error| folder.damaged(&file_of(&to), error))?;
                    folder.write(&file_of(&to), &sealed)?;
                    forget(&entry)?;
                    true
                }
                Err(error) => return Err(error.into()),
            };
            Ok(catalog.put(&to, fingerprint, in_file)?.entry(SecretState::Set))
        };
        self.worker.ask(&place.name, true, keep).await
    }

    pub(crate) async fn get(&self, place: &Place) -> Result<SecretString, VaultError> {
        let (folder, catalog, from) = (self.folder.clone(), self.catalog.clone(), place.clone());
        let read = move |store: &CredentialStore| {
            // The catalog is not needed to read: a damaged one must not lock anybody out.
            let known = catalog.find(&from).unwrap_or_else(|error| {
                tracing::warn!(%error, "the vault's catalog cannot be read");
                None
            });
            let bytes = if known.as_ref().is_some_and(|known| known.in_file) {
                read_file(store, &folder, &from)?
            } else {
                match entry(store, &from)?.get_secret() {
                    Ok(bytes) => Some(Zeroizing::new(bytes)),
                    Err(Error::NoEntry) => None,
                    Err(error) => return Err(error.into()),
                }
            };
            match (bytes, known) {
                (Some(bytes), _) => Ok(std::str::from_utf8(&bytes).map(SecretString::from).map_err(|_| {
                    VaultError::Failed { detail: format!("the entry {} is not one of ours", from.name) }
                })?),
                (None, None) => Err(from.missing().into()),
                (None, Some(known)) => Err(VaultError::LostEntry {
                    connection: from.connection.clone(),
                    name: from.name.clone(),
                    set_at: known.set_at,
                    store: "keychain",
                }
                .into()),
            }
        };
        self.worker.ask(&place.name, false, read).await
    }

    pub(crate) async fn remove(&self, place: &Place) -> Result<(), VaultError> {
        let (folder, catalog, from) = (self.folder.clone(), self.catalog.clone(), place.clone());
        let remove = move |store: &CredentialStore| {
            forget(&entry(store, &from)?)?;
            folder.remove(&file_of(&from))?;
            Ok(catalog.remove(&from)?)
        };
        self.worker.ask(&place.name, true, remove).await
    }

    /// The secrets of a connection. What the keychain does not say now is unknown, which is no error: names and dates are known.
    pub(crate) async fn entries(&self, workspace: &str, connection: &str) -> Result<Vec<SecretEntry>, VaultError> {
        let known = self.catalog.of(workspace, connection)?;
        if known.is_empty() {
            return Ok(vec![]);
        }
        let (folder, listed) = (self.folder.clone(), known.clone());
        let look = move |store: &CredentialStore| {
            platform::look(store)?;
            let state = |known: &crate::catalog::Known| -> Result<SecretState, Failure> {
                if known.in_file {
                    let there = folder.path(&file_of(&known.place)).is_file();
                    return Ok(if there { SecretState::Set } else { SecretState::LostEntry });
                }
                match entry(store, &known.place)?.get_credential() {
                    Ok(_) => Ok(SecretState::Set),
                    Err(Error::NoEntry) => Ok(SecretState::LostEntry),
                    Err(Error::Ambiguous(_)) => Ok(SecretState::Unknown),
                    Err(error) => Err(error.into()),
                }
            };
            listed.iter().map(|known| Ok(known.entry(state(known)?))).collect::<Result<Vec<_>, Failure>>()
        };
        match self.worker.ask(connection, false, look).await {
            Ok(entries) => Ok(entries),
            Err(error) => {
                tracing::debug!(code = error.code(), "the keychain does not say which secrets it has");
                Ok(known.iter().map(|known| known.entry(SecretState::Unknown)).collect())
            }
        }
    }
}

fn entry(store: &CredentialStore, place: &Place) -> Result<keyring_core::Entry, Failure> {
    let label = format!("{} of {}", place.name, place.connection);
    Ok(platform::entry(store, &place.account(), &label)?)
}

/// Deletes an entry that may not be there.
fn forget(entry: &keyring_core::Entry) -> Result<(), Failure> {
    match entry.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The sealed file of a value that is too large for the keychain. Its name gives nothing away.
fn file_of(place: &Place) -> String {
    format!("{}.age", hex::encode(&Sha256::digest(place.account())[..16]))
}

fn read_file(store: &CredentialStore, folder: &Folder, place: &Place) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let name = file_of(place);
    let Some(sealed) = folder.read(&name)? else { return Ok(None) };
    match key_text(store, FILE_KEY)?.as_deref().and_then(|text| seal::identity_of(text)) {
        // Without its key the file is as good as gone.
        None => Ok(None),
        Some(key) => Ok(Some(seal::open(&key, &sealed).map_err(|error| folder.damaged(&name, error))?)),
    }
}

/// The key of this machine's fingerprints, made on first use.
fn fingerprint_key(store: &CredentialStore) -> Result<FingerprintKey, Failure> {
    if let Some(key) = key_text(store, FINGERPRINT_KEY)?.and_then(|text| FingerprintKey::from_text(&text)) {
        return Ok(key);
    }
    let key = FingerprintKey::random()?;
    platform::entry(store, FINGERPRINT_KEY, "fingerprint key")?.set_secret(key.to_text().as_bytes())?;
    Ok(key)
}

/// The key of the sealed files, made on first use.
fn file_key(store: &CredentialStore) -> Result<Identity, Failure> {
    if let Some(key) = key_text(store, FILE_KEY)?.as_deref().and_then(|text| seal::identity_of(text)) {
        return Ok(key);
    }
    let key = Identity::generate();
    platform::entry(store, FILE_KEY, "file key")?.set_secret(key.to_string().expose_secret().as_bytes())?;
    Ok(key)
}

fn key_text(store: &CredentialStore, account: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    match platform::entry(store, account, account)?.get_secret().map(Zeroizing::new) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
