//! Writes what was planned, and takes bundles into a workspace: all of it, or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::directory::CONNECTIONS;
use crate::files::{Staged, stage, sync_folder};
use crate::json::{Document, quoted};
use crate::{
    BundleError, Connection, Contents, Format, Plan, Problem, archive, layout, manifest, read_directory, write_file,
};

/// Marks a folder as a workspace, which an export must not overwrite: it holds values the bundle lacks.
const WORKSPACE_FILE: &str = "sluice.toml";

/// Writes a plan to `out`: a folder, or for zip formats a file. A folder that exists must be empty or a bundle; what a
/// bundle holds besides (clients, rules, a `.git`) stays. An export that is there is replaced as a whole: what it wrote and this
/// one does not goes, unless it was changed since ([`crate::LIST_FILE`] tells). What is there with another content is
/// replaced, or goes, only where `replace` says so ([`BundleError::Replaces`]). A full disk is noticed before anything is
/// replaced. Answers what stayed where a bundle's files lie and is not of this export.
pub fn write(plan: &Plan, format: Format, out: &Path, replace: bool) -> Result<Vec<Problem>, BundleError> {
    if !plan.refusals.is_empty() {
        return Err(BundleError::Refused(plan.refusals.clone()));
    }
    let out = &plain(out).map_err(|error| BundleError::io(out, error))?;
    let occupied = |reason: &str| BundleError::Occupied { path: out.clone(), reason: reason.to_owned() };
    if format.is_zip() {
        if out.is_dir() {
            return Err(occupied("it is a folder, the export is one file"));
        }
        if out.exists() && !fs::read(out).is_ok_and(|bytes| bytes.starts_with(b"PK")) {
            return Err(occupied("it is no zip file"));
        }
        let bytes = archive::pack(&plan.files)
            .map_err(|error| BundleError::Io { path: out.clone(), source: std::io::Error::other(error) })?;
        let other = fs::read(out).is_ok_and(|there| there != bytes);
        if other && !replace {
            return Err(BundleError::Replaces { path: out.clone(), files: Vec::new() });
        }
        make_parent(out)?;
        return write_file(out, &bytes).map(|()| Vec::new());
    }
    match fs::metadata(out) {
        Ok(facts) if !facts.is_dir() => return Err(occupied("it is a file, the export is a folder")),
        Ok(_) if out.join(WORKSPACE_FILE).exists() => return Err(occupied("it is a workspace of its own")),
        Ok(_) => {
            let marks = [CONNECTIONS, "tenant.yaml"];
            let empty = fs::read_dir(out).map_err(|error| BundleError::io(out, error))?.next().is_none();
            if !empty && !marks.iter().any(|mark| out.join(mark).exists()) {
                return Err(occupied("it is not empty and no bundle"));
            }
        }
        Err(_) => return write_new(plan, out).map(|()| Vec::new()),
    }
    let others = manifest::others(&plan.files, out);
    if !replace {
        // The list only follows the files in it.
        let other = |(path, bytes): &&(String, Vec<u8>)| {
            path != manifest::LIST_FILE && fs::read(out.join(path)).is_ok_and(|there| there != *bytes)
        };
        let changed = plan.files.iter().filter(other).map(|(path, _)| path.clone());
        let files: Vec<String> = changed.chain(others.stale.iter().cloned()).collect();
        if !files.is_empty() {
            return Err(BundleError::Replaces { path: out.clone(), files });
        }
    }
    // The old list holds until the files of the old export are gone.
    let (list, files): (Vec<_>, Vec<_>) = plan.files.iter().cloned().partition(|(path, _)| path == manifest::LIST_FILE);
    replace_all(out, &files)?;
    manifest::remove(&others.stale, out)?;
    replace_all(out, &list)?;
    Ok(others.notes())
}

/// A whole new folder: built beside its place, then renamed into it.
fn write_new(plan: &Plan, out: &Path) -> Result<(), BundleError> {
    make_parent(out)?;
    let parent = out.parent().unwrap_or(out);
    let built =
        tempfile::Builder::new().prefix(".sluice-").tempdir_in(parent).map_err(|error| BundleError::io(out, error))?;
    replace_all(built.path(), &plan.files)?;
    open_up(built.path()).map_err(|error| BundleError::io(out, error))?;
    fs::rename(built.path(), out).map_err(|error| BundleError::io(out, error))?;
    // The folder is no longer where it was made, so there is nothing left to clean up.
    let _ = built.keep();
    sync_folder(parent)
}

