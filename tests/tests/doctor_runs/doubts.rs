//! Answers that do not follow from what the stores said: a refusal, an outage or a failed query that became "wrong password", or
//! a success.

use std::io::{Read as _, Write as _};

use acceptance::servers::{
    ldap::{self, Ldap},
    postgres,
};
use contract::{Action, Outcome};
use studio::RunOptions;
use studio::view::RunReport;

use crate::{Desk, IDENTIFIER, closed_port, none, only};

const WRONG: &str = "callback(new WrongUsernameOrPasswordError(email, 'no'));";
const PROFILE: &str = "callback(null, { user_id: '1', email, email_verified: true });";

/// Every rule about what an answer covers up.
const RULES: [&str; 7] = [
    "outage_as_wrong_password",
    "policy_as_wrong_password",
    "refusal_as_wrong_password",
    "query_error_as_wrong_password",
    "limit_as_wrong_password",
    "success_without_store",
    "success_despite_error",
];

async fn login(body: &str, ports: &[u16]) -> RunReport {
    run(Action::Login, &format!("async function login(email, password, callback) {{\n{body}\n}}"), ports).await
}

async fn run(action: Action, text: &str, ports: &[u16]) -> RunReport {
    let allow = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    Desk::new(&[(action, text)]).await.try_for(action, IDENTIFIER, RunOptions { allow, ..RunOptions::default() }).await
}

/// Only this rule, or none of them.
fn expect(report: &RunReport, rule: Option<&str>, text: &str) {
    for known in RULES {
        if Some(known) == rule {
            let found = only(report, known);
            assert!(!found.message.contains("password is"), "{text}");
        } else {
            let found: Vec<_> = report.warnings.iter().filter(|warning| warning.rule == known).collect();
            assert!(found.is_empty(), "{text}\n{found:#?}\n{:#?}", report.trace);
        }
    }
}

/// A web service that answers every request with this status and `{}`.
fn service(status: &'static str) -> u16 {
    answering(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}").into_bytes())
}

/// A server that answers every request with this.
fn answering(answer: Vec<u8>) -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer);
        }
    });
    port
}

/// A PostgreSQL that is down, which nobody minds.
fn no_database(closed: u16) -> String {
    format!("await new (require('pg').Client)('postgres://a:b@127.0.0.1:{closed}/d').connect().catch(() => {{}});")
}

/// A client `c` that is connected to a PostgreSQL with the table `users`.
fn connected(server: &postgres::Postgres) -> String {
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    format!("const c = new (require('pg').Client)('{url}'); await c.connect();")
}

