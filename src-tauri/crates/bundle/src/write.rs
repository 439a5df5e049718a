//! Writes what was planned, and takes bundles into a workspace: all of it, or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::directory::CONNECTIONS;
use crate::files::{Staged, stage, sync_folder};
use crate::json::{Document, quoted};
use crate::target::Target;
use crate::{
    BundleError, Connection, Contents, Format, Plan, Problem, archive, layout, manifest, read_directory, write_file,
};

/// What writing a bundle did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were written or went; equal ones were left alone. Empty when the bundle was there already as it is.
    pub changed: Vec<String>,
    /// What stayed and is not of this export, and what of others was replaced.
    pub notes: Vec<Problem>,
}

/// Writes a plan to `out`: a folder, or for zip formats a file that ends in `.zip`. A folder that exists must be empty or a
/// bundle, a zip file must be an export of ours; what a bundle holds besides (clients, rules, a `.git`) stays. An export that
/// is there is replaced as a whole: what it wrote and this one does not goes, unless it was changed since
/// ([`crate::LIST_FILE`] tells). What is there with another content is replaced, or goes, only where `replace` says so
/// ([`BundleError::Replaces`]), and never when somebody changed or added it since ([`BundleError::Loses`]). A full disk is
/// noticed before anything is replaced.
pub fn write(plan: &Plan, format: Format, out: &Path, replace: bool) -> Result<Written, BundleError> {
    if !plan.refusals.is_empty() {
        return Err(BundleError::Refused(plan.refusals.clone()));
    }
    let out = &plain(out).map_err(|error| BundleError::io(out, error))?;
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if format.is_zip() && ending.as_deref() != Some("zip") {
        return Err(BundleError::NoZipName(out.clone()));
    }
    let Some(target) = Target::at(out, format)? else {
        if format.is_zip() {
            write_zip(out, &plan.files)?;
        } else {
            write_new(plan, out)?;
        }
        let changed = plan.files.iter().map(|(path, _)| path.clone()).collect();
        return Ok(Written { changed, notes: Vec::new() });
    };
    let others = manifest::others(&plan.files, &target);
    if !others.lost.is_empty() {
        return Err(BundleError::Loses { path: out.clone(), files: others.lost });
    }
    let same = others.different.is_empty() && others.stale.is_empty();
    if !replace && !same {
        let files = [others.different, others.stale].concat();
        return Err(BundleError::Replaces { path: out.clone(), files });
    }
    let is_new = |(path, bytes): &&(String, Vec<u8>)| target.read(path).as_ref() != Some(bytes);
    let mut files: Vec<_> = plan.files.iter().filter(|(path, _)| path != manifest::LIST_FILE).cloned().collect();
    let list = (manifest::LIST_FILE.to_owned(), manifest::list(&files, &others.edited));
    let new: Vec<_> = files.iter().filter(is_new).cloned().collect();
    let written = new.iter().chain(Some(&list).filter(is_new)).map(|(path, _)| path.clone());
    let changed: Vec<String> = written.chain(others.stale.iter().cloned()).collect();
    match &target {
        _ if changed.is_empty() => {}
        Target::Zip(there) => {
            let kept = others.edited.keys().chain(&others.foreign);
            files.extend(kept.filter_map(|path| Some((path.clone(), there.get(path)?.clone()))));
            files.push(list);
            files.sort();
            write_zip(out, &files)?;
        }
        Target::Folder(_) => {
            // The old list holds until the files of the old export are gone.
            replace_all(out, &new)?;
            manifest::remove(&others.stale, out)?;
            replace_all(out, &[list])?;
        }
    }
    Ok(Written { changed, notes: others.notes() })
}

fn write_zip(out: &Path, files: &[(String, Vec<u8>)]) -> Result<(), BundleError> {
    let bytes = archive::pack(files)
        .map_err(|error| BundleError::Io { path: out.to_owned(), source: std::io::Error::other(error) })?;
    make_parent(out)?;
    write_file(out, &bytes)
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
