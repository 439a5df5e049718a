//! Hostile scripts: each ends in time, with its outcome, and the next run works.
//!
//! A folder of `tests/fixtures/hostile` is a case: `login.js`, and `expected.json` with the outcomes it may have (several
//! where speed or memory of the machine decides), `message` (part of the error's), `got` (what an escape may bring) and
//! `wall_ms`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot start has failed; its table is for people

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use acceptance::binary;
use contract::{Action, Ending, Outcome};
use legacy::{Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Sandbox, SandboxOptions, Watched};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use vault::Redactor;
use wire::{Limits, RuntimeProfile};

/// What a run may take beyond its limit.
const SLACK_MS: f64 = 500.0;

#[derive(Deserialize)]
struct Expected {
    outcome: Vec<Outcome>,
    message: Option<String>,
    got: Option<Value>,
    wall_ms: Option<u64>,
    #[serde(default)]
    console_truncated: bool,
}

fn sandbox(warm: usize) -> Sandbox {
    Sandbox::new(SandboxOptions { runner: binary("sluice-runner"), warm }).unwrap()
}

fn spec(script: &str, wall_ms: u64) -> RunSpec {
    RunSpec {
        file: "login.js".to_owned(),
        script: script.to_owned(),
        arguments: vec![json!("ada@example.test"), json!("Pa55 word")],
        context: None,
        configuration: Vec::new(),
        limits: Limits { wall_ms, memory_bytes: 48 << 20, ..Limits::default() },
        profile: RuntimeProfile::Compatible,
        seed: None,
        container: None,
        watched: Watched::default(),
    }
}

async fn run(sandbox: &Sandbox, spec: RunSpec, cancel: CancellationToken) -> RunRecord {
    let session = Session::new(SessionOptions {
        policy: Policy::new(std::env::temp_dir(), Vec::new()),
        writes: Writes::RolledBack,
        limits: spec.limits.clone(),
    });
    sandbox.run(spec, &session, &Redactor::none(), &|_| {}, cancel).await.unwrap()
}

async fn next_run_works(sandbox: &Sandbox) {
    let good = "function login(identifier, password, callback) { callback(null, { user_id: '1' }); }";
    let record = run(sandbox, spec(good, 5_000), CancellationToken::new()).await;
    assert_eq!(record.ending.result(), Some(&json!({"user_id": "1"})), "the next run: {:?}", record.ending);
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile");
    let mut cases: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// Runs every case whose name begins with one of `kinds`, prints a table, and names all that went wrong.
async fn check(kinds: &[&str]) {
    let sandbox = sandbox(1);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        if !kinds.iter().any(|kind| name.starts_with(kind)) {
            continue;
        }
        let script = fs::read_to_string(case.join("login.js")).unwrap();
        let expected: Expected = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        let wall_ms = expected.wall_ms.unwrap_or(1_000);
        let began = Instant::now();
        let record = run(&sandbox, spec(&script, wall_ms), CancellationToken::new()).await;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        let outcome = Outcome::of(Action::Login, &record.ending);
        println!(
            "{name:26} {:16} {took:7.0} ms  peak {:6.1} MiB",
            outcome.word(),
            record.engine.peak_bytes as f64 / 1048576.0
        );
        wrong.extend(judge(&expected, &record, outcome, took, wall_ms).map(|problem| format!("{name}: {problem}")));
        next_run_works(&sandbox).await;
        checked += 1;
    }
    assert!(checked > 0, "no case of {kinds:?}");
    assert!(wrong.is_empty(), "{} of {checked} cases:\n{}", wrong.len(), wrong.join("\n"));
}

fn judge<'a>(
    expected: &'a Expected,
    record: &'a RunRecord,
    outcome: Outcome,
    took: f64,
    wall_ms: u64,
) -> impl Iterator<Item = String> + 'a {
    let text = format!("{:?}", record.ending);
    let late = (took > wall_ms as f64 + SLACK_MS).then(|| format!("took {took:.0} ms, the limit is {wall_ms} ms"));
    let other = (!expected.outcome.contains(&outcome)).then(|| {
        format!(
            "ended as {} ({}), not as {:?}",
            outcome.word(),
            &text[..text.floor_char_boundary(300)],
            expected.outcome
        )
    });
    let silent = expected
        .message
        .as_ref()
        .filter(|message| !text.contains(*message))
        .map(|message| format!("does not say {message:?}: {text}"));
    let cut = record.warnings.iter().any(|warning| warning.rule == "console_truncated");
    let uncut = (expected.console_truncated && !cut).then(|| "the console was not cut".to_owned());
    let brought = expected.got.as_ref().and_then(|allowed| escaped(allowed, record));
    [late, other, silent, uncut, brought].into_iter().flatten()
}

