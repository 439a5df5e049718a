//! Connecting, losing a session, limits, TLS, and the module's old forms.

use acceptance::servers::postgres::Postgres;
use acceptance::stores::{Scripts, error, result};
use contract::{Ending, TraceKind};
use legacy::Writes;
use serde_json::json;

use crate::{changes_nothing, script, scripts_for, store, with_client};

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
        let told = record.warnings.iter().any(|warning| warning.rule == "pg_before_7");
        assert_eq!(told, opening.ends_with(".connect"), "{opening}");
    }
}
