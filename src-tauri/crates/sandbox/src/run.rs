//! One run, from lending a runner to its record.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use contract::{ScriptFault, TraceKind};
use legacy::{Configured, Observed};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use wire::{Ended, FromRunner, Job, Limits, Purpose, RuntimeProfile, SpanKind, StoreRequest, ToRunner};

use crate::{
    Engine, RunEvent, RunRecord, RunSpec, Sandbox, SandboxError, Watched,
    columns::Columns,
    containers::{Loan, LoanKind},
    endings::{self, Called, Stop},
    places,
    record::Recorder,
    requests::Requests,
    runtimes,
    secrets::Secrets,
    watch::{observed_sql, own_sql},
};

/// How long after the limit the runner may still say by itself that time is up, before it is killed.
const GRACE: Duration = Duration::from_millis(150);
/// How long closing a run's clients may take.
const CLOSING: Duration = Duration::from_secs(2);
/// How long evaluating a text may take when it is only inspected.
const INSPECT_MS: u64 = 2_000;

pub(crate) async fn run(
    sandbox: &Sandbox,
    spec: RunSpec,
    session: &legacy::Session,
    redactor: &vault::Redactor,
    events: &(dyn Fn(RunEvent) + Send + Sync),
    cancel: CancellationToken,
) -> Result<RunRecord, SandboxError> {
    let mut record = Recorder::new(redactor, events);
    let loan = sandbox.lend(spec.container.as_deref(), &spec.limits, spec.profile).await?;
    let label = match loan.kind {
        LoanKind::Warm => "runner, started ahead",
        LoanKind::Cold => "runner started",
        LoanKind::Kept => "container of an earlier run",
    };
    record.did(TraceKind::Runner, label, 0.0, record.now_ms());
    loan.runner.send(&ToRunner::Start(Box::new(job(&spec))))?;
    record.start();
    runtimes::pragma(&spec.script, &mut record);

    let mut drive = Drive {
        loan,
        requests: Requests::new(session.begin_run_with(Configured::new(spec.configuration.clone()))),
        columns: Columns::default(),
        record,
        watched: &spec.watched,
        secrets: Secrets::new(&spec.watched.secrets),
        later: VecDeque::new(),
        called: None,
        peak_bytes: 0,
        keeps_connections: false,
    };
    let stop = drive.until_stop(Instant::now() + Duration::from_millis(spec.limits.wall_ms) + GRACE, &cancel).await;
    let clean = matches!(stop, Stop::Ended(Ended::Finished | Ended::NoCallback { .. } | Ended::Invalid { .. }));
    if matches!(stop, Stop::Clock | Stop::Cancelled) {
        drive.loan.runner.kill().await;
    }
    let Drive { loan, requests, mut record, called, peak_bytes, keeps_connections, .. } = drive;
    for (at_ms, observed) in requests.unanswered() {
        let ended_ms = record.now_ms();
        record.observed(observed, at_ms, ended_ms);
    }
    let legacy_run = requests.stop();
    let outages = legacy_run.outages();
    let (ending, cause) = endings::ending(stop, called, &outages, &spec.limits, &mut record);
    let dealings = endings::dealings(&ending, &outages, &record);
    let cause = cause.map(|cause| legacy::Cause { message: redactor.redact(&cause.message), ..cause });
    close(legacy_run, keeps_connections, &mut record).await;
    let engine = Engine { name: loan.runner.engine.clone(), isolation: loan.runner.isolation.clone(), peak_bytes };
    let left_over = record.warned("work_after_callback") || record.warned("error_after_callback");
    sandbox.give_back(loan, clean && !left_over).await;
    let duration_ms = record.now_ms();
    record.settle();
    let Recorder { console, trace, warnings, .. } = record;
    Ok(RunRecord { ending, console, trace, warnings, cause, dealings, duration_ms, engine })
}

