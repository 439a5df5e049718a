//! What goes into a run and what comes out.

use std::path::PathBuf;

use contract::{ConsoleLine, Dealings, Ending, TraceEntry, Warning};
use secrecy::SecretString;
use serde_json::Value;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The `sluice-runner` binary; see [`Sandbox::runner_beside_current_exe`](crate::Sandbox::runner_beside_current_exe).
    pub runner: PathBuf,
    /// How many runners wait ready. With none, each run starts its own.
    pub warm: usize,
}

/// One run of one script.
pub struct RunSpec {
    /// The script's name in stacks, e.g. `login.js`.
    pub file: String,
    /// The admin's text, unchanged.
    pub script: String,
    /// Arguments before `context` and `callback`, in order.
    pub arguments: Vec<Value>,
    /// The `context` argument, when the connection has `enable_script_context`.
    pub context: Option<Value>,
    /// Values of `configuration`, in order.
    pub configuration: Vec<(String, SecretString)>,
    /// Limits.
    pub limits: wire::Limits,
    /// Which platform runtime to imitate.
    pub profile: wire::RuntimeProfile,
    /// Seed for `Math.random`; none for real randomness.
    pub seed: Option<u64>,
    /// A key keeps the container for later runs with the same key, so that `global` survives (contract §7.2 E5).
    pub container: Option<String>,
    /// What must not leak.
    pub watched: Watched,
}

/// Values of this run that must not stand where they do not belong.
#[derive(Default)]
pub struct Watched {
    /// The identifier: literally in SQL text it shows an injection.
    pub identifier: Option<String>,
    /// The password: must not be logged, returned or spliced into SQL.
    pub password: Option<SecretString>,
    /// Secrets by the key of `configuration` that holds them. Only those that the run's redactor knows are looked for.
    pub secrets: Vec<(String, SecretString)>,
}

/// Something that happens while a run goes on; redacted.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// A console line.
    Console(ConsoleLine),
    /// A trace entry.
    Trace(TraceEntry),
}

/// A run that is over.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// How it ended. **Not** redacted: flows need the profile.
    pub ending: Ending,
    /// Console lines; redacted.
    pub console: Vec<ConsoleLine>,
    /// What the run did; redacted.
    pub trace: Vec<TraceEntry>,
    /// Findings; redacted.
    pub warnings: Vec<Warning>,
    /// Why the last thing that found no connection, or was refused, failed; redacted.
    pub cause: Option<legacy::Cause>,
    /// How it got on with its stores; redacted.
    pub dealings: Dealings,
    /// From the call to the last message, in milliseconds.
    pub duration_ms: f64,
    /// What ran it.
    pub engine: Engine,
}

/// The engine and its walls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Name and version, e.g. `quickjs-ng 0.16.2`.
    pub name: String,
    /// Layers in force, as the runner measured them.
    pub isolation: wire::Isolation,
    /// Most memory the engine had allocated, in bytes; 0 when the run was killed.
    pub peak_bytes: u64,
}
