//! Runs scripts in a real runner. Build it first: `cargo build -p runner`.
#![allow(dead_code)] // each test binary uses its own part
#![allow(clippy::unwrap_used)] // a test that cannot start has failed

use contract::{Ending, ScriptFault};
use legacy::{Policy, Session, SessionOptions, Writes};
use sandbox::{RunEvent, RunRecord, RunSpec, Sandbox, SandboxOptions, Watched};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use vault::Redactor;
use wire::{Limits, RuntimeProfile};

pub(crate) fn sandbox(warm: usize) -> Sandbox {
    let runner = Sandbox::runner_beside_current_exe().expect("build the runner first: cargo build -p runner");
    Sandbox::new(SandboxOptions { runner, warm }).unwrap()
}

pub(crate) fn spec(script: &str) -> RunSpec {
    RunSpec {
        file: "login.js".to_owned(),
        script: script.to_owned(),
        arguments: vec![json!("ada@example.test"), json!("Pa55 word")],
        context: None,
        configuration: Vec::new(),
        limits: Limits { wall_ms: 5_000, ..Limits::default() },
        profile: RuntimeProfile::Compatible,
        seed: None,
        container: None,
        watched: Watched::default(),
    }
}

pub(crate) fn session() -> Session {
    Session::new(SessionOptions {
        policy: Policy::new(std::env::temp_dir(), Vec::new()),
        writes: Writes::RolledBack,
        limits: Limits::default(),
    })
}

pub(crate) async fn run_in(sandbox: &Sandbox, spec: RunSpec) -> RunRecord {
    let ignore = |_: RunEvent| {};
    sandbox.run(spec, &session(), &Redactor::none(), &ignore, CancellationToken::new()).await.unwrap()
}

/// A run of `function login(identifier, password, callback)` written as `script`.
pub(crate) async fn run(script: &str) -> RunRecord {
    run_in(&sandbox(0), spec(script)).await
}

pub(crate) fn results(record: &RunRecord) -> &[Value] {
    match &record.ending {
        Ending::CalledBack { error: None, results, .. } => results,
        other => panic!("no good callback but {other:?}"),
    }
}

pub(crate) fn result(record: &RunRecord) -> &Value {
    results(record).first().unwrap_or(&Value::Null)
}

pub(crate) fn called_back_error(record: &RunRecord) -> &contract::CallbackError {
    match &record.ending {
        Ending::CalledBack { error: Some(error), .. } => error,
        other => panic!("no error in callback but {other:?}"),
    }
}

pub(crate) fn thrown(record: &RunRecord) -> &ScriptFault {
    match &record.ending {
        Ending::Threw { fault, .. } => fault,
        other => panic!("not thrown but {other:?}"),
    }
}

pub(crate) fn invalid(record: &RunRecord) -> &ScriptFault {
    match &record.ending {
        Ending::Invalid { fault } => fault,
        other => panic!("not invalid but {other:?}"),
    }
}

/// Line and column of a fault.
pub(crate) fn place(fault: &ScriptFault) -> (u32, u32) {
    let position = fault.position.as_ref().expect("a position");
    assert_eq!(position.file, "login.js");
    (position.line, position.column)
}

pub(crate) fn warnings<'a>(record: &'a RunRecord, rule: &str) -> Vec<&'a contract::Warning> {
    record.warnings.iter().filter(|warning| warning.rule == rule).collect()
}
