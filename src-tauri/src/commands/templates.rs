//! Templates, and connections made from them.

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

/// Makes a connection from a template; the workspace with it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn new_connection(app: State<'_, App>, template: String, name: String) -> Answer<WorkspaceView> {
    let workspace = app.workspace().await?;
    workspace.add_from_template(&template, &name).await?;
    Ok(workspace.view().await?)
}
