//! One run: evaluate, call, turn the loop, report the first callback (contract §3.1, §7.2 E3).

use std::{cell::Cell, rc::Rc, time::Duration};

use rquickjs::{
    CatchResultExt, Ctx, Error, Function, Result, Value,
    function::{Args, Rest},
    qjs,
};
use wire::{Ended, Job, RuntimeProfile};

use crate::{
    answer::{Answer, threw},
    container::Container,
    evaluate::{self, Refusal},
    faults,
    host::Host,
    pipe::Incoming,
};

/// Evaluates the script, calls it, and stays until it has ended.
pub(crate) fn run<'js>(ctx: &Ctx<'js>, container: &Container<'js>, job: &Job) -> Ended {
    let run = Run { ctx, container, host: &container.host, answer: Rc::default() };
    match run.begin(job).and_then(|()| run.turn()) {
        Ok(()) => run.finished(),
        Err(Ended::Interrupted { .. }) if container.host.memory.starved() => run.stopped(Ended::OutOfMemory),
        Err(ended) => run.stopped(ended),
    }
}

/// Evaluates the script and tells its function's shape.
pub(crate) fn inspect<'js>(ctx: &Ctx<'js>, container: &Container<'js>, job: &Job) -> Ended {
    let run = Run { ctx, container, host: &container.host, answer: Rc::default() };
    let shape = run.evaluate(job).and_then(|function| evaluate::shape(&function).map_err(|error| run.ended(error)));
    shape.map_or_else(|ended| ended, |shape| Ended::Inspected { shape })
}

struct Run<'a, 'js> {
    ctx: &'a Ctx<'js>,
    container: &'a Container<'js>,
    host: &'a Host<'js>,
    answer: Rc<Answer>,
}

