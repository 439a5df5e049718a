//! `try` and `run`.

use std::path::PathBuf;
use std::time::Duration;

use contract::Action;
use studio::view::{RunEvent, RunReport, TryArguments};
use studio::{FileRequest, RunOptions, TryRequest, Workspace};

use super::Scene;
use crate::arguments::{HowToRun, RunArguments};
use crate::error::CliError;
use crate::{input, text};

pub(super) async fn try_script(
    scene: &Scene<'_>,
    connection: String,
    action: Action,
    with: RunArguments,
) -> Result<u8, CliError> {
    // A wrong name is told before what its script would need.
    scene.workspace().await?.connection(&connection).await?;
    with.fit(action)?;
    let workspace = scene.workspace_with_secrets().await?;
    let takes_context = workspace.connection(&connection).await?.script_context;
    let arguments = arguments(&with)?;
    refuse_lost_context(takes_context, &connection, with.context.as_deref())?;
    let password = input::password(action, &with, arguments.user.as_ref())?;
    confirm_commit(&workspace, &connection, &with.how).await?;
    let options = options(&with.how, with.twice);
    let name = connection.clone();
    let request = TryRequest { connection, action, text: None, arguments, password, options };
    let report = workspace.try_script(request, &quiet, scene.cancel.clone()).await?;
    answer(scene, &report, Some(&name))
}

pub(super) async fn run_file(
    scene: &Scene<'_>,
    path: PathBuf,
    action: Action,
    with: RunArguments,
) -> Result<u8, CliError> {
    with.fit(action)?;
    let arguments = arguments(&with)?;
    let password = input::password(action, &with, arguments.user.as_ref())?;
    let request = FileRequest { path, action, arguments, password, options: options(&with.how, with.twice) };
    let report = scene.studio.run_file(request, &quiet, scene.cancel.clone()).await?;
    answer(scene, &report, None)
}

/// The report at the end says everything; nothing is shown while the run goes on.
pub(super) fn quiet(_: RunEvent) {}

/// A context that no script would see was given for nothing.
pub(super) fn refuse_lost_context(takes_context: bool, name: &str, context: Option<&str>) -> Result<(), CliError> {
    if takes_context || context.is_none() {
        return Ok(());
    }
    let hint = "set options.enable_script_context to true in database.json, or leave --context out";
    Err(CliError::usage(format!("--context: the scripts of {name} get no context, it is switched off"), hint))
}

/// A commit names the environment and wants a yes (design §6), when somebody can be asked.
pub(super) async fn confirm_commit(workspace: &Workspace, name: &str, how: &HowToRun) -> Result<(), CliError> {
    if !how.commit {
        return Ok(());
    }
    let environment = text::environment_word(workspace.connection(name).await?.environment);
    if input::confirm(&format!("What the script writes to the {environment} store of {name} will be kept."))? {
        Ok(())
    } else {
        Err(CliError::usage("not committed, nothing was run".to_owned(), "leave --commit out to try it safely"))
    }
}

pub(super) fn options(how: &HowToRun, twice: bool) -> RunOptions {
    RunOptions {
        commit: how.commit,
        timeout: how.timeout.map(Duration::from_secs_f64),
        set: how.set.clone(),
        allow: input::allowed(&how.allow),
        runtime: how.runtime,
        twice,
    }
}

fn arguments(with: &RunArguments) -> Result<TryArguments, CliError> {
    Ok(TryArguments {
        identifier: with.identifier.clone(),
        new_email: with.new_email.clone(),
        verified: with.verified,
        id: with.id.clone(),
        user: input::json("user", with.user.as_deref())?,
        context: input::json("context", with.context.as_deref())?,
    })
}

fn answer(scene: &Scene<'_>, report: &RunReport, connection: Option<&str>) -> Result<u8, CliError> {
    scene.answers.give(report, || text::run(report, connection))?;
    Ok(report.outcome.exit_code())
}
