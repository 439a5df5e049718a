//! Walls on Linux: no new privileges, seccomp, landlock, resource limits, death with the parent.

use std::{collections::BTreeMap, io};

use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use wire::{Isolation, Limits};

use super::note;

/// What the process may map beyond the script's memory: its own image, one frame each way, password hashes.
const HEADROOM: u64 = 512 << 20;

pub(super) fn isolate(isolation: &mut Isolation) {
    note(isolation, "death_signal", death_signal());
    note(isolation, "no_dump", no_dump());
    note(isolation, "root_folder", std::env::set_current_dir("/").map_err(|error| error.to_string()));
    note(isolation, "no_inherited_files", close_inherited());
    note(isolation, "no_new_privs", no_new_privs());
    note(isolation, "landlock", landlock());
    note(isolation, "rlimit_core", set(libc::RLIMIT_CORE, 0));
    note(isolation, "rlimit_fsize", set(libc::RLIMIT_FSIZE, 0));
    note(isolation, "rlimit_nproc", set(libc::RLIMIT_NPROC, 0));
    note(isolation, "rlimit_nofile", set(libc::RLIMIT_NOFILE, 3));
    note(isolation, "seccomp", seccomp());
    // Set when a job tells how much; that it can be set is known from here.
    note(isolation, "rlimit_as", current(libc::RLIMIT_AS).map(drop));
    note(isolation, "rlimit_cpu", current(libc::RLIMIT_CPU).map(drop));
}

pub(super) fn limit(limits: &Limits) {
    let cpu = cpu_seconds() + limits.wall_ms.div_ceil(1000) + 1;
    let memory = set(libc::RLIMIT_AS, limits.memory_bytes.saturating_add(HEADROOM));
    // A kept container needs a later CPU limit for each job, so its hard limit stays open; no script can move either.
    let cpu = libc::rlimit { rlim_cur: cpu, rlim_max: libc::RLIM_INFINITY };
    if let Err(error) = memory.and_then(|()| set_both(libc::RLIMIT_CPU, cpu)) {
        eprintln!("a resource limit cannot be set: {error}");
        std::process::exit(1);
    }
}

fn cpu_seconds() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage fills the struct; zeroed it is valid, too.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1).unsigned_abs()
}

fn last_error() -> String {
    io::Error::last_os_error().to_string()
}

fn death_signal() -> Result<(), String> {
    let mut signal: libc::c_int = 0;
    // SAFETY: plain prctl calls; the second writes one int.
    let (set, got) = unsafe {
        (
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0),
            libc::prctl(libc::PR_GET_PDEATHSIG, &mut signal, 0, 0, 0),
        )
    };
    if set == 0 && got == 0 && signal == libc::SIGKILL { Ok(()) } else { Err(last_error()) }
}

/// No core files, no ptrace and no reading of our memory by other processes of the same user.
fn no_dump() -> Result<(), String> {
    // SAFETY: plain prctl calls.
    match unsafe { (libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0), libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0)) } {
        (0, 0) => Ok(()),
        _ => Err(last_error()),
    }
}

fn close_inherited() -> Result<(), String> {
    // SAFETY: closes descriptors nobody here has opened.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    if closed == 0 {
        return Ok(());
    }
    for descriptor in 3..1024 {
        // SAFETY: as above.
        unsafe { libc::close(descriptor) };
    }
    Err("this kernel has no close_range; descriptors from 1024 on stay open".to_owned())
}

fn no_new_privs() -> Result<(), String> {
    // SAFETY: plain prctl calls.
    match unsafe {
        (libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
    } {
        (0, 1) => Ok(()),
        _ => Err(last_error()),
    }
}

fn landlock() -> Result<(), String> {
    let restrict = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V5))?
            .handle_access(AccessNet::from_all(ABI::V5))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?
            .restrict_self()
    };
    let status = restrict().map_err(|error: landlock::RulesetError| error.to_string())?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("this kernel does not have it".to_owned());
    }
    match open_root() {
        Some(libc::EACCES) => Ok(()),
        other => Err(format!("a folder still opens ({other:?})")),
    }
}

/// The error of opening `/`; none when it opens.
fn open_root() -> Option<i32> {
    // SAFETY: a static path; the descriptor is closed at once.
    unsafe {
        let descriptor = libc::open(c"/".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if descriptor < 0 {
            return io::Error::last_os_error().raw_os_error();
        }
        libc::close(descriptor);
        None
    }
}

/// System calls a runner needs after its start: its pipes, memory, clocks, randomness, and its own end.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

fn filter() -> Result<BpfProgram, Box<dyn std::error::Error>> {
    let only = |argument, operator, value| -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
        Ok(vec![SeccompRule::new(vec![condition])?])
    };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // Memory, but never memory that can be executed.
    let no_code = || only(2, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0);
    rules.insert(libc::SYS_mmap, no_code()?);
    rules.insert(libc::SYS_mprotect, no_code()?);
    // Limits and signals of this process only.
    rules.insert(libc::SYS_prlimit64, only(0, SeccompCmpOp::Eq, 0)?);
    rules.insert(libc::SYS_tgkill, only(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?);
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, refuse, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    Ok(filter.try_into()?)
}

fn seccomp() -> Result<(), String> {
    let filter = filter().map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&filter).map_err(|error| error.to_string())?;
    // SAFETY: each of these fails at once; nothing is passed that could be used.
    let tried = unsafe {
        [
            ("socket", libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0), io::Error::last_os_error()),
            (
                "execve",
                libc::execve(c"".as_ptr(), [std::ptr::null()].as_ptr(), [std::ptr::null()].as_ptr()),
                io::Error::last_os_error(),
            ),
            ("kill", libc::kill(1, 0), io::Error::last_os_error()),
        ]
    };
    for (call, result, error) in tried {
        if result != -1 || error.raw_os_error() != Some(libc::EPERM) {
            return Err(format!("{call} is not refused ({error})"));
        }
    }
    match open_root() {
        Some(libc::EPERM) => Ok(()),
        other => Err(format!("open is not refused ({other:?})")),
    }
}

fn current(resource: libc::__rlimit_resource_t) -> Result<u64, String> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes one struct on this stack.
    match unsafe { libc::getrlimit(resource, &mut limit) } {
        0 => Ok(limit.rlim_cur),
        _ => Err(last_error()),
    }
}

fn set(resource: libc::__rlimit_resource_t, value: u64) -> Result<(), String> {
    set_both(resource, libc::rlimit { rlim_cur: value, rlim_max: value })
}

fn set_both(resource: libc::__rlimit_resource_t, limit: libc::rlimit) -> Result<(), String> {
    // SAFETY: reads one struct on this stack.
    match unsafe { libc::setrlimit(resource, &limit) } {
        0 => Ok(()),
        _ => Err(last_error()),
    }
}
