//! The sum of the parity suite: every area's test leaves its figures in the target folder (`tests/src/parity/compare.rs`).

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::{step::TaskError, target_dir};

fn folder() -> PathBuf {
    target_dir().join("parity")
}

fn unreadable(path: PathBuf) -> impl FnOnce(std::io::Error) -> TaskError {
    move |cause| TaskError::Unreadable { path, cause }
}

/// Forgets the figures of an earlier run.
pub(crate) fn forget() -> Result<(), TaskError> {
    match fs::remove_dir_all(folder()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(unreadable(folder())(cause)),
        _ => Ok(()),
    }
}

/// Prints `N of M agree` over all areas, and every difference that stays, with its reason.
pub(crate) fn print() -> Result<(), TaskError> {
    let listing = fs::read_dir(folder()).map_err(unreadable(folder()))?;
    let mut files: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let (mut agreeing, mut cases) = (0, 0);
    println!("\n── parity with Node, by area");
    for file in files {
        let text = fs::read_to_string(&file).map_err(unreadable(file.clone()))?;
        let noted: Value = serde_json::from_str(&text).unwrap_or_default();
        let figure = |name: &str| noted[name].as_u64().unwrap_or_default();
        let area = file.file_stem().unwrap_or_default().to_string_lossy();
        println!("{area:>14}  {} of {} agree", figure("agreeing"), figure("cases"));
        for known in noted["known"].as_array().into_iter().flatten() {
            println!("{:>16}differs: {}", "", known.as_str().unwrap_or_default());
        }
        agreeing += figure("agreeing");
        cases += figure("cases");
    }
    println!("── parity: {agreeing} of {cases} agree");
    Ok(())
}
