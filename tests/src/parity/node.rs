//! The oracle: one Node process per case.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::{Case, Record};

/// Installs the real npm packages unless they are there; tests of several processes wait for each other.
pub(super) fn install(root: &Path) {
    let lock = File::create(root.join(".installing")).expect("the fixtures are writable");
    lock.lock().expect("the lock is free some time");
    let wanted = fs::read(root.join("package-lock.json")).expect("a lock file of the oracle's packages");
    let mark = root.join("node_modules/.installed-for");
    if fs::read(&mark).ok().as_ref() == Some(&wanted) {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(root).stdin(Stdio::null());
    if Path::new("/usr/include/node/node.h").is_file() {
        // sqlite3 compiles itself where no prebuilt binary can be had; the system's headers save a download.
        npm.env("npm_config_nodedir", "/usr");
    }
    let status = npm.status().expect("npm is installed");
    assert!(status.success(), "npm ci in {} failed", root.display());
    fs::write(mark, wanted).expect("node_modules is writable");
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
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{}: node answered {text:?} ({error})\n{}", case.name, String::from_utf8_lossy(&output.stderr))
    })
}
