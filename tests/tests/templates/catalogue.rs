//! The templates as the command line offers them: listed, made into connections, and sound by the static doctor.

use std::path::Path;
use std::process::Command;

use acceptance::binary;
use serde_json::{Value, json};

/// The folders of `scripts/`.
fn sets() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    let mut sets: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    sets.sort();
    sets
}

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Bench {
        let bench = Bench(tempfile::tempdir().unwrap());
        assert_eq!(bench.sluice(&["init", bench.workspace().to_str().unwrap()], &[]).0, 0);
        bench
    }

    fn workspace(&self) -> std::path::PathBuf {
        self.0.path().join("ws")
    }

    /// Exit code and the JSON document.
    fn sluice(&self, arguments: &[&str], environment: &[(String, String)]) -> (i32, Value) {
        let output = Command::new(binary("sluice"))
            .arg("--json")
            .args(["-w".as_ref(), self.workspace().as_os_str()])
            .args(arguments)
            .env("SLUICE_DATA_DIR", self.0.path().join("data"))
            .envs(environment.iter().cloned())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {output:?}"));
        (output.status.code().unwrap(), document)
    }
}

#[test]
fn every_set_is_offered_and_makes_a_connection_without_findings() {
    let bench = Bench::new();
    let (code, offered) = bench.sluice(&["new"], &[]);
    assert_eq!(code, 0);
    let offered = offered.as_array().unwrap();
    let mut keys: Vec<&str> = offered.iter().map(|template| template["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, sets());
    let mut secrets = Vec::new();
    for template in offered {
        let key = template["key"].as_str().unwrap();
        for field in ["name", "needs"] {
            assert!(template[field].as_str().unwrap().len() > 3, "{template}");
        }
        let names = template["secrets"].as_array().unwrap();
        secrets.extend(names.iter().map(|name| (format!("T_{}", name.as_str().unwrap()), "a value".to_owned())));
        let name = format!("my-{key}");
        let (code, made) = bench.sluice(&["new", key, &name], &[]);
        assert_eq!(code, 0, "{made}");
        assert_eq!(made["name"], json!(name));
        assert_eq!(made["counts_users"], true);
        let (code, schema) = bench.sluice(&["new", key, "--schema"], &[]);
        assert_eq!((code, &schema["file"]), (0, &template["schema"]));
        assert!(schema["text"].as_str().unwrap().len() > 100, "{schema}");
    }
    let (code, findings) = bench.sluice(&["check", "--secrets-from-env", "T_"], &secrets);
    assert_eq!((code, findings), (0, json!([])));
    // Each set names its secrets: without them that, and nothing else, is found.
    let (code, findings) = bench.sluice(&["check", "--secrets-from-env", "ABSENT_"], &[]);
    assert_eq!(code, 1);
    let found = findings.as_array().unwrap();
    assert!(found.iter().all(|finding| finding["rule"] == "secret_missing"), "{findings}");
    assert_eq!(found.len(), secrets.len());
}

#[test]
fn what_cannot_be_made_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    assert_eq!(bench.sluice(&["new", "sqlite", "users"], &[]).0, 0);
    let file = bench.workspace().join("database-connections/users/login.js");
    std::fs::write(&file, "mine").unwrap();
    for (arguments, code) in [
        (&["new", "sqlite", "users"][..], "exists"),
        (&["new", "sqlite", "../users"], "bad_argument"),
        (&["new", "oracle", "users-2"], "bad_argument"),
        (&["new", "sqlite"], "usage"),
        (&["new", "oracle", "--schema"], "bad_argument"),
    ] {
        let (exit, document) = bench.sluice(arguments, &[]);
        assert_eq!((exit, document["error"]["code"].as_str()), (2, Some(code)), "{arguments:?}: {document}");
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    let folders = std::fs::read_dir(bench.workspace().join("database-connections")).unwrap().count();
    assert_eq!(folders, 1);
}

/// What the official templates get wrong, as far as a text shows it (contract §14.3).
#[test]
fn no_set_has_the_known_defects() {
    for set in sets() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(&set);
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        for file in ["login.js", "get_user.js", "list_users.js"] {
            assert!(text(file).contains("email_verified"), "T1: {set}/{file}");
            assert!(text(file).contains("USER_ID_PREFIX"), "{set}/{file}");
        }
        for file in ["create.js", "change_email.js"] {
            assert!(text(file).contains("new ValidationError('user_exists'"), "T3: {set}/{file}");
            assert!(text(file).contains(".toLowerCase()"), "T15: {set}/{file}");
        }
        for script in std::fs::read_dir(&folder).unwrap() {
            let path = script.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "js") || path.ends_with("schema.js") {
                continue;
            }
            let (text, name) = (std::fs::read_to_string(&path).unwrap(), path.display());
            assert!(text.contains("configuration."), "T2: {name}");
            assert!(!text.contains("console."), "T13: {name}");
            let pinned = text.split("require('").skip(1).any(|rest| rest.split('\'').next().unwrap().contains('@'));
            assert!(!pinned, "T7: {name}");
            if text.contains("crypto.pbkdf2") || text.contains("createHmac") {
                assert!(!path.ends_with("login.js") || text.contains("timingSafeEqual"), "T12: {name}");
            }
            assert!(text.len() < 20_000, "{name}");
        }
    }
}
