//! The MySQL templates, and scripts of admins, through sandbox, runner and driver to a real MariaDB and back.

use std::{fs, path::PathBuf};

use acceptance::servers::mariadb::MariaDb;
use contract::{Action, Effect, Ending, Outcome, TraceKind};
use legacy::{Endpoint, Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Sandbox, SandboxOptions, Watched};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use vault::Redactor;
use wire::{Limits, RuntimeProfile};

/// A server with the templates' schema and three users, and a sandbox.
struct Bench {
    server: MariaDb,
    sandbox: Sandbox,
}

/// `correct horse`, cost 4.
const HASH: &str = "$2b$04$VytuxANJpzzxaTVK7l5Q6utWupfacKmvtccO7knapf7.GzhVk13X2";

impl Bench {
    async fn new() -> Bench {
        let server = MariaDb::start().await;
        let runner = Sandbox::runner_beside_current_exe().expect("cargo build -p runner");
        let sandbox = Sandbox::new(SandboxOptions { runner, warm: 1 }).expect("a sandbox");
        server.run(&template("schema.sql")).await;
        server
            .run(&format!(
                "INSERT INTO users (id, email, email_verified, username, given_name, password) VALUES \
                 (7, 'Ada@Example.com', 1, 'ada', 'Ada', '{HASH}'), \
                 (8, 'grace@example.com', 0, NULL, NULL, '{}'), \
                 (9, 'zoe@example.com', 0, NULL, NULL, 'x')",
                HASH.replacen("$2b$", "$2y$", 1)
            ))
            .await;
        Bench { server, sandbox }
    }

    fn session(&self, writes: Writes) -> Session {
        let here = Endpoint::Host { host: "127.0.0.1".to_owned(), port: self.server.port };
        let policy = Policy::new(std::env::temp_dir(), vec![here]);
        Session::new(SessionOptions { policy, writes, limits: Limits::default() })
    }

    async fn run(&self, session: &Session, script: &str, arguments: Vec<Value>) -> RunRecord {
        let configuration = [
            ("MYSQL_HOST", "127.0.0.1".to_owned()),
            ("MYSQL_PORT", self.server.port.to_string()),
            ("MYSQL_DATABASE", MariaDb::DATABASE.to_owned()),
            ("MYSQL_USER", MariaDb::USER.to_owned()),
            ("MYSQL_PASSWORD", MariaDb::PASSWORD.to_owned()),
        ];
        let spec = RunSpec {
            file: "script.js".to_owned(),
            script: script.to_owned(),
            arguments,
            context: None,
            configuration: configuration.map(|(key, value)| (key.to_owned(), SecretString::from(value))).into(),
            limits: Limits::default(),
            profile: RuntimeProfile::Node22,
            seed: None,
            container: None,
            watched: Watched::default(),
        };
        let record = self.sandbox.run(spec, session, &Redactor::none(), &|_| {}, CancellationToken::new()).await;
        record.expect("a run")
    }

    /// A template, in a session of its own.
    async fn template(&self, action: Action, arguments: Vec<Value>, writes: Writes) -> (Outcome, RunRecord) {
        let session = self.session(writes);
        let record = self.run(&session, &template(&action.file_name()), arguments).await;
        session.finish().await;
        (Outcome::of(action, &record.ending), record)
    }
}

fn template(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/mysql").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn answer(record: &RunRecord) -> &Value {
    match &record.ending {
        Ending::CalledBack { error: None, results, .. } => results.first().unwrap_or(&Value::Null),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn smoke() {
    let bench = Bench::new().await;
    let session = bench.session(Writes::RolledBack);
    let record = bench.run(&session, "function (callback) { const mysql = require('mysql'); const c = mysql.createConnection({ host: configuration.MYSQL_HOST, port: configuration.MYSQL_PORT, user: configuration.MYSQL_USER, password: configuration.MYSQL_PASSWORD, database: configuration.MYSQL_DATABASE}); c.connect(); c.query('SELECT * FROM users WHERE id = ?', [7], (e, r) => { callback(e, r); }); }", vec![]).await;
    println!("{:#?}", record.ending);
    println!("{:#?}", record.trace);
    println!("{:#?}", record.warnings);
    panic!()
}
