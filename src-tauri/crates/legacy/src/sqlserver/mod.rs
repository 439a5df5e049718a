//! SQL Server, as `tedious` speaks it (MS-TDS): messages are one or more packets with an 8-byte head.

use tokio::sync::Mutex;
use wire::{Fault, FaultKind};

use crate::{
    Finish, SessionOptions,
    fault::fault,
    socket::{Context, Exchanged, Peer, Stream, Unanswered},
};

/// What the session's SQL Server sockets share.
#[derive(Default)]
pub(crate) struct Shared {}

impl Shared {
    pub(crate) async fn finish(&self, _finish: &mut Finish) {}
}

/// One socket's messages.
pub(crate) struct Dialogue {
    outgoing: Mutex<Vec<u8>>,
}

impl Dialogue {
    pub(crate) fn new(_peer: &Peer, _owner: u32, _options: &SessionOptions, _shared: &Shared) -> Dialogue {
        Dialogue { outgoing: Mutex::default() }
    }

    pub(crate) async fn exchange(&self, context: &Context<'_>, bytes: &[u8]) -> Result<Exchanged, Unanswered> {
        let mut outgoing = self.outgoing.lock().await;
        outgoing.extend_from_slice(bytes);
        let mut exchanged = Exchanged::default();
        while let Some(length) = length(&outgoing)?.filter(|length| outgoing.len() >= *length) {
            let packet: Vec<u8> = outgoing.drain(..length).collect();
            context.link.send(&packet).await?;
            if packet[1] & 1 == 0 {
                continue;
            }
            loop {
                let Some(frame) = context.link.frame(self::length, 1 << 16).await? else {
                    exchanged.ended = true;
                    return Ok(exchanged);
                };
                exchanged.bytes.extend_from_slice(&frame);
                if frame[1] & 1 == 1 {
                    break;
                }
            }
        }
        Ok(exchanged)
    }

    pub(crate) async fn leave(&self, _context: &Context<'_>) -> Option<String> {
        None
    }
}

/// The stream a TLS handshake goes through.
pub(crate) fn inside_packets(stream: Box<dyn Stream>) -> Box<dyn Stream> {
    stream
}

/// A packet's length, its head included.
fn length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    let Some([_, _, high, low]) = bytes.first_chunk::<4>() else { return Ok(None) };
    match usize::from(u16::from_be_bytes([*high, *low])) {
        length if length >= 8 => Ok(Some(length)),
        _ => Err(fault(FaultKind::Connection, "what answers there speaks no TDS: a packet length that cannot be")),
    }
}
