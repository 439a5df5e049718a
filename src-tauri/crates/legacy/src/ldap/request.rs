//! What a script asks for: requests of RFC 4511 §4.2–§4.14, as far as the trace and safe try need to know them.

use secrecy::zeroize::Zeroizing;

use super::{
    ber::{BOOLEAN, ENUMERATED, INTEGER, Malformed, Reader, SEQUENCE, SET, STRING, text},
    filter,
};

/// StartTLS (RFC 4511 §4.14).
pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Who am I? (RFC 4532).
pub(super) const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
/// Cancel (RFC 3909).
const CANCEL: &str = "1.3.6.1.1.8";

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    /// Its number on this connection.
    pub(super) id: i32,
    pub(super) operation: Operation,
}

/// What it asks for. Passwords are not kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operation {
    Bind { name: String, method: Method },
    Unbind,
    Search { base: String, scope: &'static str, filter: String, attributes: Vec<String> },
    Modify { name: String, changes: Vec<Change> },
    Add { name: String, attributes: Vec<Attribute> },
    Delete { name: String },
    Rename { name: String, to: String, below: Option<String> },
    Compare { name: String, attribute: Attribute },
    Abandon,
    Extended { oid: String },
}

/// How a bind proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Method {
    /// By a password; whether there is one.
    Simple { has_password: bool },
    /// By a SASL mechanism.
    Sasl(String),
}

/// One change of a modify request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) verb: &'static str,
    pub(super) attribute: Attribute,
}

/// An attribute with its values as the trace shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

impl Request {
    /// Reads one whole message; strictly, since what the server would read another way must not pass for harmless.
    pub(super) fn read(message: &[u8]) -> Result<Request, Malformed> {
        let mut outer = Reader::new(message);
        let mut reader = outer.inside(SEQUENCE)?;
        let id = reader.number(INTEGER)?;
        let (tag, content) = reader.element()?;
        // Controls.
        reader.optional(0xa0)?;
        if !outer.is_empty() || !reader.is_empty() || id < 1 {
            return Err(Malformed);
        }
        Ok(Request { id, operation: Operation::read(tag, content)? })
    }
}

impl Operation {
    fn read(tag: u8, content: &[u8]) -> Result<Operation, Malformed> {
        let mut reader = Reader::new(content);
        let operation = match tag {
            0x60 => bind(&mut reader)?,
            0x42 => return Ok(Operation::Unbind),
            0x63 => search(&mut reader)?,
            0x66 => modify(&mut reader)?,
            0x68 => {
                let name = reader.text(STRING)?;
                let mut list = reader.inside(SEQUENCE)?;
                let mut attributes = Vec::new();
                while !list.is_empty() {
                    attributes.push(Attribute::read(&mut list)?);
                }
                Operation::Add { name, attributes }
            }
            0x4a => return Ok(Operation::Delete { name: text(content) }),
            0x6c => {
                let (name, to) = (reader.text(STRING)?, reader.text(STRING)?);
                reader.expect(BOOLEAN)?;
                Operation::Rename { name, to, below: reader.optional(0x80)?.map(text) }
            }
            0x6e => {
                let name = reader.text(STRING)?;
                let mut assertion = reader.inside(SEQUENCE)?;
                let (attribute, value) = (assertion.text(STRING)?, assertion.expect(STRING)?);
                Operation::Compare { name, attribute: Attribute::of(attribute, [value]) }
            }
            0x50 => return Ok(Operation::Abandon),
            0x77 => {
                let oid = text(reader.expect(0x80)?);
                reader.optional(0x81)?;
                Operation::Extended { oid }
            }
            _ => return Err(Malformed),
        };
        if reader.is_empty() { Ok(operation) } else { Err(Malformed) }
    }

    /// Whether it may change something in the directory. What a server notes by itself about a bind or a search (last
    /// login, failed attempts) is beyond anybody's reach.
    pub(super) fn may_write(&self) -> bool {
        match self {
            Operation::Bind { .. }
            | Operation::Unbind
            | Operation::Search { .. }
            | Operation::Compare { .. }
            | Operation::Abandon => false,
            Operation::Modify { .. } | Operation::Add { .. } | Operation::Delete { .. } | Operation::Rename { .. } => {
                true
            }
            Operation::Extended { oid } => ![START_TLS, WHO_AM_I, CANCEL].contains(&oid.as_str()),
        }
    }

