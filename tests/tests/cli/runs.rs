//! `try`, `run`, `list`, `check`, `connect`: answers and exit codes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Bench, finished, interrupt, keys};

#[test]
fn the_sample_names_its_users_and_each_can_log_in() {
    let (bench, view) = Bench::with_sample();
    let sample = &view["sample"];
    assert_eq!(sample["connection"], "legacy-users");
    let users = sample["users"].as_array().unwrap();
    assert_eq!(users.len(), 6);
    for user in users {
        let text = |key: &str| user[key].as_str().unwrap();
        let (identifier, password) = (text("identifier"), text("password"));
        let upper = identifier.to_uppercase();
        let arguments =
            ["-w", "sample", "--json", "try", "legacy-users", "login", "--password-stdin", "--identifier", &upper];
        let good = bench.sluice(&arguments, &format!("{password}\n"));
        assert_eq!((good.code, &good.json()["outcome"]), (0, &json!("success")), "{user}: {good:?}");
        assert_eq!(good.json()["result"]["email"], identifier);
        let wrong = bench.sluice(&arguments, "not-the-password");
        assert_eq!((wrong.code, &wrong.json()["outcome"]), (1, &json!("wrong_password")), "{user}: {wrong:?}");
        for ran in [good, wrong] {
            assert!(!ran.stdout.contains(password) && !ran.stderr.contains(password), "{ran:?}");
            assert_eq!(ran.stderr, "", "an answer is no message");
        }
    }
}

