//! How a script treats its connections to the legacy store.

use std::io::{Read as _, Write as _};

use acceptance::servers::{
    postgres,
    sqlserver::{self, SqlServer},
};
use contract::{Action, Outcome};
use serde_json::json;
use studio::RunOptions;

use crate::{Desk, IDENTIFIER, allowing, closed_port, get_user_text, get_user_with, none, only};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_and_a_pool_that_are_never_ended() {
    let server = postgres::Postgres::start();
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    let body = |work: &str| format!("  const pg = require('pg');\n{}", work.replace("URL", &format!("'{url}'")));
    let client = "  const client = new pg.Client(URL);\n  client.connect((error) => error ? callback(error) : \
                  client.query('select 1', (error) => END));";
    let pool = "  const pool = new pg.Pool({ connectionString: URL });\n  pool.query('select 1', (error) => END);";
    let old =
        "  postgres(URL, (error, client, done) => error ? callback(error) : client.query('select 1', (error) => END));";
    for (text, ends) in [
        (client, "client.end(() => callback(error, null))"),
        (pool, "pool.end(() => callback(error, null))"),
        (old, "{ done(); pg.end(); callback(error, null); }"),
        // Back in the pool is closed enough: no script of then ended the pool.
        (old, "{ done(); callback(error, null); }"),
        (old, "postgres(URL, (again, other, give) => { done(); give(); callback(error || again, null); })"),
    ] {
        let open = get_user_with(&body(&text.replace("END", "callback(error, null)")), allowing(server.port)).await;
        assert_eq!(open.outcome, Outcome::NotFound, "{:?}", open.error);
        let message = &only(&open, "connection_not_closed").message;
        assert!(message.contains("leaves pg 127.0.0.1"), "{message}");
        let closed = get_user_with(&body(&text.replace("END", ends)), allowing(server.port)).await;
        assert_eq!(closed.outcome, Outcome::NotFound, "{:?}", closed.error);
        none(&closed, "connection_not_closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_is_told_as_a_wrong_password() {
    let port = closed_port();
    let work = [
        format!("fetch('http://127.0.0.1:{port}/').then(() => callback(new Error('up')), (error) => ANSWER)"),
        format!(
            "const c = new (require('pg').Client)('postgres://u:p@127.0.0.1:{port}/d'); c.connect((error) => ANSWER)"
        ),
        format!("const c = mysql({{ host: '127.0.0.1', port: {port} }}); c.connect((error) => ANSWER)"),
    ];
    for work in work {
        for (action, answer, outcome) in [
            (Action::Login, "callback(new WrongUsernameOrPasswordError(e, 'no'))", Some(Outcome::WrongPassword)),
            (Action::Login, "callback(null)", Some(Outcome::UnknownUser)),
            (Action::GetUser, "callback(null)", Some(Outcome::NotFound)),
            (Action::Login, "callback(error)", None),
            (Action::GetUser, "callback(error)", None),
        ] {
            let more = if action == Action::Login { "p, " } else { "" };
            let text = format!("function script(e, {more}callback) {{ {}; }}", work.replace("ANSWER", answer));
            let desk = Desk::new(&[(action, &text)]).await;
            let report = desk.try_for(action, IDENTIFIER, allowing(port)).await;
            match outcome {
                Some(outcome) => {
                    assert_eq!(report.outcome, outcome, "{text}\n{:?}", report.error);
                    only(&report, "outage_as_wrong_password");
                }
                None => {
                    assert_eq!(report.outcome, Outcome::ConnectionFailed, "{text}");
                    none(&report, "outage_as_wrong_password");
                }
            }
        }
    }
    let text = "function login(e, p, callback) { callback(new WrongUsernameOrPasswordError(e)); }";
    let report = Desk::new(&[(Action::Login, text)]).await.attempt(Action::Login).await;
    none(&report, "outage_as_wrong_password");
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_is_put_together_from_what_was_typed() {
    let ask = |sql: &str| {
        get_user_text(&format!(
            "  const db = new (require('sqlite3').Database)('users.sqlite');\n  db.get({sql}, (error) => db.close(() => \
             callback(error, null)));"
        ))
    };
    let desk = Desk::with(&json!({}), &[(Action::GetUser, &ask("\"select 1 where '\" + email + \"' = 'x'\""))]).await;
    let report = desk.attempt(Action::GetUser).await;
    assert!(only(&report, "sql_injection").message.contains("use a placeholder"));
    desk.write(Action::GetUser, &ask("'select 1 where ? = 1', email"));
    none(&desk.try_for(Action::GetUser, IDENTIFIER, RunOptions::default()).await, "sql_injection");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_where_the_package_itself_speaks_to_the_server() {
    let server = SqlServer::start();
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/sqlserver/schema.sql")).unwrap();
    server.reset(&schema);
    let ask = |sql: &str| {
        format!(
            "function script(email, callback) {{
               const {{ Connection, Request, TYPES }} = require('tedious');
               const c = new Connection({{ server: '127.0.0.1',
                 authentication: {{ type: 'default', options: {{ userName: '{}', password: configuration.PASSWORD }} }},
                 options: {{ port: {}, database: '{}', encrypt: false }} }});
               const request = new Request({sql}, (error) => {{ c.close(); callback(error, null); }});
               request.addParameter('email', TYPES.NVarChar, email);
               c.connect((error) => error ? callback(error) : c.execSql(request));
             }}",
            sqlserver::USER,
            server.port,
            sqlserver::DATABASE
        )
    };
    let put_together = ask("'SELECT id FROM dbo.users WHERE email = \\'' + email + '\\''");
    let desk = Desk::with(&json!({"PASSWORD": "@@PASSWORD@@"}), &[(Action::GetUser, &put_together)]).await;
    desk.provide("PASSWORD", sqlserver::PASSWORD).await;
    let report = desk.try_for(Action::GetUser, IDENTIFIER, allowing(server.port)).await;
    only(&report, "sql_injection");
    none(&report, "secret_in_sql");
    desk.write(Action::GetUser, &ask("'SELECT id FROM dbo.users WHERE email = @email'"));
    none(&desk.try_for(Action::GetUser, IDENTIFIER, allowing(server.port)).await, "sql_injection");
    desk.write(
        Action::GetUser,
        &ask("`SELECT id FROM dbo.users WHERE email = @email AND password = '${configuration.PASSWORD}'`"),
    );
    only(&desk.try_for(Action::GetUser, IDENTIFIER, allowing(server.port)).await, "secret_in_sql");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_pg_promise_puts_into_the_text_are_no_injection() {
    let server = postgres::Postgres::start();
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    let ask = |query: &str| {
        get_user_text(&format!(
            "  const pgp = require('pg-promise')();\n  const db = pgp('{url}');\n  {query}.then(() => callback(null), callback)\
             .finally(() => pgp.end());"
        ))
    };
    let placeholder = ask("db.any('SELECT $/email/ AS email', { email })");
    let desk = Desk::with(&json!({}), &[(Action::GetUser, &placeholder)]).await;
    let report = desk.try_for(Action::GetUser, IDENTIFIER, allowing(server.port)).await;
    assert_eq!(report.outcome, Outcome::NotFound, "{:?}", report.error);
    none(&report, "sql_injection");
    for put_together in ["db.any(`SELECT '${email}' AS email`)", "db.any('SELECT $1:raw', [`'${email}'`])"] {
        desk.write(Action::GetUser, &ask(put_together));
        let report = desk.try_for(Action::GetUser, IDENTIFIER, allowing(server.port)).await;
        assert!(report.trace.iter().any(|entry| entry.statement.is_some()), "{put_together}: {:?}", report.trace);
        only(&report, "sql_injection");
    }
}

/// A server on a free port; `answer` gets each connection's number, from 0, and says what is sent.
fn answering(answer: impl Fn(usize) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer(number));
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_was_made_good_is_no_finding() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let port = answering(|number| if number == 0 { Vec::new() } else { head.to_vec() });
    let get = format!("const get = () => fetch('http://127.0.0.1:{port}/');");
    let again = format!("{get} get().catch(get).then(() => callback(null), callback);");
    let report = get_user_with(&again, allowing(port)).await;
    assert_eq!(report.outcome, Outcome::NotFound, "{:?}", report.error);
    assert!(report.trace.iter().any(|entry| entry.error.is_some()), "{:?}", report.trace);
    none(&report, "outage_as_wrong_password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_ours_is_named_in_the_headline() {
    let port = answering(|_| {
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11000000\r\n\r\n".to_vec();
        answer.resize(answer.len() + 11_000_000, b'x');
        answer
    });
    let get = format!("fetch('http://127.0.0.1:{port}/').catch(() => callback(new Error('api failed')));");
    let report = get_user_with(&get, allowing(port)).await;
    assert_eq!((report.outcome, report.headline.as_str()), (Outcome::ScriptError, "A limit of Sluice was reached"));
    let hint = report.error.unwrap().hint.unwrap();
    assert!(hint.starts_with("limit reached: 10485760 bytes per HTTP response body. Ask for less"), "{hint}");
}
