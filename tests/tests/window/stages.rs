//! The connection test of each kind of store, stage by stage, against real servers: time and cause stand in the card.

use std::path::Path;

use acceptance::binary;
use acceptance::screen::{Desktop, Window};
use acceptance::servers::{
    api::{self, Api},
    ldap::{self, Ldap},
    mongodb::{self, MongoDb},
    sqlserver::{self, SqlServer},
};

use crate::steps::{configure, connection_from, empty_workspace, pictures, template};

/// A row of the card: stage, state, time, what was found.
type Row = (String, String, String, String);

const STAGES: [&str; 7] = ["name lookup", "TCP", "TLS", "authentication", "rights", "schema", "query"];

/// What the card says, row by row; each has its time unless it was skipped, and says what was found or why not.
async fn rows(window: &Window) -> Vec<Row> {
    let rows = "return [...document.querySelectorAll('[data-testid=stages] li')]\
         .map((row) => [row.children[1].innerText, row.dataset.state, row.children[3].innerText, row.children[4].innerText])";
    let rows: Vec<Row> = serde_json::from_value(window.evaluate(rows).await).unwrap();
    for (stage, state, time, found) in &rows {
        assert_eq!(time.is_empty(), state == "skipped", "{stage} took {time:?}: {rows:?}");
        assert!(time.is_empty() || time.ends_with("ms") || time.ends_with(" s"), "{stage}: {time:?}");
        assert!(!found.is_empty(), "{stage} does not say why: {rows:?}");
    }
    rows
}

/// Runs the test until it ends with this verdict, and gives back what the card says.
async fn test(window: &Window, verdict: &str) -> Vec<Row> {
    window.click("test-run").await;
    window.text_until("test-verdict", "how the test ended", |text| text == verdict).await;
    rows(window).await
}

/// The states by stage, for all seven.
fn states(rows: &[Row]) -> Vec<&str> {
    let names: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(names, STAGES, "{rows:?}");
    rows.iter().map(|row| row.1.as_str()).collect()
}

fn found<'a>(rows: &'a [Row], stage: &str) -> &'a str {
    &rows.iter().find(|row| row.0 == stage).unwrap_or_else(|| panic!("no {stage} in {rows:?}")).3
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_tested_stage_by_stage() {
    let desktop = Desktop::start();
    let server = Ldap::start();
    let workspace = empty_workspace(&desktop);
    let mut window = open(&desktop, &workspace, &[("directory", "ldap")], "directory").await;
    let url = format!("ldaps://127.0.0.1:{}", server.tls_port);
    let base = format!("ou=people,{}", ldap::BASE);
    configure(
        &workspace,
        "directory",
        &[("LDAP_URL", &url), ("LDAP_BIND_DN", ldap::READER), ("LDAP_BASE_DN", &base), ("LDAP_CA", &server.ca)],
    );

    // Without its secret there is no test, and the card says which one is missing.
    window.click("tab-connection").await;
    window.click("test-run").await;
    window.text_until("connection-fault", "the secret is named", |text| text.contains("LDAP_BIND_PASSWORD")).await;
    window.picture("no-secret").await;
    set_secret(&window, "wr0ng-Pass").await;

    // What is not allowed is not asked; the card says how to allow it.
    window.click("tab-connection").await;
    window.click("test-run").await;
    window.text_until("test-verdict", "the policy stops it", |text| text.starts_with("stopped at")).await;
    assert!(window.text("stages").await.contains(&format!("127.0.0.1:{}", server.tls_port)));
    window.picture("not-allowed").await;
    window.click("test-allow").await;
    let settings = || std::fs::read_to_string(workspace.join("sluice.toml")).unwrap_or_default();
    window.until("the address is allowed", || settings().contains(&server.tls_port.to_string())).await;

    let rows = test(&window, "stopped at authentication").await;
    assert_eq!(states(&rows), ["passed", "passed", "passed", "failed", "skipped", "skipped", "skipped"]);
    assert!(found(&rows, "authentication").contains("invalidCredentials"), "{rows:?}");
    window.picture("wrong-password").await;

    set_secret(&window, ldap::READER_PASSWORD).await;
    window.click("tab-connection").await;
    let rows = test(&window, "reached and ready").await;
    assert_eq!(states(&rows), ["passed"; 7]);
    assert!(found(&rows, "TLS").contains("certificate verified"), "{rows:?}");
    assert!(found(&rows, "authentication").contains(ldap::READER), "{rows:?}");
    window.picture("ready").await;

    configure(&workspace, "directory", &[("LDAP_CA", "")]);
    let rows = test(&window, "stopped at TLS").await;
    assert_eq!(states(&rows)[..4], ["passed", "passed", "failed", "skipped"]);
    window.picture("unknown-issuer").await;

    server.kill();
    let rows = test(&window, "stopped at TCP").await;
    assert_eq!(states(&rows)[..3], ["passed", "failed", "skipped"]);
    assert!(found(&rows, "TCP").to_lowercase().contains("refused"), "{rows:?}");
    window.picture("down").await;
    window.close().await;
}

async fn set_secret(window: &Window, value: &str) {
    window.click("tab-secrets").await;
    window.click("secret-set-LDAP_BIND_PASSWORD").await;
    window.fill("secret-value", value).await;
    window.click("secret-save").await;
    window.gone("secret-value").await;
    window.text_until("secret-LDAP_BIND_PASSWORD", "the secret is set", |text| !text.contains("missing")).await;
}

