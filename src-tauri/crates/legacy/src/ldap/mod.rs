//! LDAP, as `ldapjs` speaks it (RFC 4511): messages are BER, each names its request by number.
//!
//! A directory has no rollback. A safe try therefore holds back what may write, before anything is sent, and answers the
//! script itself: *unwilling to perform* (53) with our words, so that its callback gets an error as from a server.
//!
//! A bind that the server refuses (49) is an answer like any other for a person: a login script says "wrong password" by it. A
//! service account is known by the run's configuration, which holds its name or its password ([`Configured`]): refused, it is
//! a connection that failed, as in other stores. An account that only the script's text names cannot be told from a person.

mod answer;
mod ber;
mod filter;
mod look;
mod request;

use std::sync::Arc;

use contract::{Effect, Statement, TraceKind};
use secrecy::zeroize::Zeroizing;
use tokio::sync::Mutex;
use wire::{Fault, FaultKind, Limits};

use crate::{
    Cause, Configured, Finish, Observed, Reach, SessionOptions, Writes,
    fault::{fault, limit, refused},
    socket::{Context, Exchanged, Peer, Unanswered},
    trace::cut,
};
use answer::{Answer, Outcome};
use request::{Method, Operation, Request};

/// What the session's LDAP sockets share.
#[derive(Default)]
pub(crate) struct Shared {}

impl Shared {
    /// Nothing is open at the end: writes are held back, never undone.
    pub(crate) async fn finish(&self, _finish: &mut Finish) {}
}

/// One socket's messages.
pub(crate) struct Dialogue {
    writes: Writes,
    limits: Limits,
    configured: Arc<Configured>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What came of the script's message so far; may hold a password.
    outgoing: Zeroizing<Vec<u8>>,
    /// The staged test knows by whom the connection is used.
    has_authenticated: bool,
    /// The staged test has seen what there is.
    has_looked: bool,
}

/// How the wait for a server's answers ended.
enum Ended {
    /// With this outcome.
    Answered(Outcome),
    /// The server hung up before.
    HungUp,
    /// There is more than fits.
    Overflowed(Fault),
}

impl Dialogue {
    pub(crate) fn new(options: &SessionOptions, configured: Arc<Configured>) -> Dialogue {
        let limits = options.limits.clone();
        Dialogue { writes: options.writes, limits, configured, state: Mutex::default() }
    }

    /// The client goes away.
    pub(crate) async fn leave(&self, context: &Context<'_>) {
        let mut state = self.state.lock().await;
        self.look_at_last(context, &mut state).await;
    }

    /// A connection test that has not come to a search yet makes one of its own, while the connection is there.
    async fn look_at_last(&self, context: &Context<'_>, state: &mut State) {
        if context.probe.listens() && state.has_authenticated && !state.has_looked {
            look::at_last(context, state, &self.configured).await;
        }
    }

    pub(crate) async fn exchange(&self, context: &Context<'_>, bytes: &[u8]) -> Result<Exchanged, Unanswered> {
        let mut state = self.state.lock().await;
        state.outgoing.extend_from_slice(bytes);
        let mut exchanged = Exchanged::default();
        while !exchanged.ended {
            let length = ber::length(&state.outgoing).map_err(|_| not_ldap())?;
            if let Some(length) = length.filter(|length| *length as u64 > self.limits.query_bytes) {
                let name = format!("{} bytes per request (this one has {length})", self.limits.query_bytes);
                return Err(limit(&name, "send less at once").into());
            }
            let Some(length) = length.filter(|length| state.outgoing.len() >= *length) else { break };
            let message: Zeroizing<Vec<u8>> = Zeroizing::new(state.outgoing.drain(..length).collect());
            let request = Request::read(&message).map_err(|_| not_ldap())?;
            self.one(context, &mut state, &request, &message, &mut exchanged).await?;
        }
        Ok(exchanged)
    }

