//! What a runner tells the host.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::StoreRequest;

/// Runner to host. Its kind comes first on the wire, so that a message is read in one go.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromRunner {
    /// The process is up, isolated, and waits for a job.
    Ready {
        /// The layers that are in force.
        isolation: Isolation,
        /// The engine's name and version, e.g. `quickjs-ng 0.16.2`.
        engine: String,
    },
    /// A console line.
    Console {
        /// Milliseconds since the run began.
        at_ms: f64,
        /// The method.
        method: ConsoleMethod,
        /// Formatted as Node does.
        text: String,
    },
    /// Something the runner did by itself that took time, for the trace.
    Span {
        /// Milliseconds since the run began.
        at_ms: f64,
        /// Milliseconds it took.
        ms: f64,
        /// What it was.
        kind: SpanKind,
        /// A few words, e.g. `bcrypt 10`, `require pg`.
        label: String,
    },
    /// The script wants something from outside. The host answers with [`ToRunner::Reply`](crate::ToRunner::Reply).
    Request {
        /// Number of the request within the run.
        id: u32,
        /// Milliseconds since the run began.
        at_ms: f64,
        /// What the script waits for, e.g. `pg query`; shown when it never ends.
        label: String,
        /// The request.
        request: StoreRequest,
        /// The statement as the script wrote it, where the driver put values into the text (`mysql`). A shim passes it as
        /// `written` beside the request's own fields; injection is judged by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written: Option<String>,
    },
    /// The answer to a request is no longer wanted (an abort, a timeout of the script's own).
    Abandon {
        /// The request.
        id: u32,
    },
    /// A finding that only the engine can make (second callback, version pin, write to `configuration`, …).
    Warning {
        /// Stable rule id.
        rule: String,
        /// What was found.
        message: String,
        /// Line in the admin's text.
        line: Option<u32>,
    },
    /// `callback` was called for the first time; the run goes on until its work is done or the clock runs out.
    CalledBack {
        /// Milliseconds since the run began.
        at_ms: f64,
        /// First argument, unless null or undefined.
        error: Option<WireError>,
        /// Further arguments.
        results: Vec<Value>,
    },
    /// The run is over. Last message of a run.
    Ended {
        /// How.
        ended: Ended,
        /// Milliseconds since the run began.
        at_ms: f64,
        /// Most memory the engine had allocated, in bytes.
        peak_bytes: u64,
        /// Whether the script keeps a pool or a client in `global`, for runs to come.
        keeps_connections: bool,
    },
}

/// How the engine saw a run end. Time-outs by the outer clock, crashes and cancels are the host's to tell.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ended {
    /// All work is done (or cut off after a callback); the first callback was reported before.
    Finished,
    /// Threw, or the promise rejected, before any callback.
    Threw {
        /// What.
        error: WireError,
    },
    /// No JavaScript, or not one function.
    Invalid {
        /// Why.
        error: WireError,
    },
    /// Nothing left to wait for, and no callback.
    NoCallback {
        /// What it waited for last.
        last_awaited: Option<String>,
    },
    /// The inner deadline came, in busy code or while waiting.
    Interrupted {
        /// What it waited for; nothing when it was busy computing.
        last_awaited: Option<String>,
    },
    /// The memory limit was reached.
    OutOfMemory,
    /// Answer to [`Purpose::Inspect`](crate::Purpose::Inspect).
    Inspected {
        /// The function's shape.
        shape: Shape,
    },
}

/// The shape of a script's function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Declared name; empty for an anonymous function.
    pub name: String,
    /// `fn.length`.
    pub parameters: u32,
    /// Declared `async`.
    pub is_async: bool,
    /// Has default or rest parameters, so that `fn.length` says less than the text.
    pub open_ended: bool,
}

/// A place in the admin's text, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WirePosition {
    /// File name.
    pub file: String,
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// An error value as it left the script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WireError {
    /// Class name, or the result of `typeof` for values that are no errors.
    pub class: String,
    /// `message`, or the value as text.
    pub message: String,
    /// `code` as text.
    pub code: Option<String>,
    /// First argument of `WrongUsernameOrPasswordError` when truthy.
    pub user_id: Option<String>,
    /// Other own enumerable fields.
    pub fields: Map<String, Value>,
    /// Innermost place in the admin's text.
    pub position: Option<WirePosition>,
    /// Stack with frames of the admin's text only.
    pub stack: Option<String>,
    /// What its chain of `cause` says in one line, where that is more than the message.
    pub cause: Option<String>,
}

/// Console methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the methods
pub enum ConsoleMethod {
    Log,
    Info,
    Debug,
    Warn,
    Error,
    Trace,
}

/// Kinds of [`FromRunner::Span`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// A module was loaded.
    Require,
    /// A password hash was computed or compared.
    Hash,
}

/// Isolation layers, as measured when the runner started (design §3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// Layers in force, e.g. `seccomp`, `landlock`, `rlimit_as`, `no_new_privs`, `death_signal`, `empty_environment`.
    pub in_force: Vec<String>,
    /// Layers this system lacks, with the reason.
    pub missing: Vec<String>,
}
