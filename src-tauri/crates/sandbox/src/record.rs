//! What a run leaves: console, trace and warnings, redacted as they come.

use std::{collections::HashSet, time::Instant};

use contract::{ConsoleLevel, ConsoleLine, Statement, TraceEntry, TraceKind, Warning};
use legacy::Observed;
use vault::Redactor;
use wire::ConsoleMethod;

use crate::RunEvent;

/// Entries of one kind a record may hold; the runner has limits of its own, but it is not to be trusted with our memory.
const MAX_ENTRIES: usize = 50_000;

/// Collects a run's record and tells `events`.
pub(crate) struct Recorder<'a> {
    redactor: &'a Redactor,
    events: &'a (dyn Fn(RunEvent) + Send + Sync),
    begun: Instant,
    /// When the runner's own clock began.
    started_ms: f64,
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

    /// The runner starts its clock now.
    pub(crate) fn start(&mut self) {
        self.started_ms = self.now_ms();
    }

    /// A time of the runner as a time of the run.
    pub(crate) fn at(&self, runner_ms: f64) -> f64 {
        self.started_ms + runner_ms
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
        let line = ConsoleLine { at_ms: self.at(at_ms), level, text: self.redactor.redact(text) };
        (self.events)(RunEvent::Console(line.clone()));
        self.console.push(line);
    }

    /// Something the run did, without a statement.
    pub(crate) fn did(&mut self, kind: TraceKind, label: &str, at_ms: f64, ms: f64) {
        self.entry(TraceEntry { at_ms, ms, kind, label: label.to_owned(), statement: None, error: None });
    }

    /// Something a legacy store saw.
    pub(crate) fn observed(&mut self, observed: Observed, at_ms: f64, ms: f64) {
        let Observed { kind, label, statement, error } = observed;
        self.entry(TraceEntry { at_ms, ms, kind, label, statement, error });
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
