//! From a run's record to what people and programs read.

use contract::{
    Action, CallbackError, Ending, ImportMode, Outcome, Runtime, TraceEntry, TroubleKind, Verdict, Warning, profile,
};
use legacy::Reach;
use sandbox::RunRecord;
use vault::Redactor;

use crate::view::{EngineView, RunError, RunReport};

/// What a report needs besides the record.
pub(crate) struct RunFacts {
    pub(crate) action: Action,
    pub(crate) mode: ImportMode,
    pub(crate) runtime: Runtime,
    pub(crate) committed: bool,
    /// Notices from before the run.
    pub(crate) notices: Vec<Warning>,
    /// What the end of the session brought.
    pub(crate) finish: legacy::Finish,
    pub(crate) finished_at_ms: f64,
    pub(crate) finish_ms: f64,
}

/// Judges a record. Everything in the answer is redacted.
pub(crate) fn report(record: &RunRecord, facts: RunFacts, redactor: &Redactor) -> RunReport {
    let outcome = Outcome::of(facts.action, &record.ending);
    let verdict = Verdict::of(facts.action, facts.mode, &record.ending);
    let mut trace = record.trace.clone();
    trace.extend(facts.finish.observed.iter().map(|observed| TraceEntry {
        at_ms: facts.finished_at_ms,
        ms: facts.finish_ms,
        kind: observed.kind,
        label: redactor.redact(&observed.label),
        statement: observed.statement.clone().map(|mut statement| {
            statement.sql = redactor.redact(&statement.sql);
            statement
        }),
        error: observed.error.as_deref().map(|error| redactor.redact(error)),
    }));
    let mut warnings = facts.notices;
    warnings.extend(record.warnings.iter().filter(|warning| !is_noise(warning, &record.ending)).cloned());
    if matches!(outcome, Outcome::Success | Outcome::UnusableResult)
        && matches!(facts.action, Action::Login | Action::GetUser)
        && let Some(result) = record.ending.result()
    {
        warnings.extend(profile::check(result));
    }
    warnings.extend(contract::doubts(facts.action, outcome, &record.dealings, &trace));
    let log_event = verdict.log_event.map(|mut event| {
        event.description = redactor.redact(&event.description);
        event.user_id = redactor.redact(&event.user_id);
        event
    });
    RunReport {
        outcome,
        headline: headline(outcome, verdict.headline, record),
        log_event,
        // Only what the script says may hold a secret; masking our own words would garble them.
        user_sees: match outcome {
            Outcome::MessageToUser | Outcome::Refused => redactor.redact(&verdict.user_sees),
            _ => verdict.user_sees,
        },
        migration: verdict.migration,
        error: error(facts.action, outcome, record, redactor),
        result: record.ending.result().map(|result| redactor.redact_value(result)),
        warnings,
        kept: contract::what_is_kept(&trace).into_iter().map(str::to_owned).collect(),
        again: None,
        trace,
        console: record.console.clone(),
        committed: facts.committed,
        survives: facts.finish.survives,
        duration_ms: record.duration_ms,
        engine: EngineView {
            name: record.engine.name.clone(),
            runtime: facts.runtime,
            isolation: record.engine.isolation.in_force.clone(),
            missing: record.engine.isolation.missing.clone(),
            peak_bytes: record.engine.peak_bytes as f64,
        },
    }
}

/// A run that was cut off had no chance to call back, nor to close anything: its outcome says all.
fn is_noise(warning: &Warning, ending: &Ending) -> bool {
    match warning.rule.as_str() {
        "callback_missing" => matches!(ending, Ending::TimedOut { .. }),
        "connection_not_closed" => matches!(
            ending,
            Ending::TimedOut { .. } | Ending::OutOfMemory { .. } | Ending::Crashed { .. } | Ending::Cancelled
        ),
        _ => false,
    }
}

/// A store that answered was reached, whatever came of it.
fn headline(outcome: Outcome, verdict: String, record: &RunRecord) -> String {
    let reach = record.cause.as_ref().map(|cause| cause.reach);
    if outcome == Outcome::ScriptError && reach == Some(Reach::Limit) {
        return "A limit of Sluice was reached".to_owned();
    }
    match reach.filter(|_| outcome == Outcome::ConnectionFailed) {
        Some(Reach::Insecure) => "No secure connection to the legacy store".to_owned(),
        Some(Reach::Refused) => "Legacy store did not let the script in".to_owned(),
        Some(Reach::Ended) => "Legacy store ended the connection".to_owned(),
        Some(Reach::None | Reach::Limit) | None => verdict,
    }
}

