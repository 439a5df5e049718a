//! What goes wrong, in the words and fields of node `pg` and of Node's own sockets.

use std::io;

use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorFields;
use serde_json::{Map, Value, json};
use wire::{Fault, FaultKind};

/// The fields of node `pg`'s `DatabaseError`, in its order, with the protocol's letters.
const FIELDS: [(u8, &str); 16] = [
    (b'S', "severity"),
    (b'C', "code"),
    (b'D', "detail"),
    (b'H', "hint"),
    (b'P', "position"),
    (b'p', "internalPosition"),
    (b'q', "internalQuery"),
    (b'W', "where"),
    (b's', "schema"),
    (b't', "table"),
    (b'c', "column"),
    (b'd', "dataType"),
    (b'n', "constraint"),
    (b'F', "file"),
    (b'L', "line"),
    (b'R', "routine"),
];

/// An error or a notice of the server: its message, and its fields under the names of node `pg`. `length` is the
/// length of the protocol's message, which node `pg` shows as well.
pub(crate) fn server_fields(mut fields: ErrorFields<'_>, length: i32) -> io::Result<(String, Map<String, Value>)> {
    let mut seen = [const { None::<String> }; 256];
    while let Some(field) = fields.next()? {
        seen[usize::from(field.type_())] = Some(String::from_utf8_lossy(field.value_bytes()).into_owned());
    }
    let message = seen[usize::from(b'M')].take().unwrap_or_default();
    let mut named = Map::new();
    named.insert("length".to_owned(), json!(length));
    for (letter, name) in FIELDS {
        if let Some(value) = seen[usize::from(letter)].take() {
            named.insert(name.to_owned(), Value::String(value));
        }
    }
    Ok((message, named))
}

/// A fault from an error of the server. `connecting`: before the session was ready.
pub(crate) fn server(fields: ErrorFields<'_>, length: i32, connecting: bool) -> io::Result<Fault> {
    let (message, fields) = server_fields(fields, length)?;
    let word = |name: &str| fields.get(name).and_then(Value::as_str);
    let code = word("code").map(str::to_owned);
    let fatal = matches!(word("severity"), Some("FATAL" | "PANIC"));
    let kind = match code.as_deref() {
        Some("28P01" | "28000") if connecting => FaultKind::Authentication,
        _ if connecting || fatal => FaultKind::Connection,
        _ => FaultKind::Statement,
    };
    let hint = hint(code.as_deref(), kind).map(str::to_owned);
    Ok(Fault { kind, message, code, fields, hint })
}

fn hint(code: Option<&str>, kind: FaultKind) -> Option<&'static str> {
    Some(match code? {
        "28P01" => {
            "The server refused user and password. It was tried once and is not retried: check the connection's secrets."
        }
        "28000" => {
            "The server does not let this user in from this machine: check pg_hba.conf, or whether it wants TLS (ssl)."
        }
        "3D000" => "The database does not exist on this server: check its name in the configuration.",
        "53300" => "The server has no connection left for this user; close clients (client.end()) or raise its limit.",
        "57P03" => "The server is starting up or shutting down; try again in a moment.",
        "57P01" | "57P02" => "An administrator or a shutdown ended this session.",
        "25006" if kind == FaultKind::Statement => "The session is read-only.",
        "42501" => "The database role lacks this right.",
        _ => return None,
    })
}

/// A fault without fields of the server.
pub(crate) fn plain(kind: FaultKind, message: impl Into<String>, hint: Option<&str>) -> Fault {
    Fault { kind, message: message.into(), code: None, fields: Map::new(), hint: hint.map(str::to_owned) }
}

/// The server closed the connection in the middle of something; the words are node `pg`'s.
pub(crate) fn terminated() -> Fault {
    plain(
        FaultKind::Connection,
        "Connection terminated unexpectedly",
        Some("The server closed the connection: it was restarted, or something between here and there cut it."),
    )
}

/// An I/O error on an open connection, as Node's socket words it.
pub(crate) fn io(error: &io::Error) -> Fault {
    if matches!(error.kind(), io::ErrorKind::UnexpectedEof) {
        return terminated();
    }
    let Some((code, errno)) = system_code(error) else {
        return plain(FaultKind::Connection, format!("the server's answer cannot be read: {error}"), None);
    };
    let call = if code == "EPIPE" { "write" } else { "read" };
    Fault {
        kind: FaultKind::Connection,
        message: format!("{call} {code}"),
        code: Some(code.to_owned()),
        fields: fields([("errno", json!(errno)), ("code", json!(code)), ("syscall", json!(call))]),
        hint: None,
    }
}

fn fields<const N: usize>(list: [(&str, Value); N]) -> Map<String, Value> {
    list.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Node's code and errno of an I/O error.
fn system_code(error: &io::Error) -> Option<(&'static str, i32)> {
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => ("ECONNREFUSED", -111),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => ("ECONNRESET", -104),
        io::ErrorKind::BrokenPipe => ("EPIPE", -32),
        io::ErrorKind::TimedOut => ("ETIMEDOUT", -110),
        io::ErrorKind::HostUnreachable => ("EHOSTUNREACH", -113),
        io::ErrorKind::NetworkUnreachable => ("ENETUNREACH", -101),
        io::ErrorKind::AddrNotAvailable => ("EADDRNOTAVAIL", -99),
        io::ErrorKind::PermissionDenied => ("EACCES", -13),
        _ => return None,
    })
}
