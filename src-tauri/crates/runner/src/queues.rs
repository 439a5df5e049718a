//! What a run still has to do: ticks, timers, immediates, tasks and requests under way, in Node's order.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use rquickjs::Function;

/// Requests that may be under way at once.
pub(crate) const MAX_REQUESTS: usize = 1000;

/// A request under way.
pub(crate) struct Pending<'js> {
    /// What it is, for people.
    pub(crate) label: String,
    /// Gets the reply.
    pub(crate) then: Function<'js>,
}

struct Timer<'js> {
    then: Function<'js>,
    every_ms: Option<f64>,
    keeps_alive: bool,
}

/// Everything that waits.
#[derive(Default)]
pub(crate) struct Queues<'js> {
    ticks: VecDeque<Function<'js>>,
    tasks: VecDeque<Function<'js>>,
    immediates: VecDeque<(u32, Function<'js>)>,
    due: BTreeMap<(u64, u32), ()>,
    timers: HashMap<u32, (u64, Timer<'js>)>,
    requests: HashMap<u32, Pending<'js>>,
    holds: u32,
    open: u32,
    run: u32,
    next_id: u32,
    last_awaited: Option<String>,
}

/// Node's range of delays, in milliseconds.
fn delay(ms: f64) -> f64 {
    if (1.0..=2_147_483_647.0).contains(&ms) { ms.trunc() } else { 1.0 }
}

/// Node's timers know whole milliseconds: two set one after the other are due together, before any immediate.
fn whole(ms: f64) -> u64 {
    ms as u64
}

impl<'js> Queues<'js> {
    /// Forgets everything but the numbers, so that late replies of an earlier run find nothing.
    pub(crate) fn clear(&mut self) {
        *self = Queues { next_id: self.next_id, run: self.run.wrapping_add(1), ..Queues::default() };
    }

    /// Which run of the container this is.
    pub(crate) fn run(&self) -> u32 {
        self.run
    }

    fn id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1).max(1);
        self.next_id
    }

    pub(crate) fn tick(&mut self, then: Function<'js>) {
        self.ticks.push_back(then);
    }

    pub(crate) fn next_tick(&mut self) -> Option<Function<'js>> {
        self.ticks.pop_front()
    }

    /// Whether a tick waits.
    pub(crate) fn ticking(&self) -> bool {
        !self.ticks.is_empty()
    }

    pub(crate) fn defer(&mut self, then: Function<'js>) {
        self.tasks.push_back(then);
    }

    pub(crate) fn next_task(&mut self) -> Option<Function<'js>> {
        self.tasks.pop_front()
    }

    pub(crate) fn immediate(&mut self, then: Function<'js>) -> u32 {
        let id = self.id();
        self.immediates.push_back((id, then));
        id
    }

    pub(crate) fn clear_immediate(&mut self, id: u32) {
        self.immediates.retain(|(each, _)| *each != id);
    }

    /// How many immediates are due now; those added while they run are the next turn's.
    pub(crate) fn immediates(&self) -> usize {
        self.immediates.len()
    }

    pub(crate) fn next_immediate(&mut self) -> Option<Function<'js>> {
        self.immediates.pop_front().map(|(_, then)| then)
    }

    pub(crate) fn timer(&mut self, now_ms: f64, ms: f64, repeat: bool, then: Function<'js>) -> u32 {
        let id = self.id();
        let ms = delay(ms);
        self.schedule(id, whole(now_ms) + whole(ms), Timer { then, every_ms: repeat.then_some(ms), keeps_alive: true });
        self.last_awaited = Some(format!("timer of {ms} ms"));
        id
    }

    fn schedule(&mut self, id: u32, at: u64, timer: Timer<'js>) {
        self.due.insert((at, id), ());
        self.timers.insert(id, (at, timer));
    }

    pub(crate) fn clear_timer(&mut self, id: u32) {
        if let Some((at, _)) = self.timers.remove(&id) {
            self.due.remove(&(at, id));
        }
    }

    /// Whether a timer keeps the run alive (`ref`, `unref`).
    pub(crate) fn ref_timer(&mut self, id: u32, keeps_alive: bool) {
        if let Some((_, timer)) = self.timers.get_mut(&id) {
            timer.keeps_alive = keeps_alive;
        }
    }

    /// The next timer that is due at `now_ms`; a repeating one is set again.
    pub(crate) fn due_timer(&mut self, now_ms: f64) -> Option<Function<'js>> {
        let (&(at, id), ()) = self.due.first_key_value()?;
        if at > whole(now_ms) {
            return None;
        }
        self.due.remove(&(at, id));
        let (_, timer) = self.timers.remove(&id)?;
        let then = timer.then.clone();
        if let Some(every) = timer.every_ms {
            self.schedule(id, whole(now_ms) + whole(every), timer);
        }
        Some(then)
    }

    /// How long until the next timer.
    pub(crate) fn until_timer(&self, now_ms: f64) -> Option<Duration> {
        let ((at, _), ()) = self.due.first_key_value()?;
        Some(Duration::from_secs_f64((*at as f64 - now_ms).max(0.0) / 1000.0))
    }

    /// Registers a request; nothing when too many are under way.
    pub(crate) fn request(&mut self, label: &str, then: Function<'js>) -> Option<u32> {
        if self.requests.len() >= MAX_REQUESTS {
            return None;
        }
        let id = self.id();
        self.last_awaited = Some(label.to_owned());
        self.requests.insert(id, Pending { label: label.to_owned(), then });
        Some(id)
    }

    pub(crate) fn take_request(&mut self, id: u32) -> Option<Pending<'js>> {
        self.requests.remove(&id)
    }

    pub(crate) fn hold(&mut self) {
        self.holds += 1;
    }

    pub(crate) fn release(&mut self) {
        self.holds = self.holds.saturating_sub(1);
    }

    /// A connection is open and not at rest in a pool.
    pub(crate) fn opened(&mut self) {
        self.open += 1;
    }

    pub(crate) fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// Whether something can be done without waiting.
    pub(crate) fn ready(&self) -> bool {
        !self.tasks.is_empty() || !self.immediates.is_empty() || !self.ticks.is_empty()
    }

    /// Whether anything is left that a run waits for. After the callback an interval alone is no reason to go on; before it an
    /// open connection keeps Node's process alive, and with it timers that do not do so by themselves.
    pub(crate) fn alive(&self, called_back: bool) -> bool {
        let keeps_alive = |timer: &Timer<'js>| match timer.every_ms {
            Some(_) => timer.keeps_alive && !called_back,
            None => timer.keeps_alive || (self.open > 0 && !called_back),
        };
        self.ready()
            || self.holds > 0
            || !self.requests.is_empty()
            || self.timers.values().any(|(_, timer)| keeps_alive(timer))
    }

    /// What the run waits for, or last waited for.
    pub(crate) fn last_awaited(&self) -> Option<String> {
        let newest = self.requests.iter().max_by_key(|(id, _)| **id).map(|(_, pending)| pending.label.clone());
        newest.or_else(|| self.last_awaited.clone())
    }
}
