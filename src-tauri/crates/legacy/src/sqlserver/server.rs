//! One session of a server: messages in turn, attentions past them, and questions of ours.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as SyncMutex},
};

use tokio::sync::Mutex;
use wire::{Fault, Limits};

use super::{
    login::Login,
    packet::{self, HEAD, LAST, kind},
    reply,
    run::State,
    tokens::{Answer, Tokens},
};
use crate::{
    SessionOptions, fault,
    session::lock,
    socket::{Link, Peer, hung_up},
};

/// A session of a server. In a safe try several sockets share one.
pub(super) struct Server {
    pub(super) peer: Peer,
    pub(super) link: Arc<Link>,
    pub(super) options: SessionOptions,
    /// Who came in.
    pub(super) login: Login,
    /// How the server answered that, for the next one who comes as the same.
    pub(super) welcome: Welcome,
    /// Held while a message is answered: messages of all sockets take turns.
    pub(super) state: Mutex<State>,
    phases: SyncMutex<BTreeMap<u32, Phase>>,
}

/// The answer to a login.
pub(super) struct Welcome {
    /// The database that the login leads to.
    pub(super) database: Option<String>,
    pub(super) packets: Vec<u8>,
}

/// Where a client's message is.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Others are before it.
    Waiting,
    /// Given up while it waited.
    GivenUp,
    /// Sent; `interrupted` when an attention follows it.
    Sent { interrupted: bool },
}

/// What a message brought.
pub(super) struct Talk {
    pub(super) packets: Vec<u8>,
    pub(super) answer: Answer,
    /// The server hung up instead.
    pub(super) ended: bool,
}

impl Server {
    pub(super) fn new(peer: Peer, link: Arc<Link>, options: SessionOptions, login: Login, welcome: Welcome) -> Server {
        Server { peer, link, options, login, welcome, state: Mutex::default(), phases: SyncMutex::default() }
    }

    /// A message waits for its turn from here on.
    pub(super) fn queue(&self, owner: u32) {
        lock(&self.phases).insert(owner, Phase::Waiting);
    }

    /// A message is done with.
    pub(super) fn leave_queue(&self, owner: u32) {
        lock(&self.phases).remove(&owner);
    }

    /// An attention: the answer to the client's message ends early. What comes back by itself, when there is no message.
    pub(super) async fn interrupt(&self, owner: u32) -> Result<Vec<u8>, Fault> {
        {
            let mut phases = lock(&self.phases);
            match phases.get_mut(&owner) {
                // The answer is out already, as the server would say.
                None => return Ok(reply::acknowledged()),
                Some(phase @ (Phase::Waiting | Phase::GivenUp)) => {
                    *phase = Phase::GivenUp;
                    return Ok(Vec::new());
                }
                Some(Phase::Sent { interrupted }) => *interrupted = true,
            }
        }
        self.link.send(&packet::packets(kind::ATTENTION, &[], 4096)).await?;
        Ok(Vec::new())
    }

    /// Sends a client's message and takes the whole answer. The caller holds the turn.
    pub(super) async fn talk(&self, state: &mut State, owner: u32, packets: &[u8]) -> Result<Talk, Fault> {
        {
            let mut phases = lock(&self.phases);
            let phase = phases.entry(owner).or_insert(Phase::Waiting);
            if *phase == Phase::GivenUp {
                phases.remove(&owner);
                let packets = [reply::given_up(), reply::acknowledged()].concat();
                return Ok(Talk { packets, answer: Answer { failed: true, ..Answer::default() }, ended: false });
            }
            *phase = Phase::Sent { interrupted: false };
        }
        let mut tokens = Tokens::default();
        state.is_busy = true;
        self.link.send(packets).await?;
        let mut taken = read(&self.link, &self.options.limits, &mut tokens).await?;
        loop {
            {
                let mut phases = lock(&self.phases);
                let waits = phases.get(&owner) == Some(&Phase::Sent { interrupted: true }) && !tokens.answer.attention;
                if !waits || taken.is_none() {
                    phases.remove(&owner);
                    break;
                }
            }
            // The server's answer to the attention is a message of its own.
            match (read(&self.link, &self.options.limits, &mut tokens).await?, &mut taken) {
                (Some(more), Some(bytes)) => bytes.extend(more),
                _ => return Err(hung_up()),
            }
        }
        let ended = taken.is_none();
        state.is_busy = ended;
        state.has_moved |= tokens.answer.database.is_some();
        Ok(Talk { packets: taken.unwrap_or_default(), answer: tokens.answer, ended })
    }

    /// Whoever comes to a session that others have used finds it in the login's own database.
    pub(super) async fn go_home(&self) -> Result<(), Fault> {
        let mut state = self.state.lock().await;
        if std::mem::take(&mut state.has_moved)
            && let Some(home) = self.welcome.database.as_ref().filter(|_| !state.is_busy)
        {
            self.ask(&mut state, &format!("USE [{}]", home.replace(']', "]]"))).await?;
        }
        Ok(())
    }

    /// A question of ours. An error of the server is a fault.
    pub(super) async fn ask(&self, state: &mut State, sql: &str) -> Result<Answer, Fault> {
        let mut tokens = Tokens::keeping();
        state.is_busy = true;
        self.link.send(&packet::batch(sql, state.descriptor)).await?;
        if read(&self.link, &self.options.limits, &mut tokens).await?.is_none() {
            return Err(hung_up());
        }
        state.is_busy = false;
        for change in &tokens.answer.changes {
            state.descriptor = change.descriptor;
        }
        match tokens.answer.errors.first() {
            None => Ok(tokens.answer),
            Some(error) => Err(fault::fault(wire::FaultKind::Statement, error.message.clone())),
        }
    }
}

/// Takes a whole message of the server; none when it hung up before its end.
pub(super) async fn read(link: &Link, limits: &Limits, tokens: &mut Tokens) -> Result<Option<Vec<u8>>, Fault> {
    let mut bytes = Vec::new();
    loop {
        let frame = match link.frame(packet::length, 1 << 16).await {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(_) if link.has_ended() => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let is_last = frame[1] & LAST != 0;
        tokens.feed(&frame[HEAD..], is_last);
        bytes.extend_from_slice(&frame);
        let over = if tokens.answer.rows > limits.query_rows {
            Some(format!("{} rows per query", limits.query_rows))
        } else if bytes.len() as u64 > limits.query_bytes {
            Some(format!("{} bytes per query", limits.query_bytes))
        } else {
            None
        };
        if let Some(over) = over {
            // The rest of the answer is not wanted; only hanging up stops it.
            link.close().await;
            return Err(fault::limit(&over, "ask for fewer rows: SELECT TOP (n), or a WHERE that says whom"));
        }
        if is_last {
            return Ok(Some(bytes));
        }
    }
}
