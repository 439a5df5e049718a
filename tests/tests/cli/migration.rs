//! `flow login` and `count`: users move once, and the numbers follow.

use std::io::{BufRead, BufReader};

use serde_json::json;

use crate::{Bench, interrupt};

#[test]
fn a_login_migrates_once_and_the_count_moves() {
    let (bench, view) = Bench::with_sample();
    let user = &view["sample"]["users"][4];
    let (identifier, password) = (user["identifier"].as_str().unwrap(), user["password"].as_str().unwrap());
    let count = || {
        let ran = bench.sluice(&["-w", "sample", "count", "legacy-users", "--json"], "");
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()
    };
    let login = |password: &str| {
        let arguments =
            ["-w", "sample", "flow", "legacy-users", "login", "--identifier", identifier, "--password-stdin", "--json"];
        let ran = bench.sluice(&arguments, password);
        let report = ran.json();
        (ran.code, report["end"].as_str().unwrap_or_else(|| panic!("{ran:?}")).to_owned(), report)
    };
    let before = count();
    assert_eq!((&before["legacy_total"]["value"], &before["migrated"]["value"]), (&json!(1000.0), &json!(0.0)));
    assert_eq!(before["legacy_total"]["source"], "count_users.js");
    let (code, end, report) = login("wrong");
    assert_eq!((code, end.as_str(), &report["run"]["outcome"]), (1, "not_logged_in", &json!("wrong_password")));
    let (code, end, report) = login(password);
    assert_eq!((code, end.as_str(), &report["log_event"]["code"]), (0, "migrated", &json!("s")));
    assert_eq!(count()["migrated"]["value"], 1.0);
    let (code, end, report) = login(password);
    assert_eq!((code, end.as_str()), (0, "native_login"));
    assert!(report["run"].is_null(), "the legacy store is not asked again");
    let (code, end, _) = login("wrong");
    assert_eq!((code, end.as_str()), (1, "native_wrong_password"));
    let after = count();
    assert_eq!((&after["migrated"]["value"], &after["left"]["value"]), (&json!(1.0), &json!(999.0)));
    assert_eq!(
        after["failed"].as_array().unwrap().iter().map(|f| f["count"].as_u64().unwrap()).sum::<u64>(),
        2,
        "{after}"
    );
}

#[test]
fn watching_prints_a_document_per_count_until_ctrl_c() {
    let (bench, view) = Bench::with_sample();
    let user = &view["sample"]["users"][4];
    let mut child = bench
        .command(&["-w", "sample", "count", "legacy-users", "--watch", "--every", "0.2", "--json"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut migrated = || -> f64 {
        let line = lines.next().expect("another count").unwrap();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()["migrated"]["value"].as_f64().unwrap()
    };
    assert_eq!(migrated(), 0.0);
    let arguments = [
        "-w",
        "sample",
        "flow",
        "legacy-users",
        "login",
        "--identifier",
        user["identifier"].as_str().unwrap(),
        "--password-stdin",
    ];
    let ran = bench.sluice(&arguments, user["password"].as_str().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("Logged in; the user was migrated\n"), "{}", ran.stdout);
    let seen = (0..50).map(|_| migrated()).find(|count| *count == 1.0);
    assert_eq!(seen, Some(1.0), "the watcher sees what another process moved");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
