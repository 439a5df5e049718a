//! Walls around the process, put up before any script is read (design §3). Each is tried out and only what holds is
//! reported.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod unix;

use wire::{Isolation, Limits};

/// Puts up every wall this system has.
pub(crate) fn isolate() -> Isolation {
    let mut isolation = Isolation::default();
    let empty = std::env::vars_os().next().is_none();
    note(
        &mut isolation,
        "empty_environment",
        if empty { Ok(()) } else { Err("the host passed an environment".into()) },
    );
    #[cfg(target_os = "linux")]
    linux::isolate(&mut isolation);
    #[cfg(all(unix, not(target_os = "linux")))]
    unix::isolate(&mut isolation);
    #[cfg(not(unix))]
    isolation
        .missing
        .push("system walls: none on this system; the engine's own limits and the host's clock hold".into());
    isolation
}

/// Tightens the system's limits to those of a job.
pub(crate) fn limit(limits: &Limits) {
    #[cfg(target_os = "linux")]
    linux::limit(limits);
    #[cfg(all(unix, not(target_os = "linux")))]
    unix::limit(limits);
    #[cfg(not(unix))]
    let _no_system_limits_here = limits;
}

fn note(isolation: &mut Isolation, layer: &str, held: Result<(), String>) {
    match held {
        Ok(()) => isolation.in_force.push(layer.to_owned()),
        Err(reason) => isolation.missing.push(format!("{layer}: {reason}")),
    }
}
