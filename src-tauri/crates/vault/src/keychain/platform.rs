//! What differs from system to system: the store, its lock, and what its errors mean.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};

use super::worker::Failure;
use crate::VaultError;

/// The name our entries stand under in the system's password app.
pub(super) const SERVICE: &str = "Sluice";

/// Opens the system's keychain.
pub(super) fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    #[cfg(target_os = "linux")]
    return Ok(zbus_secret_service_keyring_store::Store::new()?);
    #[cfg(target_os = "macos")]
    return Ok(apple_native_keyring_store::keychain::Store::new()?);
    #[cfg(target_os = "windows")]
    return Ok(windows_native_keyring_store::Store::new()?);
    #[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
    return Err(Error::NoDefaultStore);
}

/// The entry of an account, with a label people can read where the system shows one.
pub(super) fn entry(store: &CredentialStore, account: &str, label: &str) -> keyring_core::Result<Entry> {
    let label = format!("Sluice: {label}");
    match store.build(SERVICE, account, Some(&HashMap::from([("label", label.as_str())]))) {
        // This store has no labels.
        Err(Error::Invalid(..) | Error::NotSupportedByStore(_)) => store.build(SERVICE, account, None),
        built => built,
    }
}

/// Fails when the keychain is locked, without asking anybody to unlock it.
#[cfg(target_os = "linux")]
pub(super) fn look(_: &CredentialStore) -> Result<(), Failure> {
    use secret_service::{EncryptionType, blocking::SecretService};
    let look = || {
        let service = SecretService::connect(EncryptionType::Plain)?;
        service.get_default_collection()?.is_locked()
    };
    match look() {
        Ok(false) => Ok(()),
        Ok(true) => Err(VaultError::Locked { store: "keychain" }.into()),
        Err(error) => Err(linux(&error).into()),
    }
}

/// Fails when the keychain cannot be read.
#[cfg(not(target_os = "linux"))]
pub(super) fn look(store: &CredentialStore) -> Result<(), Failure> {
    match entry(store, super::FINGERPRINT_KEY, "fingerprint key")?.get_credential() {
        Ok(_) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Names what the keychain's error means for the secret `name`.
pub(super) fn explain(error: Error, name: &str) -> VaultError {
    match error {
        // Without a logon session (a service, a scheduled task) there is no Credential Manager.
        Error::NoStorageAccess(cause) if cfg!(windows) => VaultError::Absent { detail: cause.to_string() },
        Error::NoStorageAccess(cause) => {
            explain_cause(cause.as_ref()).unwrap_or_else(|| VaultError::Denied { detail: cause.to_string() })
        }
        Error::PlatformFailure(cause) => {
            explain_cause(cause.as_ref()).unwrap_or_else(|| VaultError::Failed { detail: cause.to_string() })
        }
        Error::Ambiguous(entries) => VaultError::Ambiguous { name: name.to_owned(), count: entries.len() },
        Error::NoDefaultStore => VaultError::Absent { detail: "Sluice knows no keychain for this system".to_owned() },
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            VaultError::Failed { detail: format!("the entry {name} is not one of ours") }
        }
        Error::TooLong(attribute, limit) => {
            VaultError::Failed { detail: format!("{attribute} of {name} is longer than {limit}") }
        }
        other => VaultError::Failed { detail: other.to_string() },
    }
}

#[cfg(target_os = "linux")]
fn explain_cause(cause: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<VaultError> {
    cause.downcast_ref::<secret_service::Error>().map(linux)
}

#[cfg(target_os = "linux")]
fn linux(error: &secret_service::Error) -> VaultError {
    use secret_service::Error as Secret;
    match error {
        // Without anybody to ask, the prompt to unlock counts as dismissed.
        Secret::Locked | Secret::Prompt | Secret::PromptDisconnected => VaultError::Locked { store: "keychain" },
        Secret::NoResult => VaultError::Absent { detail: "the Secret Service has no default keyring".to_owned() },
        Secret::Unavailable => {
            VaultError::Absent { detail: "no Secret Service and no D-Bus session was found".to_owned() }
        }
        Secret::Zbus(error) => d_bus(error),
        Secret::ZbusFdo(error) => d_bus_own(error),
        other => VaultError::Failed { detail: other.to_string() },
    }
}

#[cfg(target_os = "linux")]
fn d_bus(error: &zbus::Error) -> VaultError {
    let detail = error.to_string();
    match error {
        zbus::Error::Connection(..)
        | zbus::Error::Address(_)
        | zbus::Error::Handshake(_)
        | zbus::Error::InputOutput(_) => VaultError::Absent { detail: format!("no D-Bus session: {detail}") },
        zbus::Error::FDO(error) => d_bus_own(error),
        zbus::Error::MethodError(name, ..) => match name.as_str() {
            "org.freedesktop.Secret.Error.IsLocked" => VaultError::Locked { store: "keychain" },
            "org.freedesktop.DBus.Error.AccessDenied" | "org.freedesktop.DBus.Error.AuthFailed" => {
                VaultError::Denied { detail }
            }
            "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
                VaultError::Absent { detail: "no Secret Service runs in this session".to_owned() }
            }
            name if name.starts_with("org.freedesktop.DBus.Error.Spawn.") => {
                VaultError::Absent { detail: format!("the Secret Service could not be started: {detail}") }
            }
            _ => VaultError::Failed { detail },
        },
        _ => VaultError::Failed { detail },
    }
}

#[cfg(target_os = "linux")]
fn d_bus_own(error: &zbus::fdo::Error) -> VaultError {
    use zbus::fdo::Error as Own;
    let detail = error.to_string();
    match error {
        Own::ZBus(error) => d_bus(error),
        Own::AccessDenied(_) | Own::AuthFailed(_) => VaultError::Denied { detail },
        Own::ServiceUnknown(_) | Own::NameHasNoOwner(_) => {
            VaultError::Absent { detail: "no Secret Service runs in this session".to_owned() }
        }
        Own::NoServer(_) | Own::Disconnected(_) => VaultError::Absent { detail: format!("no D-Bus session: {detail}") },
        Own::SpawnExecFailed(_)
        | Own::SpawnForkFailed(_)
        | Own::SpawnChildExited(_)
        | Own::SpawnChildSignaled(_)
        | Own::SpawnFailed(_)
        | Own::SpawnServiceNotFound(_) => {
            VaultError::Absent { detail: format!("the Secret Service could not be started: {detail}") }
        }
        _ => VaultError::Failed { detail },
    }
}

/// Codes of the Security framework (SecBase.h).
#[cfg(target_os = "macos")]
fn explain_cause(cause: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<VaultError> {
    let error = cause.downcast_ref::<security_framework::base::Error>()?;
    let detail = error.to_string();
    Some(match error.code() {
        -25308 => VaultError::Locked { store: "keychain" }, // errSecInteractionNotAllowed
        -128 | -25293 | -25244 | -25292 | -61 => VaultError::Denied { detail }, // cancelled, authentication failed, not ours, read-only
        -25291 | -25294 | -25295 | -25307 => VaultError::Absent { detail }, // not available, no such keychain, no default keychain
        _ => VaultError::Failed { detail },
    })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn explain_cause(_: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<VaultError> {
    None
}
