//! Sessions, runs and their clients.

mod clients;
mod outages;
mod told;
mod unanswered;

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use contract::TraceKind;
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use wire::{Fault, Limits, SocketReply, SocketRequest, StoreKind, StoreReply, StoreRequest};

use crate::{
    Configured, Policy, Stage, fault, http, names,
    place::{Key, Place},
    progress::Progress,
    socket::{self, Opening, Peer, Socket},
    stage::Probe,
    upstream::{Query, Upstream, not_connected},
};

use clients::{Client, ClientLink, Slot};
pub use outages::Outages;
pub use told::{Cause, Facts, Finish, Handled, Kept, Observed, Opened, Reach};
pub use unanswered::Unanswered;

/// What becomes of a run's writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Everything is undone at the end (safe try).
    RolledBack,
    /// Writes stay, clients are as separate as in Node.
    Committed,
    /// Writes are refused, by us and by the server's own read-only mode.
    ReadOnly,
}

/// What a session may do.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Hosts and files.
    pub policy: Policy,
    /// What becomes of writes.
    pub writes: Writes,
    /// Connections per run, rows and bytes per query, wall clock.
    pub limits: Limits,
}

/// The server sessions behind all clients of one run, or of all runs of one flow. Clones are the same session.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    options: SessionOptions,
    /// In safe try and read-only mode: one server session per place.
    shared: Mutex<BTreeMap<Key, Arc<Upstream>>>,
    /// The same for sockets.
    sockets: socket::Shared,
    /// Listens when the session is there for a connection test.
    probe: Probe,
    opened: Mutex<Vec<Opened>>,
    /// What became of transactions of clients that a script left open.
    left_open: Mutex<Vec<String>>,
    next_owner: AtomicU32,
}

/// One run's clients. Clones are the same run.
#[derive(Clone)]
pub struct Run {
    inner: Arc<RunInner>,
}

struct RunInner {
    session: Arc<Inner>,
    clients: Mutex<BTreeMap<u32, Client>>,
    next_client: AtomicU32,
    connecting: AtomicU32,
    outages: Mutex<Outages>,
    configured: Arc<Configured>,
}

impl Session {
    /// A session without any connection yet.
    pub fn new(options: SessionOptions) -> Session {
        Session::with(options, Probe::default())
    }

    /// A session for a connection test: `on_stage` hears of the steps of the first connection that a script's package makes by
    /// itself (HTTP, SQL Server, MongoDB, LDAP). Those of SQL drivers of ours are tested afterwards, with [`Session::opened`].
    pub fn probing(options: SessionOptions, on_stage: Box<dyn Fn(Stage) + Send + Sync>) -> Session {
        Session::with(options, Probe::listening(on_stage))
    }

    fn with(options: SessionOptions, probe: Probe) -> Session {
        let inner = Inner {
            options: SessionOptions { policy: options.policy.afresh(), ..options },
            shared: Mutex::default(),
            sockets: socket::Shared::default(),
            probe,
            opened: Mutex::default(),
            left_open: Mutex::default(),
            next_owner: AtomicU32::new(1),
        };
        Session { inner: Arc::new(inner) }
    }

    /// The steps that a probing session heard of, those not come to included; empty when nothing connected. `why` says what
    /// went wrong where the connection itself does not.
    pub fn stages(&self, why: &str) -> Vec<Stage> {
        self.inner.probe.stages(why)
    }

    /// A run of one script, about whose `configuration` nothing is known.
    pub fn begin_run(&self) -> Run {
        self.begin_run_with(Configured::default())
    }

    /// A run of one script with this `configuration`.
    pub fn begin_run_with(&self, configured: Configured) -> Run {
        let inner = RunInner {
            session: Arc::clone(&self.inner),
            clients: Mutex::default(),
            next_client: AtomicU32::new(1),
            connecting: AtomicU32::new(0),
            outages: Mutex::default(),
            configured: Arc::new(configured),
        };
        Run { inner: Arc::new(inner) }
    }

    /// Every connection that scripts asked for, in order, also the refused ones.
    pub fn opened(&self) -> Vec<Opened> {
        lock(&self.inner.opened).clone()
    }

    /// Ends the session: rolls back what a safe try wrote, closes everything. Never fails; a broken connection is
    /// dropped, and the server rolls back by itself.
    pub async fn finish(self) -> Finish {
        let shared = std::mem::take(&mut *lock(&self.inner.shared));
        let mut finish = Finish::default();
        std::mem::take(&mut *lock(&self.inner.left_open)).into_iter().for_each(|label| finish.rollback(label));
        for upstream in shared.into_values() {
            upstream.finish(&mut finish).await;
        }
        self.inner.sockets.finish(&mut finish).await;
        finish
    }
}