    /// One request, whole.
    async fn one(
        &self,
        context: &Context<'_>,
        state: &mut State,
        request: &Request,
        message: &[u8],
        exchanged: &mut Exchanged,
    ) -> Result<(), Unanswered> {
        let operation = &request.operation;
        let mut line = Line::of(context.peer, operation);
        let Some(answer_tag) = operation.answer_tag() else {
            if *operation == Operation::Unbind {
                self.look_at_last(context, state).await;
            }
            context.link.send(message).await?;
            return Ok(());
        };
        let may_write = operation.may_write();
        if may_write && self.writes != Writes::Committed {
            let fault = held_back(context.peer, operation, self.writes);
            let answer = answer::ours(request.id, answer_tag, answer::UNWILLING_TO_PERFORM, &fault.message);
            exchanged.bytes.extend(answer);
            exchanged.observed = Some(line.refused(&fault));
            return Ok(());
        }
        // Without an answer, a write may have been done all the same.
        let effect = if may_write { Effect::Committed } else { Effect::Read };
        let before = exchanged.bytes.len();
        let mut rows = 0;
        context.said.asks(line.clone().observed(TraceKind::Query, effect, None));
        let ended = match self.converse(context, request, message, &mut rows, &mut exchanged.bytes).await {
            Ok(ended) => ended,
            Err(fault) => {
                let observed = Some(line.failed(&fault.message, effect));
                return Err(Unanswered { fault, observed });
            }
        };
        if matches!(operation, Operation::Search { .. }) {
            line.statement.rows = Some(u32::try_from(rows).unwrap_or(u32::MAX));
        }
        exchanged.observed = Some(match ended {
            Ended::Answered(outcome) => {
                if context.probe.listens() {
                    look::after(context, state, operation, &outcome, rows).await;
                }
                match self.service_account(operation, message).filter(|_| !outcome.is_good()) {
                    Some(account) => {
                        let cause = account.refused(&outcome);
                        let observed = line.not_let_in(context.peer, &cause.message);
                        context.said.is_refused(cause);
                        observed
                    }
                    None => line.answered(operation, &outcome, effect),
                }
            }
            Ended::HungUp => {
                exchanged.ended = true;
                let what = match exchanged.bytes.len() - before {
                    0 => "before it answered".to_owned(),
                    some => format!("in the middle of its answer ({some} bytes came)"),
                };
                line.failed(&format!("the server ended the connection {what}"), effect)
            }
            Ended::Overflowed(fault) => {
                let diagnostic = fault.message.clone();
                let answer = answer::ours(request.id, answer_tag, answer::ADMIN_LIMIT_EXCEEDED, &diagnostic);
                exchanged.bytes.extend(answer);
                line.failed(&diagnostic, Effect::Read)
            }
        });
        Ok(())
    }

    /// The account of a bind, when the configuration says that it is the script's own.
    fn service_account<'a>(&'a self, operation: &'a Operation, message: &[u8]) -> Option<Account<'a>> {
        let Operation::Bind { name, .. } = operation else { return None };
        if let Some(setting) = self.configured.account(name) {
            return Some(Account { name, setting });
        }
        let password = request::password(message)?;
        self.configured.password(&password).map(|setting| Account { name, setting })
    }

    /// Sends a request and takes its answers, counting entries.
    async fn converse(
        &self,
        context: &Context<'_>,
        request: &Request,
        message: &[u8],
        rows: &mut u64,
        bytes: &mut Vec<u8>,
    ) -> Result<Ended, Fault> {
        context.link.send(message).await?;
        let mut received = 0;
        loop {
            let Some(frame) = context.link.frame(ber::length, self.limits.query_bytes).await? else {
                return Ok(Ended::HungUp);
            };
            let answer = Answer::read(&frame).map_err(|_| unreadable())?;
            // Late answers to what was given up are nobody's; a notice without a number is for everybody.
            if answer.id != request.id && answer.id != 0 {
                continue;
            }
            received += frame.len() as u64;
            *rows += u64::from(answer.tag == answer::ENTRY);
            let limit = if *rows > self.limits.query_rows {
                *rows -= 1;
                Some(format!("{} entries per search", self.limits.query_rows))
            } else if received > self.limits.query_bytes {
                Some(format!("{} bytes per search", self.limits.query_bytes))
            } else {
                None
            };
            if let Some(name) = limit {
                context.link.send(&abandon(request.id)).await?;
                return Ok(Ended::Overflowed(crate::fault::limit(
                    &name,
                    "ask for less at once: a narrower filter, or pages",
                )));
            }
            bytes.extend_from_slice(&frame);
            match answer.outcome {
                Some(outcome) if answer.id == request.id => return Ok(Ended::Answered(outcome)),
                _ => {}
            }
        }
    }
}

