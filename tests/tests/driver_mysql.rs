//! The MySQL driver by itself, and what happens when servers, credentials or certificates are not as they should be.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::{fs, process::Command, time::Duration};

use acceptance::{
    servers::{
        free_port,
        mariadb::{self, MariaDb},
    },
    stores::{Scripts, error, result},
};
use contract::{Action, Outcome};
use legacy::{Policy, Run, Session, SessionOptions, Writes};
use serde_json::{Map, Value, json};
use wire::{Cell, Fault, FaultKind, Limits, Parameter, Protocol, ResultSet, StoreKind, StoreReply, StoreRequest};

fn session(port: u16, writes: Writes, limits: Limits) -> Session {
    let policy = Policy::new(std::env::temp_dir(), vec![format!("127.0.0.1:{port}").parse().unwrap()]);
    Session::new(SessionOptions { policy, writes, limits })
}

fn parameters(port: u16, more: Value) -> Map<String, Value> {
    let parameters = json!({
        "host": "127.0.0.1", "port": port, "user": mariadb::USER, "password": mariadb::PASSWORD,
        "database": mariadb::DATABASE,
    });
    let mut parameters = parameters.as_object().unwrap().clone();
    parameters.extend(more.as_object().unwrap().clone());
    parameters
}

async fn connect(run: &Run, parameters: Map<String, Value>) -> Result<u32, Fault> {
    match run.handle(StoreRequest::Connect { store: StoreKind::Mysql, parameters }).await.reply {
        StoreReply::Connected { client, .. } => Ok(client),
        StoreReply::Failed { fault, .. } => Err(fault),
        _ => panic!("an answer to something else"),
    }
}

async fn ask(
    run: &Run,
    client: u32,
    sql: &str,
    parameters: &[Parameter],
    protocol: Protocol,
) -> Result<Vec<ResultSet>, Fault> {
    let request = StoreRequest::Query { client, sql: sql.to_owned(), parameters: parameters.to_vec(), protocol };
    match run.handle(request).await.reply {
        StoreReply::Rows { sets, .. } => Ok(sets),
        StoreReply::Failed { fault, .. } => Err(fault),
        _ => panic!("an answer to something else"),
    }
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}

#[tokio::test]
async fn text_and_binary_protocol_give_the_servers_values() {
    let server = MariaDb::start();
    server.sql(
        "CREATE TABLE t (a TINYINT(1), b BIGINT UNSIGNED, c DECIMAL(10,2), d DATETIME(3), e VARBINARY(9), f FLOAT, g TIME);
         INSERT INTO t VALUES (1, 18446744073709551615, '12.50', '2024-02-29 23:59:59.123', x'00ff', 0.1, '-26:01:02')",
    );
    let session = session(server.port, Writes::Committed, Limits::default());
    let run = session.begin_run();
    let client = connect(&run, parameters(server.port, json!({}))).await.unwrap();
    let sets = ask(&run, client, "SELECT * FROM t", &[], Protocol::Simple).await.unwrap();
    let row = &sets[0].rows[0];
    let texts: Vec<_> = row.iter().take(4).map(text).collect();
    assert_eq!(texts, ["1", "18446744073709551615", "12.50", "2024-02-29 23:59:59.123"]);
    assert_eq!(row[4], Cell::Bytes { base64: "AP8=".into() });
    let columns: Vec<_> =
        sets[0].columns.iter().map(|column| (column.name.as_str(), column.type_code, column.charset)).collect();
    assert_eq!(columns[..3], [("a", 1, 63), ("b", 8, 63), ("c", 246, 63)]);

    let sql = "SELECT a, b, c, d, e, f, g, ? + 1, ?, NULL FROM t";
    let given = [Parameter::Number(41.0), Parameter::Text("ü".into())];
    let sets = ask(&run, client, sql, &given, Protocol::Prepared).await.unwrap();
    let row = &sets[0].rows[0];
    assert_eq!(row[0], Cell::Integer(1));
    assert_eq!(text(&row[1]), "18446744073709551615");
    assert_eq!(text(&row[3]), "2024-02-29 23:59:59.123000");
    assert_eq!(row[5], Cell::Real(f64::from(0.1_f32)));
    assert_eq!(text(&row[6]), "-1 02:01:02");
    assert_eq!((&row[7], text(&row[8]), &row[9]), (&Cell::Real(42.0), "ü", &Cell::Null));
    session.finish().await;
}

