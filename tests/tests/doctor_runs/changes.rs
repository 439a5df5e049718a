//! Changes that a script says it made, and that no write of its run made.

use std::io::{Read as _, Write as _};

use acceptance::servers::{
    ldap::{self, Ldap},
    mongodb::{Kind, MongoDb},
    postgres,
    sqlserver::{self, SqlServer},
};
use contract::{Action, Outcome};
use studio::view::{RunReport, TryArguments};
use studio::{RunOptions, TryRequest};
use tokio_util::sync::CancellationToken;

use crate::{Desk, IDENTIFIER, closed_port, none, only};

const RULE: &str = "nothing_written";

async fn run(action: Action, body: &str, ports: &[u16], commit: bool) -> RunReport {
    let parameters = match action {
        Action::Verify => "email",
        Action::ChangePassword => "email, password",
        Action::ChangeEmail => "email, newEmail, verified",
        Action::Delete => "id",
        _ => "user",
    };
    let desk = Desk::new(&[(action, &format!("async function script({parameters}, callback) {{\n{body}\n}}"))]).await;
    let arguments = TryArguments {
        identifier: Some(IDENTIFIER.to_owned()),
        new_email: Some("new@example.test".to_owned()),
        id: Some("7".to_owned()),
        ..TryArguments::default()
    };
    let allow = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let request = TryRequest {
        connection: "c".to_owned(),
        action,
        text: None,
        arguments,
        password: matches!(action, Action::ChangePassword | Action::Create).then(|| "Pa55 word".into()),
        options: RunOptions { allow, commit, ..RunOptions::default() },
    };
    desk.workspace.try_script(request, &|_| {}, CancellationToken::new()).await.unwrap()
}

