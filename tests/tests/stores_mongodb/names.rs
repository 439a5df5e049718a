//! `dns`, and `mongodb+srv://`, against a name server of the test's own.

use std::net::SocketAddr;

use acceptance::{
    servers::{
        mongodb::MongoDb,
        names::{self as name_server, Record},
    },
    stores::{Scripts, error, result},
};
use contract::{Ending, TraceKind};
use legacy::{Policy, Session, SessionOptions, Writes};
use sandbox::RunRecord;
use serde_json::json;

use super::{scripts, with_users};

async fn run(scripts: &Scripts, name_server: SocketAddr, text: &str) -> RunRecord {
    let policy = Policy::new(scripts.root.clone(), scripts.allowed.clone()).asking(name_server);
    let session = Session::new(SessionOptions { policy, writes: Writes::ReadOnly, limits: scripts.limits.clone() });
    let record = scripts.run_text(&session, "script.js", text, &[]).await;
    session.finish().await;
    record
}

const FIND: &str = "return [(await users.findOne({ name: 'Ada' })).email, client.options.replicaSet, client.options.hosts.map(String)];";

#[tokio::test(flavor = "multi_thread")]
async fn an_srv_address_leads_to_the_servers_it_names() {
    let server = MongoDb::start();
    let service = "_mongodb._tcp.cluster0.abc.example";
    let names = name_server::start(vec![
        (service, Record::Srv { port: server.port, target: "shard-00.abc.example" }),
        ("cluster0.abc.example", Record::Txt(&["authSource=admin"])),
        ("shard-00.abc.example", Record::A([127, 0, 0, 1])),
    ]);
    let mut scripts = scripts(&[server.port]);
    // Only the cluster's own name is allowed, as an admin would list it.
    scripts.allowed = vec!["cluster0.abc.example:27017".parse().unwrap()];
    let url = "mongodb+srv://cluster0.abc.example/app?tls=false&serverSelectionTimeoutMS=1500";
    scripts.configuration[0].1 = url.to_owned();
    let record = run(&scripts, names, &with_users(FIND)).await;
    let host = format!("shard-00.abc.example:{}", server.port);
    assert_eq!(result(&record), json!(["ada@example.com", null, [host]]), "{:?}", record.trace);
    let labels: Vec<&str> = record.trace.iter().map(|entry| entry.label.as_str()).collect();
    assert!(labels.contains(&"dns SRV _mongodb._tcp.cluster0.abc.example · 1 record"), "{labels:?}");

    // Not listed: not even looked up.
    scripts.configuration[0].1 = url.replace("cluster0", "cluster1");
    let record = run(&scripts, names, &with_users(FIND)).await;
    assert_eq!(error(&record).code.as_deref(), Some("ERR_SLUICE_POLICY"), "{:?}", record.ending);
    assert!(matches!(record.ending, Ending::CalledBack { blocked: true, .. }));
    // As a refused connection is named, so that the window can offer to allow it.
    let refused = record.trace.iter().find(|entry| entry.kind == TraceKind::Blocked).unwrap();
    assert_eq!(refused.label, "dns cluster1.abc.example:27017");
}

