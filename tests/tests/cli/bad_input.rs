//! What is wrong is named, with what to do; nothing is lost.

use acceptance::servers::{
    mariadb::{self, MariaDb},
    postgres,
};
use serde_json::{Value, json};

use crate::{Bench, Ran, snapshot};

const GET_USER: &str = "function g(id, callback) { callback(null, {user_id: '1', email: configuration.A}); }";

const LOGIN: &str = "function login(identifier, password, callback) { callback(null); }";

fn try_get_user(bench: &Bench, connection: &str, more: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["-w", "ws", "--json", "try", connection, "get_user", "--identifier", "a@b.c"]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    bench.sluice(&arguments, "")
}

#[test]
fn broken_and_missing_files() {
    let bench = Bench::new();
    let workspace = bench.workspace(&json!({"A": "plain"}), &[("get_user", GET_USER)]);
    assert_eq!(try_get_user(&bench, "c", &[]).code, 0);
    let unknown = try_get_user(&bench, "d", &[]);
    assert_eq!((unknown.code, unknown.failure("\"d\"").as_str()), (2, "unknown_connection"));
    let script = try_get_user(&bench, "c", &["--context", "{broken"]);
    assert_eq!((script.code, script.failure("--context").as_str()), (2, "usage"));
    let missing = bench.sluice(&["-w", "ws", "--json", "try", "c", "verify", "--identifier", "a"], "");
    assert_eq!((missing.code, missing.failure("verify").as_str()), (2, "no_script"));
    std::fs::remove_file(workspace.join("database-connections/c/get_user.js")).unwrap();
    let lost = try_get_user(&bench, "c", &[]);
    assert_eq!((lost.code, lost.failure("get_user").as_str()), (2, "no_script"));
    let listed = bench.sluice(&["-w", "ws", "list"], "");
    assert!(listed.stderr.contains("get_user.js"), "{listed:?}");
    bench.write("ws/database-connections/c/database.json", "{\n  \"name\": \"c\",\n  \"options\": {,}\n}");
    let before = snapshot(&workspace);
    let broken = try_get_user(&bench, "c", &[]);
    assert_eq!((broken.code, broken.failure("line 3, column 15").as_str()), (2, "broken_file"));
    assert!(broken.stderr.contains("database-connections/c/database.json"), "{broken:?}");
    let export = bench.sluice(&["-w", "ws", "--json", "export", "--out", "out"], "");
    assert_eq!((export.code, export.json()["written"].clone()), (2, json!(false)), "{export:?}");
    assert!(!bench.path("out").exists());
    assert_eq!(snapshot(&workspace), before, "nothing is touched");
    let none = bench.sluice(&["-w", "nowhere", "--json", "list"], "");
    assert_eq!((none.code, none.failure("nowhere").as_str()), (2, "no_workspace"));
    let file = bench.sluice(&["run", "no.js", "login", "--identifier", "a", "--password-stdin", "--json"], "x");
    assert_eq!((file.code, file.failure("no.js").as_str()), (2, "io"));
    assert_eq!(bench.sluice(&["try", "c", "logout"], "").code, 2);
    let over = bench.sluice(&["init", "--sample", "--json", "ws"], "");
    assert_eq!((over.code, over.failure("ws").as_str()), (2, "occupied"));
    assert_eq!(snapshot(&workspace), before);
}

#[test]
fn secrets_that_are_not_there() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER)]);
    let unresolved = try_get_user(&bench, "c", &["--secrets-from-env", "CI_"]);
    assert_eq!(unresolved.code, 5, "{unresolved:?}");
    unresolved.failure("DB_PASSWORD");
    let mut command = bench.command(&[
        "-w",
        "ws",
        "--json",
        "--secrets-from-env",
        "CI_",
        "try",
        "c",
        "get_user",
        "--identifier",
        "a@b.c",
    ]);
    command.env("CI_DB_PASSWORD", "s3cret-value-991");
    let resolved = crate::finished(command.spawn().unwrap(), Some(""));
    assert_eq!((resolved.code, &resolved.json()["outcome"]), (0, &json!("success")), "{resolved:?}");
    assert!(!resolved.stdout.contains("s3cret-value-991"), "redacted: {resolved:?}");
    let plain = try_get_user(&bench, "c", &["--set", "A=open"]);
    assert_eq!(plain.json()["result"]["email"], "open", "{plain:?}");
    // Without D-Bus there is no keychain; that is said by name, and nothing falls back silently.
    let absent = try_get_user(&bench, "c", &[]);
    assert_eq!((absent.code, absent.failure("DB_PASSWORD").as_str()), (5, "absent"), "{absent:?}");
    let set = bench.sluice(&["-w", "ws", "--json", "secret", "set", "DB_PASSWORD"], "s3cret-value-991");
    assert_eq!(set.code, 5, "{set:?}");
    let listed = bench.sluice(&["-w", "ws", "--json", "--secrets-from-env", "CI_", "secret", "list"], "");
    assert_eq!(listed.json()["connections"][0]["secrets"][0]["name"], "DB_PASSWORD", "{listed:?}");
    let hits = snapshot(bench.folder.path())
        .into_iter()
        .filter(|(_, bytes)| bytes.windows(16).any(|w| w == b"s3cret-value-991"));
    assert_eq!(hits.count(), 0, "no file holds the value");
}

