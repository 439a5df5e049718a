//! The oracle: one Node process per case.

use std::{fs, path::Path, process::Stdio};

use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;

use super::{Case, Record, compare::ConsoleText};

/// The oracle is of no use in other versions than the lock file's.
pub(super) fn check_packages(root: &Path) {
    assert!(
        installed(root),
        "the packages of {} are not installed as its lock file says: cargo xtask setup",
        root.display()
    );
}

/// Whether every package of the lock file is in `node_modules` in that version, as npm's own record there tells.
fn installed(root: &Path) -> bool {
    let packages = |path: &str| -> Option<Map<String, Value>> {
        let lock: Value = serde_json::from_slice(&fs::read(root.join(path)).ok()?).ok()?;
        lock.get("packages")?.as_object().cloned()
    };
    let wanted = packages("package-lock.json").expect("a lock file of the oracle's packages");
    let Some(present) = packages("node_modules/.package-lock.json") else { return false };
    wanted
        .iter()
        .filter(|(name, package)| !name.is_empty() && package.get("optional").is_none())
        .all(|(name, package)| present.get(name).is_some_and(|there| there.get("version") == package.get("version")))
}

/// Runs a case in Node.
pub(super) async fn run(root: &Path, case: &Case, configuration: &[(String, String)]) -> Record {
    let own = case.setup.configuration.iter().map(|(key, value)| (key.clone(), value.clone()));
    let job = json!({
        "file": "script.js",
        "script": case.script,
        "arguments": case.setup.arguments,
        "context": case.setup.context,
        "configuration": configuration.iter().cloned().chain(own).collect::<Vec<_>>(),
        "settle_ms": case.setup.settle_ms,
        "wall_ms": case.setup.wall_ms,
    });
    let mut child = tokio::process::Command::new("node")
        .args(["--no-warnings", "driver.js"])
        .current_dir(root)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node is installed");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin.write_all(job.to_string().as_bytes()).await.expect("node reads its job");
    drop(stdin);
    let output = child.wait_with_output().await.expect("node ends");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| Record {
        // A package can take Node down with it; then there is no oracle for this case.
        ending: format!("node died: {}", output.status),
        console: vec![ConsoleText {
            level: "error".to_owned(),
            text: String::from_utf8_lossy(&output.stderr).into_owned(),
        }],
        ..Record::default()
    })
}
