//! Secrets of the configuration where they do not belong.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use contract::{Action, Outcome};
use serde_json::json;
use studio::view::{RunReport, TryArguments};
use studio::{RunOptions, TryRequest};
use tokio_util::sync::CancellationToken;

use crate::{Desk, IDENTIFIER, allowing, get_user_text, none, only};

const VALUE: &str = "k3y-of-the-api";

/// A Get User of this body on a connection whose `API_KEY` is a secret.
async fn run(body: &str, options: RunOptions) -> RunReport {
    let configuration = json!({"API_KEY": "@@API_KEY@@", "API_URL": "@@API_URL@@", "PLAIN": "plain-value"});
    let desk = Desk::with(&configuration, &[(Action::GetUser, &get_user_text(body))]).await;
    desk.provide("API_KEY", VALUE).await;
    let url = options.allow.first().map_or("127.0.0.1:1".to_owned(), Clone::clone);
    desk.provide("API_URL", &url).await;
    let report = desk.try_for(Action::GetUser, IDENTIFIER, options).await;
    let shown = serde_json::to_string(&report).unwrap();
    assert!(!shown.contains(VALUE), "never shown: {shown}");
    report
}

fn names_the_key(report: &RunReport, rule: &str) {
    let message = &only(report, rule).message;
    assert!(message.contains("configuration.API_KEY"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_log() {
    let bad = "  for (let i = 0; i < 3; i++) console.log(i, configuration);\n  callback(null);";
    names_the_key(&{ only_key(run(bad, RunOptions::default()).await) }, "secret_in_log");
    let encoded = "  console.log(Buffer.from(configuration.API_KEY).toString('base64'));\n  callback(null);";
    names_the_key(&run(encoded, RunOptions::default()).await, "secret_in_log");
    let good = "  console.log(configuration.PLAIN, configuration.API_KEY.length);\n  callback(null);";
    none(&run(good, RunOptions::default()).await, "secret_in_log");
}

/// Leaves out the findings about the address, which is a secret here as well.
fn only_key(mut report: RunReport) -> RunReport {
    report.warnings.retain(|warning| !warning.message.contains("API_URL"));
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_profile() {
    let profile = |more: &str| {
        format!("  callback(null, {{ user_id: '1', email: email, email_verified: true, app_metadata: {{ {more} }} }});")
    };
    let report = run(&profile("keys: [configuration.API_KEY]"), RunOptions::default()).await;
    names_the_key(&report, "secret_in_profile");
    assert!(only(&report, "secret_in_profile").message.contains("(app_metadata.keys)"));
    none(&run(&profile("plan: configuration.PLAIN"), RunOptions::default()).await, "secret_in_profile");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_address() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]); // whatever it asks for
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        }
    });
    let ask = |path: &str, options: &str| {
        format!(
            "  fetch('http://' + configuration.API_URL + '/users' + {path}, {options}).then(() => callback(null), callback);"
        )
    };
    for path in ["'?key=' + configuration.API_KEY", "'/' + encodeURIComponent(configuration.API_KEY)"] {
        let report = run(&ask(path, "{}"), allowing(port)).await;
        assert_eq!(report.outcome, Outcome::NotFound, "{:?}", report.error);
        names_the_key(&report, "secret_in_url");
    }
    let header =
        run(&ask("'?q=1'", "{ headers: { authorization: 'Bearer ' + configuration.API_KEY } }"), allowing(port)).await;
    assert_eq!(header.outcome, Outcome::NotFound, "{:?}", header.error);
    none(&header, "secret_in_url");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_sql_text() {
    let ask = |sql: &str| {
        format!(
            "  const db = new (require('sqlite3').Database)('users.sqlite');\n  db.get({sql}, (error) => \
             db.close(() => callback(error, null)));"
        )
    };
    let bad = run(&ask("\"select 1 where '\" + configuration.API_KEY + \"' = 'x'\""), RunOptions::default()).await;
    assert_eq!(bad.outcome, Outcome::NotFound, "{:?}", bad.error);
    names_the_key(&bad, "secret_in_sql");
    let good = run(&ask("'select 1 where ? = 1', configuration.API_KEY"), RunOptions::default()).await;
    assert_eq!(good.outcome, Outcome::NotFound, "{:?}", good.error);
    none(&good, "secret_in_sql");
    let table = run(&ask("'select 1 as \"' + configuration.API_KEY + '\"'"), RunOptions::default()).await;
    none(&table, "secret_in_sql");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_error() {
    for error in [
        "new Error('no user for key ' + configuration.API_KEY)",
        "new Error('no', { cause: new Error(Buffer.from(configuration.API_KEY).toString('base64')) })",
        "new ValidationError(configuration.API_KEY, 'no')",
    ] {
        for verb in ["callback(", "throw ("] {
            let bad = run(&format!("\n  {verb}{error});"), RunOptions::default()).await;
            names_the_key(&bad, "secret_in_error");
            assert_eq!(only(&bad, "secret_in_error").line, Some(3), "{verb}{error}");
        }
    }
    let field = "Object.assign(new Error('no'), { request: { headers: ['x ' + configuration.API_KEY] } })";
    for verb in ["callback(", "throw ("] {
        let bad = run(&format!("  {verb}{field});"), RunOptions::default()).await;
        names_the_key(&bad, "secret_in_error");
        assert!(only(&bad, "secret_in_error").message.contains("(request)"), "{verb}");
    }
    let good = run("  callback(new Error('no user at ' + configuration.PLAIN));", RunOptions::default()).await;
    none(&good, "secret_in_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typed_password_in_the_error() {
    let login = |error: &str| format!("function login(email, password, callback) {{\n  callback({error});\n}}");
    let run = async |text: &str| {
        let report = Desk::new(&[(Action::Login, text)]).await.attempt(Action::Login).await;
        let shown = serde_json::to_string(&report).unwrap();
        assert!(!shown.contains("Pa55 word"), "never shown: {shown}");
        report
    };
    for (error, place) in [
        ("new Error('no match for ' + password)", "(message)"),
        ("new WrongUsernameOrPasswordError(email, `${email}/${password} is wrong`)", "(message)"),
        ("new WrongUsernameOrPasswordError(password, 'wrong')", "(user_id)"),
        ("Object.assign(new Error('no'), { sql: `WHERE p = '${password}'` })", "(sql)"),
    ] {
        let report = run(&login(error)).await;
        let warning = only(&report, "password_in_error");
        assert!(warning.message.contains(place), "{error}: {}", warning.message);
        assert_eq!(warning.line, Some(2));
    }
    none(&run(&login("new WrongUsernameOrPasswordError(email, 'wrong password')")).await, "password_in_error");
    // What the script says by itself is not what was typed, though it be the same word.
    let own = "function login(email, password, callback) {\n  callback(new Error('Pa55 w' + 'ord')); // Pa55 word\n}";
    none(&run(own).await, "password_in_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_the_typed_password_away_in_the_profile() {
    let login = |value: &str| {
        format!(
            "function login(email, password, callback) {{
               const hash = (name, form) => require('crypto').createHash(name).update(password).digest(form);
               callback(null, {{ user_id: '1', email, email_verified: true, app_metadata: {{ h: {value} }} }});
             }}"
        )
    };
    for (value, what) in [
        ("require('md5')(password)", "an MD5 hash of the typed password"),
        ("hash('sha1', 'hex').toUpperCase()", "a SHA-1 hash of the typed password"),
        ("'{SHA256}' + hash('sha256', 'base64')", "a SHA-256 hash of the typed password"),
        ("hash('sha512', 'hex')", "a SHA-512 hash of the typed password"),
        ("Buffer.from(password).toString('base64')", "the base64 form of the typed password"),
        ("[Buffer.from(password).toString('hex')]", "the hex form of the typed password"),
        ("'it is ' + password", "the typed password"),
    ] {
        let report = Desk::new(&[(Action::Login, &login(value))]).await.attempt(Action::Login).await;
        let message = &only(&report, "password_in_profile").message;
        assert!(message.starts_with(&format!("{what} is part of the result (app_metadata.h)")), "{value}: {message}");
    }
    for value in [
        "password.length",
        "hash('md5', 'hex').slice(0, 6)",
        "require('crypto').createHash('md5').update(email).digest('hex')",
    ] {
        let report = Desk::new(&[(Action::Login, &login(value))]).await.attempt(Action::Login).await;
        none(&report, "password_in_profile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_hash_in_the_profile() {
    let with = |more: &str| format!("  callback(null, {{ user_id: '1', email, email_verified: true, {more} }});");
    let hash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    for (more, place) in [
        (format!("pass_hash: '{hash}'"), "pass_hash"),
        (format!("app_metadata: {{ row: ['{hash}'] }}"), "app_metadata.row"),
        ("user_metadata: { secret: '{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3' }".to_owned(), "user_metadata.secret"),
        ("password: 'letmein', salt: 'abc'".to_owned(), "password, salt"),
    ] {
        let report = run(&with(&more), RunOptions::default()).await;
        let message = &only(&report, "password_hash_in_profile").message;
        assert!(message.contains(&format!("({place})")), "{more}: {message}");
        assert!(!message.contains("N9qo8") && !message.contains("DkMT") && !message.contains("letmein"), "{message}");
    }
    for more in ["password: null", "app_metadata: { password_changed_at: '2020-01-01' }", "nickname: '$5'"] {
        none(&run(&with(more), RunOptions::default()).await, "password_hash_in_profile");
    }
    // The typed password itself is reported as such, and once.
    let typed = "function login(email, password, callback) {
        callback(null, { user_id: '1', email, email_verified: true, password }); }";
    let report = Desk::new(&[(Action::Login, typed)]).await.attempt(Action::Login).await;
    only(&report, "password_in_profile");
    none(&report, "password_hash_in_profile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_somebodys_own_name() {
    let run = async |password: &str, profile: &str| {
        let text = format!("function login(email, password, callback) {{ callback(null, {profile}); }}");
        let desk = Desk::new(&[(Action::Login, &text)]).await;
        let request = TryRequest {
            connection: "c".to_owned(),
            action: Action::Login,
            text: None,
            arguments: TryArguments { identifier: Some(IDENTIFIER.to_owned()), ..TryArguments::default() },
            password: Some(password.into()),
            options: RunOptions::default(),
        };
        desk.workspace.try_script(request, &|_| {}, CancellationToken::new()).await.unwrap()
    };
    for (password, profile) in [
        (IDENTIFIER, "{ user_id: '1', email, email_verified: true }"),
        ("ada@other.test", "{ user_id: '1', email: 'Ada@other.test', email_verified: true }"),
        ("Ada", "{ user_id: '1', email, name: 'Ada Lovelace', given_name: 'Ada', email_verified: true }"),
    ] {
        none(&run(password, profile).await, "password_in_profile");
    }
    for (password, profile) in [
        (IDENTIFIER, "{ user_id: '1', email, email_verified: true, app_metadata: { p: password } }"),
        ("Ada", "{ user_id: '1', email, email_verified: true, p: password }"),
        ("Pa55 word", "{ user_id: '1', email, name: password, email_verified: true }"),
    ] {
        only(&run(password, profile).await, "password_in_profile");
    }
}
