//! A container's state, and the `host` object through which shims reach it (never a script).

mod statements;

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
};

use rquickjs::{
    Ctx, Exception, Function, Object, Result, Value,
    function::{Func, Opt},
};
use wire::{ConsoleMethod, FromRunner, RuntimeProfile, SpanKind, StoreRequest};

use crate::{
    clock::Clock,
    memory::Meter,
    pipe::Outbox,
    queues::{MAX_REQUESTS, Queues},
    stack,
    text::{Text, cut},
};
use statements::Columns;

/// Console lines of a run; more than a person reads, and a bound for floods of empty ones.
const MAX_LINES: usize = 10_000;
/// Warnings and spans a run may report; what comes after says nothing new.
const MAX_NOTES: usize = 1000;

/// What a shim may pass beside a request's own fields.
#[derive(serde::Deserialize)]
struct Written {
    written: Option<String>,
}

/// A request and its `written`, by way of JSON.
fn read<'js>(ctx: &Ctx<'js>, label: &str, request: Value<'js>) -> Result<(StoreRequest, Option<String>)> {
    let json = ctx.json_stringify(request)?.map(|json| json.get::<Text>()).transpose()?;
    let json = json.map(|text| text.0).unwrap_or_default();
    let request =
        serde_json::from_str(&json).and_then(|request| Ok((request, serde_json::from_str::<Written>(&json)?.written)));
    request.map_err(|error| Exception::throw_type(ctx, &format!("{label}: {error}")))
}

/// Shared by everything in a container. Cheap to clone.
pub(crate) struct Host<'js>(Rc<State<'js>>);

impl Clone for Host<'_> {
    fn clone(&self) -> Self {
        Host(Rc::clone(&self.0))
    }
}

impl<'js> std::ops::Deref for Host<'js> {
    type Target = State<'js>;

    fn deref(&self) -> &State<'js> {
        &self.0
    }
}

/// What a container knows.
pub(crate) struct State<'js> {
    /// To the sandbox.
    pub(crate) out: Outbox,
    /// The run's clock.
    pub(crate) clock: Rc<Clock>,
    /// The engine's memory.
    pub(crate) memory: Rc<Meter>,
    /// What the run still has to do.
    pub(crate) queues: RefCell<Queues<'js>>,
    /// Name of the admin's file in stacks.
    pub(crate) file: RefCell<String>,
    /// The platform runtime to imitate.
    pub(crate) profile: Cell<RuntimeProfile>,
    /// Seed of the run, for reproducible randomness.
    pub(crate) seed: Cell<Option<u64>>,
    console_left: Cell<usize>,
    lines_left: Cell<usize>,
    console_limit: Cell<usize>,
    notes: RefCell<HashSet<(String, String)>>,
    /// Columns of results that came before.
    pub(crate) columns: Columns<'js>,
    spans: Cell<usize>,
    /// Takes what nobody handled to the script's listeners on `process`, and tells whether there are any; none while no script
    /// has touched `process`.
    pub(crate) listeners: RefCell<Option<Function<'js>>>,
}

