//! The part of BER (X.690) that LDAP uses: definite lengths and tags of one byte (RFC 4511 §5.1).

use wire::{Fault, FaultKind};

use crate::fault::fault;

/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
/// SET.
pub(super) const SET: u8 = 0x31;
/// OCTET STRING.
pub(super) const STRING: u8 = 0x04;
/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// ENUMERATED.
pub(super) const ENUMERATED: u8 = 0x0a;
/// BOOLEAN.
pub(super) const BOOLEAN: u8 = 0x01;

/// How long the message at the start of `bytes` is, tag and length included; none while that cannot be told.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    let foreign = |why: &str| fault(FaultKind::Connection, format!("no LDAP is spoken there: {why}"));
    match bytes.first() {
        None => return Ok(None),
        Some(&SEQUENCE) => {}
        Some(_) => return Err(foreign("what comes is no message of that protocol")),
    }
    match head(bytes) {
        Ok(found) => Ok(found.map(|(start, content)| start + content)),
        Err(Malformed) => Err(foreign("a message has a length that cannot be")),
    }
}

/// Bytes that are no BER, or not the BER that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Where an element's content begins, and how long it is; none while more bytes are needed.
fn head(bytes: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let [tag, rest @ ..] = bytes else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed); // a tag of several bytes
    }
    let Some(&first) = rest.first() else { return Ok(None) };
    if first < 0x80 {
        return Ok(Some((2, usize::from(first))));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(Malformed);
    }
    let Some(digits) = rest.get(1..=count) else { return Ok(None) };
    let content = digits.iter().fold(0usize, |sum, digit| (sum << 8) | usize::from(*digit));
    Ok(Some((2 + count, content)))
}

/// Reads one element after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element's tag.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element: tag and content.
    pub(super) fn element(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let (start, length) = head(self.rest)?.ok_or(Malformed)?;
        let end = start.checked_add(length).ok_or(Malformed)?;
        let content = self.rest.get(start..end).ok_or(Malformed)?;
        let tag = self.rest[0];
        self.rest = &self.rest[end..];
        Ok((tag, content))
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.element()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed),
        }
    }

    /// The same for an element that may be left out.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.peek() == Some(tag) { self.expect(tag).map(Some) } else { Ok(None) }
    }

    /// A reader of the next element's content.
    pub(super) fn inside(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.expect(tag).map(Reader::new)
    }

    /// The next element as a number of up to 32 bits.
    pub(super) fn number(&mut self, tag: u8) -> Result<i32, Malformed> {
        let content = self.expect(tag)?;
        if content.is_empty() || content.len() > 4 {
            return Err(Malformed);
        }
        let negative = content[0] & 0x80 != 0;
        Ok(content.iter().fold(if negative { -1 } else { 0 }, |sum, byte| (sum << 8) | i32::from(*byte)))
    }

    /// The next element as text; what is no UTF-8 is replaced.
    pub(super) fn text(&mut self, tag: u8) -> Result<String, Malformed> {
        self.expect(tag).map(text)
    }

    /// What is left, as texts.
    pub(super) fn texts(mut self) -> Result<Vec<String>, Malformed> {
        let mut all = Vec::new();
        while !self.is_empty() {
            all.push(self.text(STRING)?);
        }
        Ok(all)
    }
}

/// Bytes as text; what is no UTF-8 is replaced.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An element.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let digits: Vec<u8> = length.into_iter().skip_while(|digit| *digit == 0).collect();
            bytes.push(0x80 | digits.len() as u8); // at most eight
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// An element made of elements.
pub(super) fn elements(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A number in its shortest form.
pub(super) fn number(tag: u8, value: i32) -> Vec<u8> {
    let all = value.to_be_bytes();
    let spare = |at: usize| {
        let sign = if all[at] == 0 { 0 } else { 0x80 };
        matches!(all[at], 0 | 0xff) && all[at + 1] & 0x80 == sign
    };
    let start = (0..3).take_while(|at| spare(*at)).count();
    element(tag, &all[start..])
}
