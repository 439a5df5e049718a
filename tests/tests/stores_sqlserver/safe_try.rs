//! Everything is undone, whoever wrote it and however it is asked to stay.

use acceptance::{
    servers::sqlserver::SqlServer,
    stores::{error, result},
};
use contract::{Effect, Ending, TraceKind};
use legacy::Writes;
use serde_json::{Value, json};

use crate::{effects, queries, script, scripts};

#[tokio::test(flavor = "multi_thread")]
async fn templates_work_in_one_flow_and_everything_is_undone() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let before = server.dump();
    let user = json!({"email": "New@Example.com", "password": "first-secret", "username": "new", "tenant": "t", "client_id": "c"});
    let session = scripts.session(Writes::RolledBack);
    let created = scripts.run(&session, "create.js", &[user]).await;
    assert!(
        matches!(created.ending, Ending::CalledBack { error: None, .. }),
        "{:?} {:#?}",
        created.ending,
        created.trace
    );
    assert_eq!(effects(&created), [Effect::RolledBack]);
    let email = json!("new@example.com");
    let found = result(&scripts.run(&session, "get_user.js", std::slice::from_ref(&email)).await);
    assert_eq!((&found["email"], &found["email_verified"]), (&email, &json!(false)));
    assert_eq!(result(&scripts.run(&session, "verify.js", std::slice::from_ref(&email)).await), json!(true));
    let changed = scripts.run(&session, "change_password.js", &[email.clone(), json!("second-secret")]).await;
    assert_eq!(result(&changed), json!(true));
    let logged_in = result(&scripts.run(&session, "login.js", &[email.clone(), json!("second-secret")]).await);
    assert_eq!((&logged_in["email_verified"], &logged_in["user_id"]), (&json!(true), &found["user_id"]));
    let moved = scripts.run(&session, "change_email.js", &[email, json!("other@example.com"), json!(true)]).await;
    assert_eq!(result(&moved), json!(true));
    assert_eq!(result(&scripts.run(&session, "count_users.js", &[]).await), json!(2));
    let listed = result(&scripts.run(&session, "list_users.js", &[Value::Null, json!(10)]).await);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    scripts.run(&session, "delete.js", &[found["user_id"].clone()]).await;
    assert_eq!(result(&scripts.run(&session, "count_users.js", &[]).await), json!(1));
    assert_eq!(server.dump(), before, "nobody else saw any of it");
    let finish = session.finish().await;
    assert_eq!(finish.rolled_back, 5);
    assert_eq!(finish.survives, ["identity of dbo.users advanced from 1 to 2"]);
    assert_eq!((finish.observed.len(), finish.observed[0].kind), (1, TraceKind::Rollback));
    assert_eq!(server.dump(), before);
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|text| text.contains("BEGIN TRANSACTION")).count(), 1, "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_runs_keep_what_they_write() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let user = json!({"email": "new@example.com", "password": "first-secret"});
    let (record, finish) = scripts.alone(Writes::Committed, "create.js", std::slice::from_ref(&user)).await;
    assert_eq!((effects(&record), finish.rolled_back), (vec![Effect::Committed], 0));
    assert!(server.dump().contains("new@example.com"));
    let (record, _) = scripts.alone(Writes::Committed, "create.js", &[user]).await;
    assert_eq!(error(&record).code.as_deref(), Some("user_exists"), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sockets_share_one_transaction() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const [one, two] = await Promise.all([open(), open()]);
         const wrote = await run(one, \"UPDATE dbo.users SET nickname = 'seen' WHERE id = 1\", 'execSql');
         const seen = await run(two, 'SELECT nickname FROM dbo.users WHERE id = 1', 'execSql');
         const both = await Promise.all([run(one, 'SELECT 1 AS one'), run(two, 'DELETE FROM dbo.users'), run(one, 'SELECT 2 AS two')]);
         one.close();
         callback(null, [wrote, seen, both, await run(two, 'SELECT COUNT(*) AS n FROM dbo.users', 'execSql')]);",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    // A connection takes one request at a time, as in Node.
    let busy = "Requests can only be made in the LoggedIn state, not the SentClientRequest state";
    assert_eq!(result(&record), json!([1, ["seen"], [[1], 1, busy], [0]]));
    assert_eq!(finish.rolled_back, 2);
    assert!(server.dump().contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripts_own_transactions_act_on_savepoints() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const c = await open();
         const seen = [];
         for (const how of ['commit', 'rollback']) {
           seen.push(await act(c, 'begin'), await run(c, `UPDATE dbo.users SET nickname = '${how}'`), await act(c, how), c.inTransaction);
         }
         seen.push(await run(c, 'SELECT nickname FROM dbo.users'));
         seen.push(await run(c, 'BEGIN TRAN'), await run(c, 'DELETE FROM dbo.users'), await run(c, 'ROLLBACK'), await run(c, 'ROLLBACK'));
         seen.push(await run(c, \"BEGIN TRAN; UPDATE dbo.users SET nickname = 'both'; COMMIT\"), await run(c, 'SELECT nickname FROM dbo.users'));
         await act(c, 'begin');
         seen.push(await run(c, 'DELETE FROM dbo.users'));
         c.close();
         callback(null, seen);",
    );
    let before = server.dump();
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    let none = "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.";
    assert_eq!(
        result(&record),
        json!(["ok", 1, "ok", false, "ok", 1, "ok", false, ["commit"], 0, 1, 0, none, 1, ["both"], 1]),
        "{:#?}",
        record.trace
    );
    assert_eq!((server.dump(), finish.rolled_back), (before, 2));
    let labels: Vec<&str> = record.trace.iter().map(|entry| entry.label.as_str()).collect();
    assert!(labels.contains(&"tedious COMMIT · not committed: this is a safe try"), "{labels:#?}");
    assert!(labels.contains(&"tedious ROLLBACK · undid 1 write"), "{labels:#?}");
    assert!(
        labels.iter().any(|label| label.ends_with("undid 1 write, not committed: the transaction was never committed")),
        "{labels:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_end_the_transaction_or_leave_it_is_refused() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    for sql in [
        "DELETE FROM dbo.users COMMIT",
        "DELETE FROM dbo.users; COMMIT; BEGIN TRAN",
        "IF 1 = 1 ROLLBACK",
        "EXEC(@sql)",
        "EXEC xp_cmdshell 'dir'",
        "BACKUP DATABASE legacy TO DISK = 'x'",
        "DELETE FROM other.legacy.dbo.users",
    ] {
        let text = script(&format!(
            "const c = await open(); const seen = [await run(c, `{sql}`), await run(c, 'SELECT 1 AS one')]; c.close(); callback(null, seen);"
        ));
        let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
        let seen = result(&record);
        assert!(seen[0].as_str().unwrap().starts_with("refused before it ran: "), "{sql}: {seen}");
        assert_eq!(seen[1], json!([1]), "the connection goes on");
        assert_eq!(queries(&record)[0].kind, TraceKind::Blocked);
        assert!(matches!(record.ending, Ending::CalledBack { blocked: true, .. }));
        assert!(!server.seen().iter().any(|seen| seen.contains(sql)), "{sql} never reached the server");
    }
    assert!(server.dump().contains("ada@example.com"));
}

/// A procedure that commits by itself cannot be seen before it runs. What it ended is told, also by the lines of the writes before
/// it, and a new transaction undoes the rest.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_procedure_commits_by_itself_stays_and_is_told() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    for how in ["execSqlBatch", "execSql"] {
        server.reset(&format!("{};{}", scripts.text("schema.sql"), crate::ADA));
        let text = script(&format!(
            "const c = await open();
             const seen = [await run(c, \"UPDATE dbo.users SET nickname = 'before'\")];
             seen.push(await run(c, 'EXEC commits_by_itself', '{how}'));
             seen.push(await run(c, \"UPDATE dbo.users SET nickname = 'after'\"), await run(c, 'SELECT nickname FROM dbo.users'));
             c.close();
             callback(null, seen);"
        ));
        let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
        let seen = result(&record);
        assert!(seen[1].as_str().is_some_and(|error| error.contains("mismatching number")), "{how}: {seen}");
        assert_eq!((&seen[0], &seen[2], &seen[3]), (&json!(1), &json!(1), &json!(["after"])), "{how}");
        let after = server.dump();
        assert!(after.contains(r#""nickname":"before""#) && after.contains("by procedure"), "{how}: {after}");
        assert_eq!(finish.survives, ["a procedure committed by itself: 1 write before it, and its own, stay"], "{how}");
        assert_eq!(finish.rolled_back, 1, "what came after it is undone");
        let told = queries(&record);
        assert!(told[1].label.ends_with("COMMITTED by the procedure itself: this is not undone"), "{:?}", told[1]);
        assert_eq!(effects(&record)[..3], [Effect::Committed, Effect::Committed, Effect::RolledBack], "{how}");
        assert_eq!(told[0].label, "tedious UPDATE · kept: committed by a procedure after it", "{how}");
        assert_eq!(told[2].label, "tedious UPDATE", "{how}");
        let (record, _) = scripts.alone_text(Writes::ReadOnly, &text).await;
        assert!(result(&record)[1].as_str().unwrap().contains("this connection is read-only"), "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_later_finds_the_session_in_the_logins_own_database() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let session = scripts.session(Writes::RolledBack);
    for sql in ["USE other", "SELECT 1 AS one", "SELECT 2 AS two"] {
        let text = script(&format!("const c = await open(); await run(c, '{sql}'); c.close(); callback(null);"));
        scripts.run_text(&session, "script.js", &text, &[]).await;
    }
    session.finish().await;
    let seen = server.seen();
    let used: Vec<&str> = seen.iter().map(String::as_str).filter(|sql| sql.starts_with("USE")).collect();
    assert_eq!(used, ["USE other", "USE [legacy]"], "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_mssql_shares_one_transaction() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = "async function script(callback) {
      const sql = require('mssql');
      const pool = await sql.connect({
        server: '127.0.0.1', port: Number(configuration.SQLSERVER_PORT), database: 'legacy', user: configuration.SQLSERVER_USER,
        password: configuration.SQLSERVER_PASSWORD, options: { encrypt: false }, pool: { max: 4 },
      });
      const nickname = async (id) => (await pool.request().input('id', sql.Int, id).query('SELECT nickname FROM dbo.users WHERE id = @id')).recordset[0].nickname;
      const seen = [];
      for (const how of ['commit', 'rollback']) {
        const transaction = pool.transaction();
        await transaction.begin();
        await transaction.request().query(`UPDATE dbo.users SET nickname = '${how}' WHERE id = 1`);
        await transaction[how]();
        seen.push(await nickname(1));
      }
      seen.push(await Promise.all([nickname(1), nickname(1), nickname(1)]));
      callback(null, seen);
    }";
    let before = server.dump();
    let (record, finish) = scripts.alone_text(Writes::RolledBack, text).await;
    assert_eq!(result(&record), json!(["commit", "commit", ["commit", "commit", "commit"]]));
    assert_eq!((finish.rolled_back, server.dump()), (1, before));
    let (record, _) = scripts.alone_text(Writes::Committed, text).await;
    assert_eq!(result(&record), json!(["commit", "commit", ["commit", "commit", "commit"]]));
    assert!(server.dump().contains(r#""nickname":"commit""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_the_server_ended_is_begun_anew() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const c = await open();
         await run(c, \"UPDATE dbo.users SET nickname = 'lost'\");
         const failed = await run(c, 'EXEC doomed');
         callback(null, [failed.slice(0, 11), await run(c, 'SELECT nickname FROM dbo.users'), await run(c, 'DELETE FROM dbo.users')]);",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record), json!(["Transaction", [null], 1]));
    let entry =
        queries(&record).into_iter().find(|entry| entry.label.contains("rolled back")).expect("the loss is told");
    assert_eq!(entry.label, "tedious EXEC · the server rolled back everything before it, too (1 writes)");
    assert_eq!(finish.rolled_back, 1);
    assert!(server.dump().contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_connections_refuse_writes() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const c = await open();
         const seen = [];
         for (const sql of ['SELECT COUNT(*) AS n FROM dbo.users', 'DELETE FROM dbo.users', 'SELECT 1 DELETE FROM dbo.users', 'find_user 1']) seen.push(await run(c, sql, 'execSql'));
         seen.push(await run(c, 'dbo.find_user', 'callProcedure'));
         callback(null, seen);",
    );
    let (record, finish) = scripts.alone_text(Writes::ReadOnly, &text).await;
    let seen = result(&record);
    assert_eq!(seen[0], json!([1]));
    for refused in &seen.as_array().unwrap()[1..] {
        assert!(refused.as_str().unwrap().contains("this connection is read-only"), "{seen}");
    }
    assert_eq!(finish.rolled_back, 0);
    assert!(server.dump().contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_finds_nothing_is_none() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const c = await open(); const seen = [];
         for (const sql of [\"UPDATE dbo.users SET nickname = 'x' WHERE id = 999\", 'DELETE FROM dbo.users WHERE id = 999',
           'DELETE FROM dbo.nowhere', \"UPDATE dbo.users SET nickname = 'x' WHERE id = 1\"]) seen.push(await run(c, sql, 'execSql'));
         callback(null, seen);",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    let nothing = Effect::Nothing;
    assert_eq!(effects(&record), [nothing, nothing, nothing, Effect::RolledBack], "{:#?}", record.trace);
    assert_eq!(finish.rolled_back, 1);
    assert!(finish.observed[0].label.ends_with(" · 1 write undone (1 row)"), "{:?}", finish.observed);
}
