//! Requests of a script on their way to the legacy stores and back.

use std::{
    collections::{HashSet, VecDeque},
    future::Future,
    pin::Pin,
    sync::Arc,
};

use futures_util::future::{AbortHandle, Abortable, Aborted};
use futures_util::stream::{FuturesUnordered, StreamExt};
use legacy::{Handled, Observed};
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
    label: String,
    request: Arc<StoreRequest>,
    stop: AbortHandle,
}

impl Requests {
    pub(crate) fn new(run: legacy::Run) -> Requests {
        Requests { run, under_way: FuturesUnordered::new(), waiting: VecDeque::new() }
    }

    /// Begins a request. Those of one client keep their order; different clients go on at the same time.
    pub(crate) fn begin(&mut self, id: u32, at_ms: f64, label: String, request: StoreRequest) {
        let request = Arc::new(request);
        let handled = self.run.handle(Arc::clone(&request));
        let (stop, stopped) = AbortHandle::new_pair();
        self.waiting.push_back(Waiting { id, at_ms, label, request, stop });
        let answering: Answering = Box::pin(async move { Answer { id, at_ms, handled: handled.await } });
        self.under_way.push(Abortable::new(answering, stopped));
    }

    /// Drops a request whose answer nobody wants any more.
    pub(crate) fn abandon(&mut self, id: u32) {
        self.waiting.iter().filter(|waiting| waiting.id == id).for_each(|waiting| waiting.stop.abort());
        self.waiting.retain(|waiting| waiting.id != id);
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
            let observed = match &*waiting.request {
                // A socket's messages are answered one after the other: the first is the one under way.
                StoreRequest::Socket(SocketRequest::Exchange { client, .. }) if spoken_for.insert(*client) => {
                    self.run.asked(*client)
                }
                _ => None,
            };
            let mut observed = observed.or_else(|| self.run.under_way(&waiting.request))?;
            if observed.label.is_empty() {
                observed.label.clone_from(&waiting.label);
            }
            Some((waiting.at_ms, observed))
        });
        unanswered.collect()
    }

    /// Stops what is under way and hands the run back.
    pub(crate) fn stop(self) -> legacy::Run {
        drop(self.under_way);
        self.run
    }
}
