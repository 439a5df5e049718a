//! The script contract (contract §2–§5, §7.1, §7.2), rule by rule, in a real runner.

mod trial;

use contract::Ending;
use secrecy::SecretString;
use serde_json::json;
use trial::{called_back_error, invalid, place, result, results, run, run_in, sandbox, spec, thrown, warnings};

#[tokio::test]
async fn a_function_is_taken_by_position_in_every_form() {
    let body = "(email, password, callback) { callback(null, email + '|' + password + '|' + arguments.length); }";
    let arrow = "(email, password, callback) => { callback(null, `${email}|${password}|3`); }";
    for script in [
        format!("function login{body}"),
        format!("function {body}"),
        format!("async function getUser{body}"),
        arrow.to_owned(),
        format!("async {arrow}"),
        format!("// a comment\n/**\n * JSDoc\n */\nfunction login{body};"),
        format!("\u{feff}\n\nfunction login{body} ; // done\n/* end */\n"),
        format!("(function login{body})"),
        format!("function login{body}\nfunction helper() {{ return 1 }}"),
    ] {
        assert_eq!(*result(&run(&script).await), json!("ada@example.test|Pa55 word|3"), "{script}");
    }
}

#[tokio::test]
async fn helpers_after_the_function_are_there() {
    let record =
        run("function login(e, p, callback) { callback(null, helper(2)); }\nfunction helper(n) { return n * 21; }")
            .await;
    assert_eq!(*result(&record), json!(42));
}

#[tokio::test]
async fn scripts_are_sloppy() {
    let record = run("function login(e, p, callback) { leaked = 1; callback(null, [typeof this, this === global, delete leaked, 010]); }").await;
    assert_eq!(*result(&record), json!(["object", true, true, 8]));
}

#[tokio::test]
async fn what_is_no_function_says_so() {
    for (script, kind) in
        [("42", "number"), ("'use strict';\nfunction login() {}", "string"), ("({})", "object"), ("null", "object")]
    {
        let record = run(script).await;
        let fault = invalid(&record);
        assert_eq!(fault.code.as_deref(), Some("not_a_function"), "{script}");
        assert!(fault.message.contains(&format!("to {kind}")), "{}", fault.message);
    }
    let above = run("const bcrypt = require('bcrypt');\nfunction login() {}").await;
    assert_eq!(invalid(&above).code.as_deref(), Some("not_a_function"));
    assert!(invalid(&above).message.contains("begins with 'const'"), "{}", invalid(&above).message);
    for script in ["", "// nothing", "function login( {"] {
        let record = run(script).await;
        assert_eq!(invalid(&record).class, "SyntaxError", "{script}");
    }
}

#[tokio::test]
async fn syntax_errors_name_the_admins_line() {
    assert_eq!(place(invalid(&run("function login(e, p, callback) {\n  var a = ;\n}").await)), (2, 11));
    assert_eq!(place(invalid(&run("function login(e, p, callback) {\n  if (e) {\n").await)).0, 2);
    // Braces that close more than they open do not reach what we put around the text.
    assert_eq!(place(invalid(&run("function login() {} }); (function () {").await)), (1, 21));
}

#[tokio::test]
async fn thrown_errors_name_the_admins_line_and_column() {
    let script = "/**\n * Login\n */\nfunction login(email, password, callback) {\n  const user = null;\n  callback(null, user.name);\n}\n";
    let record = run(script).await;
    let fault = thrown(&record);
    assert_eq!(fault.class, "TypeError");
    assert_eq!(place(fault).0, 6);
    assert_eq!(fault.stack.as_deref().unwrap().lines().count(), 2, "{:?}", fault.stack);
    assert!(fault.stack.as_deref().unwrap().contains("    at login (login.js:6:"));
    // The first line is not shifted either.
    assert_eq!(place(thrown(&run("function login() { throw new Error('x'); }").await)), (1, 30));
    assert_eq!(place(thrown(&run("(e, p, callback) => { undefined_name }").await)), (1, 23));
}

