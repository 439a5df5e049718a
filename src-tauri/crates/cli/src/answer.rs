//! Where answers go: stdout, as text for people or as one JSON document.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use crate::error::CliError;

/// How this command answers.
pub(crate) struct Answers {
    pub(crate) json: bool,
}

impl Answers {
    /// The command's one answer: the document, or its text.
    pub(crate) fn give(&self, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.json {
            let document = serde_json::to_string_pretty(document).map_err(std::io::Error::other)?;
            print(&format!("{document}\n"));
        } else {
            print(&text());
        }
        Ok(())
    }

    /// One of several documents, on a line of its own.
    pub(crate) fn give_line(&self, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.json {
            let document = serde_json::to_string(document).map_err(std::io::Error::other)?;
            print(&format!("{document}\n"));
        } else {
            print(&text());
        }
        Ok(())
    }

    /// Says what went wrong: for people on stderr, and with `--json` as the one document on stdout.
    pub(crate) fn failure(&self, error: &CliError) -> ExitCode {
        let hint = error.hint();
        let advice = hint.as_ref().map(|hint| format!("\n       {hint}")).unwrap_or_default();
        say(&format!("error: {error}{advice}"));
        if self.json {
            let document = json!({"error": {"code": error.code(), "message": error.to_string(), "hint": hint}});
            print(&format!("{document:#}\n"));
        }
        ExitCode::from(error.exit_code())
    }
}

/// What clap says about arguments it does not understand, or was asked for with `--help`. Also then `--json` is answered with
/// a document.
pub(crate) fn not_understood(error: &clap::Error) -> ExitCode {
    drop(error.print());
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let message = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ").trim();
        let hint = "`sluice COMMAND --help` lists what it takes";
        let document = json!({"error": {"code": "usage", "message": message, "hint": hint}});
        print(&format!("{document:#}\n"));
    }
    ExitCode::from(2)
}

/// A message that is no answer.
pub(crate) fn say(text: &str) {
    // With stderr gone there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn print(text: &str) {
    // A reader that has seen enough (`| head`) is no failure.
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
