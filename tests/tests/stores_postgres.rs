//! PostgreSQL: templates, driver and safe try against a real server.

use acceptance::{
    servers::postgres::{self, Postgres},
    stores::{Scripts, error, result},
};
use contract::{Effect, Ending, TraceKind};
use legacy::Writes;
use sandbox::RunRecord;
use serde_json::{Value, json};

/// A server with the templates' schema, two users, and the templates configured for it.
fn store() -> (Postgres, Scripts) {
    let server = Postgres::start();
    let scripts = scripts_for(&server);
    reset(&server, &scripts);
    (server, scripts)
}

fn scripts_for(server: &Postgres) -> Scripts {
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = vec![format!("127.0.0.1:{}", server.port).parse().expect("host and port")];
    let port = server.port.to_string();
    let configuration = [
        ("PG_HOST", "127.0.0.1"),
        ("PG_PORT", &port),
        ("PG_DATABASE", postgres::DATABASE),
        ("PG_USER", postgres::USER),
        ("PG_PASSWORD", postgres::PASSWORD),
    ];
    scripts.configuration = configuration.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    scripts
}

/// Ada's password is `Lovelace-1815`; Grace's, in PHP's `$2y$`, is `Hopper-1906`.
fn reset(server: &Postgres, scripts: &Scripts) {
    server.reset(&scripts.text("schema.sql"));
    server.sql(
        "INSERT INTO users (email, email_verified, username, given_name, password) VALUES
           ('ada@example.com', true, 'ada', 'Ada', '$2b$04$q6evBwsOhoqgeL/dU42iz.zfFkLAk1nDDNoHVaS42d2g7qtcok95W'),
           ('Grace@Example.com', false, NULL, 'Grace', '$2y$04$2cx2/1S.rmXsajMlyTMCtugJhARLZo2wjU3P/WQG/h/PO9UGmM4E2')",
    );
}

fn script(body: &str) -> String {
    format!(
        "async function script(callback) {{
           const {{ Client, Pool }} = require('pg');
           const settings = {{ host: configuration.PG_HOST, port: configuration.PG_PORT, user: configuration.PG_USER,
             password: configuration.PG_PASSWORD, database: configuration.PG_DATABASE }};
           {body}
         }}"
    )
}

/// A body with an open client, which ends by calling back with `answer`.
fn with_client(body: &str) -> String {
    script(&format!(
        "const client = new Client(settings);
         await client.connect();
         let answer = null;
         {body}
         await client.end();
         callback(null, answer);"
    ))
}

fn effects(record: &RunRecord) -> Vec<Effect> {
    record.trace.iter().filter_map(|entry| entry.statement.as_ref()).map(|statement| statement.effect).collect()
}

