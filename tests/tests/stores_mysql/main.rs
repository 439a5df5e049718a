//! MySQL and MariaDB: templates, driver and safe try against a real server.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod cannot_run;
mod told;

use std::io::{Read as _, Write as _};

use acceptance::{
    servers::mariadb::{self, MariaDb},
    stores::{Scripts, error, result},
};
use contract::{Action, Effect, Outcome, TraceKind};
use legacy::Writes;
use sandbox::RunRecord;
use serde_json::{Value, json};

/// A server with the templates' schema, three users, and the templates configured for it. Ada's and Grace's password is
/// `correct horse`, Grace's in PHP's `$2y$`.
fn store() -> (MariaDb, Scripts) {
    let server = MariaDb::start();
    let scripts = scripts_for(&server, mariadb::USER, mariadb::PASSWORD);
    reset(&server, &scripts);
    (server, scripts)
}

fn scripts_for(server: &MariaDb, user: &str, password: &str) -> Scripts {
    let mut scripts = Scripts::of("mysql");
    scripts.allowed = vec![format!("127.0.0.1:{}", server.port).parse().unwrap()];
    let port = server.port.to_string();
    let configuration = [
        ("MYSQL_HOST", "127.0.0.1"),
        ("MYSQL_PORT", &port),
        ("MYSQL_DATABASE", mariadb::DATABASE),
        ("MYSQL_USER", user),
        ("MYSQL_PASSWORD", password),
    ];
    scripts.configuration = configuration.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    scripts
}

fn reset(server: &MariaDb, scripts: &Scripts) {
    server.reset(&scripts.text("schema.sql"));
    server.sql(
        "INSERT INTO users (id, email, email_verified, username, given_name, password) VALUES
           (7, 'ada@example.com', 1, 'Ada', 'Ada', '$2b$04$VytuxANJpzzxaTVK7l5Q6utWupfacKmvtccO7knapf7.GzhVk13X2'),
           (8, 'Grace@Example.com', 0, NULL, 'Grace', '$2y$04$VytuxANJpzzxaTVK7l5Q6utWupfacKmvtccO7knapf7.GzhVk13X2'),
           (9, 'zoe@example.com', 0, NULL, NULL, '-')",
    );
}

/// A script with an open connection `db` and its promise form `query`.
fn script(body: &str) -> String {
    format!(
        "async function script(callback) {{
           const mysql = require('mysql');
           const {{ promisify }} = require('util');
           const settings = {{ host: configuration.MYSQL_HOST, port: configuration.MYSQL_PORT, user: configuration.MYSQL_USER,
             password: configuration.MYSQL_PASSWORD, database: configuration.MYSQL_DATABASE }};
           const db = mysql.createConnection(settings);
           const query = promisify(db.query).bind(db);
           {body}
         }}"
    )
}

fn outcome(action: Action, record: &RunRecord) -> Outcome {
    Outcome::of(action, &record.ending)
}

#[tokio::test]
async fn login_and_get_user() {
    let (_server, scripts) = store();
    let ada = json!({
        "user_id": "7", "email": "ada@example.com", "email_verified": true, "username": "Ada", "given_name": "Ada"
    });
    for (identifier, password) in [("ADA@example.com", "correct horse"), ("ada", "correct horse")] {
        let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &[json!(identifier), json!(password)]).await;
        assert_eq!(result(&record), ada);
        assert!(record.warnings.is_empty(), "{:?}", record.warnings);
    }
    let grace = json!({
        "user_id": "8", "email": "Grace@Example.com", "email_verified": false, "given_name": "Grace"
    });
    let right = [json!("grace@example.com"), json!("correct horse")];
    assert_eq!(result(&scripts.alone(Writes::RolledBack, "login.js", &right).await.0), grace);
    for (identifier, password, expected, user_id) in [
        ("ada@example.com", "wrong", Outcome::WrongPassword, Some("ada@example.com")),
        ("nobody@example.com", "correct horse", Outcome::UnknownUser, None),
        ("zoe@example.com", "-", Outcome::WrongPassword, Some("zoe@example.com")),
        ("' OR 1=1 -- ", "correct horse", Outcome::UnknownUser, None),
    ] {
        let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &[json!(identifier), json!(password)]).await;
        assert_eq!(outcome(Action::Login, &record), expected, "{identifier}");
        assert_eq!(error(&record).user_id.as_deref(), user_id);
    }
    let found = scripts.alone(Writes::RolledBack, "get_user.js", &[json!("Ada@Example.Com")]).await.0;
    assert_eq!(result(&found), ada, "get_user and login say the same");
    let nobody = scripts.alone(Writes::RolledBack, "get_user.js", &[json!("nobody@example.com")]).await.0;
    assert_eq!(outcome(Action::GetUser, &nobody), Outcome::NotFound);
}

