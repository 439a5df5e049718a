//! What a connection reads and may reach, changed in the window alone: its values, its secrets, its addresses; and what a run that
//! only asks is said to have done.

use acceptance::binary;
use acceptance::screen::{Desktop, Key, Window};
use acceptance::servers::api::{self, Api};

use crate::steps::{connection_from, empty_workspace, pictures, template, verdict};

/// Where the focus is, with keys that bring something there.
async fn press_until_gone(window: &Window, focused: &str, key: char) {
    let selector = format!("[data-testid={focused:?}]");
    window.focus_css(&selector).await;
    window.keys(&key.to_string()).await;
    window.gone(focused).await;
}

async fn change_value(window: &Window, key: &str, value: &str) {
    window.focus_css(&format!("[data-testid=value-change-{key}]")).await;
    window.keys(&Key::Enter.to_string()).await;
    window.find("value-text").await;
    window.fill("value-text", value).await;
    window.keys(&Key::Enter.to_string()).await;
    window.gone("value-text").await;
    window.text_until(&format!("value-{key}"), "the value is shown", |text| text.contains(value)).await;
}

async fn set_secret(window: &Window, name: &str, value: &str) {
    window.click(&format!("secret-set-{name}")).await;
    window.fill("secret-value", value).await;
    window.click("secret-save").await;
    window.gone("secret-value").await;
}

async fn log_in(window: &Window, commit: bool, outcome: &str) -> String {
    window.click("script-login").await;
    window.fill("try-identifier", "ada@example.com").await;
    window.fill("try-password", "correct horse").await;
    if commit {
        window.click("try-commit").await;
    }
    window.click("try-run").await;
    if commit {
        window.click("commit-sure").await;
    }
    window.gone("running").await;
    verdict(window, outcome).await;
    window.text("writes").await
}

