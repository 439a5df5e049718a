//! The steps of one connection test: in order, timed, each told as it ends.

use std::{sync::Mutex, time::Instant};

use wire::{Fault, FaultKind};

use super::{Stage, StageName, StageState};
use crate::{session::lock, trace::readable};

/// A test under way.
pub(super) struct Steps<'a> {
    order: &'static [StageName],
    /// What the TLS stage says of a connection without TLS.
    unencrypted: Option<Stage>,
    on_stage: Box<dyn Fn(Stage) + Send + Sync + 'a>,
    /// When the step before ended, and what has been found.
    done: Mutex<(Instant, Vec<Stage>)>,
}

impl<'a> Steps<'a> {
    /// A test of these steps; `on_stage` hears of each as it ends.
    pub(super) fn new(
        order: &'static [StageName],
        unencrypted: Option<Stage>,
        on_stage: Box<dyn Fn(Stage) + Send + Sync + 'a>,
    ) -> Steps<'a> {
        Steps { order, unencrypted, on_stage, done: Mutex::new((Instant::now(), Vec::new())) }
    }

    /// The first step begins now: what was before is none of the connection's.
    pub(super) fn begin(&self) {
        lock(&self.done).0 = Instant::now();
    }

    /// What has been found so far.
    pub(super) fn stages(&self) -> Vec<Stage> {
        lock(&self.done).1.clone()
    }

    /// A step has ended.
    pub(super) fn push(&self, name: StageName, state: StageState, detail: String, hint: Option<String>) {
        let stage = {
            let mut done = lock(&self.done);
            // What is passed over takes no time: all of it is the next step's.
            let ms = if state == StageState::Skipped { 0.0 } else { done.0.elapsed().as_secs_f64() * 1000.0 };
            if state != StageState::Skipped {
                done.0 = Instant::now();
            }
            let stage = Stage { name, state, ms, detail, hint };
            done.1.push(stage.clone());
            stage
        };
        (self.on_stage)(stage);
    }

    pub(super) fn has(&self, name: StageName) -> bool {
        lock(&self.done).1.iter().any(|stage| stage.name == name)
    }

    /// The TLS stage of a connection without TLS, once it is its turn.
    pub(super) fn pass_tls_by(&self) {
        if let Some(stage) = &self.unencrypted
            && self.has(StageName::Tcp)
            && !self.has(StageName::Tls)
        {
            lock(&self.done).1.push(stage.clone());
            (self.on_stage)(stage.clone());
        }
    }

    pub(super) fn reached(&self, name: StageName, detail: String) {
        if name == StageName::Authentication {
            self.pass_tls_by();
        }
        let unverified = name == StageName::Tls && detail.to_lowercase().contains("not verified");
        let hint =
            unverified.then(|| "anybody between here and the server could read along: give ssl.ca instead".to_owned());
        let state = if unverified { StageState::Warned } else { StageState::Passed };
        self.push(name, state, detail, hint);
    }

    /// Puts a failure to the stage it belongs to, and skips the rest.
    pub(super) fn failed(&self, fault: &Fault) {
        if matches!(fault.kind, FaultKind::Authentication | FaultKind::Connection) {
            self.pass_tls_by();
        }
        let next = self.order.iter().copied().find(|name| !self.has(*name)).unwrap_or(StageName::Query);
        let name = match fault.kind {
            FaultKind::Tls if !self.has(StageName::Tls) => StageName::Tls,
            FaultKind::Authentication => StageName::Authentication,
            FaultKind::Policy => StageName::Policy,
            _ => next,
        };
        self.push(name, StageState::Failed, readable(fault), fault.hint.clone());
        self.skip_rest();
    }

    pub(super) fn skip_rest(&self) {
        for name in self.order.iter().copied() {
            if !self.has(name) {
                self.push(name, StageState::Skipped, "not tried".to_owned(), None);
            }
        }
    }
}