fn with_users() -> postgres::Postgres {
    let server = postgres::Postgres::start();
    server.reset(
        "create table users (email text, hash text); insert into users values ('ada@example.test', 'x');
         create function check_login(email text) returns text language plpgsql as
           $$ begin raise exception 'invalid credentials'; end $$",
    );
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_was_caught_is_not_blamed_for_another_error() {
    let server = with_users();
    let connect = connected(&server);
    let refused = format!("{connect} let kept; try {{ await c.query('vacuum users'); }} catch (e) {{ kept = e; }}");
    let found = "await c.query('select 1 as one');";
    for (then, expected) in [
        ("await c.end(); const r = { rows: [] }; callback(null, { user_id: r.rows[0].id });", Outcome::ScriptError),
        ("await c.end(); callback(JSON.parse('<html>'));", Outcome::ScriptError),
        ("await c.end(); throw kept;", Outcome::BlockedByPolicy),
        ("await c.end(); callback(kept);", Outcome::BlockedByPolicy),
        ("await c.end(); callback(new Error('db: ' + kept.message));", Outcome::BlockedByPolicy),
        ("await c.end(); callback(new Error('no', { cause: kept }));", Outcome::BlockedByPolicy),
        // Nothing was answered since, so it is likely made from it.
        ("await c.end(); throw new Error('db failed');", Outcome::BlockedByPolicy),
        (&format!("{found} await c.end(); throw new Error('no such group');"), Outcome::ScriptError),
        (&format!("{found} await c.end(); throw kept;"), Outcome::BlockedByPolicy),
    ] {
        let report = login(&format!("{refused} {then}"), &[server.port]).await;
        assert_eq!(report.outcome, expected, "{then}: {:?}", report.error);
        let hint = report.error.unwrap().hint.unwrap_or_default();
        if then.contains("r.rows[0]") {
            assert!(
                hint.starts_with("Before it, this was refused, and the script went on: refused before it ran"),
                "{hint}"
            );
        }
        assert_eq!(hint.is_empty(), then.contains("no such group"), "{then}: {hint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_allowed_and_is_told_as_a_wrong_password() {
    let url = "'http://10.9.8.7:8080/users'";
    for (action, answer, outcome) in [
        (Action::Login, WRONG, Outcome::WrongPassword),
        (Action::Login, "callback(null);", Outcome::UnknownUser),
        (Action::GetUser, "callback(null);", Outcome::NotFound),
    ] {
        let more = if action == Action::Login { "password, " } else { "" };
        let work = [
            format!("await fetch({url}).catch(() => {{}});"),
            "await new (require('pg').Client)('postgres://a:b@10.9.8.7:8080/d').connect().catch(() => {});".to_owned(),
        ];
        for work in work {
            let text = format!("async function script(email, {more}callback) {{ {work} {answer} }}");
            let report = run(action, &text, &[]).await;
            assert_eq!(report.outcome, outcome, "{text}");
            expect(&report, Some("policy_as_wrong_password"), &text);
            let message = &only(&report, "policy_as_wrong_password").message;
            assert!(message.starts_with("10.9.8.7:8080 is not among the hosts"), "{message}");
            assert!(
                message.contains("--allow 10.9.8.7:8080") && message.contains("What scripts may reach"),
                "{message}"
            );
        }
    }
    let metadata = format!("await fetch('http://169.254.169.254/').catch(() => {{}}); {WRONG}");
    let report = login(&metadata, &[]).await;
    expect(&report, Some("policy_as_wrong_password"), &metadata);
    assert!(!only(&report, "policy_as_wrong_password").message.contains("What scripts may reach"));
    let told = login(&format!("await fetch({url}).catch(callback);"), &[]).await;
    assert_eq!(told.outcome, Outcome::BlockedByPolicy);
    expect(&told, None, "told as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_safe_try_refuses_and_is_told_as_a_wrong_password() {
    let (server, api) = (with_users(), service("200 OK"));
    let connect = connected(&server);
    let post = format!("await fetch('http://127.0.0.1:{api}/session', {{ method: 'POST' }}).catch(() => {{}});");
    let get = format!("await fetch('http://127.0.0.1:{api}/users');");
    let vacuum = "await c.query('vacuum users').catch(() => {});";
    let select = "await c.query('select hash from users where email = $1', [email]);";
    let end = format!("await c.end(); {WRONG}");
    for (body, rule) in [
        (format!("{post} {WRONG}"), Some("refusal_as_wrong_password")),
        // The user was found; the password is asked by what was held back.
        (format!("{get} {post} {WRONG}"), Some("refusal_as_wrong_password")),
        (format!("{post} {get} {WRONG}"), None),
        (format!("{connect} {vacuum} {end}"), Some("refusal_as_wrong_password")),
        (format!("{connect} {vacuum} {select} {end}"), None),
        (format!("{connect} {select} {vacuum} {end}"), None),
        (format!("{connect} {vacuum} await c.query('rollback'); {end}"), Some("refusal_as_wrong_password")),
    ] {
        let report = login(&body, &[server.port, api]).await;
        assert_eq!(report.outcome, Outcome::WrongPassword, "{body}: {:?}", report.error);
        expect(&report, rule, &body);
    }
    let report = login(&format!("{post} {WRONG}"), &[api]).await;
    let message = &only(&report, "refusal_as_wrong_password").message;
    assert!(message.starts_with("held back: POST to 127.0.0.1") && message.contains("safe_requests"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_query_that_is_told_as_a_wrong_password() {
    let (server, busy) = (with_users(), service("503 Service Unavailable"));
    let (connect, end) = (connected(&server), format!("await c.end(); {WRONG}"));
    let bad = "await c.query('select * from userz where email = $1', [email]).catch(() => {});";
    let select = "await c.query('select hash from users where email = $1', [email]);";
    let audit = "await c.query('insert into audit values (1)').catch(() => {});";
    let rule = Some("query_error_as_wrong_password");
    for (body, rule) in [
        (format!("{connect} {bad} {end}"), rule),
        (format!("{connect} await c.query('begin'); {bad} await c.query('rollback'); {end}"), rule),
        (format!("{connect} {bad} {select} {end}"), None),
        (format!("{connect} {select} {bad} {end}"), rule),
        (format!("{connect} {select} {audit} {end}"), None),
        (format!("{connect} await c.query('select check_login($1)', [email]).catch(() => {{}}); {end}"), None),
        (format!("{connect} {select} {end}"), None),
        (format!("await fetch('http://127.0.0.1:{busy}/'); {WRONG}"), rule),
        (
            format!(
                "const db = new (require('sqlite3').Database)('users.sqlite');
           db.get('select * from userz where email = ?', [email], (error) => db.close(() => {{ {WRONG} }}));"
            ),
            rule,
        ),
    ] {
        let report = login(&body, &[server.port, busy]).await;
        assert_eq!(report.outcome, Outcome::WrongPassword, "{body}: {:?}", report.error);
        expect(&report, rule, &body);
    }
    let report = login(&format!("{connect} {bad} await c.end(); callback(null);"), &[server.port]).await;
    let message = &only(&report, "query_error_as_wrong_password").message;
    assert!(message.contains("relation \"userz\" does not exist") && message.contains("no such user"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_let_in_while_no_store_answers() {
    let (server, closed) = (with_users(), closed_port());
    let (good, busy, broken) = (service("200 OK"), service("502 Bad Gateway"), service("500 Internal Server Error"));
    let no_database = no_database(closed);
    let (look_up, bad) =
        ("await c.query('select 1 as one');", "await c.query('select hash from userz').catch(() => {});");
    let audit = "await c.query('insert into audit values (1)').catch(() => {});";
    let down = format!("await fetch('http://127.0.0.1:{closed}/').catch(() => {{}});");
    let (connect, select) = (connected(&server), "await c.query('select 1 as one'); await c.end();");
    let rule = Some("success_without_store");
    for (body, rule) in [
        (down.clone(), rule),
        (
            format!(
                "await new (require('pg').Client)('postgres://a:b@127.0.0.1:{closed}/d').connect().catch(() => {{}});"
            ),
            rule,
        ),
        ("await fetch('http://10.9.8.7/').catch(() => {});".to_owned(), rule),
        (format!("await fetch('http://127.0.0.1:{busy}/');"), rule),
        (format!("await fetch('http://127.0.0.1:{broken}/');"), rule),
        // Feature flags know no passwords.
        (format!("await fetch('http://127.0.0.1:{good}/'); {no_database}"), rule),
        (format!("{no_database} await fetch('http://127.0.0.1:{good}/');"), rule),
        // The first half of the check.
        (format!("{connect} {look_up} {bad} await c.end();"), Some("success_despite_error")),
        (format!("{connect} {bad} {look_up} await c.end();"), None),
        (format!("{connect} {look_up} {audit} await c.end();"), None),
        (format!("{no_database} {connect} {select}"), None),
        (format!("{connect} await c.query('select * from userz').catch(() => {{}}); await c.end();"), rule),
        (
            format!(
                "{connect} await c.query('begin'); await c.query('select userz').catch(() => {{}}); await c.end();"
            ),
            rule,
        ),
        // Another store, a try again elsewhere, and what is done beside the point.
        (format!("{down} {connect} {select}"), None),
        (format!("{down} await fetch('http://127.0.0.1:{good}/');"), None),
        (format!("{connect} {select} {down}"), None),
        (format!("{connect} {select} await fetch('http://10.9.8.7/', {{ method: 'POST' }}).catch(() => {{}});"), None),
        (String::new(), None),
    ] {
        let report = login(&format!("{body} {PROFILE}"), &[server.port, closed, good, busy, broken]).await;
        assert_eq!(report.outcome, Outcome::Success, "{body}: {:?}", report.error);
        expect(&report, rule, &body);
    }
    none(&login(&format!("{down} callback(new Error('down'));"), &[closed]).await, "success_without_store");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_beside_a_password_that_is_wrong() {
    let (server, closed) = (with_users(), closed_port());
    let (good, busy) = (service("200 OK"), service("503 Service Unavailable"));
    let no_database = no_database(closed);
    let look_up = format!("{} await c.query('select hash from users'); await c.end();", connected(&server));
    let fetch = |port: u16, method: &str| {
        format!("await fetch('http://127.0.0.1:{port}/', {{ method: '{method}' }}).catch(() => {{}});")
    };
    let foreign = "await fetch('http://10.9.8.7/').catch(() => {});".to_owned();
    for aside in [fetch(good, "POST"), foreign.clone(), fetch(busy, "GET"), fetch(closed, "GET"), no_database.clone()] {
        for body in [format!("{look_up} {aside}"), format!("{aside} {look_up}")] {
            let report = login(&format!("{body} {WRONG}"), &[server.port, good, busy, closed]).await;
            assert_eq!(report.outcome, Outcome::WrongPassword, "{body}: {:?}", report.error);
            expect(&report, None, &body);
        }
    }
    for (body, rule) in [
        (format!("{} {no_database}", fetch(good, "GET")), Some("outage_as_wrong_password")),
        (format!("{} {}", fetch(good, "GET"), fetch(busy, "GET")), None),
        (format!("{} {}", fetch(busy, "GET"), fetch(closed, "GET")), Some("outage_as_wrong_password")),
    ] {
        let report = login(&format!("{body} {WRONG}"), &[good, busy, closed]).await;
        let found: Vec<_> = report.warnings.iter().filter(|warning| Some(warning.rule.as_str()) == rule).collect();
        assert_eq!(found.len(), usize::from(rule.is_some()), "{body}: {:#?}", report.warnings);
        if rule.is_none() {
            expect(&report, None, &body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_and_is_told_as_a_wrong_password() {
    for (status, rule) in [
        ("500 Internal Server Error", Some("query_error_as_wrong_password")),
        ("503 Service Unavailable", Some("query_error_as_wrong_password")),
        ("429 Too Many Requests", Some("query_error_as_wrong_password")),
        ("401 Unauthorized", None),
        ("404 Not Found", None),
    ] {
        let port = service(status);
        let ask = format!("const r = await fetch('http://127.0.0.1:{port}/'); if (!r.ok)");
        expect(&login(&format!("{ask} {WRONG}"), &[port]).await, rule, status);
        let get_user = format!("async function getUser(email, callback) {{ {ask} callback(null); }}");
        let report = run(Action::GetUser, &get_user, &[port]).await;
        assert_eq!(report.outcome, Outcome::NotFound);
        expect(&report, rule, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_and_is_told_as_it_is() {
    let (away, broken) = (service("503 Service Unavailable"), service("500 Internal Server Error"));
    let fetch = |port: u16| format!("const r = await fetch('http://127.0.0.1:{port}/');");
    let status = "callback(new Error('HTTP ' + r.status));";
    for (body, expected) in [
        (format!("{} {status}", fetch(away)), Outcome::ConnectionFailed),
        (format!("await require('axios').get('http://127.0.0.1:{away}/').catch(callback);"), Outcome::ConnectionFailed),
        (format!("{} {status}", fetch(broken)), Outcome::ScriptError),
        (format!("{} callback(new Error('row 5031 is odd'));", fetch(away)), Outcome::ScriptError),
    ] {
        let report = login(&body, &[away, broken]).await;
        assert_eq!(report.outcome, expected, "{body}: {:?}", report.error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_ours_that_is_told_as_a_wrong_password() {
    let mut big = b"HTTP/1.1 200 OK\r\nContent-Length: 11000000\r\nConnection: close\r\n\r\n".to_vec();
    big.resize(big.len() + 11_000_000, b' ');
    let (server, big) = (with_users(), answering(big));
    let connect = connected(&server);
    let ask =
        |sql: &str| format!("{connect} await c.query(\"{sql}\").catch(() => {{}}); await c.end().catch(() => {{}});");
    let rule = Some("limit_as_wrong_password");
    for (body, rule) in [
        (format!("await fetch('http://127.0.0.1:{big}/').then((r) => r.text()).catch(() => {{}});"), rule),
        (ask("select * from generate_series(1, 10001)"), rule),
        (ask("select repeat('x', 40000000)"), rule),
        (ask("select * from generate_series(1, 9999)"), None),
    ] {
        let report = login(&format!("{body} {WRONG}"), &[server.port, big]).await;
        assert_eq!(report.outcome, Outcome::WrongPassword, "{body}: {:?}", report.error);
        expect(&report, rule, &body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_says_with_an_error_that_a_password_is_wrong() {
    let server = Ldap::start();
    let ask = |work: &str| {
        format!(
            "const ldap = require('ldapjs'); const client = ldap.createClient({{ url: 'ldap://127.0.0.1:{}' }});
             const who = 'uid=ada,ou=people,{}';
             const call = (name, ...values) => new Promise((done) => client[name](...values, (error) => done(error)));
             {work} client.unbind(); {WRONG}",
            server.port,
            ldap::BASE
        )
    };
    let bind = "await call('bind', who, password);";
    let modify = "await call('modify', who, new ldap.Change({ operation: 'replace', modification: { sn: 'x' } }));";
    for (work, rule) in [
        (bind.to_owned(), None),
        (format!("{bind} {modify}"), None),
        (modify.to_owned(), Some("refusal_as_wrong_password")),
    ] {
        let body = ask(&work);
        let report = login(&body, &[server.port]).await;
        assert_eq!(report.outcome, Outcome::WrongPassword, "{body}: {:?}", report.error);
        expect(&report, rule, &body);
    }
}
