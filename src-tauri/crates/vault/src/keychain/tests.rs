//! The keychain's ways to fail, on a stand-in that fails on demand. The real Secret Service is in `tests/tests/keychain.rs`.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
use keyring_core::{CredentialPersistence, Entry, Result};

use super::*;
use crate::BackendChoice;

/// A keychain in memory that takes values up to a size and can be told to hang or to break.
#[derive(Debug, Default)]
struct Shelf {
    values: Mutex<HashMap<String, Vec<u8>>>,
    largest: AtomicUsize,
    hang_ms: AtomicUsize,
    broken: AtomicUsize,
    opened: AtomicUsize,
    asked: AtomicUsize,
}

#[derive(Debug, Clone)]
struct Door(Arc<Shelf>);

#[derive(Debug, Clone)]
struct Slot(Arc<Shelf>, String);

impl CredentialStoreApi for Door {
    fn vendor(&self) -> String {
        "shelf".to_owned()
    }
    fn id(&self) -> String {
        "shelf".to_owned()
    }
    fn build(&self, service: &str, user: &str, modifiers: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        assert_eq!(service, "Sluice");
        match modifiers {
            Some(_) => Err(Error::NotSupportedByStore("labels".to_owned())),
            None => Ok(Entry::new_with_credential(Arc::new(Slot(self.0.clone(), user.to_owned())))),
        }
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
    fn persistence(&self) -> CredentialPersistence {
        CredentialPersistence::ProcessOnly
    }
}

impl Slot {
    fn pass(&self) -> Result<()> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(self.0.hang_ms.load(Ordering::SeqCst) as u64));
        if self.0.broken.load(Ordering::SeqCst) > 0 {
            self.0.broken.fetch_sub(1, Ordering::SeqCst);
            return Err(Error::PlatformFailure("the session is gone".into()));
        }
        Ok(())
    }
}

impl CredentialApi for Slot {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        self.pass()?;
        let largest = self.0.largest.load(Ordering::SeqCst);
        if secret.len() > largest {
            return Err(Error::TooLong("secret".to_owned(), largest as u32));
        }
        self.0.values.lock().unwrap().insert(self.1.clone(), secret.to_vec());
        Ok(())
    }
    fn get_secret(&self) -> Result<Vec<u8>> {
        self.pass()?;
        self.0.values.lock().unwrap().get(&self.1).cloned().ok_or(Error::NoEntry)
    }
    fn delete_credential(&self) -> Result<()> {
        self.pass()?;
        self.0.values.lock().unwrap().remove(&self.1).map(drop).ok_or(Error::NoEntry)
    }
    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        self.get_secret().map(|_| None)
    }
    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

fn keychain(limit_ms: u64) -> (tempfile::TempDir, Arc<Shelf>, Keychain) {
    let data = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf { largest: AtomicUsize::new(2560), ..Shelf::default() });
    let folder = Folder::of(data.path());
    let opened = shelf.clone();
    let open: Open = Arc::new(move || {
        opened.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(Door(opened.clone())))
    });
    let catalog = Catalog::new(folder.clone(), BackendChoice::Keychain);
    (data, shelf, Keychain::reached_by(open, Duration::from_millis(limit_ms), folder, catalog))
}

fn place(name: &str) -> Place {
    Place { workspace: "w".to_owned(), connection: "users".to_owned(), name: name.to_owned() }
}

#[tokio::test]
async fn a_hanging_keychain_is_slow_and_its_late_answer_is_lost() {
    let (_data, shelf, keychain) = keychain(200);
    keychain.set(&place("A"), "value a".into()).await.unwrap();
    shelf.hang_ms.store(600, Ordering::SeqCst);
    let began = Instant::now();
    let error = keychain.get(&place("A")).await.unwrap_err();
    assert_eq!((error.code(), began.elapsed() < Duration::from_millis(500)), ("slow", true));
    assert!(error.hint().contains("prompt"));
    // A new thread serves the next question at once; the first one is still hanging.
    shelf.hang_ms.store(0, Ordering::SeqCst);
    assert_eq!(keychain.get(&place("A")).await.unwrap().expose_secret(), "value a");
}

