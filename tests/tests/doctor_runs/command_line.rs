//! `--runtime` and `--twice` on the command line.

use std::process::{Command, Stdio};

use acceptance::binary;
use serde_json::{Value, json};

const SCRIPT: &str = "function getUser(email, callback) {
  callback(null, { user_id: typeof request + Math.random(), email: email, email_verified: true });
}";

/// Exit code and stdout of `sluice run get_user.js …`.
fn run(more: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("get_user.js"), SCRIPT).unwrap();
    let mut command = Command::new(binary("sluice"));
    command.args(["run", "get_user.js", "get_user", "--identifier", "a@b.c"]).args(more);
    command.env_clear().env("HOME", folder.path()).env("SLUICE_DATA_DIR", folder.path().join("data"));
    let ran = command.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap())
}

fn report(more: &[&str]) -> Value {
    let (code, stdout) = run(more);
    assert_eq!(code, 0, "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn a_run_takes_a_runtime_and_says_which() {
    let lenient = report(&["--json"]);
    assert_eq!(lenient["engine"]["runtime"], "compatible");
    assert!(lenient["result"]["user_id"].as_str().unwrap().starts_with("function"));
    for runtime in ["node18", "node22"] {
        let strict = report(&["--json", "--runtime", runtime]);
        assert_eq!(strict["engine"]["runtime"], runtime);
        assert!(strict["result"]["user_id"].as_str().unwrap().starts_with("undefined"));
        assert!(run(&["--runtime", runtime]).1.contains(&format!("  runtime    {runtime}\n")));
    }
    assert_eq!(run(&["--runtime", "node20"]).0, 2);
}

#[test]
fn a_script_file_is_run_twice_on_demand() {
    let rules = |report: Value| {
        let warnings = report["warnings"].as_array().unwrap().clone();
        warnings.into_iter().map(|warning| warning["rule"].clone()).filter(|rule| rule == "user_id_unstable").count()
    };
    assert_eq!(rules(report(&["--json", "--twice", "--runtime", "node22"])), 1);
    assert_eq!(rules(report(&["--json", "--runtime", "node22"])), 0);
    let (code, told) = run(&["--twice"]);
    assert!(code == 0 && told.contains("[user_id_unstable]"), "{told}");
    assert_eq!(json!(run(&["--twice", "--commit"]).0), json!(2));
}
