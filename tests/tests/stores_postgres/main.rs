//! PostgreSQL against a real server: here the templates, below them safe try and what a connection meets.

mod connections;
mod safe_try;
mod told;
mod transaction;

use acceptance::{
    servers::postgres::{self, Postgres},
    stores::{Scripts, error, result},
};
use contract::Effect;
use legacy::Writes;
use sandbox::RunRecord;
use serde_json::{Value, json};

/// A server with the templates' schema, two users, and the templates configured for it.
fn store() -> (Postgres, Scripts) {
    let server = Postgres::start();
    let scripts = scripts_for(&server);
    reset(&server, &scripts);
    (server, scripts)
}

fn scripts_for(server: &Postgres) -> Scripts {
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = vec![format!("127.0.0.1:{}", server.port).parse().expect("host and port")];
    let port = server.port.to_string();
    let configuration = [
        ("PG_HOST", "127.0.0.1"),
        ("PG_PORT", &port),
        ("PG_DATABASE", postgres::DATABASE),
        ("PG_USER", postgres::USER),
        ("PG_PASSWORD", postgres::PASSWORD),
    ];
    scripts.configuration = configuration.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    scripts
}

/// Ada's password is `Lovelace-1815`; Grace's, in PHP's `$2y$`, is `Hopper-1906`.
fn reset(server: &Postgres, scripts: &Scripts) {
    server.reset(&scripts.text("schema.sql"));
    server.sql(
        "INSERT INTO users (email, email_verified, username, given_name, password) VALUES
           ('ada@example.com', true, 'ada', 'Ada', '$2b$04$q6evBwsOhoqgeL/dU42iz.zfFkLAk1nDDNoHVaS42d2g7qtcok95W'),
           ('Grace@Example.com', false, NULL, 'Grace', '$2y$04$2cx2/1S.rmXsajMlyTMCtugJhARLZo2wjU3P/WQG/h/PO9UGmM4E2')",
    );
}

fn script(body: &str) -> String {
    format!(
        "async function script(callback) {{
           const {{ Client, Pool }} = require('pg');
           const settings = {{ host: configuration.PG_HOST, port: configuration.PG_PORT, user: configuration.PG_USER,
             password: configuration.PG_PASSWORD, database: configuration.PG_DATABASE }};
           {body}
         }}"
    )
}

/// A body with an open client, which ends by calling back with `answer`.
fn with_client(body: &str) -> String {
    script(&format!(
        "const client = new Client(settings);
         await client.connect();
         let answer = null;
         {body}
         await client.end();
         callback(null, answer);"
    ))
}

fn effects(record: &RunRecord) -> Vec<Effect> {
    record.trace.iter().filter_map(|entry| entry.statement.as_ref()).map(|statement| statement.effect).collect()
}