#[tokio::test]
async fn errors_surface_from_wherever_they_are_thrown() {
    for (script, line) in [
        ("function login() {\n  setTimeout(function later() {\n    throw new Error('late');\n  }, 5);\n}", 3),
        ("function login() {\n  Promise.resolve().then(() => {\n    throw new Error('late');\n  });\n}", 3),
        ("async function login() {\n  await null;\n\n  throw new Error('late');\n}", 4),
        (
            "async function login() {\n  await new Promise((done) => setTimeout(done, 5));\n  throw new Error('late');\n}",
            3,
        ),
        ("function login() {\n  process.nextTick(() => {\n    throw new Error('late');\n  });\n}", 3),
        ("function login() {\n  setImmediate(() => {\n    throw new Error('late');\n  });\n}", 3),
        (
            "function login() {\n  require('bcrypt').hash('x', 4, function () {\n    throw new Error('late');\n  });\n}",
            3,
        ),
    ] {
        let record = run(script).await;
        let fault = thrown(&record);
        assert_eq!((fault.message.as_str(), place(fault).0), ("late", line), "{script}");
    }
}

#[tokio::test]
async fn a_handled_rejection_is_no_error() {
    let record = run("async function login(e, p, callback) { const no = Promise.reject(new Error('x')); try { await no } catch (e) { callback(null, e.message) } }").await;
    assert_eq!(*result(&record), json!("x"));
}

#[tokio::test]
async fn things_that_are_no_errors_can_be_thrown() {
    let string = run("function login() { throw 'plain'; }").await;
    assert_eq!((thrown(&string).class.as_str(), thrown(&string).message.as_str()), ("string", "plain"));
    let object = run("function login() { throw { message: 'm', code: 7 }; }").await;
    assert_eq!((thrown(&object).class.as_str(), thrown(&object).code.as_deref()), ("object", Some("7")));
    let nothing = run("async function login() { throw undefined; }").await;
    assert_eq!(thrown(&nothing).class, "undefined");
    let null = run("function login() { throw null; }").await;
    assert!(matches!(null.ending, Ending::Threw { .. }), "a thrown null is not out of memory: {:?}", null.ending);
}

#[tokio::test]
async fn callback_without_arguments_is_callback_with_null() {
    for call in ["callback()", "callback(null)", "callback(undefined)"] {
        let record = run(&format!("function login(e, p, callback) {{ {call}; }}")).await;
        assert!(results(&record).is_empty(), "{call}");
    }
    assert_eq!(
        results(&run("function login(e, p, callback) { callback(null, undefined, 3); }").await),
        [json!(null), json!(3)]
    );
}

#[tokio::test]
async fn the_first_callback_wins_and_the_second_is_reported_with_both_stacks() {
    let record = run("function login(e, p, callback) {\n  callback(null, 'first');\n  callback(new Error('second'));\n  callback();\n}").await;
    assert_eq!(*result(&record), json!("first"));
    let twice = warnings(&record, "callback_twice");
    assert_eq!(twice.len(), 1);
    assert_eq!(twice[0].line, Some(3));
    let message = &twice[0].message;
    let (first, second) = (message.find("login.js:2:").unwrap(), message.find("login.js:3:").unwrap());
    assert!(first < second, "{message}");
}

#[tokio::test]
async fn no_callback_is_told_with_what_it_waited_for() {
    let nothing = run("function login(e, p, callback) { return { user_id: 1 }; }").await;
    assert_eq!(nothing.ending, Ending::NoCallback { last_awaited: None });
    assert_eq!(warnings(&nothing, "callback_missing").len(), 1);
    let promise = run("async function login() { return { user_id: '1' }; }").await;
    assert!(matches!(promise.ending, Ending::NoCallback { .. }), "a promise's result is ignored");
    let timer = run("function login(e, p, callback) { setTimeout(() => {}, 3); }").await;
    assert!(
        matches!(&timer.ending, Ending::NoCallback { last_awaited: Some(last) } if last.contains("timer")),
        "{:?}",
        timer.ending
    );
}

