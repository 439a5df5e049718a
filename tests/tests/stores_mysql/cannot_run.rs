//! What a safe try makes of statements that cannot run, of those that write nothing, and of those it cannot tell.

use acceptance::stores::{error, result};
use contract::{Effect, TraceKind};
use legacy::Writes;
use serde_json::json;

use crate::{script, store};

/// What cannot run anyway is no refusal of ours: the script hears the server's own error, as it does with commit.
#[tokio::test]
async fn what_cannot_run_is_answered_by_the_server() {
    let (server, scripts) = store();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/mysql");
    server.reset(&std::fs::read_to_string(format!("{folder}/schema.sql")).unwrap());
    let before = server.dump();
    let case = std::fs::read_to_string(format!("{folder}/cannot_run.js")).unwrap();
    let (committed, _) = scripts.alone_text(Writes::Committed, &case).await;
    let (tried, finish) = scripts.alone_text(Writes::RolledBack, &case).await;
    assert_eq!(result(&tried), result(&committed));
    assert_eq!(finish.rolled_back, 2, "what the script wrote before and after lasts until the end");
    assert!(tried.trace.iter().all(|entry| entry.kind != TraceKind::Blocked), "{:#?}", tried.trace);
    assert_eq!(server.dump(), before);

    // By packets, and where the server itself lets nobody write.
    for (writes, sql) in [
        (Writes::RolledBack, "db.execute('selec ?', [1], done)"),
        (Writes::RolledBack, "db.execute('call nope(?)', [1], done)"),
        (Writes::ReadOnly, "db.query('selec 1', done)"),
        (Writes::ReadOnly, "db.query('call nope()', done)"),
    ] {
        let text = script(&format!(
            "db.destroy();
             {{
               const db = require('mysql2').createConnection(settings);
               const done = (error) => {{ db.end(); callback(null, error.errno); }};
               {sql};
             }}"
        ));
        let expected = if sql.contains("selec") { 1064 } else { 1305 };
        assert_eq!(result(&scripts.alone_text(writes, &text).await.0), json!(expected), "{writes:?} {sql}");
    }
}

/// The server is asked about nothing that it could run.
#[tokio::test]
async fn what_could_run_stays_refused() {
    let (server, scripts) = store();
    server.sql(
        "CREATE PROCEDURE here() INSERT INTO users (email, password) VALUES ('p', '-');
         CREATE PROCEDURE takes(IN a INT, IN b INT) INSERT INTO users (email, password) VALUES ('p', '-');
         CREATE DATABASE other; CREATE PROCEDURE other.far() INSERT INTO app.users (email, password) VALUES ('p', '-');
         GRANT EXECUTE ON PROCEDURE other.far TO app_user;",
    );
    let before = server.dump();
    for sql in [
        "CALL here()",
        "call HERE",
        "CALL app.`here`()",
        "CALL takes(1)",
        "CALL takes(1, 2)",
        "CALL other.far()",
        "CALL `no``pe`()",
        "CALL nope(?)",
        "/*!99999 selec */ CALL here()",
        "/*!99999 selec */ INSERT INTO users (email, password) VALUES ('p', '-')",
        "SELECT 1; selec 1",
        "CHECKSUM TABLE users",
        "HELP 'x'",
        "BEGIN NOT ATOMIC SELECT 1; END",
        "XA RECOVER",
    ] {
        let text = script(&format!("query({}).then((rows) => callback(null, rows), callback);", json!(sql)));
        let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
        let is_written = sql.starts_with("/*!99999 selec */ INSERT");
        if is_written {
            // The comment is nothing to this server: the INSERT is one, and is undone.
            assert_eq!(server.dump(), before, "{sql}");
            continue;
        }
        assert_eq!(error(&record).code.as_deref(), Some("ERR_SLUICE_REFUSED"), "{sql}");
        assert_eq!(server.dump(), before, "{sql}");
    }
}

/// Evaluating, steering and listening write nothing, and are not called reads where they are none.
#[tokio::test]
async fn what_writes_nothing_is_counted_as_no_write() {
    let (_server, scripts) = store();
    let text = script(
        "for (const sql of ['DO SLEEP(0)', 'DO 1 + 1, @a := 2', 'SET @b = 1', 'START TRANSACTION', 'COMMIT', 'DO nextval_like()']) {
           await query(sql).catch(() => {});
         }
         await query('START TRANSACTION');
         await query(\"UPDATE users SET given_name = 'X'\");
         await query('COMMIT');
         db.end();
         callback(null);",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(finish.rolled_back, 1);
    let told: Vec<_> = record.trace.iter().filter(|entry| entry.statement.is_some()).collect();
    let labels: Vec<(&str, Effect, Option<u32>)> = told
        .iter()
        .map(|entry| {
            (entry.label.as_str(), entry.statement.as_ref().unwrap().effect, entry.statement.as_ref().unwrap().rows)
        })
        .collect();
    assert_eq!(
        labels,
        [
            ("mysql DO", Effect::Read, Some(0)),
            ("mysql DO", Effect::Read, Some(0)),
            ("mysql SET", Effect::Read, None),
            ("mysql START", Effect::Read, None),
            ("mysql COMMIT", Effect::Read, None),
            ("mysql DO", Effect::Nothing, None),
            ("mysql START", Effect::Read, None),
            ("mysql UPDATE", Effect::RolledBack, Some(3)),
            ("mysql COMMIT · not committed: this is a safe try", Effect::Read, None),
        ]
    );
}
