//! The trace of a run: in order, with what got no answer, and with what the settings say of requests that only ask.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acceptance::servers::{ldap::Ldap, mongodb::MongoDb, postgres, sqlserver};
use contract::{Action, Effect, Outcome, TraceEntry, TraceKind};
use studio::RunOptions;
use studio::view::RunReport;

use crate::{Desk, IDENTIFIER, allowing, get_user_text, get_user_with};

/// A web service that keeps what it was asked; without `answer` it never says anything.
fn service(answer: Option<&'static str>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (port, seen) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<String>>>::default());
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, kept) = (stream.unwrap(), Arc::clone(&kept));
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).unwrap_or(0);
                let head = String::from_utf8_lossy(&bytes[..read]).lines().next().unwrap_or_default().to_owned();
                kept.lock().unwrap().push(head);
                match answer {
                    Some(text) => drop(stream.write_all(text.as_bytes())),
                    None => std::thread::sleep(Duration::from_secs(10)),
                }
            });
        }
    });
    (port, seen)
}

const OK: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/// `ask(path)`: a POST.
fn asks(port: u16) -> String {
    format!(
        "  const ask = (path) => new Promise((done, fail) => {{
    const options = {{ host: '127.0.0.1', port: {port}, path, method: 'POST' }};
    const request = require('http').request(options, (response) => response.on('end', done).resume());
    request.on('error', fail).end('{{}}');
  }});
"
    )
}

fn first(report: &RunReport, kind: TraceKind) -> &TraceEntry {
    report.trace.iter().find(|entry| entry.kind == kind).unwrap_or_else(|| panic!("{kind:?} in {:#?}", report.trace))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_began_first_stands_first_and_nothing_is_before_its_cause() {
    let body = "  const bcrypt = require('bcrypt');
  const db = new (require('sqlite3').Database)('users.sqlite');
  const slow = new Promise((done) => db.get('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n', done));
  const other = new (require('sqlite3').Database)('users.sqlite');
  other.get('SELECT 1', () => {
    require('lodash');
    bcrypt.hashSync('x', 4);
    other.get('SELECT 2', () => slow.then(() => db.close(() => other.close(() => callback(null, null)))));
  });";
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(body))]).await;
    for _ in 0..5 {
        let report = desk.try_for(Action::GetUser, IDENTIFIER, RunOptions::default()).await;
        assert_eq!(report.outcome, Outcome::NotFound, "{:?}", report.error);
        let trace = &report.trace;
        assert!(trace.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms), "{trace:#?}");
        assert!(trace.iter().all(|entry| entry.at_ms >= 0.0 && entry.ms >= 0.0), "{trace:#?}");
        // What the script did after an answer is not told as before it.
        let answered = |sql: &str| {
            let asked = |entry: &&TraceEntry| entry.statement.as_ref().is_some_and(|statement| statement.sql == sql);
            let entry = trace.iter().find(asked).unwrap_or_else(|| panic!("{sql} in {trace:#?}"));
            entry.at_ms + entry.ms
        };
        assert!(first(&report, TraceKind::Hash).at_ms >= answered("SELECT 1"), "{trace:#?}");
        let last = answered("SELECT 2");
        assert!(first(&report, TraceKind::Callback).at_ms >= last, "{trace:#?}");
    }
}