#[tokio::test]
async fn writing_templates_change_exactly_what_they_should() {
    let (server, scripts) = store();
    let user = json!({
        "email": "New@Example.com", "password": "s3cret", "username": "newbie", "client_id": "x", "tenant": "t", "connection": "c",
        "user_metadata": {"a": 1}
    });
    let row = |id: &str| server.sql(&format!("SELECT email, email_verified, username FROM users WHERE {id}"));
    let run = |file: &'static str, arguments: Vec<Value>| {
        let scripts = &scripts;
        async move { scripts.alone(Writes::Committed, file, &arguments).await.0 }
    };

    let created = run("create.js", vec![user.clone()]).await;
    assert_eq!(outcome(Action::Create, &created), Outcome::Success, "{:?}", created.ending);
    assert_eq!(row("username = 'newbie'"), "new@example.com\t0\tnewbie");
    let again = run("create.js", vec![user]).await;
    assert_eq!(outcome(Action::Create, &again), Outcome::Refused);
    assert_eq!(error(&again).code.as_deref(), Some("user_exists"));
    let login = run("login.js", vec![json!("new@example.com"), json!("s3cret")]).await;
    assert_eq!(outcome(Action::Login, &login), Outcome::Success);

    assert_eq!(result(&run("verify.js", vec![json!("GRACE@example.com")]).await), json!(true));
    assert_eq!(
        result(&run("verify.js", vec![json!("GRACE@example.com")]).await),
        json!(true),
        "found, though not changed"
    );
    assert_eq!(result(&run("verify.js", vec![json!("nobody@example.com")]).await), json!(false));
    assert_eq!(row("id = 8"), "Grace@Example.com\t1\tNULL");

    let changed = run("change_password.js", vec![json!("ada@example.com"), json!("n3w")]).await;
    assert_eq!(result(&changed), json!(true));
    let old = run("login.js", vec![json!("ada"), json!("correct horse")]).await;
    assert_eq!(outcome(Action::Login, &old), Outcome::WrongPassword);
    assert_eq!(outcome(Action::Login, &run("login.js", vec![json!("ada"), json!("n3w")]).await), Outcome::Success);

    let moved =
        run("change_email.js", vec![json!("ada@example.com"), json!("Countess@example.com"), json!(false)]).await;
    assert_eq!(result(&moved), json!(true));
    assert_eq!(row("id = 7"), "countess@example.com\t0\tAda");
    let taken =
        run("change_email.js", vec![json!("countess@example.com"), json!("zoe@example.com"), json!(true)]).await;
    assert_eq!(error(&taken).code.as_deref(), Some("user_exists"));

    assert_eq!(outcome(Action::Delete, &run("delete.js", vec![json!("9")]).await), Outcome::Success);
    assert_eq!(outcome(Action::Delete, &run("delete.js", vec![json!("9 OR 1=1")]).await), Outcome::ScriptError);
    assert_eq!(server.sql("SELECT GROUP_CONCAT(id ORDER BY id) FROM users WHERE id < 10"), "7,8");
}

#[tokio::test]
async fn counting_and_listing() {
    let (_server, scripts) = store();
    assert_eq!(result(&scripts.alone(Writes::ReadOnly, "count_users.js", &[]).await.0), json!(3));
    let page = |after: Value| {
        let scripts = &scripts;
        async move { result(&scripts.alone(Writes::ReadOnly, "list_users.js", &[after, json!(2)]).await.0) }
    };
    let first = page(Value::Null).await;
    assert_eq!(
        first[0],
        json!({"user_id": "7", "email": "ada@example.com", "email_verified": true, "username": "Ada"})
    );
    let last = page(first[1]["user_id"].clone()).await;
    assert_eq!(last, json!([{"user_id": "9", "email": "zoe@example.com", "email_verified": false}]));
}