#[tokio::test(flavor = "multi_thread")]
async fn srv_records_open_nothing_outside_their_domain_and_no_forbidden_address() {
    let server = MongoDb::start();
    let names = name_server::start(vec![
        ("_mongodb._tcp.cluster0.abc.example", Record::Srv { port: server.port, target: "victim.other.example" }),
        ("victim.other.example", Record::A([127, 0, 0, 1])),
        ("_mongodb._tcp.cluster2.abc.example", Record::Srv { port: 80, target: "meta.abc.example" }),
        ("meta.abc.example", Record::A([169, 254, 169, 254])),
    ]);
    let mut scripts = scripts(&[server.port]);
    let hosts = ["cluster0.abc.example:27017", "cluster2.abc.example:27017", "missing.abc.example:27017"];
    scripts.allowed = hosts.iter().map(|host| host.parse().unwrap()).collect();
    let url = |host: &str| format!("mongodb+srv://{host}.abc.example/app?tls=false&serverSelectionTimeoutMS=300");
    scripts.configuration[0].1 = url("cluster0");
    let record = run(&scripts, names, &with_users(FIND)).await;
    assert_eq!(error(&record).message, "Server record does not share hostname with parent URI");
    // Past the driver's own check: the policy has one, too.
    let direct = format!(
        "async function script(callback) {{
           await require('dns').promises.resolveSrv('_mongodb._tcp.cluster0.abc.example');
           const {{ MongoClient }} = require('mongodb');
           const client = new MongoClient('mongodb://victim.other.example:{}/?serverSelectionTimeoutMS=300');
           client.connect().then(() => callback(null, 'connected'), callback);
         }}",
        server.port
    );
    let record = run(&scripts, names, &direct).await;
    assert!(matches!(record.ending, Ending::CalledBack { error: Some(_), blocked: true, .. }), "{:?}", record.ending);

    scripts.configuration[0].1 = url("cluster2");
    let record = run(&scripts, names, &with_users(FIND)).await;
    assert!(matches!(record.ending, Ending::CalledBack { error: Some(_), blocked: true, .. }), "{:?}", record.ending);

    scripts.configuration[0].1 = url("missing");
    let record = run(&scripts, names, &with_users(FIND)).await;
    let failed = error(&record);
    assert_eq!(failed.message, "querySrv ENOTFOUND _mongodb._tcp.missing.abc.example");
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn dns_answers_as_nodes_own_and_only_for_allowed_hosts() {
    let names = name_server::start(vec![
        ("db.abc.example", Record::A([10, 0, 0, 7])),
        ("db.abc.example", Record::Txt(&["v=1"])),
        ("db.abc.example", Record::Mx { priority: 5, exchange: "mail.abc.example" }),
        ("alias.abc.example", Record::Cname("db.abc.example")),
        ("_ldap._tcp.db.abc.example", Record::Srv { port: 389, target: "dc.abc.example" }),
    ]);
    let mut scripts = Scripts::of("mongodb");
    scripts.allowed = vec!["db.abc.example:1".parse().unwrap(), "alias.abc.example:1".parse().unwrap()];
    let text = "async function script(callback) {
        const dns = require('dns');
        const told = (promise) => promise.catch((error) => [error.code, error.syscall, error.hostname, error.message]);
        callback(null, [
          await told(dns.promises.resolve4('db.abc.example')), await told(dns.promises.resolve('db.abc.example', 'TXT')),
          await told(dns.promises.resolveMx('db.abc.example')), await told(dns.promises.resolveCname('alias.abc.example')),
          await told(dns.promises.resolveSrv('_ldap._tcp.db.abc.example')), await told(dns.promises.resolve6('db.abc.example')),
          await told(dns.promises.lookup('db.abc.example')), await told(dns.promises.resolveTxt('alias.abc.example')),
          (await told(dns.promises.resolve4('secret.attacker.example'))).slice(0, 1),
          await new Promise((done) => dns.resolve4('db.abc.example', { ttl: true }, (error, found) => done(found))),
        ]);
      }";
    let record = run(&scripts, names, text).await;
    let found = result(&record);
    let expected = [
        json!(["10.0.0.7"]),
        json!([["v=1"]]),
        json!([{ "exchange": "mail.abc.example", "priority": 5 }]),
        json!(["db.abc.example"]),
        json!([{ "name": "dc.abc.example", "port": 389, "priority": 1, "weight": 2 }]),
        json!(["ENODATA", "queryAaaa", "db.abc.example", "queryAaaa ENODATA db.abc.example"]),
        json!({ "address": "10.0.0.7", "family": 4 }),
        json!(["ENODATA", "queryTxt", "alias.abc.example", "queryTxt ENODATA alias.abc.example"]),
        json!(["ERR_SLUICE_POLICY"]),
        json!([{ "address": "10.0.0.7", "ttl": 60 }]),
    ];
    for (place, expected) in expected.into_iter().enumerate() {
        assert_eq!(found[place], expected, "number {place}");
    }
    assert!(matches!(record.ending, Ending::CalledBack { blocked: true, connection_failed: false, .. }));
    assert!(
        record
            .trace
            .iter()
            .any(|entry| entry.kind == TraceKind::Blocked && entry.label == "dns A secret.attacker.example")
    );
}
