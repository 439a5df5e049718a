//! Script versions, drafts, runs and workspaces; two processes at once; what a crash leaves behind.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use contract::{Action, Outcome};
use serde_json::json;
use store::{ConnectionKey, LoginFacts, NewRun, RunKind, Store};

fn users() -> ConnectionKey {
    ConnectionKey::new("workspace", "users")
}

fn a_try() -> NewRun {
    NewRun { connection: users(), kind: RunKind::Try, action: Some(Action::Login), committed: false }
}

#[tokio::test]
async fn the_same_text_twice_in_a_row_is_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let script = users().script("login.js");
    for (text, number) in [("a", 1), ("a", 1), ("b", 2), ("a", 3)] {
        assert_eq!(store.add_version(&script, text).await.unwrap().version, number);
    }
    let versions = store.versions(&script).await.unwrap();
    assert_eq!(
        versions.iter().map(|version| (version.version, version.text.as_str())).collect::<Vec<_>>(),
        [(3, "a"), (2, "b"), (1, "a")]
    );
    assert!(store.versions(&users().script("create.js")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_draft_is_kept_replaced_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let script = users().script("login.js");
    assert_eq!(store.draft(&script).await.unwrap(), None);
    store.keep_draft(&script, "one", "r1").await.unwrap();
    store.keep_draft(&script, "two\0\u{1f512}", "r2").await.unwrap();
    let draft = store.draft(&script).await.unwrap().unwrap();
    assert_eq!((draft.text.as_str(), draft.revision.as_str()), ("two\0\u{1f512}", "r2"));
    store.drop_draft(&script).await.unwrap();
    assert_eq!(store.draft(&script).await.unwrap(), None);
}

#[tokio::test]
async fn a_run_is_closed_once_and_old_reports_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let id = store.begin_run(&a_try()).await.unwrap();
    assert_eq!(store.recent_runs(&users(), 10).await.unwrap()[0].ended_at, None);
    store.end_run(id, Outcome::WrongPassword, &json!({"n": 1})).await.unwrap();
    store.end_run(id, Outcome::Success, &json!({"n": 2})).await.unwrap();
    let run = &store.recent_runs(&users(), 10).await.unwrap()[0];
    assert_eq!(
        (run.outcome, run.report.clone(), run.action),
        (Some(Outcome::WrongPassword), Some(json!({"n": 1})), Some(Action::Login))
    );
    for _ in 0..505 {
        let id = store.begin_run(&a_try()).await.unwrap();
        store.end_run(id, Outcome::Success, &json!({})).await.unwrap();
    }
    assert_eq!(store.recent_runs(&users(), 1000).await.unwrap().len(), 500);
}

#[tokio::test]
async fn workspaces_are_listed_latest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    for path in ["/a", "/b", "/a"] {
        store.remember_workspace(path).await.unwrap();
    }
    assert_eq!(store.recent_workspaces().await.unwrap(), ["/a", "/b"]);
}

#[tokio::test]
async fn opening_a_second_time_leaves_the_first_ones_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let window = Store::open(folder.path()).await.unwrap();
    window.begin_run(&a_try()).await.unwrap();
    let cli = Store::open(folder.path()).await.unwrap();
    assert_eq!(cli.recent_runs(&users(), 1).await.unwrap()[0].ended_at, None);
    drop(window);
    drop(cli);
    let later = Store::open(folder.path()).await.unwrap();
    assert!(later.recent_runs(&users(), 1).await.unwrap()[0].interrupted);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("sluice.db"),
        "this is a letter, not a database, and long enough to be read as one",
    )
    .unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert_eq!(error.code(), "damaged", "{error}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(Store::open(&folder.path().join("file")).await.unwrap_err().code(), "data_folder");
}

/// Runs `test` of this file again in a process of its own.
fn again(test: &str, role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", test, "--nocapture"]).env("STORE_TEST_ROLE", role).env("STORE_TEST_FOLDER", folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn role() -> Option<(String, Store, tokio::runtime::Runtime)> {
    let role = std::env::var("STORE_TEST_ROLE").ok()?;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = std::env::var("STORE_TEST_FOLDER").expect("the folder comes with the role");
    let store = runtime.block_on(Store::open(Path::new(&folder))).expect("the store opens");
    Some((role, store.with_hash_cost(4), runtime))
}

#[test]
fn a_killed_process_loses_nothing_and_its_runs_are_closed_at_the_next_launch() {
    if let Some((_, store, runtime)) = role() {
        runtime.block_on(async {
            let script = users().script("login.js");
            store.begin_run(&a_try()).await.unwrap();
            store.add_version(&script, "saved").await.unwrap();
            for number in 0.. {
                let profile = json!({"user_id": number.to_string()});
                store.migrate(&users(), &profile, &"pw".into(), &LoginFacts::now("x", 1.0)).await.unwrap();
                store.keep_draft(&script, &format!("typed after {number}"), "r").await.unwrap();
            }
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        again("a_killed_process_loses_nothing_and_its_runs_are_closed_at_the_next_launch", "writer", folder.path())
            .spawn()
            .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let script = users().script("login.js");
        let began = Instant::now();
        let watching = Store::open(folder.path()).await.unwrap();
        while watching.series(&users(), 1).await.unwrap().last().is_none_or(|(_, total)| *total < 20) {
            assert!(began.elapsed() < Duration::from_secs(60), "the writer does not write");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(watching.recent_runs(&users(), 1).await.unwrap()[0].ended_at, None);
        let seen = watching.counts(&users(), jiff::Timestamp::now()).await.unwrap().migrated;
        child.kill().unwrap();
        child.wait().unwrap();
        drop(watching);
        let store = Store::open(folder.path()).await.unwrap();
        let run = store.recent_runs(&users(), 1).await.unwrap().remove(0);
        assert_eq!((run.outcome, run.interrupted), (Some(Outcome::Crashed), true));
        let counts = store.counts(&users(), jiff::Timestamp::now()).await.unwrap();
        let total = u64::from(store.series(&users(), 1).await.unwrap().last().unwrap().1);
        assert!(
            counts.migrated >= seen && counts.migrated == total,
            "{seen} seen, {} users, {total} in the ledger",
            counts.migrated
        );
        let draft = store.draft(&script).await.unwrap().unwrap().text;
        let last: u64 = draft.strip_prefix("typed after ").unwrap().parse().unwrap();
        assert!(last + 1 == total || last + 2 == total, "draft {last}, {total} moved");
        assert_eq!(store.versions(&script).await.unwrap()[0].text, "saved");
    });
}

#[test]
fn four_processes_starting_at_once_write_side_by_side() {
    if let Some((role, store, runtime)) = role() {
        runtime.block_on(async {
            for number in 0..25 {
                let profile = json!({"user_id": format!("{role}-{number}")});
                store.migrate(&users(), &profile, &"pw".into(), &LoginFacts::now("x", 1.0)).await.unwrap();
            }
        });
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<_> = ["a", "b", "c", "d"]
        .map(|role| again("four_processes_starting_at_once_write_side_by_side", role, folder.path()).spawn().unwrap())
        .into();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let counts = runtime.block_on(async {
        Store::open(folder.path()).await.unwrap().counts(&users(), jiff::Timestamp::now()).await.unwrap()
    });
    assert_eq!((counts.migrated, counts.today), (100, 100));
}
