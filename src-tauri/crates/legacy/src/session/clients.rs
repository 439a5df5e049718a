//! The clients of a run.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::sync::oneshot;

use crate::{socket::Socket, upstream::Upstream};

/// One client of a run.
pub(super) struct Client {
    pub(super) label: String,
    pub(super) link: ClientLink,
    /// Resolves when the request before is done (or was dropped): requests of one client keep their order.
    pub(super) turn: Option<oneshot::Receiver<()>>,
}

/// What a client speaks through.
#[derive(Clone)]
pub(super) enum ClientLink {
    Sql {
        /// Who it is in the safe-try bookkeeping of `upstream`.
        owner: u32,
        /// Opened read-only by the script itself (SQLite).
        reads_only: bool,
        upstream: Arc<Upstream>,
    },
    Socket(Arc<Socket>),
}

impl ClientLink {
    /// The client goes away. Says what became of its open transaction.
    pub(super) async fn leave(&self) -> Option<String> {
        match self {
            ClientLink::Sql { owner, upstream, .. } => upstream.leave(*owner).await,
            ClientLink::Socket(socket) => socket.leave().await,
        }
    }
}

/// A connection attempt under way, counted against the limit.
pub(super) struct Slot<'a>(&'a AtomicU32);

impl<'a> Slot<'a> {
    pub(super) fn take(count: &'a AtomicU32) -> Slot<'a> {
        count.fetch_add(1, Ordering::Relaxed);
        Slot(count)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
