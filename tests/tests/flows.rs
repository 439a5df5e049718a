//! The login flow through both stores (contract §9.1), on the sample's thousand users.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::path::PathBuf;

use acceptance::binary;
use contract::flow::LoginEnd;
use contract::{Action, Effect, Outcome, TraceKind};
use studio::view::{RunReport, TryArguments};
use studio::{LoginRequest, RunOptions, SecretsFrom, Studio, StudioOptions, TryRequest, Workspace};
use tokio_util::sync::CancellationToken;

/// A fresh sample workspace with its studio, in a folder that goes with it.
struct Sample {
    workspace: Workspace,
    connection: String,
    users: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl Sample {
    async fn open() -> Sample {
        let folder = tempfile::tempdir().unwrap();
        let options = StudioOptions {
            data_dir: folder.path().join("data"),
            runner: Some(binary("sluice-runner")),
            warm_runners: 1,
            secrets: SecretsFrom::Environment("NO_SECRETS_".into()),
        };
        let studio = Studio::open(options).await.unwrap();
        let workspace = studio.init_sample(&folder.path().join("sample")).await.unwrap();
        let sample = workspace.view().await.unwrap().sample.expect("the sample says it is one");
        let users = sample.users.into_iter().map(|user| (user.identifier, user.password)).collect();
        Sample { workspace, connection: sample.connection, users, folder }
    }

    fn legacy_file(&self) -> PathBuf {
        let files = walk(self.folder.path().join("sample"));
        files.into_iter().find(|file| file.ends_with("legacy.sqlite")).expect("the sample's store")
    }

    async fn login(&self, identifier: &str, password: &str) -> studio::view::FlowReport {
        let request = LoginRequest {
            connection: self.connection.clone(),
            identifier: identifier.to_owned(),
            password: password.to_owned().into(),
            context: None,
            options: RunOptions::default(),
        };
        self.workspace.login(request, &|_| {}, CancellationToken::new()).await.unwrap()
    }

    async fn attempt(
        &self,
        action: Action,
        arguments: TryArguments,
        password: Option<&str>,
        commit: bool,
    ) -> RunReport {
        let request = TryRequest {
            connection: self.connection.clone(),
            action,
            text: None,
            arguments,
            password: password.map(|password| password.to_owned().into()),
            options: RunOptions { commit, ..RunOptions::default() },
        };
        self.workspace.try_script(request, &|_| {}, CancellationToken::new()).await.unwrap()
    }
}

fn identifier(identifier: &str) -> TryArguments {
    TryArguments { identifier: Some(identifier.to_owned()), ..TryArguments::default() }
}

fn walk(folder: PathBuf) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_password_format_of_the_sample_logs_in_and_a_wrong_password_does_not() {
    let sample = Sample::open().await;
    assert_eq!(sample.users.len(), 6);
    for (user, password) in &sample.users {
        let good = sample.attempt(Action::Login, identifier(user), Some(password), false).await;
        assert_eq!(good.outcome, Outcome::Success, "{user}: {:?} {:?}", good.error, good.console);
        assert_eq!(good.result.as_ref().and_then(|profile| profile["email"].as_str()), Some(user.as_str()));
        let bad = sample.attempt(Action::Login, identifier(user), Some("not it"), false).await;
        assert_eq!(bad.outcome, Outcome::WrongPassword, "{user}: {:?}", bad.error);
        assert_eq!(bad.log_event.unwrap().code, "fp");
    }
    let nobody = sample.attempt(Action::Login, identifier("nobody@example.org"), Some("x"), false).await;
    assert_eq!(nobody.outcome, Outcome::UnknownUser);
    assert_eq!(nobody.log_event.unwrap().code, "fu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_migrates_once_and_the_legacy_store_is_never_asked_again() {
    let sample = Sample::open().await;
    let before = sample.workspace.counts(&sample.connection, true, &[], CancellationToken::new()).await.unwrap();
    assert_eq!(before.legacy_total.value, Some(1000.0), "{:?}", before.error);
    assert_eq!(before.migrated.value, Some(0.0));
    let (user, password) = &sample.users[0];

    let wrong = sample.login(user, "not it").await;
    assert_eq!(wrong.end, LoginEnd::NotLoggedIn);
    let first = sample.login(user, password).await;
    assert_eq!(first.end, LoginEnd::Migrated, "{:?}", first.refusal);
    assert!(first.run.unwrap().trace.iter().any(|entry| entry.kind == TraceKind::Connect));
    let counts = sample.workspace.counts(&sample.connection, false, &[], CancellationToken::new()).await.unwrap();
    assert_eq!((counts.migrated.value, counts.left.value), (Some(1.0), Some(999.0)));
    assert_eq!(counts.failed.iter().find(|failed| failed.code == "fp").map(|failed| failed.count), Some(1));
    assert_eq!(counts.series.last().map(|point| point.migrated), Some(1));

    std::fs::remove_file(sample.legacy_file()).unwrap(); // whoever asks the legacy store now fails
    let again = sample.login(&user.to_uppercase(), password).await;
    assert_eq!(again.end, LoginEnd::NativeLogin);
    assert!(again.run.is_none());
    let refused = sample.login(user, "not it").await;
    assert_eq!((refused.end, refused.log_event.unwrap().code.as_str()), (LoginEnd::NativeWrongPassword, "fp"));
    let counts = sample.workspace.counts(&sample.connection, false, &[], CancellationToken::new()).await.unwrap();
    assert_eq!(counts.migrated.value, Some(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_import_off_every_login_asks_the_script_and_nobody_migrates() {
    let sample = Sample::open().await;
    let json =
        walk(sample.folder.path().join("sample")).into_iter().find(|file| file.ends_with("database.json")).unwrap();
    let text = std::fs::read_to_string(&json).unwrap();
    std::fs::write(&json, text.replace("\"import_mode\": true", "\"import_mode\": false")).unwrap();
    let (user, password) = &sample.users[1];
    for _ in 0..2 {
        let report = sample.login(user, password).await;
        assert_eq!(report.end, LoginEnd::LegacyLogin, "{:?}", report.refusal);
        assert!(report.run.is_some());
    }
    assert_eq!(
        sample.workspace.counts(&sample.connection, false, &[], CancellationToken::new()).await.unwrap().migrated.value,
        Some(0.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_leaves_the_store_as_it_was_and_a_commit_changes_it() {
    let sample = Sample::open().await;
    let before = std::fs::read(sample.legacy_file()).unwrap();
    let user = &sample.users[2].0;
    let change = || sample.attempt(Action::ChangePassword, identifier(user), Some("A-new-one-77"), false);
    let tried = change().await;
    assert_eq!(tried.outcome, Outcome::Success, "{:?}", tried.error);
    let effects: Vec<Effect> =
        tried.trace.iter().filter_map(|entry| entry.statement.as_ref()).map(|s| s.effect).collect();
    assert!(effects.contains(&Effect::RolledBack), "{effects:?}");
    assert!(std::fs::read(sample.legacy_file()).unwrap() == before, "the file changed");
    assert!(!serde_json::to_string(&tried).unwrap().contains("A-new-one-77"), "the typed password is in the report");

    let kept = sample.attempt(Action::ChangePassword, identifier(user), Some("A-new-one-77"), true).await;
    assert_eq!((kept.outcome, kept.committed), (Outcome::Success, true), "{:?}", kept.error);
    let login = sample.attempt(Action::Login, identifier(user), Some("A-new-one-77"), false).await;
    assert_eq!(login.outcome, Outcome::Success);
}