#[tokio::test]
async fn a_safe_try_leaves_the_database_as_it_was() {
    let (server, scripts) = store();
    let before = server.dump();
    let user = json!({"email": "new@example.com", "password": "s3cret"});
    for (file, arguments) in [
        ("create.js", vec![user]),
        ("verify.js", vec![json!("grace@example.com")]),
        ("change_password.js", vec![json!("ada@example.com"), json!("n3w")]),
        ("change_email.js", vec![json!("ada@example.com"), json!("a@example.com"), json!(true)]),
        ("delete.js", vec![json!("7")]),
    ] {
        let (record, finish) = scripts.alone(Writes::RolledBack, file, &arguments).await;
        assert_ne!(result(&record), json!(false), "{file}");
        assert_eq!(finish.rolled_back, 1, "{file}");
        assert_eq!(server.dump(), before, "{file}");
        let effects: Vec<_> = record.trace.iter().filter_map(|entry| Some(entry.statement.as_ref()?.effect)).collect();
        assert_eq!(effects, [Effect::RolledBack], "{file}");
        if file == "create.js" {
            assert_eq!(finish.survives, ["auto-increment of users advanced from 10 to 11"]);
        }
    }
}

#[tokio::test]
async fn a_flow_sees_its_own_writes_and_undoes_them() {
    let (server, scripts) = store();
    let before = server.dump();
    let session = scripts.session(Writes::RolledBack);
    let email = json!("flow@example.com");
    let nobody = scripts.run(&session, "get_user.js", std::slice::from_ref(&email)).await;
    assert_eq!(outcome(Action::GetUser, &nobody), Outcome::NotFound);
    let user = json!({"email": email, "password": "s3cret"});
    result(&scripts.run(&session, "create.js", &[user]).await);
    let login = scripts.run(&session, "login.js", &[email.clone(), json!("s3cret")]).await;
    assert_eq!(result(&login)["email"], email);
    assert_eq!(result(&scripts.run(&session, "count_users.js", &[]).await), json!(4));
    assert_eq!(session.finish().await.rolled_back, 1);
    assert_eq!(server.dump(), before);
}

