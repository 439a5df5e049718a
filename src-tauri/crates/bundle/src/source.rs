//! Where a bundle's files come from: a folder on disk, or an archive already unpacked into memory.
//!
//! Paths are relative to the root, with `/`, normal (no `.` or `..`), and the root itself is the empty path.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Bytes of one file; scripts end at 100 KB, JSON at a few hundred.
pub(crate) const MAX_FILE: u64 = 4 << 20;
/// Folders below `database-connections`.
pub(crate) const MAX_FOLDERS: usize = 2_000;

pub(crate) enum Source {
    /// A folder. `strict` refuses links and everything that is no plain file.
    Folder { root: PathBuf, strict: bool },
    /// Entries of an archive at `path`.
    Archive { path: PathBuf, files: BTreeMap<String, Vec<u8>> },
}

/// Why a file could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Missing,
    /// A link (or the way over one) that leaves the root, or any link when links are refused.
    Link,
    /// A folder, a device, a pipe, …
    NoFile,
    TooLarge,
    Io(String),
}

impl Fault {
    pub(crate) fn words(&self) -> String {
        match self {
            Fault::Missing => "there is no such file".to_owned(),
            Fault::Link => "it is a link, or behind one, that leads out of the bundle".to_owned(),
            Fault::NoFile => "it is no ordinary file".to_owned(),
            Fault::TooLarge => format!("it is larger than {} MiB", MAX_FILE >> 20),
            Fault::Io(reason) => reason.clone(),
        }
    }
}

impl Source {
    /// Where a file would be, for people and editors.
    pub(crate) fn absolute(&self, path: &str) -> PathBuf {
        match self {
            Source::Folder { root, .. } => root.join(path),
            Source::Archive { path: archive, .. } => archive.join(path),
        }
    }

    pub(crate) fn is_folder(&self, path: &str) -> bool {
        match self {
            Source::Folder { root, .. } => root.join(path).is_dir(),
            Source::Archive { files, .. } => files.keys().any(|file| below(file, path).is_some()),
        }
    }

    pub(crate) fn is_file(&self, path: &str) -> bool {
        match self {
            Source::Folder { root, .. } => root.join(path).is_file(),
            Source::Archive { files, .. } => files.contains_key(path),
        }
    }

    /// Names in a folder, sorted.
    pub(crate) fn names(&self, path: &str) -> Result<BTreeSet<String>, Fault> {
        match self {
            Source::Folder { root, strict } => {
                let folder = root.join(path);
                check_links(root, &folder, *strict)?;
                let entries = fs::read_dir(&folder).map_err(|error| Fault::Io(error.to_string()))?;
                entries
                    .map(|entry| {
                        let entry = entry.map_err(|error| Fault::Io(error.to_string()))?;
                        Ok(entry.file_name().to_string_lossy().into_owned())
                    })
                    .collect()
            }
            Source::Archive { files, .. } => Ok(files
                .keys()
                .filter_map(|file| below(file, path))
                .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
                .collect()),
        }
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        match self {
            Source::Folder { root, strict } => {
                let file = root.join(path);
                check_links(root, &file, *strict)?;
                let facts = fs::metadata(&file).map_err(|error| match error.kind() {
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Fault::Missing,
                    _ => Fault::Io(error.to_string()),
                })?;
                if !facts.is_file() {
                    return Err(Fault::NoFile);
                }
                if facts.len() > MAX_FILE {
                    return Err(Fault::TooLarge);
                }
                fs::read(&file).map_err(|error| Fault::Io(error.to_string()))
            }
            Source::Archive { files, .. } => files.get(path).cloned().ok_or(Fault::Missing),
        }
    }
}

/// A listed path, relative to `folder`, as a path relative to the root; none when it leaves the root.
/// Back-slashes count as separators (contract §15.1).
pub(crate) fn resolve(folder: &str, listed: &str) -> Option<String> {
    let listed = listed.replace('\\', "/");
    let drive = listed.as_bytes().get(1) == Some(&b':');
    if listed.starts_with('/') || drive || listed.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in listed.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn below<'a>(file: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(file) } else { file.strip_prefix(folder)?.strip_prefix('/') }
}

/// Links inside the root are the admin's business in a workspace; in a bundle from elsewhere every link is refused.
fn check_links(root: &Path, path: &Path, strict: bool) -> Result<(), Fault> {
    let relative = path.strip_prefix(root).map_err(|_| Fault::Link)?;
    let mut here = root.to_owned();
    let mut linked = false;
    for part in relative.components() {
        let Component::Normal(part) = part else { return Err(Fault::Link) };
        here.push(part);
        linked |= fs::symlink_metadata(&here).is_ok_and(|facts| facts.is_symlink());
    }
    if !linked {
        return Ok(());
    }
    let inside = || Some(fs::canonicalize(path).ok()?.starts_with(fs::canonicalize(root).ok()?));
    if strict || inside() == Some(false) { Err(Fault::Link) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_paths_resolve_inside_the_root() {
        let folder = "database-connections/a";
        for (listed, expected) in [
            ("./login.js", Some("database-connections/a/login.js")),
            (".\\sub\\login.js", Some("database-connections/a/sub/login.js")),
            ("../shared/x y.js", Some("database-connections/shared/x y.js")),
            ("../../top.js", Some("top.js")),
            ("../../../out.js", None),
            ("..\\..\\..\\out.js", None),
            ("/etc/passwd", None),
            ("C:\\x.js", None),
        ] {
            assert_eq!(resolve(folder, listed).as_deref(), expected, "{listed}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_the_root_are_refused() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "x").unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("real"), "y").unwrap();
        symlink(outside.path().join("secret"), root.path().join("out")).unwrap();
        symlink(outside.path(), root.path().join("folder")).unwrap();
        symlink("real", root.path().join("in")).unwrap();
        let source = |strict| Source::Folder { root: root.path().to_owned(), strict };
        assert_eq!(source(false).read("out"), Err(Fault::Link));
        assert_eq!(source(false).read("folder/secret"), Err(Fault::Link));
        assert_eq!(source(false).read("in"), Ok(b"y".to_vec()));
        assert_eq!(source(true).read("in"), Err(Fault::Link));
    }
}
