//! Sockets of packages that speak their store's own protocol inside the sandbox ([`wire::SocketRequest`]).
//!
//! What all three have in common stands here: connecting under the policy, the order of messages, what the trace says. Each
//! protocol's own part ([`Dialogue`]) knows its messages: where one ends, whether it may write, and what becomes of that.

mod link;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::TraceKind;
use secrecy::zeroize::Zeroizing;
use wire::{Fault, FaultKind, SocketReply, SocketStore, StoreReply, TlsOptions};

use crate::{
    Cause, Configured, Finish, Handled, Observed, SessionOptions, fault, ldap, mongodb, session::lock, sqlserver,
    stage::Probe, upstream::not_connected,
};

pub(crate) use link::{Info, Link, Stream, hung_up};

/// What all sockets of a session share, per store: open transactions, counts of what was held back.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) sqlserver: sqlserver::Shared,
    pub(crate) mongodb: mongodb::Shared,
    pub(crate) ldap: ldap::Shared,
}

impl Shared {
    /// Ends a safe try in every store.
    pub(crate) async fn finish(&self, finish: &mut Finish) {
        self.sqlserver.finish(finish).await;
        self.mongodb.finish(finish).await;
        self.ldap.finish(finish).await;
    }
}

/// Where a socket leads.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) store: SocketStore,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Peer {
    /// As the trace names it: the package, and where to.
    pub(crate) fn label(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{} {host}:{}", self.driver(), self.port)
    }

    /// The npm package that speaks.
    pub(crate) fn driver(&self) -> &'static str {
        match self.store {
            SocketStore::Sqlserver => "tedious",
            SocketStore::Mongodb => "mongodb",
            SocketStore::Ldap => "ldapjs",
        }
    }
}

/// An open socket.
pub(crate) struct Socket {
    pub(crate) peer: Peer,
    link: Arc<Link>,
    dialogue: Dialogue,
    probe: Probe,
    said: Said,
    /// The server has answered something.
    has_answered: AtomicBool,
}

/// Each protocol's own part.
enum Dialogue {
    Sqlserver(sqlserver::Dialogue),
    Mongodb(mongodb::Dialogue),
    Ldap(ldap::Dialogue),
}

/// What a dialogue may use.
pub(crate) struct Context<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) link: &'a Arc<Link>,
    pub(crate) probe: &'a Probe,
    pub(crate) said: &'a Said,
}

/// What a dialogue tells of an exchange besides its answer.
#[derive(Default)]
pub(crate) struct Said {
    /// What the server is asked right now.
    asking: Mutex<Option<Observed>>,
    /// Why the answer means that the connection is of no use.
    cause: Mutex<Option<Cause>>,
}

impl Said {
    /// A request goes out; should the run end before its answer, the trace shows it so.
    pub(crate) fn asks(&self, observed: Observed) {
        *lock(&self.asking) = Some(observed);
    }

    /// The store does not let the script in.
    pub(crate) fn is_refused(&self, cause: Cause) {
        *lock(&self.cause) = Some(cause);
    }
}

/// What a message brought.
#[derive(Default)]
pub(crate) struct Exchanged {
    /// The server's whole answer; empty while the message is not complete.
    pub(crate) bytes: Vec<u8>,
    /// The server hung up behind it.
    pub(crate) ended: bool,
    /// For the trace.
    pub(crate) observed: Option<Observed>,
}

/// A message that got no answer: why, and what the trace says of it.
pub(crate) struct Unanswered {
    pub(crate) fault: Fault,
    pub(crate) observed: Option<Observed>,
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Unanswered {
        Unanswered { fault, observed: None }
    }
}

/// What opening asks for.
pub(crate) struct Opening {
    pub(crate) peer: Peer,
    pub(crate) tls: Option<TlsOptions>,
    pub(crate) wait_ms: Option<u64>,
    /// Who the client is in the safe-try bookkeeping.
    pub(crate) owner: u32,
    /// The run's configuration.
    pub(crate) configured: Arc<Configured>,
}

impl Socket {
    /// Connects. The trace tells of it.
    pub(crate) async fn open(
        opening: Opening,
        options: &SessionOptions,
        shared: &Shared,
        probes: &Probe,
    ) -> Result<(Socket, link::Info), Fault> {
        let Opening { peer, tls, wait_ms, owner, configured } = opening;
        let probe = probes.begin(&peer.host);
        let opened = Link::open(&peer.host, peer.port, tls.as_ref(), wait_ms, options, &probe).await;
        let (link, info) = opened.inspect_err(|fault| probe.failed(fault))?;
        // MongoDB's first connection watches the server; the one that logs in and asks comes after it.
        let probe = if peer.store == SocketStore::Mongodb { probes.join() } else { probe };
        let dialogue = match peer.store {
            SocketStore::Sqlserver => {
                Dialogue::Sqlserver(sqlserver::Dialogue::new(&peer, owner, options, &shared.sqlserver))
            }
            SocketStore::Mongodb => Dialogue::Mongodb(mongodb::Dialogue::new(&peer, owner, options, &shared.mongodb)),
            SocketStore::Ldap => Dialogue::Ldap(ldap::Dialogue::new(options, configured)),
        };
        Ok((
            Socket {
                peer,
                link: Arc::new(link),
                dialogue,
                probe,
                said: Said::default(),
                has_answered: AtomicBool::new(false),
            },
            info,
        ))
    }

