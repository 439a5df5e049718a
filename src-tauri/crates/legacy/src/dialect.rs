//! What differs between the stores in a safe try: how it begins, how transaction control is answered, what survives a
//! rollback, and which tables have no transactions.

use serde_json::{Value, json};
use wire::{Fault, FaultKind, ResultSet, StoreKind};

use crate::{
    Writes, fault,
    safe::{Answer, Complaint},
};

/// Statements that open the outer transaction.
pub(crate) fn opening(store: StoreKind, writes: Writes) -> &'static [&'static str] {
    match (store, writes) {
        (_, Writes::Committed) => &[],
        (StoreKind::Postgres, Writes::RolledBack) => &["BEGIN"],
        (StoreKind::Postgres, Writes::ReadOnly) => {
            &["SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "BEGIN READ ONLY"]
        }
        // Without autocommit, what follows a transaction that the server ended by itself (a deadlock) is rolled back too.
        (StoreKind::Mysql, Writes::RolledBack) => &["SET autocommit = 0", "START TRANSACTION"],
        (StoreKind::Mysql, Writes::ReadOnly) => &["SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"],
        (StoreKind::Sqlite, _) => &["BEGIN"],
    }
}

/// The result set that answers transaction control which never reached the server as such. `verb` is the script's.
pub(crate) fn answered(store: StoreKind, tag: &str, verb: &str) -> ResultSet {
    match store {
        StoreKind::Postgres => {
            let tag = if verb == "START" { "START TRANSACTION" } else { tag };
            ResultSet { tag: Some(tag.to_owned()), ..ResultSet::default() }
        }
        StoreKind::Mysql => ResultSet {
            affected: Some(0),
            insert_id: Some("0".to_owned()),
            info: Some(String::new()),
            status: if tag == "BEGIN" { 3 } else { 2 },
            ..ResultSet::default()
        },
        StoreKind::Sqlite => ResultSet::default(),
    }
}

/// The store's own words for a complaint.
pub(crate) fn complaint(store: StoreKind, complaint: &Complaint) -> Fault {
    match store {
        StoreKind::Postgres => postgres(complaint),
        StoreKind::Mysql => mysql(complaint),
        StoreKind::Sqlite => sqlite(complaint),
    }
}

fn postgres(complaint: &Complaint) -> Fault {
    let (code, message, routine) = match complaint {
        Complaint::Aborted => (
            "25P02",
            "current transaction is aborted, commands ignored until end of transaction block".to_owned(),
            "exec_simple_query",
        ),
        Complaint::NeedsTransaction(command) => {
            ("25P01", format!("{command} can only be used in transaction blocks"), "CheckTransactionBlock")
        }
        Complaint::NoSavepoint(name) => ("3B001", format!("savepoint \"{name}\" does not exist"), "ReleaseSavepoint"),
        Complaint::AlreadyInside | Complaint::NothingOpen(_) => ("25P01", complaint_text(complaint), ""),
    };
    let mut found = fault::fault(FaultKind::Statement, message);
    found.code = Some(code.to_owned());
    found.fields.insert("severity".to_owned(), json!("ERROR"));
    found.fields.insert("code".to_owned(), json!(code));
    found.fields.insert("routine".to_owned(), json!(routine));
    found
}

fn mysql(complaint: &Complaint) -> Fault {
    let (errno, state, code, message) = match complaint {
        Complaint::NoSavepoint(name) => {
            (1305, "42000", "ER_SP_DOES_NOT_EXIST", format!("SAVEPOINT {name} does not exist"))
        }
        other => (1105, "HY000", "ER_UNKNOWN_ERROR", complaint_text(other)),
    };
    let mut found = fault::fault(FaultKind::Statement, message);
    found.code = Some(code.to_owned());
    found.fields.insert("errno".to_owned(), json!(errno));
    found.fields.insert("sqlState".to_owned(), json!(state));
    found
}

fn sqlite(complaint: &Complaint) -> Fault {
    let mut found = fault::fault(FaultKind::Statement, format!("SQLITE_ERROR: {}", complaint_text(complaint)));
    found.code = Some("SQLITE_ERROR".to_owned());
    found.fields.insert("errno".to_owned(), json!(1));
    found
}

fn complaint_text(complaint: &Complaint) -> String {
    match complaint {
        Complaint::AlreadyInside => "cannot start a transaction within a transaction".to_owned(),
        Complaint::NothingOpen(verb) => format!("cannot {verb} - no transaction is active"),
        Complaint::NeedsTransaction(command) => format!("{command} needs a transaction"),
        Complaint::NoSavepoint(name) => format!("no such savepoint: {name}"),
        Complaint::Aborted => "the transaction is aborted".to_owned(),
    }
}

/// The result set or the fault.
pub(crate) fn reply(store: StoreKind, answer: &Answer, verb: &str) -> Result<ResultSet, Fault> {
    match answer {
        Answer::Done(tag) => Ok(answered(store, tag, verb)),
        Answer::No(no) => Err(complaint(store, no)),
    }
}

/// PostgreSQL counts an error's position in the text it was sent; the script knows the whole one.
pub(crate) fn move_position(fault: &mut Fault, whole: &str, sent: &str) {
    let bytes = (sent.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
    let Some(before) = bytes.and_then(|bytes| whole.get(..bytes)) else { return };
    let Some(Value::String(position)) = fault.fields.get_mut("position") else { return };
    let Ok(place) = position.parse::<usize>() else { return };
    let moved = (place + before.chars().count()).to_string();
    let longer = moved.len() - position.len();
    *position = moved;
    // Node pg shows the length of the server's message, in which the position stands.
    if let Some(length) = fault.fields.get("length").and_then(Value::as_u64) {
        fault.fields.insert("length".to_owned(), json!(length + longer as u64));
    }
}

/// Whether the server rolled the whole transaction back with this error.
pub(crate) fn ends_transaction(store: StoreKind, fault: &Fault) -> bool {
    store == StoreKind::Mysql && fault.fields.get("errno").is_some_and(|errno| *errno == 1213)
}

/// A query of (name, value) for what no rollback takes back; none where nothing survives.
pub(crate) fn survivors(store: StoreKind) -> Option<&'static str> {
    match store {
        StoreKind::Postgres => Some(
            "SELECT 'sequence ' || schemaname || '.' || sequencename, coalesce(last_value::text, 'its start') \
             FROM pg_catalog.pg_sequences",
        ),
        StoreKind::Mysql => Some(
            "SELECT CONCAT('auto-increment of ', TABLE_NAME), CAST(AUTO_INCREMENT AS CHAR) \
             FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND AUTO_INCREMENT IS NOT NULL",
        ),
        StoreKind::Sqlite => None,
    }
}

/// A query of (schema, is it the current one, name) for tables whose writes no rollback undoes.
pub(crate) fn without_transactions(store: StoreKind) -> Option<&'static str> {
    (store == StoreKind::Mysql).then_some(
        "SELECT LOWER(TABLE_SCHEMA), IF(TABLE_SCHEMA = DATABASE(), '1', '0'), LOWER(TABLE_NAME), ENGINE \
         FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' \
         AND TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'sys') \
         AND ENGINE NOT IN ('InnoDB', 'ROCKSDB', 'TokuDB', 'ndbcluster')",
    )
}

/// A query of (table or view, its text) for what could write to such tables indirectly.
pub(crate) const INDIRECT: &str = "SELECT LOWER(EVENT_OBJECT_TABLE), LOWER(ACTION_STATEMENT) FROM information_schema.TRIGGERS \
     WHERE TRIGGER_SCHEMA = DATABASE() \
     UNION ALL SELECT LOWER(TABLE_NAME), LOWER(VIEW_DEFINITION) FROM information_schema.VIEWS \
     WHERE TABLE_SCHEMA = DATABASE()";
