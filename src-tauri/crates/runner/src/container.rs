//! A container: one engine, its Node surface, and the runs that follow each other in it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use rquickjs::{Context, Ctx, Function, Object, Persistent, Runtime, Value, qjs};
use wire::{Ended, FromRunner, Isolation, Purpose};

use crate::{
    clock::Clock,
    host::Host,
    isolation,
    memory::{Meter, Metered},
    modules::Modules,
    pipe::{Inbox, Incoming, PipeError},
    run,
    sources::Sources,
    stack,
    thrown::{self, StackSize},
};

/// Promises that were rejected and have no handler yet, with their reasons.
pub(crate) type Rejections = Rc<RefCell<Vec<(Persistent<Value<'static>>, Persistent<Value<'static>>)>>>;

/// Largest engine stack a job may ask for: the process' own is 8 MiB.
const MAX_STACK: u64 = 4 << 20;

/// Starts the engine, tells the host, and serves its jobs until the pipe closes or the container is not kept.
///
/// Nothing of the engine is ever torn down: the process ends instead.
pub(crate) fn serve(isolation: Isolation) -> Result<(), PipeError> {
    let clock = Rc::new(Clock::new());
    let memory = Meter::new();
    let rejections = Rejections::default();
    let runtime = Runtime::new_with_alloc(Metered(Rc::clone(&memory)))?;
    let (busy, meter) = (Rc::clone(&clock), Rc::clone(&memory));
    runtime.set_interrupt_handler(Some(Box::new(move || {
        if meter.starved() {
            busy.stop();
        }
        busy.interrupt()
    })));
    let rejected = Rc::clone(&rejections);
    runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, handled| {
        let promise = Persistent::save(&ctx, promise);
        if handled {
            rejected.borrow_mut().retain(|(known, _)| *known != promise);
        } else {
            rejected.borrow_mut().push((promise, Persistent::save(&ctx, reason)));
        }
    })));
    let context = Context::full(&runtime)?;
    context.with(|ctx| {
        let host = Host::new(clock, memory);
        let container = Container::new(&ctx, host, rejections)?;
        container.host.out.send(&FromRunner::Ready { isolation, engine: engine() });
        container.serve(&ctx)?;
        // The process ends now; freeing a heap that a script filled would only take time.
        std::process::exit(0)
    })
}

fn engine() -> String {
    // SAFETY: a static NUL-terminated string.
    let version = unsafe { std::ffi::CStr::from_ptr(qjs::JS_GetVersion()) };
    format!("quickjs-ng {}", version.to_string_lossy())
}

/// What lives as long as the engine.
pub(crate) struct Container<'js> {
    pub(crate) host: Host<'js>,
    pub(crate) rejections: Rejections,
    /// Makes `configuration` from its entries.
    pub(crate) configure: Function<'js>,
    /// Readies the globals for a run on a runtime.
    pub(crate) begin: Function<'js>,
    /// Whether the script keeps connections in `global`.
    keeps_connections: Function<'js>,
    stack: StackSize,
    inbox: RefCell<Inbox>,
}

impl<'js> Container<'js> {
    fn new(ctx: &Ctx<'js>, host: Host<'js>, rejections: Rejections) -> rquickjs::Result<Container<'js>> {
        let modules = Modules::new(ctx, &host)?;
        let prelude: Object<'js> = modules.bundle(ctx, "prelude")?.get()?;
        ctx.store_userdata(Sources::default()).map_err(|_| rquickjs::Error::Unknown)?;
        let stack = StackSize::new(Cell::new(MAX_STACK as usize));
        let watcher = thrown::watcher(ctx, Rc::clone(&stack))?;
        prelude.get::<_, Function<'js>>("stacks")?.call::<_, ()>((stack::formatter(ctx)?, watcher))?;
        let globals = modules.install(ctx)?;
        Ok(Container {
            host,
            rejections,
            configure: prelude.get("configure")?,
            begin: globals.get("begin")?,
            keeps_connections: globals.get("keepsConnections")?,
            stack,
            inbox: RefCell::new(Inbox::new()),
        })
    }

    fn serve(&self, ctx: &Ctx<'js>) -> Result<(), PipeError> {
        loop {
            let incoming = self.inbox.borrow_mut().next(None)?;
            let job = match incoming {
                Incoming::Job(job) => job,
                // A late answer to a request of a run that is over.
                Incoming::Reply { .. } | Incoming::Nothing => continue,
                Incoming::Closed => return Ok(()),
            };
            self.start(ctx, &job);
            let ended = match job.purpose {
                Purpose::Run => run::run(ctx, self, &job),
                Purpose::Inspect => run::inspect(ctx, self, &job),
            };
            if matches!(ended, Ended::Finished) && self.host.memory.refused() {
                let limit = job.limits.memory_bytes >> 20;
                let message =
                    format!("the script wanted more than its {limit} MiB of memory, did not get it and went on");
                self.host.warn("memory_refused", &message, None);
            }
            let keeps_connections =
                matches!(ended, Ended::Finished | Ended::Threw { .. }) && self.keeps_connections(ctx);
            let at_ms = self.host.clock.now_ms();
            let peak_bytes = self.host.memory.peak();
            self.host.out.send(&FromRunner::Ended { ended, at_ms, peak_bytes, keeps_connections });
            if !job.keep_container {
                return Ok(());
            }
        }
    }

    fn keeps_connections(&self, ctx: &Ctx<'js>) -> bool {
        // What a script has put there may throw when it is looked at.
        self.keeps_connections.call(()).inspect_err(|_| drop(ctx.catch())).unwrap_or(false)
    }

    fn start(&self, ctx: &Ctx<'js>, job: &wire::Job) {
        isolation::limit(&job.limits);
        self.rejections.borrow_mut().clear();
        self.host.begin(job);
        self.host.memory.start(job.limits.memory_bytes);
        let stack = job.limits.stack_bytes.clamp(64 << 10, MAX_STACK) as usize;
        self.stack.set(stack);
        // SAFETY: the runtime belongs to this context and lives.
        unsafe { qjs::JS_SetMaxStackSize(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), stack as _) };
        self.host.clock.start(job.limits.wall_ms);
    }

    /// The next message of the host, within `timeout`.
    pub(crate) fn next(&self, timeout: Option<std::time::Duration>) -> Incoming {
        heard(self.inbox.borrow_mut().next(timeout))
    }

    /// The next message of what the host had sent when it was last waited for.
    pub(crate) fn received(&self) -> Incoming {
        heard(self.inbox.borrow_mut().received().map(|incoming| incoming.unwrap_or(Incoming::Nothing)))
    }
}

/// Without a host there is nobody to run for.
fn heard(incoming: Result<Incoming, PipeError>) -> Incoming {
    match incoming {
        Ok(Incoming::Closed) => std::process::exit(0),
        Ok(incoming) => incoming,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1)
        }
    }
}