#[tokio::test]
async fn whoever_gave_up_is_not_served_late() {
    let (_data, shelf, keychain) = keychain(200);
    shelf.hang_ms.store(500, Ordering::SeqCst);
    let hanging = place("A");
    let (first, second) = tokio::join!(keychain.get(&hanging), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        keychain.set(&place("B"), "never kept".into()).await
    });
    assert_eq!((first.unwrap_err().code(), second.unwrap_err().code()), ("slow", "slow"));
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(
        shelf.asked.load(Ordering::SeqCst),
        1,
        "the queued write must not happen after its caller was told it failed"
    );
    assert!(shelf.values.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_keychain_does_not_collect_threads() {
    let (_data, shelf, keychain) = keychain(50);
    shelf.hang_ms.store(3000, Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(keychain.get(&place("A")).await.unwrap_err().code(), "slow");
    }
    assert_eq!(shelf.asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_restarted_keychain_is_reached_anew() {
    let (_data, shelf, keychain) = keychain(3000);
    keychain.set(&place("A"), "value a".into()).await.unwrap();
    assert_eq!(shelf.opened.load(Ordering::SeqCst), 1);
    shelf.broken.store(1, Ordering::SeqCst);
    assert_eq!(keychain.get(&place("A")).await.unwrap().expose_secret(), "value a");
    assert_eq!(shelf.opened.load(Ordering::SeqCst), 2);
    shelf.broken.store(2, Ordering::SeqCst);
    assert_eq!(keychain.get(&place("A")).await.unwrap_err().code(), "failed");
}

#[tokio::test]
async fn a_value_over_the_platforms_size_lies_sealed_beside_it() {
    let (data, shelf, keychain) = keychain(3000);
    let large = "0123456789abcdef".repeat(500);
    let entry = keychain.set(&place("KEY"), large.as_str().into()).await.unwrap();
    assert_eq!(keychain.get(&place("KEY")).await.unwrap().expose_secret(), large);
    let files: Vec<_> =
        std::fs::read_dir(data.path().join("vault")).unwrap().map(|file| file.unwrap().path()).collect();
    let sealed: Vec<_> = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "age")).collect();
    assert_eq!(sealed.len(), 1, "{files:?}");
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(16).any(|part| part == b"0123456789abcdef"), "{} holds the value", file.display());
    }
    assert_eq!(shelf.values.lock().unwrap().len(), 2, "fingerprint key and file key");
    // A smaller value goes back into the keychain, and the file goes.
    let again = keychain.set(&place("KEY"), "small now".into()).await.unwrap();
    assert_ne!(entry.fingerprint, again.fingerprint);
    assert_eq!(keychain.get(&place("KEY")).await.unwrap().expose_secret(), "small now");
    assert!(!sealed[0].exists());
    // Losing the file's key is losing the entry.
    keychain.set(&place("KEY"), large.as_str().into()).await.unwrap();
    shelf.values.lock().unwrap().remove(FILE_KEY);
    assert_eq!(keychain.get(&place("KEY")).await.unwrap_err().code(), "lost_entry");
    keychain.remove(&place("KEY")).await.unwrap();
    assert_eq!(keychain.get(&place("KEY")).await.unwrap_err().code(), "missing");
    let error = keychain.set(&place("KEY"), "x".repeat(64 * 1024 + 1).into()).await.unwrap_err();
    assert_eq!(error.code(), "too_long");
}

#[tokio::test]
async fn an_entry_deleted_outside_is_lost_and_one_never_set_is_missing() {
    let (_data, shelf, keychain) = keychain(3000);
    keychain.set(&place("A"), "value a".into()).await.unwrap();
    shelf.values.lock().unwrap().remove(&place("A").account());
    let error = keychain.get(&place("A")).await.unwrap_err();
    assert_eq!(error.code(), "lost_entry");
    assert!(error.to_string().contains("was set on 20"), "{error}");
    assert_eq!(keychain.get(&place("B")).await.unwrap_err().code(), "missing");
    keychain.remove(&place("A")).await.unwrap();
    assert_eq!(keychain.get(&place("A")).await.unwrap_err().code(), "missing");
}

#[tokio::test]
async fn a_damaged_catalog_locks_nobody_out() {
    let (data, _shelf, keychain) = keychain(3000);
    keychain.set(&place("A"), "value a".into()).await.unwrap();
    std::fs::write(data.path().join("vault/catalog.json"), "{").unwrap();
    assert_eq!(keychain.get(&place("A")).await.unwrap().expose_secret(), "value a");
    assert_eq!(keychain.set(&place("A"), "value b".into()).await.unwrap_err().code(), "file");
}

#[test]
fn errors_of_the_keychain_have_names() {
    let check = |error: Error, code: &str| assert_eq!(platform::explain(error, "A").code(), code);
    check(Error::Ambiguous(vec![]), "ambiguous");
    check(Error::NoDefaultStore, "absent");
    check(Error::BadEncoding(vec![1]), "failed");
    check(Error::NoStorageAccess("refused".into()), "denied");
    #[cfg(target_os = "linux")]
    {
        use secret_service::Error as Secret;
        check(Error::NoStorageAccess(Box::new(Secret::Prompt)), "locked");
        check(Error::NoStorageAccess(Box::new(Secret::Locked)), "locked");
        check(Error::NoStorageAccess(Box::new(Secret::NoResult)), "absent");
        check(Error::PlatformFailure(Box::new(Secret::Unavailable)), "absent");
        check(
            Error::PlatformFailure(Box::new(Secret::ZbusFdo(zbus::fdo::Error::AccessDenied("no".to_owned())))),
            "denied",
        );
        check(Error::PlatformFailure(Box::new(Secret::Crypto("no"))), "failed");
    }
}

#[test]
fn places_that_differ_have_accounts_that_differ() {
    let place = |connection: &str, name: &str| Place {
        workspace: "w".into(),
        connection: connection.into(),
        name: name.into(),
    };
    assert_ne!(place("a/b", "c").account(), place("a", "b/c").account());
    assert_ne!(place("a%2Fb", "c").account(), place("a/b", "c").account());
}