/// Takes every connection of a bundle into the workspace at `root`. Connections that are there already must be named in
/// `replace`. Files are staged first and then put in their places, so a full disk changes nothing.
pub fn import(contents: &Contents, root: &Path, replace: &[String]) -> Result<(), BundleError> {
    let errors: Vec<_> = contents.errors().cloned().collect();
    if !errors.is_empty() {
        return Err(BundleError::Refused(errors));
    }
    let present = read_directory(root)?;
    let there: Vec<String> = contents
        .connections
        .iter()
        .filter(|connection| present.connection(&connection.name).is_some() && !replace.contains(&connection.name))
        .map(|connection| connection.name.clone())
        .collect();
    if !there.is_empty() {
        return Err(BundleError::Exists(there));
    }
    let mut files = Vec::new();
    for connection in &contents.connections {
        let folder = match present.connection(&connection.name) {
            Some(old) => old.folder.to_string_lossy().replace('\\', "/"),
            None => free_folder(root, &connection.name),
        };
        files.extend(imported(connection, &folder)?);
    }
    replace_all(root, &files)
}

/// The files of one connection in a workspace: its JSON byte for byte, unless a script has to lie elsewhere.
fn imported(connection: &Connection, folder: &str) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let refused = |reason: String| BundleError::Edit { path: connection.folder.join("database.json"), reason };
    let mut files = Vec::new();
    let mut json = String::from_utf8(connection.json_bytes.clone()).map_err(|error| refused(error.to_string()))?;
    for (action, script) in &connection.scripts {
        let name = script.file.strip_prefix("./").unwrap_or(&script.file);
        let simple = !name.contains(['/', '\\']) && !crate::TOOL_FILES.contains(&name) && name != "database.json";
        let name = if simple { name.to_owned() } else { action.file_name() };
        if !simple || script.file != format!("./{name}") {
            for path in [&["options", "customScripts", action.key()][..], &["customScripts", action.key()][..]] {
                let (document, _) = Document::parse(&json).map_err(|broken| refused(broken.message))?;
                let Some(node) = document.find(path) else { continue };
                json = document.spliced(node.at(), &quoted(&format!("./{name}")));
            }
        }
        files.push((format!("{folder}/{name}"), script.bytes.clone()));
    }
    let tools = connection.tools.iter();
    files.extend(tools.map(|tool| (format!("{folder}/{}", tool.file.trim_start_matches("./")), tool.bytes.clone())));
    files.push((format!("{folder}/database.json"), json.into_bytes()));
    // Two scripts may share one file; two different texts must not end up in one.
    let mut merged: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (path, bytes) in files {
        if merged.insert(path.clone(), bytes.clone()).is_some_and(|other| other != bytes) {
            return Err(refused(format!("two scripts of the bundle would both become {path}")));
        }
    }
    Ok(merged.into_iter().collect())
}

fn free_folder(root: &Path, name: &str) -> String {
    let base = format!("{CONNECTIONS}/{}", layout::sanitized(name));
    let numbered = (2u32..).map(|n| format!("{base}-{n}"));
    std::iter::once(base.clone()).chain(numbered).find(|folder| !root.join(folder).exists()).unwrap_or(base)
}

/// Writes all files below `root`: first all beside their places, then all into them.
fn replace_all(root: &Path, files: &[(String, Vec<u8>)]) -> Result<(), BundleError> {
    let mut staged: Vec<Staged> = Vec::new();
    let mut made: Vec<PathBuf> = Vec::new();
    for (path, bytes) in files {
        let target = root.join(path);
        let result = make_folders(root, &target, &mut made).and_then(|()| stage(&target, bytes));
        match result {
            Ok(file) => staged.push(file),
            Err(error) => {
                drop(staged);
                made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
                return Err(error);
            }
        }
    }
    staged.into_iter().try_for_each(Staged::replace)?;
    made.iter().filter_map(|folder| folder.parent()).try_for_each(sync_folder)
}

fn make_folders(root: &Path, target: &Path, made: &mut Vec<PathBuf>) -> Result<(), BundleError> {
    let Some(folder) = target.parent() else { return Ok(()) };
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| path.starts_with(root) && !path.exists()).collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder).map_err(|error| BundleError::io(folder, error))?;
        made.push(folder.to_owned());
    }
    Ok(())
}

fn make_parent(out: &Path) -> Result<(), BundleError> {
    let Some(parent) = out.parent() else { return Ok(()) };
    fs::create_dir_all(parent).map_err(|error| BundleError::io(parent, error))
}

/// The absolute path without `.` and `..`, as it is named to the reader.
fn plain(path: &Path) -> std::io::Result<PathBuf> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::CurDir => {}
            // The folder above a link is the one above its target.
            Component::ParentDir => {
                if plain.is_symlink() {
                    plain = fs::canonicalize(&plain)?;
                }
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    Ok(plain)
}

/// Temporary folders are private; a bundle has the rights of any other folder.
#[cfg(unix)]
fn open_up(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_up(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
