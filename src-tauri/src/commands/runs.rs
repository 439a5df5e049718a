//! Runs: try a script, log in through both stores, stop.

use std::time::Duration;

use contract::Action;
use secrecy::SecretString;
use serde::Deserialize;
use studio::view::{FlowReport, RunEvent, RunReport, TryArguments};
use studio::{LoginRequest, RunOptions};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::state::App;

/// A try as the window asks for it.
#[derive(Deserialize, specta::Type)]
pub(crate) struct TryRequest {
    /// Made by the window, so that it can stop the run.
    run_id: String,
    connection: String,
    action: Action,
    /// The editor's text when it is not saved.
    text: Option<String>,
    arguments: TryArguments,
    password: Option<String>,
    commit: bool,
    timeout_s: Option<u32>,
}

/// A login through both stores as the window asks for it.
#[derive(Deserialize, specta::Type)]
pub(crate) struct LoginFlowRequest {
    run_id: String,
    connection: String,
    identifier: String,
    password: String,
    context: Option<serde_json::Value>,
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn try_script(
    app: State<'_, App>,
    request: TryRequest,
    events: Channel<RunEvent>,
) -> Answer<RunReport> {
    let run = app.runs.begin(request.run_id);
    let options = RunOptions {
        commit: request.commit,
        timeout: request.timeout_s.map(|seconds| Duration::from_secs(seconds.into())),
        ..RunOptions::default()
    };
    let request = studio::TryRequest {
        connection: request.connection,
        action: request.action,
        text: request.text,
        arguments: request.arguments,
        password: request.password.map(SecretString::from),
        options,
    };
    Ok(app.workspace().await?.try_script(request, &sink(&events), run.token()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn login_flow(
    app: State<'_, App>,
    request: LoginFlowRequest,
    events: Channel<RunEvent>,
) -> Answer<FlowReport> {
    let run = app.runs.begin(request.run_id);
    let request = LoginRequest {
        connection: request.connection,
        identifier: request.identifier,
        password: request.password.into(),
        context: request.context,
        options: RunOptions::default(),
    };
    Ok(app.workspace().await?.login(request, &sink(&events), run.token()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn stop_run(app: State<'_, App>, run_id: String) -> Answer<()> {
    app.runs.stop(&run_id);
    Ok(())
}

fn sink(events: &Channel<RunEvent>) -> impl Fn(RunEvent) + Send + Sync {
    |event| {
        let _ = events.send(event); // a closed window only misses the show; the report has everything
    }
}