#[tokio::test]
async fn waiting_for_ever_is_a_timeout_with_what_it_waits_for() {
    let mut spec = spec("function login(e, p, callback) { setInterval(() => {}, 50); }");
    spec.limits.wall_ms = 300;
    let record = run_in(&sandbox(0), spec).await;
    assert!(
        matches!(&record.ending, Ending::TimedOut { limit_ms: 300, last_awaited: Some(last) } if last.contains("timer")),
        "{:?}",
        record.ending
    );
    assert!(record.duration_ms < 800.0, "{}", record.duration_ms);
    assert_eq!(warnings(&record, "callback_missing").len(), 1);
}

#[tokio::test]
async fn work_after_callback_may_finish() {
    let record =
        run("function login(e, p, callback) { callback(null, 1); setTimeout(() => console.log('after'), 20); }").await;
    assert_eq!(*result(&record), json!(1));
    assert_eq!(record.console.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["after"]);
    assert!(record.warnings.is_empty(), "{:?}", record.warnings);
}

#[tokio::test]
async fn an_interval_after_callback_does_not_keep_the_run() {
    let record = run("function login(e, p, callback) { setInterval(() => {}, 10); callback(null, 1); }").await;
    assert_eq!(*result(&record), json!(1));
    assert!(record.duration_ms < 2_000.0, "{}", record.duration_ms);
}

#[tokio::test]
async fn work_after_callback_is_cut_off_at_the_limit_and_the_answer_stands() {
    let mut spec = spec("function login(e, p, callback) { callback(null, 1); while (true) {} }");
    spec.limits.wall_ms = 300;
    let record = run_in(&sandbox(0), spec).await;
    assert_eq!(*result(&record), json!(1));
    assert_eq!(warnings(&record, "work_after_callback").len(), 1);
}

#[tokio::test]
async fn an_error_after_callback_is_a_warning() {
    let record = run("function login(e, p, callback) {\n  callback(null, 1);\n  throw new Error('too late');\n}").await;
    assert_eq!(*result(&record), json!(1));
    let after = warnings(&record, "error_after_callback");
    assert_eq!((after.len(), after[0].line), (1, Some(3)));
    assert!(after[0].message.contains("too late"));
}

#[tokio::test]
async fn error_classes_have_their_fields() {
    let wrong = run("function login(e, p, callback) { callback(new WrongUsernameOrPasswordError(e, 'no')); }").await;
    let error = called_back_error(&wrong);
    assert_eq!(error.class, "WrongUsernameOrPasswordError");
    assert_eq!(error.message, "no");
    assert_eq!(error.user_id.as_deref(), Some("ada@example.test"));
    assert_eq!(error.code.as_deref(), Some("wrongusernameorpassword"));
    assert_eq!(error.fields["statusCode"], json!(400));
    assert_eq!(error.position.as_ref().unwrap().line, 1);
    for unknown in ["", "null", "undefined", "''"] {
        let record = run(&format!(
            "function login(e, p, callback) {{ callback(new WrongUsernameOrPasswordError({unknown})); }}"
        ))
        .await;
        assert_eq!(called_back_error(&record).user_id, None, "{unknown}");
        assert!(called_back_error(&record).message.contains("Wrong email or password"));
    }
    let validation =
        run("function create(user, p, callback) { callback(new ValidationError('user_exists', 'taken')); }").await;
    let error = called_back_error(&validation);
    assert_eq!(
        (error.class.as_str(), error.code.as_deref(), error.message.as_str()),
        ("ValidationError", Some("user_exists"), "taken")
    );
    let unauthorized = run("function login(e, p, callback) { callback(new UnauthorizedError('blocked')); }").await;
    let error = called_back_error(&unauthorized);
    assert_eq!((error.class.as_str(), error.message.as_str()), ("UnauthorizedError", "blocked"));
    let kinds = run("function login(e, p, callback) { const w = new WrongUsernameOrPasswordError(1, 'm'); callback(null, [w instanceof Error, w.name, `${w}`, w.stack.split('\\n')[0]]); }").await;
    assert_eq!(
        *result(&kinds),
        json!([
            true,
            "WrongUsernameOrPasswordError",
            "WrongUsernameOrPasswordError: m",
            "WrongUsernameOrPasswordError: m"
        ])
    );
}

