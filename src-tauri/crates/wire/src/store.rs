//! Requests to legacy stores, and their answers: one shape for SQL statements, one for HTTP ([`HttpRequest`]), one for protocols
//! that the npm package itself speaks ([`SocketRequest`]).
//!
//! A cell travels as the server's own text where the protocol has text, so that the Node packages' own parsers decide
//! what a script sees.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{HttpRequest, HttpResponse, NameRequest, SocketReply, SocketRequest};

/// Which driver a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// PostgreSQL, through `pg`.
    Postgres,
    /// MySQL and MariaDB, through `mysql` and `mysql2`.
    Mysql,
    /// SQLite, through `sqlite3`.
    Sqlite,
}

/// What a script asks of a legacy store.
#[derive(Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum StoreRequest {
    /// Open a client.
    Connect {
        /// The driver.
        store: StoreKind,
        /// The script's own parameters, normalised by the shim: `host`, `port`, `user`, `password`, `database`, `ssl`
        /// (false, true, or an object with `rejectUnauthorized`, `ca`, …), `connect_timeout_ms`, `file` (SQLite),
        /// `mode` (SQLite flags), and what else the driver knows.
        parameters: Map<String, Value>,
    },
    /// Run a statement.
    Query {
        /// From [`StoreReply::Connected`].
        client: u32,
        /// The text, as the driver would send it.
        sql: String,
        /// Parameters; empty where the driver puts them into the text itself.
        parameters: Vec<Parameter>,
        /// Which of the server's protocols.
        protocol: Protocol,
    },
    /// Compile a statement without running it (`sqlite3`'s `prepare`); answered with no result sets.
    Prepare {
        /// From [`StoreReply::Connected`].
        client: u32,
        /// The text.
        sql: String,
    },
    /// Close a client.
    Close {
        /// From [`StoreReply::Connected`].
        client: u32,
    },
    /// One HTTP exchange.
    Http(HttpRequest),
    /// One step of a socket.
    Socket(SocketRequest),
    /// Look a name up.
    Lookup(NameRequest),
}

/// Which of the server's protocols carries a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Text without parameters; may hold several statements (PostgreSQL simple query, MySQL `COM_QUERY`, SQLite `exec`).
    Simple,
    /// One statement with parameters (PostgreSQL extended query, MySQL prepared statement, SQLite `prepare`).
    Prepared,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// SQL NULL.
    Null,
    /// Text; the server infers the type.
    Text(String),
    /// Bytes, base64.
    Bytes(String),
    /// A double.
    Number(f64),
    /// A 64-bit integer as text.
    Integer(String),
    /// True or false.
    Boolean(bool),
    /// A named parameter (SQLite `$name`, `:name`, `@name`).
    Named(String, Box<Parameter>),
}

/// The host's answer.
#[derive(Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum StoreReply {
    /// The client is open.
    Connected {
        /// Its number within the run.
        client: u32,
        /// What the driver exposes about the server (`server_version`, `thread_id`, `process_id`, …).
        info: Map<String, Value>,
    },
    /// The statement ran.
    Rows {
        /// One per statement.
        sets: Vec<ResultSet>,
        /// As [`Transaction`] says; none where it is not open, and where the store does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction: Option<Transaction>,
    },
    /// The client is closed.
    Closed,
    /// The HTTP server answered, whatever it said.
    Response(HttpResponse),
    /// The socket did as asked.
    Socket(SocketReply),
    /// The name has such records.
    Names {
        /// As [`NameRecord`](crate::NameRecord) says.
        records: Vec<Value>,
    },
    /// It did not work.
    Failed {
        /// Why.
        fault: Fault,
        /// What earlier statements of the same text brought.
        sets: Vec<ResultSet>,
        /// As [`Transaction`] says; none where it is not open, and where the store does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction: Option<Transaction>,
    },
}

/// How the script's own transaction stands after a statement: PostgreSQL's letters of `ReadyForQuery`, as
/// `client.getTransactionStatus()` of `pg` gives them. Its third, `I` for none, is left out of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transaction {
    /// Open.
    #[serde(rename = "T")]
    Open,
    /// A statement in it failed, so that only its end is heard.
    #[serde(rename = "E")]
    Failed,
}

