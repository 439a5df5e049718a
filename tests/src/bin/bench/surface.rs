//! What modules cost: the first `require` of each, a password hash, an HTTP exchange.

use std::time::Instant;

use acceptance::servers::http::Http;
use legacy::{Endpoint, Writes};
use serde::Deserialize;
use serde_json::json;

use crate::figures::{Goal, Row, Sample};
use crate::node;
use crate::scene::Scene;
use crate::scripts::Script;

/// Containers per module.
const REQUIRES: usize = 11;
/// Processes of Node per module.
const NODE_REQUIRES: usize = 3;

const REQUIRE: &str = "function load(name, callback) {
  const began = performance.now();
  if (name === 'fetch') fetch; else require(name);
  callback(null, { ms: performance.now() - began });
}";

/// The first `require` of each npm package and the first touch of `fetch`, each in a container of its own.
pub(crate) async fn require(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(2);
    let mut rows = Vec::new();
    for name in packages() {
        let script = alone(REQUIRE, vec![json!(name)]);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..REQUIRES {
            ours.push(script.measure(&sandbox).await);
            if round < NODE_REQUIRES {
                theirs.push(node::script(&script, 0, 1).result["ms"].as_f64().expect("the script measures"));
            }
        }
        let (ours, theirs) = (Sample::new(ours).median(), Sample::new(theirs).median());
        rows.push(Row {
            name: format!("first require, {name}"),
            sluice: format!("{ours:.1} ms"),
            node: format!("{theirs:.1} ms"),
            value: ours,
            unit: "ms",
            goal: Goal::AtMost(10.0),
        });
    }
    rows
}

/// npm packages of the surface by name, and `fetch`.
fn packages() -> Vec<String> {
    #[derive(Deserialize)]
    struct Table {
        modules: Vec<Module>,
    }
    #[derive(Deserialize)]
    struct Module {
        name: String,
        internal: bool,
        builtin: bool,
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/crates/runner/node/dist/modules.json");
    let text = std::fs::read_to_string(path).expect("the Node surface is bundled");
    let table: Table = serde_json::from_str(&text).expect("the bundler's table");
    let named = table.modules.into_iter().filter(|module| !module.internal && !module.builtin);
    let mut names: Vec<String> = named.map(|module| module.name).filter(|name| !name.contains('/')).collect();
    names.push("fetch".to_owned());
    names.sort();
    names
}

const LOGIN: &str = "function login(email, password, hash, callback) {
  const bcrypt = require('bcrypt');
  bcrypt.compare(password, hash, (error, same) => callback(error, same ? { user_id: '1', email } : null));
}";

const PASSWORD: &str = "some password";

/// A whole login that checks a bcrypt hash in a kept container, against the hash alone.
pub(crate) async fn hash(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(1);
    let native = bcrypt::hash(PASSWORD, 10).expect("a valid cost");
    let mut script = alone(LOGIN, vec![json!("ada@example.com"), json!(PASSWORD), json!(native)]);
    script.container = Some("login".to_owned());
    script.run(&sandbox).await;
    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        let began = Instant::now();
        let (profile, _) = script.run(&sandbox).await;
        ours.push(began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(profile["user_id"], "1");
        let began = Instant::now();
        assert!(bcrypt::verify(PASSWORD, &native).expect("a valid hash"));
        alone.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let node = node::script(&script, 2, 40).ms / 40.0;
    // Of neighbours, so that a slow moment of the machine meets both.
    let beyond =
        Sample::new(ours.iter().zip(&alone).map(|(login, hash)| (login / hash - 1.0) * 100.0).collect()).median();
    let (ours, alone) = (Sample::new(ours).median(), Sample::new(alone).median());
    vec![Row {
        name: format!("login with bcrypt cost 10 (hash alone {alone:.1} ms)"),
        sluice: format!("{ours:.1} ms"),
        node: format!("{node:.1} ms"),
        value: beyond,
        unit: "% beyond the hash",
        goal: Goal::AtMost(3.0),
    }]
}

/// Password checks of other kinds, each as the body of a function that answers whether the password is right.
const CHECKS: [(&str, &str); 4] = [
    (
        "phpass, 2^13 rounds",
        "return require('wordpress-hash-node').CheckPassword('test12345', '$P$BIQRaTwmfNxEUEp2S9iUjeBH6xbs3P.');",
    ),
    (
        "PBKDF2-SHA256, 100,000 rounds",
        "const key = require('util').promisify(require('crypto').pbkdf2)('some password', 'salt', 100000, 32, 'sha256');
         return (await key).length === 32;",
    ),
    (
        "argon2id, 19 MiB, 2 passes",
        "const argon2 = require('argon2');
         global.hash = global.hash || await argon2.hash('some password', { memoryCost: 19456, timeCost: 2, parallelism: 1 });
         return argon2.verify(global.hash, 'some password');",
    ),
    (
        "firebase-scrypt, memory 2^14, 8 rounds",
        "const { FirebaseScrypt } = require('firebase-scrypt');
         const scrypt = new FirebaseScrypt({ memCost: 14, rounds: 8, saltSeparator: 'Bw==', signerKey:
           'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==' });
         return scrypt.verify('user1password', '42xEC+ixf3L2lw==',
           'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==');",
    ),
];

/// Checks of one round.
const CHECKS_PER_ROUND: usize = 10;

/// One password check of each kind, after a first that is not measured, against Node.
pub(crate) async fn passwords(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(1);
    let mut rows = Vec::new();
    for (name, check) in CHECKS {
        let text = format!(
            "async function login(callback) {{
  const check = async () => {{ {check} }};
  await check();
  const began = performance.now();
  for (let at = 0; at < {CHECKS_PER_ROUND}; at += 1) if (await check() !== true) throw new Error('the password is right');
  callback(null, {{ ms: (performance.now() - began) / {CHECKS_PER_ROUND} }});
}}"
        );
        let script = alone(&text, Vec::new());
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            ours.push(script.measure(&sandbox).await);
            theirs.push(node::script(&script, 0, 1).result["ms"].as_f64().expect("the script measures"));
        }
        rows.push(Row::faster(&format!("check, {name}"), &Sample::new(ours), &Sample::new(theirs), Goal::None));
    }
    rows
}

const FETCH: &str = "async function getUser(url, exchanges, callback) {
  const began = performance.now();
  for (let at = 0; at < exchanges; at += 1) {
    const response = await fetch(url);
    if ((await response.json()).message !== 'hello') throw new Error('another answer');
  }
  callback(null, { ms: (performance.now() - began) / exchanges });
}";

/// One exchange of `fetch` with a server on this machine, JSON parsed, one after the other.
pub(crate) async fn http(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(1);
    let server = Http::start();
    let mut script = alone(FETCH, vec![json!(format!("http://127.0.0.1:{}/json", server.port)), json!(400)]);
    script.endpoints = vec![Endpoint::Host { host: "127.0.0.1".to_owned(), port: server.port }];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        ours.push(script.measure(&sandbox).await);
        theirs.push(node::script(&script, 1, 1).result["ms"].as_f64().expect("the script measures"));
    }
    vec![Row::faster("HTTP round trip, fetch", &Sample::new(ours), &Sample::new(theirs), Goal::None)]
}

fn alone(text: &str, arguments: Vec<serde_json::Value>) -> Script {
    Script {
        text: text.to_owned(),
        arguments,
        configuration: Vec::new(),
        endpoints: Vec::new(),
        writes: Writes::Committed,
        container: None,
    }
}
