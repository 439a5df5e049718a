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
use crate::wording;

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
    events: Channel<Vec<RunEvent>>,
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
    Ok(wording::report(app.workspace().await?.try_script(request, &in_bundles(events), run.token()).await?))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn login_flow(
    app: State<'_, App>,
    request: LoginFlowRequest,
    events: Channel<Vec<RunEvent>>,
) -> Answer<FlowReport> {
    let run = app.runs.begin(request.run_id);
    let request = LoginRequest {
        connection: request.connection,
        identifier: request.identifier,
        password: request.password.into(),
        context: request.context,
        options: RunOptions::default(),
    };
    Ok(wording::flow(app.workspace().await?.login(request, &in_bundles(events), run.token()).await?))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn stop_run(app: State<'_, App>, run_id: String) -> Answer<()> {
    app.runs.stop(&run_id);
    Ok(())
}

/// How often live events reach the window; a script may print thousands of lines in between.
const BUNDLE: Duration = Duration::from_millis(50);

/// Passes events on in bundles. The report has everything, so what is left when a run ends may be lost.
fn in_bundles(window: Channel<Vec<RunEvent>>) -> impl Fn(RunEvent) + Send + Sync {
    let (events, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    tauri::async_runtime::spawn(async move {
        let mut bundle = Vec::new();
        while waiting.recv_many(&mut bundle, usize::MAX).await > 0 {
            let _ = window.send(std::mem::take(&mut bundle)); // a closed window only misses the show
            tokio::time::sleep(BUNDLE).await;
        }
    });
    move |event| {
        let _ = events.send(event); // as above
    }
}
