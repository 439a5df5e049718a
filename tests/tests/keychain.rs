//! The vault against a real Secret Service: gnome-keyring in a private D-Bus session with a home of its own.
//!
//! The environment belongs to a process, so each test starts a bus and then itself again inside it; there it starts, locks,
//! stops and kills the keyring as it needs. Every state must be named within 3.5 s.

use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vault::{ExposeSecret, SecretState, Vault, VaultError};

const INSIDE: &str = "KEYCHAIN_TEST_INSIDE";
const PATIENCE: Duration = Duration::from_millis(3500);

/// What the bus allows.
#[derive(Clone, Copy)]
enum Bus {
    /// Everything.
    Open,
    /// Nobody may talk to the Secret Service.
    Denying,
    /// There is no bus.
    None,
}

/// A session of a test: its home, and the keyring when it runs. Everything ends with it.
struct Session {
    home: PathBuf,
    keyring: Option<Child>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop_keyring();
    }
}

impl Session {
    /// Starts the keyring; with a password it opens (and makes) the login keyring, without one there is none.
    fn start_keyring(&mut self, password: Option<&str>) {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut child = command.spawn().expect("gnome-keyring-daemon starts");
        if let (Some(password), Some(mut stdin)) = (password, child.stdin.take()) {
            stdin.write_all(password.as_bytes()).expect("the keyring takes its password");
        }
        self.keyring = Some(child);
        let began = Instant::now();
        while !d_bus(&[
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.GetNameOwner",
            "string:org.freedesktop.secrets",
        ]) {
            assert!(began.elapsed() < Duration::from_secs(20), "the keyring does not come up");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    fn stop_keyring(&mut self) {
        if let Some(mut child) = self.keyring.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn signal_keyring(&self, signal: &str) {
        let id = self.keyring.as_ref().expect("the keyring runs").id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill is there").success());
    }

    async fn vault(&self) -> Vault {
        Vault::open(&self.home.join("data"), "w").await.expect("opening asks nothing of the keychain")
    }
}

/// Sends a message over the session's bus; whether it was answered well.
fn d_bus(arguments: &[&str]) -> bool {
    let mut command = Command::new("dbus-send");
    command.args(["--session", "--print-reply", "--reply-timeout=2000"]).args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("dbus-send is there").success()
}

/// Locks all keyrings.
fn lock() {
    assert!(d_bus(&[
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.Lock",
        "array:objpath:/org/freedesktop/secrets/collection/login",
    ]));
}

/// What another program sees under our name; `None` when there is no entry.
fn secret_tool(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("secret-tool").args(arguments).stdin(Stdio::null()).output().expect("secret-tool is there");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
}

/// Waits for an answer of the vault and checks that it came in time.
async fn in_time<T>(question: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let answer = question.await;
    assert!(began.elapsed() <= PATIENCE, "the answer took {:?}", began.elapsed());
    answer
}

async fn code<T: std::fmt::Debug>(question: impl Future<Output = Result<T, VaultError>>) -> &'static str {
    let error = in_time(question).await.expect_err("this must fail");
    assert!(!error.hint().is_empty());
    error.code()
}

/// Runs `test` inside a fresh session: starts the bus and this test again, or does the test when inside already.
fn in_session<T: Future<Output = ()>>(name: &str, bus: Bus, test: impl FnOnce(Session) -> T) {
    if let Some(home) = std::env::var_os(INSIDE) {
        let session = Session { home: home.into(), keyring: None };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        return runtime.block_on(test(session));
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let runtime_dir = home.path().join("run");
    std::fs::create_dir(&runtime_dir).expect("a runtime folder");
    std::fs::set_permissions(&runtime_dir, std::fs::Permissions::from_mode(0o700)).expect("a private runtime folder");
    let (daemon, address) = match bus {
        Bus::None => (None, None),
        Bus::Open => start_bus(home.path(), ""),
        Bus::Denying => start_bus(home.path(), r#"<deny send_destination="org.freedesktop.secrets"/>"#),
    };
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", name, "--nocapture"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env(INSIDE, home.path()).env("HOME", home.path()).env("XDG_RUNTIME_DIR", &runtime_dir);
    if let Some(address) = address {
        command.env("DBUS_SESSION_BUS_ADDRESS", address);
    }
    let output = command.output().expect("this test starts again");
    if let Some(mut daemon) = daemon {
        let _ = daemon.kill();
        let _ = daemon.wait();
    }
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "inside the session:\n{told}");
    assert!(told.contains("1 passed"), "the test did not run inside the session:\n{told}");
}

/// A bus that starts nothing by itself, so that what runs in it is what the test started.
fn start_bus(home: &Path, rule: &str) -> (Option<Child>, Option<String>) {
    let configuration = home.join("bus.conf");
    let text = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>{rule}</policy></busconfig>"#,
        home.join("run").display()
    );
    std::fs::write(&configuration, text).expect("the bus's configuration");
    let mut daemon = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", configuration.display()))
        .args(["--nofork", "--print-address=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon starts");
    let mut address = String::new();
    BufReader::new(daemon.stdout.take().expect("its output"))
        .read_line(&mut address)
        .expect("the bus says where it is");
    (Some(daemon), Some(address.trim().to_owned()))
}

#[test]
fn set_get_replace_and_remove_in_the_real_keychain() {
    in_session("set_get_replace_and_remove_in_the_real_keychain", Bus::Open, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        assert_eq!(in_time(vault.state()).await.state, "unlocked");
        let first = in_time(vault.set("users", "DB_PASSWORD", "cAnArY-one".into())).await.unwrap();
        assert_eq!(in_time(vault.get("users", "DB_PASSWORD")).await.unwrap().expose_secret(), "cAnArY-one");
        let lookup = || secret_tool(&["lookup", "service", "Sluice", "username", "w/users/DB_PASSWORD"]);
        assert_eq!(lookup().as_deref(), Some("cAnArY-one"), "other programs must see it in the keychain");

        let second = vault.set("users", "DB_PASSWORD", "cAnArY-two ü\u{1f512}".into()).await.unwrap();
        assert_ne!(first.fingerprint, second.fingerprint);
        // A new launch reads it with a connection of its own, and fingerprints alike.
        let later = session.vault().await;
        assert_eq!(later.get("users", "DB_PASSWORD").await.unwrap().expose_secret(), "cAnArY-two ü\u{1f512}");
        let again = later.set("users", "OTHER", "cAnArY-two ü\u{1f512}".into()).await.unwrap();
        assert_eq!(again.fingerprint, second.fingerprint);
        let entries = in_time(later.entries("users")).await.unwrap();
        assert_eq!(entries, [second, again]);

        let large = "cAnArY-large ".repeat(4000);
        later.set("users", "LARGE", large.as_str().into()).await.unwrap();
        assert_eq!(later.get("users", "LARGE").await.unwrap().expose_secret(), large);

        for file in std::fs::read_dir(session.home.join("data/vault")).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(6).any(|part| part == b"cAnArY"), "{} holds a value", path.display());
        }

        in_time(later.remove("users", "DB_PASSWORD")).await.unwrap();
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "missing");
        assert_eq!(lookup(), None);
        in_time(later.remove("users", "DB_PASSWORD")).await.unwrap();
    });
}

