//! Opening workspaces.

use std::path::Path;

use studio::view::WorkspaceView;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::Answer;
use crate::state::App;

/// The open workspace, read afresh; none on the welcome screen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn current_workspace(app: State<'_, App>) -> Answer<Option<WorkspaceView>> {
    match app.current().await {
        Some(workspace) => Ok(Some(workspace.view().await?)),
        None => Ok(None),
    }
}

/// The open workspace, read afresh.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reload_workspace(app: State<'_, App>) -> Answer<WorkspaceView> {
    Ok(app.workspace().await?.view().await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn open_sample(app: State<'_, App>) -> Answer<WorkspaceView> {
    let workspace = app.studio.sample_workspace().await?;
    let view = workspace.view().await?;
    app.open(workspace).await;
    Ok(view)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn open_workspace(app: State<'_, App>, path: String) -> Answer<WorkspaceView> {
    let workspace = app.studio.workspace(Path::new(&path)).await?;
    let view = workspace.view().await?;
    app.open(workspace).await;
    Ok(view)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn recent_workspaces(app: State<'_, App>) -> Answer<Vec<String>> {
    Ok(app.studio.recent_workspaces().await?)
}

/// Asks for a folder with the system's dialog; none when it was closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_folder(handle: AppHandle, title: String) -> Answer<Option<String>> {
    let (answer, picked) = tokio::sync::oneshot::channel();
    handle.dialog().file().set_title(title).pick_folder(move |path| {
        let _ = answer.send(path); // nobody waits any more when the window was closed meanwhile
    });
    Ok(picked.await.ok().flatten().map(|path| path.to_string()))
}

/// Asks for a file to open or to write with the system's dialog; none when it was closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_file(
    handle: AppHandle,
    title: String,
    save: bool,
    suggested: Option<String>,
) -> Answer<Option<String>> {
    let (answer, picked) = tokio::sync::oneshot::channel();
    let mut dialog = handle.dialog().file().set_title(title);
    if let Some(name) = suggested {
        dialog = dialog.set_file_name(name);
    }
    let done = move |path| {
        let _ = answer.send(path); // as above
    };
    if save {
        dialog.save_file(done)
    } else {
        dialog.pick_file(done)
    }
    Ok(picked.await.ok().flatten().map(|path: tauri_plugin_dialog::FilePath| path.to_string()))
}