async fn expect(action: Action, body: &str, ports: &[u16], commit: bool, found: Option<&str>) {
    let report = run(action, body, ports, commit).await;
    assert_eq!(report.outcome, Outcome::Success, "{body}: {:?}", report.error);
    match found {
        Some(words) => {
            let message = &only(&report, RULE).message;
            assert!(message.contains(words), "{body}: {message}");
        }
        None => none(&report, RULE),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_database() {
    let server = postgres::Postgres::start();
    server.reset(
        "create table users (id int primary key, email text unique, hash text);
         insert into users values (1, 'ada@example.test', 'x'), (7, 'grace@example.test', 'x');
         create table orders (user_id int references users (id)); insert into orders values (7);
         create function set_hash(who text, h text) returns void language sql as
           'update users set hash = h where email = who';
         create table sessions (email text)",
    );
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    let with = |work: &str, answer: &str| {
        format!("const c = new (require('pg').Client)('{url}'); await c.connect(); {work} await c.end(); {answer}")
    };
    let nobody = "await c.query('update users set hash = $1 where email = $2', ['h', 'nobody']);";
    let somebody = "await c.query('update users set hash = $1 where email = $2', ['h', 'ada@example.test']);";
    let failed = "await c.query('update users set nocol = 1').catch(() => {});";
    let yes = "callback(null, true);";
    let reset = "callback(null, { last_password_reset: Date.now() });";
    for commit in [false, true] {
        for (action, work, answer, found) in [
            (Action::ChangePassword, nobody, yes, Some("pg UPDATE found no row to change")),
            (Action::ChangePassword, nobody, reset, Some("pg UPDATE found no row to change")),
            (Action::ChangePassword, failed, yes, Some("pg UPDATE failed (column \"nocol\"")),
            (Action::Verify, nobody, yes, Some("callback(null, false)")),
            (Action::ChangeEmail, nobody, yes, Some("callback(null, false)")),
            (Action::ChangePassword, somebody, yes, None),
            (Action::ChangePassword, &format!("{nobody} {somebody}"), yes, None),
            (
                Action::ChangePassword,
                "await c.query('select set_hash($1, $2)', [email, 'h']); await c.query('delete from sessions');",
                yes,
                None,
            ),
            (Action::ChangePassword, "", yes, None),
            (Action::Delete, "await c.query('delete from users where id = 99');", "callback(null);", None),
            (
                Action::Delete,
                "await c.query('delete from users where id = $1', [id]).catch(() => {});",
                "callback(null);",
                Some("the user stays"),
            ),
            (
                Action::Create,
                "await c.query('insert into users values (1)').catch(() => {});",
                "callback(null);",
                Some("pg INSERT failed (duplicate key"),
            ),
            (
                Action::Create,
                "await c.query('begin'); await c.query('insert into users values (2)'); await c.query('rollback');",
                "callback(null);",
                Some("own rollback"),
            ),
        ] {
            expect(action, &with(work, answer), &[server.port], commit, found).await;
        }
    }
    // Said as it is.
    let report = run(Action::ChangePassword, &with(nobody, "callback(null, false);"), &[server.port], false).await;
    assert_eq!(report.outcome, Outcome::NotChanged);
    none(&report, RULE);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_back_or_refused() {
    let server = postgres::Postgres::start();
    server.reset("create table users (email text unique); insert into users values ('ada@example.test')");
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    let sql = |sql: &str| {
        format!(
            "{{ const c = new (require('pg').Client)('{url}'); await c.connect();
             await c.query(\"{sql}\").catch(() => {{}}); await c.end(); }}"
        )
    };
    let closed = closed_port();
    let post = format!("await fetch('http://127.0.0.1:{closed}/', {{ method: 'POST' }}).catch(() => {{}});");
    let nobody = sql("update users set email = 'x' where email = 'nobody'");
    let held_back = Some("held_back_as_success");
    for (body, rule) in [
        (post.clone(), held_back),
        (sql("vacuum users"), held_back),
        (format!("{} {nobody}", sql("vacuum users")), held_back),
        (format!("{nobody} {post}"), Some(RULE)),
        (format!("{post} {nobody}"), Some(RULE)),
        (format!("{} {post}", sql("update users set email = 'x'")), None),
    ] {
        let report =
            run(Action::ChangePassword, &format!("{body} callback(null, true);"), &[server.port, closed], false).await;
        assert_eq!(report.outcome, Outcome::Success, "{body}: {:?}", report.error);
        for known in ["held_back_as_success", RULE, "success_without_store"] {
            match Some(known) == rule {
                true => assert!(only(&report, known).line.is_none()),
                false => none(&report, known),
            }
        }
    }
    let report = run(Action::ChangePassword, &format!("{post} callback(null, true);"), &[closed], false).await;
    let message = &only(&report, "held_back_as_success").message;
    assert!(
        message.starts_with("held back: POST to 127.0.0.1") && message.contains("nothing of that was sent"),
        "{message}"
    );
    assert!(message.contains("safe_requests"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_is_answered_as_nothing_to_change_or_as_a_user_that_exists() {
    let server = postgres::Postgres::start();
    server.reset("create table users (email text unique, hash text not null); insert into users values ('ada', 'x')");
    let url = server.url(postgres::USER, postgres::PASSWORD, "");
    let closed = closed_port();
    let sql = |sql: &str| {
        format!(
            "const c = new (require('pg').Client)('{url}'); await c.connect(); await c.query('select 1 as one');
             await c.query(\"{sql}\").catch(() => {{}}); await c.end();"
        )
    };
    let down =
        format!("await new (require('pg').Client)('postgres://a:b@127.0.0.1:{closed}/d').connect().catch(() => {{}});");
    let (outage, query) = (Some("outage_as_wrong_password"), Some("query_error_as_wrong_password"));
    let exists = "callback(new ValidationError('user_exists', 'no'));";
    for (action, body, answer, outcome, rule) in [
        (Action::ChangePassword, down.clone(), "callback(null, false);", Outcome::NotChanged, outage),
        (Action::Verify, sql("update userz set hash = 'h'"), "callback(null, false);", Outcome::NotChanged, query),
        (
            Action::Verify,
            sql("update users set hash = 'h' where email = 'b'"),
            "callback(null, false);",
            Outcome::NotChanged,
            None,
        ),
        (
            Action::ChangeEmail,
            sql("insert into users values ('ada', 'y')"),
            "callback(null, false);",
            Outcome::NotChanged,
            None,
        ),
        (Action::Create, down.clone(), exists, Outcome::Refused, outage),
        (Action::Create, sql("insert into userz values ('b')"), exists, Outcome::Refused, query),
        (Action::Create, sql("insert into users values ('b', null)"), exists, Outcome::Refused, query),
        (Action::Create, sql("insert into users values ('ada', 'y')"), exists, Outcome::Refused, None),
        (
            Action::Create,
            sql("insert into users values ('b', null)"),
            "callback(new ValidationError('weak', 'no'));",
            Outcome::Refused,
            None,
        ),
    ] {
        let report = run(action, &format!("{body} {answer}"), &[server.port, closed], false).await;
        assert_eq!(report.outcome, outcome, "{body}: {:?}", report.error);
        for known in ["outage_as_wrong_password", "query_error_as_wrong_password"] {
            if Some(known) == rule {
                let message = &only(&report, known).message;
                let words = if answer == exists { "signed up already" } else { "no such user" };
                assert!(message.contains(words), "{message}");
            } else {
                none(&report, known);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_web_service() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or(0);
            let missing = String::from_utf8_lossy(&head[..read]).contains("/nobody");
            let status = if missing { "404 Not Found" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let send = |method: &str, path: &str| {
        format!(
            "await fetch('http://127.0.0.1:{port}/{path}', {{ method: '{method}' }}).catch(() => {{}}); callback(null, true);"
        )
    };
    // Held back: whether it would have changed something is not known.
    expect(Action::ChangePassword, &send("PUT", "nobody"), &[port], false, None).await;
    expect(Action::ChangePassword, &send("PUT", "nobody"), &[port], true, Some("was refused (404 Not Found)")).await;
    expect(Action::ChangePassword, &send("PUT", "ada"), &[port], true, None).await;
    expect(Action::ChangePassword, &send("GET", "ada?password=set"), &[port], true, None).await;
    expect(Action::Delete, &send("DELETE", "nobody"), &[port], true, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_mongodb_and_in_a_file() {
    let server = MongoDb::start_as(Kind { is_replica_set: true, ..Kind::default() });
    let with = |work: &str| {
        format!(
            "const {{ MongoClient }} = require('mongodb'); const client = new MongoClient('mongodb://127.0.0.1:{}/app');
             await client.connect(); const users = client.db('app').collection('users'); {work}
             await client.close(); callback(null, true);",
            server.port
        )
    };
    server.reset();
    let update = |filter: &str| format!("await users.updateOne({filter}, {{ $set: {{ hash: 'h' }} }});");
    let found = Some("mongodb update users found no row to change");
    expect(Action::ChangePassword, &with(&update("{ email: 'nobody' }")), &[server.port], false, found).await;
    expect(Action::ChangePassword, &with(&update("{}")), &[server.port], false, None).await;
    let file = "const db = new (require('sqlite3').Database)('users.sqlite'); db.serialize(() => { WORK;
         db.close(() => callback(null, true)); });";
    let nobody = "db.run('create temp table users (a)'); db.run('update users set a = 1')";
    for commit in [false, true] {
        expect(
            Action::Verify,
            &file.replace("WORK", "db.run('update users set a = 1', () => {})"),
            &[],
            commit,
            Some("failed"),
        )
        .await;
        // The table is new, which is something.
        expect(Action::Verify, &file.replace("WORK", nobody), &[], commit, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_no_store_answers() {
    let port = closed_port();
    let connect =
        format!("await new (require('pg').Client)('postgres://a:b@127.0.0.1:{port}/d').connect().catch(() => {{}});");
    for (action, answer) in [
        (Action::ChangePassword, "callback(null, true);"),
        (Action::Create, "callback(null);"),
        (Action::Delete, "callback(null);"),
    ] {
        let report = run(action, &format!("{connect} {answer}"), &[port], false).await;
        assert_eq!(report.outcome, Outcome::Success, "{:?}", report.error);
        only(&report, "success_without_store");
        none(&report, RULE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_sql_server_and_in_a_directory() {
    let server = SqlServer::start();
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/sqlserver/schema.sql")).unwrap();
    server.reset(&schema);
    let ask = |sql: &str| {
        format!(
            "const sql = require('mssql');
             const pool = await sql.connect({{ server: '127.0.0.1', port: {}, user: '{}', password: '{}', database: '{}',
               options: {{ encrypt: false }} }});
             try {{ await pool.request().query(\"{sql}\"); }} catch (e) {{}}
             await pool.close(); callback(null, true);",
            server.port,
            sqlserver::USER,
            sqlserver::PASSWORD,
            sqlserver::DATABASE
        )
    };
    for commit in [false, true] {
        let nobody = ask("UPDATE dbo.users SET password = 'h' WHERE email = 'nobody'");
        expect(Action::ChangePassword, &nobody, &[server.port], commit, Some("found no row to change")).await;
        let failed = ask("UPDATE dbo.userz SET password = 'h'");
        expect(Action::ChangePassword, &failed, &[server.port], commit, Some("failed (Invalid object name")).await;
    }
    let directory = Ldap::start();
    let modify = |uid: &str| {
        format!(
            "const ldap = require('ldapjs'); const client = ldap.createClient({{ url: 'ldap://127.0.0.1:{}' }});
             const change = new ldap.Change({{ operation: 'replace', modification: {{ userPassword: password }} }});
             client.bind('{}', \"{}\", () => client.modify('uid={uid},ou=people,{}', change, () => {{
               client.unbind(); callback(null, true);
             }}));",
            directory.port,
            ldap::ADMIN,
            ldap::ADMIN_PASSWORD,
            ldap::BASE
        )
    };
    let found = Some("ldapjs modify failed (noSuchObject");
    expect(Action::ChangePassword, &modify("nobody"), &[directory.port], true, found).await;
    expect(Action::ChangePassword, &modify("ada"), &[directory.port], true, None).await;
    // Held back.
    expect(Action::ChangePassword, &modify("nobody"), &[directory.port], false, None).await;
}
