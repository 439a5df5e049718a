//! Export, read, export again: the same bytes; nothing unknown is lost; no input makes the reader panic.

use std::io::Write;

use bundle::{Connection, Contents, Format, plan, read, read_directory, set_configuration, write};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{GOOD, folder, no_secret, snapshot};

const FORMATS: [Format; 4] = [Format::Directory, Format::Yaml, Format::DirectoryZip, Format::YamlZip];

fn out_name(format: Format) -> &'static str {
    if format.is_zip() { "out.zip" } else { "out" }
}

/// Words without keyword markers, which exports refuse in scripts and lower case.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 ./_-]{0,12}",
        Just("yes".to_owned()),
        Just("1e3".to_owned()),
        Just("0x1F".to_owned()),
        Just("~".to_owned()),
        Just("2020-01-01".to_owned()),
        Just("- a: b # c".to_owned()),
        Just("\u{85}\u{2028}\u{2029}\u{feff}\u{7f}\t\r\n\"\\".to_owned()),
        any::<String>().prop_filter("no markers", |text| !text.contains("##") && !text.contains("@@")),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000i32..1_000_000).prop_map(|n| Value::from(f64::from(n) / 64.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().filter(|(key, _)| key != "<<").collect())),
        ]
    })
}

/// A connection folder: unknown keys around the known ones, in any order.
fn database() -> impl Strategy<Value = (Map<String, Value>, Vec<Vec<u8>>)> {
    let unknown = || btree_map("x_[a-z]{1,6}", value(), 0..4);
    let script = prop_oneof![
        "[ -\"$-?A-~\r\n\t]{1,60}".prop_map(String::into_bytes),
        Just("\u{feff}a\r\n`$&` \u{2028}🙂".as_bytes().to_vec()),
    ];
    (unknown(), unknown(), btree_map("[a-zA-Z_]{1,8}", text(), 0..3), vec(script, 1..4), any::<bool>()).prop_map(
        |(outer, inner, configuration, scripts, first)| {
            let keys = ["login", "get_user", "verify"];
            let listed: Map<String, Value> =
                keys.into_iter().zip(&scripts).map(|(key, _)| (key.to_owned(), json!(format!("./{key}.js")))).collect();
            let mut options = Map::new();
            options.insert("customScripts".to_owned(), Value::Object(listed));
            options.insert("configuration".to_owned(), json!(configuration));
            options.extend(inner);
            let mut root = Map::new();
            if first {
                root.extend(outer.clone());
            }
            root.insert("name".to_owned(), json!("generated"));
            root.insert("options".to_owned(), Value::Object(options));
            root.extend(outer);
            (root, scripts)
        },
    )
}

fn contents_of(json: &Map<String, Value>, scripts: &[Vec<u8>]) -> Contents {
    let text = Value::Object(json.clone()).to_string();
    let keys = ["login", "get_user", "verify"].map(|key| format!("database-connections/f/{key}.js"));
    let mut files = vec![("database-connections/f/database.json", text.as_bytes())];
    files.extend(keys.iter().map(String::as_str).zip(scripts.iter().map(Vec::as_slice)));
    read_directory(folder(&files).path()).unwrap()
}

