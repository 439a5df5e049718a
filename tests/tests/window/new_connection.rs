//! A connection of one's own from a template: by keyboard and by mouse, on disk, and a login with it.

use std::path::Path;

use acceptance::binary;
use acceptance::screen::{Desktop, Key, Window};
use serde_json::Value;

use crate::steps::{database, empty_workspace, pictures, template, verdict};

const SCRIPTS: [&str; 9] = [
    "login.js",
    "get_user.js",
    "create.js",
    "verify.js",
    "change_password.js",
    "delete.js",
    "change_email.js",
    "count_users.js",
    "list_users.js",
];

/// The connection's folder holds the set's scripts, byte for byte, and its own name in `database.json`.
fn is_made_from(workspace: &Path, connection: &str, set: &str) {
    let folder = workspace.join("database-connections").join(connection);
    for script in SCRIPTS {
        let written = std::fs::read_to_string(folder.join(script)).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert_eq!(written, template(set, script), "{connection}/{script}");
    }
    let json: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("database.json")).unwrap()).unwrap();
    let set: Value = serde_json::from_str(&template(set, "connection.json")).unwrap();
    assert_eq!((&json["name"], &json["realms"][0]), (&connection.into(), &connection.into()));
    assert_eq!(json["options"]["configuration"], set["options"]["configuration"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_made_from_a_template_and_logs_in() {
    let desktop = Desktop::start();
    let workspace = empty_workspace(&desktop);
    let folder = workspace.display().to_string();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[&folder], &pictures("new-connection")).await;
    window.find("no-connection").await;
    window.picture("no-connection").await;

    // The dialog offers every set of `scripts/`, each with what it needs.
    window.click("no-connection-new").await;
    let mut sets: Vec<String> = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scripts")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    sets.sort();
    window.find("template-postgres").await;
    let offered = "return [...document.querySelectorAll('[data-testid=new-connection-dialog] input[type=radio]')]\
         .map((one) => [one.dataset.testid.slice(9), one.closest('label').innerText.trim().split('\\n').length])";
    let offered: Vec<(String, usize)> = serde_json::from_value(window.evaluate(offered).await).unwrap();
    let mut keys: Vec<String> = offered.iter().map(|(key, _)| key.clone()).collect();
    keys.sort();
    assert_eq!(keys, sets);
    assert!(sets.len() >= 10 && offered.iter().all(|(_, lines)| *lines == 2), "{offered:?}");
    assert!(!window.is_enabled("new-connection-make").await, "nothing is chosen yet");
    window.picture("templates").await;

    // By mouse: SQLite. A name that is none is refused in words, and nothing is written.
    window.click("template-sqlite").await;
    window.text_until("template-left", "what is left to fill in", |text| text.contains("SQLITE_FILE")).await;
    window.fill("new-connection-name", "not a name").await;
    window.click("new-connection-make").await;
    window.text_until("new-connection-fault", "the name is refused", |text| text.contains("single hyphens")).await;
    window.picture("name-refused").await;
    assert_eq!(workspace.join("database-connections").read_dir().unwrap().count(), 0, "nothing is on disk");
    window.fill("new-connection-name", "legacy-crm").await;
    window.click("new-connection-make").await;
    window.find("connection-legacy-crm").await;
    window.text_until("value-SQLITE_FILE", "the values to fill in", |text| text.contains("legacy.sqlite")).await;
    assert!(!window.has("new-connection-make").await, "the dialog is closed");
    is_made_from(&workspace, "legacy-crm", "sqlite");

    // Before there is a database the test says so; then it passes, and the template's scripts log in.
    window.click("tab-connection").await;
    window.click("test-run").await;
    window.text_until("test-verdict", "there is no file", |text| text.contains("stopped at")).await;
    window.picture("no-database").await;
    database(&workspace.join("database-connections/legacy-crm/legacy.sqlite"));
    window.click("test-run").await;
    window.text_until("test-verdict", "the file is there", |text| text == "reached and ready").await;
    window.picture("database").await;
    window.click("script-login").await;
    window.fill("try-identifier", "ada@example.com").await;
    window.fill("try-password", "correct horse").await;
    window.click("try-run").await;
    verdict(&window, "success").await;
    assert!(window.text("profile").await.contains("ada@example.com"));
    window.fill("try-password", "wrong horse").await;
    window.press("try-password", &format!("{}{}", Key::Control, Key::Enter)).await;
    verdict(&window, "wrong_password").await;
    window.picture("wrong-password").await;

    // By keyboard alone: the palette, the list of templates, the name, Enter. A set with secrets leads to them.
    window.keys(&format!("{}k", Key::Control)).await;
    window.find("palette-input").await;
    window.keys("new connection").await;
    window.keys(&Key::Enter.to_string()).await;
    window.find("template-postgres").await;
    for _ in 0..3 {
        if window.focused().await.starts_with("template-") {
            break;
        }
        window.keys(&Key::Tab.to_string()).await;
    }
    assert_eq!(window.focused().await, "template-postgres", "Tab comes to the list of templates");
    window.keys(&Key::Down.to_string()).await;
    assert_eq!(window.focused().await, "template-mysql");
    window.keys(&Key::Up.to_string()).await;
    assert_eq!(window.focused().await, "template-postgres");
    window.keys(&Key::Tab.to_string()).await;
    assert_eq!(window.focused().await, "new-connection-name");
    window.keys("legacy-crm").await;
    assert!(!window.is_enabled("new-connection-make").await, "the name is taken");
    window.picture("name-taken").await;
    window.keys("-2").await;
    window.keys(&Key::Enter.to_string()).await;
    window.find("connection-legacy-crm-2").await;
    window.text_until("secret-PG_PASSWORD", "the secrets to set", |text| text.contains("missing")).await;
    is_made_from(&workspace, "legacy-crm-2", "postgres");
    window.picture("by-keyboard").await;

    // Esc leaves everything as it was.
    window.keys(&format!("{}k", Key::Control)).await;
    window.find("palette-input").await;
    window.keys(&format!("new connection{}", Key::Enter)).await;
    window.find("new-connection-name").await;
    window.keys(&Key::Escape.to_string()).await;
    window.gone("new-connection-name").await;
    assert_eq!(workspace.join("database-connections").read_dir().unwrap().count(), 2);
    window.close().await;
}
