//! Scripts that measure themselves: the same text in Sluice and in Node, with the figure in what they call back with.

use legacy::{Endpoint, Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Sandbox, Watched};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use wire::{Limits, RuntimeProfile};

/// A script with all it needs.
pub(crate) struct Script {
    pub(crate) text: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) configuration: Vec<(String, String)>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) writes: Writes,
    /// A container that is kept; none for one of the run's own.
    pub(crate) container: Option<String>,
}

impl Script {
    /// Runs it and gives what it called back with.
    pub(crate) async fn run(&self, sandbox: &Sandbox) -> (Value, RunRecord) {
        let limits = Limits { wall_ms: 120_000, connections: 16, ..Limits::default() };
        let policy = Policy::new(std::env::temp_dir(), self.endpoints.clone());
        let session = Session::new(SessionOptions { policy, writes: self.writes, limits: limits.clone() });
        let spec = RunSpec {
            file: "script.js".to_owned(),
            script: self.text.clone(),
            arguments: self.arguments.clone(),
            context: None,
            configuration: self.configuration.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect(),
            limits,
            profile: RuntimeProfile::Compatible,
            seed: None,
            container: self.container.clone(),
            watched: Watched::default(),
        };
        let redactor = vault::Redactor::none();
        let record =
            sandbox.run(spec, &session, &redactor, &|_| {}, CancellationToken::new()).await.expect("the runner starts");
        session.finish().await;
        let result = record.ending.result().cloned();
        (result.unwrap_or_else(|| panic!("{}: {:?}", self.text, record.ending)), record)
    }

    /// What the script measured, under `ms`.
    pub(crate) async fn measure(&self, sandbox: &Sandbox) -> f64 {
        self.run(sandbox).await.0["ms"].as_f64().expect("the script measures")
    }
}