#[tokio::test]
async fn any_value_may_be_the_error() {
    let string = run("function login(e, p, callback) { callback('no database'); }").await;
    assert_eq!(
        (called_back_error(&string).class.as_str(), called_back_error(&string).message.as_str()),
        ("string", "no database")
    );
    let own = run("function login(e, p, callback) { class OutOfOrder extends Error {} const error = new OutOfOrder('m'); error.errno = 5; error.self = error; callback(error); }").await;
    assert_eq!(called_back_error(&own).class, "OutOfOrder");
    assert_eq!(called_back_error(&own).fields["errno"], json!(5));
    assert!(!called_back_error(&own).fields.contains_key("self"));
}

#[tokio::test]
async fn context_stands_before_callback() {
    let mut spec =
        spec("function login(email, password, context, callback) { callback(null, context.organization.id); }");
    spec.context = Some(json!({"organization": {"id": "org_1"}}));
    assert_eq!(*result(&run_in(&sandbox(0), spec).await), json!("org_1"));
}

#[tokio::test]
async fn configuration_is_frozen_and_writes_are_flagged() {
    let script = "function login(e, p, callback) {\n  configuration.HOST = 'other';\n  delete configuration.HOST;\n  configuration.NEW = 1;\n  configuration = {};\n  let strict; try { (function () { 'use strict'; configuration.HOST = 2; })(); } catch (error) { strict = error.name; }\n  const { HOST, ...rest } = configuration;\n  callback(null, [HOST, rest, Object.keys(configuration), 'NEW' in configuration, JSON.stringify(configuration), strict, Object.isFrozen(configuration)]);\n}";
    let mut spec = spec(script);
    spec.configuration =
        vec![("HOST".to_owned(), SecretString::from("db")), ("PORT".to_owned(), SecretString::from("5432"))];
    let record = run_in(&sandbox(0), spec).await;
    assert_eq!(
        *result(&record),
        json!(["db", {"PORT": "5432"}, ["HOST", "PORT"], false, "{\"HOST\":\"db\",\"PORT\":\"5432\"}", "TypeError", true])
    );
    let lines: Vec<_> = warnings(&record, "configuration_written").iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(5)]);
}

#[tokio::test]
async fn results_travel_as_json() {
    let record = run("function login(e, p, callback) { callback(null, { at: new Date(0), none: undefined, f() {}, nan: NaN, buffer: 'ü\\ud800', list: [undefined] }); }").await;
    assert_eq!(
        *result(&record),
        json!({"at": "1970-01-01T00:00:00.000Z", "nan": null, "buffer": "ü\u{fffd}", "list": [null]})
    );
    for (value, expected) in [("2n", "BigInt"), ("(() => { const a = {}; a.a = a; return a; })()", "circular")] {
        let record = run(&format!("function login(e, p, callback) {{ callback(null, {value}); }}")).await;
        let fault = thrown(&record);
        assert_eq!(fault.class, "TypeError");
        assert!(fault.message.contains(expected), "{}", fault.message);
    }
}

#[tokio::test]
async fn global_is_kept_with_its_container_until_it_is_recycled() {
    let sandbox = sandbox(1);
    let count = "function login(e, p, callback) { global.count = (global.count || 0) + 1; let scoped; callback(null, [global.count, globalThis === global]); }\nlet local = 1; function helper() {}";
    let kept = |key: &str| {
        let mut spec = spec(count);
        spec.container = Some(key.to_owned());
        spec
    };
    assert_eq!(*result(&run_in(&sandbox, kept("users")).await), json!([1, true]));
    let second = run_in(&sandbox, kept("users")).await;
    assert_eq!(*result(&second), json!([2, true]));
    assert_eq!(second.trace[0].label, "container of an earlier run");
    assert_eq!(*result(&run_in(&sandbox, kept("others")).await), json!([1, true]));
    assert_eq!(*result(&run_in(&sandbox, spec(count)).await), json!([1, true]));
    sandbox.recycle("users").await;
    assert_eq!(*result(&run_in(&sandbox, kept("users")).await), json!([1, true]));
}