impl<'js> Host<'js> {
    /// A container before its first run.
    pub(crate) fn new(clock: Rc<Clock>, memory: Rc<Meter>) -> Host<'js> {
        Host(Rc::new(State {
            out: Outbox::default(),
            clock,
            memory,
            queues: RefCell::default(),
            file: RefCell::default(),
            profile: Cell::new(RuntimeProfile::Compatible),
            seed: Cell::new(None),
            console_left: Cell::new(0),
            lines_left: Cell::new(0),
            console_limit: Cell::new(0),
            notes: RefCell::default(),
            columns: Columns::default(),
            spans: Cell::new(0),
            listeners: RefCell::default(),
        }))
    }

    /// Begins a run: nothing of an earlier one is left waiting.
    pub(crate) fn begin(&self, job: &wire::Job) {
        self.queues.borrow_mut().clear();
        self.columns.clear();
        self.file.replace(job.file.clone());
        self.profile.set(job.profile);
        self.seed.set(job.seed);
        let console = usize::try_from(job.limits.console_bytes).unwrap_or(usize::MAX);
        self.console_limit.set(console);
        self.console_left.set(console);
        self.lines_left.set(MAX_LINES);
        self.notes.borrow_mut().clear();
        self.spans.set(0);
    }

    /// Reports a finding, once per rule and message.
    pub(crate) fn warn(&self, rule: &str, message: &str, line: Option<u32>) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < MAX_NOTES && notes.insert((rule.to_owned(), message.to_owned())) {
            self.out.send(&FromRunner::Warning { rule: rule.to_owned(), message: message.to_owned(), line });
        }
    }

    /// Does `work` and reports how long it took, for the trace.
    pub(crate) fn span<T>(&self, kind: SpanKind, label: &str, work: impl FnOnce() -> T) -> T {
        let at_ms = self.clock.now_ms();
        let done = work();
        if self.spans.get() < MAX_NOTES {
            self.spans.set(self.spans.get() + 1);
            let ms = self.clock.now_ms() - at_ms;
            self.out.send(&FromRunner::Span { at_ms, ms, kind, label: label.to_owned() });
        }
        done
    }

    /// Writes a console line, until the run's console is full (design §3).
    pub(crate) fn console(&self, method: ConsoleMethod, text: &str) {
        let left = self.console_left.get();
        if left == 0 {
            return;
        }
        let shown = cut(text, left);
        let at_ms = self.clock.now_ms();
        self.out.send(&FromRunner::Console { at_ms, method, text: shown.to_owned() });
        self.console_left.set(left - shown.len());
        self.lines_left.set(self.lines_left.get().saturating_sub(1));
        if shown.len() < text.len() || self.console_left.get() == 0 || self.lines_left.get() == 0 {
            self.console_left.set(0);
            let limit = self.console_limit.get();
            let message =
                format!("console output is cut off here: the limit is {limit} bytes and {MAX_LINES} lines per run");
            self.out.send(&FromRunner::Console { at_ms, method: ConsoleMethod::Warn, text: message.clone() });
            self.warn("console_truncated", &message, None);
        }
    }

    fn request(&self, ctx: &Ctx<'js>, label: &str, request: Value<'js>, then: Function<'js>) -> Result<u32> {
        let (request, written) = match statements::query(ctx, &request)? {
            Some(read) => read,
            None => read(ctx, label, request)?,
        };
        let Some(id) = self.queues.borrow_mut().request(label, then) else {
            return Err(Exception::throw_range(ctx, &format!("more than {MAX_REQUESTS} requests are under way")));
        };
        let at_ms = self.clock.now_ms();
        self.out.send(&FromRunner::Request { id, at_ms, label: label.to_owned(), request, written });
        Ok(id)
    }

    /// Makes the object that a shim gets as `host`.
    pub(crate) fn object(&self, ctx: &Ctx<'js>) -> Result<Object<'js>> {
        let object = Object::new(ctx.clone())?;
        let host = self.clone();
        object.set(
            "request",
            Func::from(move |ctx: Ctx<'js>, label: Text, request: Value<'js>, then: Function<'js>| {
                host.request(&ctx, &label.0, request, then)
            }),
        )?;
        let host = self.clone();
        object.set(
            "abandon",
            Func::from(move |id: u32| {
                if host.queues.borrow_mut().take_request(id).is_some() {
                    host.out.send(&FromRunner::Abandon { id });
                }
            }),
        )?;
        let host = self.clone();
        // For a client that hangs up on its server: the statement goes on there.
        object.set("forget", Func::from(move |id: u32| drop(host.queues.borrow_mut().take_request(id))))?;
        let host = self.clone();
        object.set(
            "warn",
            Func::from(move |ctx: Ctx<'js>, rule: Text, message: Text| {
                host.warn(&rule.0, &message.0, stack::line(&ctx, &host.file.borrow()));
            }),
        )?;
        let host = self.clone();
        object.set(
            "span",
            Func::from(move |kind: Text, label: Text, work: Function<'js>| -> Result<Value<'js>> {
                let kind = if kind.0 == "hash" { SpanKind::Hash } else { SpanKind::Require };
                host.span(kind, &label.0, || work.call(()))
            }),
        )?;
        let host = self.clone();
        object.set(
            "console",
            Func::from(move |level: Text, text: Text| {
                let method = match level.0.as_str() {
                    "info" => ConsoleMethod::Info,
                    "debug" => ConsoleMethod::Debug,
                    "warn" => ConsoleMethod::Warn,
                    "error" => ConsoleMethod::Error,
                    "trace" => ConsoleMethod::Trace,
                    _ => ConsoleMethod::Log,
                };
                host.console(method, &text.0);
            }),
        )?;
        let host = self.clone();
        object.set("now", Func::from(move || host.clock.now_ms()))?;
        let host = self.clone();
        object.set(
            "profile",
            Func::from(move || if host.profile.get() == RuntimeProfile::Node18 { "18" } else { "22" }),
        )?;
        let host = self.clone();
        object.set("compatible", Func::from(move || host.profile.get() == RuntimeProfile::Compatible))?;
        self.waiting(&object)?;
        object.set("native", crate::native::object(ctx, self)?)?;
        Ok(object)
    }

    /// The functions that keep a run going.
    fn waiting(&self, object: &Object<'js>) -> Result<()> {
        let host = self.clone();
        object.set(
            "setTimer",
            Func::from(move |then: Function<'js>, ms: Opt<f64>, repeat: Opt<bool>| {
                let now = host.clock.now_ms();
                host.queues.borrow_mut().timer(now, ms.0.unwrap_or(1.0), repeat.0.unwrap_or(false), then)
            }),
        )?;
        let host = self.clone();
        object.set("clearTimer", Func::from(move |id: u32| host.queues.borrow_mut().clear_timer(id)))?;
        let host = self.clone();
        object
            .set("refTimer", Func::from(move |id: u32, alive: bool| host.queues.borrow_mut().ref_timer(id, alive)))?;
        let host = self.clone();
        object.set("setImmediate", Func::from(move |then: Function<'js>| host.queues.borrow_mut().immediate(then)))?;
        let host = self.clone();
        object.set("clearImmediate", Func::from(move |id: u32| host.queues.borrow_mut().clear_immediate(id)))?;
        let host = self.clone();
        object.set("nextTick", Func::from(move |then: Function<'js>| host.queues.borrow_mut().tick(then)))?;
        let host = self.clone();
        object.set("defer", Func::from(move |then: Function<'js>| host.queues.borrow_mut().defer(then)))?;
        let host = self.clone();
        object.set("setListeners", Func::from(move |listeners| drop(host.listeners.replace(Some(listeners)))))?;
        let host = self.clone();
        object.set("hold", Func::from(move |ctx| host.until(ctx, Queues::hold, Queues::release)))?;
        let host = self.clone();
        object.set("opened", Func::from(move |ctx| host.until(ctx, Queues::opened, Queues::closed)))
    }

    /// Counts something until the function it gives is called, in this run or, without effect, in a later one.
    fn until(&self, ctx: Ctx<'js>, begin: fn(&mut Queues<'js>), end: fn(&mut Queues<'js>)) -> Result<Function<'js>> {
        begin(&mut self.queues.borrow_mut());
        let run = self.queues.borrow().run();
        let under_way = Cell::new(true);
        let host = self.clone();
        Function::new(ctx, move || {
            let mut queues = host.queues.borrow_mut();
            if under_way.replace(false) && queues.run() == run {
                end(&mut queues);
            }
        })
    }
}
