//! Requests of a script: through the wire to a real store and back, with what the record says about them.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod trial;

use contract::{Ending, TraceKind};
use legacy::{Policy, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Watched};
use secrecy::SecretString;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use trial::{result, sandbox, spec, warnings};
use vault::Redactor;
use wire::Limits;

/// Runs `body` with `db`, an open SQLite database with the table `users`, in a folder of its own.
async fn run(body: &str) -> RunRecord {
    run_with(body, |_| {}, CancellationToken::new()).await
}

async fn run_with(body: &str, change: impl FnOnce(&mut RunSpec), cancel: CancellationToken) -> RunRecord {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("legacy.db"), "").unwrap(); // an empty file is an empty database; none is made
    let script = format!(
        "function login(email, password, callback) {{\n  const sqlite3 = require('sqlite3');\n  \
         const db = new sqlite3.Database('legacy.db');\n  \
         db.serialize(() => {{\n  db.run('CREATE TABLE IF NOT EXISTS users (email TEXT, hash TEXT)');\n  {body}\n  }});\n}}"
    );
    let mut spec = spec(&script);
    spec.watched = Watched {
        identifier: Some("ada@example.test".to_owned()),
        password: Some(SecretString::from("Pa55 word")),
        secrets: Vec::new(),
    };
    change(&mut spec);
    let policy = Policy::new(folder.path().to_owned(), Vec::new());
    let session = Session::new(SessionOptions { policy, writes: Writes::Committed, limits: Limits::default() });
    let redactor = Redactor::new([SecretString::from("Pa55 word")]);
    let record = sandbox(0).run(spec, &session, &redactor, &|_| {}, cancel).await.unwrap();
    session.finish().await;
    record
}

#[tokio::test]
async fn statements_are_traced_with_times_in_order() {
    let record = run(
        "db.run('INSERT INTO users VALUES (?, ?)', [email, 'h']); \
         db.get('SELECT * FROM users WHERE email = ?', [email], (error, row) => { db.close(); callback(error, { user_id: row.hash }); });",
    )
    .await;
    assert_eq!(*result(&record), json!({"user_id": "h"}));
    let kinds: Vec<_> = record.trace.iter().map(|entry| entry.kind).collect();
    for kind in [TraceKind::Connect, TraceKind::Query, TraceKind::Callback] {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
    }
    let statements: Vec<_> = record
        .trace
        .iter()
        .filter_map(|entry| entry.statement.as_ref())
        .map(|statement| statement.sql.as_str())
        .collect();
    assert!(statements.last().unwrap().starts_with("SELECT"), "{statements:?}");
    assert!(
        record
            .trace
            .iter()
            .all(|entry| entry.at_ms >= 0.0 && entry.ms >= 0.0 && entry.at_ms + entry.ms <= record.duration_ms + 1.0)
    );
    assert!(warnings(&record, "sql_injection").is_empty(), "a placeholder is no injection: {:?}", record.warnings);
}

#[tokio::test]
async fn typed_values_in_sql_text_are_warned_of_and_masked() {
    let record = run(
        "db.get(\"SELECT * FROM users WHERE email = '\" + email + \"' AND hash = '\" + password + \"'\", (error, row) => { db.close(); callback(error); });",
    )
    .await;
    assert!(matches!(record.ending, Ending::CalledBack { error: None, .. }), "{:?}", record.ending);
    assert_eq!(warnings(&record, "sql_injection").len(), 1);
    assert_eq!(warnings(&record, "password_in_sql").len(), 1);
    let said = format!("{:?} {:?}", record.trace, record.warnings);
    assert!(!said.contains("Pa55"), "{said}");
}

#[tokio::test]
async fn a_client_left_open_is_closed_and_named() {
    let record = run("db.get('SELECT 1 AS one', (error, row) => callback(error, { user_id: String(row.one) }));").await;
    assert_eq!(*result(&record), json!({"user_id": "1"}));
    assert_eq!(warnings(&record, "connection_not_closed").len(), 1);
    assert!(warnings(&record, "connection_not_closed")[0].message.contains("legacy.db"), "{:?}", record.warnings);
    assert_eq!(record.trace.last().unwrap().kind, TraceKind::Close);
}

#[tokio::test]
async fn a_file_outside_is_blocked_by_policy() {
    let record = run("new sqlite3.Database('/etc/passwd', (error) => { db.close(); callback(error); });").await;
    let Ending::CalledBack { error: Some(error), blocked, .. } = &record.ending else { panic!("{:?}", record.ending) };
    assert!(*blocked, "{error:?}");
    assert!(record.trace.iter().any(|entry| entry.kind == TraceKind::Blocked), "{:?}", record.trace);
}

#[tokio::test]
async fn a_statement_that_never_ends_is_cut_with_its_run() {
    let endless = "db.get('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n', () => callback(null, 1));";
    let began = std::time::Instant::now();
    let record = run_with(endless, |spec| spec.limits.wall_ms = 600, CancellationToken::new()).await;
    assert!(
        matches!(&record.ending, Ending::TimedOut { last_awaited: Some(last), .. } if last.contains("sqlite3")),
        "{:?}",
        record.ending
    );
    assert!(record.duration_ms < 1_100.0, "{}", record.duration_ms);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        stop.cancel();
    });
    let record = run_with(endless, |spec| spec.limits.wall_ms = 20_000, cancel).await;
    assert_eq!(record.ending, Ending::Cancelled);
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}
