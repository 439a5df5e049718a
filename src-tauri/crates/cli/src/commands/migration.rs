//! `flow` and `count`.

use std::time::Duration;

use contract::Action;
use contract::flow::LoginEnd;
use studio::LoginRequest;

use super::{Scene, runs};
use crate::answer::say;
use crate::arguments::{FlowArguments, Operation};
use crate::error::CliError;
use crate::{input, text};

pub(super) async fn flow(
    scene: &Scene<'_>,
    connection: String,
    operation: Operation,
    with: FlowArguments,
) -> Result<u8, CliError> {
    let Operation::Login = operation;
    let workspace = scene.workspace_with_secrets().await?;
    let takes_context = workspace.connection(&connection).await?.script_context;
    let context = input::json("context", with.context.as_deref())?;
    runs::refuse_lost_context(takes_context, &connection, with.context.as_deref())?;
    let password = input::typed_password(Action::Login, with.password_stdin)?;
    runs::confirm_commit(&workspace, &connection, &with.how).await?;
    let options = runs::options(&with.how, false);
    let name = connection.clone();
    let request = LoginRequest { connection, identifier: with.identifier, password, context, options };
    let report = workspace.login(request, &runs::quiet, scene.cancel.clone()).await?;
    scene.answers.give(&report, || text::flow(&report, &name))?;
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
    let allow = &input::allowed(allow);
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