    /// Goes on under TLS.
    pub(crate) async fn secure(&self, client: u32, host: &str, tls: &TlsOptions) -> Handled {
        let secured = match &self.dialogue {
            Dialogue::Sqlserver(dialogue) => dialogue.secure(&self.link, host, tls, &self.probe).await,
            Dialogue::Mongodb(_) | Dialogue::Ldap(_) => {
                self.link.secure(host, tls.clone().into(), |stream| stream, &self.probe).await
            }
        };
        match secured {
            Ok(info) => {
                let reply = SocketReply { client, info, ..SocketReply::default() };
                Handled { reply: StoreReply::Socket(reply), observed: None }
            }
            Err(fault) => {
                self.probe.failed(&fault);
                not_connected(self.peer.label(), fault)
            }
        }
    }

    /// Takes bytes of the package; a whole message is answered by the server's whole answer.
    /// `cause` is set when that means that the connection is of no use.
    pub(crate) async fn exchange(&self, client: u32, base64: &str, cause: &mut Option<Cause>) -> Handled {
        // A message may carry a password.
        let Ok(bytes) = STANDARD.decode(base64).map(Zeroizing::new) else { return unreadable() };
        let context = self.context();
        let exchanged = match &self.dialogue {
            Dialogue::Sqlserver(dialogue) => dialogue.exchange(&context, &bytes).await,
            Dialogue::Mongodb(dialogue) => dialogue.exchange(&context, &bytes).await,
            Dialogue::Ldap(dialogue) => dialogue.exchange(&context, &bytes).await,
        };
        *lock(&self.said.asking) = None;
        *cause = lock(&self.said.cause).take();
        match exchanged {
            Ok(Exchanged { bytes, ended, observed }) => {
                self.has_answered.fetch_or(!bytes.is_empty(), Ordering::Relaxed);
                let reply = SocketReply { client, bytes: STANDARD.encode(bytes), ended, ..SocketReply::default() };
                Handled { reply: StoreReply::Socket(reply), observed }
            }
            Err(Unanswered { fault, observed }) => {
                if matches!(fault.kind, FaultKind::Connection | FaultKind::Tls | FaultKind::Authentication) {
                    self.probe.failed(&fault);
                }
                Handled { reply: StoreReply::failed(fault), observed }
            }
        }
    }

    /// What is asked and not answered yet.
    pub(crate) fn asked(&self) -> Option<Observed> {
        lock(&self.said.asking).clone()
    }

    /// Whether the server has said anything on this connection.
    pub(crate) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    fn context(&self) -> Context<'_> {
        Context { peer: &self.peer, link: &self.link, probe: &self.probe, said: &self.said }
    }

    /// Sends a message past the exchange under way.
    pub(crate) async fn interrupt(&self, client: u32, base64: &str) -> Handled {
        if STANDARD.decode(base64).is_err() {
            return unreadable();
        }
        let sent = match &self.dialogue {
            Dialogue::Sqlserver(dialogue) => dialogue.interrupt(&self.link).await,
            // These protocols have none, and nothing may pass by what knows their messages.
            Dialogue::Mongodb(_) | Dialogue::Ldap(_) => {
                Err(fault::fault(FaultKind::Statement, "this store's protocol has no message that overtakes others"))
            }
        };
        match sent {
            Ok(bytes) => {
                let reply = SocketReply { client, bytes: STANDARD.encode(bytes), ..SocketReply::default() };
                Handled { reply: StoreReply::Socket(reply), observed: None }
            }
            Err(fault) => Handled { reply: StoreReply::failed(fault), observed: None },
        }
    }

    /// The client goes away. Says what became of what it left undone.
    pub(crate) async fn leave(&self) -> Option<String> {
        let context = self.context();
        let note = match &self.dialogue {
            Dialogue::Sqlserver(dialogue) => dialogue.leave(&context).await,
            Dialogue::Mongodb(dialogue) => {
                dialogue.leave(&context).await;
                None
            }
            Dialogue::Ldap(dialogue) => {
                dialogue.leave(&context).await;
                None
            }
        };
        // A safe try of SQL Server goes on with the first socket's link.
        if !matches!(&self.dialogue, Dialogue::Sqlserver(dialogue) if dialogue.keeps_link()) {
            self.link.close().await;
        }
        note
    }
}

fn unreadable() -> Handled {
    let fault = fault::fault(FaultKind::Statement, "the message is not base64");
    Handled { reply: StoreReply::failed(fault), observed: None }
}

/// The trace's line for an opened socket.
pub(crate) fn connected(peer: &Peer) -> Observed {
    Observed { kind: TraceKind::Connect, label: peer.label(), statement: None, kept: None, error: None }
}
