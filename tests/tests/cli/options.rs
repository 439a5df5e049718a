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
