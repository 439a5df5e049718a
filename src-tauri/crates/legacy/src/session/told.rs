//! What requests, runs and sessions tell of themselves.

use contract::{Effect, TraceKind};
use secrecy::SecretString;
use serde_json::{Map, Value};
use wire::{SocketRequest, StoreKind, StoreReply, StoreRequest};

use crate::{SessionOptions, http, place::Place, trace::Line};

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
    /// What went wrong.
    pub error: Option<String>,
}

/// What a run's end is judged by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// A client could not reach its server, or lost it.
    pub connection_failed: bool,
    /// The policy or safe try refused something.
    pub blocked: bool,
}

/// Why the last thing that failed for want of a connection, or was refused, failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What happened; not redacted yet.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
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

/// What a request asks for. What a socket carries is known to its protocol alone ([`Run::asked`](crate::Run::asked)).
pub(super) fn under_way(request: &StoreRequest, options: &SessionOptions) -> Option<Observed> {
    let connects = |label: String| Observed { kind: TraceKind::Connect, label, statement: None, error: None };
    Some(match request {
        StoreRequest::Connect { store, parameters } => connects(Place::of(*store, parameters).label),
        StoreRequest::Http(request) => {
            let effect = if http::writes(request, options) { Effect::Committed } else { Effect::Read };
            Line::of_request(request).observed(TraceKind::Http, effect, None)
        }
        StoreRequest::Lookup(request) => connects(format!("dns {}", request.name)),
        StoreRequest::Socket(SocketRequest::Open { .. } | SocketRequest::Secure { .. }) => connects(String::new()),
        StoreRequest::Socket(SocketRequest::Exchange { .. }) => {
            Observed { kind: TraceKind::Query, label: String::new(), statement: None, error: None }
        }
        StoreRequest::Query { .. }
        | StoreRequest::Prepare { .. }
        | StoreRequest::Close { .. }
        | StoreRequest::Socket(SocketRequest::Interrupt { .. }) => return None,
    })
}
