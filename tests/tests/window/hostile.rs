//! The window goes on answering while a script does its worst.

use std::path::Path;
use std::time::Duration;

use acceptance::binary;
use acceptance::screen::{Desktop, Window};

use crate::steps::{file, fill_in_a_user, pictures, verdict};

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
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &["--sample"], &pictures("hostile")).await;
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
        // A script that stops the window does so every time; a machine that is busy elsewhere does not.
        let mut pauses = Vec::new();
        while pauses.last().is_none_or(|longest| *longest >= 500.0) {
            assert!(pauses.len() < 3, "{case}: the window did nothing for {pauses:.0?} ms, each time it was tried");
            pauses.push(longest_pause(&mut window, case, outcome).await);
        }
    }
    window.close().await;
}

/// Runs the script in the editor to its end; the longest time in which the window did nothing meanwhile, in milliseconds.
async fn longest_pause(window: &mut Window, case: &str, outcome: &str) -> f64 {
    window.fill("try-password", "anything").await;
    window.evaluate("window.__longest = 0").await;
    window.click("try-run").await;
    if outcome == "cancelled" {
        window.text_until("running", "the run goes on", |text| text.contains("Running")).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        window.click("try-stop").await;
    }
    verdict(window, outcome).await;
    // A picture of the window stops its clock, so it comes after the look at it.
    let longest = window.evaluate("return window.__longest").await.as_f64().unwrap();
    println!("{case:24} {outcome:14} the window's longest pause: {longest:.0} ms");
    window.picture(case).await;
    longest
}