#[tokio::test]
async fn a_container_is_fresh_after_a_run_that_left_things_behind() {
    let sandbox = sandbox(0);
    let kept = |script: &str| {
        let mut spec = spec(script);
        spec.container = Some("users".to_owned());
        spec.limits.wall_ms = 400;
        spec
    };
    run_in(&sandbox, kept("function login(e, p, callback) { global.seen = 1; callback(null, 1); while (true) {} }"))
        .await;
    let record = run_in(&sandbox, kept("function login(e, p, callback) { callback(null, typeof global.seen); }")).await;
    assert_eq!(*result(&record), json!("undefined"));
}

#[tokio::test]
async fn configuration_of_one_run_does_not_reach_the_next_in_its_container() {
    let sandbox = sandbox(0);
    for (key, value) in [("A", "1"), ("B", "2")] {
        let mut spec = spec("function login(e, p, callback) { callback(null, { ...configuration }); }");
        spec.container = Some("users".to_owned());
        spec.configuration = vec![(key.to_owned(), SecretString::from(value))];
        assert_eq!(*result(&run_in(&sandbox, spec).await), json!({ key: value }));
    }
}

#[tokio::test]
async fn a_seed_makes_randomness_repeat() {
    let sandbox = sandbox(0);
    let seeded = |seed| {
        let mut spec = spec("function login(e, p, callback) { callback(null, [Math.random(), Math.random()]); }");
        spec.seed = seed;
        spec
    };
    let first = result(&run_in(&sandbox, seeded(Some(7))).await).clone();
    assert_eq!(first, *result(&run_in(&sandbox, seeded(Some(7))).await));
    assert_ne!(first, *result(&run_in(&sandbox, seeded(Some(8))).await));
    assert_ne!(*result(&run_in(&sandbox, seeded(None)).await), *result(&run_in(&sandbox, seeded(None)).await));
}

#[tokio::test]
async fn a_text_over_the_limit_is_refused_by_size() {
    let padded = |bytes: usize| {
        let script = "function login(e, p, callback) { callback(null, 1); }";
        format!("{script}{}", " ".repeat(bytes - script.len()))
    };
    assert_eq!(*result(&run(&padded(100_000)).await), json!(1));
    let record = run(&padded(100_001)).await;
    assert_eq!(invalid(&record).code.as_deref(), Some("script_too_long"));
    assert!(invalid(&record).message.contains("100001 bytes"), "{}", invalid(&record).message);
}

#[tokio::test]
async fn requiring_versions_and_unknown_modules() {
    let record = run("function login(e, p, callback) {\n  const a = require('lodash@1.2.3');\n  callback(null, [a === require('lodash'), require('node:path') === require('path')]);\n}").await;
    assert_eq!(*result(&record), json!([true, true]));
    let pinned = warnings(&record, "version_not_honoured");
    assert_eq!((pinned.len(), pinned[0].line), (1, Some(2)));
    assert!(pinned[0].message.contains("lodash@1.2.3"), "{}", pinned[0].message);
    let missing = run("function login(e, p, callback) {\n  require('left-pad');\n}").await;
    assert_eq!(thrown(&missing).code.as_deref(), Some("MODULE_NOT_FOUND"));
    assert_eq!(thrown(&missing).message, "Cannot find module 'left-pad'\nRequire stack:\n- login.js");
    let why = warnings(&missing, "module_not_found");
    assert!(
        why[0].message.contains("lodash") && why[0].line == Some(2),
        "it names what is near, or where all are listed: {:?}",
        why[0]
    );
    assert_eq!(place(thrown(&missing)).0, 2);
}
