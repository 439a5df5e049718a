//! What the crate promises, through its public functions.

#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod keeping;
mod reading;
mod refusals;
mod round_trip;
mod writing;

use std::fs;
use std::path::Path;

/// Writes files below a folder.
fn lay_out(root: &Path, files: &[(&str, &[u8])]) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path(), files);
    folder
}

/// Every file below a folder with its bytes.
fn snapshot(root: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn no_secret(_: &[u8]) -> bool {
    false
}

const GOOD: &[(&str, &[u8])] = &[
    (
        "database-connections/legacy-users/database.json",
        br#"{
  "name": "legacy-users",
  "strategy": "auth0",
  "x_unknown": [1.0, 12345678901234567890123, "\u00e9"],
  "options": {
    "enabledDatabaseCustomization": true,
    "import_mode": true,
    "configuration": { "DB_HOST": "db.example", "DB_PASSWORD": "@@DB_PASSWORD@@", "OLD": null },
    "customScripts": { "login": "./login.js", "get_user": "./get_user.js" },
    "future": {"a": {"b": []}}
  }
}
"#,
    ),
    ("database-connections/legacy-users/login.js", b"function login(a, b, callback) {\r\n\tcallback(null); }"),
    (
        "database-connections/legacy-users/get_user.js",
        "\u{feff}function (a, callback) { /* ` \u{2028} $& 🙂 */ }".as_bytes(),
    ),
    ("database-connections/legacy-users/count_users.js", b"function count(callback) { callback(null, 1); }"),
];
