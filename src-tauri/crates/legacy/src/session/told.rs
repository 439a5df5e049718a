//! What requests, runs and sessions tell of themselves.

use std::sync::{Arc, OnceLock};

use contract::{Effect, TraceKind};
use secrecy::SecretString;
use serde_json::{Map, Value};
use wire::{Fault, FaultKind, SocketRequest, StoreKind, StoreReply, StoreRequest};

use crate::{
    SessionOptions, http,
    place::Place,
    trace::{Line, undone},
};

/// The answer to a request, and what the trace says about it.
pub struct Handled {
    /// For the script.
    pub reply: StoreReply,
    /// For the trace; none where nothing worth telling happened.
    pub observed: Option<Observed>,
}

/// What happened; not redacted yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What kind of thing.
    pub kind: TraceKind,
    /// A few words.
    pub label: String,
    /// For queries and refused statements.
    pub statement: Option<contract::Statement>,
    /// For writes that are to be undone and may turn out to stay.
    pub kept: Option<Kept>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Why a write stays that was to be undone. It is known, if ever, after the write's own line: one that comes later ends the
/// transaction of both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept(Arc<OnceLock<&'static str>>);

impl Kept {
    /// The write stays. What was said first holds.
    pub(crate) fn say(&self, why: &'static str) {
        let _ = self.0.set(why);
    }

    /// Why it stays, as far as is known by now; none while it is still to be undone.
    pub fn why(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// What a run's end is judged by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// A client could not reach its server, or lost it.
    pub connection_failed: bool,
    /// The policy or safe try refused something.
    pub blocked: bool,
}

/// Why something failed for want of a connection, was refused, or went beyond a limit of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What happened; not redacted yet.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// How far it came.
    pub reach: Reach,
}

/// How far a script came with its store before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// No answer: the name, the way or the server is at fault.
    None,
    /// The server answered, and TLS with it failed.
    Insecure,
    /// The server answered and did not let the script in: credentials, database, rights, too many connections.
    Refused,
    /// The server ended a connection that was open.
    Ended,
    /// The server answered, and a limit of ours let no more through.
    Limit,
}

impl Reach {
    /// What a fault of a connection tells. A server's own words have a severity (PostgreSQL) or a positive number (MySQL);
    /// the system's numbers are negative.
    pub(super) fn of(fault: &Fault) -> Reach {
        let answered = fault.fields.contains_key("severity")
            || fault.fields.get("errno").and_then(Value::as_i64).is_some_and(|number| number > 0);
        match (fault.kind, fault.code.as_deref()) {
            (FaultKind::Tls, _) => Reach::Insecure,
            // PostgreSQL: an administrator, a crash or a time-out ended the session.
            (_, Some("57P01" | "57P02" | "57P05" | "25P03" | "25P04")) if answered => Reach::Ended,
            (FaultKind::Authentication, _) => Reach::Refused,
            _ if answered => Reach::Refused,
            _ => Reach::None,
        }
    }
}

/// How a session ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finish {
    /// Writing statements that were undone.
    pub rolled_back: u32,
    /// What a rollback does not undo, e.g. `sequence public.users_id_seq advanced from 4 to 5`.
    pub survives: Vec<String>,
    /// One rollback entry per server session.
    pub observed: Vec<Observed>,
}

impl Finish {
    /// The server session at `place` was rolled back; `how` says by whom, if it was not us. Without writes there is nothing to tell.
    pub(crate) fn undid(&mut self, place: &str, (writes, rows): (u32, u64), how: &str) {
        if writes > 0 {
            self.rollback(format!("{place} · {}{how}", undone(writes, rows)));
        }
    }

    /// The trace's line for a rollback.
    pub(crate) fn rollback(&mut self, label: String) {
        self.observed.push(Observed { kind: TraceKind::Rollback, label, statement: None, kept: None, error: None });
    }
}

/// A connection a script asked for, for the staged connection test. Carries a password: neither printed nor serialised.
#[derive(Clone)]
pub struct Opened {
    /// The driver.
    pub store: StoreKind,
    /// The parameters without the password.
    pub parameters: Map<String, Value>,
    /// The password.
    pub password: Option<SecretString>,
}

/// The trace's line for a connection.
pub(super) fn connects(label: String) -> Observed {
    Observed { kind: TraceKind::Connect, label, statement: None, kept: None, error: None }
}

/// What a request asks for. What a socket carries is known to its protocol alone.
pub(super) fn under_way(request: &StoreRequest, options: &SessionOptions) -> Option<Observed> {
    Some(match request {
        StoreRequest::Connect { store, parameters } => connects(Place::of(*store, parameters).label),
        StoreRequest::Http(request) => {
            let effect = if http::writes(request, options) { Effect::Committed } else { Effect::Read };
            Line::of_request(request).observed(TraceKind::Http, effect, None)
        }
        StoreRequest::Lookup(request) => connects(format!("dns {}", request.name)),
        StoreRequest::Socket(SocketRequest::Open { .. } | SocketRequest::Secure { .. }) => connects(String::new()),
        StoreRequest::Socket(SocketRequest::Exchange { .. }) => {
            Observed { kind: TraceKind::Query, label: String::new(), statement: None, kept: None, error: None }
        }
        StoreRequest::Query { .. }
        | StoreRequest::Prepare { .. }
        | StoreRequest::Close { .. }
        | StoreRequest::Socket(SocketRequest::Interrupt { .. }) => return None,
    })
}
