//! Secrets: set, seen by name, age and fingerprint, handed to runs; never shown.

use std::collections::BTreeSet;

use secrecy::SecretString;
use vault::BackendChoice;

use crate::StudioError;
use crate::open::Workspace;
use crate::view::{SecretView, VaultView};

/// The configuration of a connection with its references resolved.
pub(crate) struct Resolved {
    /// Keys and values as the script reads them.
    pub(crate) values: Vec<(String, SecretString)>,
    /// Those that came from the vault, by the key that refers to them.
    pub(crate) secrets: Vec<(String, SecretString)>,
}

/// The secrets of a workspace as far as they can be read.
#[derive(Default)]
pub(crate) struct Known {
    /// Their values.
    pub(crate) values: Vec<SecretString>,
    /// Names of which some connection's value cannot be read, or is not there.
    pub(crate) unseen: BTreeSet<String>,
}

impl Workspace {
    /// The vault's state.
    pub async fn vault_state(&self) -> VaultView {
        let status = self.vault.state().await;
        VaultView { backend: status.backend, state: status.state, message: status.message, hint: status.hint }
    }

    /// Chooses where this machine keeps the workspace's secrets.
    pub async fn choose_vault(
        &self,
        choice: BackendChoice,
        passphrase: Option<SecretString>,
    ) -> Result<VaultView, StudioError> {
        self.vault.choose(choice, passphrase).await?;
        Ok(self.vault_state().await)
    }

    /// Opens the sealed file.
    pub async fn unlock_vault(&self, passphrase: SecretString) -> Result<VaultView, StudioError> {
        self.vault.unlock(passphrase).await?;
        Ok(self.vault_state().await)
    }

    /// The secrets a connection refers to, and those it has besides.
    pub async fn list_secrets(&self, connection: &str) -> Result<Vec<SecretView>, StudioError> {
        let found = self.find(connection)?;
        let (entries, unreadable) = match self.vault.entries(connection).await {
            Ok(entries) => (entries, false),
            Err(error) if ["locked", "denied", "absent", "slow"].contains(&error.code()) => (Vec::new(), true),
            Err(error) => return Err(error.into()),
        };
        // Of a name it has never kept the vault knows nothing while it is locked: somebody may have put it there by other means.
        let known = |name: &String| entries.iter().any(|entry| entry.name == *name);
        let references = found.configuration().into_iter().filter_map(|entry| match entry.value {
            bundle::ConfigurationValue::Reference(name) => Some(name),
            _ => None,
        });
        let unreadable = unreadable
            || (references.into_iter().any(|name| !known(&name)) && self.vault.state().await.state != "unlocked");
        let mut views: Vec<SecretView> = Vec::new();
        for entry in found.configuration() {
            let bundle::ConfigurationValue::Reference(name) = entry.value else { continue };
            match views.iter_mut().find(|view| view.name == name) {
                Some(view) => view.used_by.push(entry.key),
                None => views.push(SecretView {
                    state: if unreadable { "unknown".into() } else { "missing".into() },
                    name,
                    used_by: vec![entry.key],
                    set_at: None,
                    fingerprint: None,
                }),
            }
        }
        for entry in entries {
            let position = views.iter().position(|view| view.name == entry.name).unwrap_or_else(|| {
                views.push(SecretView {
                    name: entry.name.clone(),
                    used_by: Vec::new(),
                    state: String::new(),
                    set_at: None,
                    fingerprint: None,
                });
                views.len() - 1
            });
            let view = &mut views[position];
            view.state = entry.state.word().into();
            view.set_at = entry.set_at;
            view.fingerprint = entry.fingerprint;
        }
        Ok(views)
    }

