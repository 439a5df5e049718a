//! MySQL and MariaDB, against a real server.

use acceptance::servers::mariadb::MariaDb;
use legacy::{Endpoint, Policy, Run, Session, SessionOptions, Writes};
use serde_json::{Map, Value, json};
use wire::{Cell, Limits, Parameter, Protocol, ResultSet, StoreKind, StoreReply, StoreRequest};

fn session(server: &MariaDb, writes: Writes) -> Session {
    let policy =
        Policy::new(std::env::temp_dir(), vec![Endpoint::Host { host: "127.0.0.1".into(), port: server.port }]);
    Session::new(SessionOptions { policy, writes, limits: Limits::default() })
}

fn parameters(server: &MariaDb) -> Map<String, Value> {
    let parameters = json!({
        "host": "127.0.0.1", "port": server.port, "user": MariaDb::USER, "password": MariaDb::PASSWORD,
        "database": MariaDb::DATABASE,
    });
    parameters.as_object().unwrap().clone()
}

async fn connect(run: &Run, parameters: Map<String, Value>) -> u32 {
    match run.handle(StoreRequest::Connect { store: StoreKind::Mysql, parameters }).await.reply {
        StoreReply::Connected { client, .. } => client,
        StoreReply::Failed { fault, .. } => panic!("{fault:?}"),
        _ => panic!("no answer to a connect"),
    }
}

async fn ask(run: &Run, client: u32, sql: &str, parameters: Vec<Parameter>, protocol: Protocol) -> StoreReply {
    run.handle(StoreRequest::Query { client, sql: sql.to_owned(), parameters, protocol }).await.reply
}

async fn query(run: &Run, client: u32, sql: &str) -> Vec<ResultSet> {
    match ask(run, client, sql, Vec::new(), Protocol::Simple).await {
        StoreReply::Rows { sets } => sets,
        StoreReply::Failed { fault, .. } => panic!("{fault:?}\n{sql}"),
        _ => panic!("no answer to a query"),
    }
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}

#[tokio::test]
async fn text_and_binary_protocol_give_the_servers_values() {
    let server = MariaDb::start().await;
    server.run("CREATE TABLE t (a TINYINT(1), b BIGINT UNSIGNED, c DECIMAL(10,2), d DATETIME(3), e VARBINARY(9), f FLOAT, g TIME)").await;
    server.run("INSERT INTO t VALUES (1, 18446744073709551615, '12.50', '2024-02-29 23:59:59.123', x'00ff', 0.1, '-26:01:02')").await;
    let session = session(&server, Writes::Committed);
    let run = session.begin_run();
    let client = connect(&run, parameters(&server)).await;
    let sets = query(&run, client, "SELECT * FROM t").await;
    let row = &sets[0].rows[0];
    assert_eq!(
        row.iter().take(4).map(text).collect::<Vec<_>>(),
        ["1", "18446744073709551615", "12.50", "2024-02-29 23:59:59.123"]
    );
    assert_eq!(row[4], Cell::Bytes { base64: "AP8=".into() });
    let columns: Vec<_> =
        sets[0].columns.iter().map(|column| (column.name.as_str(), column.type_code, column.charset)).collect();
    assert_eq!(columns[..3], [("a", 1, 63), ("b", 8, 63), ("c", 246, 63)]);

    let sql = "SELECT a, b, c, d, e, f, g, ? + 1, ?, NULL FROM t";
    let given = vec![Parameter::Number(41.0), Parameter::Text("ü".into())];
    let StoreReply::Rows { sets } = ask(&run, client, sql, given, Protocol::Prepared).await else { panic!("no rows") };
    let row = &sets[0].rows[0];
    assert_eq!(row[0], Cell::Integer(1));
    assert_eq!(text(&row[1]), "18446744073709551615");
    assert_eq!(text(&row[3]), "2024-02-29 23:59:59.123000");
    assert_eq!(row[5], Cell::Real(f64::from(0.1_f32)));
    assert_eq!(text(&row[6]), "-1 02:01:02");
    assert_eq!((&row[7], text(&row[8]), &row[9]), (&Cell::Real(42.0), "ü", &Cell::Null));
    session.finish().await;
}
