//! Answers as text for people: aligned, calm, with units, no colours.

mod modules;
mod run;
mod table;
mod templates;

use std::path::Path;

use contract::{ImportMode, Need};
use studio::view::{
    ConnectionView, CountsView, Environment, ExportPreview, Figure, Finding, FlowReport, ImportPreview, Problem,
    SecretView, StageView, VaultView, WorkspaceView,
};

pub(crate) use modules::{module, modules};
pub(crate) use run::run;
use table::Table;
pub(crate) use templates::{from_template, templates};

/// A workspace that was just made.
pub(crate) fn made(view: &WorkspaceView) -> String {
    let mut out = format!("Made the workspace {}\n", view.path);
    if let Some(sample) = &view.sample {
        out.push_str(&format!("\nConnection {} with test users, one per password format:\n\n", sample.connection));
        let mut users = Table::new(["identifier", "password", "format"]);
        for user in &sample.users {
            users.row([user.identifier.clone(), user.password.clone(), user.format.clone()]);
        }
        out.push_str(&users.to_string());
        if let Some(user) = sample.users.first() {
            out.push_str(&format!(
                "\nTry one:\n  printf '{}' | sluice -w {} try {} login --identifier {} --password-stdin\n",
                user.password, view.path, sample.connection, user.identifier
            ));
        }
    }
    out
}

/// The connections of a workspace.
pub(crate) fn connections(view: &WorkspaceView) -> String {
    if view.connections.is_empty() {
        return format!("{} has no connections\n", view.path);
    }
    let mut table = Table::new(["connection", "environment", "import", "scripts", "missing"]);
    for connection in &view.connections {
        let present = connection.scripts.iter().filter(|script| script.present).count();
        table.row([
            connection.name.clone(),
            environment(connection),
            if connection.import_mode == ImportMode::On { "on" } else { "off" }.to_owned(),
            present.to_string(),
            missing(connection),
        ]);
    }
    table.to_string()
}

fn environment(connection: &ConnectionView) -> String {
    let word = match connection.environment {
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Production => "PRODUCTION",
    };
    if connection.read_only { format!("{word}, read-only") } else { word.to_owned() }
}

fn missing(connection: &ConnectionView) -> String {
    let scripts = connection.scripts.iter().filter(|script| !script.present && script.need == Need::Required);
    let names: Vec<&str> = scripts.map(|script| script.action.key()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

/// Findings, worst first.
pub(crate) fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Nothing found\n".to_owned();
    }
    let mut out = String::new();
    for severity in ["error", "warning", "info"] {
        for finding in findings.iter().filter(|finding| finding.severity == severity) {
            let script = finding.action.map(|action| format!(" {action}")).unwrap_or_default();
            let line = finding.warning.line.map(|line| format!(":{line}")).unwrap_or_default();
            let Finding { connection, warning, .. } = finding;
            out.push_str(&format!(
                "{severity:<8} {connection}{script}{line}  {}\n         {}\n",
                warning.rule, warning.message
            ));
        }
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    out.push_str(&format!("\n{} errors, {} warnings\n", count("error"), count("warning")));
    out
}

/// One stage of a connection test.
pub(crate) fn stage(stage: &StageView) -> String {
    let hint = stage.hint.as_ref().map(|hint| format!("\n{:27}{hint}", "")).unwrap_or_default();
    format!("{:<8} {:<14} {:>8}  {}{hint}", stage.state, stage.stage, run::milliseconds(stage.ms), stage.detail)
}

/// How a connection test ended.
pub(crate) fn stages(connection: &str, stages: &[StageView]) -> String {
    match stages.iter().find(|stage| stage.state == "failed") {
        Some(failed) => format!("{connection} does not work: {} failed\n", failed.stage),
        None => format!("{connection} works\n"),
    }
}

/// A login through both stores.
pub(crate) fn flow(report: &FlowReport) -> String {
    let mut out = format!("{}\n", report.headline);
    if let Some(event) = &report.log_event {
        out.push_str(&run::fact("log event", &run::log_event(event)));
    }
    out.push_str(&run::fact("user sees", &report.user_sees));
    if let Some(refusal) = &report.refusal {
        out.push_str(&run::fact("user store", refusal));
    }
    if let Some(report) = &report.run {
        out.push_str("\nThe Login script:\n\n");
        out.push_str(&run(report));
    }
    out
}

/// How far a migration is; every number with its source.
pub(crate) fn counts(counts: &CountsView) -> String {
    let percent = counts.percent.map(|percent| format!(" ({percent:.1} %)")).unwrap_or_default();
    let mut table = Table::new(["", "", "source", "taken"]);
    let mut figure = |name: &str, figure: &Figure, more: &str| {
        let value = number(figure.value);
        table.row([
            name.to_owned(),
            format!("{value}{more}"),
            figure.source.clone(),
            figure.at.clone().unwrap_or_default(),
        ]);
    };
    figure("legacy users", &counts.legacy_total, "");
    figure("migrated", &counts.migrated, &percent);
    figure("left", &counts.left, "");
    figure("last 24 h", &counts.today, "");
    figure("last hour", &counts.last_hour, "");
    let mut out = format!("{}\n\n{table}", counts.connection);
    for failure in &counts.failed {
        out.push_str(&format!("{} × {} ({}) in the last 24 h\n", failure.count, failure.meaning, failure.code));
    }
    if let Some(at) = &counts.last_migration_at {
        out.push_str(&format!("last migration {at}\n"));
    }
    out
}

/// A count in one line, for watching.
pub(crate) fn count_line(counts: &CountsView) -> String {
    let percent = counts.percent.map(|percent| format!(", {percent:.1} %")).unwrap_or_default();
    let failed: u32 = counts.failed.iter().map(|failure| failure.count).sum();
    let (migrated, total) = (number(counts.migrated.value), number(counts.legacy_total.value));
    let (today, at) = (number(counts.today.value), counts.migrated.at.as_deref().unwrap_or_default());
    format!("{at}  {migrated} of {total} migrated{percent}; last 24 h: {today} migrated, {failed} failed\n")
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "unknown".to_owned(),
        Some(value) if value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.1}"),
    }
}

