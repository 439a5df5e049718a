//! `flow` and `count`.

use std::time::Duration;

use contract::Action;
use contract::flow::LoginEnd;
use studio::LoginRequest;

use super::{Scene, runs};
use crate::answer::say;
use crate::arguments::{Operation, RunArguments};
use crate::error::CliError;
use crate::{input, text};

pub(super) async fn flow(
    scene: &Scene<'_>,
    connection: String,
    operation: Operation,
    with: RunArguments,
) -> Result<u8, CliError> {
    let Operation::Login = operation;
    if with.twice {
        let hint = "a flow compares login with get_user by itself; `sluice try … --twice` compares two runs";
        return Err(CliError::Usage("--twice is for try and run".to_owned(), hint));
    }
    let workspace = scene.workspace_with_secrets().await?;
    workspace.connection(&connection).await?;
    let arguments = runs::arguments(&with)?;
    let Some(identifier) = arguments.identifier else {
        return Err(CliError::Usage("login needs an identifier".to_owned(), "give --identifier"));
    };
    let Some(password) = input::password(Action::Login, &with)? else {
        return Err(CliError::Usage("login needs a password".to_owned(), "pipe it in with --password-stdin"));
    };
    runs::confirm_commit(&workspace, &connection, &with).await?;
    let options = runs::options(&with);
    let request = LoginRequest { connection, identifier, password, context: arguments.context, options };
    let report = workspace.login(request, &runs::quiet, scene.cancel.clone()).await?;
    scene.answers.give(&report, || text::flow(&report))?;
    Ok(match report.end {
        LoginEnd::LegacyLogin | LoginEnd::Migrated | LoginEnd::NativeLogin => 0,
        LoginEnd::NotLoggedIn => report.run.as_ref().map_or(1, |run| run.outcome.exit_code()),
        LoginEnd::NativeWrongPassword | LoginEnd::NotStored => 1,
    })
}

/// Once, or again and again: then each count is a line (with `--json` a document) of its own.
pub(super) async fn count(
    scene: &Scene<'_>,
    connection: &str,
    every: Option<f64>,
    allow: &[String],
) -> Result<u8, CliError> {
    let workspace = scene.workspace_with_secrets().await?;
    let Some(every) = every else {
        let counts = workspace.counts(connection, true, allow, scene.cancel.clone()).await?;
        scene.answers.give(&counts, || text::counts(&counts))?;
        return Ok(match &counts.error {
            Some(error) => {
                say(&format!("the legacy store was not counted: {error}"));
                4
            }
            None => 0,
        });
    };
    let mut said = None;
    loop {
        let counts = workspace.counts(connection, true, allow, scene.cancel.clone()).await?;
        if scene.cancel.is_cancelled() {
            return Ok(0);
        }
        scene.answers.give_line(&counts, || text::count_line(&counts))?;
        if counts.error != said {
            said.clone_from(&counts.error);
            if let Some(error) = &said {
                say(&format!("the legacy store was not counted: {error}"));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs_f64(every)) => {}
            () = scene.cancel.cancelled() => return Ok(0),
        }
    }
}
