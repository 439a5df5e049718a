//! Where a set runs: in Sluice, or in real Node with the real npm packages, as it would on the platform.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use contract::{Action, CallbackError, Ending, Outcome};
use legacy::Writes;
use sandbox::RunRecord;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::stores::Store;

/// The place.
pub(crate) enum Place {
    /// Sandbox and runner.
    Sluice,
    /// `node`, where every write is for good.
    Node(Container),
}

/// How a script ended, and in Sluice what it did.
pub(crate) struct Answer {
    pub(crate) ending: Ending,
    pub(crate) record: Option<RunRecord>,
}

impl Answer {
    pub(crate) fn outcome(&self, action: Action) -> Outcome {
        Outcome::of(action, &self.ending)
    }

    /// The result it called back with; anything else fails the test.
    pub(crate) fn result(&self) -> Value {
        match &self.ending {
            Ending::CalledBack { error: None, results, .. } => results.first().cloned().unwrap_or(Value::Null),
            other => panic!("no result but {other:?}\n{:#?}", self.record.as_ref().map(|record| &record.trace)),
        }
    }

    /// The error it called back with; anything else fails the test.
    pub(crate) fn error(&self) -> &CallbackError {
        match &self.ending {
            Ending::CalledBack { error: Some(error), .. } => error,
            other => panic!("no error but {other:?}"),
        }
    }
}

/// Runs a script of the set.
pub(crate) async fn call(store: &Store, writes: Writes, file: &str, arguments: &[Value]) -> Answer {
    match &store.place {
        Place::Sluice => {
            let (record, _) = store.scripts.alone(writes, file, arguments).await;
            Answer { ending: record.ending.clone(), record: Some(record) }
        }
        Place::Node(container) => Answer { ending: container.run(store, file, arguments), record: None },
    }
}

/// A Node process that runs scripts one after the other, as a container of the platform does.
pub(crate) struct Container {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

#[derive(Deserialize)]
struct Ended {
    threw: bool,
    calls: u32,
    error: Option<Described>,
    results: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Described {
    class: String,
    message: String,
    code: Option<String>,
    user_id: Option<String>,
}

impl Container {
    pub(crate) fn start() -> Container {
        let mut child = Command::new("node")
            .arg("--no-warnings")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/templates/container.cjs"))
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let pipes = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Container { child, pipes: Mutex::new(pipes) }
    }

    fn run(&self, store: &Store, file: &str, arguments: &[Value]) -> Ending {
        let job = json!({
            "file": file,
            "script": store.scripts.text(file),
            "arguments": arguments,
            "configuration": store.scripts.configuration,
        });
        let mut pipes = self.pipes.lock().unwrap();
        writeln!(pipes.0, "{job}").unwrap();
        let mut line = String::new();
        pipes.1.read_line(&mut line).unwrap();
        let ended: Ended = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{file}: {error}: {line:?}"));
        assert!(!ended.threw && ended.calls == 1, "{file} calls back once: {line}");
        let error = ended.error.map(|error| CallbackError {
            message: error.message,
            code: error.code,
            user_id: error.user_id,
            ..CallbackError::new(&error.class)
        });
        Ending::CalledBack { error, results: ended.results, connection_failed: false, blocked: false }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it keeps nothing
        let _ = self.child.wait();
    }
}
