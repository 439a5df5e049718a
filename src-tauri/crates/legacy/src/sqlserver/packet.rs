//! Packets: a message is one or more, each with a head of 8 bytes (MS-TDS 2.2.3).

use wire::{Fault, FaultKind};

use crate::fault::fault;

/// Bytes of a packet's head.
pub(super) const HEAD: usize = 8;
/// The last packet of a message.
pub(super) const LAST: u8 = 1;
/// The client gave the message up before it was whole: the server does nothing.
pub(super) const IGNORE: u8 = 2;
/// Begin the session anew before this message; 16 keeps the transaction.
pub(super) const RESET: u8 = 8 | 16;

/// Kinds of messages.
pub(super) mod kind {
    pub(crate) const BATCH: u8 = 1;
    pub(crate) const CALL: u8 = 3;
    pub(crate) const ANSWER: u8 = 4;
    pub(crate) const ATTENTION: u8 = 6;
    pub(crate) const BULK: u8 = 7;
    pub(crate) const TRANSACTION: u8 = 14;
    pub(crate) const LOGIN: u8 = 16;
    pub(crate) const PRELOGIN: u8 = 18;
}

/// A packet's length, its head included, once four bytes of it are there.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    let Some([_, _, high, low]) = bytes.first_chunk::<4>() else { return Ok(None) };
    match usize::from(u16::from_be_bytes([*high, *low])) {
        length if length >= HEAD => Ok(Some(length)),
        _ => Err(fault(FaultKind::Connection, "what answers there speaks no TDS: a packet length that cannot be")),
    }
}

/// A message in packets of at most `size` bytes.
pub(super) fn packets(kind: u8, payload: &[u8], size: usize) -> Vec<u8> {
    let room = size.clamp(512, 32_767) - HEAD;
    let count = payload.len().div_ceil(room).max(1);
    let mut bytes = Vec::with_capacity(payload.len() + count * HEAD);
    for number in 0..count {
        let part = &payload[number * room..payload.len().min((number + 1) * room)];
        let length = u16::try_from(part.len() + HEAD).unwrap_or(u16::MAX).to_be_bytes();
        let status = if number + 1 == count { LAST } else { 0 };
        #[allow(clippy::cast_possible_truncation)] // packet numbers count modulo 256
        bytes.extend_from_slice(&[kind, status, length[0], length[1], 0, 0, (number as u8).wrapping_add(1), 0]);
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A whole message of the script.
pub(super) struct Message {
    pub(super) kind: u8,
    /// Status bits of its first packet together with those of the last.
    pub(super) status: u8,
    /// As it came.
    pub(super) packets: Vec<u8>,
}

impl Message {
    /// The content, without heads.
    pub(super) fn payload(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.packets.len());
        let mut rest = &self.packets[..];
        while let Ok(Some(length)) = length(rest) {
            if length > rest.len() {
                break;
            }
            payload.extend_from_slice(&rest[HEAD..length]);
            rest = &rest[length..];
        }
        payload
    }

    /// Clears status bits in every packet.
    pub(super) fn clear(&mut self, bits: u8) {
        let mut at = 0;
        while let Ok(Some(length)) = length(&self.packets[at..]) {
            if at + length > self.packets.len() {
                break;
            }
            self.packets[at + 1] &= !bits;
            at += length;
        }
    }

    /// Puts a transaction into the message's headers (MS-TDS 2.2.5.3.2), which stand at a fixed place of its first packet.
    pub(super) fn in_transaction(&mut self, descriptor: [u8; 8]) {
        const PLACE: usize = HEAD + 10;
        if self.kind != kind::BULK
            && let Some(place) = self.packets.get_mut(PLACE..PLACE + 8)
        {
            place.copy_from_slice(&descriptor);
        }
    }
}

/// The headers of a message of ours.
pub(super) fn headers(descriptor: [u8; 8]) -> Vec<u8> {
    let mut bytes = vec![22, 0, 0, 0, 18, 0, 0, 0, 2, 0];
    bytes.extend_from_slice(&descriptor);
    bytes.extend_from_slice(&[1, 0, 0, 0]);
    bytes
}

/// A batch of ours, in a transaction.
pub(super) fn batch(sql: &str, descriptor: [u8; 8]) -> Vec<u8> {
    let mut payload = headers(descriptor);
    payload.extend(sql.encode_utf16().flat_map(u16::to_le_bytes));
    packets(kind::BATCH, &payload, 4096)
}
