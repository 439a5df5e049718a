//! LDAP, as `ldapjs` speaks it (RFC 4511): messages are BER, each names its request by number.

mod ber;

use tokio::sync::Mutex;

use crate::{
    Finish, SessionOptions,
    socket::{Context, Exchanged, Peer, Unanswered},
};

/// What the session's LDAP sockets share.
#[derive(Default)]
pub(crate) struct Shared {}

impl Shared {
    /// Nothing is open at the end: writes are held back, never undone.
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
        while let Some(length) = ber::length(&outgoing)?.filter(|length| outgoing.len() >= *length) {
            let message: Vec<u8> = outgoing.drain(..length).collect();
            context.link.send(&message).await?;
            let Some(request) = ber::operation(&message) else { continue };
            if !ber::is_answered(request) {
                continue;
            }
            loop {
                let Some(frame) = context.link.frame(ber::length, 32 << 20).await? else {
                    exchanged.ended = true;
                    return Ok(exchanged);
                };
                exchanged.bytes.extend_from_slice(&frame);
                if ber::operation(&frame).is_some_and(ber::is_last) {
                    break;
                }
            }
        }
        Ok(exchanged)
    }
}
