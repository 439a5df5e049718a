//! Limits, policy, and servers that do not answer.

use std::time::Instant;

use acceptance::{servers::sqlserver::SqlServer, stores::result};
use contract::{Ending, TraceKind};
use legacy::Writes;
use serde_json::json;

use crate::{script, scripts};

#[tokio::test(flavor = "multi_thread")]
async fn limits_end_an_answer() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const c = await open(); callback(null, [await run(c, 'SELECT 10000 many').then((rows) => rows.length), await run(c, 'SELECT 10001 many')]);",
    );
    for writes in [Writes::RolledBack, Writes::Committed] {
        let (record, _) = scripts.alone_text(writes, &text).await;
        let seen = result(&record);
        assert_eq!(seen[0], json!(10_000));
        assert!(seen[1].as_str().unwrap().contains("limit reached: 10000 rows per query"), "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_off_or_never_answers_is_an_outcome_in_time() {
    let server = SqlServer::start();
    let mut scripts = scripts(&server);
    let torn = script(
        "const c = await open();
         await run(c, \"UPDATE dbo.users SET nickname = 'x'\");
         const seen = [await run(c, 'SELECT torn')];
         callback(null, [...seen, await run(await open(), 'SELECT 1 AS one')]);",
    );
    for writes in [Writes::RolledBack, Writes::Committed] {
        let (record, finish) = scripts.alone_text(writes, &torn).await;
        let seen = result(&record);
        let is_safe = writes == Writes::RolledBack;
        assert_eq!((finish.rolled_back, server.dump().contains(r#""nickname":"x""#)), (u32::from(is_safe), !is_safe));
        let note = "1 writes before it were undone by the server with the connection";
        assert_eq!(record.trace.iter().any(|entry| entry.label.ends_with(note)), is_safe, "{:#?}", record.trace);
        assert_eq!(seen, json!(["socket hang up", [1]]), "a new connection works");
    }
    scripts.limits.wall_ms = 1500;
    let started = Instant::now();
    let never = script(
        "const c = await open(); await run(c, 'DELETE FROM dbo.users'); callback(null, await run(c, 'SELECT never'));",
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &never).await;
    assert!(matches!(record.ending, Ending::TimedOut { .. }), "{:?}", record.ending);
    assert!(started.elapsed().as_secs() < 8);
    assert!(server.dump().contains("ada@example.com"), "what was cut off is undone by the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attention_ends_the_scripts_own_request_only() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const [one, two] = await Promise.all([open(), open()]);
         setTimeout(() => one.cancel(), 300);
         const waits = run(one, \"WAITFOR DELAY '00:00:10'\");
         const queued = run(two, 'SELECT 2 AS two');
         callback(null, [await waits, await queued, await run(one, 'SELECT 1 AS one')]);",
    );
    let started = Instant::now();
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record), json!(["Canceled.", [2], [1]]));
    assert!(started.elapsed().as_secs() < 8);
    // Waiting its turn behind another's, a request can be given up, too.
    let text = script(
        "const [one, two] = await Promise.all([open(), open()]);
         const waits = run(one, \"WAITFOR DELAY '00:00:01'\");
         setTimeout(() => two.cancel(), 200);
         const queued = await run(two, 'DELETE FROM dbo.users');
         await waits;
         callback(null, [queued, await run(two, 'SELECT COUNT(*) AS n FROM dbo.users')]);",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!((result(&record), finish.rolled_back), (json!(["Canceled.", [1]]), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_decides_where_a_socket_leads() {
    let server = SqlServer::start();
    let mut scripts = scripts(&server);
    scripts.allowed.clear();
    let (record, _) = scripts
        .alone_text(Writes::RolledBack, &script("callback(null, await open().catch((error) => error.message));"))
        .await;
    assert!(result(&record).as_str().unwrap().contains("127.0.0.1"), "{:?}", record.ending);
    assert!(record.trace.iter().any(|entry| entry.kind == TraceKind::Blocked), "{:#?}", record.trace);
    assert_eq!(server.seen(), [""; 0]);
}
