//! Connection tests of stores whose own package logs in (sockets and HTTP): the steps are told while the script itself connects.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use wire::{Fault, FaultKind};

use super::{SERVER, Stage, StageName, StageState, plain_text, steps::Steps};

/// Hears of the steps of a run's first connection. Silent unless the session is there for a connection test.
#[derive(Clone, Default)]
pub(crate) struct Probe(Option<Arc<Watch>>);

struct Watch {
    steps: Steps<'static>,
    /// The first connection's host; later connections are not told.
    host: OnceLock<String>,
}

impl Probe {
    /// A probe that listens; `on_stage` hears of each step as it ends.
    pub(crate) fn listening(on_stage: Box<dyn Fn(Stage) + Send + Sync>) -> Probe {
        Probe(Some(Arc::new(Watch { steps: Steps::new(&SERVER, None, on_stage), host: OnceLock::new() })))
    }

    /// Whether this connection is the one being tested: then a protocol may look around by itself, reading only.
    pub(crate) fn listens(&self) -> bool {
        self.0.is_some()
    }

    /// A connection begins. Gives back a probe that is silent when another one was first.
    pub(crate) fn begin(&self, host: &str) -> Probe {
        let first = self.0.as_ref().filter(|watch| watch.host.set(host.to_owned()).is_ok());
        if let Some(watch) = first {
            watch.steps.begin();
        }
        Probe(first.cloned())
    }

    /// A connection after the first: it may tell what the first did not come to.
    pub(crate) fn join(&self) -> Probe {
        self.clone()
    }

    /// The name has addresses.
    pub(crate) fn looked_up(&self, addresses: &[SocketAddr]) {
        let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
        self.reached(StageName::NameLookup, shown.join(", "));
    }

    /// The port answers.
    pub(crate) fn connected(&self, peer: SocketAddr) {
        self.reached(StageName::Tcp, peer.to_string());
    }

    /// TLS stands.
    pub(crate) fn secured(&self, protocol: &str, verified: bool) {
        let trust = if verified { "certificate verified" } else { "certificate NOT verified" };
        self.reached(StageName::Tls, format!("{protocol}, {trust}"));
    }

    /// A step went well.
    pub(crate) fn reached(&self, name: StageName, detail: String) {
        self.push(name, |watch| watch.steps.reached(name, detail));
    }

    /// A step went well, but there is something to know.
    pub(crate) fn warned(&self, name: StageName, detail: String, hint: &str) {
        self.push(name, |watch| watch.steps.push(name, StageState::Warned, detail, Some(hint.to_owned())));
    }

    /// A step that this store does not have.
    pub(crate) fn skipped(&self, name: StageName, why: &str) {
        self.push(name, |watch| watch.steps.push(name, StageState::Skipped, why.to_owned(), None));
    }

    /// The connection failed; the fault says where.
    pub(crate) fn failed(&self, fault: &Fault) {
        let Some(watch) = &self.0 else { return };
        if watch.steps.stages().len() < SERVER.len() {
            // TLS that fails is no step passed by.
            if fault.kind != FaultKind::Tls {
                watch.pass_tls_by();
            }
            watch.steps.failed(fault);
        }
    }

    /// What was found. A connection that never came to its query has failed where it stopped; `why` says what the run knows.
    pub(crate) fn stages(&self, why: &str) -> Vec<Stage> {
        let Some(watch) = self.0.as_ref().filter(|watch| watch.host.get().is_some()) else { return Vec::new() };
        let steps = &watch.steps;
        if !steps.has(StageName::Query)
            && !steps.stages().iter().any(|stage| stage.state == StageState::Failed)
            && let Some(next) = SERVER.into_iter().find(|name| !steps.has(*name) && *name != StageName::Tls)
        {
            watch.pass_tls_by();
            let hint = "run Get User by itself: its error and trace say more".to_owned();
            steps.push(next, StageState::Failed, why.to_owned(), Some(hint));
        }
        steps.skip_rest();
        steps.stages()
    }

    fn push(&self, name: StageName, push: impl FnOnce(&Watch)) {
        let Some(watch) = &self.0 else { return };
        if watch.steps.has(name) {
            return;
        }
        if !matches!(name, StageName::NameLookup | StageName::Tcp | StageName::Tls) {
            watch.pass_tls_by();
        }
        push(watch);
    }
}

impl Watch {
    /// The TLS step of a connection that has come past it without TLS.
    fn pass_tls_by(&self) {
        if self.steps.has(StageName::Tcp) && !self.steps.has(StageName::Tls) {
            let Stage { name, state, detail, hint, .. } = plain_text(self.host.get().map_or("", String::as_str));
            self.steps.push(name, state, detail, hint);
        }
    }
}
