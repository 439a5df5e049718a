//! What commands do: reads, writes, and what a transaction can carry.

use bson::{Bson, Document};

use super::message::Request;

/// What a command is to a safe try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The driver asks what it speaks to.
    Hello,
    /// A step of logging in.
    Login,
    /// Cleaning up behind itself, and asking whether somebody is there.
    Housekeeping,
    /// More rows of a cursor.
    GetMore,
    /// Reads, inside a transaction too.
    Read,
    /// Reads, but no transaction can carry it.
    ReadApart,
    /// Writes, inside a transaction too.
    Write,
    /// May write, and no transaction can carry it. What is not known counts as this.
    WriteApart,
    /// Ends the script's own transaction.
    Commit,
    /// Undoes the script's own transaction.
    Abort,
}

/// Reads that no transaction carries.
const APART: [&str; 30] = [
    "buildInfo",
    "buildinfo",
    "collStats",
    "collstats",
    "connectionStatus",
    "count",
    "currentOp",
    "dataSize",
    "dbHash",
    "dbStats",
    "dbstats",
    "explain",
    "features",
    "getCmdLineOpts",
    "getLastError",
    "getLog",
    "getParameter",
    "hostInfo",
    "isdbgrid",
    "listCollections",
    "listCommands",
    "listDatabases",
    "listIndexes",
    "lockInfo",
    "replSetGetConfig",
    "replSetGetStatus",
    "rolesInfo",
    "serverStatus",
    "usersInfo",
    "whatsmyuri",
];

/// Aggregation stages that read what no transaction may.
const STAGES_APART: [&str; 9] = [
    "$changeStream",
    "$collStats",
    "$currentOp",
    "$indexStats",
    "$listLocalSessions",
    "$listSessions",
    "$planCacheStats",
    "$search",
    "$vectorSearch",
];

/// Databases that no transaction may touch.
const DATABASES_APART: [&str; 3] = ["admin", "config", "local"];

/// What a command is.
pub(super) fn class(request: &Request) -> Class {
    let apart = DATABASES_APART.contains(&request.database());
    let read = if apart { Class::ReadApart } else { Class::Read };
    let write = if apart { Class::WriteApart } else { Class::Write };
    match request.name() {
        "hello" | "isMaster" | "ismaster" => Class::Hello,
        "saslStart" | "saslContinue" | "authenticate" | "getnonce" | "logout" => Class::Login,
        "endSessions" | "killCursors" | "killSessions" | "ping" | "refreshSessions" => Class::Housekeeping,
        "getMore" => Class::GetMore,
        "commitTransaction" => Class::Commit,
        "abortTransaction" => Class::Abort,
        "find" | "distinct" => read,
        "aggregate" => aggregate(&request.body, read),
        "mapReduce" | "mapreduce" if is_inline(&request.body) => Class::ReadApart,
        // Level -1 asks for the level.
        "profile" if number(request.body.get("profile")) == Some(-1) => Class::ReadApart,
        "insert" | "update" | "delete" | "findAndModify" | "findandmodify" => write,
        "bulkWrite" => Class::Write,
        name if APART.contains(&name) => Class::ReadApart,
        _ => Class::WriteApart,
    }
}

fn aggregate(body: &Document, read: Class) -> Class {
    let stages = body.get_array("pipeline").map(Vec::as_slice).unwrap_or_default();
    let mut names = stages.iter().filter_map(|stage| stage.as_document()?.keys().next()).map(String::as_str);
    if names.clone().any(|name| matches!(name, "$out" | "$merge")) {
        return Class::WriteApart;
    }
    // `aggregate: 1` reads no collection.
    let whole = body.get("aggregate").and_then(Bson::as_str).is_none();
    if whole || names.next().is_some_and(|name| STAGES_APART.contains(&name)) { Class::ReadApart } else { read }
}

fn is_inline(body: &Document) -> bool {
    body.get_document("out").is_ok_and(|out| out.contains_key("inline"))
}

/// An integer in any of the forms that drivers send.
pub(super) fn number(value: Option<&Bson>) -> Option<i64> {
    match value? {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        // Drivers of JavaScript send what fits as a double.
        #[allow(clippy::cast_possible_truncation)]
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}

/// The script's own transaction that a command belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Own {
    session: Bson,
    number: i64,
}

/// Which of the script's own transactions a command belongs to.
pub(super) fn own_transaction(body: &Document) -> Option<Own> {
    if !body.get_bool("autocommit").is_ok_and(|auto| !auto) {
        return None;
    }
    Some(Own { session: body.get("lsid")?.clone(), number: number(body.get("txnNumber"))? })
}
