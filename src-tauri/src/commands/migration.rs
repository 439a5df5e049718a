//! How far a migration is.

use studio::view::CountsView;
use tauri::State;

use super::Answer;
use crate::state::App;

#[tauri::command]
#[specta::specta]
pub(crate) async fn counts(app: State<'_, App>, connection: String, refresh: bool) -> Answer<CountsView> {
    Ok(app.workspace().await?.counts(&connection, refresh).await?)
}
