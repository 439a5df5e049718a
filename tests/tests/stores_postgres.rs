//! PostgreSQL: driver and safe try against a real server.

use acceptance::servers::postgres::{self, Postgres};
use legacy::{Policy, Run, Session, SessionOptions, Writes};
use serde_json::{Map, Value, json};
use wire::{Cell, Limits, Parameter, Protocol, ResultSet, StoreKind, StoreReply, StoreRequest};

/// A session of `server`'s owner.
fn session(server: &Postgres, writes: Writes) -> Session {
    let allowed = vec![format!("127.0.0.1:{}", server.port).parse().unwrap()];
    let policy = Policy::new(std::env::temp_dir(), allowed);
    Session::new(SessionOptions { policy, writes, limits: Limits::default() })
}

fn parameters(server: &Postgres) -> Map<String, Value> {
    let parameters = json!({
        "host": "127.0.0.1", "port": server.port, "database": postgres::DATABASE,
        "user": postgres::USER, "password": postgres::PASSWORD,
    });
    parameters.as_object().unwrap().clone()
}

async fn open(run: &Run, parameters: Map<String, Value>) -> u32 {
    match run.handle(StoreRequest::Connect { store: StoreKind::Postgres, parameters }).await.reply {
        StoreReply::Connected { client, .. } => client,
        StoreReply::Failed { fault, .. } => panic!("{fault:?}"),
        _ => panic!("an answer to something else"),
    }
}

async fn query(run: &Run, client: u32, sql: &str, parameters: &[&str]) -> StoreReply {
    let protocol = if parameters.is_empty() { Protocol::Simple } else { Protocol::Prepared };
    let parameters = parameters.iter().map(|text| Parameter::Text((*text).to_owned())).collect();
    run.handle(StoreRequest::Query { client, sql: sql.to_owned(), parameters, protocol }).await.reply
}

fn sets(reply: StoreReply) -> Vec<ResultSet> {
    match reply {
        StoreReply::Rows { sets } => sets,
        StoreReply::Failed { fault, .. } => panic!("{fault:?}"),
        _ => panic!("an answer to something else"),
    }
}

#[tokio::test]
async fn values_come_as_the_servers_text() {
    let server = Postgres::start();
    let session = session(&server, Writes::RolledBack);
    let run = session.begin_run();
    let client = open(&run, parameters(&server)).await;
    let sql = "select $1::int + 1 as n, 12.50::numeric as d, null::text as nothing, '\\x00ff'::bytea as b";
    let sets = sets(query(&run, client, sql, &["41"]).await);
    let set = &sets[0];
    assert_eq!(set.tag.as_deref(), Some("SELECT 1"));
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(set.rows, [vec![text("42"), text("12.50"), Cell::Null, text("\\x00ff")]]);
    let types: Vec<_> = set.columns.iter().map(|column| (column.name.as_str(), column.type_code)).collect();
    assert_eq!(types, [("n", 23), ("d", 1700), ("nothing", 25), ("b", 17)]);
    session.finish().await;
}
