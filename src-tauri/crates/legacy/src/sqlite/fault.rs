//! SQLite's errors, as `sqlite3` from npm words them: `SQLITE_CONSTRAINT: UNIQUE constraint failed: users.email`.

use rusqlite::ffi;
use serde_json::json;
use wire::{Fault, FaultKind};

use crate::fault::fault;

/// A fault from an error of the library.
pub(super) fn of(error: &rusqlite::Error) -> Fault {
    match error {
        rusqlite::Error::SqliteFailure(found, message) => {
            let text = message.clone().unwrap_or_else(|| ffi::code_to_str(found.extended_code).to_owned());
            named(found.extended_code, &text)
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => named(error.extended_code, msg),
        rusqlite::Error::NulError(_) => named(ffi::SQLITE_MISUSE, "the text holds a NUL character"),
        other => named(ffi::SQLITE_ERROR, &other.to_string()),
    }
}

/// A fault from a result code and SQLite's message. `sqlite3` knows primary codes only.
pub(super) fn named(code: i32, message: &str) -> Fault {
    let primary = code & 0xff;
    let name = name(primary);
    let mut found = fault(FaultKind::Statement, format!("{name}: {message}"));
    found.code = Some(name.to_owned());
    found.fields.insert("errno".to_owned(), json!(primary));
    found.hint = match primary {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => {
            Some("another program has the file locked; close it, or wait for it".to_owned())
        }
        ffi::SQLITE_NOTADB => Some("the file is no SQLite database, or it is encrypted".to_owned()),
        ffi::SQLITE_READONLY => Some("the file or its folder may not be written by this user".to_owned()),
        _ => None,
    };
    found
}

fn name(primary: i32) -> &'static str {
    const NAMES: [&str; 27] = [
        "SQLITE_OK",
        "SQLITE_ERROR",
        "SQLITE_INTERNAL",
        "SQLITE_PERM",
        "SQLITE_ABORT",
        "SQLITE_BUSY",
        "SQLITE_LOCKED",
        "SQLITE_NOMEM",
        "SQLITE_READONLY",
        "SQLITE_INTERRUPT",
        "SQLITE_IOERR",
        "SQLITE_CORRUPT",
        "SQLITE_NOTFOUND",
        "SQLITE_FULL",
        "SQLITE_CANTOPEN",
        "SQLITE_PROTOCOL",
        "SQLITE_EMPTY",
        "SQLITE_SCHEMA",
        "SQLITE_TOOBIG",
        "SQLITE_CONSTRAINT",
        "SQLITE_MISMATCH",
        "SQLITE_MISUSE",
        "SQLITE_NOLFS",
        "SQLITE_AUTH",
        "SQLITE_FORMAT",
        "SQLITE_RANGE",
        "SQLITE_NOTADB",
    ];
    usize::try_from(primary).ok().and_then(|place| NAMES.get(place).copied()).unwrap_or("UNKNOWN")
}
