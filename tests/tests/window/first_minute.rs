//! Open the sample, try, break it, migrate, edit, set a secret, export.
//!
//! A canary typed as secret and as password must not come back to the window.

use std::time::Duration;

use acceptance::binary;
use acceptance::canary::Canary;
use acceptance::screen::{Desktop, Window};

use crate::steps::{file, fill_in_a_user, pictures, try_with, verdict};

const CANARY: Canary = Canary("canary-7f1e-Zq9-window");

async fn figure(window: &Window, id: &str, value: &str) {
    let begin = std::time::Instant::now();
    loop {
        let now = window.find(id).await.attr("data-value").await.ok().flatten().unwrap_or_default();
        if now == value {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{id} is {now:?}, not {value}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_minute_with_the_sample() {
    let desktop = Desktop::start();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[], &pictures("first-minute")).await;
    window.find("welcome-sample").await;
    window.picture("welcome").await;
    window.watch_messages().await;
    window.click("welcome-sample").await;
    window.find("editor").await;

    // The first test user is filled in; a right password logs in, a wrong one is told as the platform tells it.
    window.click("try-run").await;
    verdict(&window, "success").await;
    assert!(window.text("verdict-headline").await.contains("Logged in"));
    window.picture("logged-in").await;
    try_with(&window, CANARY.0).await;
    verdict(&window, "wrong_password").await;
    assert!(window.text("log-event").await.contains("fp"));
    window.picture("wrong-password").await;

    // The flow moves the user, and the count moves.
    window.click("tab-migration").await;
    figure(&window, "count-total", "1000").await;
    figure(&window, "count-migrated", "0").await;
    window.click("tab-scripts").await;
    let sample = desktop.data_dir().join("sample");
    fill_in_a_user(&window).await;
    window.click("flow-login").await;
    window.find("verdict").await;
    window.text_until("verdict-headline", "the user moves", |text| text.contains("migrated")).await;
    window.click("tab-migration").await;
    figure(&window, "count-migrated", "1").await;
    figure(&window, "count-left", "999").await;
    window.picture("migration").await;
    window.click("theme-toggle").await;
    window.picture("migration-other-theme").await;

    // What is typed is what runs, and saving writes it.
    window.click("tab-scripts").await;
    window.click("editor-text").await;
    window.press("editor-text", &format!("{}{}", "\u{e009}", "\u{e010}")).await; // Ctrl+End
    window.press("editor-text", "\n// edited in the window").await;
    window.press("editor-text", "\u{e009}s").await; // Ctrl+S
    let login = file(&sample.join("database-connections"), "login.js");
    let saved = || std::fs::read_to_string(&login).unwrap().contains("// edited in the window");
    window.until("the script is saved", saved).await;
    window.picture("edited").await;

    // A reference without a value stops a run by name; with a secret set it runs again.
    let json = file(&sample.join("database-connections"), "database.json");
    let text = std::fs::read_to_string(&json).unwrap();
    let referring =
        text.replacen("\"configuration\": {", "\"configuration\": {\n      \"API_KEY\": \"@@API_KEY@@\",", 1);
    assert_ne!(referring, text);
    std::fs::write(&json, referring).unwrap();
    window.click("reload").await;
    window.click("tab-secrets").await;
    window.click("secret-set-API_KEY").await;
    window.fill("secret-value", CANARY.0).await;
    window.click("secret-save").await;
    window.text_until("secret-API_KEY", "the secret is set", |text| text.contains("set")).await;
    window.picture("secrets").await;
    window.click("tab-scripts").await;
    fill_in_a_user(&window).await;
    window.click("try-run").await;
    verdict(&window, "success").await;

    // The export lists what goes out before it goes, and no value of a secret is in it.
    window.click("export-open").await;
    window.text_until("export-files", "the files are listed", |text| text.contains("login.js")).await;
    assert!(window.text("export-needs").await.contains("API_KEY"));
    window.picture("export").await;
    window.click("export-write").await;
    let out = desktop.home().join("bundle");
    desktop.answer_file_dialog(&out).await;
    window.find("export-done").await;
    window.picture("exported").await;
    assert!(file(&out.join("database-connections"), "database.json").is_file());

    // The canary, typed twice, came back nowhere.
    let document = window.everything().await;
    assert!(!CANARY.is_in(document.as_bytes()), "the canary is in the document");
    let messages = window.messages().await;
    assert!(messages.len() > 5, "the messages to the window were not watched");
    let told: Vec<&String> = messages.iter().filter(|message| CANARY.is_in(message.as_bytes())).collect();
    assert!(told.is_empty(), "the canary came back: {told:?}");
    window.close().await;
    assert_eq!(CANARY.files_below(desktop.home()), [""; 0], "files hold the canary");
}
