//! How the script's own transaction stands after each statement, as `getTransactionStatus()` of `pg` shows it.

use std::sync::Arc;

use acceptance::servers::postgres::{self, Postgres};
use contract::{Effect, TraceKind};
use legacy::{Policy, Run, Session, SessionOptions, Writes};
use serde_json::{Value, json};
use wire::{Limits, Protocol, StoreKind, StoreReply, StoreRequest, Transaction};

use crate::{changes_nothing, store, with_client};

async fn connect(run: &Run, server: &Postgres) -> u32 {
    let Value::Object(parameters) = json!({
        "host": "127.0.0.1", "port": server.port, "user": postgres::USER, "password": postgres::PASSWORD,
        "database": postgres::DATABASE,
    }) else {
        unreachable!()
    };
    let request = StoreRequest::Connect { store: StoreKind::Postgres, parameters };
    match run.handle(request).await.reply {
        StoreReply::Connected { client, .. } => client,
        StoreReply::Failed { fault, .. } => panic!("{fault:?}"),
        _ => panic!("no connection"),
    }
}

async fn after(run: &Run, client: u32, sql: &str) -> (Option<Transaction>, String) {
    let request =
        StoreRequest::Query { client, sql: sql.to_owned(), parameters: Vec::new(), protocol: Protocol::Simple };
    let reply = run.handle(Arc::new(request)).await.reply;
    let text = serde_json::to_string(&reply).expect("a reply is JSON");
    match reply {
        StoreReply::Rows { transaction, .. } | StoreReply::Failed { transaction, .. } => (transaction, text),
        _ => panic!("no answer to {sql}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reply_tells_how_the_scripts_own_transaction_stands() {
    use Transaction::{Failed, Open};
    let (server, scripts) = store();
    let before = server.dump();
    for writes in [Writes::RolledBack, Writes::Committed] {
        let allowed = vec![format!("127.0.0.1:{}", server.port).parse().unwrap()];
        let policy = Policy::new(scripts.root.clone(), allowed);
        let session = Session::new(SessionOptions { policy, writes, limits: Limits::default() });
        let run = session.begin_run();
        let (one, two) = (connect(&run, &server).await, connect(&run, &server).await);
        for (sql, expected) in [
            ("SELECT 1", None),
            ("SELECT * FROM nowhere", None),
            ("BEGIN", Some(Open)),
            ("SELECT 1", Some(Open)),
            ("SELECT * FROM nowhere", Some(Failed)),
            ("SELECT 1", Some(Failed)),
            ("ROLLBACK", None),
            ("BEGIN; DELETE FROM users", Some(Open)),
            ("SAVEPOINT a", Some(Open)),
            ("SELECT 1/0", Some(Failed)),
            ("ROLLBACK TO a", Some(Open)),
            ("SELECT 1/0", Some(Failed)),
            ("COMMIT", None),
            ("BEGIN; SELECT 1; COMMIT", None),
            ("COMMIT", None),
            ("", None),
        ] {
            assert_eq!(after(&run, one, sql).await.0, expected, "{writes:?} {sql}");
            assert_eq!(after(&run, two, "SELECT 2").await.0, None, "another client has a transaction of its own");
        }
        let (_, plain) = after(&run, one, "SELECT 1").await;
        assert!(!plain.contains("transaction"), "{plain}");
        let (_, open) = after(&run, one, "BEGIN").await;
        assert!(open.ends_with(r#","transaction":"T"}"#), "{open}");
        run.close().await;
        session.finish().await;
    }
    changes_nothing(&server, &before, "what was rolled back");
}

/// Listening and steering write nothing; what a DO block does, only the server knows.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_write_is_told_apart_from_what_writes() {
    let (server, scripts) = store();
    let before = server.dump();
    let text = with_client(
        "for (const sql of ['LISTEN x', 'UNLISTEN x', 'BEGIN', 'SET LOCAL search_path TO public', 'DECLARE c CURSOR FOR SELECT 1', 'FETCH c',
           'PREPARE p AS SELECT 1', 'DEALLOCATE p', 'COMMIT', 'DO $$ BEGIN PERFORM 1; END $$']) {
           await client.query(sql);
         }",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert!(record.trace.iter().all(|entry| entry.error.is_none()), "{:#?}", record.trace);
    let told = |record: &sandbox::RunRecord| -> Vec<(String, Effect)> {
        let told = record.trace.iter().filter(|entry| entry.kind == TraceKind::Query);
        told.map(|entry| (entry.label.clone(), entry.statement.as_ref().unwrap().effect)).collect()
    };
    let mut lines = told(&record);
    assert_eq!(lines.pop().unwrap(), ("pg DO · it may have written".to_owned(), Effect::RolledBack));
    assert!(lines.iter().all(|(label, effect)| *effect == Effect::Read && !label.contains(" · ")), "{lines:?}");
    assert!(finish.observed[0].label.ends_with(" · what 1 statement may have written is undone"), "{finish:?}");

    let text = with_client(
        "await client.query('BEGIN');
         await client.query(\"UPDATE users SET given_name = 'X'\");
         await client.query('COMMIT');
         await client.query('DO $$ BEGIN DELETE FROM users; END $$');
         await client.query('COMMIT');",
    );
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(told(&record)[2].0, "pg COMMIT · not committed: this is a safe try");
    assert_eq!(told(&record)[4].0, "pg COMMIT", "outside of a transaction there is nothing to commit");
    let label = &finish.observed[0].label;
    assert!(label.ends_with(" · 1 write undone (2 rows), and what 1 statement may have written"), "{label}");
    changes_nothing(&server, &before, "a safe try");
}
