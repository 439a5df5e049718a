//! `global` between runs (contract §7, §7.2 E5).

use std::time::Duration;

use contract::{Action, Outcome, Runtime};
use serde_json::{Value, json};
use studio::RunOptions;

use crate::{Desk, IDENTIFIER, get_user, get_user_text, none, only};

const COUNTS: &str = "global.count = (global.count || 0) + 1; callback(null, { user_id: '1', count: global.count });";

async fn count(desk: &Desk) -> Value {
    let report = desk.attempt(Action::GetUser).await;
    report.result.unwrap_or_else(|| panic!("{:?}", report.error))["count"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn global_survives_until_the_container_is_recycled() {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(COUNTS))]).await;
    assert_eq!([count(&desk).await, count(&desk).await], [json!(1), json!(2)]);
    desk.workspace.recycle("c").await.unwrap();
    assert_eq!([count(&desk).await, count(&desk).await], [json!(1), json!(2)]);
    assert_eq!(desk.workspace.recycle("d").await.unwrap_err().code(), "unknown_connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn login_and_get_user_share_their_connections_container() {
    let login = "function l(e, p, callback) { global.count = 41; callback(null); }";
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(COUNTS)), (Action::Login, login)]).await;
    desk.attempt(Action::Login).await;
    assert_eq!(count(&desk).await, json!(42));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_crashed_or_ran_out_of_time_or_memory_is_not_used_again() {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(COUNTS))]).await;
    for (bad, outcome) in [
        ("while (true) {}", Outcome::Timeout),
        ("setTimeout(() => callback(null), 60000);", Outcome::Timeout),
        ("const all = []; while (true) all.push(new Array(1e6).fill(1));", Outcome::OutOfMemory),
        ("callback(null); while (true) {}", Outcome::NotFound),
    ] {
        // How long a run takes is the machine's business: where one that should end by itself does not, all have more time.
        let mut limit = Duration::from_millis(1500);
        while !is_thrown_away_after(&desk, bad, outcome, limit).await {
            limit *= 4;
            assert!(limit < Duration::from_secs(120), "{bad}: still running after all that time");
        }
    }
}

/// Two runs that share a container, a bad one, and one that finds a new container. False where time ran out too early.
async fn is_thrown_away_after(desk: &Desk, bad: &str, outcome: Outcome, limit: Duration) -> bool {
    desk.workspace.recycle("c").await.unwrap();
    let good = |count| (COUNTS, Outcome::Success, Some(json!(count)));
    for (body, expected, counted) in [good(1), good(2), (bad, outcome, None), good(1)] {
        desk.write(Action::GetUser, &get_user_text(body));
        let options = RunOptions { timeout: Some(limit), ..RunOptions::default() };
        let report = desk.try_for(Action::GetUser, IDENTIFIER, options).await;
        if report.outcome == Outcome::Timeout && expected != Outcome::Timeout {
            return false;
        }
        assert_eq!(report.outcome, expected, "{body} with {bad}");
        if counted.is_some() {
            assert_eq!(report.result.map(|result| result["count"].clone()), counted, "{body} with {bad}");
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn another_runtime_is_another_container() {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(COUNTS))]).await;
    assert_eq!(count(&desk).await, json!(1));
    desk.workspace.set_runtime("c", Runtime::Node18).await.unwrap();
    assert_eq!([count(&desk).await, count(&desk).await], [json!(1), json!(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_global_is_reported_in_every_run_of_a_container() {
    let text = get_user_text("_.noop(); _.noop(); callback(null);");
    let desk = Desk::new(&[(Action::GetUser, &text)]).await;
    for _ in 0..2 {
        let report = desk.attempt(Action::GetUser).await;
        assert_eq!(only(&report, "implicit_global").line, Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_in_global_works_in_every_run() {
    let server = acceptance::servers::postgres::Postgres::start();
    let url = server.url(acceptance::servers::postgres::USER, acceptance::servers::postgres::PASSWORD, "");
    let body = format!(
        "  global.pool = global.pool || new (require('pg').Pool)({{ connectionString: '{url}', max: 2 }});
  global.runs = (global.runs || 0) + 1;
  global.pool.query('select $1::int as one', [global.runs], (error, found) =>
    callback(error, found && {{ user_id: String(found.rows[0].one) }}));"
    );
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(&body))]).await;
    for run in 1..=3 {
        let report = desk.try_for(Action::GetUser, IDENTIFIER, crate::allowing(server.port)).await;
        let result =
            report.result.clone().unwrap_or_else(|| panic!("run {run}: {:?}\n{:#?}", report.error, report.trace));
        assert_eq!(result["user_id"], json!(run.to_string()));
        // One pool for all runs is what the doctor advises.
        none(&report, "connection_not_closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_pool_in_global_works_in_every_run() {
    let server = acceptance::servers::mariadb::MariaDb::start();
    let (user, password, port) =
        (acceptance::servers::mariadb::USER, acceptance::servers::mariadb::PASSWORD, server.port);
    let body = format!(
        "  const config = {{ host: '127.0.0.1', port: {port}, user: {user:?}, password: {password:?} }};
  global.pool = global.pool || require('mysql').createPool(config);
  global.pool.query('select ? as one', ['x'], (error, rows) => callback(error, rows && {{ user_id: rows[0].one }}));"
    );
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(&body))]).await;
    for run in 1..=3 {
        let report = desk.try_for(Action::GetUser, IDENTIFIER, crate::allowing(port)).await;
        let result = report.result.unwrap_or_else(|| panic!("run {run}: {:?}\n{:#?}", report.error, report.trace));
        assert_eq!(result["user_id"], json!("x"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_global_stays_open() {
    let body = "  global.db = global.db || new (require('sqlite3').Database)('users.sqlite');
  global.db.get('select ? as one', ['x'], (error, row) => callback(error, row && { user_id: row.one }));
  global.db.get('select 2 as two', () => {});";
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(body))]).await;
    for run in 1..=3 {
        let report = desk.attempt(Action::GetUser).await;
        let result = report.result.unwrap_or_else(|| panic!("run {run}: {:?}\n{:#?}", report.error, report.trace));
        assert_eq!(result["user_id"], json!("x"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_was_refused_is_told_when_the_script_goes_on() {
    let report =
        get_user("  try { Buffer.alloc(900e6); } catch (error) { console.log(error.message); }\n  callback(null);")
            .await;
    assert_eq!(report.outcome, Outcome::NotFound);
    let message = &only(&report, "memory_refused").message;
    assert!(message.contains("MiB of memory"), "{message}");
    none(&get_user("  Buffer.alloc(1e6);\n  callback(null);").await, "memory_refused");
}
