//! Disks that are full and folders that must not be written: told by name, and what was there stays.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use acceptance::binary;
use serde_json::json;

use crate::{Bench, finished, snapshot};

/// An account without rights, for tests that run as root: root may write everywhere.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let bench = Bench::new();
    let workspace = bench.workspace(&json!({}), &[("login", "function login(a, b, callback) { callback(null); }")]);
    let bundle = bench.workspace(&json!({}), &[("login", "function changed(a, b, callback) { callback(null); }")]);
    fs::rename(&bundle, bench.path("bundle")).unwrap();
    bench.workspace(&json!({}), &[("login", "function login(a, b, callback) { callback(null); }")]);
    let folder = workspace.join("database-connections/c");
    let locked = bench.path("locked");
    fs::create_dir(&locked).unwrap();
    let before = snapshot(&workspace);
    for path in [&folder, &locked] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o555)).unwrap();
    }
    fs::create_dir(bench.path("data")).unwrap();
    if is_root() {
        // The build folder may lie where others must not look.
        for name in ["sluice", "sluice-runner"] {
            fs::copy(binary(name), bench.path(name)).unwrap();
        }
        for path in [bench.folder.path(), &bench.path("data")] {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let run = |arguments: &[&str]| {
        let mut command = bench.command(arguments);
        if is_root() {
            command = bench.command_of(&bench.path("sluice"), arguments);
            command.uid(NOBODY).gid(NOBODY);
        }
        finished(command.spawn().unwrap(), Some(""))
    };
    let import = run(&["-w", "ws", "--json", "import", "bundle", "--replace", "c"]);
    assert_eq!((import.code, import.failure("database-connections/c").as_str()), (2, "permission"), "{import:?}");
    let export = run(&["-w", "ws", "--json", "export", "--out", "locked/out"]);
    assert_eq!((export.code, export.failure("locked").as_str()), (2, "permission"), "{export:?}");
    for path in [&folder, &locked] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(snapshot(&workspace), before, "nothing is lost");
    assert_eq!(fs::read_dir(&locked).unwrap().count(), 0);
}

/// Runs shell lines in a mount namespace of their own, where a small disk is mounted on `disk`.
fn on_a_small_disk(bench: &Bench, lines: &str) -> String {
    fs::create_dir(bench.path("disk")).unwrap();
    let script = format!("set -e\nmount -t tmpfs -o size=128k none disk\ncp -r ws disk/ws\n{lines}");
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(bench.folder.path())
        .env("SLUICE", binary("sluice"))
        .env("SLUICE_DATA_DIR", bench.path("data"))
        .env("HOME", bench.folder.path())
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}{err}");
    out
}

fn two_versions(bench: &Bench) {
    let big =
        |name: &str| format!("function {name}(a, b, callback) {{ callback(null); }}\n{}", "// padding\n".repeat(3_000));
    let bundle = bench.workspace(&json!({}), &[("login", &big("changed")), ("get_user", &big("changed"))]);
    fs::rename(&bundle, bench.path("bundle")).unwrap();
    bench.workspace(&json!({}), &[("login", "function login(a, b, callback) { callback(null); }")]);
}

#[test]
fn a_full_disk_loses_nothing() {
    let bench = Bench::new();
    two_versions(&bench);
    let out = on_a_small_disk(
        &bench,
        "dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null || true
         $SLUICE -w disk/ws --json import bundle --replace c && exit 1 || echo \"code $?\"
         $SLUICE -w ws --json export --out disk/out && exit 1 || echo \"code $?\"
         diff -r ws disk/ws && echo intact
         ls -A disk",
    );
    assert_eq!(out.matches("\"code\": \"disk_full\"").count(), 2, "{out}");
    assert_eq!(out.matches("code 2").count(), 2, "{out}");
    assert!(out.ends_with("intact\nfill\nws\n"), "{out}");
}

#[test]
fn a_read_only_disk_is_named() {
    let bench = Bench::new();
    two_versions(&bench);
    let out = on_a_small_disk(
        &bench,
        "mount -o remount,ro disk
         $SLUICE -w disk/ws --json import bundle --replace c && exit 1 || echo \"code $?\"
         $SLUICE -w ws --json export --out disk/out && exit 1 || echo \"code $?\"
         diff -r ws disk/ws && echo intact",
    );
    assert_eq!(out.matches("\"code\": \"read_only\"").count(), 2, "{out}");
    assert!(out.ends_with("intact\n"), "{out}");
}
