//! Which files of a bundle are ours: the list that an export leaves beside its files.
//!
//! An export replaces the one before it as a whole. What of it may go is what the list names with the bytes it names; a file
//! that someone else put there, or changed, stays, and where the export would write over it nothing is written at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::named;
use crate::target::Target;
use crate::{Problem, render};

/// The list's name, at the top of a bundle. deploy-cli does not look at it.
pub const LIST_FILE: &str = "sluice-export.json";

/// The files of an export, by path, with the SHA-256 of their bytes.
#[derive(Default, Serialize, Deserialize)]
struct List {
    sha256: BTreeMap<String, String>,
}

/// What lies at a target that is not what the export writes.
#[derive(Default)]
pub(crate) struct Others {
    /// Files that the export has with other bytes; they are replaced.
    pub(crate) different: Vec<String>,
    /// Those of them that no export of ours wrote as they are, although it left a list: somebody's work.
    pub(crate) lost: Vec<String>,
    /// Files of the export before, as it wrote them; they go.
    pub(crate) stale: Vec<String>,
    /// Files of that export that were changed since; they stay. With what the list said of them.
    pub(crate) edited: BTreeMap<String, String>,
    /// Files that no export of ours wrote; they stay.
    pub(crate) foreign: Vec<String>,
    /// Whether there is a list at all.
    listed: bool,
}

/// The text of the list for these files. It goes on naming what was `edited`, so that the next export still knows it.
pub(crate) fn list(files: &[(String, Vec<u8>)], edited: &BTreeMap<String, String>) -> Vec<u8> {
    let mut sha256 = edited.clone();
    sha256.extend(files.iter().map(|(path, bytes)| (path.clone(), digest(bytes))));
    let text = serde_json::to_string(&List { sha256 }).unwrap_or_default();
    render::json(&text).into_bytes()
}

/// Compares what the target holds with `files`.
pub(crate) fn others(files: &[(String, Vec<u8>)], target: &Target<'_>) -> Others {
    // A list that cannot be read vouches for nothing.
    let list = target.read(LIST_FILE).map(|bytes| serde_json::from_slice::<List>(&bytes).unwrap_or_default());
    let mut others = Others { listed: list.is_some(), ..Others::default() };
    let list = list.unwrap_or_default().sha256;
    let mut paths = target.paths();
    // Ours that are reached through a link.
    let linked = files.iter().map(|(ours, _)| ours).filter(|ours| !paths.iter().any(|path| target.is_same(ours, path)));
    let linked: Vec<String> = linked.filter(|ours| target.read(ours).is_some()).cloned().collect();
    paths.extend(linked);
    for path in paths.into_iter().filter(|path| path != LIST_FILE) {
        let ours = files.iter().find(|(ours, _)| target.is_same(ours, &path));
        let said = list.get(&path).or_else(|| list.get(&ours?.0));
        let there = if ours.is_some() || said.is_some() { target.read(&path) } else { None };
        let as_written = || said.is_some_and(|said| there.as_ref().is_some_and(|bytes| digest(bytes) == *said));
        match (ours, said) {
            (Some((_, bytes)), _) if there.as_ref() == Some(bytes) => {}
            (Some(_), _) => {
                if others.listed && !as_written() {
                    others.lost.push(path.clone());
                }
                others.different.push(path);
            }
            (None, Some(_)) if as_written() => others.stale.push(path),
            (None, Some(said)) => drop(others.edited.insert(path, said.clone())),
            (None, None) => others.foreign.push(path),
        }
    }
    others
}

impl Others {
    /// What stays, and what of others was replaced, for the reader.
    pub(crate) fn notes(&self) -> Vec<Problem> {
        let note = |files: &[String], code, what: &str, hint: &str| {
            (!files.is_empty()).then(|| Problem::note("", code, format!("{what}: {}", named(files))).with_hint(hint))
        };
        let edited: Vec<String> = self.edited.keys().cloned().collect();
        let kept_edited = note(
            &edited,
            "kept_edited",
            &format!("{} of the export before, changed since then", stayed(edited.len())),
            "remove what is no longer wanted; deploy-cli reads the whole folder",
        );
        let kept_foreign = note(
            &self.foreign,
            "kept_foreign",
            &format!("{} that Sluice did not write", stayed(self.foreign.len())),
            "look whether it belongs there; deploy-cli reads the whole folder",
        );
        let replaced = if self.listed { &[][..] } else { &self.different };
        let replaced = note(
            replaced,
            "replaced_foreign",
            "replaced, and not written by Sluice before",
            "nothing of the old text was kept",
        );
        [kept_edited, kept_foreign, replaced].into_iter().flatten().collect()
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

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