    /// The function of ldapjs that asks for it.
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Operation::Bind { .. } => "bind",
            Operation::Unbind => "unbind",
            Operation::Search { .. } => "search",
            Operation::Modify { .. } => "modify",
            Operation::Add { .. } => "add",
            Operation::Delete { .. } => "del",
            Operation::Rename { .. } => "modifyDN",
            Operation::Compare { .. } => "compare",
            Operation::Abandon => "abandon",
            Operation::Extended { oid } if oid == START_TLS => "starttls",
            Operation::Extended { .. } => "exop",
        }
    }

    /// The tag of its answer (of a search: the last one); none where there is none.
    pub(super) fn answer_tag(&self) -> Option<u8> {
        Some(match self {
            Operation::Bind { .. } => 0x61,
            Operation::Search { .. } => 0x65,
            Operation::Modify { .. } => 0x67,
            Operation::Add { .. } => 0x69,
            Operation::Delete { .. } => 0x6b,
            Operation::Rename { .. } => 0x6d,
            Operation::Compare { .. } => 0x6f,
            Operation::Extended { .. } => 0x78,
            Operation::Unbind | Operation::Abandon => return None,
        })
    }

    /// What stands in the trace where a statement's text and parameters stand.
    pub(super) fn shown(&self) -> (String, Vec<String>) {
        let verb = self.verb();
        match self {
            Operation::Bind { name, method } => {
                let how = match method {
                    Method::Simple { has_password: true } => "simple, with a password".to_owned(),
                    Method::Simple { has_password: false } => "simple, without a password".to_owned(),
                    Method::Sasl(mechanism) => format!("SASL {mechanism}"),
                };
                (format!("{verb} {}", named(name)), vec![how])
            }
            Operation::Unbind | Operation::Abandon => (verb.to_owned(), Vec::new()),
            Operation::Search { base, scope, filter, attributes } => {
                (format!("{verb} {} {scope} {filter}", named(base)), attributes.clone())
            }
            Operation::Modify { name, changes } => {
                let changes = changes.iter().map(|change| format!("{} {}", change.verb, change.attribute.shown()));
                (format!("{verb} {}", named(name)), changes.collect())
            }
            Operation::Add { name, attributes } => {
                (format!("{verb} {}", named(name)), attributes.iter().map(Attribute::shown).collect())
            }
            Operation::Delete { name } => (format!("{verb} {}", named(name)), Vec::new()),
            Operation::Rename { name, to, below } => {
                let below = below.as_ref().map(|below| format!(" below {below}")).unwrap_or_default();
                (format!("{verb} {} to {to}{below}", named(name)), Vec::new())
            }
            Operation::Compare { name, attribute } => {
                (format!("{verb} {} {}", named(name), attribute.name), attribute.values.clone())
            }
            Operation::Extended { oid } => {
                let known = match oid.as_str() {
                    START_TLS => " (StartTLS)",
                    WHO_AM_I => " (who am I)",
                    CANCEL => " (cancel)",
                    "1.3.6.1.4.1.4203.1.11.1" => " (password modify)",
                    _ => "",
                };
                (format!("{verb} {oid}{known}"), Vec::new())
            }
        }
    }
}

/// The empty name is the root of all.
fn named(name: &str) -> &str {
    if name.is_empty() { "\"\"" } else { name }
}

impl Attribute {
    fn read(list: &mut Reader<'_>) -> Result<Attribute, Malformed> {
        let mut inner = list.inside(SEQUENCE)?;
        let name = inner.text(STRING)?;
        let mut set = inner.inside(SET)?;
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(set.expect(STRING)?);
        }
        Ok(Attribute::of(name, values))
    }

    fn of<'a>(name: String, values: impl IntoIterator<Item = &'a [u8]>) -> Attribute {
        let is_secret = filter::is_secret(&name);
        let shown = |value: &[u8]| match std::str::from_utf8(value) {
            _ if is_secret => filter::MASK.to_owned(),
            Ok(text) if !text.contains('\0') => text.to_owned(),
            _ => format!("{} bytes", value.len()),
        };
        let values = values.into_iter().map(shown).collect();
        Attribute { name, values }
    }

    fn shown(&self) -> String {
        if self.values.is_empty() { self.name.clone() } else { format!("{}: {}", self.name, self.values.join(", ")) }
    }
}

/// The password of a simple bind.
pub(super) fn password(message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut reader = Reader::new(message).inside(SEQUENCE).ok()?;
    reader.number(INTEGER).ok()?;
    let (0x60, content) = reader.element().ok()? else { return None };
    let mut reader = Reader::new(content);
    reader.number(INTEGER).ok()?;
    reader.expect(STRING).ok()?;
    match reader.element().ok()? {
        (0x80, password) => Some(Zeroizing::new(password.to_vec())),
        _ => None,
    }
}

fn bind(reader: &mut Reader<'_>) -> Result<Operation, Malformed> {
    reader.number(INTEGER)?; // the protocol's version
    let name = reader.text(STRING)?;
    let (tag, content) = reader.element()?;
    let method = match tag {
        0x80 => Method::Simple { has_password: !content.is_empty() },
        0xa3 => Method::Sasl(Reader::new(content).text(STRING)?),
        _ => return Err(Malformed),
    };
    Ok(Operation::Bind { name, method })
}

fn search(reader: &mut Reader<'_>) -> Result<Operation, Malformed> {
    let base = reader.text(STRING)?;
    let scope = match reader.number(ENUMERATED)? {
        0 => "base",
        1 => "one",
        2 => "sub",
        3 => "children",
        _ => return Err(Malformed),
    };
    reader.number(ENUMERATED)?; // what to do with aliases
    reader.number(INTEGER)?; // limits of size
    reader.number(INTEGER)?; // and time
    reader.expect(BOOLEAN)?; // names only
    let filter = filter::read(reader)?;
    let attributes = reader.inside(SEQUENCE)?.texts()?;
    Ok(Operation::Search { base, scope, filter, attributes })
}

fn modify(reader: &mut Reader<'_>) -> Result<Operation, Malformed> {
    let name = reader.text(STRING)?;
    let mut list = reader.inside(SEQUENCE)?;
    let mut changes = Vec::new();
    while !list.is_empty() {
        let mut change = list.inside(SEQUENCE)?;
        let verb = match change.number(ENUMERATED)? {
            0 => "add",
            1 => "delete",
            2 => "replace",
            3 => "increment", // RFC 4525
            _ => return Err(Malformed),
        };
        changes.push(Change { verb, attribute: Attribute::read(&mut change)? });
    }
    Ok(Operation::Modify { name, changes })
}