/// The account by which a script works, not one who logs in.
struct Account<'a> {
    name: &'a str,
    /// Where the configuration has it, or its password.
    setting: &'a str,
}

impl Account<'_> {
    fn refused(&self, outcome: &Outcome) -> Cause {
        let Account { name, setting } = self;
        let hint = format!(
            "this is the account by which the script searches (configuration.{setting}), not the person who logs in: check its \
             name and password in the connection's configuration"
        );
        let message = format!("bind as service account {name}: {}", outcome.words());
        Cause { message, hint: Some(hint), reach: Reach::Refused }
    }
}

/// A request of ours that wants no more answers; servers answer it nothing.
fn abandon(id: i32) -> Vec<u8> {
    let number = ber::number(ber::INTEGER, look::next_id());
    ber::elements(ber::SEQUENCE, &[number, ber::number(0x50, id)])
}

/// What the script wrote into its socket is no request.
fn not_ldap() -> Fault {
    fault(FaultKind::Statement, "what was written to the socket is no LDAP request (RFC 4511), so it was not sent")
}

fn unreadable() -> Fault {
    fault(FaultKind::Connection, "no LDAP is spoken there: an answer cannot be read")
}

fn held_back(peer: &Peer, operation: &Operation, mode: Writes) -> Fault {
    let place = format!("{}:{}", peer.host, peer.port);
    let (shown, _) = operation.shown();
    match mode {
        Writes::ReadOnly => refused(
            &format!(
                "refused before it was sent: this connection is read-only, and \"{shown}\" may change something at {place}"
            ),
            "allow writes for this connection in its settings if that is meant",
        ),
        _ => refused(
            &format!("held back: \"{shown}\" may change something at {place}, and a directory has no rollback"),
            "run it with commit (the switch, or --commit) to send it; the trace shows what would have been sent",
        ),
    }
}

/// A line of the trace in the making.
#[derive(Clone)]
struct Line {
    label: String,
    statement: Statement,
}

impl Line {
    fn of(peer: &Peer, operation: &Operation) -> Line {
        let (sql, parameters) = operation.shown();
        let parameters = parameters.iter().map(|text| cut(text)).collect();
        let statement = Statement { sql, parameters, rows: None, effect: Effect::Read };
        Line { label: format!("{} {}", peer.driver(), operation.verb()), statement }
    }

    fn answered(mut self, operation: &Operation, outcome: &Outcome, effect: Effect) -> Observed {
        if !outcome.is_good() {
            return self.failed(&outcome.words(), if operation.may_write() { Effect::Nothing } else { Effect::Read });
        }
        match operation {
            Operation::Bind { name, method: Method::Simple { has_password: false } } if !name.is_empty() => {
                self.label.push_str(
                    " · let in without a password, as nobody (RFC 4513 §5.1.2): check for an empty one first",
                );
            }
            Operation::Compare { .. } => self.label.push_str(if outcome.code == 6 { " · true" } else { " · false" }),
            _ => {}
        }
        self.observed(TraceKind::Query, effect, None)
    }

    /// The directory does not let the script in.
    fn not_let_in(self, peer: &Peer, error: &str) -> Observed {
        Observed { label: peer.label(), ..self.observed(TraceKind::Connect, Effect::Read, Some(error.to_owned())) }
    }

    fn failed(self, error: &str, effect: Effect) -> Observed {
        self.observed(TraceKind::Query, effect, Some(error.to_owned()))
    }

    fn refused(self, fault: &Fault) -> Observed {
        self.observed(TraceKind::Blocked, Effect::Refused, Some(fault.message.clone()))
    }

    fn observed(self, kind: TraceKind, effect: Effect, error: Option<String>) -> Observed {
        let statement = Statement { effect, ..self.statement };
        Observed { kind, label: self.label, statement: Some(statement), kept: None, error }
    }
}

#[cfg(test)]
mod tests;
