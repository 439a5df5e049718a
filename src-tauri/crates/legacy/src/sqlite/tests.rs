//! Sessions over SQLite: values, errors, safe try, read-only, limits, cancellation.

use std::path::PathBuf;

use contract::{Effect, TraceKind};
use serde_json::json;
use wire::{Cell, StoreKind, StoreReply, StoreRequest};

use super::*;
use crate::{Endpoint, Facts, Handled, Observed, Run, Session, SessionOptions, Writes};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let database = rusqlite::Connection::open(folder.path().join("legacy.sqlite")).unwrap();
        database
            .execute_batch(
                "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT UNIQUE, n);
                 INSERT INTO users (email, n) VALUES ('ann@example.com', 1), ('bob@example.com', 2);",
            )
            .unwrap();
        Place { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("legacy.sqlite")
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }

    fn session(&self, writes: Writes) -> Session {
        let policy = Policy::new(self.folder.path().to_owned(), Vec::new());
        Session::new(SessionOptions { policy, writes, limits: Limits::default() })
    }

    fn count(&self) -> i64 {
        let database = rusqlite::Connection::open(self.file()).unwrap();
        database.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap()
    }
}

async fn connect(run: &Run) -> u32 {
    connect_with(run, json!({"file": "legacy.sqlite"})).await
}

async fn connect_with(run: &Run, parameters: Value) -> u32 {
    match try_connect(run, parameters).await {
        StoreReply::Connected { client, .. } => client,
        StoreReply::Failed { fault, .. } => panic!("{fault:?}"),
        _ => panic!("no connection"),
    }
}

async fn try_connect(run: &Run, parameters: Value) -> StoreReply {
    let Value::Object(parameters) = parameters else { panic!("parameters are an object") };
    run.handle(StoreRequest::Connect { store: StoreKind::Sqlite, parameters }).await.reply
}

async fn ask(run: &Run, client: u32, sql: &str, parameters: Vec<Parameter>, protocol: Protocol) -> Handled {
    run.handle(StoreRequest::Query { client, sql: sql.to_owned(), parameters, protocol }).await
}

async fn run_sql(run: &Run, client: u32, sql: &str) -> Result<(ResultSet, Observed), (Fault, Observed)> {
    let handled = ask(run, client, sql, Vec::new(), Protocol::Prepared).await;
    let observed = handled.observed.unwrap();
    match handled.reply {
        StoreReply::Rows { mut sets, .. } => Ok((sets.pop().unwrap_or_default(), observed)),
        StoreReply::Failed { fault, .. } => Err((fault, observed)),
        _ => panic!("{sql}: neither rows nor a fault"),
    }
}

async fn good(run: &Run, client: u32, sql: &str) -> ResultSet {
    run_sql(run, client, sql).await.unwrap_or_else(|(fault, _)| panic!("{sql}: {fault:?}")).0
}