fn changes_nothing(server: &Postgres, before: &str, what: &str) {
    assert_eq!(server.dump(), before, "{what} changed the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_answer_as_the_contract_says() {
    let (server, scripts) = store();
    let before = server.dump();
    let ada = json!({
        "user_id": "1", "email": "ada@example.com", "email_verified": true, "username": "ada", "given_name": "Ada",
    });
    let session = scripts.session(Writes::RolledBack);

    // Any case of the address, and the username, find the same user (contract §14.3 T15).
    for identifier in ["ada@example.com", "ADA@Example.COM", "Ada"] {
        let record = scripts.run(&session, "login.js", &[json!(identifier), json!("Lovelace-1815")]).await;
        assert_eq!(result(&record), ada, "{identifier}");
    }
    let record = scripts.run(&session, "login.js", &[json!("grace@example.com"), json!("Hopper-1906")]).await;
    assert_eq!(result(&record)["email_verified"], json!(false));

    let record = scripts.run(&session, "login.js", &[json!("ada@example.com"), json!("wrong")]).await;
    assert_eq!(error(&record).class, "WrongUsernameOrPasswordError");
    assert!(error(&record).user_id.is_some());
    let record = scripts.run(&session, "login.js", &[json!("nobody@example.com"), json!("x")]).await;
    assert_eq!((error(&record).class.as_str(), &error(&record).user_id), ("WrongUsernameOrPasswordError", &None));

    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("ada@example.com")]).await), ada);
    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("nobody@example.com")]).await), Value::Null);
    assert_eq!(result(&scripts.run(&session, "count_users.js", &[]).await), json!(2));
    let page = result(&scripts.run(&session, "list_users.js", &[Value::Null, json!(1)]).await);
    assert_eq!(page[0]["user_id"], json!("1"));
    let page = result(&scripts.run(&session, "list_users.js", &[json!("1"), json!(10)]).await);
    assert_eq!(page, json!([{"user_id": "2", "email": "Grace@Example.com", "email_verified": false}]));
    assert_eq!(session.finish().await.rolled_back, 0);
    changes_nothing(&server, &before, "reading");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_sees_its_own_writes_and_leaves_none() {
    let (server, scripts) = store();
    let before = server.dump();
    let session = scripts.session(Writes::RolledBack);
    let user = json!({"email": "New@Example.com", "password": "Secret-2024", "username": "newbie", "tenant": "t"});

    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("new@example.com")]).await), Value::Null);
    let record = scripts.run(&session, "create.js", std::slice::from_ref(&user)).await;
    assert_eq!(result(&record), Value::Null);
    assert_eq!(effects(&record), [Effect::RolledBack]);
    let record = scripts.run(&session, "login.js", &[json!("new@example.com"), json!("Secret-2024")]).await;
    assert_eq!(result(&record)["email_verified"], json!(false));
    let id = result(&record)["user_id"].clone();

    let record = scripts.run(&session, "create.js", std::slice::from_ref(&user)).await;
    assert_eq!(error(&record).class, "ValidationError");
    assert_eq!(error(&record).code.as_deref(), Some("user_exists"));
    assert_eq!(result(&scripts.run(&session, "verify.js", &[json!("NEW@example.com")]).await), json!(true));
    assert_eq!(result(&scripts.run(&session, "verify.js", &[json!("nobody@example.com")]).await), json!(false));
    let change = [json!("new@example.com"), json!("Other-2025")];
    assert_eq!(result(&scripts.run(&session, "change_password.js", &change).await), json!(true));
    let change = [json!("new@example.com"), json!("Newer@Example.com"), json!(false)];
    assert_eq!(result(&scripts.run(&session, "change_email.js", &change).await), json!(true));
    let taken = [json!("newer@example.com"), json!("ada@example.com"), json!(true)];
    assert_eq!(error(&scripts.run(&session, "change_email.js", &taken).await).class, "ValidationError");
    let record = scripts.run(&session, "login.js", &[json!("newer@example.com"), json!("Other-2025")]).await;
    assert_eq!(result(&record)["user_id"], id);
    assert_eq!(result(&scripts.run(&session, "delete.js", &[id]).await), Value::Null);
    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("newer@example.com")]).await), Value::Null);

    let finish = session.finish().await;
    assert!(finish.rolled_back >= 5, "{finish:?}");
    changes_nothing(&server, &before, "the flow");
    // A sequence does not take part in transactions, and that is said.
    assert!(finish.survives.iter().any(|line| line.contains("users_id_seq")), "{:?}", finish.survives);
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_changes_exactly_what_it_should() {
    let (server, scripts) = store();
    let user = json!({"email": "new@example.com", "password": "Secret-2024"});
    let (record, finish) = scripts.alone(Writes::Committed, "create.js", &[user]).await;
    assert_eq!(result(&record), Value::Null);
    assert_eq!(effects(&record), [Effect::Committed]);
    assert_eq!((finish.rolled_back, finish.survives.len()), (0, 0));
    assert_eq!(
        server.sql("select id, email, email_verified from users order by id desc limit 1"),
        "3|new@example.com|f"
    );
    let (record, _) = scripts.alone(Writes::Committed, "verify.js", &[json!("new@example.com")]).await;
    assert_eq!(result(&record), json!(true));
    assert_eq!(server.sql("select string_agg(email_verified::text, ',' order by id) from users"), "true,false,true");
    let (record, _) = scripts.alone(Writes::Committed, "delete.js", &[json!("3")]).await;
    assert_eq!(result(&record), Value::Null);
    assert_eq!(server.sql("select count(*) from users"), "2");
}

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
async fn failures_to_connect_are_clear_and_tried_once() {
    let (server, mut scripts) = store();
    let right = scripts.configuration.clone();
    let set = |scripts: &mut Scripts, name: &str, value: &str| {
        scripts.configuration = right.clone();
        scripts.configuration.retain(|(key, _)| key != name);
        scripts.configuration.push((name.to_owned(), value.to_owned()));
    };
    let login = [json!("ada"), json!("x")];

    set(&mut scripts, "PG_PASSWORD", "wrong");
    let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &login).await;
    assert_eq!(error(&record).code.as_deref(), Some("28P01"));
    assert_eq!(error(&record).message, "password authentication failed for user \"app\"");
    assert_eq!(error(&record).fields["severity"], json!("FATAL"));
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }));
    let connects = record.trace.iter().filter(|entry| entry.kind == TraceKind::Connect);
    assert_eq!(connects.map(|entry| entry.error.is_some()).collect::<Vec<_>>(), [true]);
    assert_eq!(server.log().matches("password authentication failed").count(), 1);

    set(&mut scripts, "PG_DATABASE", "nowhere");
    let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &login).await;
    assert_eq!(error(&record).code.as_deref(), Some("3D000"));

    let free = acceptance::servers::free_port();
    set(&mut scripts, "PG_PORT", &free.to_string());
    scripts.allowed.push(format!("127.0.0.1:{free}").parse().unwrap());
    let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &login).await;
    assert_eq!(error(&record).message, format!("connect ECONNREFUSED 127.0.0.1:{free}"));
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }));

    scripts.allowed.clear();
    let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &login).await;
    assert!(matches!(record.ending, Ending::CalledBack { blocked: true, .. }), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_dies_and_a_run_that_is_cut_leave_nothing() {
    let (server, mut scripts) = store();
    let before = server.dump();
    let text = with_client(
        "client.on('error', (e) => { answer = [...(answer || []), e.message]; });
         await client.query('DELETE FROM users');
         await client.query('SELECT pg_sleep(20)').catch((e) => { answer = [e.code]; });
         await client.query('SELECT 1').catch((e) => { answer.push(e.message); });",
    );
    let session = scripts.session(Writes::RolledBack);
    let (record, ()) = tokio::join!(scripts.run_text(&session, "script.js", &text, &[]), async {
        let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like 'SELECT pg_sleep%'";
        while tokio::task::block_in_place(|| server.admin(kill)) == "0" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    let expected = ["57P01", "Connection terminated unexpectedly", "Connection terminated unexpectedly"];
    assert_eq!(result(&record), json!(expected));
    session.finish().await;
    changes_nothing(&server, &before, "a killed session");

    // The clock cuts a statement: its session ends with it, and so does the statement on the server.
    scripts.limits.wall_ms = 700;
    let text = with_client("await client.query('DELETE FROM users'); await client.query('SELECT pg_sleep(20)');");
    let (record, _) = scripts.alone_text(Writes::Committed, &text.replace("'DELETE FROM users'", "'SELECT 1'")).await;
    assert!(matches!(record.ending, Ending::TimedOut { .. }), "{:?}", record.ending);
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert!(matches!(record.ending, Ending::TimedOut { .. }), "{:?}", record.ending);
    changes_nothing(&server, &before, "a run cut off");
    let running = "select count(*) from pg_stat_activity where query like 'SELECT pg_sleep%' and state = 'active'";
    for round in 0.. {
        if server.admin(running) == "0" {
            break;
        }
        assert!(round < 100, "a statement still runs on the server");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_bytes_are_limited() {
    let (_server, mut scripts) = store();
    scripts.limits.query_rows = 100;
    scripts.limits.query_bytes = 2 << 20;
    let text = with_client(
        "answer = [(await client.query('SELECT generate_series(1, 100)')).rowCount];
         await client.query('SELECT generate_series(1, 100000000)').catch((e) => { answer.push(e.message); });",
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record)[0], json!(100));
    assert!(result(&record)[1].as_str().unwrap().contains("100 rows"), "{:?}", result(&record));
    for sql in ["SELECT repeat('x', 60000000)", "SELECT repeat('x', 50000) FROM generate_series(1, 99)"] {
        let body = format!("await client.query({}).catch((e) => {{ answer = e.message; }});", json!(sql));
        let (record, _) = scripts.alone_text(Writes::RolledBack, &with_client(&body)).await;
        assert!(result(&record).as_str().unwrap().contains("bytes"), "{sql}: {:?}", result(&record));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_verified_unless_the_script_says_otherwise() {
    let server = Postgres::start_with_tls();
    let mut scripts = scripts_for(&server);
    scripts.allowed.push(format!("localhost:{}", server.port).parse().unwrap());
    scripts.configuration.push(("CA".to_owned(), server.certificate()));
    let connect = |host: &str, ssl: &str| {
        script(&format!(
            "const client = new Client({{ ...settings, host: '{host}', ssl: {ssl} }});
             client.on('error', () => {{}});
             try {{
               await client.connect();
               const sql = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
               const {{ rows }} = await client.query(sql);
               await client.end();
               callback(null, rows[0].ssl);
             }} catch (error) {{
               callback(null, error.code, error.message);
             }}"
        ))
    };
    for (host, ssl, expected) in [
        ("localhost", "{ ca: configuration.CA }", json!(true)),
        ("localhost", "true", json!("DEPTH_ZERO_SELF_SIGNED_CERT")),
        ("127.0.0.1", "{ ca: configuration.CA }", json!("ERR_TLS_CERT_ALTNAME_INVALID")),
        ("127.0.0.1", "{ rejectUnauthorized: false }", json!(true)),
        ("127.0.0.1", "false", json!(false)),
    ] {
        let (record, _) = scripts.alone_text(Writes::RolledBack, &connect(host, ssl)).await;
        assert_eq!(result(&record), expected, "{host} {ssl}: {:?}", record.ending);
        let warned = record.warnings.iter().any(|warning| warning.rule == "tls_not_verified");
        assert_eq!(warned, ssl.contains("rejectUnauthorized"), "{host} {ssl}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_forms_of_the_module_work() {
    let (_server, scripts) = store();
    // pg before 7: `pg.connect`, and the module as a function (official templates, contract §14.3 T6).
    let text = |opening: &str| {
        format!(
            "function getByEmail(callback) {{
               const settings = 'postgres://' + configuration.PG_USER + ':' + configuration.PG_PASSWORD + '@' + configuration.PG_HOST
                 + ':' + configuration.PG_PORT + '/' + configuration.PG_DATABASE;
               {opening}(settings, function (err, client, done) {{
                 if (err) return callback(err);
                 client.query('SELECT email FROM users WHERE email = $1', ['ada@example.com'], function (err, result) {{
                   done();
                   if (err) return callback(err);
                   callback(null, result.rows[0]);
                 }});
               }});
             }}"
        )
    };
    for opening in ["require('pg').connect", "require('pg')", "require('pg@7.17.1').connect", "postgres"] {
        let (record, _) = scripts.alone_text(Writes::RolledBack, &text(opening)).await;
        assert_eq!(result(&record), json!({"email": "ada@example.com"}), "{opening}");
        assert!(record.duration_ms < 5_000.0, "an idle pool kept the run alive");
    }
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
