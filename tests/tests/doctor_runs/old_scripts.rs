//! Scripts as they were written before 2018, without `require`: they log people in, and each global is reported.

use acceptance::servers::{
    mariadb, mongodb,
    sqlserver::{self, SqlServer},
};
use contract::{Action, Outcome};
use serde_json::{Value, json};
use studio::view::RunReport;

use crate::{Desk, allowing, found, get_user_text, only};

/// Runs a Get User of this body against a server on this port.
async fn ask(body: &str, email: &str, port: u16) -> RunReport {
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(body))]).await;
    desk.try_for(Action::GetUser, email, allowing(port)).await
}

fn profile(report: &RunReport) -> &Value {
    report.result.as_ref().unwrap_or_else(|| panic!("{:?}\n{:#?}", report.error, report.trace))
}

fn old_mongo(port: u16, callback: &str, error: &str) -> String {
    format!(
        "  mongo('mongodb://127.0.0.1:{port}/app', {callback} {{
    {error}
    var users = db.collection('users');
    users.findOne({{ email: email }}, function (err, user) {{
      if (err) return callback(err);
      if (!user) return callback(null);
      callback(null, {{ user_id: user._id.toString(), nickname: user.name, email: user.email, email_verified: true }});
    }});
  }});"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn mongo_with_one_argument_and_with_two() {
    let server = mongodb::MongoDb::start();
    for (callback, error) in [("function (db)", ""), ("function (err, db)", "if (err) return callback(err);")] {
        let report = ask(&old_mongo(server.port, callback, error), "ada@example.com", server.port).await;
        assert_eq!(profile(&report)["email"], json!("ada@example.com"));
        assert_eq!(profile(&report)["user_id"].as_str().unwrap().len(), 24);
        assert_eq!(only(&report, "implicit_global").line, Some(2));
        let unknown = ask(&old_mongo(server.port, callback, error), "nobody@example.com", server.port).await;
        assert_eq!(unknown.outcome, Outcome::NotFound, "{:?}", unknown.error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongo_client_in_global_works_in_every_run() {
    let server = mongodb::MongoDb::start();
    let body = format!(
        "  const {{ MongoClient }} = require('mongodb');
  global.client = global.client || new MongoClient('mongodb://127.0.0.1:{}/app');
  global.client.connect().then(() => global.client.db().collection('users').findOne({{ email }}))
    .then((user) => callback(null, user && {{ user_id: user._id.toString(), email: user.email }}), callback);",
        server.port
    );
    let desk = Desk::new(&[(Action::GetUser, &get_user_text(&body))]).await;
    for _ in 0..3 {
        let report = desk.try_for(Action::GetUser, "ada@example.com", allowing(server.port)).await;
        assert_eq!(profile(&report)["email"], json!("ada@example.com"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlserver_connects_by_itself() {
    let server = SqlServer::start();
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/sqlserver/schema.sql")).unwrap();
    server.reset(&format!(
        "{schema};INSERT INTO dbo.users (email, email_verified, password) VALUES ('ada@example.com', 1, 'x')"
    ));
    let body = format!(
        "  var connection = sqlserver.connect({{
    userName: '{}', password: '{}', server: '127.0.0.1',
    options: {{ port: {}, database: '{}', encrypt: false, rowCollectionOnRequestCompletion: true }}
  }});
  connection.on('connect', function (err) {{
    if (err) return callback(err);
    var request = new sqlserver.Request('SELECT id, email FROM dbo.users WHERE email = @Email', function (err, count, rows) {{
      if (err) return callback(err);
      if (count < 1) return callback(null);
      callback(null, {{ user_id: String(rows[0][0].value), email: rows[0][1].value, email_verified: true }});
    }});
    request.addParameter('Email', sqlserver.Types.VarChar, email);
    connection.execSql(request);
  }});",
        sqlserver::USER,
        sqlserver::PASSWORD,
        server.port,
        sqlserver::DATABASE
    );
    let report = ask(&body, "ada@example.com", server.port).await;
    assert_eq!(profile(&report)["email"], json!("ada@example.com"));
    assert_eq!(only(&report, "implicit_global").line, Some(2));
    assert_eq!(found(&report, "connection_not_closed").len(), 1, "{:?}", report.warnings);
    assert_eq!(ask(&body, "nobody@example.com", server.port).await.outcome, Outcome::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_called_with_a_configuration() {
    let server = mariadb::MariaDb::start();
    let config = format!(
        "{{ host: '127.0.0.1', port: {}, user: {:?}, password: {:?}, database: '{}' }}",
        server.port,
        mariadb::USER,
        mariadb::PASSWORD,
        mariadb::DATABASE
    );
    for (opened, line) in [("mysql", "var connection = mysql"), ("mysql_pool", "var connection = mysql_pool")] {
        let body = format!(
            "  {line}({config});
  connection.query('SELECT ? AS id', [email], function (err, rows) {{
    if (err) return callback(err);
    callback(null, {{ user_id: rows[0].id, email: email, email_verified: true }});
  }});"
        );
        let report = ask(&body, "ada@example.com", server.port).await;
        assert_eq!(profile(&report)["user_id"], json!("ada@example.com"), "{opened}");
        let warning = only(&report, "implicit_global");
        assert!(warning.message.starts_with(&format!("{opened} is used without require")), "{}", warning.message);
    }
}
