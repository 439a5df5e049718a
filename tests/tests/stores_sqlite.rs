//! SQLite: templates and the sqlite3 surface through sandbox and runner, on real files.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::path::PathBuf;

use acceptance::stores::{Scripts, error, result};
use contract::{Action, Effect, Ending, Outcome, TraceKind};
use legacy::Writes;
use serde_json::{Value, json};
use tempfile::TempDir;

/// One user per password format; the password is the second column.
const USERS: [(&str, &str, &str); 7] = [
    ("ann@example.com", "bcrypt-b", "$2b$04$wbEg0H1uxHXotjEBaruH9e3zQ5ExY2cfpRX6yj3VlseGNfik3GUTi"),
    ("bob@example.com", "bcrypt-y", "$2y$04$eu9/F65w1iCTCs.Gbq6vOO5SP.h220pZThvKbrbVe7sDFgUVxPu02"),
    (
        "cy@example.com",
        "asp-net",
        "AQAAAAEAACcQAAAAEAARIjNEVWZ3iJmqu8zd7v+EJmSZ8sP5yV+SXcQYeUQ8JRog69Ygzr6hza/EUgN4Mw==",
    ),
    (
        "dan@example.com",
        "asp-net-512",
        "AQAAAAIAACcQAAAAEAARIjNEVWZ3iJmqu8zd7v9PgRDqzEN7r8COM/SyzlWZcdHjxlw3rZaY8o+lSOB8+A==",
    ),
    ("eve@example.com", "djängo", "pbkdf2_sha256$1000$saltsalt$XGLieTBZ0mvwvITjZC+kdiT5L23+LuJUebXQpugaYfk="),
    ("fay@example.com", "sälted", "sha256$pepper$bd2e2891f387ba7663f02e4e0bf48ca3713db8a0ee1bffd604707690028ed991"),
    (
        "gus@example.com",
        "argon",
        "$argon2id$v=19$m=1024,t=2,p=1$s7q1Mv3/ASbmyifBUCl3zQ$pIAFqoJ2ZX/pFxRJkw8DP1R0DueYrdTsixUq1OMeudk",
    ),
];

/// A file with the templates' schema and one user per password format.
struct Store {
    scripts: Scripts,
    folder: TempDir,
}

impl Store {
    fn new() -> Store {
        let folder = tempfile::tempdir().unwrap();
        let mut scripts = Scripts::of("sqlite");
        scripts.root = folder.path().to_owned();
        scripts.configuration = vec![("SQLITE_FILE".to_owned(), "legacy.sqlite".to_owned())];
        let mut sql = scripts.text("schema.sql");
        for (place, (email, _, hash)) in USERS.iter().enumerate() {
            let username = email.split('@').next().unwrap();
            sql.push_str(&format!(
                "INSERT INTO users (email, email_verified, username, given_name, password, created_at)
                 VALUES ('{email}', {}, '{username}', 'G{place}', '{hash}', '2020-01-01');",
                place % 2
            ));
        }
        legacy::create_database(&folder.path().join("legacy.sqlite"), &sql).unwrap();
        Store { scripts, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("legacy.sqlite")
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }

    /// One row per user: id, e-mail, verified, username, whether the password is bcrypt.
    async fn users(&self) -> Value {
        let script = "function users(callback) {
            const sqlite3 = require('sqlite3');
            const db = new sqlite3.Database(configuration.SQLITE_FILE, sqlite3.OPEN_READONLY);
            db.all(`SELECT id || ' ' || email || ' ' || email_verified || ' ' || coalesce(username, '-')
                      || ' ' || (password LIKE '$2_$10$%') AS user FROM users ORDER BY id`,
                   (error, rows) => callback(error, rows && rows.map((row) => row.user)));
        }";
        result(&self.scripts.alone_text(Writes::ReadOnly, script).await.0)
    }

    async fn outcome(&self, action: Action, arguments: &[Value]) -> Outcome {
        let (record, _) = self.scripts.alone(Writes::RolledBack, &action.file_name(), arguments).await;
        Outcome::of(action, &record.ending)
    }

    /// Runs the body of a function with `sqlite3`, an open `db` and `callback`.
    async fn body(&self, writes: Writes, body: &str) -> (sandbox::RunRecord, legacy::Finish) {
        let script = format!(
            "async function script(callback) {{
               const sqlite3 = require('sqlite3');
               const db = new sqlite3.Database(configuration.SQLITE_FILE);
               const run = (sql, ...rest) => new Promise((done) => db.run(sql, ...rest, (error) => done(error && error.message)));
               const get = (sql, ...rest) => new Promise((done) => db.get(sql, ...rest, (error, row) => done(error ? error.message : row)));
               {body}
             }}"
        );
        self.scripts.alone_text(writes, &script).await
    }
}