/// Secrets by connection: names, state and age.
pub(crate) fn secrets(vault: &VaultView, lists: &[(String, Vec<SecretView>)]) -> String {
    let mut out = format!("Secrets are kept in: {} ({})\n", vault.backend.replace('_', " "), vault.state);
    let mut table = Table::new(["connection", "name", "state", "set", "fingerprint", "used by"]);
    for (connection, secrets) in lists {
        for secret in secrets {
            table.row([
                connection.clone(),
                secret.name.clone(),
                secret.state.replace('_', " "),
                secret.set_at.clone().unwrap_or_else(|| "-".to_owned()),
                secret.fingerprint.clone().unwrap_or_else(|| "-".to_owned()),
                secret.used_by.join(", "),
            ]);
        }
    }
    if table.is_empty() {
        out.push_str("No connection refers to a secret\n");
    } else {
        out.push_str(&format!("\n{table}"));
    }
    out
}

/// The fingerprint of a secret that was set.
pub(crate) fn fingerprint(secret: &SecretView) -> String {
    secret.fingerprint.as_ref().map(|fingerprint| format!(" (fingerprint {fingerprint})")).unwrap_or_default()
}

/// What an export wrote.
pub(crate) fn exported(out: &Path, preview: &ExportPreview) -> String {
    let mut text = format!("Wrote {}\n\n", out.display());
    let mut table = Table::new(["file", "bytes"]);
    for file in &preview.files {
        table.row([file.path.clone(), format!("{:.0}", file.bytes)]);
    }
    text.push_str(&table.to_string());
    if !preview.needs.is_empty() {
        text.push_str(&format!("\nThe target needs values for: {}\n", preview.needs.join(", ")));
    }
    preview.notes.iter().for_each(|note| text.push_str(&format!("{}\n", problem(note))));
    text
}

/// What a bundle holds, or what was taken from it.
pub(crate) fn imported(inside: &ImportPreview, done: bool) -> String {
    let mut table = Table::new(["connection", "scripts", "needs secrets", "in the workspace"]);
    for connection in &inside.connections {
        let scripts: Vec<&str> = connection.scripts.iter().map(|action| action.key()).collect();
        let here = match (connection.exists, done) {
            (true, true) => "replaced",
            (true, false) => "there already",
            (false, true) => "added",
            (false, false) => "new",
        };
        table.row([connection.name.clone(), scripts.join(", "), connection.secrets.join(", "), here.to_owned()]);
    }
    table.to_string()
}

/// A problem with its hint.
pub(crate) fn problem(problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!("\n       {hint}")).unwrap_or_default();
    let path = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
    format!("{path}{}{hint}", problem.message)
}
