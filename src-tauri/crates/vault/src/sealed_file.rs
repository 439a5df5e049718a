//! Secrets in a file sealed with a passphrase: the admin's choice where there is no keychain.
//!
//! `key.age` holds a key of our own, sealed with the passphrase; `secrets.age` holds the values, sealed with that key. So the
//! slow derivation happens once per unlock, and a change of value needs no passphrase.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use age::DecryptError;
use age::x25519::Identity;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::VaultError;
use crate::catalog::{Catalog, Place};
use crate::files::Folder;
use crate::fingerprint::FingerprintKey;
use crate::seal;
use crate::vault::{SecretEntry, SecretState};

const KEY: &str = "key.age";
const SECRETS: &str = "secrets.age";

/// The sealed file of a data folder.
pub(crate) struct SealedFile {
    folder: Folder,
    catalog: Catalog,
    key: Mutex<Option<Identity>>,
}

/// What lies inside. Private to this module: it is the one place where values are serialised, and only into age.
#[derive(Default, Serialize, Deserialize)]
struct Inside {
    fingerprint_key: String,
    secrets: BTreeMap<String, String>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.fingerprint_key.zeroize();
        self.secrets.values_mut().for_each(Zeroize::zeroize);
    }
}

impl SealedFile {
    pub(crate) fn new(folder: Folder, catalog: Catalog) -> SealedFile {
        SealedFile { folder, catalog, key: Mutex::new(None) }
    }

    pub(crate) fn is_unlocked(&self) -> bool {
        self.key.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Opens the file with its passphrase, or makes it with a new one. Slow by intent.
    pub(crate) fn unlock(&self, passphrase: &SecretString) -> Result<(), VaultError> {
        if passphrase.expose_secret().is_empty() {
            return Err(VaultError::NeedsValue { what: "the passphrase of the sealed file".to_owned() });
        }
        let _lock = self.folder.lock()?;
        let identity = match self.folder.read(KEY)? {
            Some(sealed) => {
                let text = seal::open_with(passphrase.clone(), &sealed).map_err(|error| match error {
                    DecryptError::DecryptionFailed
                    | DecryptError::KeyDecryptionFailed
                    | DecryptError::NoMatchingKeys => VaultError::WrongPassphrase { path: self.folder.path(KEY) },
                    other => self.folder.damaged(KEY, other),
                })?;
                let text = std::str::from_utf8(&text).map_err(|error| self.folder.damaged(KEY, error))?;
                seal::identity_of(text).ok_or_else(|| self.folder.damaged(KEY, "it holds no key"))?
            }
            None => {
                let identity = Identity::generate();
                let sealed = seal::seal_with(passphrase.clone(), identity.to_string().expose_secret().as_bytes())
                    .map_err(|error| self.folder.damaged(KEY, error))?;
                // Values whose key was deleted are lost already; they must not stand in the way of new ones.
                self.folder.put_aside(SECRETS)?;
                self.folder.write(KEY, &sealed)?;
                identity
            }
        };
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity);
        Ok(())
    }

    fn key(&self) -> Result<Identity, VaultError> {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner).clone();
        key.ok_or(VaultError::Locked { store: "sealed file" })
    }

    fn read(&self, key: &Identity) -> Result<Inside, VaultError> {
        match self.folder.read(SECRETS)? {
            None => Ok(Inside::default()),
            Some(sealed) => {
                let plain = seal::open(key, &sealed).map_err(|error| self.folder.damaged(SECRETS, error))?;
                serde_json::from_slice(&plain).map_err(|_| self.folder.damaged(SECRETS, "its content is not ours"))
            }
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inside) -> Result<T, VaultError>) -> Result<T, VaultError> {
        let key = self.key()?;
        let _lock = self.folder.lock()?;
        let mut inside = self.read(&key)?;
        let answer = change(&mut inside)?;
        let plain = Zeroizing::new(serde_json::to_vec(&inside).map_err(|error| self.folder.damaged(SECRETS, error))?);
        let sealed = seal::seal(&key, &plain).map_err(|error| self.folder.damaged(SECRETS, error))?;
        self.folder.write(SECRETS, &sealed)?;
        Ok(answer)
    }

    pub(crate) fn set(&self, place: &Place, value: &SecretString) -> Result<SecretEntry, VaultError> {
        let fingerprint = self.change(|inside| {
            let key = match FingerprintKey::from_text(&inside.fingerprint_key) {
                Some(key) => key,
                None => {
                    let key = FingerprintKey::random()?;
                    inside.fingerprint_key = key.to_text().to_string();
                    key
                }
            };
            if let Some(mut before) = inside.secrets.insert(place.account(), value.expose_secret().to_owned()) {
                before.zeroize();
            }
            Ok(key.of(value))
        })?;
        Ok(self.catalog.put(place, fingerprint, false)?.entry(SecretState::Set))
    }

    pub(crate) fn get(&self, place: &Place) -> Result<SecretString, VaultError> {
        let inside = self.read(&self.key()?)?;
        match inside.secrets.get(&place.account()) {
            Some(value) => Ok(SecretString::from(value.clone())),
            None => Err(match self.catalog.find(place)? {
                None => place.missing(),
                Some(known) => VaultError::LostEntry {
                    connection: place.connection.clone(),
                    name: place.name.clone(),
                    set_at: known.set_at,
                    store: "sealed file",
                },
            }),
        }
    }

    pub(crate) fn remove(&self, place: &Place) -> Result<(), VaultError> {
        self.change(|inside| {
            if let Some(mut before) = inside.secrets.remove(&place.account()) {
                before.zeroize();
            }
            Ok(())
        })?;
        self.catalog.remove(place)
    }

    pub(crate) fn entries(&self, workspace: &str, connection: &str) -> Result<Vec<SecretEntry>, VaultError> {
        let inside = match self.key() {
            Ok(key) => Some(self.read(&key)?),
            Err(_) => None,
        };
        let state = |place: &Place| match &inside {
            None => SecretState::Unknown,
            Some(inside) if inside.secrets.contains_key(&place.account()) => SecretState::Set,
            Some(_) => SecretState::LostEntry,
        };
        Ok(self.catalog.of(workspace, connection)?.iter().map(|known| known.entry(state(&known.place))).collect())
    }
}
