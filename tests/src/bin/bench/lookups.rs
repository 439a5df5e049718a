//! Many lookups in one run: a pool and a loop of indexed SELECTs, against Node with the real package and against the driver alone.

use std::time::Instant;

use legacy::{Endpoint, Policy, Run, Session, SessionOptions, Writes};
use serde_json::{Map, Value, json};
use wire::{Limits, Parameter, Protocol, StoreKind, StoreReply, StoreRequest};

use crate::figures::{Goal, Row, Sample};
use crate::node;
use crate::scene::{Lookup, Scene};
use crate::scripts::Script;

/// Lookups of one round, over all connections.
const LOOKUPS: u32 = 2_000;
/// Rounds of each side; they alternate.
const ROUNDS: usize = 5;

const POSTGRES: &str = "async function getUser(email, connections, lookups, callback) {
  const { Pool } = require('pg');
  const pool = new Pool({ host: configuration.HOST, port: configuration.PORT, user: configuration.USER,
    password: configuration.PASSWORD, database: configuration.DATABASE, max: connections });
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
  const began = performance.now();
  await Promise.all(clients.map(async (client) => {
    for (let at = 0; at < lookups / connections; at += 1) {
      const { rows } = await client.query('SELECT id, email, name FROM users WHERE email = $1', [email]);
      if (rows[0].id !== 1) throw new Error('another user');
    }
  }));
  const ms = performance.now() - began;
  clients.forEach((client) => client.release());
  await pool.end();
  callback(null, { ms });
}";

const MYSQL: &str = "async function getUser(email, connections, lookups, callback) {
  const mysql = require('mysql2/promise');
  const pool = mysql.createPool({ host: configuration.HOST, port: configuration.PORT, user: configuration.USER,
    password: configuration.PASSWORD, database: configuration.DATABASE, connectionLimit: connections });
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.getConnection()));
  const began = performance.now();
  await Promise.all(clients.map(async (client) => {
    for (let at = 0; at < lookups / connections; at += 1) {
      const [rows] = await client.query('SELECT id, email, name FROM users WHERE email = ?', [email]);
      if (rows[0].id !== 1) throw new Error('another user');
    }
  }));
  const ms = performance.now() - began;
  clients.forEach((client) => client.release());
  await pool.end();
  callback(null, { ms });
}";

/// Lookups per second with one connection and with ten, each committed (every client a server session of its own, as in
/// Node) and in a safe try (one server session behind all).
pub(crate) async fn lookups(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(1);
    let mut rows = Vec::new();
    for (store, text) in [("pg", POSTGRES), ("mysql2", MYSQL)] {
        let lookup = scene.lookups.iter().find(|lookup| lookup.store == store).expect("the scene has the store");
        for connections in [1, 10] {
            let script = |writes| Script {
                text: text.to_owned(),
                arguments: vec![json!("ada@example.com"), json!(connections), json!(LOOKUPS)],
                configuration: lookup.configuration.clone(),
                endpoints: vec![lookup.endpoint.clone()],
                writes,
                container: None,
            };
            let [committed, safe] = [script(Writes::Committed), script(Writes::RolledBack)];
            let mut times: [Vec<f64>; 4] = Default::default();
            for _ in 0..ROUNDS {
                times[0].push(committed.measure(&sandbox).await);
                // Node has its code compiled by a round before.
                let node = node::script(&committed, 1, 1).result["ms"].as_f64().expect("the script measures");
                times[1].push(node);
                times[2].push(safe.measure(&sandbox).await);
                times[3].push(driver(lookup, connections).await);
            }
            let [ours, theirs, tried, driver] = times.map(|times| per_second(&Sample::new(times)));
            let goal = Goal::AtLeast(if connections == 1 { 0.8 } else { 1.0 });
            let name = format!("lookups per second, {store}, {connections} connection(s)");
            let shown = |figure: f64| format!("{figure:.0} /s");
            let row = |name: &str, sluice: f64, node: f64, unit, goal| Row {
                name: name.to_owned(),
                sluice: shown(sluice),
                node: shown(node),
                value: sluice / node,
                unit,
                goal,
            };
            rows.push(row(&name, ours, theirs, "of Node", goal));
            // No goal: one server session serves all clients there, so that all of it can be undone.
            rows.push(row("  the same in a safe try", tried, theirs, "of Node", Goal::None));
            rows.push(row("  of the driver alone (second column)", ours, driver, "of the driver", Goal::None));
        }
    }
    rows
}

fn per_second(ms: &Sample) -> f64 {
    f64::from(LOOKUPS) / ms.median() * 1000.0
}

/// The same lookups by the Rust driver without a script, in milliseconds.
async fn driver(lookup: &Lookup, connections: u32) -> f64 {
    let limits = Limits { connections: 16, ..Limits::default() };
    let policy = Policy::new(std::env::temp_dir(), vec![lookup.endpoint.clone()]);
    let session = Session::new(SessionOptions { policy, writes: Writes::Committed, limits });
    let run = session.begin_run();
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(connect(&run, lookup).await);
    }
    let began = Instant::now();
    let mut working = tokio::task::JoinSet::new();
    for client in clients {
        let run = run.clone();
        let postgres = lookup.store == "pg";
        working.spawn(async move {
            for _ in 0..LOOKUPS / connections {
                let (sql, parameters, protocol) = if postgres {
                    let email = Parameter::Text("ada@example.com".to_owned());
                    ("SELECT id, email, name FROM users WHERE email = $1", vec![email], Protocol::Prepared)
                } else {
                    // The package puts values into the text.
                    ("SELECT id, email, name FROM users WHERE email = 'ada@example.com'", vec![], Protocol::Simple)
                };
                let request = StoreRequest::Query { client, sql: sql.to_owned(), parameters, protocol };
                let StoreReply::Rows { sets, .. } = run.handle(request).await.reply else { panic!("no rows") };
                assert_eq!(sets.len(), 1);
            }
        });
    }
    while let Some(done) = working.join_next().await {
        done.expect("a lookup does not panic");
    }
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    run.close().await;
    session.finish().await;
    ms
}

async fn connect(run: &Run, lookup: &Lookup) -> u32 {
    let Endpoint::Host { host, port } = &lookup.endpoint else { panic!("a server") };
    let value = |key: &str| {
        let found = lookup.configuration.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| json!(value)).expect("the scene sets it")
    };
    let parameters: Map<String, Value> = [
        ("host", json!(host)),
        ("port", json!(port)),
        ("user", value("USER")),
        ("password", value("PASSWORD")),
        ("database", value("DATABASE")),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect();
    let store = if lookup.store == "pg" { StoreKind::Postgres } else { StoreKind::Mysql };
    match run.handle(StoreRequest::Connect { store, parameters }).await.reply {
        StoreReply::Connected { client, .. } => client,
        _ => panic!("{} does not answer", lookup.endpoint),
    }
}