impl StoreReply {
    /// A fault that came with no results.
    pub fn failed(fault: Fault) -> StoreReply {
        StoreReply::Failed { fault, sets: Vec::new(), transaction: None }
    }

    /// Result sets of statements that ran.
    pub fn rows(sets: Vec<ResultSet>) -> StoreReply {
        StoreReply::Rows { sets, transaction: None }
    }

    /// The same, with how the script's own transaction stands after it.
    pub fn after(self, transaction: Option<Transaction>) -> StoreReply {
        match self {
            StoreReply::Rows { sets, .. } => StoreReply::Rows { sets, transaction },
            StoreReply::Failed { fault, sets, .. } => StoreReply::Failed { fault, sets, transaction },
            other => other,
        }
    }
}

/// What one statement brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultSet {
    /// Whether the statement returns rows at all (a SELECT with none still does).
    pub returns_rows: bool,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// The number of this list of columns within the run. A later set that has the number and no columns has the same ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<u32>,
    /// Rows; each has a cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// PostgreSQL's command tag, e.g. `INSERT 0 1`.
    pub tag: Option<String>,
    /// Rows affected, where the server says.
    pub affected: Option<u64>,
    /// MySQL `insertId`, SQLite `lastID`; text, since it may exceed 2^53.
    pub insert_id: Option<String>,
    /// MySQL's message of the OK packet (`(Rows matched: 1  Changed: 1  Warnings: 0`), from which `changedRows` comes.
    pub info: Option<String>,
    /// MySQL's warning count.
    pub warnings: u16,
    /// MySQL's server status flags.
    pub status: u16,
    /// MySQL's session state changes of the OK packet, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_state: Option<String>,
    /// PostgreSQL's notices, with the field names of node `pg` (`message`, `severity`, `code`, …).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Map<String, Value>>,
}

/// One column, as the server describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// PostgreSQL type OID, MySQL column type byte; 0 for SQLite.
    pub type_code: u32,
    /// PostgreSQL type size, MySQL display length.
    pub size: i64,
    /// PostgreSQL type modifier, MySQL decimals.
    pub modifier: i32,
    /// PostgreSQL table OID.
    pub table_id: u32,
    /// PostgreSQL column number in the table.
    pub column_id: u32,
    /// MySQL character set number (63 is binary).
    pub charset: u16,
    /// MySQL flags.
    pub flags: u16,
    /// MySQL schema, table alias, table, and column before `AS`.
    pub origin: Option<[String; 4]>,
    /// MariaDB's extended type (`uuid`, `inet6`, …) and format (`json`), when the client asked for extended metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<[Option<String>; 2]>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// SQL NULL.
    Null,
    /// A SQLite integer that fits 2^53, or a number of a binary protocol.
    Integer(i64),
    /// A SQLite REAL, or a double of a binary protocol.
    Real(f64),
    /// The server's text.
    Text(String),
    /// Bytes that are no UTF-8 text.
    Bytes {
        /// Base64.
        base64: String,
    },
}

/// Why a request did not work. The shim turns it into the error the Node driver would give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// The message, as the Node driver words it where the server or the system said something.
    pub message: String,
    /// `error.code` as the Node driver has it, e.g. `23505`, `ER_DUP_ENTRY`, `SQLITE_CONSTRAINT`, `ECONNREFUSED`.
    pub code: Option<String>,
    /// The driver's further fields (`errno`, `sqlState`, `detail`, `constraint`, `severity`, `address`, `port`, …).
    pub fields: Map<String, Value>,
    /// What to do about it, for people; never part of the script's error.
    pub hint: Option<String>,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Name, TCP or the server itself did not answer.
    Connection,
    /// TLS failed.
    Tls,
    /// The server refused the credentials.
    Authentication,
    /// The policy does not allow this host or file.
    Policy,
    /// Safe try or a read-only connection refused the statement: mostly before it ran, or through the server, where nothing but
    /// the try is in its way.
    Refused,
    /// The server refused the statement.
    Statement,
    /// A limit of ours was reached.
    Limit,
    /// The client is closed or unknown.
    Closed,
}
