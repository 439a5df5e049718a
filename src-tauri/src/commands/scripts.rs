//! Texts of scripts.

use contract::Action;
use studio::view::{SaveResult, ScriptText, VersionView};
use tauri::State;

use super::Answer;
use crate::state::App;

#[tauri::command]
#[specta::specta]
pub(crate) async fn read_script(app: State<'_, App>, connection: String, action: Action) -> Answer<ScriptText> {
    Ok(app.workspace().await?.read_script(&connection, action).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn save_script(
    app: State<'_, App>,
    connection: String,
    action: Action,
    text: String,
    revision: Option<String>,
) -> Answer<SaveResult> {
    Ok(app.workspace().await?.save_script(&connection, action, &text, revision.as_deref()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_draft(
    app: State<'_, App>,
    connection: String,
    action: Action,
    text: String,
    revision: String,
) -> Answer<()> {
    Ok(app.workspace().await?.keep_draft(&connection, action, &text, &revision).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn drop_draft(app: State<'_, App>, connection: String, action: Action) -> Answer<()> {
    Ok(app.workspace().await?.drop_draft(&connection, action).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn script_versions(
    app: State<'_, App>,
    connection: String,
    action: Action,
) -> Answer<Vec<VersionView>> {
    Ok(app.workspace().await?.script_versions(&connection, action).await?)
}