pub(crate) async fn inspect(
    sandbox: &Sandbox,
    file: &str,
    script: &str,
) -> Result<Result<wire::Shape, ScriptFault>, SandboxError> {
    let limits = Limits { wall_ms: INSPECT_MS, ..Limits::default() };
    let mut loan = sandbox.lend(None, &limits, RuntimeProfile::Compatible).await?;
    let spec = RunSpec {
        file: file.to_owned(),
        script: script.to_owned(),
        arguments: Vec::new(),
        context: None,
        configuration: Vec::new(),
        limits,
        profile: RuntimeProfile::Compatible,
        seed: None,
        container: None,
        watched: Watched::default(),
    };
    loan.runner.send(&ToRunner::Start(Box::new(Job { purpose: Purpose::Inspect, ..job(&spec) })))?;
    let ended = timeout(Duration::from_millis(INSPECT_MS) + GRACE, async {
        loop {
            match loan.runner.next().await {
                Some(FromRunner::Ended { ended, .. }) => return Some(ended),
                Some(_) => {}
                None => return None,
            }
        }
    });
    let ended = ended.await;
    sandbox.give_back(loan, false).await;
    let fault = |class: &str, message: String| ScriptFault {
        class: class.to_owned(),
        message,
        code: None,
        fields: serde_json::Map::new(),
        position: None,
        stack: None,
        cause: None,
    };
    Ok(match ended {
        Ok(Some(Ended::Inspected { shape })) => Ok(shape),
        Ok(Some(Ended::Threw { error } | Ended::Invalid { error })) => Err(places::fault(error)),
        Ok(Some(Ended::OutOfMemory)) => {
            Err(fault("RangeError", format!("{file} uses up all memory before its function is known")))
        }
        Ok(Some(Ended::Interrupted { .. })) | Err(_) => {
            Err(fault("Error", format!("{file} does not come to its function within {INSPECT_MS} ms")))
        }
        Ok(Some(Ended::Finished | Ended::NoCallback { .. }) | None) => {
            Err(fault("Error", format!("the engine died while it read {file}")))
        }
    })
}

fn job(spec: &RunSpec) -> Job {
    let configuration =
        spec.configuration.iter().map(|(key, value)| (key.clone(), value.expose_secret().to_owned())).collect();
    Job {
        purpose: Purpose::Run,
        file: spec.file.clone(),
        script: spec.script.clone(),
        arguments: spec.arguments.clone(),
        context: spec.context.clone(),
        configuration,
        limits: spec.limits.clone(),
        profile: spec.profile,
        seed: spec.seed,
        keep_container: spec.container.is_some(),
    }
}

/// Closes what the script left open: the platform does it, but a script should (contract §17), unless it keeps a pool for all runs.
async fn close(run: legacy::Run, keeps_connections: bool, record: &mut Recorder<'_>) {
    let at_ms = record.now_ms();
    let Ok(open) = timeout(CLOSING, run.close()).await else {
        record.warn("connection_not_closed", "closing the run's connections took too long; they were dropped", None);
        return;
    };
    for label in open {
        let ms = record.now_ms() - at_ms;
        if keeps_connections {
            record.did(
                TraceKind::Close,
                &format!("{label}, kept in global; it is opened again when it is used"),
                at_ms,
                ms,
            );
            continue;
        }
        record.did(TraceKind::Close, &format!("{label}, left open by the script"), at_ms, ms);
        record.warn(
            "connection_not_closed",
            &format!("the script leaves {label} open; end it, or keep one pool in global for all runs"),
            None,
        );
    }
}

struct Drive<'a> {
    loan: Loan,
    requests: Requests,
    columns: Columns,
    record: Recorder<'a>,
    watched: &'a Watched,
    secrets: Secrets<'a>,
    /// What is to be written down, oldest first, once nobody waits for us.
    later: VecDeque<Note>,
    called: Option<Called>,
    peak_bytes: u64,
    keeps_connections: bool,
}

/// Notes that may wait before those who hurry wait for them.
const MOST_LATER: usize = 256;

/// What passed by and is still to be looked at. Neither script nor store waits for that: it is done while they work.
enum Note {
    /// A request of the script, with the text of a statement as the script wrote it.
    Asked { label: String, request: Arc<StoreRequest>, written: Option<String> },
    /// What a legacy store saw, when the runner asked for it by its clock, and when the answer was there by ours.
    Observed { observed: Observed, runner_ms: f64, ended_ms: f64 },
}

