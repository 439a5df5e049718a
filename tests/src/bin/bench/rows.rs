//! The rows of whole runs, each a function of its own, and the list of all rows.

use std::future::Future;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use contract::{Action, TraceKind};
use studio::view::TryArguments;
use studio::{RunOptions, SecretsFrom, Studio, StudioOptions, TryRequest};
use tokio_util::sync::CancellationToken;

use crate::figures::{Goal, Row, Sample};
use crate::scene::Scene;
use crate::{lookups, node, surface};

type Measure = for<'a> fn(&'a Scene) -> Pin<Box<dyn Future<Output = Vec<Row>> + 'a>>;

/// Every row by name, in the order they are measured.
pub(crate) const ALL: [(&str, Measure); 11] = [
    ("start", |scene| Box::pin(start(scene))),
    ("cold", |scene| Box::pin(cold(scene))),
    ("cli", |scene| Box::pin(command_line(scene))),
    ("warm", |scene| Box::pin(warm(scene))),
    ("memory", |scene| Box::pin(memory(scene))),
    ("overhead", |scene| Box::pin(overhead(scene))),
    ("lookups", |scene| Box::pin(lookups::lookups(scene))),
    ("require", |scene| Box::pin(surface::require(scene))),
    ("hash", |scene| Box::pin(surface::hash(scene))),
    ("passwords", |scene| Box::pin(surface::passwords(scene))),
    ("http", |scene| Box::pin(surface::http(scene))),
];

/// Rounds of rows that start processes.
const COLD_ROUNDS: usize = 25;
/// Runs of one warm round, on both sides.
const WARM_RUNS: u32 = 200;

fn since(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}

/// An engine process that starts, gets ready and ends, against an empty Node process.
async fn start(scene: &Scene) -> Vec<Row> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..COLD_ROUNDS {
        let began = Instant::now();
        let mut runner = Command::new(&scene.runner);
        runner.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        runner.status().expect("the runner starts");
        ours.push(since(began));
        theirs.push(node::start());
    }
    vec![Row::faster("runner start", &Sample::new(ours), &Sample::new(theirs), Goal::None)]
}

/// A try with a runner that is started for it, against a Node process that does the same with the real driver.
async fn cold(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(0);
    let mut rows = Vec::new();
    for lookup in &scene.lookups {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..COLD_ROUNDS {
            let began = Instant::now();
            lookup.run(&sandbox, None).await;
            ours.push(since(began));
            theirs.push(node::run(lookup, 0, 1).0);
        }
        let name = format!("cold try, {}", lookup.store);
        rows.push(Row::faster(&name, &Sample::new(ours), &Sample::new(theirs), Goal::AtLeast(10.0)));
    }
    rows
}

/// The whole program `sluice run`, from its start to its end, against the same Node process.
async fn command_line(scene: &Scene) -> Vec<Row> {
    let data = scene.folder.path().join("cli-data");
    let mut rows = Vec::new();
    for lookup in &scene.lookups {
        let script = scene.folder.path().join(format!("{}.js", lookup.store));
        std::fs::write(&script, &lookup.script).expect("our own folder");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..COLD_ROUNDS {
            let mut command = Command::new(acceptance::binary("sluice"));
            command.arg("run").arg(&script).args(["get_user", "--json", "--identifier", "ada@example.com", "--allow"]);
            command.arg(lookup.endpoint.to_string()).env("SLUICE_DATA_DIR", &data);
            for (key, value) in &lookup.configuration {
                command.args(["--set", &format!("{key}={value}")]);
            }
            let began = Instant::now();
            let output = command.stdin(Stdio::null()).output().expect("sluice is built");
            ours.push(since(began));
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            theirs.push(node::run(lookup, 0, 1).0);
        }
        let name = format!("sluice run, whole program, {}", lookup.store);
        rows.push(Row::faster(&name, &Sample::new(ours), &Sample::new(theirs), Goal::None));
    }
    rows
}

