//! Action scripts on a real store: templates or texts, through sandbox and runner.

use std::{fs, path::PathBuf};

use contract::{CallbackError, Ending};
use legacy::{Endpoint, Finish, Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Sandbox, SandboxOptions, Watched};
use secrecy::SecretString;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use wire::{Limits, RuntimeProfile};

/// A store's templates, its configuration, and the sandbox that runs them. Make one inside a tokio runtime.
pub struct Scripts {
    sandbox: Sandbox,
    folder: PathBuf,
    /// Folder for relative SQLite paths.
    pub root: PathBuf,
    /// `configuration` of every run.
    pub configuration: Vec<(String, String)>,
    /// What scripts may reach.
    pub allowed: Vec<Endpoint>,
    /// Limits of every run.
    pub limits: Limits,
}

impl Scripts {
    /// The templates in `scripts/<store>`.
    pub fn of(store: &str) -> Scripts {
        let runner = Sandbox::runner_beside_current_exe().expect("cargo build -p runner was run");
        let sandbox = Sandbox::new(SandboxOptions { runner, warm: 1 }).expect("the runner starts");
        Scripts {
            sandbox,
            folder: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(store),
            root: std::env::temp_dir(),
            configuration: Vec::new(),
            allowed: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// A template's text.
    pub fn text(&self, file: &str) -> String {
        let path = self.folder.join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A new session.
    pub fn session(&self, writes: Writes) -> Session {
        let policy = Policy::new(self.root.clone(), self.allowed.clone());
        Session::new(SessionOptions { policy, writes, limits: self.limits.clone() })
    }

    /// Runs a template within a session, as in a flow.
    pub async fn run(&self, session: &Session, file: &str, arguments: &[Value]) -> RunRecord {
        self.run_text(session, file, &self.text(file), arguments).await
    }

    /// Runs a script's text within a session.
    pub async fn run_text(&self, session: &Session, file: &str, script: &str, arguments: &[Value]) -> RunRecord {
        let configuration = self.configuration.iter();
        let spec = RunSpec {
            file: file.to_owned(),
            script: script.to_owned(),
            arguments: arguments.to_vec(),
            context: None,
            configuration: configuration
                .map(|(name, value)| (name.clone(), SecretString::from(value.as_str())))
                .collect(),
            limits: self.limits.clone(),
            profile: RuntimeProfile::Compatible,
            seed: None,
            container: None,
            watched: Watched::default(),
        };
        let redactor = vault::Redactor::none();
        let cancel = CancellationToken::new();
        self.sandbox.run(spec, session, &redactor, &|_| (), cancel).await.expect("the runner starts")
    }

    /// Runs a template in a session of its own, and ends it.
    pub async fn alone(&self, writes: Writes, file: &str, arguments: &[Value]) -> (RunRecord, Finish) {
        let session = self.session(writes);
        let record = self.run(&session, file, arguments).await;
        (record, session.finish().await)
    }

    /// Runs a script's text in a session of its own, and ends it.
    pub async fn alone_text(&self, writes: Writes, script: &str) -> (RunRecord, Finish) {
        let session = self.session(writes);
        let record = self.run_text(&session, "script.js", script, &[]).await;
        (record, session.finish().await)
    }
}

/// What a script called back with as its result; anything else fails the test.
pub fn result(record: &RunRecord) -> Value {
    match &record.ending {
        Ending::CalledBack { error: None, results, .. } => results.first().cloned().unwrap_or(Value::Null),
        other => panic!("no result but {other:?}\ntrace: {:#?}", record.trace),
    }
}

/// The error a script called back with; anything else fails the test.
pub fn error(record: &RunRecord) -> &CallbackError {
    match &record.ending {
        Ending::CalledBack { error: Some(error), .. } => error,
        other => panic!("no error but {other:?}"),
    }
}
