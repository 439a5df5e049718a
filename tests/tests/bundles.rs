//! Bundles beside the real auth0-deploy-cli: what we write it reads as we meant it, what it reads we read alike; and
//! hostile zip files. The tool comes from `npm ci` in `tests/fixtures/deploy-cli` (`cargo xtask setup`).
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use bundle::{Format, plan, read, read_directory, write};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn lay_out(root: &Path, files: &[(&str, &[u8])]) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// What deploy-cli would send for each bundle.
fn deploy_cli(mappings: &Value, bundles: &[PathBuf]) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy-cli");
    if !folder.join("node_modules/auth0-deploy-cli").is_dir() {
        let status = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "npm ci in {} failed; run cargo xtask setup",
            folder.display()
        );
    }
    let output = Command::new("node")
        .arg(folder.join("load.cjs"))
        .arg(mappings.to_string())
        .args(bundles)
        .output()
        .expect("node starts; cargo xtask setup installs it");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {log}"))
}

const SCRIPT: &str =
    "\u{feff}function login(a, b, callback) {\r\n\tvar x = `$& ${a}`; // \u{2028} 🙂 \"\\n\"\r\n  callback(null); }";

const DATABASE: &str = r###"{
  "name": "legacy-users",
  "display_name": "Old customers: yes, \"no\" # \u00e9",
  "strategy": "auth0",
  "realms": ["legacy-users"],
  "x_future": {"on": "off", "n": 1.50, "big": 123456789012, "list": [[], {}, null, "~", "0x1F", "2020-01-01", "a\nb"]},
  "options": {
    "enabledDatabaseCustomization": true,
    "import_mode": false,
    "configuration": { "DB_HOST": "db.example", "DB_PASSWORD": "##DB_PASSWORD##" },
    "customScripts": {
      "login": "./login.js", "get_user": "./g.js", "create": "./g.js", "verify": "./g.js",
      "change_password": "./g.js", "delete": "./g.js", "change_email": "./g.js"
    }
  }
}"###;

#[test]
fn the_real_deploy_cli_reads_what_we_write() {
    let root = tempfile::tempdir().unwrap();
    let folder = "w/database-connections/any name";
    let other = r#"{"name":"second","options":{"passwordPolicy":"good","configuration":{"DB_HOST":"other.example"}}}"#;
    lay_out(
        root.path(),
        &[
            (&format!("{folder}/database.json"), DATABASE.as_bytes()),
            (&format!("{folder}/login.js"), SCRIPT.as_bytes()),
            (&format!("{folder}/g.js"), b"function g(callback) { callback(null); }"),
            (&format!("{folder}/count_users.js"), b"function count(callback) { callback(null, 1); }"),
            ("w/database-connections/second/database.json", other.as_bytes()),
        ],
    );
    let contents = read_directory(&root.path().join("w")).unwrap();
    let mut bundles = Vec::new();
    for (format, zipped, name) in
        [(Format::Directory, Format::DirectoryZip, "directory"), (Format::Yaml, Format::YamlZip, "yaml")]
    {
        let (out, zip) = (root.path().join(name), root.path().join(format!("{name}.zip")));
        for (format, out) in [(format, &out), (zipped, &zip)] {
            let plan = plan(&contents.connections, format, &|_| false);
            assert_eq!(plan.refusals, []);
            assert_eq!(plan.needs, ["DB_HOST", "DB_PASSWORD", "SECOND_DB_HOST"]);
            write(&plan, format, out, true).unwrap();
        }
        // A zip holds the same files, so the tool needs to read one of the two only (it takes its time).
        let unpacked = zip.with_extension("unpacked");
        ZipArchive::new(fs::File::open(&zip).unwrap()).unwrap().extract(&unpacked).unwrap();
        assert_eq!(files(&unpacked), files(&out), "{name}");
        bundles.push(if format.is_yaml() { out.join("tenant.yaml") } else { out });
    }
    let password = "q\"uote\\ back\nline '$&";
    let mappings = json!({"DB_HOST": "mapped.example", "DB_PASSWORD": password, "SECOND_DB_HOST": "second.example"});
    let g = "function g(callback) { callback(null); }";
    let mut first: Value = serde_json::from_str(DATABASE).unwrap();
    first["options"]["configuration"] = json!({"DB_HOST": "mapped.example", "DB_PASSWORD": password});
    first["options"]["customScripts"] = json!({"login": SCRIPT, "get_user": g, "create": g, "verify": g,
        "change_password": g, "delete": g, "change_email": g});
    let second = json!({"name": "second", "options": {"passwordPolicy": "good",
        "configuration": {"DB_HOST": "second.example"}}});
    let expected = json!([first, second]);
    let mut with_defaults = expected.clone();
    for database in with_defaults.as_array_mut().unwrap() {
        // Reading YAML, the tool puts its schema's defaults in (contract §15.3); in a directory it does so later.
        database["strategy"] = json!("auth0");
        database["options"]["disable_self_service_change_password"] = json!(false);
    }
    let loaded = deploy_cli(&mappings, &bundles);
    for ((bundle, loaded), expected) in bundles.iter().zip(loaded).zip([expected, with_defaults]) {
        assert_eq!(loaded["error"], Value::Null, "{}", bundle.display());
        assert_eq!(loaded["invalid"], Value::Null, "{}", bundle.display());
        let mut databases = loaded["databases"].clone();
        databases.as_array_mut().unwrap().sort_by_key(|database| database["name"].as_str().unwrap().to_owned());
        // JavaScript has one kind of number: 1.50 is 1.5 there.
        assert_eq!(databases, expected, "{}", bundle.display());
    }
}

