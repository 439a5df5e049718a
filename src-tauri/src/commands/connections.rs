//! Connections: check, test, what they may reach.

use contract::Runtime;
use studio::view::{ConnectionView, Environment, Finding, StageView};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::state::App;
use crate::wording;

#[tauri::command]
#[specta::specta]
pub(crate) async fn check(app: State<'_, App>, connection: Option<String>) -> Answer<Vec<Finding>> {
    Ok(app.workspace().await?.check(connection.as_deref()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn test_connection(
    app: State<'_, App>,
    run_id: String,
    connection: String,
    events: Channel<StageView>,
) -> Answer<Vec<StageView>> {
    let run = app.runs.begin(run_id);
    let show = |stage: StageView| {
        let _ = events.send(wording::stage(stage)); // a closed window only misses the show
    };
    let stages = app.workspace().await?.test_connection(&connection, &[], &show, run.token()).await?;
    Ok(stages.into_iter().map(wording::stage).collect())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn allow(app: State<'_, App>, connection: String, endpoint: String) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.allow(&connection, &endpoint).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn disallow(app: State<'_, App>, connection: String, endpoint: String) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.disallow(&connection, &endpoint).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn add_safe_request(
    app: State<'_, App>,
    connection: String,
    request: String,
) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.add_safe_request(&connection, &request).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_safe_request(
    app: State<'_, App>,
    connection: String,
    request: String,
) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.remove_safe_request(&connection, &request).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn add_plain_value(
    app: State<'_, App>,
    connection: String,
    key: String,
    value: String,
) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.add_plain_value(&connection, &key, &value).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_plain_value(app: State<'_, App>, connection: String, key: String) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.remove_plain_value(&connection, &key).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn set_plain_value(
    app: State<'_, App>,
    connection: String,
    key: String,
    value: String,
) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.set_plain_value(&connection, &key, &value).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn set_environment(
    app: State<'_, App>,
    connection: String,
    environment: Environment,
    read_only: bool,
) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.set_environment(&connection, environment, read_only).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn set_runtime(app: State<'_, App>, connection: String, runtime: Runtime) -> Answer<ConnectionView> {
    Ok(app.workspace().await?.set_runtime(&connection, runtime).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn recycle_container(app: State<'_, App>, connection: String) -> Answer<()> {
    Ok(app.workspace().await?.recycle(&connection).await?)
}
