//! Errors of the server and of the connection. The names behind the numbers (`ER_…`) come from the Node packages' own
//! tables, in the runner; here are only those that Sluice itself has something to say about.

use std::io;

use serde_json::{Map, json};
use wire::{Fault, FaultKind};

use super::{encoding::Encoding, packet::Payload};
use crate::fault::fault;

/// A fault from an error packet (without its first byte). Before the handshake is over it carries no SQL state.
pub(super) fn server(payload: &[u8], encoding: Encoding, connecting: bool) -> Fault {
    let mut payload = Payload(payload);
    let errno = payload.u16().unwrap_or(0);
    let state = match payload.0.first() {
        Some(b'#') if payload.0.len() >= 6 => {
            let state = String::from_utf8_lossy(&payload.0[1..6]).into_owned();
            payload.0 = &payload.0[6..];
            Some(state)
        }
        _ => None,
    };
    let message = encoding.decode(payload.0);
    let kind = match errno {
        1044 | 1045 | 1251 | 1698 | 4151 if connecting => FaultKind::Authentication,
        _ if connecting => FaultKind::Connection,
        _ => FaultKind::Statement,
    };
    let mut fields = Map::new();
    fields.insert("errno".to_owned(), json!(errno));
    if let Some(state) = state {
        fields.insert("sqlState".to_owned(), json!(state));
    }
    let (code, hint) = known(errno).map_or((None, None), |(code, hint)| (Some(code), hint));
    Fault { kind, message, code: code.map(str::to_owned), fields, hint: hint.map(str::to_owned) }
}

fn known(errno: u16) -> Option<(&'static str, Option<&'static str>)> {
    Some(match errno {
        1040 => ("ER_CON_COUNT_ERROR", Some("The server has no connection left: end connections in the scripts.")),
        1044 => ("ER_DBACCESS_DENIED_ERROR", Some("The user exists but has no right on this database.")),
        1045 => (
            "ER_ACCESS_DENIED_ERROR",
            Some("The server refused user and password. It was tried once and is not retried: check the secrets."),
        ),
        1049 => ("ER_BAD_DB_ERROR", Some("The database does not exist on this server: check its name.")),
        1054 => ("ER_BAD_FIELD_ERROR", None),
        1062 => ("ER_DUP_ENTRY", None),
        1064 => ("ER_PARSE_ERROR", None),
        1142 => ("ER_TABLEACCESS_DENIED_ERROR", Some("The database user lacks this right on the table.")),
        1146 => ("ER_NO_SUCH_TABLE", None),
        1205 => ("ER_LOCK_WAIT_TIMEOUT", Some("Another session holds the lock on these rows.")),
        1213 => ("ER_LOCK_DEADLOCK", None),
        1251 => (
            "ER_NOT_SUPPORTED_AUTH_MODE",
            Some("npm mysql cannot do this account's login method: use mysql2, or mysql_native_password."),
        ),
        1698 => ("ER_ACCESS_DENIED_NO_PASSWORD_ERROR", Some("This account logs in without a password (unix_socket).")),
        1792 => ("ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION", Some("The connection is read-only.")),
        1927 | 4031 => ("ER_CONNECTION_KILLED", Some("The server ended this session.")),
        _ => return None,
    })
}

/// The connection broke. The words and codes are those of the Node packages and of Node's sockets.
pub(super) fn lost(error: &io::Error) -> Fault {
    let (message, code, errno) = match error.kind() {
        io::ErrorKind::ConnectionReset => ("read ECONNRESET", "ECONNRESET", Some(-104)),
        io::ErrorKind::BrokenPipe => ("write EPIPE", "EPIPE", Some(-32)),
        io::ErrorKind::TimedOut => ("connect ETIMEDOUT", "ETIMEDOUT", None),
        io::ErrorKind::InvalidData => ("The server sent a packet that cannot be read.", "PROTOCOL_ERROR", None),
        _ => ("Connection lost: The server closed the connection.", "PROTOCOL_CONNECTION_LOST", None),
    };
    let mut lost = fault(FaultKind::Connection, message);
    lost.code = Some(code.to_owned());
    if let Some(errno) = errno {
        lost.fields.insert("errno".to_owned(), json!(errno));
        lost.fields.insert("syscall".to_owned(), json!(message.split(' ').next()));
    }
    lost.hint = Some(
        match code {
            "ETIMEDOUT" => "The server took the connection and then said nothing: is it a MySQL server?",
            "PROTOCOL_ERROR" => "Is it a MySQL server that listens there?",
            _ => "The server was restarted, ended the session, or something between here and there cut it.",
        }
        .to_owned(),
    );
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_packet_with_and_without_a_state() {
        let found = server(b"\x26\x04#23000Duplicate entry", Encoding::Utf8, false);
        assert_eq!((found.message.as_str(), found.code.as_deref()), ("Duplicate entry", Some("ER_DUP_ENTRY")));
        assert_eq!(found.fields["errno"], 1062);
        assert_eq!(found.fields["sqlState"], "23000");
        let found = server(b"\x10\x04Too many connections", Encoding::Utf8, true);
        assert_eq!((found.kind, found.fields.get("sqlState")), (FaultKind::Connection, None));
        assert_eq!(server(b"\x15\x04#28000Access denied", Encoding::Utf8, true).kind, FaultKind::Authentication);
    }
}
