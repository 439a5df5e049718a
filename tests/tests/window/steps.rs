//! What the stories have in common: where pictures go, trying, waiting for what the window says, files on disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use acceptance::screen::{Desktop, Window};

/// `correct horse` as bcrypt.
const HASH: &str = "$2b$04$VytuxANJpzzxaTVK7l5Q6utWupfacKmvtccO7knapf7.GzhVk13X2";

/// Where pictures of a story go.
pub(crate) fn pictures(story: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("screenshots").join(story)
}

/// Tries the open script with this password.
pub(crate) async fn try_with(window: &Window, password: &str) {
    window.fill("try-password", password).await;
    window.click("try-run").await;
}

/// Takes the first test user of the sample's list.
pub(crate) async fn fill_in_a_user(window: &Window) {
    window.click("test-users").await;
    let user = window.evaluate("return document.querySelector('[data-testid^=\"fill-\"]').dataset.testid").await;
    window.click(user.as_str().unwrap()).await;
}

/// Waits for this verdict.
pub(crate) async fn verdict(window: &Window, outcome: &str) {
    let begin = std::time::Instant::now();
    loop {
        let script = "return document.querySelector('[data-testid=verdict]')?.dataset.outcome ?? ''";
        let now = window.evaluate(script).await;
        if now == outcome {
            return;
        }
        let text = if window.has("verdict").await { window.text("verdict").await } else { window.page().await };
        assert!(begin.elapsed() < Duration::from_secs(20), "the verdict is {now}, not {outcome}: {text}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The file of this name in the first folder below that has one.
pub(crate) fn file(folder: &Path, name: &str) -> PathBuf {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter_map(|path| match path.is_dir() {
        true if path.join(name).is_file() => Some(path.join(name)),
        _ => None,
    });
    found.next().unwrap_or_else(|| panic!("no {name} below {}", folder.display()))
}

/// An empty workspace on this desktop.
pub(crate) fn empty_workspace(desktop: &Desktop) -> PathBuf {
    let folder = desktop.home().join("identity");
    std::fs::create_dir_all(folder.join("database-connections")).unwrap();
    folder
}

/// A file of the set of templates with this key.
pub(crate) fn template(key: &str, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(key).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A connection on disk as the template's set has it.
pub(crate) fn connection_from(workspace: &Path, connection: &str, set: &str) -> PathBuf {
    let folder = workspace.join("database-connections").join(connection);
    std::fs::create_dir_all(&folder).unwrap();
    let json = template(set, "connection.json").replace("legacy-users", connection);
    std::fs::write(folder.join("database.json"), json).unwrap();
    for entry in Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(set).read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".js") && name != "schema.js" {
            std::fs::write(folder.join(&name), template(set, &name)).unwrap();
        }
    }
    folder
}

/// A SQLite database as the template's schema has it, with Ada in it, whose password is `correct horse`.
pub(crate) fn database(file: &Path) {
    let ada = format!(
        "INSERT INTO users (email, email_verified, username, given_name, password) VALUES
           ('ada@example.com', TRUE, 'ada', 'Ada', '{HASH}');"
    );
    legacy::create_database(file, &(template("sqlite", "schema.sql") + &ada)).unwrap();
}

/// Changes values of `options.configuration` in a connection's `database.json`, as an admin does in an editor.
pub(crate) fn configure(workspace: &Path, connection: &str, values: &[(&str, &str)]) {
    let path = workspace.join("database-connections").join(connection).join("database.json");
    let mut json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for (key, value) in values {
        json["options"]["configuration"][key] = serde_json::json!(value);
    }
    std::fs::write(&path, serde_json::to_string_pretty(&json).unwrap()).unwrap();
}
