//! How a script uses `callback`.

use std::time::Duration;

use contract::Outcome;
use studio::RunOptions;

use crate::{get_user, get_user_with, none, only};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_callback_is_told_with_both_stacks() {
    let report = get_user(
        "  function first() { callback(null); }\n  function second() { callback(new Error('late')); }\n  first();\n  \
         setTimeout(second, 1);",
    )
    .await;
    let warning = only(&report, "callback_twice");
    let (first, second) = warning.message.split_once("second call:").unwrap();
    assert!(first.contains("at first (get_user.js:2:"), "{first}");
    assert!(second.contains("at second (get_user.js:3:"), "{second}");
    assert_eq!(warning.line, Some(3));
    assert_eq!(report.outcome, Outcome::NotFound, "the first call counts");
    none(&get_user("  callback(null);").await, "callback_twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_callback_is_told_with_what_was_awaited_last() {
    let open = "const db = new (require('sqlite3').Database)('users.sqlite');";
    let report = get_user(&format!("  {open}\n  db.get('select 1', function () {{ db.close(); }});")).await;
    assert_eq!(report.outcome, Outcome::NoCallback);
    let warning = only(&report, "callback_missing");
    assert!(warning.message.contains("the last thing it waited for was sqlite3"), "{}", warning.message);
    let good = get_user(&format!("  {open}\n  db.get('select 1', () => db.close(() => callback(null)));")).await;
    none(&good, "callback_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_are_none() {
    for (body, what, line) in [
        ("  callback('no such user');", "callback was given a string", Some(2)),
        ("\n  callback({});", "callback was given an object without a message", Some(3)),
        ("  callback(42);", "callback was given a number", Some(2)),
        ("  throw 'broken';", "a string was thrown", None),
        ("  return Promise.reject({ status: 500 });", "an object without a message was thrown", None),
    ] {
        let report = get_user(body).await;
        assert_eq!(report.outcome, Outcome::ScriptError, "{body}");
        let warning = only(&report, "error_not_an_error");
        assert!(warning.message.starts_with(what), "{body}: {}", warning.message);
        assert_eq!(warning.line, line, "{body}");
    }
    for good in [
        "  callback(new Error('x'));",
        "  callback(new WrongUsernameOrPasswordError(email));",
        "  callback({ name: 'Mine', message: 'like an error' });",
        "  callback(null);",
        "  throw new TypeError('x');",
    ] {
        none(&get_user(good).await, "error_not_an_error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_no_string_or_missing() {
    let profile = |id: &str| format!("  callback(null, {{ {id} email: email, email_verified: true }});");
    let number = get_user(&profile("user_id: 7,")).await;
    assert!(only(&number, "user_id_not_string").message.contains("a number"));
    assert!(only(&get_user(&profile("")).await, "user_id_missing").message.contains("mandatory"));
    let good = get_user(&profile("user_id: '7',")).await;
    assert!(good.warnings.is_empty(), "{:?}", good.warnings);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_after_the_callback() {
    let report = get_user("  callback(null);\n  setTimeout(() => { throw new Error('late'); }, 1);").await;
    let warning = only(&report, "error_after_callback");
    assert_eq!((warning.message.as_str(), warning.line), ("Error after callback: late", Some(3)));
    none(&get_user("  callback(null);\n  setTimeout(() => Math.sqrt(2), 1);").await, "error_after_callback");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_cut_off_is_not_blamed_for_what_it_could_not_do() {
    let short = || RunOptions { timeout: Some(Duration::from_millis(400)), ..RunOptions::default() };
    let open = "const db = new (require('sqlite3').Database)('users.sqlite');";
    for work in ["setTimeout(() => db.close(() => callback(null)), 5000);", "while (true) {}"] {
        let report = get_user_with(&format!("  {open}\n  db.get('select 1', () => {{ {work} }});"), short()).await;
        assert_eq!(report.outcome, Outcome::Timeout, "{work}");
        none(&report, "callback_missing");
        none(&report, "connection_not_closed");
    }
    // Who had the time is told.
    let report = get_user_with(&format!("  {open}\n  db.get('select 1', () => callback(null));"), short()).await;
    only(&report, "connection_not_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_the_platform_cannot_use_is_the_verdict() {
    for (body, why) in [
        ("  callback(null, 5);", "the result is a number"),
        ("  callback(null, [{ user_id: '1' }]);", "the result is an array"),
        ("  callback(null, 'ada');", "the result is a string"),
        ("  callback(null, { email: email });", "the profile has no user_id"),
    ] {
        let report = get_user(body).await;
        assert_eq!(report.outcome, Outcome::UnusableResult, "{body}");
        let error = report.error.as_ref().unwrap();
        assert!(error.message.starts_with(why) && error.hint.is_some(), "{body}: {error:?}");
        assert!(report.result.is_some(), "what it answered is shown: {body}");
    }
    for usable in ["{ user_id: 7, email: email }", "{ id: '7', email: email }"] {
        let report = get_user(&format!("  callback(null, {usable});")).await;
        assert_eq!((report.outcome, report.error.is_none()), (Outcome::Success, true), "{usable}");
        assert!(!report.warnings.is_empty(), "{usable}");
    }
}
