//! What the host asks of a runner.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StoreReply;

/// Host to runner. Deliberately without `Debug`: a job carries the configuration's secrets and a typed password.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToRunner {
    /// Run this script.
    Start(Box<Job>),
    /// The answer to request `id` of the current run.
    Reply {
        /// As in [`FromRunner::Request`](crate::FromRunner::Request).
        id: u32,
        /// What came of it.
        reply: StoreReply,
    },
}

/// One run of one script.
#[derive(Serialize, Deserialize)]
pub struct Job {
    /// What to do with the script.
    pub purpose: Purpose,
    /// The script's name in stacks, e.g. `login.js`.
    pub file: String,
    /// The admin's text, unchanged; it must evaluate to one function (contract §7.2 E1).
    pub script: String,
    /// Arguments before `context` and `callback`, in order.
    pub arguments: Vec<Value>,
    /// The `context` argument, when the connection has `enable_script_context`.
    pub context: Option<Value>,
    /// Values of `configuration`, in order; frozen in the script (contract §5.3).
    pub configuration: Vec<(String, String)>,
    /// Limits of this run.
    pub limits: Limits,
    /// Which platform runtime to imitate.
    pub profile: RuntimeProfile,
    /// Seed for `Math.random` and the like; none for the operating system's randomness.
    pub seed: Option<u64>,
    /// Whether the runner waits for another job of the same connection, with its `global` kept (contract §7.2 E5).
    pub keep_container: bool,
}

/// What to do with a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Call the function.
    Run,
    /// Evaluate the text and report the function's [`Shape`](crate::Shape) without calling it.
    Inspect,
}

/// The platform runtime a run imitates (contract §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RuntimeProfile {
    /// Node 22, and what runtimes before Node 16 had besides; whatever is gone in production is reported.
    #[default]
    #[serde(rename = "compatible")]
    Compatible,
    /// Node 18 as in production.
    #[serde(rename = "18")]
    Node18,
    /// Node 22 as in production, the platform's default.
    #[serde(rename = "22")]
    Node22,
}

/// Limits of one run (design §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall clock, in milliseconds.
    pub wall_ms: u64,
    /// Memory the script may allocate, in bytes.
    pub memory_bytes: u64,
    /// Engine stack, in bytes.
    pub stack_bytes: u64,
    /// Script text, in bytes.
    pub script_bytes: u64,
    /// All console text of a run, in bytes.
    pub console_bytes: u64,
    /// The result as JSON, in bytes.
    pub result_bytes: u64,
    /// Rows of one query.
    pub query_rows: u64,
    /// Bytes of one query's result.
    pub query_bytes: u64,
    /// Bytes of one HTTP body, either way.
    pub http_bytes: u64,
    /// Connections open at once.
    pub connections: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            wall_ms: 20_000,
            memory_bytes: 128 << 20,
            stack_bytes: 1 << 20,
            script_bytes: 100_000,
            console_bytes: 256 << 10,
            result_bytes: 1 << 20,
            query_rows: 10_000,
            query_bytes: 32 << 20,
            http_bytes: 10 << 20,
            connections: 8,
        }
    }
}
