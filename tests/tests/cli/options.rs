//! Options: named as one types them, refused where nothing uses them; and where files are looked for.

use serde_json::json;

use crate::Bench;

const GET_USER: &str = "function g(id, callback) { callback(null, {user_id: '1', email: id}); }";

#[test]
fn what_an_action_needs_is_named_by_its_option() {
    let bench = Bench::new();
    bench.workspace(&json!({}), &[("get_user", GET_USER), ("change_email", GET_USER), ("delete", GET_USER)]);
    for (arguments, needed) in [
        (&["change_email", "--identifier", "a"][..], "change_email needs --new-email"),
        (&["get_user"], "get_user needs --identifier"),
        (&["delete"], "delete needs --id"),
        (&["create"], "create needs --user or --identifier"),
    ] {
        for start in
            [&["-w", "ws", "--json", "try", "c"][..], &["--json", "run", "ws/database-connections/c/get_user.js"]]
        {
            let ran = bench.sluice(&[start, arguments].concat(), "");
            assert_eq!((ran.code, ran.failure(needed).as_str()), (2, "usage"), "{ran:?}");
        }
    }
    let create = bench.sluice(&["-w", "ws", "--json", "try", "c", "create", "--identifier", "a@b.c"], "");
    assert_eq!((create.code, create.failure("create needs a password").as_str()), (2, "usage"));
    assert!(create.stderr.contains("--password-stdin"), "{create:?}");
}

#[test]
fn an_option_that_nothing_uses_is_refused() {
    let bench = Bench::new();
    bench.workspace(&json!({}), &[("get_user", GET_USER)]);
    let get_user = ["-w", "ws", "--json", "try", "c", "get_user", "--identifier", "a"];
    for (more, unused) in [
        (&["--new-email", "b"][..], "--new-email"),
        (&["--id", "1"], "--id"),
        (&["--password-stdin"], "--password-stdin"),
    ] {
        let ran = bench.sluice(&[&get_user[..], more].concat(), "");
        assert_eq!((ran.code, ran.failure(&format!("get_user takes no {unused}")).as_str()), (2, "usage"), "{ran:?}");
    }
    let context = bench.sluice(&[&get_user[..], &["--context", "{}"]].concat(), "");
    assert_eq!((context.code, context.failure("--context").as_str()), (2, "usage"), "{context:?}");
    assert!(context.stderr.contains("enable_script_context"), "{context:?}");
    let help = bench.sluice(&["flow", "--help"], "").stdout;
    for option in ["--new-email", "--new-password", "--verified", "--id ", "--user", "--twice"] {
        assert!(!help.contains(option), "{option} in {help}");
    }
    let flow = ["-w", "ws", "--json", "flow", "c", "login", "--identifier", "a", "--password-stdin", "--id", "1"];
    let ran = bench.sluice(&flow, "x");
    assert_eq!((ran.code, ran.failure("--id").as_str()), (2, "usage"), "misunderstood arguments have a document too");
    let help = bench.sluice(&["try", "--help"], "").stdout;
    assert!(help.contains("change_email         --identifier S --new-email S [--verified BOOL]"), "{help}");
}

#[test]
fn a_relative_file_starts_where_the_command_does() {
    let (bench, _) = Bench::with_sample();
    let script = "function g(id, callback) {
      const db = new (require('sqlite3').Database)('users.db', 1, (error) => {
        if (error) return callback(error);
        db.get('select name from here', (error, row) => db.close(() => callback(error, row && {user_id: '1', email: id, name: row.name})));
      });
    }";
    bench.write("scripts/s.js", script);
    for (path, name) in [("users.db", "current"), ("scripts/users.db", "beside")] {
        let make = format!(
            "import sqlite3; c = sqlite3.connect('{path}'); c.execute('create table here (name)'); c.execute(\"insert into here values ('{name}')\"); c.commit()"
        );
        let made = std::process::Command::new("python3").args(["-c", &make]).current_dir(bench.folder.path()).status();
        assert!(made.unwrap().success());
    }
    let arguments = ["--json", "run", "scripts/s.js", "get_user", "--identifier", "a@b.c"];
    // As in Node; and what is not beside the script has to be allowed.
    let blocked = bench.sluice(&arguments, "");
    assert_eq!((blocked.code, &blocked.json()["outcome"]), (4, &json!("blocked_by_policy")), "{blocked:?}");
    let here = bench.sluice(&[&arguments[..], &["--allow", "users.db"]].concat(), "");
    assert_eq!((here.code, &here.json()["result"]["name"]), (0, &json!("current")), "{here:?}");
    std::fs::remove_file(bench.path("users.db")).unwrap();
    let beside = bench.sluice(&arguments, "");
    assert_eq!((beside.code, &beside.json()["result"]["name"]), (0, &json!("beside")), "{beside:?}");
}

