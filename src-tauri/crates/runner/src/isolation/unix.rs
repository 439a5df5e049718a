//! Walls on Unix systems without seccomp: resource limits.

use wire::{Isolation, Limits};

use super::note;

pub(super) fn isolate(isolation: &mut Isolation) {
    let folder = std::env::set_current_dir("/").map_err(|error| error.to_string());
    note(isolation, "root_folder", folder);
    note(isolation, "rlimit_core", set(libc::RLIMIT_CORE, 0));
    note(isolation, "rlimit_fsize", set(libc::RLIMIT_FSIZE, 0));
    note(isolation, "rlimit_nofile", set(libc::RLIMIT_NOFILE, 3));
    note(isolation, "rlimit_nproc", set(libc::RLIMIT_NPROC, 0));
    isolation.missing.push("seccomp, landlock, death_signal: Linux only".to_owned());
}

pub(super) fn limit(limits: &Limits) {
    // The host's clock ends the run in any case; this holds when the host itself is gone.
    let seconds = limits.wall_ms.div_ceil(1000) + 2;
    let _the_hosts_clock_holds = set(libc::RLIMIT_CPU, seconds);
}

fn set(resource: libc::c_int, value: u64) -> Result<(), String> {
    let limit = libc::rlimit { rlim_cur: value as libc::rlim_t, rlim_max: value as libc::rlim_t };
    // SAFETY: a plain struct on this stack.
    match unsafe { libc::setrlimit(resource, &limit) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error().to_string()),
    }
}