#[tokio::test]
async fn login_knows_six_password_formats() {
    let store = Store::new();
    for (place, (email, password, _)) in USERS.iter().enumerate() {
        let arguments = [json!(email.to_uppercase()), json!(password)];
        let (record, _) = store.scripts.alone(Writes::RolledBack, "login.js", &arguments).await;
        let expected = json!({
            "user_id": (place + 1).to_string(),
            "email": email,
            "email_verified": place % 2 == 1,
            "username": email.split('@').next(),
            "given_name": format!("G{place}"),
        });
        assert_eq!(result(&record), expected);
        let wrong = store.outcome(Action::Login, &[json!(email), json!("wrong")]).await;
        assert_eq!(wrong, Outcome::WrongPassword, "{email}");
    }
}

#[tokio::test]
async fn login_tells_wrong_from_unknown_and_takes_usernames() {
    let store = Store::new();
    let (record, _) = store.scripts.alone(Writes::RolledBack, "login.js", &[json!("ann"), json!("bcrypt-b")]).await;
    assert_eq!(result(&record)["email"], "ann@example.com");
    let (record, _) = store.scripts.alone(Writes::RolledBack, "login.js", &[json!("ann"), json!("no")]).await;
    assert_eq!(error(&record).user_id.as_deref(), Some("ann@example.com"));
    assert_eq!(store.outcome(Action::Login, &[json!("nobody"), json!("no")]).await, Outcome::UnknownUser);
    // The driver's own text never holds the password.
    let trace = serde_json::to_string(&record.trace).unwrap();
    assert!(trace.contains("SELECT id, email"), "{trace}");
}

#[tokio::test]
async fn get_user_describes_a_user_as_login_does() {
    let store = Store::new();
    let (login, _) =
        store.scripts.alone(Writes::RolledBack, "login.js", &[json!("ann@example.com"), json!("bcrypt-b")]).await;
    let (user, _) = store.scripts.alone(Writes::RolledBack, "get_user.js", &[json!("Ann@Example.com")]).await;
    assert_eq!(result(&login), result(&user));
    assert_eq!(store.outcome(Action::GetUser, &[json!("nobody")]).await, Outcome::NotFound);
}

/// Every writing template: action, arguments, outcome.
fn writing() -> Vec<(Action, Vec<Value>, Outcome)> {
    let create =
        |email: &str| vec![json!({"email": email, "password": "Secret-1", "username": email.split('@').next()})];
    vec![
        (Action::Create, create("New@Example.com"), Outcome::Success),
        (Action::Create, create("ANN@example.com"), Outcome::Refused),
        (Action::Verify, vec![json!("ANN@example.com")], Outcome::Success),
        (Action::Verify, vec![json!("nobody@example.com")], Outcome::NotChanged),
        (Action::ChangePassword, vec![json!("bob@example.com"), json!("Fresh-1")], Outcome::Success),
        (Action::ChangePassword, vec![json!("nobody@example.com"), json!("Fresh-1")], Outcome::NotChanged),
        (Action::ChangeEmail, vec![json!("cy@example.com"), json!("Cyd@example.com"), json!(true)], Outcome::Success),
        (Action::ChangeEmail, vec![json!("dan@example.com"), json!("ANN@example.com"), json!(true)], Outcome::Refused),
        (Action::Delete, vec![json!("7")], Outcome::Success),
        (Action::Delete, vec![json!("7")], Outcome::Success),
        (Action::Delete, vec![json!("7 OR 1=1")], Outcome::ScriptError),
    ]
}

#[tokio::test]
async fn a_safe_try_of_every_template_leaves_the_file_byte_identical() {
    let store = Store::new();
    let before = store.bytes();
    for (action, arguments, expected) in writing() {
        assert_eq!(store.outcome(action, &arguments).await, expected, "{action:?} {arguments:?}");
        assert_eq!(store.bytes(), before, "{action:?} {arguments:?}");
    }
}

#[tokio::test]
async fn commit_changes_exactly_what_it_should() {
    let store = Store::new();
    for (action, arguments, expected) in writing() {
        let (record, finish) = store.scripts.alone(Writes::Committed, &action.file_name(), &arguments).await;
        assert_eq!(Outcome::of(action, &record.ending), expected, "{action:?} {arguments:?}");
        assert_eq!(finish.rolled_back, 0);
    }
    let expected = json!([
        "1 ann@example.com 1 ann 0",
        "2 bob@example.com 1 bob 1",
        "3 cyd@example.com 1 cy 0",
        "4 dan@example.com 1 dan 0",
        "5 eve@example.com 0 eve 0",
        "6 fay@example.com 1 fay 0",
        "8 new@example.com 0 New 1",
    ]);
    assert_eq!(store.users().await, expected);
    for (email, password) in [("new@example.com", "Secret-1"), ("bob@example.com", "Fresh-1")] {
        assert_eq!(store.outcome(Action::Login, &[json!(email), json!(password)]).await, Outcome::Success, "{email}");
    }
}