impl Run {
    /// Answers one request of the script. Requests of one client are served in the order of these calls. The future may
    /// be dropped at any time: a statement cut off so loses its server session, which rolls back.
    pub fn handle(&self, request: impl Into<Arc<StoreRequest>>) -> impl Future<Output = Handled> + Send + 'static {
        self.handle_watched(request, Progress::default())
    }

    /// The same, with how far it has come noted in `progress`.
    pub fn handle_watched(
        &self,
        request: impl Into<Arc<StoreRequest>>,
        progress: Progress,
    ) -> impl Future<Output = Handled> + Send + 'static {
        let (run, request) = (Arc::clone(&self.inner), request.into());
        let client = match &*request {
            // An interruption overtakes what it interrupts.
            StoreRequest::Connect { .. }
            | StoreRequest::Http(_)
            | StoreRequest::Lookup(_)
            | StoreRequest::Socket(SocketRequest::Open { .. } | SocketRequest::Interrupt { .. }) => None,
            StoreRequest::Socket(SocketRequest::Secure { client, .. } | SocketRequest::Exchange { client, .. }) => {
                Some(*client)
            }
            StoreRequest::Query { client, .. }
            | StoreRequest::Prepare { client, .. }
            | StoreRequest::Close { client } => Some(*client),
        };
        let (done, turn) = oneshot::channel::<()>();
        let before = client.and_then(|client| lock(&run.clients).get_mut(&client)?.turn.replace(turn));
        async move {
            if let Some(before) = before {
                // Done or dropped, both mean: our turn.
                let _ = before.await;
            }
            let handled = progress.of(run.answer(&request)).await;
            drop(done);
            handled
        }
    }

    /// What happened so far.
    pub fn facts(&self) -> Facts {
        let outages = lock(&self.inner.outages);
        Facts { connection_failed: outages.lasting().is_some(), blocked: outages.blocked() }
    }

    /// What went wrong with connections so far, and what was refused.
    pub fn outages(&self) -> Outages {
        lock(&self.inner.outages).clone()
    }

    /// Closes the clients that the script left open, and names them.
    pub async fn close(self) -> Vec<String> {
        let left = std::mem::take(&mut *lock(&self.inner.clients));
        let mut labels = Vec::new();
        for client in left.into_values() {
            if let Some(note) = client.link.leave().await {
                lock(&self.inner.session.left_open).push(format!("{} · {note}", client.label));
            }
            labels.push(client.label);
        }
        labels
    }
}

impl RunInner {
    async fn answer(&self, request: &StoreRequest) -> Handled {
        let mut cause = None;
        let handled = match request {
            StoreRequest::Connect { store, parameters } => self.connect(*store, parameters.clone()).await,
            StoreRequest::Query { client, sql, parameters, protocol } => match self.find(*client) {
                Some(ClientLink::Sql { owner, reads_only, upstream }) => {
                    let (sql, parameters, protocol) = (sql.as_str(), parameters.as_slice(), *protocol);
                    upstream.query(Query { owner, reads_only, sql, parameters, protocol }).await
                }
                _ => unknown_client(),
            },
            StoreRequest::Prepare { client, sql } => match self.find(*client) {
                Some(ClientLink::Sql { upstream, .. }) => upstream.prepare(sql).await,
                _ => unknown_client(),
            },
            StoreRequest::Close { client } => {
                let Some(client) = lock(&self.clients).remove(client) else {
                    return Handled { reply: StoreReply::Closed, observed: None };
                };
                let note = client.link.leave().await;
                let label = note.map_or_else(|| client.label.clone(), |note| format!("{} · {note}", client.label));
                let observed = Observed { kind: TraceKind::Close, label, statement: None, kept: None, error: None };
                Handled { reply: StoreReply::Closed, observed: Some(observed) }
            }
            StoreRequest::Http(request) => http::handle(request, &self.session.options, &self.session.probe).await,
            StoreRequest::Socket(request) => self.socket(request, &mut cause).await,
            StoreRequest::Lookup(request) => names::handle(request, &self.session.options.policy).await,
        };
        lock(&self.outages).learn(&|| self.place_of(request), request, &handled, cause);
        handled
    }

    fn find(&self, client: u32) -> Option<ClientLink> {
        Some(lock(&self.clients).get(&client)?.link.clone())
    }

