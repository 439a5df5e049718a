//! The surface table: what scripts can `require`, as it really loads, beside the committed table; and how many of the scripts
//! that companies run find all their modules in it.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the lint excuses test functions only, not what they call

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use acceptance::binary;
use contract::TraceKind;
use legacy::{Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Sandbox, SandboxOptions, Watched};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wire::{Limits, RuntimeProfile};

/// The folder of the Node surface, with the table and its generator.
fn surface() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/crates/runner/node")
}

/// A row of `dist/modules.json`: what the bundler made of the table.
#[derive(Deserialize)]
struct Row {
    name: String,
    internal: bool,
}

/// The names a script can `require`, in the table's order.
fn modules() -> Vec<String> {
    #[derive(Deserialize)]
    struct Table {
        modules: Vec<Row>,
    }
    let text = std::fs::read_to_string(surface().join("dist/modules.json")).expect("`cargo xtask setup` bundles it");
    let table: Table = serde_json::from_str(&text).unwrap();
    table.modules.into_iter().filter(|row| !row.internal).map(|row| row.name).collect()
}

/// Runs a script in a container of its own, with the limits of a user's run but for the size of the answer.
async fn run(sandbox: &Sandbox, script: &str, argument: &str) -> RunRecord {
    let limits = Limits { result_bytes: 16 << 20, ..Limits::default() };
    let policy = Policy::new(std::env::temp_dir(), vec![]);
    let session = Session::new(SessionOptions { policy, writes: Writes::RolledBack, limits: limits.clone() });
    let spec = RunSpec {
        file: "script.js".to_owned(),
        script: script.to_owned(),
        arguments: vec![json!(argument)],
        context: None,
        configuration: Vec::new(),
        limits,
        profile: RuntimeProfile::Compatible,
        seed: None,
        container: None,
        watched: Watched::default(),
    };
    let redactor = vault::Redactor::none();
    let record = sandbox.run(spec, &session, &redactor, &|_| {}, CancellationToken::new()).await.unwrap();
    session.finish().await;
    record
}

fn sandbox() -> Sandbox {
    Sandbox::new(SandboxOptions { runner: binary("sluice-runner"), warm: 2 }).unwrap()
}

/// What the script called back with.
fn answer(record: &RunRecord, of: &str) -> Value {
    record.ending.result().cloned().unwrap_or_else(|| panic!("{of}: {:?}", record.ending))
}

/// `cargo xtask surface` writes the files; everybody else learns here that they are stale.
#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_up_to_date() {
    let script = std::fs::read_to_string(surface().join("surface-listing.js")).unwrap();
    let sandbox = sandbox();
    let mut listings = BTreeMap::new();
    for name in modules() {
        let listing = answer(&run(&sandbox, &script, &name).await, &name);
        listings.insert(name, listing);
    }
    let globals = answer(&run(&sandbox, &script, "").await, "globals");
    let given = json!({"modules": listings, "globals": globals});

    let files = generated(&given);
    for (name, text) in [("surface.json", &files.json), ("SURFACE.md", &files.markdown)] {
        let path = surface().join(name);
        if std::env::var_os("SLUICE_WRITE_SURFACE").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let node = &files.node;
        if [format!("Node {node} "), format!("\"node\":\"{node}\"")].iter().any(|words| committed.contains(words)) {
            assert!(committed == *text, "{} is stale: run `cargo xtask surface`", path.display());
        } else {
            // Another Node has other functions; that the table has been made of the same modules can still be told.
            println!("{} was made with another Node than {node}: only its modules are compared", path.display());
            let missing: Vec<&String> = listings.keys().filter(|module| !committed.contains(module.as_str())).collect();
            assert!(missing.is_empty(), "{} lacks {missing:?}: run `cargo xtask surface`", path.display());
        }
    }
}

/// The generated files.
struct Files {
    json: String,
    markdown: String,
    /// The Node they are made with, e.g. `20.20`.
    node: String,
}