/// The model without what an export changes on purpose.
fn unchanged(connection: &Connection) -> (Value, Vec<Vec<u8>>) {
    let mut json = Value::Object(connection.json.clone());
    if let Some(options) = json.get_mut("options").and_then(Value::as_object_mut) {
        options.remove("customScripts");
        options.remove("configuration");
    }
    (json, connection.scripts.values().map(|script| script.bytes.clone()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exports_read_back_the_same_and_export_to_the_same_bytes((json, scripts) in database()) {
        let contents = contents_of(&json, &scripts);
        for format in FORMATS {
            let first = plan(&contents.connections, format, &no_secret);
            prop_assert!(first.refusals.is_empty(), "{:?}", first.refusals);
            let root = tempfile::tempdir().unwrap();
            let out = root.path().join(out_name(format));
            write(&first, format, &out, true).unwrap();
            let back = read(&out).unwrap();
            prop_assert_eq!(back.errors().count(), 0, "{:?}", back.problems);
            prop_assert_eq!(unchanged(&back.connections[0]), unchanged(&contents.connections[0]));
            let second = plan(&back.connections, format, &no_secret);
            prop_assert_eq!(&second.files, &first.files);
            prop_assert_eq!(&second.needs, &first.needs);
        }
    }

    #[test]
    fn an_edit_changes_one_value((json, scripts) in database(), key in text(), value in text()) {
        let contents = contents_of(&json, &scripts);
        let before = &contents.connections[0];
        let bytes = set_configuration(before, &key, Some(&value)).unwrap();
        let after: Value = serde_json::from_slice(&bytes).unwrap();
        let mut expected = Value::Object(json.clone());
        expected["options"]["configuration"][&key] = json!(value);
        prop_assert_eq!(&after, &expected);
        let edited = Connection { json: after.as_object().unwrap().clone(), json_bytes: bytes, ..before.clone() };
        let removed: Value = serde_json::from_slice(&set_configuration(&edited, &key, None).unwrap()).unwrap();
        expected["options"]["configuration"].as_object_mut().unwrap().shift_remove(&key);
        prop_assert_eq!(removed, expected);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(json in vec(any::<u8>(), 0..200), near in "[{}\\[\\]\":,a-c0-9 \n@#]{0,80}") {
        for bytes in [json, near.into_bytes()] {
            let root = folder(&[("database-connections/f/database.json", &bytes), ("tenant.yaml", &bytes), ("b.zip", &bytes)]);
            read_directory(root.path()).unwrap();
            let _ = read(&root.path().join("tenant.yaml"));
            let _ = read(&root.path().join("b.zip"));
        }
    }

    #[test]
    fn damaged_zips_are_read_without_a_panic(at in 0usize..10_000, bit in 0u8..8, cut in 0usize..10_000) {
        let source = folder(GOOD);
        let contents = read_directory(source.path()).unwrap();
        let out = source.path().join("out.zip");
        write(&plan(&contents.connections, Format::YamlZip, &no_secret), Format::YamlZip, &out, true).unwrap();
        let mut bytes = std::fs::read(&out).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        std::fs::File::create(&out).unwrap().write_all(&bytes).unwrap();
        let _ = read(&out);
        bytes.truncate(cut % bytes.len());
        std::fs::write(&out, &bytes).unwrap();
        prop_assert!(read(&out).is_err());
    }
}

#[test]
fn spelling_of_numbers_and_strings_survives() {
    let source = folder(GOOD);
    let contents = read_directory(source.path()).unwrap();
    let plan = plan(&contents.connections, Format::Directory, &no_secret);
    let out = source.path().join("out");
    write(&plan, Format::Directory, &out, true).unwrap();
    let files = snapshot(&out);
    let json = String::from_utf8(files["database-connections/legacy-users/database.json"].clone()).unwrap();
    assert_eq!(
        json,
        r#"{
  "name": "legacy-users",
  "strategy": "auth0",
  "x_unknown": [
    1.0,
    12345678901234567890123,
    "\u00e9"
  ],
  "options": {
    "enabledDatabaseCustomization": true,
    "import_mode": true,
    "configuration": {
      "DB_HOST": "@@DB_HOST@@",
      "DB_PASSWORD": "@@DB_PASSWORD@@",
      "OLD": null
    },
    "customScripts": {
      "get_user": "./get_user.js",
      "login": "./login.js"
    },
    "future": {
      "a": {
        "b": []
      }
    }
  }
}
"#
    );
    assert_eq!(files["database-connections/legacy-users/login.js"], GOOD[1].1);
    assert_eq!(files["database-connections/legacy-users/get_user.js"], GOOD[2].1);
    assert!(!files.keys().any(|path| path.contains("count_users")), "ours stays here");
}