/// The entry without an answer.
fn unanswered(report: &RunReport) -> &TraceEntry {
    let mut entries = report
        .trace
        .iter()
        .filter(|entry| entry.error.as_deref().is_some_and(|error| error.starts_with("no answer yet")));
    let entry = entries.next().unwrap_or_else(|| panic!("{:#?}", report.trace));
    assert!(entries.next().is_none(), "{:#?}", report.trace);
    assert!(entry.ms > 0.0, "{entry:?}");
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_still_waits_at_the_end_is_shown() {
    let (port, _) = service(None);
    let short = |port: u16| RunOptions { timeout: Some(Duration::from_millis(400)), ..allowing(port) };
    let get = format!("  fetch('http://127.0.0.1:{port}/users?q=1').then(() => callback(null), callback);");
    let report = get_user_with(&get, short(port)).await;
    assert_eq!(report.outcome, Outcome::Timeout);
    let entry = unanswered(&report);
    let statement = entry.statement.as_ref().unwrap();
    assert_eq!((entry.kind, statement.effect), (TraceKind::Http, Effect::Read));
    assert_eq!(statement.sql, format!("GET http://127.0.0.1:{port}/users?q=1"));
    assert!(entry.ms > 200.0, "{entry:?}");

    let server = postgres::Postgres::start();
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    let query = |after: &str| {
        format!(
            "  const client = new (require('pg').Client)('{url}');
  client.connect(() => {{ client.query('SELECT pg_sleep($1)', [5], callback); {after} }});"
        )
    };
    let report =
        get_user_with(&query(""), RunOptions { timeout: Some(Duration::from_millis(900)), ..allowing(server.port) })
            .await;
    assert_eq!(report.outcome, Outcome::Timeout, "{:?}", report.error);
    let entry = unanswered(&report);
    let statement = entry.statement.as_ref().unwrap();
    assert_eq!((entry.kind, statement.sql.as_str()), (TraceKind::Query, "SELECT pg_sleep($1)"));
    assert_eq!((&statement.parameters, entry.label.as_str()), (&vec!["5".to_owned()], "pg SELECT"));
    // The callback came first, and the run was cut off later.
    let early = query("callback(null, null);").replace("[5], callback", "[5], () => {}");
    let report =
        get_user_with(&early, RunOptions { timeout: Some(Duration::from_millis(900)), ..allowing(server.port) }).await;
    assert_eq!(report.outcome, Outcome::NotFound, "{:?}", report.error);
    unanswered(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_one_whose_package_speaks_to_the_server_itself() {
    let long = |port: u16| RunOptions { timeout: Some(Duration::from_millis(1_500)), ..allowing(port) };
    let mongo = MongoDb::start();
    let body = format!(
        "  const {{ MongoClient }} = require('mongodb');
  const client = new MongoClient('mongodb://127.0.0.1:{}/app');
  const users = client.db().collection('users');
  users.findOne({{}}).then(() => {{ console.log('connected'); return new Promise((done) => setTimeout(done, 400)); }})
    .then(() => users.findOne({{ email }})).then(() => callback(null), callback);",
        mongo.port
    );
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(&body))]).await;
    let request = studio::TryRequest {
        connection: "c".to_owned(),
        action: Action::GetUser,
        text: None,
        arguments: studio::view::TryArguments { identifier: Some(IDENTIFIER.to_owned()), ..Default::default() },
        password: None,
        options: long(mongo.port),
    };
    // It stands still once the script is connected.
    let freeze = |event| {
        if matches!(event, studio::view::RunEvent::Console(_)) {
            mongo.freeze();
        }
    };
    let report = desk.workspace.try_script(request, &freeze, tokio_util::sync::CancellationToken::new()).await.unwrap();
    assert_eq!(report.outcome, Outcome::Timeout, "{:?}", report.error);
    let found = report.trace.iter().rfind(|entry| entry.label == "mongodb find users");
    let entry = found.unwrap_or_else(|| panic!("{:#?}", report.trace));
    assert_eq!(entry.error.as_deref(), Some("no answer yet"));
    assert!(entry.statement.as_ref().unwrap().sql.contains(IDENTIFIER), "{entry:?}");

    let tds = sqlserver::SqlServer::start();
    tds.reset("");
    let body = format!(
        "  const {{ Connection, Request }} = require('tedious');
  const c = new Connection({{ server: '127.0.0.1', authentication: {{ type: 'default', options: {{ userName: '{}', password: '{}' }} }},
    options: {{ port: {}, database: '{}', encrypt: false }} }});
  c.connect(() => c.execSqlBatch(new Request('SELECT never', callback)));",
        sqlserver::USER,
        sqlserver::PASSWORD,
        tds.port,
        sqlserver::DATABASE
    );
    let report = get_user_with(&body, long(tds.port)).await;
    assert_eq!(unanswered(&report).statement.as_ref().unwrap().sql, "SELECT never");

    let ldap = Ldap::start();
    let (silent, _) = service(None);
    let body = format!(
        "  const client = require('ldapjs').createClient({{ url: 'ldap://127.0.0.1:{silent}' }});
  client.on('error', () => {{}});
  client.bind('cn=reader,dc=example,dc=org', 'x', callback);"
    );
    let report = get_user_with(&body, long(silent)).await;
    assert_eq!(unanswered(&report).statement.as_ref().unwrap().sql, "bind cn=reader,dc=example,dc=org");
    drop(ldap);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_the_settings_call_safe_are_sent_in_a_safe_try() {
    let (port, seen) = service(Some(OK));
    let body = format!("{} ask('/login').then(() => ask('/users')).then(() => callback(null), callback);", asks(port));
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(&body))]).await;
    let held_back = desk.try_for(Action::GetUser, IDENTIFIER, allowing(port)).await;
    assert_eq!(held_back.outcome, Outcome::BlockedByPolicy);
    assert!(seen.lock().unwrap().is_empty());
    let hint = held_back.error.unwrap().hint.unwrap();
    let rule = format!("safe_requests = [\"POST http://127.0.0.1:{port}/login\"]");
    assert!(hint.contains(&rule) && hint.contains("sluice.toml"), "{hint}");

    // As the hint says it.
    let settings = desk.folder.path().join("ws/sluice.toml");
    std::fs::write(&settings, format!("[connections.c]\n{rule}\n")).unwrap();
    let report = desk.try_for(Action::GetUser, IDENTIFIER, allowing(port)).await;
    assert_eq!(*seen.lock().unwrap(), ["POST /login HTTP/1.1"]);
    let sent = first(&report, TraceKind::Http);
    assert_eq!(sent.statement.as_ref().unwrap().effect, Effect::Read, "it only asks");
    let held = first(&report, TraceKind::Blocked);
    assert!(held.statement.as_ref().unwrap().sql.ends_with("/users"), "{held:?}");

    // A connection that only reads asks as well.
    let both = format!("safe_requests = [\"POST http://127.0.0.1:{port}/\"]\nread_only = true\n");
    std::fs::write(&settings, format!("[connections.c]\n{both}")).unwrap();
    let report = desk.try_for(Action::GetUser, IDENTIFIER, allowing(port)).await;
    assert_eq!(report.outcome, Outcome::NotFound, "{:?}", report.error);
    assert_eq!(seen.lock().unwrap().len(), 3);
    assert!(contract::what_is_kept(&report.trace).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_said_as_it_is() {
    let commit = |port: Option<u16>| RunOptions { commit: true, ..port.map(allowing).unwrap_or_default() };
    let table = "CREATE TABLE u (e TEXT UNIQUE); INSERT INTO u VALUES ('ada@example.test')";
    let insert = |work: &str| format!("  const db = new (require('sqlite3').Database)('users.sqlite');\n  {work}");
    let desk =
        Desk::new(&[(Action::GetUser, &get_user_text(&insert(&format!("db.exec(\"{table}\", callback);"))))]).await;
    let made = desk.try_for(Action::GetUser, IDENTIFIER, commit(None)).await;
    assert_eq!(contract::what_is_kept(&made.trace), ["What the script wrote is kept."], "{:?}", made.error);
    let again = insert("db.run('INSERT INTO u VALUES (?)', [email], callback);");
    desk.write(Action::GetUser, &get_user_text(&again));
    let failed = desk.try_for(Action::GetUser, IDENTIFIER, commit(None)).await;
    assert_eq!(failed.outcome, Outcome::ScriptError, "{:?}", failed.trace);
    assert!(contract::what_is_kept(&failed.trace).is_empty(), "{:?}", failed.trace);

    let (port, _) = service(Some(OK));
    let post = format!("{} ask('/login').then(() => callback(null), callback);", asks(port));
    let report = get_user_with(&post, commit(Some(port))).await;
    let kept = contract::what_is_kept(&report.trace);
    assert!(kept.len() == 1 && kept[0].contains("what it changed, if anything, is kept"), "{kept:?}");
}
