//! Answers of ours, in TDS' words.

use super::packet::{kind, packets};

/// As the fixed part of a DONE token has it.
const DONE: u8 = 0xfd;
const FAILED: u16 = 2;
const ATTENTION: u16 = 32;

/// A message of the server.
pub(super) fn answer(tokens: &[u8]) -> Vec<u8> {
    packets(kind::ANSWER, tokens, 4096)
}

fn done(status: u16) -> Vec<u8> {
    let [low, high] = status.to_le_bytes();
    [&[DONE, low, high][..], &[0; 10]].concat()
}

/// It went well, and changed transactions so.
pub(super) fn went_well(change: Option<Vec<u8>>) -> Vec<u8> {
    answer(&[change.unwrap_or_default(), done(0)].concat())
}

/// The statement failed or was given up.
pub(super) fn given_up() -> Vec<u8> {
    answer(&done(FAILED))
}

/// The attention has been heard.
pub(super) fn acknowledged() -> Vec<u8> {
    answer(&done(ATTENTION))
}

/// An error, as the server would tell it.
pub(super) fn error(number: u32, message: &str) -> Vec<u8> {
    let units: Vec<u16> = message.encode_utf16().take(4000).collect();
    let mut body = number.to_le_bytes().to_vec();
    body.extend([1, 16]);
    body.extend(u16::try_from(units.len()).unwrap_or(0).to_le_bytes());
    body.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    // No server's and no procedure's name, line 1.
    body.extend([0, 0, 1, 0, 0, 0]);
    let size = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
    answer(&[&[0xaa, size[0], size[1]][..], &body, &done(FAILED)].concat())
}

/// ENVCHANGE of a transaction: 8 begun, 9 committed, 10 rolled back.
pub(super) fn change(kind: u8, descriptor: [u8; 8]) -> Vec<u8> {
    let (new, old) = if kind == 8 { (&descriptor[..], &[][..]) } else { (&[][..], &descriptor[..]) };
    let size = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap_or(0);
    [&[0xe3, 11, 0, kind, size(new)][..], new, &[size(old)], old].concat()
}

/// The session begins anew, before what the server answered.
pub(super) fn after_reset(packets: &[u8]) -> Vec<u8> {
    // A message of its own would be taken for the answer, so the token goes into the first packet's content.
    let mut message = super::packet::Message { kind: kind::ANSWER, status: 0, packets: packets.to_vec() }.payload();
    message.splice(0..0, [0xe3, 3, 0, 18, 0, 0]);
    answer(&message)
}
