//! MongoDB as a legacy store: what a safe try undoes or holds back, what the policy refuses, and that every run ends within its
//! limits. Against SecantusDB, which speaks MongoDB's protocol.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod limits;
mod login;
mod names;

use acceptance::{
    servers::mongodb::{Kind, MongoDb},
    stores::{Scripts, error, result},
};
use contract::{Effect, Ending, TraceEntry, TraceKind};
use legacy::{Endpoint, Writes};
use sandbox::RunRecord;
use serde_json::json;

/// Scripts that may reach these ports of 127.0.0.1 and localhost, and find the first in `configuration.URL`.
fn scripts(ports: &[u16]) -> Scripts {
    let mut scripts = Scripts::of("mongodb");
    for host in ["127.0.0.1", "localhost"] {
        scripts.allowed.extend(ports.iter().map(|&port| Endpoint::Host { host: host.to_owned(), port }));
    }
    let url = format!("mongodb://127.0.0.1:{}/app?serverSelectionTimeoutMS=1500", ports[0]);
    scripts.configuration.push(("URL".to_owned(), url));
    scripts
}

/// A script that works with `users` and `db`, and calls back with what that returns or throws.
fn with_users(work: &str) -> String {
    format!(
        "async function script(callback) {{
           const {{ MongoClient, ObjectId }} = require('mongodb');
           const client = new MongoClient(configuration.URL);
           try {{
             await client.connect();
             const db = client.db('app'), users = db.collection('users');
             const found = await (async () => {{ {work} }})();
             await client.close();
             callback(null, found);
           }} catch (error) {{
             await client.close();
             callback(error);
           }}
         }}"
    )
}

fn replica_set() -> MongoDb {
    MongoDb::start_as(Kind { is_replica_set: true, ..Kind::default() })
}

fn commands(record: &RunRecord) -> Vec<&TraceEntry> {
    record.trace.iter().filter(|entry| entry.statement.is_some()).collect()
}

fn effects(record: &RunRecord) -> Vec<(String, Effect)> {
    let effect = |entry: &&TraceEntry| entry.statement.as_ref().unwrap().effect;
    commands(record).iter().map(|entry| (entry.label.clone(), effect(entry))).collect()
}

fn is_blocked(record: &RunRecord) -> bool {
    matches!(record.ending, Ending::CalledBack { blocked: true, .. })
}

const INSERT: &str = "return (await users.insertOne({ email: 'new@example.com', name: 'New' })).acknowledged;";

