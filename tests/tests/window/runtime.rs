//! The runtime of a connection and its container: what works where, what `sluice.toml` says of it, what Recycle throws away.

use std::path::Path;

use acceptance::binary;
use acceptance::screen::{Desktop, Key, Window};

use crate::steps::{connection_from, database, empty_workspace, pictures, verdict};

/// A script of 2016: lodash without a require; it also counts its runs in `global`.
const OF_2016: &str = "function login(identifier, password, callback) {
  global.runs = (global.runs || 0) + 1;
  const people = [{ id: 7, email: 'ada@example.com' }];
  const user = _.find(people, { email: identifier });
  callback(null, { user_id: String(user.id), email: user.email, email_verified: true, nickname: 'run ' + global.runs });
}
";

fn settings(workspace: &Path) -> String {
    std::fs::read_to_string(workspace.join("sluice.toml")).unwrap_or_default()
}

async fn choose_by_mouse(window: &Window, runtime: &str) {
    // The word on the segment is what a person clicks; its radio button is not drawn.
    window.click_css(&format!("[data-testid=runtime-choice] label[for$='-{runtime}']")).await;
    window.text_until("runtime-says", "the runtime is set", |text| text.contains(word(runtime))).await;
}

fn word(runtime: &str) -> &'static str {
    match runtime {
        "node18" => "As in production on Node 18",
        "node22" => "As in production on Node 22",
        _ => "each use is reported",
    }
}

async fn try_login(window: &Window, outcome: &str) {
    window.click("script-login").await;
    window.fill("try-identifier", "ada@example.com").await;
    window.fill("try-password", "x").await;
    window.click("try-run").await;
    window.gone("running").await;
    verdict(window, outcome).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_global_works_in_compatible_only_and_the_container_is_recycled() {
    let desktop = Desktop::start();
    let workspace = empty_workspace(&desktop);
    let connection = connection_from(&workspace, "legacy-crm", "sqlite");
    std::fs::write(connection.join("login.js"), OF_2016).unwrap();
    database(&connection.join("legacy.sqlite"));
    let folder = workspace.display().to_string();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[&folder], &pictures("runtime")).await;

    // Compatible is where one begins: the global works, and what removed it is reported.
    try_login(&window, "success").await;
    window.click("drawer-problems").await;
    window.text_until("problems", "the global is reported", |text| text.contains("_")).await;
    window.picture("compatible").await;

    // Node 22 by mouse: the same script fails by name, as in production.
    window.click("tab-connection").await;
    assert!(window.text("runtime-says").await.contains(word("compatible")));
    choose_by_mouse(&window, "node22").await;
    assert!(settings(&workspace).contains("runtime = \"node22\""), "{}", settings(&workspace));
    window.picture("node22-chosen").await;
    try_login(&window, "script_error").await;
    let error = window.text("run-error").await;
    assert!(error.contains("ReferenceError") && error.contains("_ is not defined"), "{error}");
    window.picture("node22").await;

    // Node 18 by keyboard: an arrow from the chosen one.
    window.click("tab-connection").await;
    window.focus_css("[data-testid=runtime-choice] input:checked").await;
    window.keys(&Key::Left.to_string()).await;
    window.text_until("runtime-says", "the arrow chooses", |text| text.contains(word("node18"))).await;
    window.until("sluice.toml says node18", || settings(&workspace).contains("runtime = \"node18\"")).await;
    try_login(&window, "script_error").await;

    // Back to compatible: it works again, in a container of its own.
    window.click("tab-connection").await;
    window.focus_css("[data-testid=runtime-choice] input:checked").await;
    window.keys(&Key::Left.to_string()).await;
    window.until("sluice.toml says compatible", || settings(&workspace).contains("runtime = \"compatible\"")).await;
    try_login(&window, "success").await;
    let first = window.text("profile").await;
    assert!(first.contains("run 1"), "{first}");

    // `global` is kept from run to run, until the container is recycled.
    try_login(&window, "success").await;
    window.text_until("profile", "the container is kept", |text| text.contains("run 2")).await;
    window.click("tab-connection").await;
    window.click("recycle").await;
    window
        .text_until("connection-page", "it says so", |text| text.contains("the next run starts with an empty global"))
        .await;
    window.picture("recycled").await;
    try_login(&window, "success").await;
    window.text_until("profile", "global is empty again", |text| text.contains("run 1")).await;
    window.close().await;
}