#[tokio::test]
async fn a_caught_error_own_transactions_and_two_clients() {
    let (server, scripts) = store();
    let before = server.dump();
    let text = script(
        "const other = mysql.createConnection(settings);
         const ask = promisify(other.query).bind(other);
         const insert = 'INSERT INTO users (email, password) VALUES (?, ?)';
         await query(insert, ['one@example.com', '-']);
         const duplicate = await query(insert, ['ada@example.com', '-']).catch((error) => error.code);
         const begun = await promisify(db.beginTransaction).call(db);
         await query(insert, ['two@example.com', '-']);
         await promisify(db.rollback).call(db);
         await query('START TRANSACTION');
         await query(insert, ['three@example.com', '-']);
         await query('SAVEPOINT mine');
         await query(insert, ['four@example.com', '-']);
         await query('ROLLBACK TO mine');
         await query('COMMIT');
         await query('SET autocommit = 0');
         await query(insert, ['five@example.com', '-']);
         await query('ROLLBACK');
         const seen = await ask('SELECT email FROM users WHERE id > 9 ORDER BY id');
         const update = await ask('UPDATE users SET username = ? WHERE email = ?', ['two', 'one@example.com']);
         db.end(); other.end();
         callback(null, { duplicate, seen: seen.map((row) => row.email), status: [begun.serverStatus, update.serverStatus] });",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    let expected =
        json!({"duplicate": "ER_DUP_ENTRY", "seen": ["one@example.com", "three@example.com"], "status": [3, 2]});
    assert_eq!(result(&record), expected);
    assert_eq!(finish.rolled_back, 3);
    assert_eq!(server.dump(), before);

    let (record, _) = scripts.alone_text(Writes::Committed, &text).await;
    assert_eq!(result(&record), expected, "with commit the script hears the same");
    assert_eq!(
        server.sql("SELECT GROUP_CONCAT(email ORDER BY id) FROM users WHERE id > 9"),
        "one@example.com,three@example.com"
    );
}

#[tokio::test]
async fn what_no_rollback_undoes_is_refused_by_name() {
    let (server, scripts) = store();
    server.sql(
        "CREATE TABLE old_log (id INT) ENGINE=MyISAM; CREATE TABLE in_memory (id INT) ENGINE=MEMORY;
         CREATE TABLE aria (id INT) ENGINE=Aria;
         CREATE TRIGGER watch AFTER DELETE ON users FOR EACH ROW INSERT INTO old_log VALUES (OLD.id);
         CREATE PROCEDURE p() INSERT INTO users (email, password) VALUES ('p', '-');",
    );
    let before = server.dump();
    for (sql, reason) in [
        ("INSERT INTO old_log VALUES (1)", "old_log has the engine MyISAM"),
        ("REPLACE INTO `In_Memory` VALUES (1)", "in_memory has the engine MEMORY"),
        ("INSERT INTO app.aria SELECT 1", "aria has the engine Aria"),
        ("DELETE FROM users", "users leads to it: table old_log"),
        ("CREATE TABLE t (id INT)", "CREATE commits implicitly"),
        ("/* harmless */ ALTER TABLE users ADD x INT", "ALTER commits implicitly"),
        ("TRUNCATE users", "TRUNCATE commits implicitly"),
        ("/*!50000 DROP TABLE users */", "DROP commits implicitly"),
        ("LOCK TABLES users WRITE", "LOCK commits implicitly"),
        ("GRANT ALL ON *.* TO app_user", "GRANT commits implicitly"),
        ("CALL p()", "a stored procedure can commit"),
        ("SET STATEMENT max_statement_time = 60 FOR CALL p()", "a stored procedure can commit"),
        ("SET STATEMENT max_statement_time = 60 FOR TRUNCATE users", "TRUNCATE commits implicitly"),
        ("CREATE TEMPORARY SEQUENCE numbers", "CREATE commits implicitly"),
        ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE users", "LOAD reads a file"),
        ("SELECT * FROM users INTO OUTFILE '/tmp/x'", "INTO OUTFILE writes a file"),
        ("SET GLOBAL max_connections = 1", "the whole server"),
        ("PREPARE s FROM 'DROP TABLE users'", "PREPARE"),
    ] {
        let text = script(&format!("query({}).then((rows) => callback(null, rows), callback);", json!(sql)));
        let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
        let refused = error(&record);
        assert!(refused.message.contains(reason), "{sql}: {refused:?}");
        assert_eq!(refused.code.as_deref(), Some("ERR_SLUICE_REFUSED"), "{sql}");
        assert_eq!(outcome(Action::Login, &record), Outcome::BlockedByPolicy, "{sql}");
        assert!(record.trace.iter().any(|entry| entry.kind == TraceKind::Blocked), "{sql}");
        assert_eq!(finish.rolled_back, 0);
    }
    assert_eq!(server.dump(), before);
}

/// Passes bytes to and from a server on this port, with `from` in the client's replaced by `to`, which is as long.
fn rewording(server: u16, from: &'static str, to: &'static str) -> u16 {
    assert_eq!(from.len(), to.len());
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, mut upstream) =
                (client.unwrap(), std::net::TcpStream::connect(("127.0.0.1", server)).unwrap());
            let (mut answers, mut back) = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut answers, &mut back);
                let _ = back.shutdown(std::net::Shutdown::Both);
            });
            std::thread::spawn(move || {
                let mut bytes = vec![0; 64 << 10];
                while let Ok(read @ 1..) = client.read(&mut bytes) {
                    let place = bytes[..read].windows(from.len()).position(|window| window == from.as_bytes());
                    if let Some(place) = place {
                        bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
                    }
                    if upstream.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
                let _ = upstream.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    port
}

/// A statement whose words do not betray that it commits: what stood before it says that it stays, what comes after is undone.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_commits_unforeseen_stays_and_is_told_so() {
    let (server, mut scripts) = store();
    server.sql(
        "DELIMITER $$\nCREATE PROCEDURE commits()
         BEGIN UPDATE users SET given_name = 'by procedure' WHERE id = 8; COMMIT; END $$\nDELIMITER ;",
    );
    let port = rewording(server.port, "DELETE FROM users WHERE 1 = 0", "CALL commits()               ");
    scripts.allowed = vec![format!("127.0.0.1:{port}").parse().unwrap()];
    for (name, value) in &mut scripts.configuration {
        if name == "MYSQL_PORT" {
            *value = port.to_string();
        }
    }
    let text = script(
        "await query('START TRANSACTION');
         await query(\"UPDATE users SET given_name = 'undone' WHERE id = 9\");
         await query('ROLLBACK');
         await query(\"UPDATE users SET given_name = 'before' WHERE id = 7\");
         await query('DELETE FROM users WHERE 1 = 0');
         await query(\"UPDATE users SET given_name = 'after'\");
         const rows = await query('SELECT DISTINCT given_name FROM users');
         db.end();
         callback(null, rows.map((row) => row.given_name));",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record), json!(["after"]), "{:#?}", record.trace);
    let stays = server.sql("SELECT id, given_name FROM users ORDER BY id");
    assert_eq!(stays, "7\tbefore\n8\tby procedure\n9\tNULL");
    assert_eq!(finish.rolled_back, 1);
    assert_eq!(finish.survives[0], "2 writes stay: the server committed in between");
    let writes = record.trace.iter().filter(|entry| {
        entry
            .statement
            .as_ref()
            .is_some_and(|statement| statement.sql.starts_with("UPDATE") || statement.sql.starts_with("DELETE"))
    });
    let told: Vec<(Effect, &str)> =
        writes.map(|entry| (entry.statement.as_ref().unwrap().effect, entry.label.as_str())).collect();
    let expected = [
        (Effect::RolledBack, "mysql UPDATE"),
        (Effect::Committed, "mysql UPDATE · kept: committed by a statement after it"),
        (Effect::Committed, "mysql DELETE · COMMITTED by itself: neither this nor what came before is undone"),
        (Effect::RolledBack, "mysql UPDATE"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_read_only_connection_reads_and_never_writes() {
    let (server, scripts) = store();
    // What the words of a statement do not show, the server's own read-only mode stops.
    server.sql(
        "DELIMITER $$\nCREATE FUNCTION sneaky() RETURNS INT MODIFIES SQL DATA
         BEGIN UPDATE users SET username = 'x' WHERE id = 9; RETURN 1; END $$\nDELIMITER ;",
    );
    let before = server.dump();
    for sql in [
        "INSERT INTO users (email, password) VALUES ('x', '-')",
        "UPDATE users SET username = 'x'",
        "DELETE FROM users WHERE id = 7",
        "DROP TABLE users",
        "SET SESSION TRANSACTION READ WRITE",
        "SET GLOBAL read_only = 0",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "/*! DELETE FROM users */",
        "SELECT sneaky()",
        "WITH x AS (SELECT 7 AS id) DELETE FROM users USING users JOIN x ON x.id = users.id",
    ] {
        let text = script(&format!("query({}).then((rows) => callback(null, rows), callback);", json!(sql)));
        let (record, _) = scripts.alone_text(Writes::ReadOnly, &text).await;
        assert!(matches!(record.ending, contract::Ending::CalledBack { .. }), "{sql}: {:?}", record.ending);
        assert_eq!(server.dump(), before, "{sql}");
    }
    let reads = script(
        "callback(null, [(await query('SELECT id FROM users ORDER BY id')).length, (await query('SHOW TABLES')).length]);",
    );
    assert_eq!(result(&scripts.alone_text(Writes::ReadOnly, &reads).await.0), json!([3, 1]));
}

#[tokio::test]
async fn nothing_waits_for_a_destroyed_connection() {
    let (_server, scripts) = store();
    // npm `mysql`; the `destroy` of mysql2 says goodbye and waits for the server.
    let text = script(
        "db.query('SELECT SLEEP(60)', () => {});
         setTimeout(() => { db.destroy(); callback(null, 'done'); }, 200);",
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record), json!("done"));
    assert!(record.duration_ms < 10_000.0, "the statement kept the run alive");
    assert!(!record.warnings.iter().any(|warning| warning.rule == "work_after_callback"), "{:?}", record.warnings);
}
