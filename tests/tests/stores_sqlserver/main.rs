//! SQL Server as a legacy store through `tedious` and `mssql`: safe try, read-only, policy, limits, and that no password shows. The
//! server is the TDS server of the tests; its transactions are real, and refuse a message that does not name the open one.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod limits;
mod logins;
mod safe_try;
mod told;

use acceptance::{
    servers::sqlserver::{DATABASE, PASSWORD, SqlServer, USER},
    stores::Scripts,
};
use contract::{Effect, TraceEntry, TraceKind};
use legacy::Endpoint;
use sandbox::RunRecord;

const ADA: &str = "INSERT INTO dbo.users (email, email_verified, password) VALUES ('ada@example.com', 1, 'x')";

fn scripts(server: &SqlServer) -> Scripts {
    let mut scripts = Scripts::of("sqlserver");
    server.reset(&format!("{};{ADA}", scripts.text("schema.sql")));
    scripts.allowed = ["127.0.0.1", "localhost"]
        .iter()
        .map(|host| Endpoint::Host { host: (*host).to_owned(), port: server.port })
        .collect();
    let values = [
        ("SQLSERVER_HOST", "localhost"),
        ("SQLSERVER_PORT", &server.port.to_string()),
        ("SQLSERVER_DATABASE", DATABASE),
        ("SQLSERVER_USER", USER),
        ("SQLSERVER_PASSWORD", PASSWORD),
        ("SQLSERVER_CA", &server.certificate),
    ];
    scripts.configuration = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    scripts
}

/// A script with `open()`, `run(connection, sql)` and `act(connection, verb)` for what it does.
fn script(body: &str) -> String {
    format!(
        "async function script(callback) {{
           const {{ Connection, Request, TYPES }} = require('tedious');
           const open = () => new Promise((resolve, reject) => {{
             const connection = new Connection({{
               server: '127.0.0.1',
               authentication: {{ type: 'default', options: {{ userName: configuration.SQLSERVER_USER, password: configuration.SQLSERVER_PASSWORD }} }},
               options: {{ port: Number(configuration.SQLSERVER_PORT), database: 'legacy', encrypt: false, rowCollectionOnRequestCompletion: true }},
             }});
             connection.on('error', () => {{}});
             connection.connect((error) => (error ? reject(error) : resolve(connection)));
           }});
           const run = (connection, sql, method = 'execSqlBatch') => new Promise((resolve) => {{
             connection[method](new Request(sql, (error, count, rows) => resolve(error ? error.message : rows.length ? rows.map((row) => row[0].value) : count)));
           }});
           const act = (connection, verb) => new Promise((resolve) => {{ connection[`${{verb}}Transaction`]((error) => resolve(error ? error.message : 'ok')); }});
           {body}
         }}"
    )
}

fn queries(record: &RunRecord) -> Vec<&TraceEntry> {
    record.trace.iter().filter(|entry| matches!(entry.kind, TraceKind::Query | TraceKind::Blocked)).collect()
}

fn effects(record: &RunRecord) -> Vec<Effect> {
    queries(record).iter().map(|entry| entry.statement.as_ref().unwrap().effect).collect()
}