async fn count(run: &Run, client: u32) -> i64 {
    match good(run, client, "SELECT count(*) FROM users").await.rows[0][0] {
        Cell::Integer(count) => count,
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn values_come_as_they_are() {
    let place = Place::new();
    let run = place.session(Writes::RolledBack).begin_run();
    let client = connect(&run).await;
    let parameters = vec![
        Parameter::Named("$text".to_owned(), Box::new(Parameter::Text("ü'".to_owned()))),
        Parameter::Named(":blob".to_owned(), Box::new(Parameter::Bytes("AP8=".to_owned()))),
        Parameter::Named("@real".to_owned(), Box::new(Parameter::Number(3.0))),
    ];
    let sql = "SELECT 9007199254740993, 1.5, $text, :blob, NULL, @real, typeof(@real) AS t; SELECT ignored";
    let handled = ask(&run, client, sql, parameters, Protocol::Prepared).await;
    let StoreReply::Rows { sets, .. } = handled.reply else { panic!("no rows") };
    let expected = [
        Cell::Integer(9_007_199_254_740_993),
        Cell::Real(1.5),
        Cell::Text("ü'".to_owned()),
        Cell::Bytes { base64: "AP8=".to_owned() },
        Cell::Null,
        Cell::Real(3.0),
        Cell::Text("real".to_owned()),
    ];
    assert_eq!(sets[0].rows, [expected]);
    assert_eq!((sets.len(), sets[0].columns[6].name.as_str()), (1, "t"));
}

#[tokio::test]
async fn errors_are_worded_as_sqlite3_words_them() {
    let place = Place::new();
    let run = place.session(Writes::RolledBack).begin_run();
    let client = connect(&run).await;
    for (sql, message, errno) in [
        (
            "INSERT INTO users (email) VALUES ('ann@example.com')",
            "SQLITE_CONSTRAINT: UNIQUE constraint failed: users.email",
            19,
        ),
        ("SELEC 1", "SQLITE_ERROR: near \"SELEC\": syntax error", 1),
        ("SELECT * FROM absent", "SQLITE_ERROR: no such table: absent", 1),
    ] {
        let (fault, _) = run_sql(&run, client, sql).await.unwrap_err();
        assert_eq!(fault.message, message);
        assert_eq!(fault.fields["errno"], errno);
        assert_eq!(fault.code.as_deref(), message.split(':').next());
    }
    let handled = ask(&run, client, "SELECT 1", vec![Parameter::Null], Protocol::Prepared).await;
    let StoreReply::Failed { fault, .. } = handled.reply else { panic!("bound too much") };
    assert_eq!(fault.message, "SQLITE_RANGE: column index out of range");
}

#[tokio::test]
async fn a_safe_try_over_three_runs_leaves_the_file_byte_identical() {
    let place = Place::new();
    let before = place.bytes();
    let session = place.session(Writes::RolledBack);
    let first = session.begin_run();
    let client = connect(&first).await;
    let set = good(&first, client, "INSERT INTO users (email) VALUES ('cy@example.com')").await;
    assert_eq!((set.affected, set.insert_id.as_deref()), (Some(1), Some("3")));
    // A unique violation that the script catches disturbs nothing.
    run_sql(&first, client, "INSERT INTO users (email) VALUES ('cy@example.com')").await.unwrap_err();
    assert_eq!(first.close().await, ["sqlite3 legacy.sqlite"]);

    let second = session.begin_run();
    let client = connect_with(&second, json!({"file": "legacy.sqlite", "mode": 1})).await;
    assert_eq!(count(&second, client).await, 3);
    second.handle(StoreRequest::Close { client }).await;
    assert!(second.close().await.is_empty());

    let third = session.begin_run();
    let client = connect(&third).await;
    good(&third, client, "BEGIN").await;
    good(&third, client, "DELETE FROM users").await;
    good(&third, client, "COMMIT").await;
    let (_, observed) = run_sql(&third, client, "UPDATE users SET n = 1").await.unwrap();
    assert_eq!(observed.statement.unwrap().effect, Effect::Nothing, "no row is left to change");
    assert_eq!(count(&third, client).await, 0);
    let finish = session.finish().await;
    assert_eq!(finish.rolled_back, 2);
    assert_eq!(finish.observed[0].kind, TraceKind::Rollback);
    assert_eq!(finish.observed[0].label, "sqlite3 legacy.sqlite · 2 writes undone (4 rows)");
    assert_eq!(place.bytes(), before);
}

#[tokio::test]
async fn the_scripts_own_transactions_behave_as_in_reality() {
    let place = Place::new();
    let session = place.session(Writes::RolledBack);
    let run = session.begin_run();
    let (one, two) = (connect(&run).await, connect(&run).await);
    ask(&run, one, "BEGIN; INSERT INTO users (email) VALUES ('a'); COMMIT;", Vec::new(), Protocol::Simple).await;
    good(&run, one, "BEGIN").await;
    good(&run, one, "INSERT INTO users (email) VALUES ('b')").await;
    let (fault, _) = run_sql(&run, one, "BEGIN").await.unwrap_err();
    assert_eq!(fault.message, "SQLITE_ERROR: cannot start a transaction within a transaction");
    let (_, observed) = run_sql(&run, two, "BEGIN").await.unwrap();
    assert!(observed.label.contains("another client"), "{}", observed.label);
    good(&run, two, "INSERT INTO users (email) VALUES ('c')").await;
    good(&run, two, "ROLLBACK").await;
    let (_, observed) = run_sql(&run, one, "ROLLBACK").await.unwrap();
    assert_eq!(observed.label, "sqlite3 ROLLBACK · undid 1 write");
    assert_eq!(count(&run, two).await, 3);
    let (fault, _) = run_sql(&run, one, "COMMIT").await.unwrap_err();
    assert_eq!(fault.message, "SQLITE_ERROR: cannot commit - no transaction is active");
    good(&run, one, "SAVEPOINT a").await;
    good(&run, one, "DELETE FROM users").await;
    good(&run, one, "ROLLBACK TO a").await;
    good(&run, one, "RELEASE a").await;
    assert_eq!(count(&run, one).await, 3);
    assert_eq!(session.finish().await.rolled_back, 1);
    assert_eq!(place.count(), 2);
}

#[tokio::test]
async fn a_rollback_by_the_server_does_not_let_later_writes_through() {
    let place = Place::new();
    let before = place.bytes();
    let session = place.session(Writes::RolledBack);
    let run = session.begin_run();
    let client = connect(&run).await;
    good(&run, client, "INSERT INTO users (email) VALUES ('x')").await;
    // OR ROLLBACK ends the outer transaction too.
    let sql = "INSERT OR ROLLBACK INTO users (email) VALUES ('ann@example.com')";
    let (_, observed) = run_sql(&run, client, sql).await.unwrap_err();
    assert!(observed.label.contains("rolled back everything"), "{}", observed.label);
    good(&run, client, "INSERT INTO users (email) VALUES ('y')").await;
    assert_eq!(session.finish().await.rolled_back, 1);
    assert_eq!(place.bytes(), before);
}

#[tokio::test]
async fn what_cannot_be_undone_is_refused_before_it_runs() {
    let place = Place::new();
    let before = place.bytes();
    let session = place.session(Writes::RolledBack);
    let run = session.begin_run();
    let client = connect(&run).await;
    for sql in ["VACUUM", "PRAGMA journal_mode = WAL", "ATTACH 'other.db' AS o", "SELECT load_extension('x')"] {
        let (fault, observed) = run_sql(&run, client, sql).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{sql}");
        assert_eq!((observed.kind, observed.statement.unwrap().effect), (TraceKind::Blocked, Effect::Refused));
    }
    assert_eq!(run.facts(), Facts { connection_failed: false, blocked: true });
    // A setting of the session is none of that, and works although SQLite ignores it inside a transaction.
    good(&run, client, "PRAGMA foreign_keys = ON").await;
    assert_eq!(good(&run, client, "PRAGMA foreign_keys").await.rows, [[Cell::Integer(1)]]);
    session.finish().await;
    assert_eq!(place.bytes(), before);
}

#[tokio::test]
async fn committed_writes_stay_and_files_outside_are_still_refused() {
    let place = Place::new();
    let session = place.session(Writes::Committed);
    let run = session.begin_run();
    let client = connect(&run).await;
    let (_, observed) = run_sql(&run, client, "INSERT INTO users (email) VALUES ('x')").await.unwrap();
    assert_eq!(observed.statement.unwrap().effect, Effect::Committed);
    for sql in ["VACUUM INTO 'copy.db'", "ATTACH 'other.db' AS o"] {
        assert_eq!(run_sql(&run, client, sql).await.unwrap_err().0.kind, FaultKind::Refused, "{sql}");
    }
    good(&run, client, "VACUUM").await;
    good(&run, client, "BEGIN").await;
    good(&run, client, "DELETE FROM users").await;
    let closed = run.handle(StoreRequest::Close { client }).await;
    assert!(
        closed.observed.unwrap().label.ends_with("undid 1 write, not committed: the transaction was never committed")
    );
    assert_eq!(session.finish().await.rolled_back, 0);
    assert_eq!(place.count(), 3);
}

#[tokio::test]
async fn read_only_refuses_every_way_to_write() {
    let place = Place::new();
    let before = place.bytes();
    let session = place.session(Writes::ReadOnly);
    let run = session.begin_run();
    let client = connect(&run).await;
    for sql in [
        "DELETE FROM users",
        "WITH x AS (SELECT 1) DELETE FROM users",
        "CREATE TABLE t (a)",
        "PRAGMA user_version = 1",
        "PRAGMA query_only = OFF",
        "REINDEX",
        "/* SELECT */ UPDATE users SET n = 0",
    ] {
        assert_eq!(run_sql(&run, client, sql).await.unwrap_err().0.kind, FaultKind::Refused, "{sql}");
    }
    let stacked = ask(&run, client, "SELECT 1; DELETE FROM users", Vec::new(), Protocol::Simple).await;
    assert!(matches!(stacked.reply, StoreReply::Failed { .. }));
    assert_eq!(count(&run, client).await, 2);
    session.finish().await;
    assert_eq!(place.bytes(), before);
}

#[tokio::test]
async fn a_client_opened_read_only_by_the_script_gets_sqlites_error() {
    let place = Place::new();
    let run = place.session(Writes::RolledBack).begin_run();
    let client = connect_with(&run, json!({"file": "legacy.sqlite", "mode": 1})).await;
    let (fault, _) = run_sql(&run, client, "DELETE FROM users").await.unwrap_err();
    assert_eq!(fault.message, "SQLITE_READONLY: attempt to write a readonly database");
    assert_eq!(run.facts(), Facts::default());
}

#[tokio::test]
async fn files_are_never_created_and_only_opened_where_allowed() {
    let place = Place::new();
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("outside.db");
    std::fs::write(&file, "").unwrap();
    let session = place.session(Writes::Committed);
    let run = session.begin_run();
    let StoreReply::Failed { fault, .. } = try_connect(&run, json!({"file": "new.sqlite", "mode": 6})).await else {
        panic!("opened a file that is not there")
    };
    assert_eq!((fault.code.as_deref(), fault.fields["errno"].as_i64()), (Some("SQLITE_CANTOPEN"), Some(14)));
    assert!(!place.folder.path().join("new.sqlite").exists());
    assert!(run.facts().connection_failed);
    let StoreReply::Failed { fault, .. } = try_connect(&run, json!({"file": file})).await else {
        panic!("opened a file outside")
    };
    assert_eq!(fault.kind, FaultKind::Policy);
    assert!(run.facts().blocked);
    assert_eq!(session.opened().len(), 2);
    let policy = Policy::new(place.folder.path().to_owned(), vec![Endpoint::File(file.clone())]);
    let granted = Session::new(SessionOptions { policy, writes: Writes::RolledBack, limits: Limits::default() });
    let run = granted.begin_run();
    connect_with(&run, json!({"file": file})).await;
}

#[tokio::test]
async fn limits_are_named() {
    let place = Place::new();
    let policy = Policy::new(place.folder.path().to_owned(), Vec::new());
    let limits = Limits { query_rows: 10, query_bytes: 1000, connections: 2, ..Limits::default() };
    let session = Session::new(SessionOptions { policy, writes: Writes::RolledBack, limits });
    let run = session.begin_run();
    let client = connect(&run).await;
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
    let (fault, _) = run_sql(&run, client, endless).await.unwrap_err();
    assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::Limit, "limit reached: 10 rows per query"));
    let (fault, _) = run_sql(&run, client, "SELECT zeroblob(2000)").await.unwrap_err();
    assert_eq!(fault.message, "limit reached: 1000 bytes per query");
    assert_eq!(count(&run, client).await, 2);
    connect(&run).await;
    let StoreReply::Failed { fault, .. } = try_connect(&run, json!({"file": "legacy.sqlite"})).await else {
        panic!("a third connection")
    };
    assert_eq!(fault.message, "limit reached: 2 open connections per run");
}