#[tokio::test]
async fn several_statements_only_when_the_script_asks() {
    let server = MariaDb::start();
    let session = session(server.port, Writes::Committed, Limits::default());
    let run = session.begin_run();
    let usual = connect(&run, parameters(server.port, json!({}))).await.unwrap();
    let refused = ask(&run, usual, "SELECT 1; SELECT 2", &[], Protocol::Simple).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_deref()), (FaultKind::Statement, Some("ER_PARSE_ERROR")));
    let flags = json!({"client_flags": 0x0007_F3CF});
    let several = connect(&run, parameters(server.port, flags)).await.unwrap();
    let sets = ask(&run, several, "SELECT 1; DO 1; SELECT 2", &[], Protocol::Simple).await.unwrap();
    assert_eq!(sets.iter().map(|set| set.returns_rows).collect::<Vec<_>>(), [true, false, true]);
    session.finish().await;
}

#[tokio::test]
async fn limits_of_rows_and_bytes() {
    let server = MariaDb::start();
    let limits = Limits { query_rows: 100, query_bytes: 1 << 20, ..Limits::default() };
    let session = session(server.port, Writes::RolledBack, limits);
    for (sql, words) in [
        ("SELECT seq FROM seq_1_to_101", "100 rows"),
        ("SELECT REPEAT('x', 2000000)", "1 MiB"),
        ("SELECT seq FROM seq_1_to_100", ""),
    ] {
        let run = session.begin_run();
        let client = connect(&run, parameters(server.port, json!({}))).await.unwrap();
        match ask(&run, client, sql, &[], Protocol::Simple).await {
            Ok(sets) => assert_eq!((sets[0].rows.len(), words), (100, "")),
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::Limit);
                assert!(!words.is_empty() && fault.message.contains(words), "{fault:?}");
            }
        }
        run.close().await;
    }
    session.finish().await;
}

#[tokio::test]
async fn wrong_credentials_are_tried_once() {
    let server = MariaDb::start();
    let denied = || server.sql("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'").replace("Access_denied_errors\t", "");
    assert_eq!(denied(), "0");
    let session = session(server.port, Writes::RolledBack, Limits::default());
    let run = session.begin_run();
    let fault = connect(&run, parameters(server.port, json!({"password": "wrong"}))).await.unwrap_err();
    assert_eq!((fault.kind, fault.code.as_deref()), (FaultKind::Authentication, Some("ER_ACCESS_DENIED_ERROR")));
    assert!(fault.message.contains("using password: YES") && !fault.message.contains("wrong"), "{}", fault.message);
    assert!(run.facts().connection_failed);
    assert_eq!(denied(), "1");
    let fault = connect(&run, parameters(server.port, json!({"database": "nowhere"}))).await.unwrap_err();
    assert_eq!(fault.fields["errno"], 1044, "{fault:?}");
}

