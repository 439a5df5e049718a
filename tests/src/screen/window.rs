//! The real window, driven through WebKitWebDriver.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use super::Desktop;
use super::desktop::wait_until;

/// How long anything in the window may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open window.
pub struct Window {
    client: Client,
    driver: Child,
    pictures: PathBuf,
    taken: u32,
}

impl Window {
    /// Starts the app on this desktop with these arguments.
    pub async fn open(desktop: &Desktop, app: &Path, arguments: &[&str], pictures: &Path) -> Window {
        let port = free_port();
        let mut command = desktop.command("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        // The web view lets itself be driven only when its environment says so.
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let driver = command.spawn().expect("WebKitWebDriver is installed");
        let listening = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        wait_until("the driver listens", Duration::from_secs(10), listening);
        let options = json!({ "binary": app, "args": arguments });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the app starts under the driver");
        std::fs::create_dir_all(pictures).expect("a folder for pictures");
        Window { client, driver, pictures: pictures.to_owned(), taken: 0 }
    }

    /// The element with this test id, as soon as it is there.
    pub async fn find(&self, id: &str) -> Element {
        let selector = format!("[data-testid={}]", json!(id));
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(&selector)).await;
        found.unwrap_or_else(|error| panic!("nothing in the window has the test id {id}: {error}"))
    }

    /// Whether an element with this test id is there now.
    pub async fn has(&self, id: &str) -> bool {
        // In one step: an element that goes away while the driver lists it is an error there.
        let selector = json!(format!("[data-testid={}]", json!(id)));
        self.evaluate(&format!("return document.querySelector({selector}) !== null")).await == true
    }

    /// Clicks it.
    pub async fn click(&self, id: &str) {
        let begin = Instant::now();
        loop {
            match self.find(id).await.click().await {
                Ok(()) => return,
                Err(error) => assert!(begin.elapsed() < PATIENCE, "{id} cannot be clicked: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await; // still moving, or just redrawn
        }
    }

    /// Clicks what a CSS selector finds first: a part of something that has the test id.
    pub async fn click_css(&self, selector: &str) {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        let element = found.unwrap_or_else(|error| panic!("nothing in the window is {selector}: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{selector} cannot be clicked: {error}"));
    }

    /// Moves the focus to what a CSS selector finds first, as Tab would.
    pub async fn focus_css(&self, selector: &str) {
        let script = format!(
            "const found = document.querySelector({}); found.focus(); return document.activeElement === found",
            json!(selector)
        );
        assert_eq!(self.evaluate(&script).await, json!(true), "{selector} takes no focus");
    }

    /// Replaces what stands in a field.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.find(id).await;
        field.click().await.expect("a field takes the focus");
        field.send_keys(&format!("{}a{}", Key::Control, Key::Null)).await.expect("a field takes keys");
        field.send_keys(&format!("{}{text}", Key::Delete)).await.expect("a field takes text");
    }

    /// Presses keys in an element, e.g. `Ctrl+Enter`.
    pub async fn press(&self, id: &str, keys: &str) {
        self.find(id).await.send_keys(keys).await.unwrap_or_else(|error| panic!("{id} takes no keys: {error}"));
    }

    /// Presses keys wherever the focus is.
    pub async fn keys(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.unwrap_or_else(|error| panic!("no keys are taken: {error}"));
    }

    /// The test id of what has the focus; empty when that has none.
    pub async fn focused(&self) -> String {
        let id = self.evaluate("return document.activeElement?.dataset.testid ?? ''").await;
        id.as_str().unwrap_or_default().to_owned()
    }

    /// Whether a button or field can be used.
    pub async fn is_enabled(&self, id: &str) -> bool {
        self.find(id).await.is_enabled().await.expect("the window answers")
    }

    /// Waits until no element has this test id.
    pub async fn gone(&self, id: &str) {
        let begin = Instant::now();
        while self.has(id).await {
            assert!(begin.elapsed() < PATIENCE, "{id} is still there");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The text of an element.
    pub async fn text(&self, id: &str) -> String {
        self.find(id).await.text().await.unwrap_or_default()
    }

    /// Waits until an element's text satisfies the condition, and returns it.
    pub async fn text_until(&self, id: &str, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let text = self.text(id).await;
            if condition(&text) {
                return text;
            }
            assert!(begin.elapsed() < PATIENCE, "{id}: {what}; it still says {text:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Gives the page inside the window this size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let begin = Instant::now();
        loop {
            self.client.set_window_size(width, height).await.expect("the window takes a size");
            let inner = self.evaluate("return [innerWidth, innerHeight]").await;
            if inner == json!([width, height]) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "the page is {inner}, not {width} × {height}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs JavaScript in the window and returns its answer.
    pub async fn evaluate(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("the script runs in the window")
    }

    /// The whole document as text: markup, field values, storage.
    pub async fn everything(&self) -> String {
        let script = "return document.documentElement.outerHTML \
             + [...document.querySelectorAll('input,textarea')].map(field => field.value).join('\\n') \
             + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)";
        self.evaluate(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// All text the window shows.
    pub async fn page(&self) -> String {
        self.evaluate("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// From now on, keeps a copy of every answer that reaches the window.
    pub async fn watch_messages(&self) {
        let script = "window.__answers = []; const original = window.fetch; \
             window.fetch = async (...call) => { \
                const answer = await original(...call); \
                answer.clone().text().then((text) => window.__answers.push(text)); \
                return answer; \
             };";
        self.evaluate(script).await;
    }

    /// The answers since [`Window::watch_messages`].
    pub async fn messages(&self) -> Vec<String> {
        let answers = self.evaluate("return window.__answers ?? []").await;
        serde_json::from_value(answers).expect("a list of texts")
    }

    /// Waits until something outside the window has come true.
    pub async fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let begin = Instant::now();
        while !condition() {
            assert!(begin.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Saves a picture of the window, numbered in the order they were taken.
    pub async fn picture(&mut self, name: &str) {
        self.taken += 1;
        // What is in the document may not be drawn yet, or be on its way.
        self.evaluate(
            "return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))",
        )
        .await;
        tokio::time::sleep(Duration::from_millis(250)).await;
        let png = self.client.screenshot().await.expect("a picture");
        let path = self.pictures.join(format!("{:02}-{name}.png", self.taken));
        std::fs::write(&path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Closes the window and the driver.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await; // the app may have ended by itself
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.driver.kill(); // after a failed assertion; the app ends with its driver
        let _ = self.driver.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}
