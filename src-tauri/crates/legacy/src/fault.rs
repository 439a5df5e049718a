//! Faults of our own making, and those of the system in Node's words.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use serde_json::{Map, Value, json};
use wire::{Fault, FaultKind};

/// A fault with a message.
pub(crate) fn fault(kind: FaultKind, message: impl Into<String>) -> Fault {
    Fault { kind, message: message.into(), code: None, fields: Map::new(), hint: None }
}

/// A refusal of safe try or of a read-only connection.
pub(crate) fn refused(reason: &str, hint: &str) -> Fault {
    ours(FaultKind::Refused, "ERR_SLUICE_REFUSED", reason, hint)
}

/// A refusal of the policy.
pub(crate) fn blocked(reason: &str, hint: &str) -> Fault {
    ours(FaultKind::Policy, "ERR_SLUICE_POLICY", reason, hint)
}

/// A limit of ours was reached; `limit` is its name and size.
pub(crate) fn limit(limit: &str, hint: &str) -> Fault {
    ours(FaultKind::Limit, "ERR_SLUICE_LIMIT", &format!("limit reached: {limit}"), hint)
}

/// The client is closed.
pub(crate) fn closed(message: &str) -> Fault {
    fault(FaultKind::Closed, message)
}

/// A refusal to connect, with the fields that Node's own errors of `connect` have. There is no number: the system was not asked.
pub(crate) fn not_connected(mut refused: Fault, host: &str, address: Option<IpAddr>, port: u16) -> Fault {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let literal = bare.parse::<IpAddr>().ok();
    let fields = &mut refused.fields;
    fields.insert("syscall".to_owned(), json!("connect"));
    if let Some(address) = address.or(literal) {
        fields.insert("address".to_owned(), json!(address.to_string()));
    }
    fields.insert("port".to_owned(), json!(port));
    if literal.is_none() {
        fields.insert("hostname".to_owned(), json!(bare));
    }
    refused
}

fn ours(kind: FaultKind, code: &str, message: &str, hint: &str) -> Fault {
    Fault { code: Some(code.to_owned()), hint: Some(hint.to_owned()), ..fault(kind, message) }
}

/// What Node's `getaddrinfo` says about a name that does not exist (libuv's `UV_EAI_NONAME`).
pub(crate) fn name_not_found(host: &str) -> Fault {
    let mut found = fault(FaultKind::Connection, format!("getaddrinfo ENOTFOUND {host}"));
    found.code = Some("ENOTFOUND".to_owned());
    found.fields.insert("errno".to_owned(), json!(-3008));
    found.fields.insert("syscall".to_owned(), json!("getaddrinfo"));
    found.fields.insert("hostname".to_owned(), json!(host));
    found.hint = Some(format!("no address is known for \"{host}\": check the spelling, or the name server (VPN?)"));
    found
}

/// What Node's `connect` says about an address. Several addresses give Node's `AggregateError`: no message of its own,
/// and `errors`.
pub(crate) fn connect_failed(failures: &[(SocketAddr, io::ErrorKind, Option<i32>)]) -> Fault {
    let one = |&(address, kind, os): &(SocketAddr, io::ErrorKind, Option<i32>)| {
        let (code, errno) = node_code(kind, os);
        let place = match address {
            SocketAddr::V4(v4) => v4.to_string(),
            SocketAddr::V6(v6) => format!("{}:{}", v6.ip(), v6.port()),
        };
        let mut single = fault(FaultKind::Connection, format!("connect {code} {place}"));
        single.code = Some(code.to_owned());
        single.fields.insert("errno".to_owned(), json!(errno));
        single.fields.insert("syscall".to_owned(), json!("connect"));
        single.fields.insert("address".to_owned(), json!(address.ip().to_string()));
        single.fields.insert("port".to_owned(), json!(address.port()));
        single.hint = Some(match code {
            "ECONNREFUSED" => {
                format!("nothing listens on {place}: is the server up, and is the port right?")
            }
            "ETIMEDOUT" => {
                format!("{place} does not answer: a firewall between, or the wrong address?")
            }
            _ => format!("{place} cannot be reached from this machine"),
        });
        single
    };
    let mut all: Vec<Fault> = failures.iter().map(one).collect();
    let Some(mut first) = all.first().cloned() else {
        return fault(FaultKind::Connection, "no address to connect to");
    };
    if all.len() > 1 {
        let errors = all.drain(..).map(|single| {
            let mut error = Map::new();
            error.insert("message".to_owned(), Value::String(single.message));
            error.insert("code".to_owned(), json!(single.code));
            error.extend(single.fields);
            Value::Object(error)
        });
        let errors = errors.collect();
        first.message = String::new();
        first.fields = Map::new();
        first.fields.insert("errors".to_owned(), Value::Array(errors));
    }
    first
}

/// Node's code and libuv's errno.
fn node_code(kind: io::ErrorKind, os: Option<i32>) -> (&'static str, i32) {
    match (kind, os) {
        (io::ErrorKind::ConnectionRefused, _) => ("ECONNREFUSED", -111),
        (io::ErrorKind::TimedOut, _) => ("ETIMEDOUT", -110),
        (io::ErrorKind::HostUnreachable, _) => ("EHOSTUNREACH", -113),
        (io::ErrorKind::NetworkUnreachable, _) => ("ENETUNREACH", -101),
        (io::ErrorKind::ConnectionReset, _) => ("ECONNRESET", -104),
        (io::ErrorKind::PermissionDenied, _) => ("EACCES", -13),
        (io::ErrorKind::AddrNotAvailable, _) => ("EADDRNOTAVAIL", -99),
        (_, os) => ("ECONNREFUSED", os.map_or(-111, |errno| -errno)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connection_is_worded_as_node_words_it() {
        let address = "127.0.0.1:1".parse().unwrap();
        let found = connect_failed(&[(address, io::ErrorKind::ConnectionRefused, Some(111))]);
        assert_eq!(found.message, "connect ECONNREFUSED 127.0.0.1:1");
        assert_eq!(
            Value::Object(found.fields),
            json!({"errno": -111, "syscall": "connect", "address": "127.0.0.1", "port": 1})
        );
    }

    #[test]
    fn several_addresses_give_an_aggregate() {
        let failures: Vec<_> = ["[::1]:1", "127.0.0.1:1"]
            .iter()
            .map(|text| (text.parse().unwrap(), io::ErrorKind::ConnectionRefused, Some(111)))
            .collect();
        let found = connect_failed(&failures);
        assert_eq!((found.message.as_str(), found.code.as_deref()), ("", Some("ECONNREFUSED")));
        assert_eq!(found.fields["errors"][0]["message"], "connect ECONNREFUSED ::1:1");
    }
}
