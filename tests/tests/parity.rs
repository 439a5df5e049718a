//! Parity with Node (design §12): the same script in real Node with the real npm packages, and in Sluice.
//! `PARITY_CASE=name` runs one case of each area.

use acceptance::{
    parity::{self, databases, protocols},
    servers::{cloud, http, ldap::Ldap, mariadb::MariaDb, mongodb_login, postgres, sqlserver},
};

#[tokio::test(flavor = "multi_thread")]
async fn console() {
    parity::area("console", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn buffer() {
    parity::area("buffer", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn crypto() {
    parity::area("crypto", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn callback() {
    parity::area("callback", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn timers() {
    parity::area("timers", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn util() {
    parity::area("util", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn language() {
    parity::area("language", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn modules() {
    parity::area("modules", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn packages() {
    parity::area("packages", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn zlib() {
    parity::area("zlib", None).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn http() {
    let server = databases::Http(http::Http::start());
    parity::area("http", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn pg() {
    let server = databases::Postgres(postgres::Postgres::start());
    parity::area("pg", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite3() {
    parity::area("sqlite3", Some(&databases::Sqlite::new())).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql() {
    let server = databases::Maria(MariaDb::start());
    parity::area("mysql", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql2() {
    let server = databases::Maria(MariaDb::start());
    parity::area("mysql2", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn aws() {
    let server = databases::Cloud(cloud::Cloud::start());
    parity::area("aws", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn cognito() {
    let server = databases::Cloud(cloud::Cloud::start());
    parity::area("cognito", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn auth0() {
    let server = databases::Cloud(cloud::Cloud::start());
    parity::area("auth0", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_promise() {
    let server = databases::Postgres(postgres::Postgres::start());
    parity::area("pg-promise", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn ldap() {
    let server = databases::Ldap(Ldap::start());
    parity::area("ldap", Some(&server)).await.check();
}

/// Each module's own example, as its README has it.
#[tokio::test(flavor = "multi_thread")]
async fn readme() {
    let server = databases::Http(http::Http::start());
    parity::area("readme", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn readme_stores() {
    let servers = databases::Together(vec![
        Box::new(databases::Postgres(postgres::Postgres::start())),
        Box::new(databases::Maria(MariaDb::start())),
        Box::new(databases::Sqlite::new()),
    ]);
    parity::area("readme_stores", Some(&servers)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb() {
    parity::area("mongodb", Some(&databases::Mongo::start())).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn tedious() {
    let server = databases::Tds(sqlserver::SqlServer::start());
    parity::area("tedious", Some(&server)).await.check();
}

/// Ways to log in that the other MongoDB server does not offer.
#[tokio::test(flavor = "multi_thread")]
async fn mongodb_login() {
    let server = protocols::MongoLogin(mongodb_login::MongoLogin::start());
    parity::area("mongodb_login", Some(&server)).await.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn dns() {
    parity::area("dns", Some(&protocols::Names::start())).await.check();
}
