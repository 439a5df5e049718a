//! From what was seen of a run to its one ending.

use std::process::ExitStatus;

use contract::{CallbackError, Dealings, Ending};
use legacy::{Cause, Outages};
use serde_json::Value;
use wire::{Ended, Limits};

use crate::{places, record::Recorder, runtimes};

/// How a run stopped, as far as the host can tell.
#[allow(clippy::large_enum_variant)] // one per run
pub(crate) enum Stop {
    /// The runner said so.
    Ended(Ended),
    /// The outer clock ran out.
    Clock,
    /// The admin stopped it.
    Cancelled,
    /// The process went away.
    Died { status: Option<ExitStatus>, last_words: String },
}

/// The first callback.
pub(crate) struct Called {
    pub(crate) error: Option<CallbackError>,
    pub(crate) results: Vec<Value>,
}

/// The ending of a run, with what is behind it: an outage, or a refusal. Notes what it shows about the runtime it wants. Once
/// `callback` was called its answer stands, whatever happened then.
pub(crate) fn ending(
    stop: Stop,
    called: Option<Called>,
    outages: &Outages,
    limits: &Limits,
    record: &mut Recorder<'_>,
) -> (Ending, Option<Cause>) {
    let ending = from(stop, called, outages, limits, record);
    runtimes::missing_global(&ending, record);
    let cause = refusal_behind(&ending, outages)
        .or_else(|| behind(&ending, outages))
        .or_else(|| limit_behind(&ending, outages))
        .cloned();
    (ending, cause)
}

/// How a run got on with its stores, without secrets.
pub(crate) fn dealings(ending: &Ending, outages: &Outages, record: &Recorder<'_>) -> Dealings {
    let mut dealings = outages.dealings();
    dealings.validation = match ending {
        Ending::CalledBack { error: Some(error), .. } if error.class == "ValidationError" => error.code.clone(),
        _ => None,
    };
    for trouble in dealings.unsettled.iter_mut().chain(&mut dealings.held_back) {
        trouble.place = record.redact(&trouble.place);
        trouble.message = record.redact(&trouble.message);
        trouble.hint = trouble.hint.as_deref().map(|hint| record.redact(hint));
    }
    dealings
}

/// The refusal that a run's end comes from. An error that is neither the refusal nor made from it is the script's own, whatever
/// it caught before.
fn refusal_behind<'a>(ending: &Ending, outages: &'a Outages) -> Option<&'a Cause> {
    match ending {
        Ending::CalledBack { error: Some(error), .. } if !KNOWN.contains(&error.class.as_str()) => {
            outages.refusal_behind(&error.class, &error.message_with_cause(), error.code.as_deref())
        }
        Ending::Threw { fault, .. } => {
            outages.refusal_behind(&fault.class, &fault.message_with_cause(), fault.code.as_deref())
        }
        // An answer; what was refused says that it may be wrong.
        Ending::CalledBack { .. } => outages.refusal(),
        _ => None,
    }
}

/// The outage that shows in a run's end. An error that the platform knows is an answer of the script about a user; a lasting
/// outage then says that the answer may be wrong.
fn behind<'a>(ending: &Ending, outages: &'a Outages) -> Option<&'a Cause> {
    match ending {
        Ending::CalledBack { error: Some(error), .. } if !KNOWN.contains(&error.class.as_str()) => {
            outages.behind(&error.message_with_cause(), error.code.as_deref())
        }
        Ending::Threw { fault, .. } => outages.behind(&fault.message_with_cause(), fault.code.as_deref()),
        _ => outages.lasting(),
    }
}

fn limit_behind<'a>(ending: &Ending, outages: &'a Outages) -> Option<&'a Cause> {
    match ending {
        Ending::CalledBack { error: Some(error), .. } if !KNOWN.contains(&error.class.as_str()) => {
            outages.limit_behind(&error.message_with_cause(), error.code.as_deref())
        }
        Ending::Threw { fault, .. } => outages.limit_behind(&fault.message_with_cause(), fault.code.as_deref()),
        _ => None,
    }
}

/// Errors that the platform gives to scripts (contract §4).
const KNOWN: [&str; 3] = ["WrongUsernameOrPasswordError", "ValidationError", "UnauthorizedError"];