fn error(action: Action, outcome: Outcome, record: &RunRecord, redactor: &Redactor) -> Option<RunError> {
    let plain = |class: &str, message: String| RunError {
        class: class.to_owned(),
        message,
        code: None,
        line: None,
        column: None,
        stack: None,
        hint: None,
    };
    let mut error = match &record.ending {
        Ending::CalledBack { error: Some(error), .. } => from_callback(error),
        Ending::CalledBack { error: None, .. } => {
            let result = record.ending.result().filter(|_| outcome == Outcome::UnusableResult)?;
            let contract::Unusable { why, instead } = contract::unusable(action, result)?;
            return Some(RunError { hint: Some(instead.to_owned()), ..plain("UnusableResult", why) });
        }
        Ending::Cancelled => return None,
        Ending::Threw { fault, .. } | Ending::Invalid { fault } => RunError::from(fault),
        Ending::NoCallback { last_awaited } => {
            plain("NoCallback", waited("callback was never called and nothing is left to wait for", last_awaited))
        }
        Ending::TimedOut { limit_ms, last_awaited } => {
            plain("Timeout", waited(&format!("still running after {} s", *limit_ms as f64 / 1000.0), last_awaited))
        }
        Ending::OutOfMemory { limit_bytes } => {
            plain("OutOfMemory", format!("the script needs more than its {} MiB of memory", limit_bytes >> 20))
        }
        Ending::Crashed { detail } => plain("Crashed", format!("the script engine's process died ({detail})")),
    };
    error.message = redactor.redact(&error.message);
    error.code = error.code.map(|code| redactor.redact(&code));
    error.stack = error.stack.map(|stack| redactor.redact(&stack));
    error.hint = removed_global(&error).or_else(|| hint(outcome, &error, record));
    Some(error)
}

fn from_callback(error: &CallbackError) -> RunError {
    RunError {
        class: error.class.clone(),
        message: error.message_with_cause(),
        code: error.code.clone(),
        line: error.position.as_ref().map(|position| position.line),
        column: error.position.as_ref().map(|position| position.column),
        stack: error.stack.clone(),
        hint: None,
    }
}

fn waited(what: &str, last_awaited: &Option<String>) -> String {
    match last_awaited {
        Some(label) => format!("{what}; last waited for: {label}"),
        None => what.to_owned(),
    }
}

fn hint(outcome: Outcome, error: &RunError, record: &RunRecord) -> Option<String> {
    Some(match outcome {
        Outcome::BlockedByPolicy => {
            because(record, error, "Run it with commit (the switch, or --commit) if that is meant.")
        }
        Outcome::ScriptError if record.cause.as_ref().is_some_and(|cause| cause.reach == Reach::Limit) => {
            because(record, error, "Ask for less at once.")
        }
        // Not the refusal itself, and yet the reader should know of it.
        Outcome::ScriptError => {
            let refused = [TroubleKind::Policy, TroubleKind::Refusal];
            let refused = refused.into_iter().find_map(|kind| record.dealings.last(kind))?;
            format!(
                "Before it, this was refused, and the script went on: {}",
                sentence(&refused.message, refused.hint.as_deref())
            )
        }
        Outcome::ConnectionFailed => because(record, error, "Test the connection: it names the stage that fails."),
        Outcome::NoCallback => "Call callback exactly once on every path; in production this stalls for 20 s.".into(),
        Outcome::Timeout => match &record.cause {
            Some(cause) => format!("The last connection failed: {}", sentence(&cause.message, cause.hint.as_deref())),
            None => "In production the container is recycled after about 20 s. Give outgoing calls a time-out.".into(),
        },
        Outcome::OutOfMemory => "Read less at once: the script held more than its limit.".into(),
        Outcome::InvalidScript => {
            "The text must evaluate to one function, e.g. function login(email, password, callback) { … }.".into()
        }
        _ => return None,
    })
}

/// What the cause adds to an error: packages often say less than the store, e.g. `fetch failed`.
fn because(record: &RunRecord, error: &RunError, otherwise: &str) -> String {
    let Some(cause) = &record.cause else { return otherwise.to_owned() };
    let hint = cause.hint.as_deref().unwrap_or(otherwise);
    if error.message.contains(&cause.message) { upper(hint) } else { sentence(&cause.message, Some(hint)) }
}

fn sentence(message: &str, hint: Option<&str>) -> String {
    let message = message.trim_end_matches('.');
    hint.map_or_else(|| message.to_owned(), |hint| format!("{message}. {}", upper(hint)))
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What to write instead of a global that older runtimes had.
fn removed_global(error: &RunError) -> Option<String> {
    let (name, instead) = contract::missing_global(&error.class, &error.message)?;
    Some(format!("The platform took the global {name} away with Node 16: use {instead}."))
}
