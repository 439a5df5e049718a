//! The little of BER (X.690) that finding messages takes.

use wire::{Fault, FaultKind};

use crate::fault::fault;

/// How long the element at the start of `bytes` is, tag and length included; none while that cannot be told.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    Ok(head(bytes)?.map(|(start, content)| start + content))
}

/// Where an element's content begins, and how long it is.
fn head(bytes: &[u8]) -> Result<Option<(usize, usize)>, Fault> {
    let Some(&first) = bytes.get(1) else { return Ok(None) };
    if first < 0x80 {
        return Ok(Some((2, usize::from(first))));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(fault(FaultKind::Connection, "what answers there speaks no LDAP: a length that cannot be"));
    }
    let Some(digits) = bytes.get(2..2 + count) else { return Ok(None) };
    let content = digits.iter().fold(0usize, |sum, digit| (sum << 8) | usize::from(*digit));
    Ok(Some((2 + count, content)))
}

/// The tag of a message's operation (RFC 4511 §4.2 and on), e.g. 0x60 for a bind request.
pub(super) fn operation(message: &[u8]) -> Option<u8> {
    let (start, _) = head(message).ok()??;
    let number = message.get(start..)?;
    let (at, length) = head(number).ok()??;
    number.get(at + length).copied()
}

/// Whether a server answers this request at all: not unbind, nor abandon.
pub(super) fn is_answered(request: u8) -> bool {
    !matches!(request, 0x42 | 0x50)
}

/// Whether an answer is the last of its request: not a search entry (0x64), reference (0x73) or intermediate (0x79).
pub(super) fn is_last(answer: u8) -> bool {
    !matches!(answer, 0x64 | 0x73 | 0x79)
}
