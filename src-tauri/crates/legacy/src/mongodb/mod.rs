//! MongoDB, as `mongodb` speaks it: messages with a 16-byte head, `OP_MSG` and, for the first hello, `OP_QUERY`.

use tokio::sync::Mutex;
use wire::{Fault, FaultKind};

use crate::{
    Finish, SessionOptions,
    fault::fault,
    socket::{Context, Exchanged, Peer, Unanswered},
};

/// What the session's MongoDB sockets share.
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
            let message: Vec<u8> = outgoing.drain(..length).collect();
            context.link.send(&message).await?;
            match context.link.frame(self::length, 48 << 20).await? {
                Some(frame) => exchanged.bytes.extend_from_slice(&frame),
                None => {
                    exchanged.ended = true;
                    return Ok(exchanged);
                }
            }
        }
        Ok(exchanged)
    }
}

fn length(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    let Some(head) = bytes.first_chunk::<4>() else { return Ok(None) };
    match usize::try_from(i32::from_le_bytes(*head)) {
        Ok(length) if length >= 16 => Ok(Some(length)),
        _ => Err(fault(FaultKind::Connection, "what answers there speaks no MongoDB protocol: a length that cannot be")),
    }
}