impl<'js> Run<'_, 'js> {
    fn evaluate(&self, job: &Job) -> std::result::Result<Function<'js>, Ended> {
        evaluate::function(self.ctx, self.host, &job.script, job.limits.script_bytes).map_err(|refusal| match refusal {
            Refusal::Invalid(error) => Ended::Invalid { error },
            Refusal::Threw(error) => self.ended(error),
        })
    }

    fn begin(&self, job: &Job) -> std::result::Result<(), Ended> {
        self.configure(job).map_err(|error| self.ended(error))?;
        let function = self.evaluate(job)?;
        self.call(&function, job).map_err(|error| self.ended(error))?;
        self.drain()
    }

    fn configure(&self, job: &Job) -> Result<()> {
        let entries = self.json(&job.configuration)?;
        self.container.configure.call::<_, ()>((entries,))?;
        let runtime = match job.profile {
            RuntimeProfile::Compatible => "compatible",
            RuntimeProfile::Node18 => "18",
            RuntimeProfile::Node22 => "22",
        };
        self.container.begin.call::<_, ()>((runtime,))?;
        match job.seed {
            Some(seed) => seed_random(self.ctx, seed),
            None => Ok(()),
        }
    }

    fn json<T: serde::Serialize>(&self, value: &T) -> Result<Value<'js>> {
        let text = serde_json::to_vec(value).map_err(|_| Error::Unknown)?;
        self.ctx.json_parse(text)
    }

    fn call(&self, function: &Function<'js>, job: &Job) -> Result<()> {
        let mut args = Args::new(self.ctx.clone(), job.arguments.len() + 2);
        for argument in &job.arguments {
            args.push_arg(self.json(argument)?)?;
        }
        if let Some(context) = &job.context {
            args.push_arg(self.json(context)?)?;
        }
        args.push_arg(self.callback(job.limits.result_bytes)?)?;
        // What it returns is ignored: an async script, too, answers through callback (contract §2.1 note d).
        function.call_arg::<Value<'js>>(args).map(drop)
    }

    fn callback(&self, result_bytes: u64) -> Result<Function<'js>> {
        let host = self.host.clone();
        let answer = Rc::clone(&self.answer);
        Function::new(self.ctx.clone(), move |ctx: Ctx<'js>, values: Rest<Value<'js>>| {
            answer.take(&ctx, &host, &values.0, result_bytes)
        })?
        .with_name("callback")
    }

    /// Runs ticks and promise jobs until none is left, as Node does after every macrotask: all ticks, then all promise jobs,
    /// then the ticks those asked for, and then tells of promises whose rejection nobody handled.
    fn drain(&self) -> std::result::Result<(), Ended> {
        let mut jobs = 0u32;
        loop {
            while let Some(tick) = self.next_tick() {
                self.survived(tick.call(()))?;
                self.pause(&mut jobs)?;
            }
            while self.promise_job()? {
                self.pause(&mut jobs)?;
            }
            if self.host.queues.borrow().ticking() {
                continue;
            }
            if let Some(ended) = self.answer.failed.take() {
                return Err(ended);
            }
            if !self.rejected()? {
                return Ok(());
            }
            self.pause(&mut jobs)?;
        }
    }

    /// Whether there were rejections that nobody handled, and listeners of the script that took them.
    fn rejected(&self) -> std::result::Result<bool, Ended> {
        let rejected = std::mem::take(&mut *self.container.rejections.borrow_mut());
        let some = !rejected.is_empty();
        for (promise, reason) in rejected {
            let reason = reason.restore(self.ctx).map_err(|error| self.ended(error))?;
            let promise = promise.restore(self.ctx).map_err(|error| self.ended(error))?;
            if !self.listened(&reason, Some(promise))? {
                return Err(self.threw(reason));
            }
        }
        Ok(some)
    }

    /// Whether the script listens on `process` for what nobody handles; its listeners are told of this.
    fn listened(&self, error: &Value<'js>, promise: Option<Value<'js>>) -> std::result::Result<bool, Ended> {
        let Some(listeners) = self.host.listeners.borrow().clone() else { return Ok(false) };
        listeners.call((error.clone(), promise)).map_err(|error| self.ended(error))
    }

    /// What a task threw ends the run, unless the script listens for that.
    fn survived(&self, done: Result<Value<'js>>) -> std::result::Result<(), Ended> {
        match done {
            Ok(_) => Ok(()),
            Err(Error::Exception) if !self.host.clock.interrupted() => {
                let error = self.ctx.catch();
                if self.listened(&error, None)? { Ok(()) } else { Err(self.threw(error)) }
            }
            Err(error) => Err(self.ended(error)),
        }
    }

    fn next_tick(&self) -> Option<Function<'js>> {
        self.host.queues.borrow_mut().next_tick()
    }

    /// Runs one promise job; tells whether there was one.
    fn promise_job(&self) -> std::result::Result<bool, Ended> {
        let mut context = std::ptr::null_mut();
        // SAFETY: the runtime lives; a failed job leaves its exception in the one context there is.
        let done = unsafe { qjs::JS_ExecutePendingJob(qjs::JS_GetRuntime(self.ctx.as_raw().as_ptr()), &mut context) };
        if done < 0 { Err(self.ended(Error::Exception)) } else { Ok(done > 0) }
    }

    /// Looks at the clock every now and then.
    fn pause(&self, jobs: &mut u32) -> std::result::Result<(), Ended> {
        *jobs = jobs.wrapping_add(1);
        if jobs.is_multiple_of(256) { self.check_deadline() } else { Ok(()) }
    }

    fn check_deadline(&self) -> std::result::Result<(), Ended> {
        if self.host.clock.interrupt() { Err(Ended::Interrupted { last_awaited: None }) } else { Ok(()) }
    }

    /// Turns the event loop until nothing is left to wait for.
    fn turn(&self) -> std::result::Result<(), Ended> {
        loop {
            while let Some(timer) = self.due_timer() {
                self.macrotask(&timer, None)?;
            }
            let tasks = self.host.queues.borrow_mut().next_task();
            if let Some(task) = tasks {
                self.macrotask(&task, None)?;
            }
            self.listen()?;
            let immediates = self.host.queues.borrow().immediates();
            for _ in 0..immediates {
                let immediate = self.host.queues.borrow_mut().next_immediate();
                if let Some(immediate) = immediate {
                    self.macrotask(&immediate, None)?;
                }
            }
            if !self.host.queues.borrow().alive(self.answer.called.get()) {
                return Ok(());
            }
        }
    }

    fn due_timer(&self) -> Option<Function<'js>> {
        let now = self.host.clock.now_ms();
        self.host.queues.borrow_mut().due_timer(now)
    }

    /// Takes what the host has sent; waits for it when there is nothing else to do.
    fn listen(&self) -> std::result::Result<(), Ended> {
        let Some(left) = self.host.clock.left() else {
            return Err(Ended::Interrupted { last_awaited: self.host.queues.borrow().last_awaited() });
        };
        let wait = {
            let queues = self.host.queues.borrow();
            if queues.ready() || !queues.alive(self.answer.called.get()) {
                Duration::ZERO
            } else {
                queues.until_timer(self.host.clock.now_ms()).map_or(left, |timer| timer.min(left))
            }
        };
        // What is asked for meanwhile is answered in a later turn, as Node looks at its sockets once in a turn.
        let mut incoming = self.container.next(Some(wait));
        while let Incoming::Reply { id, reply } = incoming {
            let pending = self.host.queues.borrow_mut().take_request(id);
            if let Some(pending) = pending {
                let reply = self.host.columns.reply(self.ctx, reply.get()).map_err(|error| self.ended(error))?;
                self.macrotask(&pending.then, Some(reply))?;
            }
            incoming = self.container.received();
        }
        Ok(())
    }

    fn macrotask(&self, then: &Function<'js>, argument: Option<Value<'js>>) -> std::result::Result<(), Ended> {
        self.survived(match argument {
            Some(argument) => then.call((argument,)),
            None => then.call(()),
        })?;
        self.drain()?;
        // Between two tasks nothing is busy: the run waits for what it has asked for last.
        self.check_deadline().map_err(|_| Ended::Interrupted { last_awaited: self.host.queues.borrow().last_awaited() })
    }

    /// What an error that reached us means for the run.
    fn ended(&self, error: Error) -> Ended {
        if self.host.clock.interrupted() {
            self.ctx.catch();
            return Ended::Interrupted { last_awaited: None };
        }
        match Err::<(), _>(error).catch(self.ctx) {
            Err(rquickjs::CaughtError::Exception(exception)) => self.threw(exception.into_object().into_value()),
            Err(rquickjs::CaughtError::Value(value)) => self.threw(value),
            Err(rquickjs::CaughtError::Error(error)) => {
                Ended::Threw { error: faults::own("Error", "engine", error.to_string()) }
            }
            Ok(()) => Ended::Finished,
        }
    }

    fn threw(&self, value: Value<'js>) -> Ended {
        threw(self.ctx, self.host, &value)
    }

    fn finished(&self) -> Ended {
        if self.answer.called.get() {
            return Ended::Finished;
        }
        if self.host.memory.refused() {
            // A promise job for which there was no memory is dropped without a word; the chain that led to callback ends there.
            return Ended::OutOfMemory;
        }
        Ended::NoCallback { last_awaited: self.host.queues.borrow().last_awaited() }
    }

    /// After the first callback the answer stands, whatever happens then; but it is said.
    fn stopped(&self, ended: Ended) -> Ended {
        if !self.answer.reported.get() {
            return ended;
        }
        match &ended {
            Ended::Threw { error } => {
                let message = format!("{} after callback: {}", error.class, error.message);
                let line = error.position.as_ref().map(|position| position.line);
                self.host.warn("error_after_callback", &message, line);
            }
            Ended::OutOfMemory => self.host.warn("error_after_callback", "out of memory after callback", None),
            Ended::Interrupted { .. } => {
                let message = "work went on after callback and was cut off at the time limit";
                self.host.warn("work_after_callback", message, None);
            }
            _ => {}
        }
        Ended::Finished
    }
}

/// Replaces `Math.random` by a generator with a known start (SplitMix64), so that a run can be repeated.
fn seed_random(ctx: &Ctx<'_>, seed: u64) -> Result<()> {
    let state = Cell::new(seed);
    let random = Function::new(ctx.clone(), move || {
        state.set(state.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
        let mut mixed = state.get();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    })?;
    ctx.globals().get::<_, rquickjs::Object<'_>>("Math")?.set("random", random.with_name("random")?)
}