/// No advice in the window names an option of the command line.
async fn no_option_is_named(window: &Window) {
    let page = window.page().await;
    assert!(!page.contains("--allow") && !page.contains("--commit") && !page.contains("sluice secret"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_set_up_and_changed_in_the_window_alone() {
    let desktop = Desktop::start();
    let web = Api::start();
    let workspace = empty_workspace(&desktop);
    let connection = connection_from(&workspace, "service", "json-api");
    let folder = workspace.display().to_string();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[&folder], &pictures("settings")).await;
    window.find("connection-service").await;

    // The count says which secret is missing, and leads there.
    window.click("tab-migration").await;
    window.text_until("count-error", "the secret is named", |text| text.contains("API_CLIENT_ID")).await;
    no_option_is_named(&window).await;
    window.picture("count-without-secret").await;
    window.click("secrets-open").await;
    set_secret(&window, "API_CLIENT_ID", api::CLIENT_ID).await;
    set_secret(&window, "API_CLIENT_SECRET", api::CLIENT_SECRET).await;

    // Plain values by keyboard; of database.json nothing else changes. A reference is refused.
    let base = format!("http://127.0.0.1:{}", web.port);
    change_value(&window, "API_URL", &format!("{base}/api")).await;
    change_value(&window, "API_TOKEN_URL", &format!("{base}/oauth/token")).await;
    let written = std::fs::read_to_string(connection.join("database.json")).unwrap();
    let before = template("json-api", "connection.json").replace("legacy-users", "service");
    let expected = before.replace("https://users.example.com", &base);
    assert_eq!(written, expected);
    window.click("value-change-API_URL").await;
    window.find("value-text").await;
    window.fill("value-text", "@@API_URL@@").await;
    window.click("value-save").await;
    window.text_until("value-fault", "a reference is no plain value", |text| text.contains("@@API_URL@@")).await;
    window.picture("value-refused").await;
    window.keys(&Key::Escape.to_string()).await;
    window.gone("value-text").await;
    assert_eq!(std::fs::read_to_string(connection.join("database.json")).unwrap(), expected);
    window.picture("values").await;
    // A value comes and goes, and the file is as it was; a key that is there is refused.
    window.focus_css("[data-testid=value-add]").await;
    window.keys(&Key::Enter.to_string()).await;
    window.find("value-key").await;
    window.fill("value-key", "API_URL").await;
    window.fill("value-text", "x").await;
    window.click("value-save").await;
    window.text_until("value-fault", "the key is there", |text| text.contains("it is there already")).await;
    window.picture("value-there").await;
    window.fill("value-key", "PAGE_SIZE").await;
    window.fill("value-text", "50").await;
    window.keys(&Key::Enter.to_string()).await;
    window.gone("value-text").await;
    window.text_until("value-PAGE_SIZE", "the value is shown", |text| text.contains("50")).await;
    let with = std::fs::read_to_string(connection.join("database.json")).unwrap();
    assert!(with.contains("\"PAGE_SIZE\": \"50\""), "{with}");
    window.picture("value-added").await;
    window.focus_css("[data-testid=value-remove-PAGE_SIZE]").await;
    window.keys(&Key::Enter.to_string()).await;
    window.find("value-remove-sure").await;
    window.picture("value-remove").await;
    window.click("value-remove-sure").await;
    window.gone("value-PAGE_SIZE").await;
    assert_eq!(std::fs::read_to_string(connection.join("database.json")).unwrap(), expected);

    // What is not allowed is refused with a way to allow it, in the window's words.
    let address = format!("127.0.0.1:{}", web.port);
    log_in(&window, false, "blocked_by_policy").await;
    no_option_is_named(&window).await;
    window.picture("not-allowed").await;
    window.click("tab-migration").await;
    window.click("count-refresh").await;
    window.text_until("count-error", "the address is named", |text| text.contains(&address)).await;
    window.picture("count-not-allowed").await;
    window.click("allow-open").await;
    window.click("allow-add").await;
    let settings = || std::fs::read_to_string(workspace.join("sluice.toml")).unwrap_or_default();
    window.until("the address is allowed", || settings().contains(&address)).await;
    window.fill("allow-endpoint", "127.0.0.1:9").await;
    window.click("allow-add").await;
    window.until("another is allowed", || settings().contains("127.0.0.1:9\"")).await;
    window.picture("allowed").await;

    // Token requests only ask: nothing was written, also when writes are kept.
    for commit in [false, true] {
        let said = log_in(&window, commit, "success").await;
        assert_eq!(said, "nothing was written, 1 request sent that only asks", "commit {commit}");
    }
    window.picture("only-asked").await;
    // A POST that may be anything is held back, with advice for this window; sent, it is not called a write.
    let posts = "async function login(identifier, password, callback) {
  const answer = await fetch(configuration.API_URL + '/login', { method: 'POST', body: identifier });
  callback(null, { user_id: String(answer.status), email: identifier, email_verified: true });
}
";
    std::fs::write(connection.join("login.js"), posts).unwrap();
    window.click("reload").await;
    window.text_until("editor", "the new text is shown", |text| text.contains("/login")).await;
    assert_eq!(log_in(&window, false, "blocked_by_policy").await, "1 request held back");
    let hint = window.text("run-hint").await;
    assert!(
        hint.contains("commit writes") && hint.contains("the requests that only ask") && !hint.contains("sluice.toml"),
        "{hint}"
    );
    assert!(!window.has("allow-open").await, "the address is allowed already");
    no_option_is_named(&window).await;
    window.picture("held-back").await;
    let said = log_in(&window, true, "success").await;
    assert!(said.contains("1 request sent that may change something") && said.contains("if anything"), "{said}");
    window.picture("sent").await;
    // Named as a request that only asks, it is sent by a safe try; taken back, it is held back again.
    log_in(&window, false, "blocked_by_policy").await;
    window.click("safe-open").await;
    window.find("safe-request").await;
    window.picture("safe-request-proposed").await;
    window.click("safe-add").await;
    let request = format!("POST {base}/api/login");
    window.until("the request is kept", || settings().contains(&format!("safe_requests = [\"{request}\"]"))).await;
    window.picture("safe-request").await;
    assert_eq!(log_in(&window, false, "success").await, "nothing was written, 1 request sent that only asks");
    // An answer without an id is no profile, and the verdict says so.
    let no_id = posts.replace("user_id: String(answer.status), ", "");
    std::fs::write(connection.join("login.js"), &no_id).unwrap();
    window.click("reload").await;
    window.text_until("editor", "the new text is shown", |text| !text.contains("user_id")).await;
    log_in(&window, false, "unusable_result").await;
    assert_eq!(window.text("verdict-headline").await, "Answered with a profile the platform cannot use");
    assert!(window.text("run-error").await.contains("the profile has no user_id"));
    assert!(window.text("migration-effect").await.contains("nothing would be stored"));
    window.picture("unusable").await;
    std::fs::write(connection.join("login.js"), posts).unwrap();
    window.click("reload").await;
    window.text_until("editor", "the text is back", |text| text.contains("user_id")).await;
    window.click("tab-connection").await;
    window.fill("safe-request", "/login").await;
    window.click("safe-add").await;
    window.text_until("connection-fault", "it is refused", |text| text.contains("no method and address")).await;
    window.picture("safe-request-refused").await;
    press_until_gone(&window, &format!("safe-remove-{request}"), Key::Delete.into()).await;
    assert_eq!(window.focused().await, "safe-request");
    assert!(!settings().contains("safe_requests"), "{}", settings());
    log_in(&window, false, "blocked_by_policy").await;

    // Taken away by keyboard, the focus goes on; then it is refused again.
    window.click("tab-connection").await;
    press_until_gone(&window, "allow-remove-127.0.0.1:9", Key::Delete.into()).await;
    assert_eq!(window.focused().await, format!("allow-remove-{address}"));
    window.picture("one-left").await;
    window.click("theme-toggle").await;
    window.picture("one-left-other-theme").await;
    press_until_gone(&window, &format!("allow-remove-{address}"), Key::Enter.into()).await;
    assert_eq!(window.focused().await, "allow-endpoint");
    assert!(settings().contains("allow = []"), "{}", settings());
    log_in(&window, false, "blocked_by_policy").await;
    for (tab, part) in [("tab-migration", "count-error"), ("tab-secrets", "value-API_URL")] {
        window.click(tab).await;
        if tab == "tab-migration" {
            window.click("count-refresh").await;
        }
        window.find(part).await;
        window.picture(&format!("{tab}-other-theme")).await;
    }

    // The template's schema is shown and copied: pasted into a field it is there.
    window.click("new-connection").await;
    window.click("template-postgres").await;
    window.click("schema-show").await;
    let schema = template("postgres", "schema.sql");
    let first = schema.lines().next().unwrap().to_owned();
    window.text_until("schema-text", "the schema is shown", |text| text.contains(&first)).await;
    window.click("schema-copy").await;
    window.text_until("schema-copy", "it says so", |text| text == "Copied").await;
    window.picture("schema-other-theme").await;
    window.fill("new-connection-name", "").await;
    window.keys(&format!("{}v{}", Key::Control, Key::Null)).await;
    let pasted = "return document.querySelector('[data-testid=new-connection-name]').value";
    let pasted = window.evaluate(pasted).await;
    let words = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(words(pasted.as_str().unwrap()), words(&schema));
    window.keys(&Key::Escape.to_string()).await;
    window.click("theme-toggle").await;
    window.click("new-connection").await;
    window.click("template-postgres").await;
    window.click("schema-show").await;
    window.find("schema-text").await;
    window.picture("schema").await;
    window.close().await;
}