#[test]
fn the_second_run_has_a_line_of_its_own() {
    let bench = Bench::new();
    let twice = |answer: &str| {
        bench.write("s.js", &format!("function getByEmail(email, callback) {{ {answer} }}"));
        bench.sluice(&["run", "s.js", "get_user", "--identifier", "a@b.c", "--twice"], "").stdout
    };
    let profile = |more: &str| format!("callback(null, {{ email, email_verified: true, {more} }});");
    for (answer, said) in [
        (profile("user_id: '1'"), "a second run right after it answers the same"),
        (
            profile("user_id: String(Math.random())"),
            "a second run right after it answers differently: see the warnings",
        ),
        (
            profile("user_id: '1', seen: Math.random()"),
            "a second run right after it finds the same user; other parts of the answer differ",
        ),
        ("callback(null);".to_owned(), "no second run: the first one did not succeed"),
        (profile(""), "no second run: the first one did not succeed"),
    ] {
        let told = twice(&answer);
        assert!(told.contains(&format!("  twice      {said}\n")), "{answer}: {told}");
    }
    let once = bench.sluice(&["run", "s.js", "get_user", "--identifier", "a@b.c"], "").stdout;
    assert!(!once.contains("  twice "), "{once}");
}

/// What is wrong first on the line is told first: a wrong name is no reason to ask for options, secrets or a password.
#[test]
fn a_wrong_name_is_told_before_anything_that_its_script_would_need() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER)]);
    let attempt = |arguments: &[&str]| {
        // Stdin stays open: whoever asked would wait for ever.
        let child = bench.command(&[&["-w", "ws", "--json", "try"], arguments].concat()).spawn().unwrap();
        crate::finished(child, None)
    };
    for arguments in [
        &["nope", "login"][..],
        &["nope", "login", "--identifier", "a"],
        &["nope", "get_user", "--new-email", "b"],
        &["nope", "get_user", "--identifier", "a", "--context", "{broken"],
        &["nope", "create", "--user", "@nowhere.json", "--commit"],
    ] {
        let ran = attempt(arguments);
        assert_eq!((ran.code, ran.failure("\"nope\"").as_str()), (2, "unknown_connection"), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("`sluice list`"), "{ran:?}");
    }
    // No connection has such a script, whatever its name.
    for name in ["nope", "c"] {
        let ran = attempt(&[name, "nope", "--identifier", "a"]);
        assert_eq!((ran.code, ran.failure("an action is one of login, get_user, create").as_str()), (2, "usage"));
    }
    // Then the options, and only then the script and the secrets.
    let ran = attempt(&["c", "verify"]);
    assert_eq!((ran.code, ran.failure("verify needs --identifier").as_str()), (2, "usage"));
    let ran = attempt(&["c", "verify", "--identifier", "a", "--secrets-from-env", "CI_"]);
    assert_eq!((ran.code, ran.failure("verify").as_str()), (2, "no_script"), "{ran:?}");
    let ran = attempt(&["c", "get_user", "--identifier", "a", "--secrets-from-env", "CI_"]);
    assert_eq!((ran.code, ran.failure("DB_PASSWORD").as_str()), (5, "unresolved_secret"), "{ran:?}");
}
