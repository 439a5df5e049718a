//! Requests of a script on their way to the legacy stores and back.

use std::{
    collections::{HashSet, VecDeque},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{AbortHandle, Abortable, Aborted};
use futures_util::stream::{FuturesUnordered, StreamExt};
use legacy::{Handled, Observed, Progress, Unanswered};
use wire::{SocketRequest, StoreRequest};

/// A request that has been answered.
pub(crate) struct Answer {
    /// The runner's number for it.
    pub(crate) id: u32,
    /// When it was asked, in milliseconds of the runner's clock.
    pub(crate) at_ms: f64,
    /// The answer.
    pub(crate) handled: Handled,
}

/// Requests under way. Dropping them stops them: the server sessions they used are then closed, and so rolled back.
pub(crate) struct Requests {
    run: legacy::Run,
    under_way: FuturesUnordered<Abortable<Answering>>,
    waiting: VecDeque<Waiting>,
}

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A request that has no answer yet.
struct Waiting {
    id: u32,
    at_ms: f64,
    begun: Instant,
    progress: Progress,
    label: String,
    request: Arc<StoreRequest>,
    stop: AbortHandle,
}

impl Requests {
    pub(crate) fn new(run: legacy::Run) -> Requests {
        Requests { run, under_way: FuturesUnordered::new(), waiting: VecDeque::new() }
    }

    /// Begins a request. Those of one client keep their order; different clients go on at the same time.
    pub(crate) fn begin(&mut self, id: u32, at_ms: f64, label: String, request: Arc<StoreRequest>) {
        let progress = Progress::default();
        let handled = self.run.handle_watched(Arc::clone(&request), progress.clone());
        let (stop, stopped) = AbortHandle::new_pair();
        self.waiting.push_back(Waiting { id, at_ms, begun: Instant::now(), progress, label, request, stop });
        let answering: Answering = Box::pin(async move { Answer { id, at_ms, handled: handled.await } });
        self.under_way.push(Abortable::new(answering, stopped));
    }

    /// Drops a request whose answer nobody wants any more. Says when it was asked, and what it was, where that is worth telling.
    pub(crate) fn abandon(&mut self, id: u32) -> Option<(f64, Observed)> {
        let place = self.waiting.iter().position(|waiting| waiting.id == id)?;
        let waiting = self.waiting.remove(place)?;
        let observed = self.look(&waiting, true, Some(waiting.begun.elapsed()));
        waiting.stop.abort();
        Some((waiting.at_ms, observed?))
    }

    /// The next answer; waits for ever when nothing is under way.
    pub(crate) async fn next(&mut self) -> Answer {
        loop {
            match self.under_way.next().await {
                Some(Ok(answer)) => {
                    self.waiting.retain(|waiting| waiting.id != answer.id);
                    return answer;
                }
                Some(Err(Aborted)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// What was asked for last and is not answered yet.
    pub(crate) fn last_awaited(&self) -> Option<String> {
        self.waiting.back().map(|waiting| waiting.label.clone())
    }

    /// What was asked for and is not answered, with when that was.
    pub(crate) fn unanswered(&self) -> Vec<(f64, Observed)> {
        let mut spoken_for = HashSet::new();
        let unanswered = self.waiting.iter().filter_map(|waiting| {
            // A socket's messages are answered one after the other: the first is the one under way.
            let is_first = match &*waiting.request {
                StoreRequest::Socket(SocketRequest::Exchange { client, .. }) => spoken_for.insert(*client),
                _ => false,
            };
            Some((waiting.at_ms, self.look(waiting, is_first, None)?))
        });
        unanswered.collect()
    }

    /// What a request without an answer asks for. `is_first`: nothing else is under way on its socket.
    fn look(&self, waiting: &Waiting, is_first: bool, gave_up_after: Option<Duration>) -> Option<Observed> {
        let Waiting { request, progress, .. } = waiting;
        let mut observed = self.run.unanswered(&Unanswered { request, progress, is_first, gave_up_after })?;
        if observed.label.is_empty() {
            observed.label.clone_from(&waiting.label);
        }
        Some(observed)
    }

    /// Stops what is under way and hands the run back.
    pub(crate) fn stop(self) -> legacy::Run {
        drop(self.under_way);
        self.run
    }
}
