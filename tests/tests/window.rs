//! A person's story through the real window: open the sample, try, break it, migrate, edit, set a secret, export.
//!
//! Pictures stay in `<target>/screenshots`. A canary typed as secret and as password must not come back to the window.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the lints excuse test functions only, not what they call

use std::path::{Path, PathBuf};
use std::time::Duration;

use acceptance::binary;
use acceptance::canary::Canary;
use acceptance::screen::{Desktop, Window};

const CANARY: Canary = Canary("canary-7f1e-Zq9-window");

fn pictures() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("screenshots")
}

async fn try_with(window: &Window, password: &str) {
    window.fill("try-password", password).await;
    window.click("try-run").await;
}

/// Takes the first test user of the sample's list.
async fn fill_in_a_user(window: &Window) {
    window.click("test-users").await;
    let user = window.evaluate("return document.querySelector('[data-testid^=\"fill-\"]').dataset.testid").await;
    window.click(user.as_str().unwrap()).await;
}

async fn verdict(window: &Window, outcome: &str) {
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

fn file(folder: &Path, name: &str) -> PathBuf {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter_map(|path| match path.is_dir() {
        true if path.join(name).is_file() => Some(path.join(name)),
        _ => None,
    });
    found.next().unwrap_or_else(|| panic!("no {name} below {}", folder.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_minute_with_the_sample() {
    let desktop = Desktop::start();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[], &pictures()).await;
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

/// Hostile scripts with the outcome each has in the window; the busy ones are stopped by hand.
const HOSTILE: [(&str, &str); 6] = [
    ("array-join", "cancelled"),
    ("regex-nested", "cancelled"),
    ("loop-while", "cancelled"),
    ("memory-array-push", "out_of_memory"),
    ("console-flood", "cancelled"),
    ("recursion", "script_error"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_window_answers_while_scripts_are_hostile() {
    let desktop = Desktop::start();
    let mut window =
        Window::open(&desktop, &binary("sluice-desktop"), &["--sample"], &pictures().join("hostile")).await;
    window.find("editor").await;
    // A window that has just come up still draws for the first time.
    fill_in_a_user(&window).await;
    window.click("try-run").await;
    verdict(&window, "success").await;
    // The window's own clock: the longest time in which it could do nothing else.
    let watch = "window.__longest = 0; let last = performance.now(); \
         setInterval(() => { const now = performance.now(); window.__longest = Math.max(window.__longest, now - last); last = now; }, 10)";
    window.evaluate(watch).await;
    let login = file(&desktop.data_dir().join("sample/database-connections"), "login.js");
    for (case, outcome) in HOSTILE {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile").join(case).join("login.js");
        std::fs::write(&login, format!("// {case}\n{}", std::fs::read_to_string(script).unwrap())).unwrap();
        window.click("reload").await;
        window.text_until("editor", "the file is shown", |text| text.contains(&format!("// {case}"))).await;
        window.fill("try-password", "anything").await;
        window.evaluate("window.__longest = 0").await;
        window.click("try-run").await;
        if outcome == "cancelled" {
            window.text_until("running", "the run goes on", |text| text.contains("Running")).await;
            tokio::time::sleep(Duration::from_millis(700)).await;
            window.click("try-stop").await;
        }
        verdict(&window, outcome).await;
        // A picture of the window stops its clock, so it comes after the look at it.
        let longest = window.evaluate("return window.__longest").await.as_f64().unwrap();
        println!("{case:24} {outcome:14} the window's longest pause: {longest:.0} ms");
        window.picture(case).await;
        assert!(longest < 500.0, "{case}: the window did nothing for {longest:.0} ms");
    }
    window.close().await;
}
