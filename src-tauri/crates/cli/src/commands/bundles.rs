//! `export` and `import`.

use std::path::Path;

use serde_json::json;
use studio::view::{ExportFormat, Problem};

use super::Scene;
use crate::answer::say;
use crate::arguments::Format;
use crate::error::CliError;
use crate::text;

/// A refused export answers with the reasons and exit code 2; nothing is written. Nor is it when the same export is there.
pub(super) async fn export(
    scene: &Scene<'_>,
    connections: &[String],
    format: Format,
    out: &Path,
    replace: bool,
) -> Result<u8, CliError> {
    let workspace = scene.workspace_with_secrets().await?;
    let format = match format {
        Format::Directory => ExportFormat::Directory,
        Format::Yaml => ExportFormat::Yaml,
        Format::DirectoryZip => ExportFormat::DirectoryZip,
        Format::YamlZip => ExportFormat::YamlZip,
    };
    let mut preview = workspace.preview_export(connections, format).await?;
    let refused = !preview.refusals.is_empty();
    if !refused {
        preview = workspace.write_export(connections, format, out, replace).await?;
    }
    let unchanged = preview.notes.iter().any(|note| note.code == "unchanged");
    let document = json!({
        "written": !refused && !unchanged,
        "unchanged": unchanged,
        "out": out,
        "files": preview.files,
        "needs": preview.needs,
        "refusals": preview.refusals,
        "notes": preview.notes,
    });
    scene.answers.give(&document, || if refused { String::new() } else { text::exported(out, &preview) })?;
    if refused {
        say("error: the export is refused, nothing was written");
        preview.refusals.iter().for_each(|problem| say(&text::problem(problem)));
    }
    Ok(if refused { 2 } else { 0 })
}

pub(super) async fn import(scene: &Scene<'_>, path: &Path, replace: &[String], preview: bool) -> Result<u8, CliError> {
    let workspace = scene.workspace().await?;
    let inside = workspace.preview_import(path).await?;
    let taken = if preview { Ok(()) } else { workspace.apply_import(path, replace).await.map(drop) };
    // What a failure tells anyway is not said before it as well.
    let failure = taken.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let told = |problem: &&Problem| failure.starts_with(&format!("{}: {}", problem.path, problem.message));
    inside.problems.iter().filter(|problem| !told(problem)).for_each(|problem| say(&text::problem(problem)));
    taken?;
    let document = json!({"imported": !preview, "connections": inside.connections, "problems": inside.problems});
    scene.answers.give(&document, || text::imported(&inside, !preview))?;
    Ok(0)
}
