//! Safe try and read-only connections: nothing a script does stays.

use acceptance::servers::postgres::{self, Postgres};
use acceptance::stores::result;
use contract::{Effect, Ending, TraceKind};
use legacy::Writes;
use sandbox::RunRecord;
use serde_json::json;

use crate::{changes_nothing, scripts_for, store, with_client};

/// Scripts of all kinds that write, and what they answer. Each must leave the database as it was.
const WRITERS: [(&str, &str, &str); 9] = [
    (
        "a caught unique violation",
        "await client.query(\"INSERT INTO users (email, password) VALUES ('ada@example.com', 'x')\").catch((e) => { answer = e.code; });
         await client.query(\"INSERT INTO users (email, password) VALUES ('other@example.com', 'x')\");
         answer += ' ' + (await client.query('SELECT count(*) FROM users')).rows[0].count;",
        "23505 3",
    ),
    (
        "its own BEGIN and COMMIT",
        "await client.query('BEGIN');
         await client.query(\"UPDATE users SET given_name = 'X'\");
         await client.query('COMMIT');
         answer = (await client.query(\"SELECT count(*) FROM users WHERE given_name = 'X'\")).rows[0].count;",
        "2",
    ),
    (
        "its own BEGIN and ROLLBACK",
        "await client.query('BEGIN');
         await client.query('DELETE FROM users');
         await client.query('ROLLBACK');
         answer = (await client.query('SELECT count(*) FROM users')).rows[0].count;",
        "2",
    ),
    (
        "BEGIN, an error and COMMIT",
        "await client.query('BEGIN');
         await client.query('DELETE FROM users');
         await client.query('SELECT * FROM nowhere').catch((e) => { answer = e.code; });
         await client.query('SELECT 1').catch((e) => { answer += ' ' + e.code; });
         answer += ' ' + (await client.query('COMMIT')).command;
         answer += ' ' + (await client.query('SELECT count(*) FROM users')).rows[0].count;",
        "42P01 25P02 ROLLBACK 2",
    ),
    (
        "statements and COMMIT in one text",
        "await client.query(\"BEGIN; UPDATE users SET given_name = 'X'; COMMIT; DELETE FROM users WHERE id = 2\");
         answer = (await client.query('SELECT count(*) FROM users')).rows[0].count;",
        "1",
    ),
    (
        "two clients",
        "const other = new Client(settings);
         await other.connect();
         await client.query(\"UPDATE users SET given_name = 'X' WHERE id = 1\");
         answer = (await other.query('SELECT given_name FROM users WHERE id = 1')).rows[0].given_name;
         await other.query('DELETE FROM users WHERE id = 2');
         await other.end();
         answer += (await client.query('SELECT count(*) FROM users')).rows[0].count;",
        "X1",
    ),
    (
        "definitions",
        "await client.query('CREATE TABLE extra (a int); INSERT INTO extra VALUES (1)');
         await client.query('ALTER TABLE users ADD COLUMN more text');
         await client.query('DROP TABLE extra');
         await client.query('TRUNCATE users');
         await client.query('DROP TABLE users');
         answer = (await client.query(\"SELECT count(*) FROM pg_tables WHERE tablename IN ('users', 'extra')\")).rows[0].count;",
        "0",
    ),
    (
        "writes hidden in a query, a function and a DO block",
        "await client.query(\"WITH gone AS (DELETE FROM users WHERE id = 1 RETURNING *) SELECT * FROM gone\");
         await client.query(\"CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM users; SELECT 1'\");
         await client.query('SELECT wipe()');
         await client.query(\"DO $$ BEGIN INSERT INTO users (email, password) VALUES ('do@example.com', 'x'); END $$\");
         answer = (await client.query('SELECT email FROM users')).rows[0].email;",
        "do@example.com",
    ),
    (
        "savepoints of its own",
        "await client.query('BEGIN');
         await client.query('SAVEPOINT a');
         await client.query('DELETE FROM users');
         await client.query('ROLLBACK TO a');
         await client.query('RELEASE SAVEPOINT a');
         await client.query('DELETE FROM users WHERE id = 1');
         await client.query('END');
         answer = (await client.query('SELECT count(*) FROM users')).rows[0].count;",
        "1",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn safe_try_leaves_the_database_as_it_was() {
    let (server, scripts) = store();
    let before = server.dump();
    for (what, body, answer) in WRITERS {
        let (record, finish) = scripts.alone_text(Writes::RolledBack, &with_client(body)).await;
        assert_eq!(result(&record), json!(answer), "{what}");
        assert!(record.trace.iter().any(|entry| entry.kind == TraceKind::Query), "{what}");
        changes_nothing(&server, &before, what);
        if what != "its own BEGIN and ROLLBACK" && what != "BEGIN, an error and COMMIT" {
            assert!(finish.rolled_back > 0, "{what}: {finish:?}");
        }
    }
}

/// Texts that try to end the outer transaction, with what a reader of SQL texts may take for something else.
const ESCAPES: [&str; 9] = [
    "COMMIT; DELETE FROM users; COMMIT",
    "ROLLBACK; DELETE FROM users; COMMIT AND CHAIN; COMMIT",
    "BEGIN; COMMIT; COMMIT; DELETE FROM users; END",
    "SELECT E'a'\n'b\\''; DELETE FROM users; COMMIT; --'",
    "SELECT 'a\\''; DELETE FROM users; COMMIT; --'",
    "/* /* */ COMMIT; */ DELETE FROM users; /**/ COMMIT",
    "SELECT $a$ $b$; COMMIT; $a$, U&'\\0041'; DELETE FROM users; COMMIT -- x",
    "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; COMMIT; END $$; CALL p()",
    "PREPARE x AS DELETE FROM users; EXECUTE x; COMMIT",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_text_ends_the_outer_transaction() {
    let (server, scripts) = store();
    let before = server.dump();
    for setting in ["on", "off"] {
        for sql in ESCAPES {
            let body = format!(
                "await client.query('SET standard_conforming_strings = {setting}').catch(() => {{}});
                 await client.query({sql}).catch(() => {{}});
                 await client.query({sql}).catch(() => {{}});
                 await client.query('DELETE FROM users').catch(() => {{}});
                 await client.query('COMMIT').catch(() => {{}});",
                sql = json!(sql)
            );
            scripts.alone_text(Writes::RolledBack, &with_client(&body)).await;
            changes_nothing(&server, &before, sql);
        }
    }
}

/// Statements that a rollback would not undo, or that reach out of the database.
const REFUSED: [&str; 12] = [
    "SELECT setval('users_id_seq', 900)",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "COPY users TO PROGRAM 'cat'",
    "COPY users FROM '/etc/passwd'",
    "VACUUM",
    "CREATE DATABASE other",
    "CREATE INDEX CONCURRENTLY extra ON users (name)",
    "PREPARE TRANSACTION 'x'",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "DO $$ BEGIN PERFORM pg_terminate_backend(1); END $$",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_undone_is_refused_before_it_runs() {
    let (server, scripts) = store();
    let before = server.dump();
    for sql in REFUSED {
        let body = format!("await client.query({}).catch((e) => {{ answer = e.code; }});", json!(sql));
        let (record, _) = scripts.alone_text(Writes::RolledBack, &with_client(&body)).await;
        assert_eq!(result(&record), json!("ERR_SLUICE_REFUSED"), "{sql}");
        assert!(matches!(record.ending, Ending::CalledBack { blocked: true, .. }), "{sql}");
        let entry = record.trace.iter().find(|entry| entry.kind == TraceKind::Blocked);
        let statement = entry.and_then(|entry| entry.statement.as_ref()).map(|statement| statement.effect);
        assert_eq!(statement, Some(Effect::Refused), "{sql}");
    }
    changes_nothing(&server, &before, "a refused statement");
}

/// Writes that a read-only connection must not let through; the last ones hide from any reader of SQL texts.
const READ_ONLY: [&str; 16] = [
    "INSERT INTO users (email, password) VALUES ('x', 'y')",
    "UPDATE users SET name = 'x'",
    "DELETE FROM users",
    "TRUNCATE users",
    "DROP TABLE users",
    "CREATE TABLE extra (a int)",
    "ALTER TABLE users ADD COLUMN x int",
    "WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone",
    "SELECT * INTO extra FROM users",
    "CREATE INDEX extra ON users (name)",
    "GRANT SELECT ON users TO PUBLIC",
    "COMMENT ON TABLE users IS 'x'",
    "SELECT nextval('users_id_seq')",
    "SELECT wipe()",
    "DO $$ BEGIN DELETE FROM users; END $$",
    "BEGIN READ WRITE; DELETE FROM users; COMMIT",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_connection_writes_nothing() {
    let (server, scripts) = store();
    server.sql("CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM users; SELECT 1'");
    let before = server.dump();
    let sequence = server.sql("select last_value from users_id_seq");
    for sql in READ_ONLY {
        let tries = format!(
            "for (const set of ['SET default_transaction_read_only = off', 'SET TRANSACTION READ WRITE', 'COMMIT']) {{
               await client.query(set).catch(() => {{}});
             }}
             await client.query({sql}).then(() => {{ answer = 'went through'; }}, (e) => {{ answer = e.code; }});
             answer += ' ' + (await client.query('SELECT count(*) FROM users')).rows[0].count;",
            sql = json!(sql)
        );
        let (record, _) = scripts.alone_text(Writes::ReadOnly, &with_client(&tries)).await;
        let answer = result(&record);
        assert!(answer == json!("ERR_SLUICE_REFUSED 2") || answer == json!("25006 2"), "{sql}: {answer}");
    }
    changes_nothing(&server, &before, "a read-only connection");
    assert_eq!(server.sql("select last_value from users_id_seq"), sequence);
    let (record, _) = scripts.alone(Writes::ReadOnly, "login.js", &[json!("ada"), json!("Lovelace-1815")]).await;
    assert_eq!(result(&record)["user_id"], json!("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_safe_try_answers_as_a_committed_run() {
    let server = Postgres::start();
    let mut scripts = scripts_for(&server);
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    scripts.configuration.push(("PG_URL".to_owned(), url));
    scripts.allowed.push("127.0.0.1:1".parse().unwrap());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/pg");
    let seed = std::fs::read_to_string(format!("{folder}/schema.sql")).unwrap();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "js"));
    files.sort();
    assert!(files.len() >= 20);
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        server.reset(&seed);
        let before = server.dump();
        let (tried, _) = scripts.alone_text(Writes::RolledBack, &text).await;
        changes_nothing(&server, &before, &name);
        server.reset(&seed);
        let (committed, _) = scripts.alone_text(Writes::Committed, &text).await;
        assert_eq!(told(&tried), told(&committed), "{name}");
        let lines = |record: &RunRecord| record.console.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        assert_eq!(lines(&tried), lines(&committed), "{name}");
    }
}

/// An ending as text, without what says where in the server's sources an error was raised: a safe try sends texts by
/// the extended protocol, and answers transaction control itself.
fn told(record: &RunRecord) -> String {
    let text = format!("{:#?}", record.ending);
    let kept = text.lines().filter(|line| {
        !["file", "line", "routine", "length"].iter().any(|field| line.contains(&format!("\"{field}\"")))
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wrote_nothing_is_no_write_and_rows_are_counted() {
    let (server, scripts) = store();
    let before = server.dump();
    let text = with_client(
        "await client.query(\"UPDATE users SET given_name = 'X' WHERE id = 999\");
         await client.query('DELETE FROM users WHERE id = $1', [999]);
         await client.query(\"INSERT INTO users (email, password) VALUES ('ada@example.com', 'x')\").catch((e) => { answer = e.code; });
         await client.query('COPY (SELECT id FROM users) TO STDOUT');
         await client.query(\"UPDATE users SET given_name = 'X' RETURNING id\");",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record), json!("23505"), "{:?}", record.ending);
    let nothing = Effect::Nothing;
    assert_eq!(crate::effects(&record), [nothing, nothing, nothing, Effect::Read, Effect::RolledBack]);
    assert_eq!(finish.rolled_back, 1);
    assert!(finish.observed[0].label.ends_with(" · 1 write undone (2 rows)"), "{:?}", finish.observed);
    changes_nothing(&server, &before, "writes of nothing");

    // The same where writes stay.
    let (record, _) = scripts
        .alone_text(Writes::Committed, &text.replace("given_name = 'X' RETURNING", "email = email RETURNING"))
        .await;
    let kept = Effect::Committed;
    assert_eq!(crate::effects(&record), [nothing, nothing, nothing, Effect::Read, kept], "{:?}", record.trace);
    changes_nothing(&server, &before, "writes of nothing that are kept");
}
