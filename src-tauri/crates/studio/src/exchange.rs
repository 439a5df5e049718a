//! Bundles out and in.

use std::collections::BTreeSet;
use std::path::Path;

use vault::Redactor;

use crate::StudioError;
use crate::open::{Workspace, problem_view};
use crate::view::{ExportFile, ExportFormat, ExportPreview, ImportPreview, ImportedConnection, Problem, WorkspaceView};

impl Workspace {
    /// What an export of these connections (all without names) would write.
    pub async fn preview_export(&self, names: &[String], format: ExportFormat) -> Result<ExportPreview, StudioError> {
        Ok(self.plan_export(names, format).await?.1)
    }

    /// Writes an export; refused as a whole when anything in it is. Another bundle at `out` stays, unless it may be
    /// replaced; what stays of it then is a note of the answer (`kept_…`). So is that nothing was written because everything
    /// was there already (`unchanged`).
    pub async fn write_export(
        &self,
        names: &[String],
        format: ExportFormat,
        out: &Path,
        replace: bool,
    ) -> Result<ExportPreview, StudioError> {
        let (plan, mut preview) = self.plan_export(names, format).await?;
        if !preview.refusals.is_empty() {
            let reason = |refusal: &Problem| format!("{}: {}", refusal.path, refusal.message);
            return Err(StudioError::ExportRefused { reasons: preview.refusals.iter().map(reason).collect() });
        }
        let written = bundle::write(&plan, bundle_format(format), out, replace)?;
        preview.notes.extend(written.notes.iter().map(problem_view));
        if written.changed.is_empty() {
            let message = "nothing was written: the same export was there already".to_owned();
            preview.notes.push(Problem { path: String::new(), code: "unchanged".to_owned(), message, hint: None });
        }
        Ok(preview)
    }

    async fn plan_export(
        &self,
        names: &[String],
        format: ExportFormat,
    ) -> Result<(bundle::Plan, ExportPreview), StudioError> {
        let contents = bundle::read_directory(&self.root)?;
        let secrets = self.known_secrets(&contents.connections).await;
        let redactor = Redactor::new(secrets.values);
        let known = |bytes: &[u8]| redactor.found_in(bytes);
        let plan = bundle::plan_selection(&contents, names, bundle_format(format), &known);
        let file = |(path, bytes): &(String, Vec<u8>)| ExportFile { path: path.clone(), bytes: bytes.len() as f64 };
        let chosen = contents.connections.iter().filter(|one| names.is_empty() || names.contains(&one.name));
        let mut notes: Vec<Problem> = plan.notes.iter().map(problem_view).collect();
        for connection in chosen {
            notes.extend(self.broken_scripts(connection).await);
        }
        notes.extend(not_compared(&secrets.unseen));
        let preview = ExportPreview {
            files: plan.files.iter().map(file).collect(),
            needs: plan.needs.clone(),
            refusals: plan.refusals.iter().map(problem_view).collect(),
            notes,
        };
        Ok((plan, preview))
    }

    /// Scripts that go out although they are no function. Nothing is lost by that, but every call of them will fail.
    async fn broken_scripts(&self, connection: &bundle::Connection) -> Vec<Problem> {
        let mut broken = Vec::new();
        for (action, script) in &connection.scripts {
            let path = connection.folder.join(script.file.trim_start_matches("./"));
            let note = |code: &str, message: String, hint: &str| Problem {
                path: path.to_string_lossy().replace('\\', "/"),
                code: code.to_owned(),
                message,
                hint: Some(hint.to_owned()),
            };
            let text = String::from_utf8_lossy(&script.bytes);
            match self.studio.inner.sandbox.inspect(&action.file_name(), &text).await {
                Ok(Ok(_)) => {}
                Ok(Err(fault)) => {
                    let line = fault.position.as_ref().map(|position| format!(" (line {})", position.line));
                    let message = format!(
                        "the {action} script does not evaluate to one function: {}: {}{}",
                        fault.class,
                        fault.message,
                        line.unwrap_or_default()
                    );
                    broken.push(note(
                        "broken_script",
                        message,
                        "it goes out as it is; `sluice check` looks at scripts",
                    ));
                }
                Err(error) => {
                    let message = format!("whether the {action} script can be parsed is not known: {error}");
                    broken.push(note("script_not_parsed", message, "it goes out as it is"));
                    break; // The next one would end alike.
                }
            }
        }
        broken
    }

