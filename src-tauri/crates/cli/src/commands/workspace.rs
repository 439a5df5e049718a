//! `init`, `list`, `check`, `connect`.

use std::path::Path;

use studio::view::{Finding, StageView};

use super::Scene;
use crate::answer::say;
use crate::error::CliError;
use crate::{input, text};

pub(super) async fn init(scene: &Scene<'_>, folder: &Path, sample: bool) -> Result<u8, CliError> {
    let made = if sample { scene.studio.init_sample(folder).await? } else { scene.studio.init(folder).await? };
    let view = made.view().await?;
    scene.answers.give(&view, || text::made(&view))?;
    Ok(0)
}

pub(super) async fn list(scene: &Scene<'_>) -> Result<u8, CliError> {
    let view = scene.workspace().await?.view().await?;
    scene.answers.give(&view, || text::connections(&view))?;
    for problem in &view.problems {
        let hint = problem.hint.as_ref().map(|hint| format!("\n       {hint}")).unwrap_or_default();
        say(&format!("{}: {}{hint}", problem.path, problem.message));
    }
    Ok(0)
}

/// Exit code 1 when something is certainly wrong; warnings alone are 0.
pub(super) async fn check(scene: &Scene<'_>, connection: Option<&str>) -> Result<u8, CliError> {
    let findings: Vec<Finding> = scene.workspace_with_secrets().await?.check(connection).await?;
    scene.answers.give(&findings, || text::findings(&findings))?;
    Ok(u8::from(findings.iter().any(|finding| finding.severity == "error")))
}

pub(super) async fn connect(scene: &Scene<'_>, connection: &str, allow: &[String]) -> Result<u8, CliError> {
    let workspace = scene.workspace_with_secrets().await?;
    let shown = |stage: StageView| {
        if !scene.answers.json {
            say(&text::stage(connection, &stage));
        }
    };
    let stages = workspace.test_connection(connection, &input::allowed(allow), &shown, scene.cancel.clone()).await?;
    scene.answers.give(&stages, || text::stages(connection, &stages))?;
    Ok(if stages.iter().any(|stage| stage.state == "failed") { 4 } else { 0 })
}