/// Every file below a folder, by its path inside, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn we_read_what_the_real_deploy_cli_reads() {
    let root = tempfile::tempdir().unwrap();
    lay_out(
        root.path(),
        &[
            ("odd/database-connections/a b/database.json", br#"{"name":"one","options":{"customScripts":{"login":".\\deep\\Sign In.js","verify":"../a b/v.js"}}}"#),
            ("odd/database-connections/a b/deep/Sign In.js", b"L\r\n"),
            ("odd/database-connections/a b/v.js", b"V"),
            ("odd/database-connections/bom/database.json", "\u{feff}{\"name\":\"bom\"}".as_bytes()),
            ("odd/database-connections/broken/database.json", b"{\"name\":\"broken\",}"),
            ("odd/database-connections/orphan/database.json", br#"{"name":"orphan","options":{}}"#),
            ("odd/database-connections/orphan/login.js", b"never loaded"),
            ("yaml/tenant.yaml", "\u{feff}databases:\n- name: y\n  options: &o\n    import_mode: true\n    customScripts: {login: ./s/l.js}\n- name: z\n  options:\n    <<: *o\n    passwordPolicy: low\n".as_bytes()),
            ("yaml/s/l.js", b"Y"),
            ("lost/database-connections/a/database.json", br#"{"name":"lost","options":{"customScripts":{"login":"./no.js"}}}"#),
        ],
    );
    let bundles = [root.path().join("odd"), root.path().join("yaml/tenant.yaml"), root.path().join("lost")];
    let theirs = deploy_cli(&json!({}), &bundles);
    // deploy-cli throws for a missing script; we open the rest and name it.
    assert!(theirs[2]["error"].as_str().is_some_and(|error| error.contains("no.js")), "{}", theirs[2]);
    assert_eq!(read(&bundles[2]).unwrap().errors().map(|problem| problem.code).collect::<Vec<_>>(), ["missing_script"]);
    for (bundle, theirs) in bundles[..2].iter().zip(&theirs) {
        assert_eq!(theirs["error"], Value::Null);
        let ours = read(bundle).unwrap();
        let scripts = |connection: &bundle::Connection| -> Value {
            connection
                .scripts
                .iter()
                .map(|(action, script)| (action.key().to_owned(), String::from_utf8(script.bytes.clone()).unwrap()))
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .collect()
        };
        let ours: BTreeMap<String, Value> = ours.connections.iter().map(|c| (c.name.clone(), scripts(c))).collect();
        let theirs: BTreeMap<String, Value> = theirs["databases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|database| {
                let scripts = database["options"]["customScripts"].as_object().cloned().unwrap_or_default();
                (database["name"].as_str().unwrap().to_owned(), Value::Object(scripts))
            })
            .collect();
        // The one difference on purpose: a byte order mark makes deploy-cli skip the folder, we read it and say so.
        let mut expected = theirs.clone();
        if ours.contains_key("bom") {
            assert!(!theirs.contains_key("bom"), "the tool has learned to read marks; drop the warning");
            expected.insert("bom".to_owned(), json!({}));
        }
        assert_eq!(ours, expected);
    }
}

fn zip_of(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        if *mode & 0o170_000 == 0o120_000 {
            writer.add_symlink(*name, std::str::from_utf8(bytes).unwrap(), options).unwrap();
        } else {
            writer.start_file(*name, options.unix_permissions(*mode)).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn code_of(bytes: &[u8]) -> &'static str {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.zip");
    fs::write(&path, bytes).unwrap();
    let code = read(&path).map(|_| "read").unwrap_or_else(|error| error.code());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "reading writes nothing");
    code
}

const JSON: (&str, u32, &[u8]) = (
    "database-connections/a/database.json",
    0o644,
    br#"{"name":"a","options":{"customScripts":{"login":"./login.js"}}}"#,
);
const LOGIN: (&str, u32, &[u8]) = ("database-connections/a/login.js", 0o644, b"function login() {}");

#[test]
fn hostile_zips_are_refused() {
    assert_eq!(code_of(&zip_of(&[JSON, LOGIN])), "read");
    let wrapped = [("export-1/database-connections/a/database.json", JSON.1, JSON.2)];
    assert_eq!(code_of(&zip_of(&wrapped)), "read", "one folder around everything is fine");
    let zeros = vec![0u8; 5 << 20];
    let deep = format!("{}x.js", "d/".repeat(17));
    for (entry, code) in [
        (("../evil.js", 0o644, &b"x"[..]), "traversal"),
        (("a/../../evil.js", 0o644, b"x"), "traversal"),
        (("/etc/evil", 0o644, b"x"), "traversal"),
        (("..\\evil.js", 0o644, b"x"), "traversal"),
        (("C:\\evil.js", 0o644, b"x"), "traversal"),
        (("database-connections/a/link.js", 0o120_777, b"/etc/passwd"), "link"),
        (("bomb.js", 0o644, &zeros), "too_large"),
        ((&deep, 0o644, b"x"), "too_deep"),
        (("a/\u{7}bell.js", 0o644, b"x"), "bad_name"),
        (("DATABASE-connections/a/LOGIN.js", 0o644, b"x"), "duplicate_entry"),
        (("database-connections/a", 0o644, b"x"), "duplicate_entry"),
    ] {
        assert_eq!(code_of(&zip_of(&[JSON, LOGIN, entry])), code, "{:?}", entry.0);
    }
    assert_eq!(code_of(b"PK no zip at all"), "unreadable");
    assert_eq!(code_of(&zip_of(&[("readme.txt", 0o644, b"x")])), "no_bundle");
}

/// Changes bytes of a zip that the writer would not write.
fn patched(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut hits = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            hits += 1;
        }
    }
    assert!(hits > 0, "nothing to patch");
    bytes
}

