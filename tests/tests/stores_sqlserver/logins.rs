//! Logging in, what the trace shows of it, and the connection test.

use std::sync::{Arc, Mutex};

use acceptance::{
    servers::sqlserver::{PASSWORD, SqlServer},
    stores::{error, result},
};
use contract::{Ending, TraceKind};
use legacy::{Policy, Session, SessionOptions, StageName, StageState, Writes};
use sandbox::RunRecord;
use serde_json::json;

use crate::{queries, script, scripts};

#[tokio::test(flavor = "multi_thread")]
async fn no_password_shows_and_a_wrong_one_is_a_failed_connection() {
    let server = SqlServer::start();
    let mut scripts = scripts(&server);
    let text = script("const c = await open(); callback(null, await run(c, 'SELECT 1 AS one'));");
    let shown = |record: &RunRecord| format!("{:?} {:?} {:?}", record.trace, record.ending, record.console);
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert!(!shown(&record).contains(PASSWORD));
    scripts
        .configuration
        .iter_mut()
        .filter(|(name, _)| name == "SQLSERVER_PASSWORD")
        .for_each(|(_, value)| *value = "other-secret-2".to_owned());
    let text = script("await open().catch((error) => callback(null, [error.message, error.code]));");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    assert_eq!(result(&record), json!(["Login failed for user 'app'.", "ELOGIN"]));
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
    assert!(!shown(&record).contains("other-secret-2"));
    let failed = record.trace.iter().find(|entry| entry.kind == TraceKind::Connect && entry.error.is_some());
    assert_eq!(failed.unwrap().error.as_deref(), Some("Login failed for user 'app'."));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_shows_text_parameters_and_rows() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = script(
        "const c = await open();
         const request = new Request('SELECT id FROM dbo.users WHERE email = @email AND id = @id', (error, count) => callback(error, count));
         request.addParameter('email', TYPES.NVarChar, 'ada@example.com');
         request.addParameter('id', TYPES.Int, 1);
         c.execSql(request);",
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
    let entry = queries(&record)[0];
    let statement = entry.statement.as_ref().unwrap();
    assert_eq!((entry.label.as_str(), statement.rows), ("tedious SELECT", Some(1)));
    assert_eq!(statement.sql, "SELECT id FROM dbo.users WHERE email = @email AND id = @id");
    assert_eq!(statement.parameters, ["@email = ada@example.com", "@id = 1"]);
}

/// The shape of the official templates (contract §14): no `connect()`, user and password at the top, `Types`.
#[tokio::test(flavor = "multi_thread")]
async fn the_style_of_tedious_1_works() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = "function getByEmail(callback) {
      const sqlserver = require('tedious@1.11.0');
      const Connection = sqlserver.Connection;
      const Request = sqlserver.Request;
      const TYPES = sqlserver.TYPES;
      const connection = new Connection({
        userName: configuration.SQLSERVER_USER,
        password: configuration.SQLSERVER_PASSWORD,
        server: '127.0.0.1',
        options: { port: configuration.SQLSERVER_PORT, database: 'legacy', rowCollectionOnRequestCompletion: true }
      });
      connection.on('debug', function (text) { }).on('errorMessage', function (text) { console.log(text.message); }).on('infoMessage', function () { });
      connection.on('connect', function (err) {
        if (err) return callback(err);
        const request = new Request('SELECT id, email FROM dbo.users WHERE email = @Email AND id = CAST(@Id AS bigint)', function (err, rowCount, rows) {
          if (err) return callback(err);
          if (rowCount < 1) return callback();
          callback(null, { user_id: rows[0][0].value, email: rows[0][1].value, same: sqlserver.Types === TYPES });
        });
        request.addParameter('Email', TYPES.VarChar, 'ada@example.com');
        request.addParameter('Id', sqlserver.Types.VarChar, 1);
        connection.execSql(request);
      });
    }";
    let (record, _) = scripts.alone_text(Writes::RolledBack, text).await;
    assert_eq!(result(&record), json!({"user_id": "1", "email": "ada@example.com", "same": true}));
    let wrong = text.replace("configuration.SQLSERVER_PASSWORD", "'wrong'");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &wrong).await;
    assert_eq!(error(&record).code.as_deref(), Some("ELOGIN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_here_says_what_to_do() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let text = "async function script(callback) {
      const { Connection } = require('tedious');
      const connect = (config) => new Promise((resolve) => { new Connection(config).connect((error) => resolve([error.code, error.message])); });
      const login = { type: 'default', options: { userName: 'a', password: 'b' } };
      callback(null, [await connect({ server: '127.0.0.1', authentication: login, options: { instanceName: 'SQLEXPRESS' } })]);
    }";
    let (record, _) = scripts.alone_text(Writes::RolledBack, text).await;
    let seen = result(&record);
    assert_eq!(seen[0][0], json!("EINSTLOOKUP"));
    assert!(seen[0][1].as_str().unwrap().contains("options.port"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_test_tells_each_step() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let heard = Arc::<Mutex<Vec<(StageName, StageState)>>>::default();
    let options = || SessionOptions {
        policy: Policy::new(scripts.root.clone(), scripts.allowed.clone()),
        writes: Writes::ReadOnly,
        limits: scripts.limits.clone(),
    };
    let told = Arc::clone(&heard);
    let session =
        Session::probing(options(), Box::new(move |stage| told.lock().unwrap().push((stage.name, stage.state))));
    scripts.run(&session, "get_user.js", &[json!("ada@example.com")]).await;
    let found = session.stages("the run ended");
    session.finish().await;
    let names: Vec<_> = found.iter().map(|stage| (stage.name, stage.state)).collect();
    use StageName::{Authentication, NameLookup, Query, Rights, Schema, Tcp, Tls};
    assert_eq!(
        names,
        [NameLookup, Tcp, Tls, Authentication, Rights, Schema, Query].map(|name| (name, StageState::Passed)),
        "{found:#?}"
    );
    assert_eq!(found[2].detail, "TLSv1.2, certificate verified");
    assert_eq!(found[3].detail, "as app, Microsoft SQL Server 16.0.4096");
    assert_eq!(found[4].detail, "app in legacy, no sysadmin");
    assert_eq!(found[5].detail, "1 tables, may read 1 and write 1: dbo.users");
    assert!(found[6].detail.ends_with("Microsoft SQL Server 2022 (fixture)"), "{}", found[6].detail);
    assert_eq!(*heard.lock().unwrap(), names);

    let session = Session::probing(options(), Box::new(|_| ()));
    let wrong = script("callback(null, await open().catch((error) => error.message));")
        .replace("configuration.SQLSERVER_PASSWORD", "'wrong'");
    scripts.run_text(&session, "script.js", &wrong, &[]).await;
    let found = session.stages("the run ended");
    session.finish().await;
    assert_eq!((found[3].name, found[3].state), (Authentication, StageState::Failed));
    assert_eq!(found[3].detail, "Login failed for user 'app'.");
    assert_eq!(found[4].state, StageState::Skipped);
}