#[test]
fn a_mistyped_secret_is_said_and_can_be_undone() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER)]);
    let keep = bench.sluice(&["-w", "ws", "secret", "keep", "ask-each-time"], "");
    assert_eq!(keep.code, 0, "{keep:?}");
    let unknown = bench.sluice(&["-w", "ws", "--json", "secret", "remove", "NOT_A_NAME"], "");
    assert_eq!((unknown.code, unknown.failure("NOT_A_NAME").as_str()), (2, "usage"));
    assert!(unknown.stderr.contains("DB_PASSWORD"), "it names those there are: {unknown:?}");
    let known = bench.sluice(&["-w", "ws", "secret", "remove", "DB_PASSWORD"], "");
    assert!(known.code == 0 && known.stderr.contains("configuration.A still refers to DB_PASSWORD"), "{known:?}");
}

#[test]
fn what_check_cannot_see_is_said() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER), ("login", LOGIN)]);
    let check = bench.sluice(&["-w", "ws", "--json", "check"], "");
    let rules: Vec<_> = check.json().as_array().unwrap().iter().map(|finding| finding["rule"].clone()).collect();
    assert!(check.code == 0 && rules == ["secrets_unseen"], "{check:?}");
}

/// The templates of a store as workspace `ws`, with this configuration.
fn templates(bench: &Bench, store: &str, configuration: &Value) {
    let scripts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(store);
    let text = |file: &str| std::fs::read_to_string(scripts.join(file)).unwrap();
    bench.workspace(configuration, &[("login", &text("login.js")), ("get_user", &text("get_user.js"))]);
}

fn refused_and_unreachable(bench: &Bench, wrong: &str, allowed: &str, password: &str) {
    let run = |more: &[&str]| try_get_user(bench, "c", more);
    let blocked = run(&[]);
    assert_eq!((blocked.code, &blocked.json()["outcome"]), (4, &json!("blocked_by_policy")), "{blocked:?}");
    assert!(blocked.json()["error"]["hint"].as_str().is_some_and(|hint| hint.contains(allowed)), "{blocked:?}");
    let found = run(&["--allow", allowed]);
    assert_eq!((found.code, &found.json()["outcome"]), (1, &json!("not_found")), "{found:?}");
    let refused = run(&["--allow", allowed, "--set", wrong]);
    assert_eq!((refused.code, &refused.json()["outcome"]), (4, &json!("connection_failed")), "{refused:?}");
    assert!(!refused.stdout.contains(password), "{refused:?}");
    let connect = bench.sluice(&["-w", "ws", "connect", "c", "--allow", allowed, "--json"], "");
    assert_eq!(connect.code, 0, "{connect:?}");
}

#[test]
fn postgresql_with_a_wrong_password_and_out_of_reach() {
    let server = postgres::Postgres::start();
    let bench = Bench::new();
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres/schema.sql")).unwrap();
    server.reset(&schema);
    let configuration = json!({"PG_HOST": "127.0.0.1", "PG_PORT": server.port.to_string(), "PG_DATABASE": postgres::DATABASE,
        "PG_USER": postgres::USER, "PG_PASSWORD": postgres::PASSWORD, "PG_TLS": "off"});
    templates(&bench, "postgres", &configuration);
    let allowed = format!("127.0.0.1:{}", server.port);
    refused_and_unreachable(&bench, "PG_PASSWORD=wrong", &allowed, "wrong-pass");
    drop(server);
    let gone = try_get_user(&bench, "c", &["--allow", &allowed]);
    assert_eq!((gone.code, &gone.json()["outcome"]), (4, &json!("connection_failed")), "{gone:?}");
    let stages = bench.sluice(&["-w", "ws", "connect", "c", "--allow", &allowed, "--json"], "");
    assert_eq!(stages.code, 4, "{stages:?}");
    let failed = stages.json().as_array().unwrap().iter().find(|stage| stage["state"] == "failed").cloned();
    assert_eq!(failed.unwrap()["stage"], "TCP", "{stages:?}");
}

#[test]
fn mariadb_with_a_wrong_password() {
    let server = MariaDb::start();
    server.reset(include_str!("../../../scripts/mysql/schema.sql"));
    let bench = Bench::new();
    let template: Value = serde_json::from_str(include_str!("../../../scripts/mysql/connection.json")).unwrap();
    let mut configuration = template["options"]["configuration"].clone();
    for (key, value) in configuration.as_object_mut().unwrap() {
        let new = match key.as_str() {
            key if key.ends_with("HOST") => "127.0.0.1".to_owned(),
            key if key.ends_with("PORT") => server.port.to_string(),
            key if key.ends_with("DATABASE") => mariadb::DATABASE.to_owned(),
            key if key.ends_with("USER") => mariadb::USER.to_owned(),
            key if key.ends_with("PASSWORD") => mariadb::PASSWORD.to_owned(),
            key if key.ends_with("TLS") => "off".to_owned(),
            _ => continue,
        };
        *value = json!(new);
    }
    let password = configuration.as_object().unwrap().keys().find(|key| key.ends_with("PASSWORD")).unwrap().clone();
    templates(&bench, "mysql", &configuration);
    refused_and_unreachable(&bench, &format!("{password}=wrong"), &format!("127.0.0.1:{}", server.port), "wrong-pass");
}
