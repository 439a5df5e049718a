//! One user, the same each time and to both scripts (contract §18 P27, P28).

use contract::{Action, Outcome};
use studio::{LoginRequest, RunOptions};
use tokio_util::sync::CancellationToken;

use crate::{Desk, IDENTIFIER, get_user_text, none, only};

const RANDOM: &str = "callback(null, { user_id: 'u' + Math.random(), email: email, email_verified: true });";
const STABLE: &str = "callback(null, { user_id: '7', email: email, email_verified: true });";
const OTHER_EMAIL: &str =
    "callback(null, { user_id: '7', email: email.toUpperCase(), email_verified: true, nickname: 'ada' });";

fn login(body: &str) -> String {
    format!("function login(email, password, callback) {{\n  {body}\n}}")
}

fn twice() -> RunOptions {
    RunOptions { twice: true, ..RunOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_changes_between_two_runs() {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(RANDOM))]).await;
    let report = desk.try_for(Action::GetUser, "first@example.test", twice()).await;
    assert!(only(&report, "user_id_unstable").message.contains("in a second run right after it"));
    // What is cached in the container must not hide it.
    let cached = get_user_text(
        "global.id = global.id || 'u' + Math.random(); callback(null, { user_id: global.id, email: email });",
    );
    desk.write(Action::GetUser, &cached);
    let report = desk.try_for(Action::GetUser, "second@example.test", twice()).await;
    only(&report, "user_id_unstable");
    desk.write(Action::GetUser, &get_user_text(STABLE));
    none(&desk.try_for(Action::GetUser, "third@example.test", twice()).await, "user_id_unstable");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_changes_between_two_runs() {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text("global.primed = true; callback(null);"))]).await;
    desk.attempt(Action::GetUser).await;
    desk.write(Action::GetUser, &get_user_text(&format!("if (!global.primed) return callback(null);\n{STABLE}")));
    let report = desk.try_for(Action::GetUser, IDENTIFIER, twice()).await;
    assert_eq!(report.outcome, Outcome::Success, "its container knows");
    assert!(only(&report, "answer_unstable").message.contains("a second one right after it with not_found"));
    desk.write(Action::GetUser, &get_user_text(STABLE));
    none(&desk.try_for(Action::GetUser, IDENTIFIER, twice()).await, "answer_unstable");
    let verify = studio::TryRequest {
        connection: "c".to_owned(),
        action: Action::Verify,
        text: Some("function v(e, callback) { callback(null, true); }".to_owned()),
        arguments: studio::view::TryArguments { identifier: Some("a".to_owned()), ..Default::default() },
        password: None,
        options: twice(),
    };
    let refused = desk.workspace.try_script(verify, &|_| {}, CancellationToken::new());
    let error = refused.await.unwrap_err();
    assert_eq!((error.code().as_str(), error.exit_code()), ("bad_argument", 2), "what writes is not run twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_compared_with_the_run_before() {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(RANDOM))]).await;
    none(&desk.attempt(Action::GetUser).await, "user_id_unstable");
    let other = desk.try_for(Action::GetUser, "bob@example.test", RunOptions::default()).await;
    none(&other, "user_id_unstable");
    let report = desk.attempt(Action::GetUser).await;
    assert!(only(&report, "user_id_unstable").message.contains("in the run of 20"));
    desk.write(Action::GetUser, &get_user_text(STABLE));
    none(&desk.attempt(Action::GetUser).await, "user_id_unstable");
    none(&desk.attempt(Action::GetUser).await, "user_id_unstable");
}

#[tokio::test(flavor = "multi_thread")]
async fn login_and_get_user_are_compared_across_runs() {
    let scripts = [(Action::Login, login(STABLE)), (Action::GetUser, get_user_text(OTHER_EMAIL))];
    let desk = Desk::new(&[(Action::Login, &scripts[0].1), (Action::GetUser, &scripts[1].1)]).await;
    none(&desk.attempt(Action::Login).await, "profiles_differ");
    let report = desk.attempt(Action::GetUser).await;
    let message = &only(&report, "profiles_differ").message;
    assert!(
        message.contains(
            r#"email ("ada@example.test" in login, "ADA@EXAMPLE.TEST" in get_user), nickname (only in get_user)"#
        ),
        "{message}"
    );
    let report = desk.attempt(Action::Login).await;
    assert!(only(&report, "profiles_differ").message.contains("get_user in the run of"), "the other way round too");
    // Mended: the earlier run was of another text, and says nothing any more.
    desk.write(Action::GetUser, &get_user_text(STABLE));
    none(&desk.attempt(Action::Login).await, "profiles_differ");
    none(&desk.attempt(Action::GetUser).await, "profiles_differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_user_that_cannot_be_run_is_not_compared_and_said_so() {
    let desk = Desk::new(&[(Action::Login, &login(STABLE)), (Action::GetUser, &get_user_text(OTHER_EMAIL))]).await;
    let file = desk.folder.path().join("ws/database-connections/c").join(Action::GetUser.file_name());
    let ask = || LoginRequest {
        connection: "c".to_owned(),
        identifier: IDENTIFIER.to_owned(),
        password: "Pa55 word".into(),
        context: None,
        options: RunOptions::default(),
    };
    std::fs::write(&file, b"function getUser(email, callback) { callback(null, '\xff'); }").unwrap();
    let flow = desk.workspace.login(ask(), &|_| {}, CancellationToken::new()).await.unwrap();
    let run = flow.run.unwrap();
    assert_eq!(run.outcome, Outcome::Success, "the login stands");
    let message = &only(&run, "get_user_not_compared").message;
    assert!(message.contains("get_user.js") && message.contains("not UTF-8"), "{message}");
    none(&run, "profiles_differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn login_and_get_user_are_compared_in_a_flow() {
    for (get_user, culprit) in [
        (OTHER_EMAIL, Some("email (")),
        ("callback(null);", Some("get_user does not find them")),
        ("callback(new Error('down'));", None),
        (STABLE, None),
    ] {
        let desk = Desk::new(&[(Action::Login, &login(STABLE)), (Action::GetUser, &get_user_text(get_user))]).await;
        let request = LoginRequest {
            connection: "c".to_owned(),
            identifier: IDENTIFIER.to_owned(),
            password: "Pa55 word".into(),
            context: None,
            options: RunOptions::default(),
        };
        let flow = desk.workspace.login(request, &|_| {}, CancellationToken::new()).await.unwrap();
        let run = flow.run.unwrap();
        assert_eq!(run.outcome, Outcome::Success);
        match culprit {
            Some(culprit) => assert!(only(&run, "profiles_differ").message.contains(culprit), "{get_user}"),
            None => none(&run, "profiles_differ"),
        }
        none(&run, "get_user_not_compared");
    }
}