#[tokio::test]
async fn a_flow_over_three_scripts_sees_its_own_writes_and_undoes_them() {
    let store = Store::new();
    let before = store.bytes();
    let session = store.scripts.session(Writes::RolledBack);
    let email = json!("new@example.com");
    let found = store.scripts.run(&session, "get_user.js", std::slice::from_ref(&email)).await;
    assert_eq!(result(&found), Value::Null);
    let created = store.scripts.run(&session, "create.js", &[json!({"email": email, "password": "Secret-1"})]).await;
    assert_eq!(result(&created), Value::Null);
    let insert = created.trace.iter().find_map(|entry| entry.statement.as_ref()).unwrap();
    assert_eq!(insert.effect, Effect::RolledBack);
    let login = store.scripts.run(&session, "login.js", &[email, json!("Secret-1")]).await;
    assert_eq!(result(&login)["user_id"], "8");
    let finish = session.finish().await;
    assert_eq!(finish.rolled_back, 1);
    assert_eq!(store.bytes(), before);
}

#[tokio::test]
async fn a_caught_unique_violation_and_own_transactions() {
    let store = Store::new();
    let before = store.bytes();
    let body = "
        const seen = [];
        seen.push(await run('BEGIN'));
        seen.push(await run(`INSERT INTO users (email, password) VALUES ('x@example.com', 'x')`));
        seen.push(await run(`INSERT INTO users (email, password) VALUES ('ann@example.com', 'x')`));
        seen.push(await run('COMMIT'));
        seen.push(await run('ROLLBACK'));
        const other = new sqlite3.Database(configuration.SQLITE_FILE);
        other.get('SELECT count(*) AS n FROM users', (error, row) => callback(error, [...seen, row.n]));";
    let (record, finish) = store.body(Writes::RolledBack, body).await;
    let expected = json!([
        null,
        null,
        "SQLITE_CONSTRAINT: UNIQUE constraint failed: users.email",
        null,
        "SQLITE_ERROR: cannot rollback - no transaction is active",
        8,
    ]);
    assert_eq!(result(&record), expected);
    assert_eq!(finish.rolled_back, 1);
    assert!(record.warnings.iter().any(|warning| warning.rule == "connection_not_closed"), "{:?}", record.warnings);
    assert_eq!(store.bytes(), before);
}

#[tokio::test]
async fn what_cannot_be_undone_is_refused_and_says_why() {
    let store = Store::new();
    let before = store.bytes();
    for sql in ["VACUUM", "ATTACH '/tmp/other.db' AS other", "PRAGMA journal_mode = WAL"] {
        let (record, _) = store.body(Writes::RolledBack, &format!("callback(null, await run(`{sql}`));")).await;
        assert!(result(&record).as_str().unwrap().starts_with("refused before it ran: "), "{sql}");
        let entry = record.trace.iter().find(|entry| entry.kind == TraceKind::Blocked).expect("a refused statement");
        assert_eq!(entry.statement.as_ref().unwrap().effect, Effect::Refused);
    }
    let (record, _) = store.body(Writes::ReadOnly, "callback(null, await run(`DELETE FROM users`));").await;
    assert!(result(&record).as_str().unwrap().contains("read-only"));
    assert_eq!(store.bytes(), before);
}

#[tokio::test]
async fn files_outside_the_workspace_and_missing_files() {
    let store = Store::new();
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("outside.sqlite");
    legacy::create_database(&file, "CREATE TABLE t (a);").unwrap();
    let open = |file: &str| {
        format!(
            "function open(callback) {{
               const sqlite3 = require('sqlite3');
               new sqlite3.Database({file:?}, (error) => callback(error));
             }}"
        )
    };
    let (record, _) = store.scripts.alone_text(Writes::Committed, &open(file.to_str().unwrap())).await;
    assert_eq!(Outcome::of(Action::Login, &record.ending), Outcome::BlockedByPolicy);
    let (record, _) = store.scripts.alone_text(Writes::Committed, &open("missing.sqlite")).await;
    assert_eq!(error(&record).message, "SQLITE_CANTOPEN: unable to open database file");
    assert_eq!(Outcome::of(Action::Login, &record.ending), Outcome::ConnectionFailed);
    assert!(!store.folder.path().join("missing.sqlite").exists());
}

#[tokio::test]
async fn an_endless_statement_ends_with_the_run() {
    let mut store = Store::new();
    store.scripts.limits.wall_ms = 700;
    let before = store.bytes();
    let body = "db.run('DELETE FROM users');
        db.get('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c', callback);";
    let (record, _) = store.body(Writes::RolledBack, body).await;
    assert!(matches!(record.ending, Ending::TimedOut { .. }), "{:?}", record.ending);
    assert!(record.duration_ms < 1500.0, "{}", record.duration_ms);
    assert_eq!(store.bytes(), before);
}

#[tokio::test]
async fn counting_and_listing() {
    let store = Store::new();
    let (record, _) = store.scripts.alone(Writes::ReadOnly, "count_users.js", &[]).await;
    assert_eq!(result(&record), json!(7));
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let (record, _) = store.scripts.alone(Writes::ReadOnly, "list_users.js", &[after.clone(), json!(3)]).await;
        let page = result(&record);
        let page = page.as_array().unwrap();
        seen.extend(page.iter().map(|user| user["email"].as_str().unwrap().to_owned()));
        if page.len() < 3 {
            break;
        }
        after = page.last().unwrap()["user_id"].clone();
    }
    assert_eq!(seen, USERS.map(|(email, _, _)| email));
}