#[test]
fn a_try_has_the_shape_of_the_design() {
    let (bench, view) = Bench::with_sample();
    let user = &view["sample"]["users"][4];
    let arguments = [
        "try",
        "-w",
        "sample",
        "legacy-users",
        "login",
        "--identifier",
        user["identifier"].as_str().unwrap(),
        "--password-stdin",
        "--json",
    ];
    let report = bench.sluice(&arguments, user["password"].as_str().unwrap()).json();
    for key in ["outcome", "log_event", "user_sees", "error", "result", "warnings", "trace", "duration_ms", "engine"] {
        assert!(keys(&report).contains(&key), "{key} is missing in {report}");
    }
    assert_eq!((&report["log_event"]["code"], &report["migration"]), (&json!("s"), &json!("would_migrate")));
    let trace = report["trace"].as_array().unwrap();
    let kinds: Vec<&str> = trace.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"connect") && kinds.contains(&"query") && kinds.contains(&"callback"), "{kinds:?}");
    assert!(trace.iter().all(|entry| entry["at_ms"].is_number() && entry["ms"].is_number()));
    assert!(!report["engine"]["isolation"].as_array().unwrap().is_empty());
    // Typed words mask nothing of our own.
    let wrong = bench.sluice(&arguments, "wrong").json();
    assert_eq!(wrong["user_sees"], "wrong e-mail or password");
    // The same for people: the verdict first.
    let text = bench.sluice(&arguments[..arguments.len() - 1], "wrong");
    assert_eq!(text.code, 1);
    assert!(text.stdout.starts_with("Wrong password  (wrong_password, "), "{}", text.stdout);
    assert!(text.stdout.contains("fp failed login (wrong password)"), "{}", text.stdout);
    assert!(!text.stdout.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn writes_are_undone_unless_committed() {
    let (bench, _) = Bench::with_sample();
    let create = [
        "-w",
        "sample",
        "--json",
        "try",
        "legacy-users",
        "create",
        "--password-stdin",
        "--user",
        r#"{"email":"new.person@example.com"}"#,
    ];
    let look = ["-w", "sample", "--json", "try", "legacy-users", "get_user", "--identifier", "new.person@example.com"];
    let tried = bench.sluice(&create, "New-secret-1");
    assert_eq!((tried.code, &tried.json()["outcome"]), (0, &json!("success")), "{tried:?}");
    assert!(!tried.stdout.contains("New-secret-1"), "{tried:?}");
    let gone = bench.sluice(&look, "");
    assert_eq!((gone.code, &gone.json()["outcome"]), (1, &json!("not_found")), "undone: {gone:?}");
    let committed: Vec<&str> = create.iter().copied().chain(["--commit"]).collect();
    assert_eq!(bench.sluice(&committed, "New-secret-1").json()["committed"], true);
    assert_eq!(bench.sluice(&look, "").json()["outcome"], "success");
    let again = bench.sluice(&create, "New-secret-1");
    assert_eq!((again.code, &again.json()["error"]["code"]), (1, &json!("user_exists")), "{again:?}");
    // A write that failed is none, and nothing of it is said to be kept.
    let committed: Vec<&str> = committed.into_iter().filter(|word| *word != "--json").collect();
    let failed = bench.sluice(&committed, "New-secret-1");
    assert!(
        failed.code == 1 && !failed.stdout.contains("is kept") && !failed.stdout.contains("(committed"),
        "{failed:?}"
    );
}

#[test]
fn every_kind_of_ending_has_its_exit_code() {
    let bench = Bench::new();
    let run = |text: &str, more: &[&str]| {
        bench.write("s.js", text);
        let arguments: Vec<&str> = ["run", "s.js", "get_user", "--identifier", "a@b.c", "--json"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        let ran = bench.sluice(&arguments, "");
        let report = ran.json();
        (ran.code, report["outcome"].as_str().unwrap_or_else(|| panic!("{ran:?}")).to_owned(), report)
    };
    let outcome = |text: &str, more: &[&str]| {
        let (code, outcome, _) = run(text, more);
        (code, outcome)
    };
    let is = |code: i32, word: &str| (code, word.to_owned());
    assert_eq!(
        outcome("function g(id, callback) { callback(null, {user_id: '1', email: id}); }", &[]),
        is(0, "success")
    );
    assert_eq!(outcome("function g(id, callback) { callback(null); }", &[]), is(1, "not_found"));
    assert_eq!(outcome("function g(id, callback) { callback(new ValidationError('x', 'y')); }", &[]), is(1, "refused"));
    assert_eq!(
        outcome("function g(id, callback) { callback(new UnauthorizedError('no')); }", &[]),
        is(1, "message_to_user")
    );
    assert_eq!(outcome("function g(id, callback) { callback(new Error('no')); }", &[]), is(3, "script_error"));
    assert_eq!(outcome("function g(id, callback) {}", &[]), is(3, "no_callback"));
    assert_eq!(outcome("function g(id, callback) { while (true) {} }", &["--timeout", "0.3"]), is(3, "timeout"));
    let (code, word, report) = run("function g(id, callback) {\n  callback(null,;\n}", &[]);
    assert_eq!((code, word.as_str()), (3, "invalid_script"));
    assert_eq!((&report["error"]["class"], &report["error"]["line"]), (&json!("SyntaxError"), &json!(2)));
    let (code, word, report) = run("function g(id, callback) {\n  id.no.way();\n}", &[]);
    assert_eq!((code, word.as_str(), &report["error"]["line"]), (3, "script_error", &json!(2)), "{report}");
    let (code, word, report) = run(
        "function g(id, callback) { console.log('%s', configuration.HOST); callback(null, {user_id: configuration.HOST, email: id}); }",
        &["--set", "HOST=h=1"],
    );
    assert_eq!(
        (code, word.as_str(), &report["result"]["user_id"], &report["console"][0]["text"]),
        (0, "success", &json!("h=1"), &json!("h=1"))
    );
}

/// The script answers, and nobody can be signed in with the answer.
#[test]
fn an_answer_without_a_usable_profile_is_no_success() {
    let bench = Bench::new();
    let login = "function login(email, password, callback) { callback(null, { email: email }); }";
    let change = "function changePassword(email, password, callback) { callback(null, 'changed'); }";
    bench.workspace(&json!({}), &[("login", login), ("change_password", change)]);
    let start = ["-w", "ws", "try", "c"];
    let with = ["--identifier", "a@b.c", "--password-stdin"];
    let text = bench.sluice(&[&start[..], &["login"], &with].concat(), "typed-word");
    assert_eq!(text.code, 3, "{text:?}");
    for told in [
        "Answered with a profile the platform cannot use  (unusable_result, ",
        "f failed login (code not documented)",
        "UnusableResult: the profile has no user_id, which is mandatory",
        "Set user_id to a text that never changes",
        "\"email\": \"a@b.c\"",
    ] {
        assert!(text.stdout.contains(told), "{told} is missing: {}", text.stdout);
    }
    assert!(!text.stdout.contains("would move") && !text.stdout.contains("is signed in"), "{}", text.stdout);
    let json = bench.sluice(&[&start[..], &["login", "--json"], &with].concat(), "typed-word").json();
    assert_eq!(
        (&json["outcome"], &json["migration"], &json["error"]["class"]),
        (&json!("unusable_result"), &json!("nothing"), &json!("UnusableResult"))
    );
    // Neither does the flow sign anybody in, nor move them.
    let flow = bench.sluice(&[&["-w", "ws", "flow", "c", "login", "--json"][..], &with].concat(), "typed-word");
    assert_eq!((flow.code, &flow.json()["end"]), (3, &json!("not_logged_in")), "{flow:?}");
    let changed = bench.sluice(&[&start[..], &["change_password", "--json"], &with].concat(), "typed-word");
    assert_eq!((changed.code, &changed.json()["outcome"]), (3, &json!("unusable_result")), "{changed:?}");
    assert!(changed.json()["error"]["message"].as_str().unwrap().starts_with("the result is a string"), "{changed:?}");
}

#[test]
fn ctrl_c_stops_the_run_and_says_so() {
    let bench = Bench::new();
    bench.write("s.js", "function g(id, callback) { console.log('up'); while (true) {} }");
    let child = bench.command(&["run", "s.js", "get_user", "--identifier", "a", "--json"]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    interrupt(&child);
    let start = Instant::now();
    let ran = finished(child, Some(""));
    assert_eq!((ran.code, &ran.json()["outcome"]), (3, &json!("cancelled")), "{ran:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn nothing_prompts_without_a_terminal() {
    let (bench, _) = Bench::with_sample();
    for arguments in [
        &["-w", "sample", "--json", "try", "legacy-users", "login", "--identifier", "a"][..],
        &["-w", "sample", "--json", "flow", "legacy-users", "login", "--identifier", "a"],
    ] {
        // Stdin stays open: whoever reads it would wait for ever.
        let ran = finished(bench.command(arguments).spawn().unwrap(), None);
        assert_eq!((ran.code, ran.failure("password").as_str()), (2, "usage"), "{ran:?}");
        assert!(ran.stderr.contains("--password-stdin"), "{ran:?}");
    }
    let empty = bench.sluice(
        &["-w", "sample", "--json", "try", "legacy-users", "login", "--identifier", "a", "--password-stdin"],
        "",
    );
    assert_eq!((empty.code, empty.failure("password").as_str()), (2, "usage"));
}

#[test]
fn list_check_and_connect_on_the_sample() {
    let (bench, _) = Bench::with_sample();
    let list = bench.sluice(&["list", "-w", "sample", "--json"], "");
    assert_eq!(list.code, 0);
    let connection = &list.json()["connections"][0];
    assert_eq!((&connection["name"], &connection["import_mode"]), (&json!("legacy-users"), &json!("on")));
    assert_eq!(connection["scripts"].as_array().unwrap().len(), 9);
    assert!(bench.sluice(&["list", "-w", "sample"], "").stdout.contains("legacy-users  development"));
    let check = bench.sluice(&["check", "-w", "sample", "--json"], "");
    assert_eq!((check.code, check.json()), (0, json!([])), "{check:?}");
    let connect = bench.sluice(&["connect", "legacy-users", "-w", "sample", "--json"], "");
    assert_eq!(connect.code, 0, "{connect:?}");
    let stages = connect.json();
    assert!(
        stages.as_array().unwrap().iter().all(|stage| stage["state"] != "failed" && stage["ms"].is_number()),
        "{stages}"
    );
}

#[test]
fn check_finds_what_is_certainly_wrong() {
    let bench = Bench::new();
    let workspace = bench.workspace(
        &json!({"A": "@@lower@@"}),
        &[("login", "function (id, password, context, callback) {}"), ("verify", "function verify(id {}")],
    );
    bench.write("ws/database-connections/c/orphan.js", "x");
    let ran = bench.sluice(&["check", "--json", "-w", workspace.to_str().unwrap()], "");
    assert_eq!(ran.code, 1, "{ran:?}");
    let found = ran.json();
    let mut rules: Vec<(&str, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["rule"].as_str().unwrap(), finding["severity"].as_str().unwrap()))
        .collect();
    rules.sort_unstable();
    let expected = [
        ("anonymous_function", "info"),
        ("arity", "error"),
        ("placeholder_lower_case", "warning"),
        ("script_missing", "error"),
        ("secrets_unseen", "warning"),
        ("syntax_error", "error"),
        ("unlisted_script", "warning"),
    ];
    assert_eq!(rules, expected, "{found:#}");
    let syntax = found.as_array().unwrap().iter().find(|finding| finding["rule"] == "syntax_error").unwrap();
    assert_eq!((&syntax["action"], &syntax["line"]), (&json!("verify"), &json!(1)));
    assert_eq!(syntax["connection"], Value::from("c"));
}
