//! What lies where an export goes: a folder, or a zip file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use crate::directory::CONNECTIONS;
use crate::layout::DATABASES;
use crate::manifest::LIST_FILE;
use crate::{BundleError, Format, MAPPINGS_FILE, PATCH_FOLDER, archive};

/// Marks a folder as a workspace, which an export must not overwrite: it holds values the bundle lacks.
const WORKSPACE_FILE: &str = "sluice.toml";
/// Most entries of a folder that are looked at; whoever exports into a home folder does not wait for all of it.
const MAX_ENTRIES: usize = 10_000;

/// A bundle that is there already.
pub(crate) enum Target<'a> {
    /// Its folder.
    Folder(&'a Path),
    /// Its files, by path.
    Zip(BTreeMap<String, Vec<u8>>),
}

impl Target<'_> {
    /// What is at `out`; nothing when nothing is. What no export may overwrite is an error.
    pub(crate) fn at(out: &Path, format: Format) -> Result<Option<Target<'_>>, BundleError> {
        let occupied = |reason: &str| BundleError::Occupied { path: out.to_owned(), reason: reason.to_owned() };
        let Ok(facts) = fs::metadata(out) else { return Ok(None) };
        if format.is_zip() {
            if facts.is_dir() {
                return Err(occupied("it is a folder, the export is one file"));
            }
            let files = archive::unpack(out).map_err(|error| match error {
                BundleError::Unreadable { .. } => occupied("it is no zip file"),
                BundleError::Hostile { reason, .. } => occupied(&format!("it is no export of Sluice ({reason})")),
                other => other,
            })?;
            if !files.contains_key(LIST_FILE) {
                return Err(occupied(&format!("it is no export of Sluice: there is no {LIST_FILE} in it")));
            }
            return Ok(Some(Target::Zip(files)));
        }
        if !facts.is_dir() {
            return Err(occupied("it is a file, the export is a folder"));
        }
        if out.join(WORKSPACE_FILE).exists() {
            return Err(occupied("it is a workspace of its own"));
        }
        let empty = fs::read_dir(out).map_err(|error| BundleError::io(out, error))?.next().is_none();
        if !empty && ![CONNECTIONS, "tenant.yaml"].iter().any(|mark| out.join(mark).exists()) {
            return Err(occupied("it is not empty and no bundle"));
        }
        Ok(Some(Target::Folder(out)))
    }

    /// The bytes of a file, if it is there and can be read.
    pub(crate) fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Target::Folder(root) => fs::read(root.join(path)).ok(),
            Target::Zip(files) => files.get(path).cloned(),
        }
    }

    /// Whether both paths are one file, which they may be in another spelling where the file system ignores case.
    pub(crate) fn is_same(&self, ours: &str, there: &str) -> bool {
        let Target::Folder(root) = self else { return ours == there };
        let real = |path: &str| fs::canonicalize(root.join(path)).ok();
        ours == there || (ours.eq_ignore_ascii_case(there) && real(ours).is_some_and(|one| Some(one) == real(there)))
    }

    /// Every file, with `/`: first those where either format puts its own, then those beside. Links are neither followed nor
    /// named, and hidden entries beside (`.git`) are not looked at.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut found = match self {
            Target::Folder(root) => below(root),
            Target::Zip(files) => files.keys().cloned().collect(),
        };
        found.sort_by_key(|path| (!in_place(path), path.clone()));
        found
    }
}

/// Whether a bundle's own files lie there.
fn in_place(path: &str) -> bool {
    let top = path.split('/').next().unwrap_or(path);
    [CONNECTIONS, DATABASES, PATCH_FOLDER, MAPPINGS_FILE, "tenant.yaml", LIST_FILE].contains(&top)
}

fn below(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        let mut entries: Vec<_> = fs::read_dir(&folder).into_iter().flatten().flatten().collect();
        // Taken from the end: the bundle's own places come before a large folder beside them uses the limit up.
        entries.sort_by_key(|entry| folder == root && entry.file_name().to_str().is_some_and(in_place));
        for entry in entries {
            let path = entry.path();
            let Some(inside) = inside(root, &path) else { continue };
            let hidden = inside.split('/').any(|part| part.starts_with('.')) && !in_place(&inside);
            let Ok(facts) = entry.file_type() else { continue };
            seen += usize::from(!in_place(&inside));
            if hidden || seen > MAX_ENTRIES {
                continue;
            }
            if facts.is_dir() {
                open.push(path);
            } else if facts.is_file() {
                found.push(inside);
            }
        }
    }
    found
}

/// The path below the root, with `/`.
fn inside(root: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(root).ok()?.components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}
