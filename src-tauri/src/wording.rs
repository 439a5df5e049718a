//! Advice in the window's words: what the crates below advise names options of the command line too, which nobody can pass here.

use studio::StudioError;
use studio::view::{FlowReport, RunReport, StageView};

/// How the crates below speak of the switch, and how the window names it.
const COMMIT: (&str, &str) = ("with commit (the switch, or --commit)", "with \u{201c}commit writes\u{201d} ticked");

/// How the crates below speak of requests that only ask, and how the window names the place where they are listed.
const ONLY_ASKS: (&str, &str) = (
    "say so in sluice.toml, in the connection's own table: safe_requests = [\"",
    "name it among the requests that only ask, on the connection's page: ",
);

/// What to do about an error, where the window has a way of its own.
pub(crate) fn advice(error: &StudioError) -> Option<String> {
    match error {
        StudioError::UnknownConnection { .. } => Some("Reload the workspace to see its connections.".to_owned()),
        StudioError::UnresolvedSecrets { cause, .. } if cause.code() == "missing" => {
            Some("Set it among the secrets of this connection.".to_owned())
        }
        _ => in_window(&error.hint()?),
    }
}

/// Advice without the parts that are for the command line; none when nothing is left.
pub(crate) fn in_window(advice: &str) -> Option<String> {
    let text = without_asides(&only_asks(&advice.replace(COMMIT.0, COMMIT.1)));
    let mut kept = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = ["; ", ", ", ". "].iter().filter_map(|sign| rest.find(sign)).min().map_or(rest.len(), |at| at + 2);
        let (part, after) = rest.split_at(end);
        if !names_command(part) {
            kept.push_str(part);
        }
        rest = after;
    }
    let kept = kept.trim_end_matches([';', ',', ' ']);
    if kept.is_empty() {
        return None;
    }
    let ends = text.ends_with('.') && !kept.ends_with(['.', '?', '…']);
    Some(format!("{kept}{}", if ends { "." } else { "" }))
}

/// The request to name, without the signs of a list in a file around it.
fn only_asks(advice: &str) -> String {
    match advice.split_once(ONLY_ASKS.0) {
        Some((before, after)) => format!("{before}{}{}", ONLY_ASKS.1, after.replacen("\"]", "", 1)),
        None => advice.to_owned(),
    }
}

/// A run's report as the window shows it.
pub(crate) fn report(mut report: RunReport) -> RunReport {
    if let Some(error) = &mut report.error {
        error.hint = error.hint.as_deref().and_then(in_window);
    }
    report
}

/// A login flow as the window shows it.
pub(crate) fn flow(flow: FlowReport) -> FlowReport {
    FlowReport { run: flow.run.map(report), ..flow }
}

/// A stage of the connection test as the window shows it.
pub(crate) fn stage(stage: StageView) -> StageView {
    StageView { hint: stage.hint.as_deref().and_then(in_window), ..stage }
}

/// Without text in brackets that names an option.
fn without_asides(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(open) = rest.find(" (") {
        let Some(close) = rest[open..].find(')').map(|at| open + at + 1) else { break };
        let end = if names_command(&rest[open..close]) { open } else { close };
        kept.push_str(&rest[..end]);
        rest = &rest[close..];
    }
    kept + rest
}

/// Whether a text names an option or a command of the command line.
fn names_command(text: &str) -> bool {
    let is_option = |(at, _): (usize, &str)| {
        let before = text[..at].chars().next_back();
        let after = text[at + 2..].chars().next();
        before.is_none_or(|sign| !sign.is_alphanumeric() && sign != '-')
            && after.is_some_and(|c| c.is_ascii_lowercase())
    };
    text.contains("`sluice ") || text.match_indices("--").any(is_option)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::ipc::WireError;

    #[test]
    fn advice_keeps_what_holds_in_the_window() {
        for (said, shown) in [
            (
                "Run it with commit (the switch, or --commit) if that is meant.",
                "Run it with “commit writes” ticked if that is meant.",
            ),
            (
                "run it with commit (the switch, or --commit) to send it; the trace shows what would have been sent",
                "run it with “commit writes” ticked to send it; the trace shows what would have been sent",
            ),
            (
                "allow db.example:5432 for this connection if it is the legacy store (--allow db.example:5432)",
                "allow db.example:5432 for this connection if it is the legacy store",
            ),
            (
                "if it only asks, say so in sluice.toml, in the connection's own table: safe_requests = [\"POST https://a.example/x\"]",
                "if it only asks, name it among the requests that only ask, on the connection's page: POST https://a.example/x",
            ),
            ("Set KEY in the secrets panel, or with `sluice secret set KEY`.", "Set KEY in the secrets panel."),
            ("Choose another name; `sluice list` shows those taken.", "Choose another name."),
            ("check the spelling, or the name server (VPN?)", "check the spelling, or the name server (VPN?)"),
            (
                "a comment -- as in SQL; -----BEGIN CERTIFICATE-----",
                "a comment -- as in SQL; -----BEGIN CERTIFICATE-----",
            ),
        ] {
            assert_eq!(in_window(said).as_deref(), Some(shown));
        }
        assert_eq!(in_window("`sluice list` shows the connections."), None);
    }

    #[test]
    fn errors_advise_what_the_window_can_do() {
        let unknown = StudioError::UnknownConnection { name: "a".into(), known: vec!["b".into()] };
        assert_eq!(WireError::from(unknown).hint.unwrap(), "Reload the workspace to see its connections.");
        let cause = Box::new(vault::VaultError::Missing { connection: "users".into(), name: "KEY".into() });
        let missing = StudioError::UnresolvedSecrets { connection: "users".into(), names: vec!["KEY".into()], cause };
        let missing = WireError::from(missing);
        assert_eq!(missing.code, "unresolved_secret");
        assert_eq!(missing.hint.unwrap(), "Set it among the secrets of this connection.");
    }

    /// Every text of the crates that names an option reads without it; a new one that does not shows up here.
    #[test]
    fn no_advice_of_the_crates_names_an_option_in_the_window() {
        let mut texts = Vec::new();
        for name in ["bundle", "contract", "legacy", "sandbox", "studio", "vault"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates").join(name).join("src");
            for file in files(&folder) {
                let code = std::fs::read_to_string(&file).unwrap();
                texts.extend(literals(&code).into_iter().filter(|text| names_command(text)));
            }
        }
        assert!(texts.len() >= 10, "the texts are not found any more: {texts:?}");
        for text in texts {
            let shown = in_window(&text).unwrap_or_default();
            assert!(!names_command(&shown), "{text:?} becomes {shown:?}");
        }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    /// Texts between quotes on lines that are no comments. Good enough to find advice in our own code.
    fn literals(code: &str) -> Vec<String> {
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.flat_map(|line| line.split('"').map(str::to_owned).collect::<Vec<_>>()).collect()
    }
}
