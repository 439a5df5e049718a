//! Bundles out and in.

use std::path::Path;

use studio::view::{ExportFormat, ExportPreview, ImportPreview, WorkspaceView};
use tauri::State;

use super::Answer;
use crate::state::App;

#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_export(
    app: State<'_, App>,
    connections: Vec<String>,
    format: ExportFormat,
) -> Answer<ExportPreview> {
    Ok(app.workspace().await?.preview_export(&connections, format).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn write_export(
    app: State<'_, App>,
    connections: Vec<String>,
    format: ExportFormat,
    out: String,
    replace: bool,
) -> Answer<ExportPreview> {
    Ok(app.workspace().await?.write_export(&connections, format, Path::new(&out), replace).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_import(app: State<'_, App>, path: String) -> Answer<ImportPreview> {
    Ok(app.workspace().await?.preview_import(Path::new(&path)).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn apply_import(app: State<'_, App>, path: String, replace: Vec<String>) -> Answer<WorkspaceView> {
    Ok(app.workspace().await?.apply_import(Path::new(&path), &replace).await?)
}
