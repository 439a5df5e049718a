//! What a run leaves: console, trace and warnings, redacted as they come.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use contract::{ConsoleLevel, ConsoleLine, Effect, Statement, TraceEntry, TraceKind, Warning};
use legacy::{Kept, Observed};
use vault::Redactor;
use wire::ConsoleMethod;

use crate::RunEvent;

/// Entries of one kind a record may hold; the runner has limits of its own, but it is not to be trusted with our memory.
const MAX_ENTRIES: usize = 50_000;

/// A failed connection that came again.
#[derive(Clone, Copy)]
struct Repeated {
    /// Place of its line in the trace.
    entry: usize,
    /// Place of that line's times.
    timed: usize,
    times: u32,
}

/// Collects a run's record and tells `events`.
pub(crate) struct Recorder<'a> {
    redactor: &'a Redactor,
    events: &'a (dyn Fn(RunEvent) + Send + Sync),
    begun: Instant,
    /// When the runner was told to start.
    started_ms: f64,
    /// What the runner's clock is behind ours, at most: a message cannot come before it was sent.
    behind_ms: f64,
    /// Entries that the runner's clock times: their place, when they began there, and when they ended by our clock.
    by_runner: Vec<(usize, f64, Option<f64>)>,
    /// Writes that may turn out to stay, with their entry's place.
    may_stay: Vec<(usize, Kept)>,
    /// Connections that failed, by label and reason: packages try again and again.
    failed: HashMap<(String, String), Repeated>,
    /// When console lines were written, by the runner's clock.
    console_at: Vec<f64>,
    pub(crate) console: Vec<ConsoleLine>,
    pub(crate) trace: Vec<TraceEntry>,
    pub(crate) warnings: Vec<Warning>,
    said: HashSet<(String, String)>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(redactor: &'a Redactor, events: &'a (dyn Fn(RunEvent) + Send + Sync)) -> Recorder<'a> {
        Recorder {
            redactor,
            events,
            begun: Instant::now(),
            started_ms: 0.0,
            behind_ms: f64::INFINITY,
            by_runner: Vec::new(),
            may_stay: Vec::new(),
            failed: HashMap::new(),
            console_at: Vec::new(),
            console: Vec::new(),
            trace: Vec::new(),
            warnings: Vec::new(),
            said: HashSet::new(),
        }
    }

    /// Milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1000.0
    }

    /// The runner is told to start.
    pub(crate) fn start(&mut self) {
        self.started_ms = self.now_ms();
    }

    /// A message of the runner has come, sent at this time of its clock. The least delay seen is taken for how far that clock is
    /// behind ours: so nothing is told as before its cause, e.g. a callback before the answer that led to it.
    pub(crate) fn heard(&mut self, runner_ms: f64) {
        self.behind_ms = self.behind_ms.min(self.now_ms() - runner_ms);
    }

    /// A time of the runner as a time of the run, as far as is known by now.
    fn at(&self, runner_ms: f64) -> f64 {
        runner_ms + if self.behind_ms.is_finite() { self.behind_ms } else { self.started_ms }
    }

    /// Puts right what is known only now: the runner's times, by what all its messages have shown, with what began first first,
    /// and writes that were to be undone and stay.
    pub(crate) fn settle(&mut self) {
        for (place, kept) in std::mem::take(&mut self.may_stay) {
            let (Some(why), Some(entry)) = (kept.why(), self.trace.get_mut(place)) else { continue };
            entry.label = format!("{} · {why}", entry.label);
            if let Some(statement) = &mut entry.statement {
                statement.effect = Effect::Committed;
            }
        }
        for (place, runner_ms, ended_ms) in std::mem::take(&mut self.by_runner) {
            let at_ms = self.at(runner_ms);
            let Some(entry) = self.trace.get_mut(place) else { continue };
            entry.at_ms = at_ms;
            entry.ms = ended_ms.map_or(entry.ms, |ended_ms| (ended_ms - at_ms).max(0.0));
        }
        self.trace.sort_by(|one, other| one.at_ms.total_cmp(&other.at_ms));
        for (line, runner_ms) in std::mem::take(&mut self.console_at).into_iter().enumerate() {
            self.console[line].at_ms = self.at(runner_ms);
        }
    }

    /// A console line of the runner.
    pub(crate) fn console(&mut self, at_ms: f64, method: ConsoleMethod, text: &str) {
        if self.console.len() >= MAX_ENTRIES {
            return;
        }
        let level = match method {
            ConsoleMethod::Log => ConsoleLevel::Log,
            ConsoleMethod::Info => ConsoleLevel::Info,
            ConsoleMethod::Debug => ConsoleLevel::Debug,
            ConsoleMethod::Warn => ConsoleLevel::Warn,
            ConsoleMethod::Error => ConsoleLevel::Error,
            ConsoleMethod::Trace => ConsoleLevel::Trace,
        };
        self.console_at.push(at_ms);
        let line = ConsoleLine { at_ms: self.at(at_ms), level, text: self.redactor.redact(text) };
        (self.events)(RunEvent::Console(line.clone()));
        self.console.push(line);
    }

    /// Something the run did, without a statement.
    pub(crate) fn did(&mut self, kind: TraceKind, label: &str, at_ms: f64, ms: f64) {
        self.entry(TraceEntry { at_ms, ms, kind, label: label.to_owned(), statement: None, error: None });
    }

    /// Something the runner did, by its own clock.
    pub(crate) fn did_there(&mut self, kind: TraceKind, label: &str, runner_ms: f64, ms: f64) {
        self.timed_there(runner_ms, None);
        self.did(kind, label, self.at(runner_ms), ms);
    }

    /// Something a legacy store saw: the runner asked for it by its clock, and it was over at `ended_ms` of the run.
    pub(crate) fn observed(&mut self, observed: Observed, runner_ms: f64, ended_ms: f64) {
        let Observed { kind, label, statement, kept, error } = observed;
        let at_ms = self.at(runner_ms);
        if let (TraceKind::Connect, Some(error)) = (kind, &error) {
            let next = Repeated { entry: self.trace.len(), timed: self.by_runner.len(), times: 0 };
            let repeated = self.failed.entry((label.clone(), error.clone())).or_insert(next);
            repeated.times += 1;
            if repeated.times > 1 {
                let repeated = *repeated;
                return self.again(repeated, &label, ended_ms);
            }
        }
        self.timed_there(runner_ms, Some(ended_ms));
        if self.trace.len() < MAX_ENTRIES {
            self.may_stay.extend(kept.map(|kept| (self.trace.len(), kept)));
        }
        self.entry(TraceEntry { at_ms, ms: (ended_ms - at_ms).max(0.0), kind, label, statement, error });
    }

    /// A connection failed as before: its line says how often.
    fn again(&mut self, Repeated { entry, timed, times }: Repeated, label: &str, ended_ms: f64) {
        let label = format!("{} · {times} times", self.redactor.redact(label));
        let Some(entry) = self.trace.get_mut(entry) else { return };
        entry.label = label;
        entry.ms = (ended_ms - entry.at_ms).max(0.0);
        if let Some((_, _, ended)) = self.by_runner.get_mut(timed) {
            *ended = Some(ended_ms);
        }
    }

    /// The next entry is timed by the runner's clock.
    fn timed_there(&mut self, runner_ms: f64, ended_ms: Option<f64>) {
        if self.trace.len() < MAX_ENTRIES {
            self.by_runner.push((self.trace.len(), runner_ms, ended_ms));
        }
    }

    fn entry(&mut self, entry: TraceEntry) {
        if self.trace.len() >= MAX_ENTRIES {
            return;
        }
        let statement = entry.statement.map(|statement| Statement {
            sql: self.redactor.redact(&statement.sql),
            parameters: statement.parameters.iter().map(|parameter| self.redactor.redact(parameter)).collect(),
            ..statement
        });
        let entry = TraceEntry {
            label: self.redactor.redact(&entry.label),
            statement,
            error: entry.error.map(|error| self.redactor.redact(&error)),
            ..entry
        };
        (self.events)(RunEvent::Trace(entry.clone()));
        self.trace.push(entry);
    }

    /// A finding, once per rule and text.
    pub(crate) fn warn(&mut self, rule: &str, message: &str, line: Option<u32>) {
        let message = self.redactor.redact(message);
        if self.warnings.len() < MAX_ENTRIES && self.said.insert((rule.to_owned(), message.clone())) {
            self.warnings.push(Warning::new(rule, message).at_line(line));
        }
    }

    /// Whether a finding of this rule was made.
    pub(crate) fn warned(&self, rule: &str) -> bool {
        self.warnings.iter().any(|warning| warning.rule == rule)
    }

    /// Whether `text` holds a secret in any form.
    pub(crate) fn holds_secret(&self, text: &str) -> bool {
        self.redactor.found_in(text.as_bytes())
    }

    /// `text` without secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }
}
