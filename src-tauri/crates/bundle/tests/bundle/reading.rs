//! Tolerance of the deploy tool, and its traps, named (contract §15.1, §15.7 B6).

use bundle::{ConfigurationValue, Contents, Severity, read_directory};
use contract::{Action, ImportMode};

use crate::{GOOD, folder};

fn codes(contents: &Contents) -> Vec<&str> {
    contents.problems.iter().map(|problem| problem.code).collect()
}

/// Reads one connection folder with this JSON and a login.js.
fn with_json(json: &str) -> Contents {
    let root = folder(&[
        ("database-connections/a/database.json", json.as_bytes()),
        ("database-connections/a/login.js", b"function login() {}"),
    ]);
    read_directory(root.path()).unwrap()
}

#[test]
fn a_good_directory_has_no_problems() {
    let root = folder(GOOD);
    let contents = read_directory(root.path()).unwrap();
    assert_eq!(codes(&contents), [""; 0]);
    let connection = contents.connection("legacy-users").unwrap();
    assert_eq!(connection.import_mode(), ImportMode::On);
    assert!(!connection.script_context());
    assert_eq!(connection.scripts.keys().copied().collect::<Vec<_>>(), [Action::Login, Action::GetUser]);
    assert_eq!(connection.scripts[&Action::Login].bytes, GOOD[1].1);
    assert!(connection.scripts[&Action::Login].path.is_absolute());
    assert_eq!(connection.json_bytes, GOOD[0].1);
    assert_eq!(connection.tools.len(), 1);
    let values: Vec<_> = connection.configuration().into_iter().map(|entry| entry.value).collect();
    let expected = [
        ConfigurationValue::Plain("db.example".to_owned()),
        ConfigurationValue::Reference("DB_PASSWORD".to_owned()),
        ConfigurationValue::Null,
    ];
    assert_eq!(values, expected);
    let keys: Vec<_> = connection.json.keys().map(String::as_str).collect();
    assert_eq!(keys, ["name", "strategy", "x_unknown", "options"], "order of the file");
}

#[test]
fn odd_but_working_bundles_are_read() {
    let root = folder(&[
        (
            "database-connections/odd folder/database.json",
            br#"{"name":"odd","customScripts":{"login":".\\my scripts\\Sign In.js"},"options":{"customScripts":{"login":"./nothing.js","verify":"../shared/v.js"}}}"#,
        ),
        ("database-connections/odd folder/my scripts/Sign In.js", b"L"),
        ("database-connections/shared/v.js", b"V"),
    ]);
    let contents = read_directory(root.path()).unwrap();
    let connection = contents.connection("odd").unwrap();
    assert_eq!(connection.scripts[&Action::Login].bytes, b"L", "the top level overrides options");
    assert_eq!(connection.scripts[&Action::Verify].bytes, b"V");
    let found = codes(&contents);
    assert!(found.contains(&"top_level_scripts") && found.contains(&"back_slashes"), "{found:?}");
    // The folder `shared` holds no connection; its file is listed, so it is no orphan.
    assert!(found.contains(&"missing_json") && !found.contains(&"unlisted_script"), "{found:?}");
}

#[test]
fn broken_json_is_named_with_its_place_and_the_rest_opens() {
    let mut files = GOOD.to_vec();
    files.push(("database-connections/broken/database.json", b"{\n  \"name\": \"x\",\n  \"options\": {,}\n}"));
    files.push(("database-connections/empty/login.js", b"x"));
    files.push(("database-connections/twice/database.json", br#"{"name":"legacy-users"}"#));
    files.push(("database-connections/nameless/database.json", b"{}"));
    files.push(("database-connections/latin/database.json", b"{\n\"name\": \"\xe9\"}"));
    let root = folder(&files);
    let contents = read_directory(root.path()).unwrap();
    assert_eq!(contents.connections.len(), 1);
    assert_eq!(codes(&contents), ["broken_json", "missing_json", "not_utf8", "missing_name", "duplicate_name"]);
    let broken = &contents.problems[0];
    assert_eq!(broken.path, "database-connections/broken/database.json");
    assert!(broken.message.contains("line 3, column 15"), "{}", broken.message);
    assert!(contents.problems.iter().all(|problem| problem.severity == Severity::Error && problem.hint.is_some()));
}

#[test]
fn a_byte_order_mark_is_told_and_tolerated() {
    let contents = with_json("\u{feff}{\"name\":\"a\",\"options\":{\"customScripts\":{\"login\":\"./login.js\"}}}");
    assert_eq!(codes(&contents), ["byte_order_mark"]);
    assert!(contents.connections[0].json_bytes.starts_with(b"{"));
}

#[test]
fn missing_unlisted_and_unknown_scripts_are_named() {
    let contents = with_json(
        r#"{"name":"a","options":{"customScripts":{"verify":"./verify.js","log_in":"./login.js","delete":"","change_email":"./../../../x.js"}}}"#,
    );
    let mut found: Vec<_> = contents.problems.iter().map(|p| (p.code, p.path.rsplit('/').next().unwrap())).collect();
    found.sort_unstable();
    let expected = [
        ("missing_script", "verify.js"),
        ("path_outside", "database.json"),
        ("script_not_path", "database.json"),
        ("unknown_script_key", "database.json"),
        ("unlisted_script", "login.js"),
    ];
    assert_eq!(found, expected);
    assert!(contents.connections[0].scripts.is_empty());
}

#[test]
fn scripts_beyond_the_seven_open_and_are_told() {
    let contents = with_json(r#"{"name":"a","options":{"customScripts":{"change_username":"./login.js"}}}"#);
    assert_eq!(codes(&contents), ["not_deployable"]);
    assert!(contents.connections[0].scripts.contains_key(&Action::ChangeUsername));
}

#[test]
fn a_folder_without_connections_is_an_empty_workspace_and_a_file_is_none() {
    assert_eq!(read_directory(folder(&[]).path()).unwrap(), Contents::default());
    let root = folder(&[("database-connections", b"x")]);
    assert_eq!(read_directory(root.path()).unwrap_err().code(), "no_bundle");
    assert_eq!(read_directory(&root.path().join("no")).unwrap_err().code(), "not_found");
}

#[cfg(unix)]
#[test]
fn links_and_devices_in_a_bundle_from_elsewhere_are_refused() {
    use std::os::unix::fs::symlink;
    let root = folder(GOOD);
    let scripts = root.path().join("database-connections/legacy-users");
    for target in ["/etc/hostname", "/dev/zero", "count_users.js"] {
        let login = scripts.join("login.js");
        std::fs::remove_file(&login).unwrap();
        symlink(target, &login).unwrap();
        let contents = bundle::read(root.path()).unwrap();
        assert_eq!(codes(&contents), ["path_outside"], "{target}");
        assert!(!contents.connections[0].scripts.contains_key(&Action::Login));
    }
}
