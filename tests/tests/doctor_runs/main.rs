//! What the doctor finds in runs (ux §4): one test per rule, each with a script that must not be reported.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod callbacks;
mod changes;
mod command_line;
mod consistency;
mod containers;
mod doubts;
mod old_scripts;
mod runtimes;
mod secrets;
mod stores;
mod trace;

use std::{fs, net::TcpListener};

use acceptance::binary;
use contract::{Action, Warning};
use serde_json::{Value, json};
use studio::view::{RunReport, TryArguments};
use studio::{RunOptions, SecretsFrom, Studio, StudioOptions, TryRequest, Workspace};
use tokio_util::sync::CancellationToken;
use vault::BackendChoice;

/// What end users type in these tests.
const IDENTIFIER: &str = "ada@example.test";

/// A workspace with one connection, `c`, in a folder that goes with it.
struct Desk {
    workspace: Workspace,
    folder: tempfile::TempDir,
}

impl Desk {
    /// With these scripts, by their keys.
    async fn new(scripts: &[(Action, &str)]) -> Desk {
        Desk::with(&json!({}), scripts).await
    }

    /// With a configuration; references in it get their values from [`Desk::provide`].
    async fn with(configuration: &Value, scripts: &[(Action, &str)]) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("ws");
        let connection = root.join("database-connections/c");
        fs::create_dir_all(&connection).unwrap();
        fs::write(connection.join("users.sqlite"), "").unwrap(); // an empty database
        let listed: serde_json::Map<String, Value> = scripts
            .iter()
            .map(|(action, _)| (action.key().to_owned(), json!(format!("./{}", action.file_name()))))
            .collect();
        let database = json!({"name": "c", "strategy": "auth0", "options": {"enabledDatabaseCustomization": true,
            "import_mode": true, "configuration": configuration, "customScripts": listed}});
        fs::write(connection.join("database.json"), database.to_string()).unwrap();
        let options = StudioOptions {
            data_dir: folder.path().join("data"),
            runner: Some(binary("sluice-runner")),
            warm_runners: 1,
            secrets: SecretsFrom::Vault,
        };
        let studio = Studio::open(options).await.unwrap();
        let workspace = studio.workspace(&root).await.unwrap();
        workspace.choose_vault(BackendChoice::AskEachTime, None).await.unwrap();
        let desk = Desk { workspace, folder };
        scripts.iter().for_each(|(action, text)| desk.write(*action, text));
        desk
    }

    /// Puts a script's text on disk.
    fn write(&self, action: Action, text: &str) {
        fs::write(self.folder.path().join("ws/database-connections/c").join(action.file_name()), text).unwrap();
    }

    async fn provide(&self, name: &str, value: &str) {
        self.workspace.provide_secret("c", name, value.into()).await.unwrap();
    }

    /// Runs a script for somebody, with these options.
    async fn try_for(&self, action: Action, identifier: &str, options: RunOptions) -> RunReport {
        let request = TryRequest {
            connection: "c".to_owned(),
            action,
            text: None,
            arguments: TryArguments { identifier: Some(identifier.to_owned()), ..TryArguments::default() },
            password: (action == Action::Login).then(|| "Pa55 word".into()),
            options,
        };
        self.workspace.try_script(request, &|_| {}, CancellationToken::new()).await.unwrap()
    }

    async fn attempt(&self, action: Action) -> RunReport {
        self.try_for(action, IDENTIFIER, RunOptions::default()).await
    }
}

/// A Get User of this body, run once.
async fn get_user(body: &str) -> RunReport {
    get_user_with(body, RunOptions::default()).await
}

async fn get_user_with(body: &str, options: RunOptions) -> RunReport {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(body))]).await;
    desk.try_for(Action::GetUser, IDENTIFIER, options).await
}

/// The body begins on line 2.
fn get_user_text(body: &str) -> String {
    format!("function getUser(email, callback) {{\n{body}\n}}")
}

fn found<'a>(report: &'a RunReport, rule: &str) -> Vec<&'a Warning> {
    report.warnings.iter().filter(|warning| warning.rule == rule).collect()
}

/// The one finding of a rule.
fn only<'a>(report: &'a RunReport, rule: &str) -> &'a Warning {
    let found = found(report, rule);
    assert_eq!(found.len(), 1, "{rule} in {:#?}\nerror: {:?}", report.warnings, report.error);
    found[0]
}

fn none(report: &RunReport, rule: &str) {
    assert!(found(report, rule).is_empty(), "{rule} in {:#?}", report.warnings);
}

/// Where nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn allowing(port: u16) -> RunOptions {
    RunOptions { allow: vec![format!("127.0.0.1:{port}")], ..RunOptions::default() }
}
