//! Node's side: `tests/fixtures/parity/bench.js`, where the real npm packages lie.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::scene::Lookup;
use crate::scripts::Script;

/// What a Node process measured of itself.
#[derive(Deserialize)]
pub(crate) struct Measured {
    /// Milliseconds of all measured runs together.
    pub(crate) ms: f64,
    /// Most memory the process has held.
    pub(crate) peak_bytes: f64,
    /// What the last run called back with.
    pub(crate) result: Value,
}

/// A Node process from start to end: how long it took as a whole in milliseconds, and what it measured inside.
pub(crate) fn run(lookup: &Lookup, warm: u32, runs: u32) -> (f64, Measured) {
    process(&lookup.script, &lookup.arguments, &lookup.configuration, warm, runs)
}

/// The same for a script that measures itself.
pub(crate) fn script(script: &Script, warm: u32, runs: u32) -> Measured {
    process(&script.text, &script.arguments, &script.configuration, warm, runs).1
}

fn process(
    script: &str,
    arguments: &[Value],
    configuration: &[(String, String)],
    warm: u32,
    runs: u32,
) -> (f64, Measured) {
    let configuration: Map<String, Value> =
        configuration.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let job = json!({
        "script": script, "arguments": arguments, "configuration": configuration, "warm": warm, "runs": runs,
    });
    let began = Instant::now();
    let mut child = Command::new("node")
        .arg("bench.js")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity"))
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    child.stdin.take().unwrap().write_all(job.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed().as_secs_f64() * 1000.0;
    assert!(output.status.success(), "node: {}", output.status);
    (took, serde_json::from_slice(&output.stdout).expect("bench.js answers"))
}

/// An empty Node process, in milliseconds.
pub(crate) fn start() -> f64 {
    let began = Instant::now();
    let status = Command::new("node").args(["-e", "0"]).env_remove("NODE_OPTIONS").status().expect("node is installed");
    assert!(status.success());
    began.elapsed().as_secs_f64() * 1000.0
}