    /// What a bundle holds, before anything is touched.
    pub async fn preview_import(&self, path: &Path) -> Result<ImportPreview, StudioError> {
        let incoming = bundle::read(path)?;
        let here = bundle::read_directory(&self.root)?;
        let view = |connection: &bundle::Connection| ImportedConnection {
            name: connection.name.clone(),
            scripts: connection.scripts.keys().copied().collect(),
            secrets: connection
                .configuration()
                .into_iter()
                .filter_map(|entry| match entry.value {
                    bundle::ConfigurationValue::Reference(name) => Some(name),
                    _ => None,
                })
                .collect(),
            exists: here.connections.iter().any(|mine| mine.name == connection.name),
        };
        let lost = incoming.connections.iter().filter_map(|connection| values_lost(connection, &here));
        Ok(ImportPreview {
            connections: incoming.connections.iter().map(view).collect(),
            problems: incoming.problems.iter().map(problem_view).chain(lost).collect(),
        })
    }

    /// Takes a bundle's connections in; those that exist already only when named in `replace`.
    pub async fn apply_import(&self, path: &Path, replace: &[String]) -> Result<WorkspaceView, StudioError> {
        bundle::import(&bundle::read(path)?, &self.root, replace)?;
        self.view().await
    }
}

/// Secrets that a script may hold without anybody noticing, because nothing can be compared with them.
fn not_compared(unseen: &BTreeSet<String>) -> Option<Problem> {
    let names: Vec<&str> = unseen.iter().map(String::as_str).collect();
    let (number, whose) = match names.len() {
        0 => return None,
        1 => ("1 secret".to_owned(), "its value"),
        more => (format!("{more} secrets"), "their values"),
    };
    Some(Problem {
        path: String::new(),
        code: "secrets_not_compared".to_owned(),
        message: format!(
            "scripts were not searched for {number}, because {whose} cannot be read here: {}",
            names.join(", ")
        ),
        hint: Some(
            "Set the values, open the vault, or give them in the environment (--secrets-from-env PREFIX).".to_owned(),
        ),
    })
}

/// Plain values that a connection here has and that come as references: replacing it would lose them.
fn values_lost(incoming: &bundle::Connection, here: &bundle::Contents) -> Option<Problem> {
    let mine = here.connections.iter().find(|mine| mine.name == incoming.name)?;
    let is_plain = |key: &str| {
        let mut entries = mine.configuration().into_iter();
        entries.any(|entry| entry.key == key && matches!(entry.value, bundle::ConfigurationValue::Plain(_)))
    };
    let references = incoming.configuration().into_iter();
    let keys: Vec<String> = references
        .filter(|entry| matches!(entry.value, bundle::ConfigurationValue::Reference(_)) && is_plain(&entry.key))
        .map(|entry| format!("configuration.{}", entry.key))
        .collect();
    (!keys.is_empty()).then(|| Problem {
        path: incoming.folder.join("database.json").display().to_string(),
        code: "plain_value_lost".to_owned(),
        message: format!(
            "{} has a plain value here and comes as a reference: replacing loses the value",
            keys.join(", ")
        ),
        hint: Some("Set it as a secret of that name after the import; an export carries no values.".to_owned()),
    })
}

fn bundle_format(format: ExportFormat) -> bundle::Format {
    match format {
        ExportFormat::Directory => bundle::Format::Directory,
        ExportFormat::Yaml => bundle::Format::Yaml,
        ExportFormat::DirectoryZip => bundle::Format::DirectoryZip,
        ExportFormat::YamlZip => bundle::Format::YamlZip,
    }
}
