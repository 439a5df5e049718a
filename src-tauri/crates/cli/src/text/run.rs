//! A run's report as text.

use contract::{ConsoleLevel, Effect, LogEvent, Migration, Runtime, TraceEntry, TraceKind};
use studio::view::{RunError, RunReport};

use super::{counted, keep_allowed};

/// Longest statement or value in one line.
const LONG: usize = 100;

/// How the trace remarks that a write stands in the script's own transaction, where writes stay.
const IN_OWN_TRANSACTION: &str = " · in the script's own transaction";

/// The verdict first, then what happened. `connection` is whose script it was, when it was one's.
pub(crate) fn run(report: &RunReport, connection: Option<&str>) -> String {
    let mut out = format!("{}  ({}, {})\n", report.headline, report.outcome.word(), milliseconds(report.duration_ms));
    if let Some(event) = &report.log_event {
        out.push_str(&fact("log event", &log_event(event)));
    }
    out.push_str(&fact("user sees", &report.user_sees));
    match report.migration {
        Migration::WouldMigrate => out.push_str(&fact("migration", "the user and the typed password would move")),
        Migration::ProfileOnly => out.push_str(&fact("migration", "the profile would be kept, nothing moves")),
        Migration::Nothing => {}
    }
    if let Some(error) = &report.error {
        out.push_str(&fact("error", &error_line(error)));
        if let Some(hint) = &error.hint {
            out.push_str(&fact("", hint));
            let kept = connection.and_then(|connection| keep_allowed(hint, connection));
            kept.into_iter().for_each(|line| out.push_str(&fact("", &line)));
        }
        if let Some(stack) = &error.stack {
            // The stack begins with the message, which may have lines of its own.
            stack
                .lines()
                .skip(error.message.lines().count().max(1))
                .for_each(|line| out.push_str(&fact("", line.trim())));
        }
    }
    if let Some(result) = &report.result {
        let text = serde_json::to_string_pretty(result).unwrap_or_default();
        let mut lines = text.lines();
        out.push_str(&fact("result", lines.next().unwrap_or_default()));
        lines.for_each(|line| out.push_str(&fact("", line)));
    }
    if let Some(again) = &report.again {
        out.push_str(&fact("twice", again));
    }
    if report.engine.runtime != Runtime::default() {
        out.push_str(&fact("runtime", report.engine.runtime.word()));
    }
    section(
        &mut out,
        "warnings",
        report.warnings.iter().map(|warning| {
            let line = warning.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            // What follows the first line, e.g. two stacks, stands under it.
            let (first, rest) = warning.message.split_once('\n').unwrap_or((&warning.message, ""));
            let rest: String = rest.lines().map(|line| format!("\n  {}", visible(line))).collect();
            format!("{line}{} [{}]{rest}", visible(first), warning.rule)
        }),
    );
    section(
        &mut out,
        "console",
        report.console.iter().map(|line| {
            let level = match line.level {
                ConsoleLevel::Log => "",
                ConsoleLevel::Info => "info: ",
                ConsoleLevel::Debug => "debug: ",
                ConsoleLevel::Warn => "warn: ",
                // Also what packages write there, such as debug: it is no error of the run.
                ConsoleLevel::Error => "stderr: ",
                ConsoleLevel::Trace => "trace: ",
            };
            format!("{level}{}", visible(&line.text))
        }),
    );
    section(&mut out, "trace", report.trace.iter().flat_map(trace_lines));
    section(&mut out, "not undone by the rollback", report.survives.iter().cloned());
    for (place, sentence) in contract::what_is_kept(&report.trace).into_iter().enumerate() {
        out.push_str(&format!("{}{sentence}\n", if place == 0 { "\n" } else { "" }));
    }
    out
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            out.push_str(&format!("\n{title}\n"));
        }
        out.push_str(&format!("  {}\n", line.replace('\n', "\n  ")));
    }
}

/// A name and its value, which may have several lines.
pub(super) fn fact(name: &str, value: &str) -> String {
    format!("  {name:<10} {}\n", visible(value).replace('\n', &format!("\n{:13}", "")))
}

pub(super) fn log_event(event: &LogEvent) -> String {
    let user = if event.user_id.is_empty() { String::new() } else { format!(" for {}", event.user_id) };
    let description = if event.description.is_empty() { String::new() } else { format!(": {}", event.description) };
    let doubt = if event.certain { "" } else { " (code not documented)" };
    format!("{} {}{user}{description}{doubt}", event.code, event.meaning)
}

