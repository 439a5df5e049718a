//! SQL Server, as `tedious` speaks it (MS-TDS). The package's own parser stays in charge of answers; this side reads messages and
//! answers along, and steps in where policy, safe try or limits ask for it.
//!
//! In a safe try everything runs inside one transaction of ours, whose number goes into the headers of each of the script's
//! messages. Sockets that log in as the same user to the same database share that session, or the second would wait for the
//! first's locks: the second's own link is open, but its messages go over the first's.

mod handshake;
mod login;
mod look;
mod packet;
mod prepared;
mod reply;
mod request;
mod run;
mod server;
mod text;
mod times;
mod tokens;
mod transaction;
mod types;

use std::sync::{
    Arc, Mutex as SyncMutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use contract::TraceKind;
use secrecy::zeroize::Zeroizing;
use tokio::sync::Mutex;
use wire::{Fault, FaultKind, TlsOptions};

use crate::{
    Cause, Finish, Observed, Reach, SessionOptions, StageName, Writes, fault,
    session::lock,
    socket::{Context, Exchanged, Info, Link, Peer, Unanswered},
    stage::Probe,
    tls::TlsSettings,
    trace,
};
use handshake::Handshake;
use login::Login;
use packet::{HEAD, LAST, Message, kind};
use server::{Server, Welcome};
use tokens::{Answer, Tokens};

/// What the session's SQL Server sockets share: the server sessions of a safe try.
#[derive(Default, Clone)]
pub(crate) struct Shared {
    servers: Arc<SyncMutex<Vec<Arc<Server>>>>,
    /// One login at a time: two sockets at once would not find each other's session.
    door: Arc<Mutex<()>>,
    /// Writes of sessions that were lost, which the server undid.
    lost: Arc<AtomicU32>,
}

impl Shared {
    /// Ends a safe try: everything is undone.
    pub(crate) async fn finish(&self, finish: &mut Finish) {
        finish.rolled_back += self.lost.swap(0, Ordering::Relaxed);
        let servers = std::mem::take(&mut *lock(&self.servers));
        for server in servers {
            server.finish(finish).await;
        }
    }

    /// The session that a login would share.
    fn find(&self, peer: &Peer, login: &Login) -> Option<Arc<Server>> {
        let same = |server: &&Arc<Server>| {
            server.peer.host == peer.host && server.peer.port == peer.port && server.login.is_same(login)
        };
        let found = lock(&self.servers).iter().find(same).cloned()?;
        // Nobody asks, and yet an answer is under way: it was cut off.
        if found.state.try_lock().is_ok_and(|state| state.is_busy) {
            self.forget(&found);
            return None;
        }
        Some(found)
    }

    fn forget(&self, server: &Arc<Server>) {
        let mut servers = lock(&self.servers);
        let before = servers.len();
        servers.retain(|other| !Arc::ptr_eq(other, server));
        if servers.len() < before
            && let Ok(state) = server.state.try_lock()
        {
            self.lost.fetch_add(state.transactions.writes(), Ordering::Relaxed);
        }
    }
}

/// One socket's messages.
pub(crate) struct Dialogue {
    owner: u32,
    options: SessionOptions,
    shared: Shared,
    /// Packets of a message that is not whole yet. A login among them carries the password.
    outgoing: Mutex<Zeroizing<Vec<u8>>>,
    /// A message has passed: TLS comes inside packets, not before them.
    has_begun: AtomicBool,
    /// A login that takes several messages.
    login: SyncMutex<Option<Login>>,
    server: SyncMutex<Option<Arc<Server>>>,
    /// The session goes on over this socket's link when the socket has gone.
    keeps_link: AtomicBool,
}

impl Dialogue {
    pub(crate) fn new(_peer: &Peer, owner: u32, options: &SessionOptions, shared: &Shared) -> Dialogue {
        Dialogue {
            owner,
            options: options.clone(),
            shared: shared.clone(),
            outgoing: Mutex::default(),
            has_begun: AtomicBool::new(false),
            login: SyncMutex::default(),
            server: SyncMutex::default(),
            keeps_link: AtomicBool::new(false),
        }
    }

    /// Goes on under TLS: inside packets after the pre-login, or, before any message, as TDS 8.0 begins.
    pub(crate) async fn secure(&self, link: &Link, host: &str, tls: &TlsOptions, probe: &Probe) -> Result<Info, Fault> {
        let mut settings = TlsSettings::from(tls.clone());
        if !self.has_begun.load(Ordering::Relaxed) {
            settings.application = Some(b"tds/8.0");
            return link.secure(host, settings, |stream| stream, probe).await;
        }
        // TDS 7 has no place for what TLS 1.3 sends behind its handshake.
        settings.until_1_2 = true;
        let handshake = Handshake::default();
        let info = link.secure(host, settings, |stream| handshake.inside_packets(stream), probe).await?;
        handshake.done();
        Ok(info)
    }

    /// Takes bytes of the package; answers when a message is whole.
    pub(crate) async fn exchange(&self, context: &Context<'_>, bytes: &[u8]) -> Result<Exchanged, Unanswered> {
        let mut outgoing = self.outgoing.lock().await;
        outgoing.extend_from_slice(bytes);
        let mut exchanged = Exchanged::default();
        while let Some(message) = whole(&mut outgoing)? {
            let one = self.message(context, message).await?;
            exchanged.bytes.extend(one.bytes);
            exchanged.ended |= one.ended;
            exchanged.observed = one.observed.or(exchanged.observed);
        }
        Ok(exchanged)
    }

    async fn message(&self, context: &Context<'_>, message: Message) -> Result<Exchanged, Unanswered> {
        self.has_begun.store(true, Ordering::Relaxed);
        let server = lock(&self.server).clone();
        match (message.kind, server) {
            (kind::BATCH | kind::CALL | kind::TRANSACTION | kind::BULK, Some(server)) => {
                let result = server.request(self.owner, message, context.said).await;
                if result.as_ref().map_or(true, |exchanged| exchanged.ended) {
                    // A session that was lost is no good for the next socket either.
                    self.shared.forget(&server);
                }
                result
            }
            (kind::LOGIN, None) => self.log_in(context, message).await,
            // SSPI and federated authentication go on with the login.
            (8 | 17, None) => {
                let login = lock(&self.login).take().ok_or_else(|| odd("a login that goes on before it began"))?;
                self.ask_in(context, &message.packets, login).await
            }
            (kind::PRELOGIN, None) => {
                context.link.send(&message.packets).await?;
                let taken = server::read(context.link, &self.options.limits, &mut Tokens::default()).await?;
                Ok(Exchanged { ended: taken.is_none(), bytes: taken.unwrap_or_default(), observed: None })
            }
            _ => Err(odd("a message that has no place here").into()),
        }
    }

    /// LOGIN7. In a safe try whoever comes as another did is let in without asking the server again.
    async fn log_in(&self, context: &Context<'_>, message: Message) -> Result<Exchanged, Unanswered> {
        let login =
            Login::read(&Zeroizing::new(message.payload())).ok_or_else(|| odd("a login that cannot be read"))?;
        let turn = match self.options.writes {
            Writes::Committed => None,
            Writes::RolledBack | Writes::ReadOnly => Some(self.shared.door.lock().await),
        };
        if turn.is_some()
            && let Some(server) = self.shared.find(context.peer, &login)
        {
            server.go_home().await?;
            let bytes = server.welcome.packets.clone();
            *lock(&self.server) = Some(server);
            return Ok(Exchanged { bytes, ..Exchanged::default() });
        }
        let packets = Zeroizing::new(message.packets);
        let answer = self.ask_in(context, &packets, login).await;
        drop(turn);
        answer
    }

    /// Sends what belongs to a login, and sees whether the server lets it in.
    async fn ask_in(&self, context: &Context<'_>, packets: &[u8], login: Login) -> Result<Exchanged, Unanswered> {
        context.link.send(packets).await?;
        let mut tokens = Tokens::default();
        let taken = server::read(context.link, &self.options.limits, &mut tokens).await?;
        let ended = taken.is_none();
        let bytes = taken.unwrap_or_default();
        let Answer { logged_in, errors, database, .. } = tokens.answer;
        if let Some(product) = logged_in {
            let user = if login.user.is_empty() { "a Windows or Azure login" } else { &login.user };
            context.probe.reached(StageName::Authentication, format!("as {user}, {product}"));
            let welcome = Welcome { database, packets: bytes.clone() };
            let link = Arc::clone(context.link);
            let server = Server::new(context.peer.clone(), link, self.options.clone(), login, welcome);
            let server = Arc::new(server);
            if self.options.writes != Writes::Committed {
                lock(&self.shared.servers).push(Arc::clone(&server));
                self.keeps_link.store(true, Ordering::Relaxed);
            }
            if context.probe.listens() {
                server.look_around(context.probe).await;
            }
            *lock(&self.server) = Some(server);
            return Ok(Exchanged { bytes, ended, observed: None });
        }
        let Some(error) = errors.into_iter().next() else {
            *lock(&self.login) = Some(login);
            return Ok(Exchanged { bytes, ended, observed: None });
        };
        let mut refused = fault::fault(FaultKind::Authentication, error.message.clone());
        refused.hint = Some(match error.number {
            4060 => "check the database's name, and that the user may open it".to_owned(),
            _ => "check user and password; a server may also allow Windows logins only".to_owned(),
        });
        context.probe.failed(&refused);
        let label = context.peer.label();
        let (message, hint) = (error.message.clone(), refused.hint);
        context.said.is_refused(Cause { message, hint, reach: Reach::Refused });
        let observed =
            Observed { kind: TraceKind::Connect, label, statement: None, kept: None, error: Some(error.message) };
        Ok(Exchanged { bytes, ended, observed: Some(observed) })
    }

    /// An attention: the answer to this socket's message ends early.
    pub(crate) async fn interrupt(&self, _link: &Link) -> Result<Vec<u8>, Fault> {
        let server = lock(&self.server).clone();
        match server {
            Some(server) => server.interrupt(self.owner).await,
            None => Ok(reply::acknowledged()),
        }
    }

    /// Whether a session goes on over this socket's link.
    pub(crate) fn keeps_link(&self) -> bool {
        self.keeps_link.load(Ordering::Relaxed)
    }

    /// The socket goes away. What its own transaction left open is undone, as the server does.
    pub(crate) async fn leave(&self, _context: &Context<'_>) -> Option<String> {
        let server = lock(&self.server).take()?;
        if self.options.writes == Writes::Committed {
            return server.state.lock().await.end();
        }
        server.leave(self.owner).await
    }
}

impl Server {
    /// A client goes away.
    async fn leave(&self, owner: u32) -> Option<String> {
        let mut state = self.state.lock().await;
        let undo = state.transactions.abandon(owner).filter(|_| !state.is_busy)?;
        self.ask(&mut state, &undo).await.ok()?;
        let (own, others) = state.transactions.undo(owner);
        let undid = (own + others > 0).then(|| trace::undid(own + others))?;
        Some(trace::never_committed(&match others {
            0 => undid,
            others => format!("{undid}, {others} of them of other clients"),
        }))
    }

    /// Ends a safe try: everything is undone.
    async fn finish(&self, finish: &mut Finish) {
        let mut state = self.state.lock().await;
        let (writes, rows) = (state.transactions.writes(), state.transactions.rows());
        finish.rolled_back += writes;
        finish.survives.append(&mut state.survives);
        if state.has_begun && !state.is_busy && self.ask(&mut state, "ROLLBACK TRANSACTION").await.is_ok() {
            let before = state.identities.take().filter(|_| writes > 0);
            if let Some(before) = before {
                let after = self.identities(&mut state).await;
                let moved = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
                let told = moved.map(|(name, value)| match before.get(name) {
                    Some(old) => format!("identity of {name} advanced from {old} to {value}"),
                    None => format!("identity of {name} advanced to {value}"),
                });
                finish.survives.extend(told);
            }
        }
        self.link.close().await;
        finish.undid(&self.peer.label(), (writes, rows), "");
    }
}

/// Takes the first message out of what the package sent, once it is whole.
fn whole(outgoing: &mut Vec<u8>) -> Result<Option<Message>, Fault> {
    let (mut end, mut status) = (0, 0);
    while let Some(length) = packet::length(&outgoing[end..])?.filter(|length| outgoing.len() - end >= *length) {
        let packet = &outgoing[end..end + length];
        if packet[0] != outgoing[0] {
            return Err(odd("a message inside another one"));
        }
        debug_assert!(packet.len() >= HEAD);
        status |= packet[1];
        end += length;
        if packet[1] & LAST != 0 {
            let rest = outgoing.split_off(end);
            let packets = std::mem::replace(outgoing, rest);
            return Ok(Some(Message { kind: packets[0], status, packets }));
        }
    }
    Ok(None)
}

/// What the package would not send.
fn odd(what: &str) -> Fault {
    fault::refused(&format!("refused: {what}"), "only what tedious itself sends is passed on")
}
