//! The invariants of the layout (ARCHITECTURE.md), checked from `cargo metadata` and the sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::root;
use crate::step::{TaskError, cargo};

/// A dependency (by name or `prefix*`) and the only members that may have it. `acceptance` looks at everything from
/// outside and may use any client to check what the product did.
const ONLY_IN: [(&str, &[&str]); 17] = [
    ("tauri", &["desktop"]),
    ("tauri-*", &["desktop"]),
    ("wry", &["desktop"]),
    ("specta-typescript", &["desktop"]),
    ("rquickjs*", &["runner"]),
    ("sqlx*", &["legacy", "store"]),
    ("mysql*", &["legacy"]),
    ("postgres-protocol", &["legacy"]),
    ("tokio-postgres", &["legacy"]),
    ("tiberius", &["legacy"]),
    ("mongodb", &["legacy"]),
    ("ldap3", &["legacy"]),
    ("keyring*", &["vault"]),
    ("*-keyring-store", &["vault"]),
    ("reqwest", &["legacy", "tenant"]),
    ("rustls*", &["legacy", "tenant"]),
    ("hyper*", &["legacy", "tenant"]),
];

/// Everything `contract` and `wire` may use: no runtime, no clock, no files.
const PURE: [&str; 4] = ["serde", "serde_json", "thiserror", "specta"];

/// Which members a member may use: data moves one way (design §2).
const MAY_USE: [(&str, &[&str]); 10] = [
    ("contract", &[]),
    ("wire", &[]),
    ("runner", &["wire"]),
    ("legacy", &["contract", "wire"]),
    ("vault", &[]),
    ("store", &["contract"]),
    ("bundle", &["contract"]),
    ("sandbox", &["contract", "wire", "legacy", "vault"]),
    ("studio", &["contract", "wire", "sandbox", "legacy", "vault", "store", "bundle", "tenant"]),
    ("cli", &["contract", "studio", "vault"]),
];

/// Text that must not appear in a room: (folder, text, why).
const ABSENT: [(&str, &str, &str); 12] = [
    ("src-tauri/crates/contract/src", "std::fs", "contract does no I/O"),
    ("src-tauri/crates/contract/src", "std::net", "contract does no I/O"),
    ("src-tauri/crates/contract/src", "std::process", "contract does no I/O"),
    ("src-tauri/crates/wire/src", "std::fs", "wire does no I/O"),
    ("src-tauri/crates/wire/src", "std::net", "wire does no I/O"),
    ("src-tauri/crates/wire/src", "std::process", "wire does no I/O"),
    ("src-tauri/crates/runner/src", "std::net", "runner has no network code"),
    ("src-tauri/crates/runner/src", "std::process::Command", "runner starts nothing"),
    ("src-tauri/crates/bundle/src", "std::net", "bundle has no network code"),
    ("src-tauri/crates/studio/src", "tauri::", "studio is usable without a window"),
    ("src-tauri/crates/cli/src", "tauri::", "the command line needs no window"),
    ("src-tauri/crates/vault/src", "impl serde::Serialize for Secret", "no secret is serialisable"),
];

/// Names the project does not use for its files and folders (design §1).
const VAGUE_NAMES: [&str; 10] =
    ["manager", "service", "helper", "helpers", "util", "utils", "common", "core", "misc", "processor"];

/// Lines past which a file probably hides a second noun.
const LONGEST_FILE: usize = 450;

/// Checks every invariant and lists all that do not hold.
pub(crate) fn check() -> Result<(), TaskError> {
    println!("\n── tidy ─ invariants of the layout");
    let mut findings = Vec::new();
    dependencies(&mut findings)?;
    for (folder, text, why) in ABSENT {
        for path in sources(&root().join(folder), &["rs"]) {
            if read(&path)?.contains(text) {
                findings.push(format!("{}: `{text}`, but {why}", shown(&path)));
            }
        }
    }
    for path in sources(&root().join("ui/src"), &["ts", "tsx"]) {
        let inside = path.starts_with(root().join("ui/src/ipc"));
        if !inside && read(&path)?.contains("@tauri-apps/") {
            findings.push(format!("{}: only ui/src/ipc may import @tauri-apps", shown(&path)));
        }
    }
    tracked_files(&mut findings)?;
    if findings.is_empty() {
        println!("── tidy ─ all hold");
        Ok(())
    } else {
        Err(TaskError::Untidy(findings))
    }
}

