//! The backends beside the keychain: sealed file, asking each time, the environment, memory.

use vault::{BackendChoice, ExposeSecret, SecretState, Vault};

async fn sealed(data: &std::path::Path) -> Vault {
    let vault = Vault::open(data, "w").await.expect("a new vault opens");
    vault.choose(BackendChoice::SealedFile, Some("correct horse".into())).await.expect("a new sealed file is made");
    vault
}

#[tokio::test]
async fn a_sealed_file_keeps_values_and_opens_with_its_passphrase_only() {
    let data = tempfile::tempdir().unwrap();
    let vault = sealed(data.path()).await;
    let entry = vault.set("users", "DB_PASSWORD", "cAnArY-value-1".into()).await.unwrap();
    vault.set("users", "OTHER", "cAnArY-value-2".into()).await.unwrap();
    assert_eq!(entry.fingerprint.as_ref().unwrap().len(), 8);
    assert_eq!(vault.state().await.state, "unlocked");

    // Another launch remembers the choice, is locked, and knows names and dates all the same.
    let later = Vault::open(data.path(), "w").await.unwrap();
    let state = later.state().await;
    assert_eq!((state.backend.as_str(), state.state.as_str()), ("sealed_file", "locked"));
    assert!(state.hint.unwrap().contains("passphrase"));
    assert_eq!(later.get("users", "DB_PASSWORD").await.unwrap_err().code(), "locked");
    assert_eq!(later.set("users", "DB_PASSWORD", "x".into()).await.unwrap_err().code(), "locked");
    let entries = later.entries("users").await.unwrap();
    assert_eq!(
        entries.iter().map(|entry| (entry.name.as_str(), entry.state)).collect::<Vec<_>>(),
        [("DB_PASSWORD", SecretState::Unknown), ("OTHER", SecretState::Unknown)]
    );
    assert_eq!(later.unlock("wrong horse".into()).await.unwrap_err().code(), "wrong_passphrase");
    assert_eq!(later.unlock("".into()).await.unwrap_err().code(), "needs_value");
    later.unlock("correct horse".into()).await.unwrap();
    assert_eq!(later.get("users", "DB_PASSWORD").await.unwrap().expose_secret(), "cAnArY-value-1");

    // The same value has the same fingerprint, another value another.
    let same = later.set("users", "DB_PASSWORD", "cAnArY-value-1".into()).await.unwrap();
    assert_eq!(same.fingerprint, entry.fingerprint);
    let other = later.set("users", "DB_PASSWORD", "cAnArY-value-3".into()).await.unwrap();
    assert_ne!(other.fingerprint, entry.fingerprint);
    // What one process sets, the other reads.
    assert_eq!(vault.get("users", "DB_PASSWORD").await.unwrap().expose_secret(), "cAnArY-value-3");
    later.remove("users", "OTHER").await.unwrap();
    assert_eq!(vault.get("users", "OTHER").await.unwrap_err().code(), "missing");
    assert_eq!(vault.get("elsewhere", "DB_PASSWORD").await.unwrap_err().code(), "missing");

    for file in std::fs::read_dir(data.path().join("vault")).unwrap() {
        let file = file.unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"cAnArY"), "{} holds a value", file.path().display());
        #[cfg(unix)]
        if file.file_name() != "lock" {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", file.path().display());
        }
    }
    std::fs::remove_file(data.path().join("vault/secrets.age")).unwrap();
    assert_eq!(vault.get("users", "DB_PASSWORD").await.unwrap_err().code(), "lost_entry");
    std::fs::write(data.path().join("vault/secrets.age"), "nonsense").unwrap();
    assert_eq!(vault.get("users", "DB_PASSWORD").await.unwrap_err().code(), "file");
}

#[tokio::test]
async fn a_sealed_file_is_never_chosen_without_a_passphrase() {
    let data = tempfile::tempdir().unwrap();
    let vault = Vault::open(data.path(), "w").await.unwrap();
    assert_eq!(vault.choose(BackendChoice::SealedFile, None).await.unwrap_err().code(), "needs_value");
    assert_eq!(vault.choose(BackendChoice::SealedFile, Some("".into())).await.unwrap_err().code(), "needs_value");
    assert_eq!(Vault::open(data.path(), "w").await.unwrap().state().await.backend, "keychain");
}

#[tokio::test]
async fn asking_each_time_keeps_nothing_beyond_the_process() {
    let data = tempfile::tempdir().unwrap();
    let vault = Vault::open(data.path(), "w").await.unwrap();
    vault.choose(BackendChoice::AskEachTime, None).await.unwrap();
    assert_eq!(vault.get("users", "PW").await.unwrap_err().code(), "needs_value");
    assert_eq!(vault.set("users", "PW", "x".into()).await.unwrap_err().code(), "read_only");
    vault.provide("users", "PW", "cAnArY-value".into()).await;
    assert_eq!(vault.get("users", "PW").await.unwrap().expose_secret(), "cAnArY-value");
    assert_eq!(vault.entries("users").await.unwrap()[0].state, SecretState::Set);
    let later = Vault::open(data.path(), "w").await.unwrap();
    assert_eq!(later.state().await.backend, "ask_each_time");
    assert_eq!(later.get("users", "PW").await.unwrap_err().code(), "needs_value");
    vault.remove("users", "PW").await.unwrap();
    assert_eq!(vault.get("users", "PW").await.unwrap_err().code(), "needs_value");
}

#[tokio::test]
async fn the_environment_is_read_and_never_written() {
    // cargo sets these for every test; no other test needs to touch the environment.
    let vault = Vault::from_environment("CARGO_PKG_");
    assert_eq!(vault.get("any", "NAME").await.unwrap().expose_secret(), "vault");
    assert_eq!(vault.get("any", "NO_SUCH").await.unwrap_err().code(), "missing");
    assert_eq!(vault.set("any", "NAME", "x".into()).await.unwrap_err().code(), "read_only");
    assert_eq!(vault.remove("any", "NAME").await.unwrap_err().code(), "read_only");
    let entries = vault.entries("any").await.unwrap();
    let name = entries.iter().find(|entry| entry.name == "NAME").unwrap();
    assert_eq!((name.state, name.set_at.clone()), (SecretState::Set, None));
    assert_eq!(vault.state().await.backend, "environment");
}

#[tokio::test]
async fn memory_keeps_replaces_and_forgets() {
    let vault = Vault::in_memory();
    vault.set("users", "PW", "one".into()).await.unwrap();
    vault.set("users", "PW", "two".into()).await.unwrap();
    assert_eq!(vault.get("users", "PW").await.unwrap().expose_secret(), "two");
    assert_eq!(vault.get("others", "PW").await.unwrap_err().code(), "missing");
    assert_eq!(vault.entries("users").await.unwrap().len(), 1);
    vault.remove("users", "PW").await.unwrap();
    assert!(vault.entries("users").await.unwrap().is_empty());
    assert!(!format!("{vault:?}").contains("two"));
}
