//! Parity with Node (design §12): the same script in real Node with the real npm packages, and in Sluice.
//! `PARITY_CASE=name` runs one case of each area.

use acceptance::{
    parity::{self, databases},
    servers::{http, mariadb::MariaDb, postgres},
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
