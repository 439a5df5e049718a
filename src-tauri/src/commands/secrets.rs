//! Secrets: values come in, never go out.

use secrecy::SecretString;
use serde::Deserialize;
use studio::view::{SecretView, VaultView};
use tauri::State;
use vault::BackendChoice;

use super::Answer;
use crate::state::App;

/// Where a machine keeps a workspace's secrets, by the admin's choice.
#[derive(Clone, Copy, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VaultChoice {
    Keychain,
    SealedFile,
    AskEachTime,
}

impl From<VaultChoice> for BackendChoice {
    fn from(choice: VaultChoice) -> BackendChoice {
        match choice {
            VaultChoice::Keychain => BackendChoice::Keychain,
            VaultChoice::SealedFile => BackendChoice::SealedFile,
            VaultChoice::AskEachTime => BackendChoice::AskEachTime,
        }
    }
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_state(app: State<'_, App>) -> Answer<VaultView> {
    Ok(app.workspace().await?.vault_state().await)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_vault(
    app: State<'_, App>,
    choice: VaultChoice,
    passphrase: Option<String>,
) -> Answer<VaultView> {
    Ok(app.workspace().await?.choose_vault(choice.into(), passphrase.map(SecretString::from)).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_vault(app: State<'_, App>, passphrase: String) -> Answer<VaultView> {
    Ok(app.workspace().await?.unlock_vault(passphrase.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn list_secrets(app: State<'_, App>, connection: String) -> Answer<Vec<SecretView>> {
    Ok(app.workspace().await?.list_secrets(&connection).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn set_secret(
    app: State<'_, App>,
    connection: String,
    name: String,
    value: String,
) -> Answer<SecretView> {
    Ok(app.workspace().await?.set_secret(&connection, &name, value.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_secret(app: State<'_, App>, connection: String, name: String) -> Answer<()> {
    Ok(app.workspace().await?.remove_secret(&connection, &name).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn provide_secret(app: State<'_, App>, connection: String, name: String, value: String) -> Answer<()> {
    Ok(app.workspace().await?.provide_secret(&connection, &name, value.into()).await?)
}
