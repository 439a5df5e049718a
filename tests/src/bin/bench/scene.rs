//! The scene: real servers with the same two users, and a script per store that looks one of them up.

use std::path::PathBuf;

use acceptance::servers::mariadb::{self, MariaDb};
use acceptance::servers::postgres::{self, Postgres};
use legacy::{Endpoint, Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Sandbox, SandboxOptions, Watched};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wire::{Limits, RuntimeProfile};

/// Servers and scripts.
pub(crate) struct Scene {
    _postgres: Postgres,
    _mariadb: MariaDb,
    /// Holds the SQLite file.
    pub(crate) folder: tempfile::TempDir,
    /// `sluice-runner` of this build.
    pub(crate) runner: PathBuf,
    /// One per store.
    pub(crate) lookups: Vec<Lookup>,
}

/// A script without hashing: connect, one parameterised query, close, call back.
pub(crate) struct Lookup {
    pub(crate) store: &'static str,
    pub(crate) script: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) configuration: Vec<(String, String)>,
    pub(crate) endpoint: Endpoint,
}

const TABLE: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, name VARCHAR(200));
    INSERT INTO users VALUES (1, 'ada@example.com', 'Ada'), (2, 'grace@example.com', 'Grace');";

const POSTGRES: &str = "async function getUser(email, callback) {
  const { Client } = require('pg');
  const client = new Client({ host: configuration.HOST, port: configuration.PORT, user: configuration.USER,
    password: configuration.PASSWORD, database: configuration.DATABASE });
  await client.connect();
  const { rows } = await client.query('SELECT id, email, name FROM users WHERE email = $1', [email]);
  await client.end();
  callback(null, { user_id: String(rows[0].id), email: rows[0].email, name: rows[0].name });
}";

const MYSQL: &str = "async function getUser(email, callback) {
  const mysql = require('mysql2/promise');
  const db = await mysql.createConnection({ host: configuration.HOST, port: configuration.PORT, user: configuration.USER,
    password: configuration.PASSWORD, database: configuration.DATABASE });
  const [rows] = await db.query('SELECT id, email, name FROM users WHERE email = ?', [email]);
  await db.end();
  callback(null, { user_id: String(rows[0].id), email: rows[0].email, name: rows[0].name });
}";

const SQLITE: &str = "function getUser(email, callback) {
  const sqlite3 = require('sqlite3');
  const db = new sqlite3.Database(configuration.FILE, sqlite3.OPEN_READONLY, (error) => {
    if (error) return callback(error);
    db.get('SELECT id, email, name FROM users WHERE email = ?', [email], (failed, row) => {
      db.close(() => {
        if (failed) return callback(failed);
        callback(null, { user_id: String(row.id), email: row.email, name: row.name });
      });
    });
  });
}";

impl Scene {
    /// Starts the servers and fills them.
    pub(crate) fn set_up() -> Scene {
        let postgres = Postgres::start();
        postgres.reset(TABLE);
        let mariadb = MariaDb::start();
        mariadb.reset(TABLE);
        let folder = tempfile::Builder::new().prefix("sluice-bench-").tempdir().expect("a temporary folder");
        let file = folder.path().join("legacy.sqlite");
        legacy::create_database(&file, TABLE).expect("the table is valid");
        let server = |port: u16, user: &str, password: &str, database: &str| {
            let port = port.to_string();
            let pairs = [
                ("HOST", "127.0.0.1"),
                ("PORT", &port),
                ("USER", user),
                ("PASSWORD", password),
                ("DATABASE", database),
            ];
            pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
        };
        let local = |port| Endpoint::Host { host: "127.0.0.1".to_owned(), port };
        let lookup = |store, script: &str, configuration, endpoint| Lookup {
            store,
            script: script.to_owned(),
            arguments: vec![json!("ada@example.com")],
            configuration,
            endpoint,
        };
        let lookups = vec![
            lookup(
                "pg",
                POSTGRES,
                server(postgres.port, postgres::USER, postgres::PASSWORD, postgres::DATABASE),
                local(postgres.port),
            ),
            lookup(
                "mysql2",
                MYSQL,
                server(mariadb.port, mariadb::USER, mariadb::PASSWORD, mariadb::DATABASE),
                local(mariadb.port),
            ),
            lookup("sqlite3", SQLITE, vec![("FILE".to_owned(), file.display().to_string())], Endpoint::File(file)),
        ];
        let runner = acceptance::binary("sluice-runner");
        Scene { _postgres: postgres, _mariadb: mariadb, folder, runner, lookups }
    }

    /// A sandbox of this build's runner; `warm` runners wait ready.
    pub(crate) fn sandbox(&self, warm: usize) -> Sandbox {
        Sandbox::new(SandboxOptions { runner: self.runner.clone(), warm }).expect("the runner is built")
    }
}

impl Lookup {
    /// Runs the script once in a safe try, as the app does, and checks that it found the user.
    pub(crate) async fn run(&self, sandbox: &Sandbox, container: Option<&str>) -> RunRecord {
        let limits = Limits::default();
        let policy = Policy::new(std::env::temp_dir(), vec![self.endpoint.clone()]);
        let session = Session::new(SessionOptions { policy, writes: Writes::RolledBack, limits: limits.clone() });
        let spec = RunSpec {
            file: "get_user.js".to_owned(),
            script: self.script.clone(),
            arguments: self.arguments.clone(),
            context: None,
            configuration: self.configuration.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect(),
            limits,
            profile: RuntimeProfile::Compatible,
            seed: None,
            container: container.map(str::to_owned),
            watched: Watched::default(),
        };
        let redactor = vault::Redactor::none();
        let record =
            sandbox.run(spec, &session, &redactor, &|_| {}, CancellationToken::new()).await.expect("the runner starts");
        session.finish().await;
        let found = record.ending.result().map(|profile| profile["user_id"].clone());
        assert_eq!(found, Some(json!("1")), "{}: {:?}", self.store, record.ending);
        record
    }
}