fn error_line(error: &RunError) -> String {
    let code = error.code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
    let place = match (error.line, error.column) {
        (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
        (Some(line), None) => format!(" (line {line})"),
        _ => String::new(),
    };
    let (first, rest) = error.message.split_at(error.message.find('\n').unwrap_or(error.message.len()));
    format!("{}: {first}{code}{place}{rest}", error.class)
}

/// An entry, and under what was held back what would have been sent.
fn trace_lines(entry: &TraceEntry) -> Vec<String> {
    let held_back = entry.statement.as_ref().filter(|statement| statement.effect == Effect::Refused);
    let sent = held_back.into_iter().flat_map(|statement| &statement.parameters);
    std::iter::once(trace_line(entry)).chain(sent.map(|part| format!("{:>32}{}", "", visible(part)))).collect()
}

fn trace_line(entry: &TraceEntry) -> String {
    let kind = match entry.kind {
        TraceKind::Runner => "runner",
        TraceKind::Require => "require",
        TraceKind::Connect => "connect",
        TraceKind::Query => "query",
        TraceKind::Http => "http",
        TraceKind::Close => "close",
        TraceKind::Hash => "hash",
        TraceKind::Callback => "callback",
        TraceKind::Rollback => "rollback",
        TraceKind::Blocked => "blocked",
    };
    let what = match &entry.statement {
        None => entry.label.clone(),
        Some(statement) => {
            let sql = statement.sql.split_whitespace().collect::<Vec<_>>().join(" ");
            let rows = statement.rows.map(|rows| format!(", {}", counted(rows as usize, "row"))).unwrap_or_default();
            let effect = match statement.effect {
                Effect::Read => steered(&entry.label).filter(|_| statement.rows.is_none()).unwrap_or("read"),
                // Where writes stay, nothing else undoes them than that the script did not commit.
                Effect::RolledBack if entry.label.contains(IN_OWN_TRANSACTION) => "not committed",
                Effect::RolledBack => "rolled back",
                Effect::Committed => "committed",
                Effect::Refused => "refused",
                Effect::Nothing => "nothing written",
            };
            // Behind the label's first words stand remarks: what was undone, and what stays after all.
            let remarks = entry.label.split_once(" · ").map(|(_, remarks)| format!(" · {remarks}")).unwrap_or_default();
            format!("{} ({effect}{rows}){remarks}", short(&sql))
        }
    };
    let error = entry.error.as_ref().map(|error| format!(" — {error}")).unwrap_or_default();
    format!(
        "{:>10} {:>10}  {kind:<8} {}",
        milliseconds(entry.at_ms),
        milliseconds(entry.ms),
        visible(&format!("{what}{error}"))
    )
}

/// What a statement that only steers is about, by the verbs in its label; none for one that reads.
fn steered(label: &str) -> Option<&'static str> {
    let (_, verbs) = label.split(" · ").next()?.split_once(' ')?;
    let about = |verb: &str| match verb {
        "BEGIN" | "START" | "COMMIT" | "END" | "ABORT" | "ROLLBACK" | "SAVEPOINT" | "SAVE" | "RELEASE"
        | "commitTransaction" | "abortTransaction" => Some("transaction"),
        // A PRAGMA that tells something has rows.
        "SET" | "RESET" | "USE" | "PRAGMA" | "LISTEN" | "UNLISTEN" | "PREPARE" | "DEALLOCATE" | "LOCK" => {
            Some("session")
        }
        _ => None,
    };
    let all: Option<Vec<&str>> = verbs.split("; ").map(about).collect();
    all?.first().copied()
}

pub(super) fn milliseconds(ms: f64) -> String {
    if ms < 10_000.0 { format!("{ms:.1} ms") } else { format!("{:.1} s", ms / 1000.0) }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Controls of the writing direction: what follows one reads in another order than it stands.
const TURNS: [std::ops::RangeInclusive<char>; 4] =
    ['\u{61c}'..='\u{61c}', '\u{200e}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];

/// Control characters from scripts and databases must not steer the terminal, nor turn a text around.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            let steers = c.is_control() && !matches!(c, '\n' | '\t');
            if steers || TURNS.iter().any(|range| range.contains(&c)) {
                format!("\\u{{{:x}}}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_control_and_settings_are_no_reads() {
        assert_eq!(steered("pg BEGIN"), Some("transaction"));
        assert_eq!(steered("mysql COMMIT · not committed: this is a safe try"), Some("transaction"));
        assert_eq!(steered("pg SET; SET"), Some("session"));
        for label in ["pg SELECT", "pg BEGIN; SELECT", "mongodb find users", "GET api", "pg"] {
            assert_eq!(steered(label), None, "{label}");
        }
    }

    #[test]
    fn a_write_that_the_script_did_not_commit_is_told_from_one_that_is_rolled_back() {
        let line = |label: &str, effect: Effect| {
            let statement =
                contract::Statement { sql: "UPDATE".to_owned(), parameters: Vec::new(), rows: Some(1), effect };
            let (kind, label) = (TraceKind::Query, label.to_owned());
            trace_line(&TraceEntry { at_ms: 0.0, ms: 0.0, kind, label, statement: Some(statement), error: None })
        };
        let own = "pg UPDATE · in the script's own transaction";
        assert!(line(own, Effect::RolledBack).contains("UPDATE (not committed, 1 row)"));
        assert!(line(&format!("{own} · which it committed"), Effect::Committed).contains("UPDATE (committed, 1 row)"));
        assert!(line("pg UPDATE", Effect::RolledBack).contains("UPDATE (rolled back, 1 row)"));
    }

    #[test]
    fn control_characters_stay_visible_text() {
        assert_eq!(visible("a\u{1b}[2Jb\rc"), "a\\u{1b}[2Jb\\u{d}c");
        for turn in "\u{200e}\u{202a}\u{202e}\u{2066}\u{2069}".chars() {
            assert_eq!(visible(&format!("a{turn}b")), format!("a\\u{{{:x}}}b", u32::from(turn)));
        }
    }

    #[test]
    fn further_lines_stand_under_the_first() {
        assert_eq!(fact("error", "a\nb"), "  error      a\n             b\n");
        let mut out = String::new();
        section(&mut out, "console", ["a\nb".to_owned()].into_iter());
        assert_eq!(out, "\nconsole\n  a\n  b\n");
    }

    #[test]
    fn times_have_units() {
        assert_eq!((milliseconds(3.21), milliseconds(20_000.0)), ("3.2 ms".to_owned(), "20.0 s".to_owned()));
    }
}
