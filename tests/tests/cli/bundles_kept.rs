//! `export` into a place that holds something: what it keeps, refuses and tells; and what it says of secrets and scripts.

use serde_json::{Value, json};

use crate::{Bench, Ran, finished, snapshot};

const LOGIN: &str = "function login(email, password, callback) { callback(null); }";
const GET_USER: &str = "function get_user(email, callback) { callback(null); }";

fn bench(configuration: Value, login: &str) -> Bench {
    let bench = Bench::new();
    bench.workspace(&configuration, &[("login", login), ("get_user", GET_USER)]);
    bench
}

fn export(bench: &Bench, more: &[&str]) -> Ran {
    bench.sluice(&[&["-w", "ws", "export"][..], more].concat(), "")
}

/// With the value of `PW` at hand.
fn with_value(bench: &Bench, value: &str, words: &[&str]) -> Ran {
    let mut command = bench.command(&[&["-w", "ws", "--json", "--secrets-from-env", "CI_"][..], words].concat());
    finished(command.env("CI_PW", value).spawn().unwrap(), Some(""))
}

fn note<'a>(answer: &'a Value, code: &str) -> Option<&'a str> {
    let notes = answer["notes"].as_array().unwrap();
    notes.iter().find(|note| note["code"] == code).map(|note| note["message"].as_str().unwrap())
}

#[test]
fn an_edited_file_is_named_and_not_overwritten() {
    let bench = bench(json!({}), LOGIN);
    assert_eq!(export(&bench, &["--out", "out"]).code, 0);
    let edited = "out/database-connections/c/login.js";
    bench.write(edited, "// mine");
    bench.write("out/NOTES.md", "mine");
    bench.write("ws/database-connections/c/login.js", &format!("{LOGIN}\n"));
    let before = snapshot(&bench.path("out"));
    let refused = export(&bench, &["--out", "out", "--replace", "--json"]);
    assert_eq!((refused.code, refused.failure("database-connections/c/login.js").as_str()), (2, "would_lose"));
    assert!(refused.stderr.contains("move it away"), "{refused:?}");
    assert_eq!(snapshot(&bench.path("out")), before);
    std::fs::remove_file(bench.path(edited)).unwrap();
    let written = export(&bench, &["--out", "out", "--replace"]);
    assert!(
        written.code == 0 && written.stdout.contains("1 file stays that Sluice did not write: NOTES.md"),
        "{written:?}"
    );
}

#[test]
fn the_same_export_again_says_that_nothing_was_written() {
    let bench = bench(json!({}), LOGIN);
    let first = export(&bench, &["--out", "out"]);
    assert!(first.stdout.starts_with("Wrote "), "{first:?}");
    let again = export(&bench, &["--out", "out"]);
    assert!(again.code == 0 && again.stdout.starts_with("Unchanged: ") && !again.stdout.contains("Wrote"), "{again:?}");
    let answer = export(&bench, &["--out", "out", "--json"]).json();
    assert_eq!((&answer["written"], &answer["unchanged"]), (&json!(false), &json!(true)), "{answer}");
}

#[test]
fn secrets_that_were_not_compared_are_named() {
    let bench = bench(json!({"A": "@@PW@@", "B": "@@API_KEY@@"}), LOGIN);
    let blind = export(&bench, &["--out", "out"]);
    assert!(blind.code == 0 && blind.stdout.contains("2 secrets") && blind.stdout.contains("API_KEY, PW"), "{blind:?}");
    let answer = export(&bench, &["--out", "out", "--json"]).json();
    assert!(note(&answer, "secrets_not_compared").unwrap().ends_with("API_KEY, PW"), "{answer}");
    let answer = with_value(&bench, "hunter2-hunter2", &["export", "--out", "out"]).json();
    let told = note(&answer, "secrets_not_compared").unwrap();
    assert!(told.contains("1 secret,") && told.ends_with("API_KEY"), "{told}");
}

