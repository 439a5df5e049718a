//! `try` and `run`.

use std::path::PathBuf;
use std::time::Duration;

use contract::Action;
use studio::view::{Environment, RunEvent, RunReport, TryArguments};
use studio::{FileRequest, RunOptions, TryRequest, Workspace};

use super::Scene;
use crate::arguments::RunArguments;
use crate::error::CliError;
use crate::{input, text};

pub(super) async fn try_script(
    scene: &Scene<'_>,
    connection: String,
    action: Action,
    with: RunArguments,
) -> Result<u8, CliError> {
    let workspace = scene.workspace_with_secrets().await?;
    workspace.connection(&connection).await?; // a wrong name is told before a password is asked for
    let password = input::password(action, &with)?;
    confirm_commit(&workspace, &connection, &with).await?;
    let (arguments, options) = (arguments(&with)?, options(&with));
    let request = TryRequest { connection, action, text: None, arguments, password, options };
    let report = workspace.try_script(request, &quiet, scene.cancel.clone()).await?;
    answer(scene, &report)
}

pub(super) async fn run_file(
    scene: &Scene<'_>,
    path: PathBuf,
    action: Action,
    with: RunArguments,
) -> Result<u8, CliError> {
    let password = input::password(action, &with)?;
    let request = FileRequest { path, action, arguments: arguments(&with)?, password, options: options(&with) };
    let report = scene.studio.run_file(request, &quiet, scene.cancel.clone()).await?;
    answer(scene, &report)
}

/// The report at the end says everything; nothing is shown while the run goes on.
pub(super) fn quiet(_: RunEvent) {}

/// A commit names the environment and wants a yes (design §6), when somebody can be asked.
pub(super) async fn confirm_commit(workspace: &Workspace, name: &str, with: &RunArguments) -> Result<(), CliError> {
    if !with.commit {
        return Ok(());
    }
    let environment = match workspace.connection(name).await?.environment {
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Production => "PRODUCTION",
    };
    if input::confirm(&format!("What the script writes to the {environment} store of {name} will be kept."))? {
        Ok(())
    } else {
        Err(CliError::Usage("not committed, nothing was run".to_owned(), "leave --commit out to try it safely"))
    }
}

pub(super) fn options(with: &RunArguments) -> RunOptions {
    RunOptions {
        commit: with.commit,
        timeout: with.timeout.map(Duration::from_secs_f64),
        set: with.set.clone(),
        allow: with.allow.clone(),
        runtime: with.runtime,
        twice: with.twice,
    }
}

pub(super) fn arguments(with: &RunArguments) -> Result<TryArguments, CliError> {
    Ok(TryArguments {
        identifier: with.identifier.clone(),
        new_email: with.new_email.clone(),
        verified: with.verified,
        id: with.id.clone(),
        user: input::json("user", with.user.as_deref())?,
        context: input::json("context", with.context.as_deref())?,
    })
}

fn answer(scene: &Scene<'_>, report: &RunReport) -> Result<u8, CliError> {
    scene.answers.give(report, || text::run(report))?;
    Ok(report.outcome.exit_code())
}
