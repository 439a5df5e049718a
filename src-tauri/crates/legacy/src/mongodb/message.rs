//! Messages: a 16-byte head (length, id, id answered, kind) and a body of BSON documents.
//!
//! Of the kinds only two are spoken: `OP_MSG`, and `OP_QUERY` with its `OP_REPLY` for the hello of drivers that do not know yet
//! whom they speak to. Compression is never agreed on, so `OP_COMPRESSED` does not come.

use bson::{Document, RawBsonRef, RawDocument};
use wire::{Fault, FaultKind};

use crate::{fault::fault, socket::Link};

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

/// Bits of an `OP_MSG`.
const CHECKSUM: u32 = 1;
const MORE_TO_COME: u32 = 2;
const EXHAUST_ALLOWED: u32 = 1 << 16;

/// Documents within documents that are followed; servers refuse more than 200 levels.
const DEEPEST: usize = 200;

/// The longest message of the protocol: 48,000,000 bytes, with room for what a server adds.
const LONGEST: u64 = 48 << 20;

/// A command on its way to the server.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) id: i32,
    shape: Shape,
    flags: u32,
    /// The command. Its first key names it.
    pub(super) body: Document,
    /// Documents beside the command: of an insert, an update, a delete.
    pub(super) sequences: Vec<Sequence>,
}

/// Documents beside a command, e.g. `documents` of an insert; each as BSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sequence {
    pub(super) name: String,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Msg,
    /// The collection a query asks, e.g. `admin.$cmd`.
    Query(String),
}

impl Request {
    /// A command of our own.
    pub(super) fn own(id: i32, body: Document) -> Request {
        Request { id, shape: Shape::Msg, flags: 0, body, sequences: Vec::new() }
    }

    /// Reads a whole message.
    pub(super) fn read(bytes: &[u8]) -> Result<Request, Fault> {
        let mut rest = Rest(bytes);
        let (_, id, _, kind) = (rest.int()?, rest.int()?, rest.int()?, rest.int()?);
        match kind {
            OP_MSG => Request::message(id, rest),
            OP_QUERY => {
                let _flags = rest.int()?;
                let collection = rest.text()?;
                let _skip_and_count = (rest.int()?, rest.int()?);
                let body = rest.document()?;
                Ok(Request { id, shape: Shape::Query(collection), flags: 0, body, sequences: Vec::new() })
            }
            other => Err(broken(&format!("a message of kind {other}, which is not spoken here"))),
        }
    }

    fn message(id: i32, mut rest: Rest<'_>) -> Result<Request, Fault> {
        let flags = rest.int()?.cast_unsigned();
        if flags & CHECKSUM != 0 {
            rest.0 = rest.0.len().checked_sub(4).and_then(|end| rest.0.get(..end)).ok_or_else(cut)?;
        }
        let (mut body, mut sequences) = (None, Vec::new());
        while let Some((&section, after)) = rest.0.split_first() {
            rest.0 = after;
            match section {
                0 => body = Some(rest.document()?),
                1 => {
                    let length = usize::try_from(Rest(rest.0).int()?).ok().filter(|length| *length <= rest.0.len());
                    let (section, after) = rest.0.split_at(length.ok_or_else(cut)?);
                    rest.0 = after;
                    let mut section = Rest(section.get(4..).ok_or_else(cut)?);
                    sequences.push(Sequence { name: section.text()?, bytes: section.0.to_vec() });
                }
                other => return Err(broken(&format!("a section of kind {other}"))),
            }
        }
        let body = body.ok_or_else(|| broken("a message without a command"))?;
        Ok(Request { id, shape: Shape::Msg, flags, body, sequences })
    }

    /// What the command is called.
    pub(super) fn name(&self) -> &str {
        self.body.keys().next().map_or("", String::as_str)
    }

    /// What the command is about: the value behind its name, a collection in most cases.
    pub(super) fn subject(&self) -> Option<&str> {
        self.body.values().next().and_then(bson::Bson::as_str)
    }

    /// The database; with `OP_QUERY` it is part of the collection's name.
    pub(super) fn database(&self) -> &str {
        match &self.shape {
            Shape::Msg => self.body.get_str("$db").unwrap_or_default(),
            Shape::Query(collection) => collection.split('.').next().unwrap_or_default(),
        }
    }

    /// Whether it came as `OP_QUERY`.
    pub(super) fn is_query(&self) -> bool {
        matches!(self.shape, Shape::Query(_))
    }

    /// Whether the driver waits for an answer (it does not with the write concern `w: 0`).
    pub(super) fn wants_answer(&self) -> bool {
        self.flags & MORE_TO_COME == 0
    }

