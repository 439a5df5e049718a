//! Templates, and connections made from them.

use serde::Serialize;
use studio::view::{TemplateView, WorkspaceView};
use tauri::State;

use super::Answer;
use crate::state::App;

/// Every template, in the order to offer them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_templates() -> Answer<Vec<TemplateView>> {
    Ok(studio::templates()?)
}

/// What a template's scripts expect to find in the store.
#[derive(Serialize, specta::Type)]
pub(crate) struct TemplateSchema {
    /// The file's name, e.g. `schema.sql`.
    file: String,
    /// Its text.
    text: String,
}

/// What a template's scripts expect to find in the store.
#[tauri::command]
#[specta::specta]
pub(crate) async fn template_schema(template: String) -> Answer<TemplateSchema> {
    let (file, text) = studio::template_schema(&template)?;
    Ok(TemplateSchema { file: file.to_owned(), text: text.to_owned() })
}

/// Makes a connection from a template; the workspace with it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn new_connection(app: State<'_, App>, template: String, name: String) -> Answer<WorkspaceView> {
    let workspace = app.workspace().await?;
    workspace.add_from_template(&template, &name).await?;
    Ok(workspace.view().await?)
}