/// `surface.mjs` with the packages of the parity suite.
fn generated(given: &Value) -> Files {
    let mut node = Command::new("node")
        .args(["--no-warnings", "surface.mjs", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity")])
        .current_dir(surface())
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    node.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "surface.mjs: {}", output.status);
    let made: Value = serde_json::from_slice(&output.stdout).expect("surface.mjs answers");
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    Files { json: text("json"), markdown: text("markdown"), node: text("node") }
}

/// Longest a first `require` may take here, in a build for debugging and beside other tests; `cargo xtask bench` measures it.
const SANE_MS: f64 = 3_000.0;

/// Every module loads in a container of its own and exports something.
#[tokio::test(flavor = "multi_thread")]
async fn every_module_loads() {
    const SCRIPT: &str = "function load(name, callback) {
      const exported = require(name);
      callback(null, typeof exported === 'function' ? ['()', ...Object.keys(exported)] : Object.getOwnPropertyNames(exported));
    }";
    let sandbox = sandbox();
    let mut faults = Vec::new();
    for name in modules() {
        let record = run(&sandbox, SCRIPT, &name).await;
        let ms: f64 = record.trace.iter().filter(|entry| entry.kind == TraceKind::Require).map(|entry| entry.ms).sum();
        let exports = record.ending.result().and_then(Value::as_array).map_or(0, Vec::len);
        println!("{name:<48} {ms:>8.1} ms  {exports:>4} exports");
        if exports == 0 {
            faults.push(format!("{name}: {:?}", record.ending));
        }
        if ms > SANE_MS {
            faults.push(format!("{name} took {ms:.0} ms"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Names the platform dropped say so when they are asked for.
#[tokio::test(flavor = "multi_thread")]
async fn dropped_modules_say_so() {
    let sandbox = sandbox();
    for name in ["oracledb", "edge"] {
        let (told, why) = refused(&sandbox, name).await;
        assert_eq!(
            told,
            json!(["MODULE_NOT_FOUND", format!("Cannot find module '{name}'\nRequire stack:\n- script.js")])
        );
        assert!(why.contains("the platform dropped it"), "{why}");
    }
}

/// Modules for stores that Sluice does not speak to say that it is Sluice that lacks them, or what there is instead.
#[tokio::test(flavor = "multi_thread")]
async fn modules_of_other_stores_say_what_is_missing() {
    let sandbox = sandbox();
    let expected = [
        ("redis", "Sluice has no connection to Redis; the platform may have the module"),
        ("cassandra-driver", "Sluice has no connection to Cassandra"),
        ("couchbase@2.6.5", "Sluice has no connection to Couchbase"),
        ("knex", "pg, mysql, mysql2, mssql or sqlite3"),
        ("nano", "CouchDB is reached over HTTP"),
        ("mongoose", "use mongodb"),
    ];
    for (name, reason) in expected {
        let (told, why) = refused(&sandbox, name).await;
        assert_eq!(told[0], "MODULE_NOT_FOUND");
        assert!(why.contains(reason), "{why}");
    }
}

/// Code and message of the error of `require(name)`, and what the run says beside it.
async fn refused(sandbox: &Sandbox, name: &str) -> (Value, String) {
    let script = "function load(name, callback) { try { require(name); } catch (error) { callback(null, [error.code, error.message]); } }";
    let record = run(sandbox, script, name).await;
    let why: Vec<_> = record.warnings.iter().filter(|warning| warning.rule == "module_not_found").collect();
    assert_eq!(why.len(), 1, "{:?}", record.warnings);
    (answer(&record, name), why[0].message.clone())
}

/// What real scripts use, from `spec/real-scripts.md`.
#[derive(Deserialize)]
struct Usage {
    /// Scripts that were counted.
    scripts: u32,
    modules: Vec<Use>,
    globals: Vec<Use>,
    cumulative: Vec<Step>,
}

/// How many of the scripts use a name; where the source gives a range, its upper end.
#[derive(Deserialize)]
struct Use {
    name: String,
    #[serde(alias = "at_most")]
    scripts: u32,
}

/// A row of the source's table of coverage: with these, too, this share of the scripts finds all its modules.
#[derive(Deserialize)]
struct Step {
    percent: u32,
    #[serde(default)]
    adds: Vec<String>,
    #[serde(default)]
    adds_globals: Vec<String>,
}

/// The share of third-party scripts whose modules are all available.
///
/// The source counts per module how many of the 249 scripts use it, and gives the share of scripts cumulatively; which modules one
/// script uses together is not in it, so the share cannot be computed script by script. Two figures follow from what is there:
/// the table's own share as far as its rows are met without a gap (at most 93 %, its last row), and a bound that also speaks of the
/// modules behind that row: a script can fail only by a name that is not available, so at most as many fail as use such a
/// name, each counted as often as it uses one. The true share is at least that bound.
#[test]
fn scripts_find_their_modules() {
    let text = include_str!("../fixtures/surface/usage.json");
    let usage: Usage = serde_json::from_str(text).unwrap();
    let modules = modules();
    let globals: Vec<String> =
        studio::modules().globals.into_iter().filter(|row| row.status != "absent").map(|row| row.name).collect();
    let module = |name: &str| modules.iter().any(|known| known == name);
    let global = |name: &str| globals.iter().any(|known| known == name);

    let met =
        |step: &&Step| step.adds.iter().all(|name| module(name)) && step.adds_globals.iter().all(|name| global(name));
    let steps = usage.cumulative.iter().take_while(met).count();
    let table = usage.cumulative[..steps].last().map_or(0, |step| step.percent);
    let absent: Vec<&Use> = usage
        .modules
        .iter()
        .filter(|used| !module(&used.name))
        .chain(usage.globals.iter().filter(|used| !global(&used.name)))
        .collect();
    let lost: u32 = absent.iter().map(|used| used.scripts).sum();
    let bound = f64::from(usage.scripts - lost.min(usage.scripts)) / f64::from(usage.scripts) * 100.0;
    let names: Vec<&str> = absent.iter().map(|used| used.name.as_str()).collect();
    println!("{steps} of {} rows of the table are met: {table} %", usage.cumulative.len());
    println!("not available: {names:?}, in at most {lost} of {} scripts: at least {bound:.1} %", usage.scripts);
    assert_eq!(steps, usage.cumulative.len(), "a row of the table is not met; not available: {names:?}");
    assert!(bound >= 97.0, "{bound:.1} %; not available: {names:?}");
}