impl Drive<'_> {
    /// Passes messages on until the run stops, one way or another.
    async fn until_stop(&mut self, kill_at: Instant, cancel: &CancellationToken) -> Stop {
        let stop = self.pass_on(kill_at, cancel).await;
        while self.catch_up() {}
        stop
    }

    async fn pass_on(&mut self, kill_at: Instant, cancel: &CancellationToken) -> Stop {
        let mut cancelled = pin!(cancel.cancelled());
        let mut clock = pin!(sleep_until(kill_at));
        loop {
            while self.later.len() > MOST_LATER && self.catch_up() {}
            tokio::select! {
                biased;
                () = &mut cancelled => return Stop::Cancelled,
                () = &mut clock => return Stop::Clock,
                answer = self.requests.next() => {
                    if let Some(observed) = answer.handled.observed {
                        let ended_ms = self.record.now_ms();
                        self.later.push_back(Note::Observed { observed, runner_ms: answer.at_ms, ended_ms });
                    }
                    let mut reply = answer.handled.reply;
                    self.columns.shorten(&mut reply);
                    let reply = ToRunner::Reply { id: answer.id, reply };
                    if let Err(error) = self.loan.runner.send(&reply) {
                        return Stop::Died { status: None, last_words: error.to_string() };
                    }
                }
                message = self.loan.runner.next() => match message {
                    Some(message) => if let Some(ended) = self.message(message) {
                        return Stop::Ended(ended);
                    },
                    None => {
                        let status = self.loan.runner.wait().await;
                        return Stop::Died { status, last_words: self.loan.runner.last_words() };
                    }
                },
                // The branches above have just sent on whatever there was.
                () = std::future::ready(()), if !self.later.is_empty() => {
                    self.catch_up();
                }
            }
        }
    }

    /// Looks at the oldest thing that passed by; says whether there was one.
    fn catch_up(&mut self) -> bool {
        let Some(note) = self.later.pop_front() else { return false };
        let Drive { record, watched, secrets, .. } = self;
        match note {
            Note::Asked { label, request, written } => {
                if let Some(sql) = own_sql(&label, &request, written.as_deref()) {
                    watched.sql(sql, record);
                    secrets.sql(sql, record);
                }
                if let StoreRequest::Http(request) = &*request {
                    watched.http(request, record);
                    secrets.address(request, record);
                }
            }
            Note::Observed { observed, runner_ms, ended_ms } => {
                if let Some(sql) = observed_sql(&observed) {
                    watched.sql(sql, record);
                    secrets.sql(sql, record);
                }
                record.observed(observed, runner_ms, ended_ms);
            }
        }
        true
    }

    fn message(&mut self, message: FromRunner) -> Option<Ended> {
        // Everything else is written down in its turn.
        while !matches!(message, FromRunner::Request { .. }) && self.catch_up() {}
        match message {
            FromRunner::Ready { .. } => {}
            FromRunner::Console { at_ms, method, text } => {
                self.record.heard(at_ms);
                self.watched.console(&text, &mut self.record);
                self.secrets.console(&text, &mut self.record);
                self.record.console(at_ms, method, &text);
            }
            FromRunner::Span { at_ms, ms, kind, label } => {
                let kind = match kind {
                    SpanKind::Require => TraceKind::Require,
                    SpanKind::Hash => TraceKind::Hash,
                };
                self.record.heard(at_ms + ms);
                self.record.did_there(kind, &label, at_ms, ms);
            }
            FromRunner::Request { id, at_ms, label, request, written } => {
                self.record.heard(at_ms);
                let request = Arc::new(request);
                self.requests.begin(id, at_ms, label.clone(), Arc::clone(&request));
                self.later.push_back(Note::Asked { label, request, written });
            }
            FromRunner::Abandon { id } => {
                if let Some((at_ms, observed)) = self.requests.abandon(id) {
                    let ended_ms = self.record.now_ms();
                    self.record.observed(observed, at_ms, ended_ms);
                }
            }
            FromRunner::Warning { rule, message, line } => self.record.warn(&rule, &message, line),
            FromRunner::CalledBack { at_ms, error, results } => {
                self.record.heard(at_ms);
                let error = error.map(places::callback_error);
                let label = answer_label(error.as_ref().map(|error| error.class.as_str()), &results);
                self.record.did_there(TraceKind::Callback, &label, at_ms, 0.0);
                for value in &results {
                    self.watched.result(value, &mut self.record);
                    self.secrets.result(value, &mut self.record);
                }
                if self.called.is_none() {
                    self.called = Some(Called { error, results });
                }
            }
            FromRunner::Ended { ended, peak_bytes, keeps_connections, .. } => {
                self.peak_bytes = peak_bytes;
                self.keeps_connections = keeps_connections;
                return Some(match ended {
                    // While a request is under way the host knows better what the script waits for.
                    Ended::Interrupted { last_awaited: Some(label) } => {
                        Ended::Interrupted { last_awaited: self.requests.last_awaited().or(Some(label)) }
                    }
                    ended => ended,
                });
            }
        }
        None
    }
}

fn answer_label(error: Option<&str>, results: &[Value]) -> String {
    let mut words = vec![error.unwrap_or("null").to_owned()];
    words.extend(results.iter().map(|value| match value {
        Value::Object(_) => "profile".to_owned(),
        Value::Array(values) => format!("[{}]", values.len()),
        Value::String(_) => "text".to_owned(),
        plain => plain.to_string(),
    }));
    format!("callback({})", words.join(", "))
}
