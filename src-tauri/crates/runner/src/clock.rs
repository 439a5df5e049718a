//! The clock of a run: shared by the event loop and the engine's interrupt handler.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// When the run began and when it must be over.
pub(crate) struct Clock {
    started: Cell<Instant>,
    deadline: Cell<Instant>,
    interrupted: Cell<bool>,
}

impl Clock {
    /// A clock that stands at now, without a deadline worth speaking of.
    pub(crate) fn new() -> Clock {
        let now = Instant::now();
        Clock {
            started: Cell::new(now),
            deadline: Cell::new(now + Duration::from_secs(24 * 3600)),
            interrupted: Cell::new(false),
        }
    }

    /// Begins a run that may take `wall_ms` milliseconds.
    pub(crate) fn start(&self, wall_ms: u64) {
        let now = Instant::now();
        self.started.set(now);
        self.deadline.set(now + Duration::from_millis(wall_ms.min(24 * 3600 * 1000)));
        self.interrupted.set(false);
    }

    /// Milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> f64 {
        self.started.get().elapsed().as_secs_f64() * 1000.0
    }

    /// What is left until the deadline; nothing when it has passed.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline.get().checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// The run has to stop now.
    pub(crate) fn stop(&self) {
        self.deadline.set(self.started.get());
    }

    /// For the interrupt handler: whether busy code has to stop. Remembers that it said so.
    pub(crate) fn interrupt(&self) -> bool {
        let over = self.left().is_none();
        if over {
            self.interrupted.set(true);
        }
        over
    }

    /// Whether busy code was stopped.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupted.get()
    }
}
