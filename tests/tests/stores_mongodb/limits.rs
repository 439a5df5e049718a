//! Limits, and servers that go away or never answer.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use acceptance::{
    servers::mongodb::{DATABASE, MongoDb},
    stores::{error, result},
};
use bson::{Bson, doc};
use contract::{Ending, TraceKind};
use legacy::Writes;
use serde_json::json;

use super::{scripts, with_users};

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_bytes_of_a_query_are_limited() {
    let server = MongoDb::start();
    for batch in 0..11 {
        let documents: Vec<Bson> = (0..1000).map(|n| Bson::Document(doc! { "n": batch * 1000 + n })).collect();
        server.command(DATABASE, doc! { "insert": "numbers", "documents": documents });
    }
    let mut scripts = scripts(&[server.port]);
    let all = with_users("return (await db.collection('numbers').find().toArray()).length;");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &all).await;
    let reached = error(&record);
    assert_eq!((reached.class.as_str(), reached.code.as_deref()), ("MongoServerError", Some("ERR_SLUICE_LIMIT")));
    assert!(reached.message.contains("limit reached: 10000 rows per query"), "{}", reached.message);
    let fewer = with_users("return (await db.collection('numbers').find().limit(10000).toArray()).length;");
    assert_eq!(result(&scripts.alone_text(Writes::RolledBack, &fewer).await.0), json!(10000));
    // The connection is still good, and the cursor is gone.
    let on = with_users(
        "await db.collection('numbers').find().toArray().catch(() => 0);
         return (await users.findOne({ name: 'Ada' })).name;",
    );
    assert_eq!(result(&scripts.alone_text(Writes::RolledBack, &on).await.0), json!("Ada"));
    scripts.limits.query_bytes = 50_000;
    let (record, _) = scripts.alone_text(Writes::RolledBack, &all).await;
    assert!(error(&record).message.contains("limit reached: 50000 bytes per query"), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_of_a_query_is_an_outage() {
    let mut server = MongoDb::start();
    let mut scripts = scripts(&[server.port]);
    scripts.configuration[0].1 = server.url() + "?serverSelectionTimeoutMS=500";
    let begun = Instant::now();
    let work = with_users(
        "await users.findOne({});
         console.log('asking');
         for (;;) await users.findOne({});",
    );
    let killer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        server.freeze();
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.kill();
    });
    let (record, _) = scripts.alone_text(Writes::RolledBack, &work).await;
    killer.await.unwrap();
    let failed = error(&record);
    assert!(["MongoNetworkError", "MongoServerSelectionError"].contains(&failed.class.as_str()), "{failed:?}");
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
    assert!(begun.elapsed() < Duration::from_secs(10));
    let told = record.trace.iter().filter_map(|entry| entry.error.as_deref());
    assert!(
        told.clone().any(|error| error.contains("ECONNRESET") || error.contains("ECONNREFUSED")),
        "{:?}",
        told.collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_ends_within_the_limit() {
    // The backlog accepts; nobody reads.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut scripts = scripts(&[port]);
    scripts.limits.wall_ms = 3000;
    let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users("return 1;")).await;
    assert_eq!(error(&record).class, "MongoServerSelectionError", "{:?}", record.ending);
    scripts.configuration[0].1 = format!("mongodb://127.0.0.1:{port}/app");
    let begun = Instant::now();
    let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users("return 1;")).await;
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    let Ending::TimedOut { last_awaited: Some(awaited), .. } = &record.ending else { panic!("{:?}", record.ending) };
    assert_eq!(*awaited, format!("mongodb 127.0.0.1:{port}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_left_open_is_reported_and_keeps_nobody_waiting() {
    let server = MongoDb::start();
    let scripts = scripts(&[server.port]);
    let text = "async function script(callback) {
        const { MongoClient } = require('mongodb');
        const client = await MongoClient.connect(configuration.URL);
        callback(null, (await client.db().collection('users').findOne({ name: 'Ada' })).email);
      }";
    let begun = Instant::now();
    let (record, _) = scripts.alone_text(Writes::RolledBack, text).await;
    assert_eq!(result(&record), json!("ada@example.com"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let rules: Vec<&str> = record.warnings.iter().map(|warning| warning.rule.as_str()).collect();
    assert!(rules.contains(&"connection_not_closed"), "{rules:?}");
    assert!(
        record
            .trace
            .iter()
            .any(|entry| entry.kind == TraceKind::Close && entry.label.contains("left open by the script"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_cut_off_in_the_middle_of_its_writes_leaves_nothing_behind() {
    let server = super::replica_set();
    let (mut scripts, before) = (scripts(&[server.port]), server.dump());
    scripts.limits.wall_ms = 2500;
    let work = with_users(
        "await users.insertOne({ email: 'cut@example.com' });
         for (;;) await users.updateOne({ email: 'cut@example.com' }, { $inc: { n: 1 } });",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &work).await;
    assert!(matches!(record.ending, Ending::TimedOut { .. }), "{:?}", record.ending);
    assert!(finish.rolled_back > 1);
    assert_eq!(server.dump(), before);
    // The transaction is gone at once: nobody waits for it.
    server
        .command(DATABASE, doc! { "insert": "users", "documents": [{ "email": "cut@example.com" }], "maxTimeMS": 500 });
}
