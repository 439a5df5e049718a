//! `sluice modules`: what scripts can use, without a workspace.

use serde_json::Value;

use crate::Bench;

#[test]
fn what_scripts_can_use() {
    let bench = Bench::new();
    let all = bench.sluice(&["modules", "--json"], "");
    assert_eq!((all.code, all.stderr.as_str()), (0, ""), "{all:?}");
    let document = all.json();
    let row = |name: &str| -> Value {
        let rows = document["modules"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    assert_eq!(
        (row("lodash")["status"].as_str(), row("lodash")["package"].as_str()),
        (Some("package"), Some("lodash"))
    );
    assert_eq!((row("pg")["status"].as_str(), row("crypto")["kind"].as_str()), (Some("bridged"), Some("builtin")));
    assert!(
        row("axios")["version"]
            .as_str()
            .is_some_and(|version| version.starts_with(|digit: char| digit.is_ascii_digit()))
    );
    let unavailable = document["unavailable"].as_array().unwrap();
    assert!(
        unavailable.iter().any(|row| row["name"] == "oracledb" && row["reason"].as_str().unwrap().contains("dropped"))
    );
    let text = bench.sluice(&["modules"], "").stdout;
    assert!(text.contains("lodash") && text.contains("real package") && text.contains("oracledb"), "{text}");
    assert!(!bench.path("data").exists(), "nothing of ours is touched");
}

#[test]
fn one_module_with_its_functions() {
    let bench = Bench::new();
    let crypto = bench.sluice(&["modules", "node:crypto", "--json"], "").json();
    let status = |name: &str| {
        let functions = crypto["functions"].as_array().unwrap();
        functions.iter().find(|function| function["name"] == name).map(|function| function["status"].clone())
    };
    assert_eq!((status("pbkdf2"), status("setEngine")), (Some("bridged".into()), Some("absent".into())));
    let told = crypto["module"]["differences"].to_string();
    assert!(told.contains("SHA-1"), "the parity suite's reasons are told: {told}");
    let text = bench.sluice(&["modules", "crypto"], "").stdout;
    assert!(text.contains("pbkdf2Sync") && text.contains("Absent"), "{text}");
    let old = bench.sluice(&["modules", "postgres"], "");
    assert!(old.code == 0 && old.stdout.contains("before Node 16") && old.stdout.contains("Client#query"), "{old:?}");
}

#[test]
fn names_that_are_not_there() {
    let bench = Bench::new();
    let dropped = bench.sluice(&["modules", "oracledb", "--json"], "");
    assert_eq!((dropped.code, dropped.failure("oracledb").as_str()), (2, "unavailable_module"));
    assert!(dropped.stderr.contains("the platform dropped it on 2023-06-21"), "{dropped:?}");
    let slip = bench.sluice(&["modules", "lodsh", "--json"], "");
    assert_eq!((slip.code, slip.failure("lodsh").as_str()), (2, "unknown_module"));
    assert!(slip.stderr.contains("did you mean lodash?"), "{slip:?}");
    // A name that is known to be absent was not mistyped.
    for (absent, reason) in [("fs", "a script has no files"), ("sqlite", "one of Node's own, and not available here")] {
        let ran = bench.sluice(&["modules", absent, "--json"], "");
        assert_eq!((ran.code, ran.failure(reason).as_str()), (2, "unavailable_module"));
        assert!(!ran.stderr.contains("did you mean"), "{ran:?}");
    }
    let far = bench.sluice(&["modules", "ps"], "");
    assert!(far.code == 2 && !far.stderr.contains("did you mean"), "{far:?}");
}
