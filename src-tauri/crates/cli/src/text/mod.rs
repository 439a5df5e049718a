//! Answers as text for people: aligned, calm, with units, no colours.

mod modules;
mod run;
mod secrets;
mod settings;
mod table;
mod templates;

use std::path::Path;

use contract::{ImportMode, Need};
use studio::view::{
    ConnectionView, CountsView, Environment, ExportPreview, Figure, Finding, FlowReport, ImportPreview, Problem,
    StageView, WorkspaceView,
};

pub(crate) use modules::{module, modules};
pub(crate) use run::run;
pub(crate) use secrets::{fingerprint, secrets};
pub(crate) use settings::settings;
use table::Table;
pub(crate) use templates::{from_template, templates};

/// What comes after a workspace without connections.
const FIRST_CONNECTION: &str = "`sluice new` lists templates to begin with, `sluice import PATH` takes a bundle.\n";

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
    } else {
        out.push_str(FIRST_CONNECTION);
    }
    out
}

/// The connections of a workspace.
pub(crate) fn connections(view: &WorkspaceView) -> String {
    if view.connections.is_empty() {
        return format!("{} has no connections\n{FIRST_CONNECTION}", view.path);
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

/// The environment as a word; production is loud.
pub(crate) fn environment_word(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Production => "PRODUCTION",
    }
}

fn environment(connection: &ConnectionView) -> String {
    let word = environment_word(connection.environment);
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
            let message = warning.message.replace('\n', "\n         ");
            out.push_str(&format!("{severity:<8} {connection}{script}{line}  {}\n         {message}\n", warning.rule));
            if warning.rule == "secrets_unseen" {
                out.push_str("         --secrets-from-env PREFIX takes them from environment variables instead\n");
            }
        }
    }
    let count =
        |severity: &str| counted(findings.iter().filter(|finding| finding.severity == severity).count(), severity);
    out.push_str(&format!("\n{}, {}\n", count("error"), count("warning")));
    out
}

/// What keeps for good what a hint names: an endpoint of the policy (`--allow HOST:PORT`), or a request that only asks.
pub(crate) fn keep_allowed(hint: &str, connection: &str) -> Option<String> {
    if let Some((_, rest)) = hint.split_once("safe_requests = [\"") {
        let request = rest.split_once("\"]")?.0.replace('\'', "%27");
        return Some(format!("`sluice settings {connection} --safe-request '{request}'` does so as well"));
    }
    let (_, rest) = hint.split_once("(--allow ")?;
    let endpoint = rest.split_once(')')?.0;
    Some(format!("`sluice settings {connection} --allow {endpoint}` keeps it allowed"))
}

/// One stage of a connection test.
pub(crate) fn stage(connection: &str, stage: &StageView) -> String {
    let kept = stage.hint.as_deref().and_then(|hint| keep_allowed(hint, connection));
    let lines = stage.hint.clone().into_iter().chain(kept);
    let hint: String = lines.map(|line| format!("\n{:34}{line}", "")).collect();
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
pub(crate) fn flow(report: &FlowReport, connection: &str) -> String {
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
        out.push_str(&run(report, Some(connection)));
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
            figure.at.as_deref().map(to_the_second).unwrap_or_default(),
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
        out.push_str(&format!("last migration {}\n", to_the_second(at)));
    }
    out
}

/// A count in one line, for watching.
pub(crate) fn count_line(counts: &CountsView) -> String {
    let percent = counts.percent.map(|percent| format!(", {percent:.1} %")).unwrap_or_default();
    let failed: u32 = counts.failed.iter().map(|failure| failure.count).sum();
    let (migrated, total) = (number(counts.migrated.value), number(counts.legacy_total.value));
    let (today, at) = (number(counts.today.value), counts.migrated.at.as_deref().map(to_the_second));
    let at = at.unwrap_or_default();
    format!("{at}  {migrated} of {total} migrated{percent}; last 24 h: {today} migrated, {failed} failed\n")
}

/// A time (RFC 3339, UTC) without parts of a second.
fn to_the_second(at: &str) -> String {
    match at.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => at.to_owned(),
    }
}

/// A number of things, in the singular for one.
fn counted(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "unknown".to_owned(),
        Some(value) if value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.1}"),
    }
}

/// What an export wrote, or found there already.
pub(crate) fn exported(out: &Path, preview: &ExportPreview) -> String {
    let unchanged = |note: &&Problem| note.code == "unchanged";
    let mut text = match preview.notes.iter().find(unchanged) {
        Some(_) => format!("Unchanged: {} holds this export already\n\n", out.display()),
        None => format!("Wrote {}\n\n", out.display()),
    };
    let mut table = Table::new(["file", "bytes"]);
    for file in &preview.files {
        table.row([file.path.clone(), format!("{:.0}", file.bytes)]);
    }
    text.push_str(&table.to_string());
    if !preview.needs.is_empty() {
        text.push_str(&format!("\nThe target needs values for: {}\n", preview.needs.join(", ")));
    }
    let notes = preview.notes.iter().filter(|note| !unchanged(note));
    notes.for_each(|note| text.push_str(&format!("{}\n", problem(note))));
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
