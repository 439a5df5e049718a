//! What is said of secrets while the keychain cannot be read.

use serde_json::json;

use crate::Bench;

const GET_USER: &str = "function g(id, callback) { callback(null); }";

const INSTEAD: &str = "--secrets-from-env PREFIX";

#[test]
fn a_secret_nobody_can_see_is_not_called_missing() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER), ("login", GET_USER)]);
    let listed = bench.sluice(&["-w", "ws", "--json", "secret", "list"], "").json();
    assert_eq!(
        (&listed["vault"]["state"], &listed["connections"][0]["secrets"][0]["state"]),
        (&json!("absent"), &json!("unknown"))
    );
    let text = bench.sluice(&["-w", "ws", "secret", "list"], "").stdout;
    assert!(text.contains("No keychain answers") && text.contains(INSTEAD) && !text.contains("missing"), "{text}");
    let ran = bench.sluice(&["-w", "ws", "try", "c", "get_user", "--identifier", "a"], "");
    assert!(ran.code == 5 && ran.stderr.contains(INSTEAD), "{ran:?}");
    assert!(ran.stderr.contains("no value for DB_PASSWORD: no keychain answers"), "{ran:?}");
    // With the sealed file the same: locked is locked.
    let keep = bench.sluice(&["-w", "ws", "secret", "keep", "sealed-file"], "a passphrase");
    assert_eq!(keep.code, 0, "{keep:?}");
    let locked = bench.sluice(&["-w", "ws", "--json", "secret", "list"], "").json();
    assert_eq!(
        (&locked["vault"]["state"], &locked["connections"][0]["secrets"][0]["state"]),
        (&json!("locked"), &json!("unknown"))
    );
    let text = bench.sluice(&["-w", "ws", "secret", "list"], "").stdout;
    assert!(
        text.contains("unknown, sealed file locked") && text.contains("Run it in a terminal") && text.contains(INSTEAD),
        "{text}"
    );
}

/// Where the system has no keychain, the way out is another place; a locked file needs its passphrase instead.
#[test]
fn a_place_to_keep_secrets_is_proposed_where_there_is_none() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER)]);
    let place = "`sluice secret keep sealed-file` (or ask-each-time) chooses another place.";
    let commands =
        [&["secret", "set", "DB_PASSWORD"][..], &["try", "c", "get_user", "--identifier", "a"], &["connect", "c"]];
    let hints = || {
        commands.map(|arguments| {
            let ran = bench.sluice(&[&["-w", "ws", "--json"], arguments].concat(), "a-value");
            assert_eq!(ran.code, 5, "{ran:?}");
            let hint = ran.json()["error"]["hint"].as_str().unwrap_or_default().to_owned();
            assert!(ran.stderr.contains(&hint) && hint.contains(INSTEAD), "{ran:?}");
            hint
        })
    };
    assert!(hints().iter().all(|hint| hint.contains(place)), "{:?}", hints());
    let listed = bench.sluice(&["-w", "ws", "secret", "list"], "").stdout;
    assert!(listed.contains(place), "{listed}");
    // It does what it says.
    let keep = bench.sluice(&["-w", "ws", "secret", "keep", "sealed-file"], "a passphrase");
    assert_eq!(keep.code, 0, "{keep:?}");
    assert!(hints().iter().all(|hint| !hint.contains("secret keep") && hint.contains("passphrase")), "{:?}", hints());
    let keep = bench.sluice(&["-w", "ws", "secret", "keep", "ask-each-time"], "");
    assert!(keep.code == 0 && !keep.stdout.contains("secret keep"), "{keep:?}");
}

#[test]
fn a_keychain_that_hides_the_secrets_of_many_is_said_once() {
    let bench = Bench::new();
    bench.workspace(
        &json!({"A": "@@DB_PASSWORD@@", "B": "@@DB_USER@@"}),
        &[("get_user", GET_USER), ("login", GET_USER)],
    );
    let database = std::fs::read_to_string(bench.path("ws/database-connections/c/database.json")).unwrap();
    for file in ["get_user.js", "login.js"] {
        bench.write(&format!("ws/database-connections/d/{file}"), GET_USER);
    }
    bench.write("ws/database-connections/d/database.json", &database.replace("\"name\": \"c\"", "\"name\": \"d\""));
    let check = bench.sluice(&["-w", "ws", "--json", "check"], "").json();
    let unseen: Vec<_> =
        check.as_array().unwrap().iter().filter(|finding| finding["rule"] == "secrets_unseen").collect();
    assert_eq!((unseen.len(), &unseen[0]["connection"]), (1, &json!("c, d")), "{check:#}");
    let text = bench.sluice(&["-w", "ws", "check"], "").stdout;
    assert!(text.matches("no keychain answers").count() == 1 && text.contains(INSTEAD), "{text}");
}

/// In a bus of its own: starts a keychain, locks it, and asks.
const LOCKED: &str = r#"
set -e
printf 'login password' | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
keyring=$!
trap 'kill $keyring' EXIT
ask() { dbus-send --session --print-reply "$@" >/dev/null 2>&1; }
for attempt in $(seq 200); do
  ask --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets && break
  sleep 0.1
done
ask --dest=org.freedesktop.secrets /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
  array:objpath:/org/freedesktop/secrets/collection/login
"$SLUICE" -w ws secret list
"$SLUICE" -w ws --json secret list
"#;

#[test]
fn a_locked_keychain_is_said_to_be_locked() {
    let bench = Bench::new();
    bench.workspace(&json!({"A": "@@DB_PASSWORD@@"}), &[("get_user", GET_USER)]);
    let runtime = bench.path("run");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let mut session = bench.command_of(std::path::Path::new("dbus-run-session"), &["--", "sh", "-c", LOCKED]);
    session.env("SLUICE", acceptance::binary("sluice")).env("XDG_RUNTIME_DIR", &runtime);
    let ran = crate::finished(session.spawn().unwrap(), Some(""));
    assert_eq!(ran.code, 0, "{ran:?}");
    let (text, document) = ran.stdout.split_once("\n{\n").unwrap_or_else(|| panic!("{ran:?}"));
    for told in ["keychain (locked)", "The keychain is locked.", INSTEAD, "unknown, keychain locked"] {
        assert!(text.contains(told), "{told} is missing: {text}");
    }
    assert!(!text.contains("missing"), "{text}");
    let listed: serde_json::Value = serde_json::from_str(&format!("{{\n{document}")).unwrap();
    assert_eq!(listed["connections"][0]["secrets"][0]["state"], "unknown", "{listed:#}");
}
