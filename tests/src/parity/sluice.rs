//! Our side: the sandbox, as the app uses it, with writes committed so that the database can be compared.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use contract::{CallbackError, Ending, ScriptFault};
use legacy::{Endpoint, Policy, Session, SessionOptions, Writes};
use sandbox::{RunSpec, Sandbox, SandboxOptions, Watched};
use secrecy::SecretString;
use serde_json::Map;
use tokio_util::sync::CancellationToken;
use vault::Redactor;

use super::{
    Case, Record,
    compare::{ConsoleText, ErrorRecord},
};

/// A sandbox for all cases.
#[derive(Clone)]
pub(super) struct Sluice {
    sandbox: Arc<Sandbox>,
    root: PathBuf,
}

impl Sluice {
    pub(super) fn new() -> Sluice {
        let runner = crate::binary("sluice-runner");
        let sandbox = Sandbox::new(SandboxOptions { runner, warm: 2 }).expect("a sandbox");
        Sluice { sandbox: Arc::new(sandbox), root: std::env::temp_dir() }
    }

    pub(super) async fn run(
        &self,
        case: &Case,
        configuration: &[(String, String)],
        endpoints: Vec<Endpoint>,
        name_server: Option<SocketAddr>,
    ) -> Record {
        let limits = wire::Limits { wall_ms: case.setup.wall_ms, ..wire::Limits::default() };
        let policy = Policy::new(self.root.clone(), endpoints);
        let policy = match name_server {
            Some(address) => policy.asking(address),
            None => policy,
        };
        let session = Session::new(SessionOptions { policy, writes: Writes::Committed, limits: limits.clone() });
        let own = case.setup.configuration.iter().map(|(key, value)| (key.clone(), value.clone()));
        let spec = RunSpec {
            file: "script.js".to_owned(),
            script: case.script.clone(),
            arguments: case.setup.arguments.clone(),
            context: case.setup.context.clone(),
            configuration: configuration
                .iter()
                .cloned()
                .chain(own)
                .map(|(key, value)| (key, SecretString::from(value)))
                .collect(),
            limits,
            profile: wire::RuntimeProfile::Compatible,
            seed: None,
            container: None,
            watched: Watched::default(),
        };
        let record = self
            .sandbox
            .run(spec, &session, &Redactor::none(), &|_| {}, CancellationToken::new())
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        session.finish().await;
        let warned = |rule: &str| record.warnings.iter().any(|warning| warning.rule == rule);
        let (ending, error, results) = ended(&record.ending);
        Record {
            ending: ending.to_owned(),
            error,
            results,
            console: record
                .console
                .iter()
                .map(|line| ConsoleText {
                    level: serde_json::to_value(line.level)
                        .ok()
                        .and_then(|word| word.as_str().map(str::to_owned))
                        .unwrap_or_default(),
                    text: line.text.clone(),
                })
                .collect(),
            called_twice: warned("callback_twice"),
            error_afterwards: warned("error_after_callback"),
            database: None,
            warnings: record.warnings.iter().map(|warning| format!("{}: {}", warning.rule, warning.message)).collect(),
        }
    }
}

fn ended(ending: &Ending) -> (&'static str, Option<ErrorRecord>, Vec<serde_json::Value>) {
    match ending {
        Ending::CalledBack { error, results, .. } => ("called_back", error.as_ref().map(called), results.clone()),
        Ending::Threw { fault, .. } => ("threw", Some(thrown(fault)), vec![]),
        Ending::Invalid { fault } => {
            ("invalid", Some(ErrorRecord { class: fault.class.clone(), ..ErrorRecord::default() }), vec![])
        }
        Ending::NoCallback { .. } => ("no_callback", None, vec![]),
        Ending::TimedOut { .. } => ("timed_out", None, vec![]),
        Ending::OutOfMemory { .. } => ("out_of_memory", None, vec![]),
        Ending::Crashed { .. } => ("crashed", None, vec![]),
        Ending::Cancelled => ("cancelled", None, vec![]),
    }
}

fn called(error: &CallbackError) -> ErrorRecord {
    ErrorRecord {
        class: error.class.clone(),
        message: error.message.clone(),
        code: error.code.clone(),
        user_id: error.user_id.clone(),
        fields: error.fields.clone(),
        line: error.position.as_ref().map(|place| place.line),
    }
}

fn thrown(fault: &ScriptFault) -> ErrorRecord {
    ErrorRecord {
        class: fault.class.clone(),
        message: fault.message.clone(),
        code: fault.code.clone(),
        user_id: None,
        // A fault carries no further fields.
        fields: Map::new(),
        line: fault.position.as_ref().map(|place| place.line),
    }
}