    /// One step of a socket. `cause` is set when the store's answer means that the connection is of no use.
    async fn socket(&self, request: &SocketRequest, cause: &mut Option<Cause>) -> Handled {
        let client = match request {
            SocketRequest::Open { .. } => 0,
            SocketRequest::Secure { client, .. }
            | SocketRequest::Exchange { client, .. }
            | SocketRequest::Interrupt { client, .. } => *client,
        };
        if let SocketRequest::Open { store, host, port, tls, connect_timeout_ms } = request {
            let peer = Peer { store: *store, host: host.clone(), port: *port };
            return match self.open_socket(peer.clone(), tls.clone(), *connect_timeout_ms).await {
                Ok((client, info)) => {
                    let reply = SocketReply { client, info, ..SocketReply::default() };
                    Handled { reply: StoreReply::Socket(reply), observed: Some(socket::connected(&peer)) }
                }
                Err(fault) => not_connected(peer.label(), fault),
            };
        }
        let Some(ClientLink::Socket(socket)) = self.find(client) else { return unknown_client() };
        match request {
            SocketRequest::Secure { host, tls, .. } => socket.secure(client, host, tls).await,
            SocketRequest::Exchange { bytes, .. } => socket.exchange(client, bytes, cause).await,
            SocketRequest::Interrupt { bytes, .. } => socket.interrupt(client, bytes).await,
            SocketRequest::Open { .. } => unknown_client(),
        }
    }

    async fn open_socket(
        &self,
        peer: Peer,
        tls: Option<wire::TlsOptions>,
        wait_ms: Option<u64>,
    ) -> Result<(u32, Map<String, Value>), Fault> {
        let session = &self.session;
        let _slot = self.slot()?;
        let owner = session.next_owner.fetch_add(1, Ordering::Relaxed);
        let label = peer.label();
        let opening = Opening { peer, tls, wait_ms, owner, configured: Arc::clone(&self.configured) };
        let (socket, info) = Socket::open(opening, &session.options, &session.sockets, &session.probe).await?;
        Ok((self.admit(label, ClientLink::Socket(Arc::new(socket))), info))
    }

    /// Room for one more connection, until it is open or has failed.
    fn slot(&self) -> Result<Slot<'_>, Fault> {
        let limit = self.session.options.limits.connections;
        let slot = Slot::take(&self.connecting);
        let open = u32::try_from(lock(&self.clients).len()).unwrap_or(u32::MAX);
        if open + self.connecting.load(Ordering::Relaxed) > limit {
            return Err(fault::limit(
                &format!("{limit} open connections per run"),
                "close clients that are done, or use one client for all statements",
            ));
        }
        Ok(slot)
    }

    /// Gives an open client its number.
    fn admit(&self, label: String, link: ClientLink) -> u32 {
        let client = self.next_client.fetch_add(1, Ordering::Relaxed);
        // The first request finds a turn to take: the sender is gone already.
        let (_, turn) = oneshot::channel();
        lock(&self.clients).insert(client, Client { label, link, turn: Some(turn) });
        client
    }

    async fn connect(&self, store: StoreKind, parameters: Map<String, Value>) -> Handled {
        let place = Place::of(store, &parameters);
        let label = place.label.clone();
        match self.try_connect(store, parameters, place).await {
            Ok((client, info)) => Handled {
                reply: StoreReply::Connected { client, info },
                observed: Some(Observed { kind: TraceKind::Connect, label, statement: None, kept: None, error: None }),
            },
            Err(fault) => not_connected(label, fault),
        }
    }

    async fn try_connect(
        &self,
        store: StoreKind,
        parameters: Map<String, Value>,
        place: Place,
    ) -> Result<(u32, Map<String, Value>), Fault> {
        let session = &self.session;
        {
            let mut shown = parameters.clone();
            let password = match shown.remove("password") {
                Some(Value::String(text)) => Some(SecretString::from(text)),
                _ => None,
            };
            lock(&session.opened).push(Opened { store, parameters: shown, password });
        }
        let _slot = self.slot()?;
        let owner = session.next_owner.fetch_add(1, Ordering::Relaxed);
        let reads_only = place.reads_only;
        let upstream = self.upstream(&place, parameters).await;
        let info = match upstream.enter().await {
            Ok(info) => info,
            Err(fault) => {
                lock(&session.shared).retain(|_, other| !Arc::ptr_eq(other, &upstream));
                return Err(fault);
            }
        };
        let client = self.admit(place.label, ClientLink::Sql { owner, reads_only, upstream });
        Ok((client, info))
    }

    /// The server session for a place: the one that is there, or a new one.
    async fn upstream(&self, place: &Place, parameters: Map<String, Value>) -> Arc<Upstream> {
        let session = &self.session;
        let fresh = Arc::new(Upstream::new(place.clone(), parameters, &session.options));
        if session.options.writes == Writes::Committed || place.is_private {
            return fresh;
        }
        let there = lock(&session.shared).entry(place.key.clone()).or_insert_with(|| Arc::clone(&fresh)).clone();
        if Arc::ptr_eq(&there, &fresh) || !there.is_lost().await {
            return there;
        }
        lock(&session.shared).insert(place.key.clone(), Arc::clone(&fresh));
        fresh
    }
}

fn unknown_client() -> Handled {
    let fault = fault::closed("the client is closed");
    Handled { reply: StoreReply::failed(fault), observed: None }
}

/// A lock whose holder panicked is still good: every change under it is a single step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
