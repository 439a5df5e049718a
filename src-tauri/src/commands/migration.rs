//! How far a migration is.

use studio::view::CountsView;
use tauri::State;

use super::Answer;
use crate::state::App;

#[tauri::command]
#[specta::specta]
pub(crate) async fn counts(
    app: State<'_, App>,
    run_id: String,
    connection: String,
    refresh: bool,
) -> Answer<CountsView> {
    let run = app.runs.begin(run_id);
    Ok(app.workspace().await?.counts(&connection, refresh, &[], run.token()).await?)
}