#[tokio::test(flavor = "multi_thread")]
async fn a_standalone_server_has_no_transactions_so_writes_are_held_back_and_shown() {
    let server = MongoDb::start();
    let (scripts, before) = (scripts(&[server.port]), server.dump());
    for (work, sql) in [
        (INSERT, "insert users"),
        ("return users.updateOne({ name: 'Ada' }, { $set: { name: 'A.' } });", "update users"),
        ("return users.deleteMany({});", "delete users"),
        ("return users.findOneAndDelete({ name: 'Ada' });", "findAndModify users"),
        ("return db.dropDatabase();", "dropDatabase"),
        ("return users.aggregate([{ $match: {} }, { $out: 'copy' }]).toArray();", "aggregate users"),
        ("return db.command({ somethingNew: 1 });", "somethingNew"),
    ] {
        let (record, finish) = scripts.alone_text(Writes::RolledBack, &with_users(work)).await;
        let refused = error(&record);
        assert_eq!(
            (refused.class.as_str(), refused.code.as_deref()),
            ("MongoServerError", Some("ERR_SLUICE_REFUSED")),
            "{work}"
        );
        assert!(
            refused.message.contains("held back: ")
                && refused.message.contains("a standalone MongoDB has no transactions")
        );
        assert!(is_blocked(&record), "{work}");
        let entry = commands(&record).pop().unwrap();
        let statement = entry.statement.as_ref().unwrap();
        assert_eq!((entry.kind, statement.effect), (TraceKind::Blocked, Effect::Refused), "{work}");
        assert!(statement.sql.starts_with(sql), "{work}: {}", statement.sql);
        assert_eq!(finish.rolled_back, 0);
    }
    assert_eq!(server.dump(), before);
    let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users(INSERT)).await;
    let shown = &commands(&record)[0].statement.as_ref().unwrap().parameters;
    assert!(shown[0].contains("\"email\":\"new@example.com\""), "{shown:?}");

    let reads = "return [(await users.findOne({ name: 'Ada' })).email, await users.countDocuments(), await users.distinct('name'),
      (await db.listCollections().toArray()).length, (await users.find().sort({ name: -1 }).toArray()).length];";
    let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users(reads)).await;
    assert_eq!(result(&record), json!(["ada@example.com", 2, ["Ada", "Bob"], 1, 2]));
    let all = effects(&record);
    assert_eq!(all[0], ("mongodb find users".to_owned(), Effect::Read));
    assert!(commands(&record)[0].statement.as_ref().unwrap().sql.starts_with("find users {\"name\":\"Ada\"}"));
    assert!(all.iter().all(|(label, effect)| label.starts_with("mongodb ") && *effect == Effect::Read), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_set_undoes_everything_in_a_transaction() {
    let server = replica_set();
    let (scripts, before) = (scripts(&[server.port]), server.dump());
    let work = "
      const { insertedId } = await users.insertOne({ email: 'new@example.com', n: 1 });
      await users.updateOne({ _id: insertedId }, { $inc: { n: 5 } });
      await users.deleteOne({ email: 'bob@example.com' });
      await db.collection('audit').insertMany([{ a: 1 }, { a: 2 }]);
      const seen = await users.findOne({ email: 'new@example.com' });
      const all = await Promise.all([users.find().toArray(), users.countDocuments(), db.collection('audit').find({}, { batchSize: 1 }).toArray()]);
      return [seen.n, all[0].length, all[1], all[2].length];";
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &with_users(work)).await;
    assert_eq!(result(&record), json!([6, 2, 2, 2]), "{:?}", record.trace);
    assert_eq!(server.dump(), before, "nothing stays");
    assert_eq!(finish.rolled_back, 4);
    let rollback = finish.observed.first().unwrap();
    assert_eq!(rollback.kind, TraceKind::Rollback);
    assert!(rollback.label.ends_with(" · 4 writes undone (5 rows)"), "{}", rollback.label);
    let all = effects(&record);
    assert_eq!(all.iter().filter(|(_, effect)| *effect == Effect::RolledBack).count(), 4, "{all:?}");
    assert!(!is_blocked(&record));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_fails_alone() {
    let server = replica_set();
    let (scripts, before) = (scripts(&[server.port]), server.dump());
    let work = "
      await users.insertOne({ email: 'first@example.com' });
      const error = await users.insertOne({ email: 'ada@example.com' }).catch((error) => error);
      await users.insertOne({ email: 'second@example.com' });
      const emails = (await users.find().sort({ email: 1 }).toArray()).map(({ email }) => email);
      return [error.code, error.keyPattern, emails];";
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &with_users(work)).await;
    let emails = ["ada@example.com", "bob@example.com", "first@example.com", "second@example.com"];
    assert_eq!(result(&record), json!([11000, { "email": 1 }, emails]), "{:?}", record.trace);
    assert_eq!((finish.rolled_back, server.dump()), (2, before));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_own_transactions_work_inside_the_safe_try() {
    let server = replica_set();
    let (scripts, before) = (scripts(&[server.port]), server.dump());
    let work = "
      const emails = async () => (await users.find({ email: { $gte: 't' } }).sort({ email: 1 }).toArray()).map(({ email }) => email);
      const session = client.startSession();
      await users.insertOne({ email: 't0' });
      session.startTransaction();
      await users.insertOne({ email: 't1' }, { session });
      await session.abortTransaction();
      const afterAbort = await emails();
      session.startTransaction();
      const read = await users.findOne({ email: 'ada@example.com' }, { session });
      await users.insertOne({ email: 't2' }, { session });
      await session.commitTransaction();
      await session.endSession();
      return [afterAbort, read.name, await emails()];";
    let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users(work)).await;
    assert_eq!(result(&record), json!([["t0"], "Ada", ["t0", "t2"]]), "{:?}", record.trace);
    assert_eq!(server.dump(), before);
    let (record, _) = scripts.alone_text(Writes::Committed, &with_users(work)).await;
    assert_eq!(result(&record), json!([["t0"], "Ada", ["t0", "t2"]]), "as with commit");
    assert!(server.dump().contains("t2") && !server.dump().contains("t1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_transaction_carries_is_held_back() {
    let server = replica_set();
    let (scripts, before) = (scripts(&[server.port]), server.dump());
    for work in [
        "return users.createIndex({ name: 1 });",
        "return users.drop();",
        "return db.createCollection('more');",
        "return users.rename('others');",
        "return users.aggregate([{ $merge: { into: 'copy' } }]).toArray();",
    ] {
        let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users(work)).await;
        assert!(error(&record).message.contains("no transaction can carry it"), "{work}: {:?}", record.ending);
        assert!(is_blocked(&record));
    }
    assert_eq!(server.dump(), before);
    let count = "await users.insertOne({ email: 'x' }); return users.estimatedDocumentCount();";
    let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users(count)).await;
    assert_eq!(result(&record), json!(2));
    assert!(effects(&record)[1].0.contains("its writes do not show"), "{:?}", effects(&record));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_sees_what_its_earlier_runs_wrote() {
    let server = replica_set();
    let (scripts, before) = (scripts(&[server.port]), server.dump());
    let session = scripts.session(Writes::RolledBack);
    let record = scripts.run_text(&session, "create.js", &with_users(INSERT), &[]).await;
    assert_eq!(result(&record), json!(true));
    let look =
        "await users.updateOne({ name: 'New' }, { $set: { verified: true } }); return users.findOne({ name: 'New' });";
    let record = scripts.run_text(&session, "verify.js", &with_users(look), &[]).await;
    assert_eq!(result(&record)["verified"], json!(true), "{:?}", record.trace);
    assert_eq!((session.finish().await.rolled_back, server.dump()), (2, before));
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_refuses_writes_and_commit_keeps_them() {
    let servers = [MongoDb::start(), replica_set()];
    for server in &servers {
        let (scripts, before) = (scripts(&[server.port]), server.dump());
        let (record, _) = scripts.alone_text(Writes::ReadOnly, &with_users(INSERT)).await;
        assert!(error(&record).message.contains("this connection is read-only, and insert users may write"));
        assert!(is_blocked(&record));
        let read = "return (await users.findOne({ name: 'Bob' })).email;";
        assert_eq!(result(&scripts.alone_text(Writes::ReadOnly, &with_users(read)).await.0), json!("bob@example.com"));
        assert_eq!(server.dump(), before);
        let (record, finish) = scripts.alone_text(Writes::Committed, &with_users(INSERT)).await;
        assert_eq!((result(&record), finish.rolled_back), (json!(true), 0));
        assert_eq!(effects(&record), [("mongodb insert users".to_owned(), Effect::Committed)]);
        assert!(server.dump().contains("new@example.com"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_are_not_listed_are_refused() {
    let server = MongoDb::start();
    let mut scripts = scripts(&[server.port]);
    for host in ["127.0.0.1:27017", "10.1.2.3", "169.254.169.254", "metadata.google.internal"] {
        scripts.configuration = vec![("URL".to_owned(), format!("mongodb://{host}/app?serverSelectionTimeoutMS=200"))];
        let (record, _) = scripts.alone_text(Writes::Committed, &with_users(INSERT)).await;
        assert_eq!(error(&record).class, "MongoServerSelectionError", "{host}");
        assert!(is_blocked(&record), "{host}: {:?}", record.ending);
        assert!(record.trace.iter().any(|entry| entry.kind == TraceKind::Blocked), "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_finds_nothing_is_none() {
    let server = replica_set();
    let scripts = scripts(&[server.port]);
    let work = "
      await users.updateOne({ email: 'nobody@example.com' }, { $set: { n: 1 } });
      await users.deleteMany({ email: 'nobody@example.com' });
      await users.findOneAndUpdate({ email: 'nobody@example.com' }, { $set: { n: 1 } });
      await users.updateOne({ email: 'new@example.com' }, { $set: { n: 1 } }, { upsert: true });
      return 1;";
    let (record, finish) = scripts.alone_text(Writes::RolledBack, &with_users(work)).await;
    let all: Vec<_> = effects(&record).into_iter().map(|(_, effect)| effect).collect();
    assert_eq!(all, [Effect::Nothing, Effect::Nothing, Effect::Nothing, Effect::RolledBack], "{:?}", record.trace);
    assert_eq!(finish.rolled_back, 1);
}