#[test]
fn a_locked_keychain_is_named_and_names_stay_known() {
    in_session("a_locked_keychain_is_named_and_names_stay_known", Bus::Open, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        let entry = vault.set("users", "DB_PASSWORD", "cAnArY-one".into()).await.unwrap();
        lock();
        let state = in_time(vault.state()).await;
        assert_eq!((state.backend.as_str(), state.state.as_str()), ("keychain", "locked"));
        assert!(state.hint.unwrap().contains("nlock"));
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "locked");
        assert_eq!(code(vault.set("users", "DB_PASSWORD", "cAnArY-two".into())).await, "locked");
        assert_eq!(code(vault.set("users", "NEW", "cAnArY-two".into())).await, "locked");
        assert_eq!(code(vault.remove("users", "DB_PASSWORD")).await, "locked");
        let entries = in_time(vault.entries("users")).await.unwrap();
        assert_eq!(entries, [vault::SecretEntry { state: SecretState::Unknown, ..entry.clone() }]);
        // Unlocked again (by a restart, as after a login), everything is as it was.
        session.stop_keyring();
        session.start_keyring(Some("login password"));
        assert_eq!(in_time(vault.get("users", "DB_PASSWORD")).await.unwrap().expose_secret(), "cAnArY-one");
        assert_eq!(in_time(vault.entries("users")).await.unwrap(), [entry]);
    });
}

#[test]
fn missing_and_lost_entries_are_told_apart() {
    in_session("missing_and_lost_entries_are_told_apart", Bus::Open, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "missing");
        assert!(vault.entries("users").await.unwrap().is_empty());
        vault.set("users", "DB_PASSWORD", "cAnArY-one".into()).await.unwrap();
        secret_tool(&["clear", "service", "Sluice", "username", "w/users/DB_PASSWORD"]).expect("deleted outside");
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "lost_entry");
        assert_eq!(in_time(vault.entries("users")).await.unwrap()[0].state, SecretState::LostEntry);
        vault.set("users", "DB_PASSWORD", "cAnArY-two".into()).await.unwrap();
        assert_eq!(vault.get("users", "DB_PASSWORD").await.unwrap().expose_secret(), "cAnArY-two");
        assert_eq!(vault.entries("users").await.unwrap()[0].state, SecretState::Set);
    });
}