/// A window on a workspace with these connections, each from the set of templates named beside it.
async fn open(desktop: &Desktop, workspace: &Path, connections: &[(&str, &str)], story: &str) -> Window {
    for (name, set) in connections {
        connection_from(workspace, name, set);
    }
    let window =
        Window::open(desktop, &binary("sluice-desktop"), &[&workspace.display().to_string()], &pictures(story)).await;
    window.find(&format!("connection-{}", connections[0].0)).await;
    window
}

/// Runs the test until the store answers, and gives back what the card says.
async fn reaches(window: &Window) -> Vec<Row> {
    window.click("test-run").await;
    window.text_until("test-verdict", "the store answers", |text| text.starts_with("reached")).await;
    rows(window).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_service_is_tested_stage_by_stage() {
    let desktop = Desktop::start();
    let web = Api::start();
    let workspace = empty_workspace(&desktop);
    let mut window = open(&desktop, &workspace, &[("service", "basic-auth")], "service").await;
    let url = format!("http://127.0.0.1:{}/api/", web.port);
    configure(&workspace, "service", &[("API_URL", &url), ("API_USER", api::USER), ("API_PASSWORD", "not it")]);

    // Allowed by hand: `sluice.toml` says so from then on.
    window.click("tab-connection").await;
    window.fill("allow-endpoint", &format!("127.0.0.1:{}", web.port)).await;
    window.click("allow-add").await;
    let settings = || std::fs::read_to_string(workspace.join("sluice.toml")).unwrap_or_default();
    window.until("the address is allowed", || settings().contains(&format!("127.0.0.1:{}", web.port))).await;

    // Refused credentials, then right ones, then nobody there.
    let rows = test(&window, "stopped at authentication").await;
    assert_eq!(states(&rows), ["passed", "passed", "skipped", "failed", "skipped", "skipped", "skipped"]);
    assert!(found(&rows, "authentication").contains("401"), "{rows:?}");
    window.picture("refused").await;
    configure(&workspace, "service", &[("API_PASSWORD", api::PASSWORD)]);
    let rows = reaches(&window).await;
    // It answers this address with 404, which says nothing about the credentials.
    assert_eq!(states(&rows)[3], "warned", "{rows:?}");
    assert!(found(&rows, "query").contains("GET answered 404"), "{rows:?}");
    window.picture("answers").await;
    drop(web);
    let rows = test(&window, "stopped at TCP").await;
    assert_eq!(states(&rows)[..2], ["passed", "failed"]);
    assert!(found(&rows, "TCP").to_lowercase().contains("refused"), "{rows:?}");
    window.picture("down").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sql_server_and_a_document_store_are_tested_stage_by_stage() {
    let desktop = Desktop::start();
    let (sql, documents) = (SqlServer::start(), MongoDb::start());
    let workspace = empty_workspace(&desktop);
    let allow = |(name, port): (&str, u16)| format!("[connections.{name}]\nallow = [\"127.0.0.1:{port}\"]\n");
    let settings = [("sql", sql.port), ("documents", documents.port)].map(allow).concat();
    std::fs::write(workspace.join("sluice.toml"), settings).unwrap();
    let mut window =
        open(&desktop, &workspace, &[("documents", "mongodb"), ("sql", "sqlserver")], "documents-and-sql").await;
    let port = sql.port.to_string();
    let pairs = [
        ("SQLSERVER_HOST", "127.0.0.1"),
        ("SQLSERVER_PORT", &port),
        ("SQLSERVER_DATABASE", sqlserver::DATABASE),
        ("SQLSERVER_USER", sqlserver::USER),
        ("SQLSERVER_PASSWORD", "not it"),
        ("SQLSERVER_CA", &sql.certificate),
    ];
    configure(&workspace, "sql", &pairs);
    sql.reset(&template("sqlserver", "schema.sql"));
    let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true", documents.port);
    let pairs = [("MONGODB_URI", &*uri), ("MONGODB_DATABASE", mongodb::DATABASE), ("MONGODB_COLLECTION", "people")];
    configure(&workspace, "documents", &pairs);

    window.click("connection-sql").await;
    window.click("tab-connection").await;
    let rows = test(&window, "stopped at authentication").await;
    assert!(found(&rows, "authentication").contains(sqlserver::USER), "{rows:?}");
    window.picture("sql-refused").await;
    configure(&workspace, "sql", &[("SQLSERVER_PASSWORD", sqlserver::PASSWORD)]);
    let rows = reaches(&window).await;
    assert_eq!(states(&rows)[..4], ["passed"; 4], "{rows:?}");
    window.picture("sql-answers").await;

    window.click("connection-documents").await;
    window.find("connection-page").await;
    let rows = reaches(&window).await;
    assert_eq!(states(&rows)[..3], ["passed", "passed", "skipped"], "{rows:?}");
    window.picture("documents-answer").await;
    drop(documents);
    let rows = test(&window, "stopped at TCP").await;
    assert!(found(&rows, "TCP").to_lowercase().contains("refused"), "{rows:?}");
    window.picture("documents-down").await;
    window.close().await;
}
