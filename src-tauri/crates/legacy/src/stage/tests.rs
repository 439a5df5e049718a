use std::sync::Mutex;

use serde_json::json;

use super::*;

fn opened(store: StoreKind, parameters: Value) -> Opened {
    let Value::Object(parameters) = parameters else { panic!("parameters are an object") };
    Opened { store, parameters, password: None }
}

async fn stages(opened: &Opened, policy: &Policy) -> Vec<(StageName, StageState, String)> {
    let heard = Mutex::new(Vec::new());
    let stages = test_connection(opened, policy, &|stage| heard.lock().unwrap().push(stage)).await;
    assert_eq!(*heard.lock().unwrap(), stages);
    stages.into_iter().map(|stage| (stage.name, stage.state, stage.detail)).collect()
}

fn brief(stages: &[(StageName, StageState, String)]) -> Vec<(StageName, StageState)> {
    stages.iter().map(|(name, state, _)| (*name, *state)).collect()
}

#[tokio::test]
async fn a_sqlite_file_passes_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    rusqlite::Connection::open(folder.path().join("a.db")).unwrap().execute_batch("CREATE TABLE users (a)").unwrap();
    let policy = Policy::new(folder.path().to_owned(), Vec::new());
    let found = stages(&opened(StoreKind::Sqlite, json!({"file": "a.db"})), &policy).await;
    let names: Vec<StageName> = found.iter().map(|stage| stage.0).collect();
    assert_eq!(names, FILE);
    assert!(found.iter().all(|stage| stage.1 == StageState::Passed), "{found:?}");
    assert_eq!(found[3].2, "users");
}

#[tokio::test]
async fn a_missing_file_and_a_file_that_is_none_fail_where_they_should() {
    use StageState::{Failed, Passed, Skipped};
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.db"), "x".repeat(4096)).unwrap();
    let policy = Policy::new(folder.path().to_owned(), Vec::new());
    let found = stages(&opened(StoreKind::Sqlite, json!({"file": "none.db"})), &policy).await;
    assert_eq!(found[0].1, Failed);
    assert!(found[1..].iter().all(|stage| stage.1 == Skipped));
    let found = stages(&opened(StoreKind::Sqlite, json!({"file": "text.db"})), &policy).await;
    let states: Vec<StageState> = found.iter().map(|stage| stage.1).collect();
    assert_eq!(states[..2], [Passed, Passed]);
    assert!(found.iter().any(|stage| stage.1 == Failed && stage.2.contains("not a database")), "{found:?}");
}

#[tokio::test]
async fn a_closed_port_fails_at_tcp_and_a_host_not_allowed_at_the_start() {
    use StageState::{Failed, Passed, Skipped};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for store in [StoreKind::Postgres, StoreKind::Mysql] {
        let asked = opened(store, json!({"host": "127.0.0.1", "port": port, "user": "a", "database": "b"}));
        let policy = Policy::new("/".into(), vec![format!("127.0.0.1:{port}").parse().unwrap()]);
        let found = stages(&asked, &policy).await;
        assert_eq!(brief(&found)[..2], [(StageName::NameLookup, Passed), (StageName::Tcp, Failed)]);
        assert_eq!(found[1].2, format!("connect ECONNREFUSED 127.0.0.1:{port}"));
        assert!(found[2..].iter().all(|stage| stage.1 == Skipped), "{found:?}");
        let found = stages(&asked, &Policy::new("/".into(), Vec::new())).await;
        assert_eq!(brief(&found)[0], (StageName::Policy, Failed));
        assert!(found[1..].iter().all(|stage| stage.1 == Skipped), "{found:?}");
    }
}

#[tokio::test]
async fn a_name_nobody_has_fails_at_the_lookup() {
    let asked = opened(StoreKind::Postgres, json!({"host": "db.invalid", "port": 5432}));
    let policy = Policy::new("/".into(), vec!["db.invalid:5432".parse().unwrap()]);
    let found = stages(&asked, &policy).await;
    assert_eq!(found[0], (StageName::NameLookup, StageState::Failed, "getaddrinfo ENOTFOUND db.invalid".to_owned()));
}