#[test]
fn a_check_finds_the_secrets_that_an_export_refuses() {
    let login = "function login(email, password, callback) {\n  var p = 'hunter2-hunter2';\n  callback(null);\n}";
    let bench = bench(json!({"A": "@@PW@@", "COPY": "hunter2-hunter2", "DB_PASSWORD": "swordfish"}), login);
    let found = with_value(&bench, "hunter2-hunter2", &["check"]);
    let all = found.json();
    let rule =
        |name: &str| all.as_array().unwrap().iter().filter(|one| one["rule"] == name).cloned().collect::<Vec<_>>();
    let script = rule("secret_in_script");
    assert_eq!((found.code, script.len()), (1, 1), "{found:?}");
    assert_eq!((&script[0]["action"], &script[0]["line"]), (&json!("login"), &json!(2)), "{script:?}");
    let clear = Value::Array(rule("secret_in_clear")).to_string();
    assert!(clear.contains("configuration.COPY") && clear.contains("configuration.DB_PASSWORD"), "{clear}");
    assert!(!found.stdout.contains("hunter2") && !found.stdout.contains("swordfish"), "{found:?}");
    assert_eq!(with_value(&bench, "hunter2-hunter2", &["export", "--out", "out"]).code, 2);
    // Nothing of it with another value, but for what a name gives away.
    let found = with_value(&bench, "other-other", &["check"]);
    assert!(found.code == 0 && !found.stdout.contains("secret_in_script"), "{found:?}");
}

#[test]
fn a_secret_elsewhere_in_the_json_is_found() {
    let bench = bench(json!({"A": "@@PW@@"}), LOGIN);
    let path = bench.path("ws/database-connections/c/database.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text.replacen("{", "{\"x_note\": \"hunter2-hunter2\",", 1)).unwrap();
    let found = with_value(&bench, "hunter2-hunter2", &["check"]);
    assert!(found.code == 1 && found.stdout.contains("outside of configuration"), "{found:?}");
    assert_eq!(with_value(&bench, "hunter2-hunter2", &["export", "--out", "out"]).code, 2);
}

#[test]
fn a_script_that_does_not_parse_goes_out_with_a_note() {
    let bench = bench(json!({}), "function login(email, password, callback) {\n  callback(null;\n}");
    let answer = export(&bench, &["--out", "out", "--json"]).json();
    let told = note(&answer, "broken_script").unwrap_or_else(|| panic!("{answer}"));
    assert!(told.contains("login") && told.contains("SyntaxError") && told.contains("line 2"), "{told}");
    assert_eq!(answer["written"], json!(true));
    let said = export(&bench, &["--out", "out"]);
    assert!(said.stdout.contains("database-connections/c/login.js: the login script does not evaluate"), "{said:?}");
}

#[test]
fn only_chosen_connections_count_and_unknown_ones_are_named() {
    let bench = bench(json!({}), LOGIN);
    bench.write("ws/database-connections/broken/database.json", "{");
    assert_eq!(export(&bench, &["--out", "all"]).code, 2);
    assert_eq!(export(&bench, &["c", "--out", "one"]).code, 0);
    let unknown = export(&bench, &["nosuch", "--out", "out"]);
    assert_eq!(unknown.code, 2);
    let told = "nosuch: there is no connection of this name; there is c";
    assert!(unknown.stderr.contains(told) && !unknown.stderr.contains("at least one"), "{unknown:?}");
}

#[test]
fn a_zip_without_the_ending_is_refused() {
    let bench = bench(json!({}), LOGIN);
    let refused = export(&bench, &["--format", "yaml-zip", "--out", "bundle", "--json"]);
    assert_eq!((refused.code, refused.failure("bundle").as_str()), (2, "no_zip_name"));
    assert!(refused.stderr.contains("bundle.zip") && !bench.path("bundle").exists(), "{refused:?}");
}

#[test]
fn an_import_tells_an_error_once() {
    let bench = bench(json!({}), LOGIN);
    let lost = "in/database-connections/d/database.json";
    bench.write(lost, r#"{"name":"d","options":{"customScripts":{"login":"./login.js","get_user":"./get_user.js"}}}"#);
    bench.write("in/database-connections/d/stray.js", "x");
    let refused = bench.sluice(&["-w", "ws", "import", "in"], "");
    assert_eq!(refused.code, 2);
    for name in ["d/get_user.js", "d/login.js", "stray.js"] {
        let lines = refused.stderr.lines().filter(|line| line.contains(name) && !line.starts_with("  "));
        assert_eq!(lines.count(), 1, "{name}: {refused:?}");
    }
}

#[test]
fn help_lists_every_action() {
    let bench = Bench::new();
    for command in ["try", "run"] {
        let help = bench.sluice(&[command, "--help"], "").stdout;
        let list = help.split("<ACTION>").nth(2).unwrap_or(&help).split("\n\n").next().unwrap();
        for action in contract::Action::ALL {
            assert!(list.contains(action.key()), "{action} in {list}");
        }
        assert!(!list.contains('…'), "{list}");
    }
}
