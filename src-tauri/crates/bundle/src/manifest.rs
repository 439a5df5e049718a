//! Which files of a bundle are ours: the list that an export leaves beside its files.
//!
//! An export replaces the one before it as a whole. What of it may go is what the list names with the bytes it names; a file
//! that someone else put there, or changed, stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::directory::CONNECTIONS;
use crate::layout::DATABASES;
use crate::{MAPPINGS_FILE, PATCH_FOLDER, Problem, render};

/// The list's name, at the top of a bundle. deploy-cli does not look at it.
pub const LIST_FILE: &str = "sluice-export.json";

/// The files of an export, by path, with the SHA-256 of their bytes.
#[derive(Default, Serialize, Deserialize)]
struct List {
    sha256: BTreeMap<String, String>,
}

/// What lies at a target besides the files that an export writes.
#[derive(Default)]
pub(crate) struct Others {
    /// Files of the export before, as it wrote them; they go.
    pub(crate) stale: Vec<String>,
    /// Files of that export that were changed since; they stay.
    edited: Vec<String>,
    /// Files that no export of ours wrote, where a bundle's files lie; they stay.
    foreign: Vec<String>,
}

/// The text of the list for these files.
pub(crate) fn list(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let sha256 = files.iter().map(|(path, bytes)| (path.clone(), digest(bytes))).collect();
    let text = serde_json::to_string(&List { sha256 }).unwrap_or_default();
    render::json(&text).into_bytes()
}

/// Looks at what the folder `out` holds besides `files`.
pub(crate) fn others(files: &[(String, Vec<u8>)], out: &Path) -> Others {
    let list = fs::read(out.join(LIST_FILE)).ok().and_then(|bytes| serde_json::from_slice::<List>(&bytes).ok());
    let list = list.unwrap_or_default();
    let mut others = Others::default();
    for path in present(out) {
        if path == LIST_FILE || files.iter().any(|(ours, _)| is_same(out, ours, &path)) {
            continue;
        }
        match list.sha256.get(&path) {
            Some(written) if fs::read(out.join(&path)).is_ok_and(|bytes| digest(&bytes) == *written) => {
                others.stale.push(path);
            }
            Some(_) => others.edited.push(path),
            None => others.foreign.push(path),
        }
    }
    others
}

impl Others {
    /// What stays, for the reader.
    pub(crate) fn notes(&self) -> Vec<Problem> {
        let note = |files: &[String], code, why: &str, hint: &str| {
            (!files.is_empty()).then(|| {
                Problem::note("", code, format!("{} {why}: {}", stayed(files.len()), crate::error::named(files)))
                    .with_hint(hint)
            })
        };
        let edited = note(
            &self.edited,
            "kept_edited",
            "of the export before, changed since then",
            "remove what is no longer wanted; deploy-cli reads the whole folder",
        );
        let foreign = note(
            &self.foreign,
            "kept_foreign",
            "that Sluice did not write",
            "look whether it belongs there; deploy-cli reads the whole folder",
        );
        edited.into_iter().chain(foreign).collect()
    }
}

/// Removes the files, and folders that are empty then.
pub(crate) fn remove(stale: &[String], out: &Path) -> Result<(), crate::BundleError> {
    for path in stale {
        let path = out.join(path);
        fs::remove_file(&path).map_err(|error| crate::BundleError::io(&path, error))?;
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != out) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(())
}

fn stayed(number: usize) -> String {
    if number == 1 { "1 file stays".to_owned() } else { format!("{number} files stay") }
}

/// Files where either format puts its own, with `/`, sorted. Links are neither followed nor named.
fn present(out: &Path) -> Vec<String> {
    let tops = [CONNECTIONS, DATABASES, PATCH_FOLDER, MAPPINGS_FILE, "tenant.yaml"];
    let mut found = Vec::new();
    let mut open: Vec<_> = tops.iter().map(|top| out.join(top)).collect();
    while let Some(path) = open.pop() {
        let Ok(facts) = fs::symlink_metadata(&path) else { continue };
        if facts.is_dir() {
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if facts.is_file()
            && let Ok(inside) = path.strip_prefix(out)
        {
            let parts = inside.components().filter_map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            });
            found.push(parts.collect::<Vec<_>>().join("/"));
        }
    }
    found.sort();
    found
}

/// Whether both paths are one file, which they may be in another spelling where the file system ignores case.
fn is_same(out: &Path, ours: &str, there: &str) -> bool {
    let real = |path: &str| fs::canonicalize(out.join(path)).ok();
    ours == there || (ours.eq_ignore_ascii_case(there) && real(ours).is_some_and(|one| Some(one) == real(there)))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
