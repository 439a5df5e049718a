//! `settings`: what a workspace keeps about a connection beside its scripts.

use studio::SettingsChange;

use super::Scene;
use crate::arguments::SettingsArguments;
use crate::error::CliError;
use crate::{input, text};

/// Without a change shows the settings.
pub(super) async fn settings(scene: &Scene<'_>, connection: &str, change: SettingsArguments) -> Result<u8, CliError> {
    let workspace = scene.workspace().await?;
    let change = SettingsChange {
        allow: input::allowed(&change.allow),
        disallow: change.disallow,
        add_safe_requests: change.safe_request,
        remove_safe_requests: change.hold_back,
        runtime: change.runtime,
        environment: change.environment.map(Into::into),
        read_only: change.read_only,
    };
    let view = match change == SettingsChange::default() {
        true => workspace.connection(connection).await?,
        false => workspace.change_settings(connection, &change).await?,
    };
    scene.answers.give(&view, || text::settings(&view))?;
    Ok(0)
}
