//! What may be known of secrets without reading them: names, dates, fingerprints. No value ever stands here.

use serde::{Deserialize, Serialize};

use crate::files::Folder;
use crate::vault::{SecretEntry, SecretState};
use crate::{BackendChoice, VaultError};

const FILE: &str = "catalog.json";

/// Where a secret belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) workspace: String,
    pub(crate) connection: String,
    pub(crate) name: String,
}

impl Place {
    /// One text for the place; different places have different texts.
    pub(crate) fn account(&self) -> String {
        let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
        format!("{}/{}/{}", part(&self.workspace), part(&self.connection), part(&self.name))
    }

    pub(crate) fn missing(&self) -> VaultError {
        VaultError::Missing { connection: self.connection.clone(), name: self.name.clone() }
    }
}

/// What is known of one secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    #[serde(flatten)]
    pub(crate) place: Place,
    pub(crate) backend: BackendChoice,
    pub(crate) set_at: String,
    pub(crate) fingerprint: String,
    /// The value was too large for the keychain and lies in a sealed file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) in_file: bool,
}

impl Known {
    pub(crate) fn entry(&self, state: SecretState) -> SecretEntry {
        SecretEntry {
            name: self.place.name.clone(),
            state,
            set_at: Some(self.set_at.clone()),
            fingerprint: Some(self.fingerprint.clone()),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Listing {
    secrets: Vec<Known>,
}

/// The catalog file.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    folder: Folder,
    backend: BackendChoice,
}

impl Catalog {
    pub(crate) fn new(folder: Folder, backend: BackendChoice) -> Catalog {
        Catalog { folder, backend }
    }

    fn read(&self) -> Result<Listing, VaultError> {
        match self.folder.read(FILE)? {
            None => Ok(Listing::default()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| self.folder.damaged(FILE, error)),
        }
    }

    /// What is known of a secret.
    pub(crate) fn find(&self, place: &Place) -> Result<Option<Known>, VaultError> {
        Ok(self.read()?.secrets.into_iter().find(|known| known.backend == self.backend && known.place == *place))
    }

    /// The secrets of a connection, by name.
    pub(crate) fn of(&self, workspace: &str, connection: &str) -> Result<Vec<Known>, VaultError> {
        let mut listing = self.read()?.secrets;
        listing.retain(|known| {
            known.backend == self.backend && known.place.workspace == workspace && known.place.connection == connection
        });
        listing.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(listing)
    }

    /// Notes a secret that was set now.
    pub(crate) fn put(&self, place: &Place, fingerprint: String, in_file: bool) -> Result<Known, VaultError> {
        let known = Known {
            place: place.clone(),
            backend: self.backend,
            set_at: jiff::Timestamp::now()
                .round(jiff::Unit::Second)
                .unwrap_or_else(|_| jiff::Timestamp::now())
                .to_string(),
            fingerprint,
            in_file,
        };
        self.change(place, Some(known.clone()))?;
        Ok(known)
    }

    /// Forgets a secret.
    pub(crate) fn remove(&self, place: &Place) -> Result<(), VaultError> {
        if self.find(place)?.is_none() { Ok(()) } else { self.change(place, None) }
    }

    fn change(&self, place: &Place, known: Option<Known>) -> Result<(), VaultError> {
        let _lock = self.folder.lock()?;
        let mut listing = self.read()?;
        listing.secrets.retain(|other| other.backend != self.backend || other.place != *place);
        listing.secrets.extend(known);
        let bytes = serde_json::to_vec_pretty(&listing).map_err(|error| self.folder.damaged(FILE, error))?;
        self.folder.write(FILE, &bytes)
    }
}