    /// Stores a secret. A name that no configuration key refers to yet becomes a key of that name, so that the script
    /// can read it.
    pub async fn set_secret(
        &self,
        connection: &str,
        name: &str,
        value: SecretString,
    ) -> Result<SecretView, StudioError> {
        let found = self.find(connection)?;
        check_name(name)?;
        // The value first: a reference without a value stops every run, a value without a reference harms nobody.
        self.vault.set(connection, name, value).await?;
        let referred = found
            .configuration()
            .into_iter()
            .any(|entry| matches!(entry.value, bundle::ConfigurationValue::Reference(reference) if reference == name));
        if !referred {
            let bytes = bundle::set_configuration(&found, name, Some(&format!("@@{name}@@")))?;
            bundle::write_file(&self.root.join(&found.folder).join("database.json"), &bytes)?;
        }
        let mut views = self.list_secrets(connection).await?;
        views.retain(|view| view.name == name);
        views.pop().ok_or_else(|| StudioError::BadArgument {
            argument: name.to_owned(),
            problem: "it was set and is gone again".into(),
        })
    }

    /// Removes a secret's value; the reference stays.
    pub async fn remove_secret(&self, connection: &str, name: &str) -> Result<(), StudioError> {
        self.find(connection)?;
        Ok(self.vault.remove(connection, name).await?)
    }

    /// Hands a value over for this process only ("ask each time").
    pub async fn provide_secret(&self, connection: &str, name: &str, value: SecretString) -> Result<(), StudioError> {
        self.find(connection)?;
        self.vault.provide(connection, name, value).await;
        Ok(())
    }

    /// The configuration scripts read: plain values, resolved references, and `set` on top.
    pub(crate) async fn configuration(
        &self,
        connection: &bundle::Connection,
        set: &[(String, String)],
    ) -> Result<Resolved, StudioError> {
        let mut resolved = Resolved { values: Vec::new(), secrets: Vec::new() };
        let mut unresolved: Vec<String> = Vec::new();
        let mut first_cause = None;
        for entry in connection.configuration() {
            if set.iter().any(|(key, _)| *key == entry.key) {
                continue;
            }
            match entry.value {
                bundle::ConfigurationValue::Plain(text) => resolved.values.push((entry.key, text.into())),
                bundle::ConfigurationValue::Null => {}
                bundle::ConfigurationValue::Reference(name) => match self.vault.get(&connection.name, &name).await {
                    Ok(secret) => {
                        resolved.secrets.push((entry.key.clone(), secret.clone()));
                        resolved.values.push((entry.key, secret));
                    }
                    Err(cause) => {
                        unresolved.push(name);
                        first_cause.get_or_insert(cause);
                    }
                },
            }
        }
        if let Some(cause) = first_cause {
            return Err(StudioError::UnresolvedSecrets {
                connection: connection.name.clone(),
                names: unresolved,
                cause: Box::new(cause),
            });
        }
        resolved.values.extend(set.iter().map(|(key, value)| (key.clone(), value.clone().into())));
        Ok(resolved)
    }

    /// Every secret of every connection that can be read now; exports are checked against them (contract §15.7 B8).
    pub(crate) async fn known_secrets(&self, connections: &[bundle::Connection]) -> Known {
        let mut known = Known::default();
        let mut closed = false;
        for connection in connections {
            for entry in connection.configuration() {
                let bundle::ConfigurationValue::Reference(name) = entry.value else { continue };
                // The next one would wait as long, or make the system ask once more.
                let value = if closed { None } else { Some(self.vault.get(&connection.name, &name).await) };
                match value {
                    Some(Ok(secret)) => known.values.push(secret),
                    unseen => {
                        closed |= matches!(unseen, Some(Err(error)) if ["slow", "denied"].contains(&error.code()));
                        known.unseen.insert(name);
                    }
                }
            }
        }
        known
    }
}

/// Names must survive the deploy tool's keyword replacement (contract §15.4, B3).
fn check_name(name: &str) -> Result<(), StudioError> {
    let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if good {
        return Ok(());
    }
    Err(StudioError::BadArgument {
        argument: name.to_owned(),
        problem: "a secret's name has upper-case letters, digits and _ only; others are not replaced on deploy".into(),
    })
}