#[tokio::test]
async fn nobody_listens_or_nobody_speaks() {
    let port = free_port();
    let session = session(port, Writes::RolledBack, Limits::default());
    let run = session.begin_run();
    let fault = connect(&run, parameters(port, json!({}))).await.unwrap_err();
    assert_eq!(fault.message, format!("connect ECONNREFUSED 127.0.0.1:{port}"));
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let speaker = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
    });
    let fault = connect(&run, parameters(port, json!({}))).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Connection, "{fault:?}");
    speaker.join().unwrap();
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_of_a_query() {
    let mut server = MariaDb::start();
    let mut scripts = Scripts::of("mysql");
    scripts.allowed = vec![format!("127.0.0.1:{}", server.port).parse().unwrap()];
    scripts.configuration = vec![
        ("PORT".to_owned(), server.port.to_string()),
        ("USER".to_owned(), mariadb::USER.to_owned()),
        ("PASSWORD".to_owned(), mariadb::PASSWORD.to_owned()),
    ];
    let text = "function script(callback) {
      const db = require('mysql').createConnection({ host: '127.0.0.1', port: configuration.PORT, user: configuration.USER, password: configuration.PASSWORD });
      db.query('SELECT SLEEP(20)', (error, rows) => callback(error, rows));
    }";
    let (record, ()) = tokio::join!(scripts.alone_text(Writes::RolledBack, text), async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        server.kill();
    });
    let lost = error(&record.0);
    assert!(
        matches!(lost.code.as_deref(), Some("PROTOCOL_CONNECTION_LOST" | "ECONNRESET" | "ER_CONNECTION_KILLED")),
        "{lost:?}"
    );
    assert_eq!(Outcome::of(Action::Login, &record.0.ending), Outcome::ConnectionFailed);
    assert!(record.0.duration_ms < 10_000.0);
}

#[tokio::test]
async fn tls_is_verified_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=db.example"])
        .args(["-addext", "basicConstraints=critical,CA:TRUE", "-keyout", &path("key.pem"), "-out", &path("cert.pem")])
        .output()
        .expect("openssl makes a certificate");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // The server's own user has to read them.
    for file in [folder.path().to_owned(), folder.path().join("key.pem")] {
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let server =
        MariaDb::start_with(&[format!("--ssl-cert={}", path("cert.pem")), format!("--ssl-key={}", path("key.pem"))]);
    let session = session(server.port, Writes::RolledBack, Limits::default());
    let run = session.begin_run();
    let fault = connect(&run, parameters(server.port, json!({"ssl": {}}))).await.unwrap_err();
    assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::Tls, "self-signed certificate"));
    let trusting = json!({"ssl": {"ca": fs::read_to_string(path("cert.pem")).unwrap()}});
    for ssl in [trusting, json!({"ssl": {"rejectUnauthorized": false}})] {
        let client = connect(&run, parameters(server.port, ssl)).await.unwrap();
        let sets = ask(&run, client, "SHOW STATUS LIKE 'Ssl_cipher'", &[], Protocol::Simple).await.unwrap();
        assert!(text(&sets[0].rows[0][1]).starts_with("TLS_"), "{:?}", sets[0].rows);
    }
    let mut strict = json!({"ssl": {"verifyIdentity": true}});
    strict["ssl"]["ca"] = json!(fs::read_to_string(path("cert.pem")).unwrap());
    let fault = connect(&run, parameters(server.port, strict)).await.unwrap_err();
    assert!(fault.message.contains("does not match"), "{fault:?}");
    session.finish().await;
}

#[tokio::test]
async fn the_policy_is_asked_before_anything_is_opened() {
    let server = MariaDb::start();
    let mut scripts = Scripts::of("mysql");
    scripts.configuration = vec![("PORT".to_owned(), server.port.to_string())];
    let text = "function script(callback) {
      const db = require('mysql2').createConnection({ host: '127.0.0.1', port: configuration.PORT, user: 'x' });
      db.query('SELECT 1', (error) => callback(null, [error.code, error.message]));
    }";
    let connections = || {
        let line = server.sql("SHOW GLOBAL STATUS LIKE 'Connections'");
        line.split('\t').next_back().and_then(|count| count.parse::<u32>().ok()).expect("a number")
    };
    let before = connections();
    let (record, _) = scripts.alone_text(Writes::RolledBack, text).await;
    let answer = result(&record);
    assert_eq!(answer[0], "ERR_SLUICE_POLICY", "{answer}");
    assert_eq!(connections(), before + 1, "only the question itself connected");
}
