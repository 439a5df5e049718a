//! How far a request has come on its way to a server, for whoever asks while it has no answer yet.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

tokio::task_local! {
    static PROGRESS: Progress;
}

/// The way of one request, seen from outside. Clones are the same request's.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU8>);

/// The last step that began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Step {
    /// Nothing, or the look-up of a name.
    LookUp = 0,
    /// TCP.
    Dial = 1,
    /// Talking, in plain text.
    Connected = 2,
    /// The TLS handshake.
    Handshake = 3,
    /// Talking under TLS.
    Secured = 4,
}

impl Progress {
    /// The last step that began.
    pub(crate) fn step(&self) -> Step {
        match self.0.load(Ordering::Relaxed) {
            0 => Step::LookUp,
            1 => Step::Dial,
            2 => Step::Connected,
            3 => Step::Handshake,
            _ => Step::Secured,
        }
    }

    /// Runs a request whose steps are noted here.
    pub(crate) async fn of<F: Future>(self, request: F) -> F::Output {
        PROGRESS.scope(self, request).await
    }
}

/// The request that is being served begins a step.
pub(crate) fn begins(step: Step) {
    // Tests of single parts serve no request.
    let _ = PROGRESS.try_with(|progress| progress.0.store(step as u8, Ordering::Relaxed));
}