fn dependencies(findings: &mut Vec<String>) -> Result<(), TaskError> {
    let step = "cargo metadata";
    let output = cargo(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .map_err(|cause| TaskError::NotStarted { step: step.into(), program: "cargo".into(), cause })?;
    if !output.status.success() {
        return Err(TaskError::Failed { step: step.into(), status: output.status });
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    if packages.is_empty() {
        findings.push("cargo metadata lists no packages".into());
    }
    let members: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let folder = package["manifest_path"].as_str().map(Path::new).and_then(Path::parent).and_then(Path::file_name);
        let odd_folder = [("desktop", "src-tauri"), ("acceptance", "tests")]
            .contains(&(name, folder.and_then(|f| f.to_str()).unwrap_or_default()));
        if !odd_folder && folder.is_none_or(|folder| folder != name) {
            findings.push(format!("package {name} lies in a folder of another name"));
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            for (pattern, allowed) in ONLY_IN {
                if name != "acceptance" && matches(pattern, used) && !allowed.contains(&name) {
                    findings.push(format!("{name} depends on {used}, which only {} may", allowed.join(" and ")));
                }
            }
            if ["contract", "wire"].contains(&name) && dependency["kind"].is_null() && !PURE.contains(&used) {
                findings.push(format!("{name} depends on {used}, but it is to be free of I/O"));
            }
            let allowed = MAY_USE.iter().find(|(member, _)| *member == name).map(|(_, allowed)| *allowed);
            if let Some(allowed) = allowed
                && dependency["kind"].is_null()
                && members.contains(&used)
                && !allowed.contains(&used)
            {
                findings.push(format!("{name} depends on {used}: data moves the other way"));
            }
        }
    }
    Ok(())
}

fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(start)) => name.starts_with(start),
        _ => pattern == name,
    }
}

fn tracked_files(findings: &mut Vec<String>) -> Result<(), TaskError> {
    let step = "git ls-files";
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .map_err(|cause| TaskError::NotStarted { step: step.into(), program: "git".into(), cause })?;
    for name in output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let path = root().join(String::from_utf8_lossy(name).as_ref());
        if !path.is_file() {
            continue;
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        // Node's own module of that name.
        let is_node_module = path.ends_with("runner/node/util.js");
        if VAGUE_NAMES.contains(&stem) && !is_node_module {
            findings.push(format!("{}: a name that says nothing", shown(&path)));
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let generated =
            path.ends_with("ui/src/ipc/bindings.ts") || path.components().any(|part| part.as_os_str() == "fixtures");
        if ["rs", "ts", "tsx", "js", "mjs", "cjs"].contains(&extension) && !generated {
            let lines = read(&path)?.lines().count();
            if lines > LONGEST_FILE {
                findings.push(format!("{}: {lines} lines; which noun does it hide?", shown(&path)));
            }
        }
        if path.file_name().is_some_and(|name| name == "package-lock.json")
            && read(&path)?.contains("\"resolved\": \"http")
        {
            findings.push(format!("{}: names a registry host; set omit-lockfile-registry-resolved", shown(&path)));
        }
    }
    Ok(())
}

fn sources(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return sources(&path, extensions);
            }
            let wanted = path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted));
            if wanted { vec![path] } else { Vec::new() }
        })
        .collect()
}

fn read(path: &Path) -> Result<String, TaskError> {
    let bytes = std::fs::read(path).map_err(|cause| TaskError::Unreadable { path: path.to_owned(), cause })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