#[test]
fn two_entries_of_one_name_are_ambiguous() {
    in_session("two_entries_of_one_name_are_ambiguous", Bus::Open, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        vault.set("users", "DB_PASSWORD", "cAnArY-one".into()).await.unwrap();
        let mut twin = Command::new("secret-tool")
            .args(["store", "--label=twin", "service", "Sluice", "username", "w/users/DB_PASSWORD", "twin", "yes"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        twin.stdin.take().unwrap().write_all(b"cAnArY-twin").unwrap();
        assert!(twin.wait().unwrap().success());
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "ambiguous");
        assert_eq!(code(vault.set("users", "DB_PASSWORD", "cAnArY-two".into())).await, "ambiguous");
    });
}

#[test]
fn a_keychain_that_does_not_answer_is_slow() {
    in_session("a_keychain_that_does_not_answer_is_slow", Bus::Open, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        vault.set("users", "DB_PASSWORD", "cAnArY-one".into()).await.unwrap();
        session.signal_keyring("-STOP");
        assert_eq!(in_time(vault.state()).await.state, "slow");
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "slow");
        let error = in_time(vault.set("users", "DB_PASSWORD", "cAnArY-late".into())).await.unwrap_err();
        assert_eq!(error.code(), "slow");
        assert!(error.hint().contains("look whether the value was kept"), "{}", error.hint());
        assert_eq!(in_time(vault.entries("users")).await.unwrap()[0].state, SecretState::Unknown);
        // A launch while it hangs is told the same.
        assert_eq!(code(session.vault().await.get("users", "DB_PASSWORD")).await, "slow");
        session.signal_keyring("-CONT");
        assert!(in_time(vault.get("users", "DB_PASSWORD")).await.unwrap().expose_secret().starts_with("cAnArY-"));
    });
}

#[test]
fn a_restarted_keychain_is_found_again() {
    in_session("a_restarted_keychain_is_found_again", Bus::Open, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        vault.set("users", "DB_PASSWORD", "cAnArY-one".into()).await.unwrap();
        session.stop_keyring();
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "absent");
        session.start_keyring(Some("login password"));
        assert_eq!(in_time(vault.get("users", "DB_PASSWORD")).await.unwrap().expose_secret(), "cAnArY-one");
    });
}

#[test]
fn without_a_secret_service_the_keychain_is_absent() {
    in_session("without_a_secret_service_the_keychain_is_absent", Bus::Open, async |session: Session| {
        let vault = session.vault().await;
        let state = in_time(vault.state()).await;
        assert_eq!((state.backend.as_str(), state.state.as_str()), ("keychain", "absent"));
        assert!(state.hint.unwrap().contains("sealed file"), "the hint offers the choice");
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "absent");
        assert_eq!(code(vault.set("users", "DB_PASSWORD", "cAnArY-one".into())).await, "absent");
        // Nothing was kept anywhere instead, and the admin's choice works from here.
        assert!(vault.entries("users").await.unwrap().is_empty());
        vault.choose(vault::BackendChoice::SealedFile, Some("a passphrase".into())).await.unwrap();
        vault.set("users", "DB_PASSWORD", "cAnArY-one".into()).await.unwrap();
        assert_eq!(vault.get("users", "DB_PASSWORD").await.unwrap().expose_secret(), "cAnArY-one");
    });
}

#[test]
fn without_a_bus_the_keychain_is_absent() {
    in_session("without_a_bus_the_keychain_is_absent", Bus::None, async |session: Session| {
        let vault = session.vault().await;
        assert_eq!(in_time(vault.state()).await.state, "absent");
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "absent");
        assert_eq!(code(vault.set("users", "DB_PASSWORD", "cAnArY-one".into())).await, "absent");
    });
}

#[test]
fn a_service_without_a_keyring_is_absent() {
    in_session("a_service_without_a_keyring_is_absent", Bus::Open, async |mut session: Session| {
        session.start_keyring(None);
        let vault = session.vault().await;
        assert_eq!(in_time(vault.state()).await.state, "absent");
        assert_eq!(code(vault.set("users", "DB_PASSWORD", "cAnArY-one".into())).await, "absent");
    });
}

#[test]
fn a_bus_that_forbids_the_keychain_denies_it() {
    in_session("a_bus_that_forbids_the_keychain_denies_it", Bus::Denying, async |mut session: Session| {
        session.start_keyring(Some("login password"));
        let vault = session.vault().await;
        assert_eq!(in_time(vault.state()).await.state, "denied");
        assert_eq!(code(vault.get("users", "DB_PASSWORD")).await, "denied");
    });
}