#[tokio::test]
async fn a_dropped_statement_stops_and_is_rolled_back() {
    let place = Place::new();
    let before = place.bytes();
    let session = place.session(Writes::RolledBack);
    let run = session.begin_run();
    let client = connect(&run).await;
    good(&run, client, "DELETE FROM users").await;
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    let cut = tokio::time::timeout(Duration::from_millis(100), run_sql(&run, client, endless)).await;
    assert!(cut.is_err());
    let (fault, _) = run_sql(&run, client, "SELECT 1").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Closed);
    // A new client gets a new session.
    let client = connect(&run).await;
    assert_eq!(count(&run, client).await, 2);
    session.finish().await;
    assert_eq!(place.bytes(), before);
}

#[tokio::test]
async fn requests_of_one_client_keep_the_order_of_the_calls() {
    let place = Place::new();
    let session = place.session(Writes::RolledBack);
    let run = session.begin_run();
    let client = connect(&run).await;
    let mut asked = Vec::new();
    for n in 0..20 {
        let sql = format!("UPDATE users SET n = n * 3 + {n}");
        asked.push(run.handle(StoreRequest::Query {
            client,
            sql,
            parameters: Vec::new(),
            protocol: Protocol::Prepared,
        }));
    }
    // Polled in the opposite order.
    let mut tasks: Vec<_> = asked.into_iter().rev().map(tokio::spawn).collect();
    for task in &mut tasks {
        assert!(matches!(task.await.unwrap().reply, StoreReply::Rows { .. }));
    }
    let expected = (0..20).fold(1_i64, |value, n| value * 3 + n);
    let set = good(&run, client, "SELECT n FROM users WHERE id = 1").await;
    assert_eq!(set.rows, [[Cell::Integer(expected)]]);
}