    /// The bytes to send: always with exactly one answer.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Fault> {
        let body = self.body.to_vec().map_err(|error| broken(&error.to_string()))?;
        let mut out = Vec::with_capacity(body.len() + 64);
        match &self.shape {
            Shape::Msg => {
                let flags = self.flags & !(CHECKSUM | MORE_TO_COME | EXHAUST_ALLOWED);
                out.extend(flags.to_le_bytes());
                out.push(0);
                out.extend(body);
                for Sequence { name, bytes } in &self.sequences {
                    out.push(1);
                    out.extend(int(4 + name.len() + 1 + bytes.len()));
                    out.extend(name.as_bytes());
                    out.push(0);
                    out.extend(bytes);
                }
                Ok(framed(self.id, 0, OP_MSG, &out))
            }
            Shape::Query(collection) => {
                out.extend(0_i32.to_le_bytes());
                out.extend(collection.as_bytes());
                out.push(0);
                out.extend(0_i32.to_le_bytes());
                out.extend((-1_i32).to_le_bytes());
                out.extend(body);
                Ok(framed(self.id, 0, OP_QUERY, &out))
            }
        }
    }

    /// An answer to it, in the form in which it was asked.
    pub(super) fn answer(&self, body: &Document) -> Result<Vec<u8>, Fault> {
        let body = body.to_vec().map_err(|error| broken(&error.to_string()))?;
        let head: &[u8] = match self.shape {
            Shape::Msg => &[0, 0, 0, 0, 0],
            // Flags, cursor, where it starts, one document.
            Shape::Query(_) => &[8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
        };
        let kind = if self.is_query() { OP_REPLY } else { OP_MSG };
        Ok(framed(self.id, self.id, kind, &[head, &body].concat()))
    }
}

impl Sequence {
    /// Its documents.
    pub(super) fn documents(&self) -> impl Iterator<Item = &RawDocument> {
        let mut rest = Rest(&self.bytes);
        std::iter::from_fn(move || rest.raw_document().ok())
    }
}

/// What the server says: a whole message.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    /// Its document; an error for what is no answer to a command.
    pub(super) fn document(&self) -> Result<&RawDocument, Fault> {
        let start = match Rest(self.bytes.get(12..).unwrap_or_default()).int()? {
            OP_MSG if self.bytes.get(20) == Some(&0) => 21,
            OP_REPLY => 36,
            other => return Err(broken(&format!("an answer of kind {other}"))),
        };
        Rest(self.bytes.get(start..).unwrap_or_default()).raw_document()
    }

    fn responds_to(&self) -> Option<i32> {
        Rest(self.bytes.get(8..)?).int().ok()
    }
}

/// Sends a command and waits for its answer. None when the server hung up instead. Answers to what was asked before and
/// abandoned are passed over.
pub(super) async fn ask(link: &Link, request: &Request) -> Result<Option<Answer>, Fault> {
    link.send(&request.bytes()?).await?;
    loop {
        let Some(frame) = link.frame(length, LONGEST).await? else { return Ok(None) };
        let answer = Answer { bytes: frame.to_vec() };
        if answer.responds_to() == Some(request.id) {
            return Ok(Some(answer));
        }
    }
}

/// How long the message at the start of these bytes is, once that can be told.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    let Some(head) = bytes.first_chunk::<4>() else { return Ok(None) };
    match usize::try_from(i32::from_le_bytes(*head)) {
        Ok(length) if length >= 16 => Ok(Some(length)),
        _ => {
            Err(fault(FaultKind::Connection, "what answers there speaks no MongoDB protocol: a length that cannot be"))
        }
    }
}

fn framed(id: i32, responds_to: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + body.len());
    out.extend(int(16 + body.len()));
    for part in [id, responds_to, kind] {
        out.extend(part.to_le_bytes());
    }
    out.extend(body);
    out
}

fn int(length: usize) -> [u8; 4] {
    i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes()
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn int(&mut self) -> Result<i32, Fault> {
        let (head, rest) = self.0.split_first_chunk::<4>().ok_or_else(cut)?;
        self.0 = rest;
        Ok(i32::from_le_bytes(*head))
    }

    fn text(&mut self) -> Result<String, Fault> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or_else(cut)?;
        let text = String::from_utf8_lossy(&self.0[..end]).into_owned();
        self.0 = &self.0[end + 1..];
        Ok(text)
    }

    fn raw_document(&mut self) -> Result<&'a RawDocument, Fault> {
        let length = usize::try_from(Rest(self.0).int()?).ok().filter(|length| *length <= self.0.len());
        let (document, rest) = self.0.split_at(length.ok_or_else(cut)?);
        self.0 = rest;
        RawDocument::from_bytes(document).map_err(|error| broken(&error.to_string()))
    }

    fn document(&mut self) -> Result<Document, Fault> {
        owned(self.raw_document()?)
    }
}

/// A document of its own. One that goes too deep is refused before it is followed: whoever sent it could end this process.
pub(super) fn owned(raw: &RawDocument) -> Result<Document, Fault> {
    if is_deep(raw) {
        return Err(broken(&format!("a document of more than {DEEPEST} levels")));
    }
    Document::try_from(raw).map_err(|error| broken(&error.to_string()))
}

fn is_deep(raw: &RawDocument) -> bool {
    let mut open = vec![raw.iter_elements()];
    while let Some(level) = open.last_mut() {
        let inner = match level.next().and_then(|element| element.and_then(|element| element.value()).ok()) {
            Some(RawBsonRef::Document(inner)) => inner.iter_elements(),
            Some(RawBsonRef::Array(inner)) => inner.iter_elements(),
            Some(RawBsonRef::JavaScriptCodeWithScope(code)) => code.scope.iter_elements(),
            Some(_) => continue,
            // The end, or bytes that nobody can follow further.
            None => {
                open.pop();
                continue;
            }
        };
        if open.len() == DEEPEST {
            return true;
        }
        open.push(inner);
    }
    false
}

fn cut() -> Fault {
    broken("a message that ends too early")
}

fn broken(what: &str) -> Fault {
    fault(FaultKind::Connection, format!("no MongoDB protocol: {what}"))
}