fn changes_nothing(server: &Postgres, before: &str, what: &str) {
    assert_eq!(server.dump(), before, "{what} changed the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_answer_as_the_contract_says() {
    let (server, scripts) = store();
    let before = server.dump();
    let ada = json!({
        "user_id": "1", "email": "ada@example.com", "email_verified": true, "username": "ada", "given_name": "Ada",
    });
    let session = scripts.session(Writes::RolledBack);

    // Any case of the address, and the username, find the same user (contract §14.3 T15).
    for identifier in ["ada@example.com", "ADA@Example.COM", "Ada"] {
        let record = scripts.run(&session, "login.js", &[json!(identifier), json!("Lovelace-1815")]).await;
        assert_eq!(result(&record), ada, "{identifier}");
    }
    let record = scripts.run(&session, "login.js", &[json!("grace@example.com"), json!("Hopper-1906")]).await;
    assert_eq!(result(&record)["email_verified"], json!(false));

    let record = scripts.run(&session, "login.js", &[json!("ada@example.com"), json!("wrong")]).await;
    assert_eq!(error(&record).class, "WrongUsernameOrPasswordError");
    assert!(error(&record).user_id.is_some());
    let record = scripts.run(&session, "login.js", &[json!("nobody@example.com"), json!("x")]).await;
    assert_eq!((error(&record).class.as_str(), &error(&record).user_id), ("WrongUsernameOrPasswordError", &None));

    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("ada@example.com")]).await), ada);
    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("nobody@example.com")]).await), Value::Null);
    assert_eq!(result(&scripts.run(&session, "count_users.js", &[]).await), json!(2));
    let page = result(&scripts.run(&session, "list_users.js", &[Value::Null, json!(1)]).await);
    assert_eq!(page[0]["user_id"], json!("1"));
    let page = result(&scripts.run(&session, "list_users.js", &[json!("1"), json!(10)]).await);
    assert_eq!(page, json!([{"user_id": "2", "email": "Grace@Example.com", "email_verified": false}]));
    assert_eq!(session.finish().await.rolled_back, 0);
    changes_nothing(&server, &before, "reading");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_sees_its_own_writes_and_leaves_none() {
    let (server, scripts) = store();
    let before = server.dump();
    let session = scripts.session(Writes::RolledBack);
    let user = json!({"email": "New@Example.com", "password": "Secret-2024", "username": "newbie", "tenant": "t"});

    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("new@example.com")]).await), Value::Null);
    let record = scripts.run(&session, "create.js", std::slice::from_ref(&user)).await;
    assert_eq!(result(&record), Value::Null);
    assert_eq!(effects(&record), [Effect::RolledBack]);
    let record = scripts.run(&session, "login.js", &[json!("new@example.com"), json!("Secret-2024")]).await;
    assert_eq!(result(&record)["email_verified"], json!(false));
    let id = result(&record)["user_id"].clone();

    let record = scripts.run(&session, "create.js", std::slice::from_ref(&user)).await;
    assert_eq!(error(&record).class, "ValidationError");
    assert_eq!(error(&record).code.as_deref(), Some("user_exists"));
    assert_eq!(result(&scripts.run(&session, "verify.js", &[json!("NEW@example.com")]).await), json!(true));
    assert_eq!(result(&scripts.run(&session, "verify.js", &[json!("nobody@example.com")]).await), json!(false));
    let change = [json!("new@example.com"), json!("Other-2025")];
    assert_eq!(result(&scripts.run(&session, "change_password.js", &change).await), json!(true));
    let change = [json!("new@example.com"), json!("Newer@Example.com"), json!(false)];
    assert_eq!(result(&scripts.run(&session, "change_email.js", &change).await), json!(true));
    let taken = [json!("newer@example.com"), json!("ada@example.com"), json!(true)];
    assert_eq!(error(&scripts.run(&session, "change_email.js", &taken).await).class, "ValidationError");
    let record = scripts.run(&session, "login.js", &[json!("newer@example.com"), json!("Other-2025")]).await;
    assert_eq!(result(&record)["user_id"], id);
    assert_eq!(result(&scripts.run(&session, "delete.js", &[id]).await), Value::Null);
    assert_eq!(result(&scripts.run(&session, "get_user.js", &[json!("newer@example.com")]).await), Value::Null);

    let finish = session.finish().await;
    assert!(finish.rolled_back >= 5, "{finish:?}");
    changes_nothing(&server, &before, "the flow");
    // A sequence does not take part in transactions, and that is said.
    assert!(finish.survives.iter().any(|line| line.contains("users_id_seq")), "{:?}", finish.survives);
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_changes_exactly_what_it_should() {
    let (server, scripts) = store();
    let user = json!({"email": "new@example.com", "password": "Secret-2024"});
    let (record, finish) = scripts.alone(Writes::Committed, "create.js", &[user]).await;
    assert_eq!(result(&record), Value::Null);
    assert_eq!(effects(&record), [Effect::Committed]);
    assert_eq!((finish.rolled_back, finish.survives.len()), (0, 0));
    assert_eq!(
        server.sql("select id, email, email_verified from users order by id desc limit 1"),
        "3|new@example.com|f"
    );
    let (record, _) = scripts.alone(Writes::Committed, "verify.js", &[json!("new@example.com")]).await;
    assert_eq!(result(&record), json!(true));
    assert_eq!(server.sql("select string_agg(email_verified::text, ',' order by id) from users"), "true,false,true");
    let (record, _) = scripts.alone(Writes::Committed, "delete.js", &[json!("3")]).await;
    assert_eq!(result(&record), Value::Null);
    assert_eq!(server.sql("select count(*) from users"), "2");
}