/// Runs per second in a container that is kept, against a Node process that keeps going.
async fn warm(scene: &Scene) -> Vec<Row> {
    let sandbox = scene.sandbox(1);
    let mut rows = Vec::new();
    for lookup in &scene.lookups {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            for _ in 0..20 {
                lookup.run(&sandbox, Some(lookup.store)).await;
            }
            let began = Instant::now();
            for _ in 0..WARM_RUNS {
                lookup.run(&sandbox, Some(lookup.store)).await;
            }
            ours.push(f64::from(WARM_RUNS) / began.elapsed().as_secs_f64());
            theirs.push(f64::from(WARM_RUNS) / node::run(lookup, 20, WARM_RUNS).1.ms * 1000.0);
        }
        let (ours, theirs) = (Sample::new(ours).median(), Sample::new(theirs).median());
        rows.push(Row {
            name: format!("warm runs per second, {}", lookup.store),
            sluice: format!("{ours:.0} /s"),
            node: format!("{theirs:.0} /s"),
            value: ours / theirs,
            unit: "of Node",
            goal: Goal::None,
        });
    }
    rows
}

/// The most memory a runner holds, less what its script allocated, and beside Node's whole process.
async fn memory(scene: &Scene) -> Vec<Row> {
    let mut rows = Vec::new();
    for lookup in &scene.lookups {
        let sandbox = scene.sandbox(1);
        let pid = loop {
            if let Some(pid) = sandbox.waiting().first() {
                break *pid;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let watch = tokio::spawn(async move {
            let mut highest = 0.0f64;
            while let Some(peak) = peak_of(pid) {
                highest = highest.max(peak);
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            highest
        });
        let record = lookup.run(&sandbox, None).await;
        let peak = watch.await.expect("the watch ends with the process");
        let node = node::run(lookup, 0, 1).1.peak_bytes;
        let mib = |bytes: f64| bytes / f64::from(1 << 20);
        let script = record.engine.peak_bytes as f64;
        rows.push(Row {
            name: format!("peak memory of a run, {}", lookup.store),
            sluice: format!("{:.1} MiB", mib(peak)),
            node: format!("{:.1} MiB", mib(node)),
            value: node / peak,
            unit: "× smaller",
            goal: Goal::None,
        });
        rows.push(Row {
            name: format!("  beyond what the script allocates, {}", lookup.store),
            sluice: format!("{:.1} MiB", mib(peak - script)),
            node: String::new(),
            value: mib(peak - script),
            unit: "MiB",
            goal: Goal::AtMost(8.0),
        });
    }
    rows
}

/// Peak resident memory of a process in bytes; none once it is gone.
fn peak_of(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024.0)
}

/// What a Try of the sample's Login costs besides the database and the password hash.
async fn overhead(scene: &Scene) -> Vec<Row> {
    let options = StudioOptions {
        data_dir: scene.folder.path().join("studio"),
        runner: Some(scene.runner.clone()),
        warm_runners: 2,
        secrets: SecretsFrom::Environment("NO_SECRETS_".into()),
    };
    let studio = Studio::open(options).await.expect("the studio opens");
    let workspace = studio.init_sample(&scene.folder.path().join("sample")).await.expect("a sample");
    let sample = workspace.view().await.expect("a workspace").sample.expect("the sample says it is one");
    let user = &sample.users[0];
    let (mut beyond, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let request = TryRequest {
            connection: sample.connection.clone(),
            action: Action::Login,
            text: None,
            arguments: TryArguments { identifier: Some(user.identifier.clone()), ..TryArguments::default() },
            password: Some(user.password.clone().into()),
            options: RunOptions::default(),
        };
        let began = Instant::now();
        let report =
            workspace.try_script(request, &|_| {}, CancellationToken::new()).await.expect("the run takes place");
        let took = since(began);
        let waited = report.trace.iter().filter(|entry| {
            matches!(
                entry.kind,
                TraceKind::Connect | TraceKind::Query | TraceKind::Close | TraceKind::Rollback | TraceKind::Hash
            )
        });
        beyond.push(took - waited.map(|entry| entry.ms).sum::<f64>());
        whole.push(took);
    }
    let (beyond, whole) = (Sample::new(beyond), Sample::new(whole));
    vec![Row {
        name: "Try beyond database and hash, p95".to_owned(),
        sluice: format!("{:.1} ms whole", whole.median()),
        node: String::new(),
        value: beyond.percentile(95.0),
        unit: "ms",
        goal: Goal::AtMost(15.0),
    }]
}
