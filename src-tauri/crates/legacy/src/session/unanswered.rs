//! Requests without an answer: what they ask for, where they hang, and what that says about the store.

use std::time::Duration;

use wire::{SocketRequest, SocketStore, StoreKind, StoreRequest};

use super::{
    Run, RunInner,
    clients::ClientLink,
    lock,
    told::{self, Cause, Observed, Reach},
};
use crate::{
    http,
    place::Place,
    progress::{Progress, Step},
    socket::Peer,
};

/// A request that has no answer.
pub struct Unanswered<'a> {
    /// What is asked.
    pub request: &'a StoreRequest,
    /// How far it has come.
    pub progress: &'a Progress,
    /// Whether nothing asked before it on its client waits too.
    pub is_first: bool,
    /// After what time the script stopped waiting; none when it still does.
    pub gave_up_after: Option<Duration>,
}

impl Run {
    /// What a request without an answer asks for and where it hangs, as the trace shows it; none where nobody would miss it. The
    /// label is empty where the request's own name is the better one. That a store does not let the script in, or an API does
    /// not answer, counts among the run's outages; that a statement takes long does not.
    pub fn unanswered(&self, unanswered: &Unanswered<'_>) -> Option<Observed> {
        let run = &self.inner;
        let hangs = run.hangs(unanswered);
        let why = hangs.as_ref().map(|cause| cause.message.as_str());
        let error = match (why, unanswered.gave_up_after) {
            (Some(why), Some(after)) => format!("{why}; the script gave up after {} ms", after.as_millis()),
            (None, Some(after)) => format!("no answer: the script gave up after {} ms", after.as_millis()),
            (Some(why), None) => format!("no answer yet: {why}"),
            (None, None) => "no answer yet".to_owned(),
        };
        if let Some(cause) = hangs {
            let message = if unanswered.gave_up_after.is_some() { error.clone() } else { cause.message };
            lock(&run.outages).hangs(&run.place_of(unanswered.request), Cause { message, ..cause });
        }
        let observed = match unanswered.request {
            StoreRequest::Query { client, sql, parameters, .. } => match run.find(*client)? {
                ClientLink::Sql { upstream, .. } => Some(upstream.under_way(sql, parameters)),
                ClientLink::Socket(_) => None,
            },
            StoreRequest::Socket(SocketRequest::Exchange { client, .. }) => match run.find(*client)? {
                ClientLink::Socket(socket) if unanswered.is_first => {
                    Some(socket.asked().unwrap_or_else(|| told::connects(socket.peer.label())))
                }
                _ => told::under_way(unanswered.request, &run.session.options),
            },
            request => told::under_way(request, &run.session.options),
        };
        Some(Observed { error: Some(error), ..observed? })
    }
}

impl RunInner {
    /// Where a request hangs that connects, logs in, or asks an API.
    fn hangs(&self, unanswered: &Unanswered<'_>) -> Option<Cause> {
        let place = self.place_of(unanswered.request);
        let step = unanswered.progress.step();
        let cause = |message: String, hint: &str| Cause { message, hint: Some(hint.to_owned()), reach: Reach::None };
        let (server, at) = match unanswered.request {
            StoreRequest::Connect { store, .. } => (named(*store)?, place.split_once(' ')?.1),
            StoreRequest::Http(_) => ("web service", place.as_str()),
            StoreRequest::Socket(SocketRequest::Open { store, .. }) => (spoken(*store), place.split_once(' ')?.1),
            StoreRequest::Socket(SocketRequest::Secure { .. } | SocketRequest::Interrupt { .. }) => {
                ("", place.split_once(' ')?.1)
            }
            StoreRequest::Socket(SocketRequest::Exchange { client, .. }) => {
                let ClientLink::Socket(socket) = self.find(*client)? else { return None };
                let at = place.split_once(' ')?.1;
                if socket.has_answered() {
                    let is_login = unanswered.is_first && socket.asked().is_none();
                    let message = format!("{at} answered at first and no more while the script logged in");
                    return is_login
                        .then(|| cause(message, "is the server overloaded, or something between that cuts it?"));
                }
                let message = format!("{at} took the connection and then said nothing");
                return Some(cause(message, &format!("is it {}?", spoken(socket.peer.store))));
            }
            StoreRequest::Lookup(_)
            | StoreRequest::Query { .. }
            | StoreRequest::Prepare { .. }
            | StoreRequest::Close { .. } => return None,
        };
        Some(match (step, unanswered.request) {
            (Step::LookUp, _) => {
                cause(format!("no name server answered for {at}"), "is the name server reachable from here (VPN)?")
            }
            (Step::Dial, _) => {
                cause(format!("{at} does not take the connection"), "a firewall between, or the wrong address?")
            }
            (Step::Handshake, _) => cause(
                format!("{at} took the connection and does not answer the TLS handshake"),
                "does that port speak TLS?",
            ),
            (Step::Connected | Step::Secured, StoreRequest::Http(_)) => cause(
                format!("{at} took the request and did not answer"),
                "is the server up and not too busy, and is the script's time-out long enough?",
            ),
            (Step::Connected, _) => {
                cause(format!("{at} took the connection and then said nothing"), &format!("is it {server}?"))
            }
            (Step::Secured, _) => {
                cause(format!("{at} said nothing after the TLS handshake"), &format!("is it {server}?"))
            }
        })
    }

    /// Where a request goes, as the trace names connections.
    pub(super) fn place_of(&self, request: &StoreRequest) -> String {
        let client = match request {
            StoreRequest::Connect { store, parameters } => return Place::of(*store, parameters).label,
            StoreRequest::Http(request) => return http::place(request),
            StoreRequest::Lookup(request) => return format!("dns {}", request.name),
            StoreRequest::Socket(SocketRequest::Open { store, host, port, .. }) => {
                return Peer { store: *store, host: host.clone(), port: *port }.label();
            }
            StoreRequest::Query { client, .. }
            | StoreRequest::Prepare { client, .. }
            | StoreRequest::Close { client }
            | StoreRequest::Socket(
                SocketRequest::Secure { client, .. }
                | SocketRequest::Exchange { client, .. }
                | SocketRequest::Interrupt { client, .. },
            ) => client,
        };
        lock(&self.clients).get(client).map(|client| client.label.clone()).unwrap_or_default()
    }
}

/// What a driver of ours expects to find; a file does not hang.
fn named(store: StoreKind) -> Option<&'static str> {
    match store {
        StoreKind::Postgres => Some("a PostgreSQL server"),
        StoreKind::Mysql => Some("a MySQL server"),
        StoreKind::Sqlite => None,
    }
}

/// What a package with its own protocol expects to find.
fn spoken(store: SocketStore) -> &'static str {
    match store {
        SocketStore::Sqlserver => "a SQL Server",
        SocketStore::Mongodb => "a MongoDB server",
        SocketStore::Ldap => "a directory",
    }
}
