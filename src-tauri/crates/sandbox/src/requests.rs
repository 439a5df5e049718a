//! Requests of a script on their way to the legacy stores and back.

use std::{collections::VecDeque, future::Future, pin::Pin};

use futures_util::stream::{FuturesUnordered, StreamExt};
use legacy::Handled;
use wire::StoreRequest;

/// A request that has been answered.
pub(crate) struct Answer {
    /// The runner's number for it.
    pub(crate) id: u32,
    /// When it came, in milliseconds since the run began.
    pub(crate) at_ms: f64,
    /// The answer.
    pub(crate) handled: Handled,
}

/// Requests under way. Dropping them stops them: the server sessions they used are then closed, and so rolled back.
pub(crate) struct Requests {
    run: legacy::Run,
    under_way: FuturesUnordered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    labels: VecDeque<(u32, String)>,
}

impl Requests {
    pub(crate) fn new(run: legacy::Run) -> Requests {
        Requests { run, under_way: FuturesUnordered::new(), labels: VecDeque::new() }
    }

    /// Begins a request. Those of one client keep their order; different clients go on at the same time.
    pub(crate) fn begin(&mut self, id: u32, at_ms: f64, label: String, request: StoreRequest) {
        let handled = self.run.handle(request);
        self.labels.push_back((id, label));
        self.under_way.push(Box::pin(async move { Answer { id, at_ms, handled: handled.await } }));
    }

    /// The next answer; waits for ever when nothing is under way.
    pub(crate) async fn next(&mut self) -> Answer {
        match self.under_way.next().await {
            Some(answer) => {
                self.labels.retain(|(id, _)| *id != answer.id);
                answer
            }
            None => std::future::pending().await,
        }
    }

    /// What was asked for last and is not answered yet.
    pub(crate) fn last_awaited(&self) -> Option<String> {
        self.labels.back().map(|(_, label)| label.clone())
    }

    /// Stops what is under way and hands the run back.
    pub(crate) fn stop(self) -> legacy::Run {
        drop(self.under_way);
        self.run
    }
}