/// What an escape brought beyond what it may.
fn escaped(allowed: &Value, record: &RunRecord) -> Option<String> {
    let allowed: Vec<&Value> = allowed.as_array().map_or_else(|| vec![allowed], |values| values.iter().collect());
    let empty = Map::new();
    let got = record.ending.result().and_then(|result| result["got"].as_object()).unwrap_or(&empty);
    if got.is_empty() {
        return Some(format!("answers nothing: {:?}", record.ending));
    }
    let more: Vec<_> = got.iter().filter(|(_, value)| !allowed.contains(value)).collect();
    (!more.is_empty()).then(|| format!("got {more:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn busy_scripts_end_in_time() {
    check(&["loop-", "array-", "regex-", "bigint-", "number-", "json-", "string-", "date-"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_bombs_end_as_out_of_memory() {
    check(&["memory-"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deep_recursion_is_an_error_of_the_script() {
    check(&["recursion"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storms_end_in_time() {
    check(&["promise-", "async-", "microtask-", "tick-", "timer-", "immediate-", "request-", "never-"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_are_cut() {
    check(&["console-", "result-", "warning-", "callback-", "require-"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traps_in_values_reach_nobody() {
    check(&["error-", "throw-", "stack-"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_escapes() {
    check(&["escape-"]).await;
}

#[test]
fn every_case_belongs_to_a_test() {
    let kinds = [
        "loop-",
        "array-",
        "regex-",
        "bigint-",
        "number-",
        "json-",
        "string-",
        "date-",
        "memory-",
        "recursion",
        "promise-",
        "async-",
        "microtask-",
        "tick-",
        "timer-",
        "immediate-",
        "request-",
        "never-",
        "console-",
        "result-",
        "warning-",
        "callback-",
        "require-",
        "error-",
        "throw-",
        "stack-",
        "escape-",
    ];
    let name = |case: &PathBuf| case.file_name().unwrap().to_str().unwrap().to_owned();
    let cases = cases();
    let lost: Vec<_> = cases.iter().map(name).filter(|name| !kinds.iter().any(|kind| name.starts_with(kind))).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(cases.len() >= 100, "{}", cases.len());
}

const BUSY: &str = "function login(identifier, password, callback) { Array(4e9).join(''); while (true) {} }";
const WAITING: &str = "function login(identifier, password, callback) { setInterval(() => {}, 1000); }";

/// The process id of the one runner that waits.
async fn waiting(sandbox: &Sandbox) -> u32 {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(pid) = sandbox.waiting().first() {
            return *pid;
        }
        assert!(Instant::now() < until, "no runner gets ready");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn signal(pid: u32, name: &str) {
    let done = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap();
    assert!(done.success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_engine_is_an_outcome() {
    let sandbox = sandbox(1);
    for (name, detail) in
        [("SEGV", "signal 11 (SIGSEGV)"), ("ABRT", "signal 6 (SIGABRT)"), ("KILL", "signal 9 (SIGKILL)")]
    {
        for script in [BUSY, WAITING] {
            let pid = waiting(&sandbox).await;
            let killer = async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                signal(pid, name);
                if name == "SEGV" {
                    // Rust's own handler takes the first one for a stack overflow and waits for the fault to come again.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    signal(pid, name);
                }
            };
            let began = Instant::now();
            let (record, ()) = tokio::join!(run(&sandbox, spec(script, 10_000), CancellationToken::new()), killer);
            assert!(
                matches!(&record.ending, Ending::Crashed { detail: said } if said == detail),
                "{:?}",
                record.ending
            );
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            next_run_works(&sandbox).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_died_while_it_waited_is_replaced() {
    let sandbox = sandbox(1);
    let pid = waiting(&sandbox).await;
    signal(pid, "KILL");
    tokio::time::sleep(Duration::from_millis(100)).await;
    next_run_works(&sandbox).await;
    assert_ne!(waiting(&sandbox).await, pid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_ends_a_run_at_once() {
    let sandbox = sandbox(1);
    for script in [BUSY, "function login(identifier, password, callback) { while (true) {} }", WAITING] {
        let cancel = CancellationToken::new();
        let stop = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel.cancel();
            Instant::now()
        };
        let (record, stopped) = tokio::join!(run(&sandbox, spec(script, 20_000), cancel.clone()), stop);
        assert_eq!(record.ending, Ending::Cancelled);
        assert!(stopped.elapsed() < Duration::from_millis(500), "{:?}", stopped.elapsed());
        next_run_works(&sandbox).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_at_once_end_each_for_itself() {
    let sandbox = sandbox(2);
    let runs = (0..12).map(|number| {
        let sandbox = sandbox.clone();
        tokio::spawn(async move {
            let script = format!("function login(i, p, callback) {{ global.x = {number}; setTimeout(() => callback(null, global.x), 20); }}");
            run(&sandbox, spec(&script, 20_000), CancellationToken::new()).await.ending.result().cloned()
        })
    });
    for (number, run) in runs.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(run.await.unwrap(), Some(json!(number)));
    }
}

/// A process of this test binary starts a busy run and is killed; the runner must be gone with it.
#[cfg(target_os = "linux")]
#[test]
fn a_runner_dies_with_its_parent() {
    use std::io::{BufRead, BufReader};

    const PARENT: &str = "SLUICE_TEST_PARENT";
    if std::env::var_os(PARENT).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = sandbox(1);
            println!("runner {}", waiting(&sandbox).await);
            run(&sandbox, spec(BUSY, 60_000), CancellationToken::new()).await;
        });
        return;
    }
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_runner_dies_with_its_parent", "--nocapture"])
        .env(PARENT, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let pid = lines.map_while(Result::ok).find_map(|line| line.split("runner ").nth(1)?.trim().parse::<u32>().ok());
    let process = PathBuf::from(format!("/proc/{}", pid.expect("the parent names its runner")));
    std::thread::sleep(Duration::from_millis(300));
    assert!(process.exists(), "the runner is busy");
    parent.kill().unwrap();
    parent.wait().unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    let gone = || fs::read_to_string(process.join("stat")).map_or(true, |stat| stat.contains(") Z "));
    while !gone() {
        assert!(Instant::now() < until, "the runner lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}