#[test]
fn zips_no_writer_makes_are_refused() {
    let two = zip_of(&[JSON, LOGIN, ("database-connections/a/lOgin.js", 0o644, b"other")]);
    assert_eq!(code_of(&patched(&two, b"/lOgin.js", b"/login.js")), "duplicate_entry");
    let odd = zip_of(&[JSON, LOGIN, ("database-connections/a/caf_.js", 0o644, b"x")]);
    assert_eq!(code_of(&patched(&odd, b"caf_", b"caf\xe9")), "not_utf8");
    // The mode of an entry stands in the upper half of its external attributes: 0o100644 becomes a block device.
    let device = zip_of(&[JSON, LOGIN, ("database-connections/a/dev.js", 0o644, b"x")]);
    assert_eq!(code_of(&patched(&device, &[0xa4, 0x81], &[0xa4, 0x61])), "device");
}

#[test]
fn many_small_entries_and_large_sums_are_bounded() {
    let names: Vec<String> = (0..10_001).map(|n| format!("f/{n}")).collect();
    let entries: Vec<(&str, u32, &[u8])> = names.iter().map(|name| (name.as_str(), 0o644, &b""[..])).collect();
    assert_eq!(code_of(&zip_of(&entries)), "too_large");
    let block = vec![b' '; 4 << 20];
    let names: Vec<String> = (0..17).map(|n| format!("f/{n}")).collect();
    let entries: Vec<(&str, u32, &[u8])> = names.iter().map(|name| (name.as_str(), 0o644, &block[..])).collect();
    assert_eq!(code_of(&zip_of(&entries)), "too_large", "17 × 4 MiB out of a few kilobytes");
}

#[test]
fn json_and_yaml_bombs_end_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut yaml = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for level in 1..20 {
        yaml.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(",")));
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    lay_out(
        folder.path(),
        &[
            ("y/tenant.yaml", format!("{yaml}databases: []\n").as_bytes()),
            ("d/tenant.yaml", format!("databases: {deep}").as_bytes()),
            ("j/database-connections/a/database.json", format!("{{\"name\":{deep}}}").as_bytes()),
            ("j/database-connections/b/database.json", b"{\"name\":\"b\",\"n\":1e999999}"),
            ("j/database-connections/c/database.json", b"{\"name\":\"c\",\"name\":\"d\"}"),
        ],
    );
    let start = std::time::Instant::now();
    assert_eq!(read(&folder.path().join("y")).unwrap_err().code(), "unreadable");
    assert_eq!(read(&folder.path().join("d")).unwrap_err().code(), "unreadable");
    let codes: Vec<_> = read(&folder.path().join("j")).unwrap().problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["broken_json", "broken_json", "duplicate_key"]);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
