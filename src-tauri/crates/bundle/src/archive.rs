//! Zip files: read without trusting them, written so that the same files give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::BundleError;
use crate::source::MAX_FILE;

/// Bytes of the zip file itself, and of everything in it.
const MAX_TOTAL: u64 = 64 << 20;
const MAX_ENTRIES: usize = 10_000;
const MAX_DEPTH: usize = 16;
/// What may be in `unix_mode`: an ordinary file, a folder, or nothing said.
const FILE_TYPE: u32 = 0o170_000;

/// Reads every file of a zip into memory, within limits.
pub(crate) fn unpack(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, BundleError> {
    let hostile = |code, reason: String| BundleError::Hostile { path: path.to_owned(), code, reason };
    let size = fs::metadata(path).map_err(|error| BundleError::io(path, error))?.len();
    if size > MAX_TOTAL {
        return Err(hostile("too_large", format!("the file is larger than {} MiB", MAX_TOTAL >> 20)));
    }
    let bytes = fs::read(path).map_err(|error| BundleError::io(path, error))?;
    let broken =
        |error: zip::result::ZipError| BundleError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_ENTRIES {
        return Err(hostile("too_large", format!("more than {MAX_ENTRIES} entries")));
    }
    if archive.metadata().has_duplicate_names() {
        return Err(hostile("duplicate_entry", "two entries have the same name".to_owned()));
    }
    if archive.has_overlapping_files().map_err(broken)? {
        return Err(hostile("bomb", "entries share their data".to_owned()));
    }
    let mut files = BTreeMap::new();
    let mut folded = BTreeSet::new();
    let mut total = 0u64;
    for index in 0..archive.len() {
        let raw = archive.by_index_raw(index).map_err(broken)?;
        let name = entry_name(raw.name_raw()).map_err(|(code, reason)| hostile(code, reason))?;
        let kind = raw.unix_mode().unwrap_or(0) & FILE_TYPE;
        let (folder, encrypted, method) = (raw.is_dir(), raw.encrypted(), raw.compression());
        drop(raw);
        if !matches!(kind, 0 | 0o100_000 | 0o040_000) {
            let code = if kind == 0o120_000 { "link" } else { "device" };
            return Err(hostile(code, format!("{name} is no ordinary file")));
        }
        if folder {
            continue;
        }
        if encrypted {
            return Err(hostile("encrypted", format!("{name} is encrypted")));
        }
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(hostile("compression", format!("{name} is compressed in a way deploy tools do not use")));
        }
        if !folded.insert(name.to_lowercase()) {
            return Err(hostile("duplicate_entry", format!("{name} is there twice, but for upper and lower case")));
        }
        let mut content = Vec::new();
        let entry = archive.by_index(index).map_err(broken)?;
        let read = entry.take(MAX_FILE + 1).read_to_end(&mut content);
        read.map_err(|error| BundleError::Unreadable { path: path.to_owned(), reason: format!("{name}: {error}") })?;
        total += content.len() as u64;
        if content.len() as u64 > MAX_FILE || total > MAX_TOTAL {
            return Err(hostile("too_large", format!("{name} unpacks to more than the limit")));
        }
        files.insert(name, content);
    }
    nested(&files).map_or(Ok(()), |name| Err(hostile("duplicate_entry", format!("{name} is a file and a folder"))))?;
    Ok(files)
}

/// The entry's name, or what is wrong with it.
fn entry_name(raw: &[u8]) -> Result<String, (&'static str, String)> {
    let shown = String::from_utf8_lossy(raw).escape_debug().to_string();
    let name = std::str::from_utf8(raw).map_err(|_| ("not_utf8", format!("the name {shown} is not UTF-8")))?;
    let name = name.replace('\\', "/");
    let trimmed = name.strip_suffix('/').unwrap_or(&name);
    let parts: Vec<&str> = trimmed.split('/').collect();
    if name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') || parts.contains(&"..") {
        return Err(("traversal", format!("the entry {shown} leads out of the bundle")));
    }
    if parts.iter().any(|part| part.is_empty() || *part == "." || part.len() > 255 || part.contains(char::is_control)) {
        return Err(("bad_name", format!("the entry {shown} has an impossible name")));
    }
    if parts.len() > MAX_DEPTH {
        return Err(("too_deep", format!("the entry {shown} lies deeper than {MAX_DEPTH} folders")));
    }
    Ok(trimmed.to_owned())
}

/// A name that is a file and, in another entry, a folder.
fn nested(files: &BTreeMap<String, Vec<u8>>) -> Option<&str> {
    let folders: BTreeSet<&str> =
        files.keys().flat_map(|name| name.match_indices('/').map(|(at, _)| &name[..at])).collect();
    files.keys().map(String::as_str).find(|name| folders.contains(name))
}

/// The files, taken out of the one folder they may all lie in.
pub(crate) fn at_top(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let top: BTreeSet<&str> = files.keys().map(|name| name.split('/').next().unwrap_or(name)).collect();
    let [only] = top.into_iter().collect::<Vec<_>>()[..] else { return files };
    if files.contains_key(only) || only == crate::directory::CONNECTIONS || only == crate::layout::DATABASES {
        return files;
    }
    let prefix = format!("{only}/");
    files.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(&prefix)?.to_owned(), bytes.clone()))).collect()
}

/// A zip of the files; no clock and no owner go in.
pub(crate) fn pack(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