#[tokio::test]
async fn a_file_that_is_no_database_says_so() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("text.db"), "no database, but long enough to be one".repeat(100)).unwrap();
    let run = place.session(Writes::RolledBack).begin_run();
    let client = connect_with(&run, json!({"file": "text.db"})).await;
    let (fault, _) = run_sql(&run, client, "SELECT * FROM users").await.unwrap_err();
    assert_eq!(fault.message, "SQLITE_NOTADB: file is not a database");
}

#[tokio::test]
async fn in_memory_databases_are_private_to_a_client() {
    let place = Place::new();
    let run = place.session(Writes::RolledBack).begin_run();
    let one = connect_with(&run, json!({"file": ":memory:"})).await;
    let two = connect_with(&run, json!({"file": ":memory:"})).await;
    good(&run, one, "CREATE TABLE t (a)").await;
    run_sql(&run, two, "SELECT * FROM t").await.unwrap_err();
    let handled = run.handle(StoreRequest::Prepare { client: one, sql: "SELECT a FROM".to_owned() }).await;
    assert!(matches!(handled.reply, StoreReply::Failed { .. }));
    let handled = run.handle(StoreRequest::Prepare { client: one, sql: "SELECT a FROM t".to_owned() }).await;
    assert!(matches!(handled.reply, StoreReply::Rows { .. }));
}