fn from(stop: Stop, called: Option<Called>, outages: &Outages, limits: &Limits, record: &mut Recorder<'_>) -> Ending {
    if let Some(Called { error, results }) = called {
        match &stop {
            Stop::Ended(_) => {}
            Stop::Clock | Stop::Cancelled => {
                let message = "work went on after callback and was cut off";
                record.warn("work_after_callback", message, None);
            }
            Stop::Died { status, last_words } => {
                let message = format!("the engine died after callback: {}", detail(*status, last_words));
                record.warn("error_after_callback", &message, None);
            }
        }
        let mut ending = Ending::CalledBack { error, results, connection_failed: false, blocked: false };
        judge(&mut ending, outages);
        return ending;
    }
    match stop {
        Stop::Ended(Ended::Threw { error }) => {
            let mut ending = Ending::Threw { fault: places::fault(error), connection_failed: false, blocked: false };
            judge(&mut ending, outages);
            ending
        }
        Stop::Ended(Ended::Invalid { error }) => Ending::Invalid { fault: places::fault(error) },
        Stop::Ended(Ended::NoCallback { last_awaited }) => {
            let message = format!(
                "callback was never called{}; on the platform the run stalls until the limit of about 20 s: call it exactly once on every path",
                waited(last_awaited.as_deref())
            );
            record.warn("callback_missing", &message, None);
            Ending::NoCallback { last_awaited }
        }
        Stop::Ended(Ended::Interrupted { last_awaited }) => timed_out(limits, last_awaited, record),
        Stop::Clock => timed_out(limits, None, record),
        Stop::Ended(Ended::OutOfMemory) => Ending::OutOfMemory { limit_bytes: limits.memory_bytes },
        Stop::Cancelled => Ending::Cancelled,
        Stop::Died { status, last_words } => died(status, &last_words, limits, record),
        Stop::Ended(Ended::Finished | Ended::Inspected { .. }) => {
            Ending::Crashed { detail: "the runner ended without an answer".to_owned() }
        }
    }
}

fn judge(ending: &mut Ending, outages: &Outages) {
    let (failed, refused) = (behind(ending, outages).is_some(), refusal_behind(ending, outages).is_some());
    if let Ending::CalledBack { connection_failed, blocked, .. } | Ending::Threw { connection_failed, blocked, .. } =
        ending
    {
        (*connection_failed, *blocked) = (failed, refused);
    }
}

fn timed_out(limits: &Limits, last_awaited: Option<String>, record: &mut Recorder<'_>) -> Ending {
    let message = format!(
        "callback was not called within {} ms{}; it has to be called exactly once on every path",
        limits.wall_ms,
        waited(last_awaited.as_deref())
    );
    record.warn("callback_missing", &message, None);
    Ending::TimedOut { limit_ms: limits.wall_ms, last_awaited }
}

/// The last thing a run waited for, for a sentence about it.
fn waited(last_awaited: Option<&str>) -> String {
    last_awaited.map(|label| format!("; the last thing it waited for was {label}")).unwrap_or_default()
}

fn died(status: Option<ExitStatus>, last_words: &str, limits: &Limits, record: &mut Recorder<'_>) -> Ending {
    if signal(status) == Some(SIGXCPU) {
        return timed_out(limits, None, record);
    }
    // What Rust writes when the operating system gives it no more memory.
    if last_words.contains("memory allocation of ") {
        return Ending::OutOfMemory { limit_bytes: limits.memory_bytes };
    }
    Ending::Crashed { detail: record.redact(&detail(status, last_words)) }
}

fn detail(status: Option<ExitStatus>, last_words: &str) -> String {
    let how = match (signal(status), status.and_then(|status| status.code())) {
        (Some(number), _) => format!("signal {number}{}", name(number)),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "no status".to_owned(),
    };
    if last_words.is_empty() { how } else { format!("{how}: {last_words}") }
}

#[cfg(unix)]
const SIGXCPU: i32 = libc::SIGXCPU;
#[cfg(not(unix))]
const SIGXCPU: i32 = -1;

#[cfg(unix)]
fn signal(status: Option<ExitStatus>) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status?)
}

#[cfg(not(unix))]
fn signal(_status: Option<ExitStatus>) -> Option<i32> {
    None
}

#[cfg(unix)]
fn name(signal: i32) -> &'static str {
    match signal {
        libc::SIGSEGV => " (SIGSEGV)",
        libc::SIGABRT => " (SIGABRT)",
        libc::SIGBUS => " (SIGBUS)",
        libc::SIGILL => " (SIGILL)",
        libc::SIGFPE => " (SIGFPE)",
        libc::SIGKILL => " (SIGKILL)",
        libc::SIGSYS => " (SIGSYS)",
        libc::SIGTERM => " (SIGTERM)",
        _ => "",
    }
}

#[cfg(not(unix))]
fn name(_signal: i32) -> &'static str {
    ""
}
