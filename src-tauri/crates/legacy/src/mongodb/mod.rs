//! MongoDB, as the npm package `mongodb` speaks it. The package itself logs in, pools and retries; here each command is read
//! ([`message`]), judged ([`command`]) and told of ([`shown`]).
//!
//! Why no driver of Rust's: the package runs unchanged in the sandbox, so that results and errors are its own.
//!
//! **Safe try.** A replica set or a sharded cluster has transactions: from the first write on, commands run in one of ours
//! ([`transaction`]), which is aborted at the end. A standalone server has none: writes are held back before they are sent, with
//! what would have been written in the trace. What no transaction carries (`createIndexes`, `drop`, `$out`, …) is held back too.
//!
//! A refusal reaches the script as the server's own error reply, with our code: the package then raises a `MongoServerError` for
//! that command, and does not take the connection for lost.

mod command;
mod look;
mod message;
mod shown;
mod transaction;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex as Sync_,
        atomic::{AtomicBool, Ordering},
    },
};

use bson::{Document, RawDocument, doc};
use contract::Effect;
use secrecy::zeroize::Zeroizing;
use tokio::sync::Mutex;
use wire::{Fault, FaultKind, Limits};

use self::{
    command::{Class, class, own_transaction},
    message::{Answer, Request, ask, length, owned},
    shown::Line,
    transaction::Deployment,
};
use crate::{
    Cause, Finish, Reach, SessionOptions, StageName, Writes, fault,
    session::lock,
    socket::{Context, Exchanged, Peer, Unanswered, hung_up},
    trace::readable,
};

/// What the session's MongoDB sockets share: a transaction per deployment and user.
#[derive(Default)]
pub(crate) struct Shared {
    deployments: Deployments,
}

type Deployments = Arc<Sync_<BTreeMap<String, Arc<Deployment>>>>;

impl Shared {
    /// Ends a safe try everywhere.
    pub(crate) async fn finish(&self, finish: &mut Finish) {
        let deployments = std::mem::take(&mut *lock(&self.deployments));
        for deployment in deployments.into_values() {
            deployment.finish(finish).await;
        }
    }
}

/// One socket's messages.
pub(crate) struct Dialogue {
    label: String,
    writes: Writes,
    limits: Limits,
    deployments: Deployments,
    outgoing: Mutex<Zeroizing<Vec<u8>>>,
    known: Sync_<Known>,
    /// It carried part of the safe try, so it may also end it.
    carried: AtomicBool,
}

/// What a socket's messages have told.
#[derive(Default)]
struct Known {
    /// Name of the replica set.
    set: Option<String>,
    /// The server has transactions.
    has_transactions: bool,
    /// Not the one that takes writes: what is read there is read outside the safe try's transaction.
    is_secondary: bool,
    /// User and mechanism, once the script tries to log in.
    user: Option<String>,
    is_logged_in: bool,
    has_looked: bool,
    /// Rows and bytes that open cursors have brought.
    brought: BTreeMap<i64, (u64, u64)>,
}

impl Dialogue {
    pub(crate) fn new(peer: &Peer, _owner: u32, options: &SessionOptions, shared: &Shared) -> Dialogue {
        Dialogue {
            label: peer.label(),
            writes: options.writes,
            limits: options.limits.clone(),
            deployments: Arc::clone(&shared.deployments),
            outgoing: Mutex::default(),
            known: Sync_::default(),
            carried: AtomicBool::new(false),
        }
    }

    /// Takes bytes of the package; each whole message is judged, and answered.
    pub(crate) async fn exchange(&self, context: &Context<'_>, bytes: &[u8]) -> Result<Exchanged, Unanswered> {
        let mut outgoing = self.outgoing.lock().await;
        outgoing.extend_from_slice(bytes);
        let mut exchanged = Exchanged::default();
        while let Some(length) = length(&outgoing)?.filter(|length| outgoing.len() >= *length) {
            let message: Zeroizing<Vec<u8>> = Zeroizing::new(outgoing.drain(..length).collect());
            let request = Request::read(&message)?;
            let step = self.answer(context, &request).await?;
            if request.wants_answer() {
                exchanged.bytes.extend_from_slice(&step.bytes);
            }
            exchanged.observed = step.observed.or(exchanged.observed);
            if step.ended {
                exchanged.ended = true;
                break;
            }
        }
        Ok(exchanged)
    }

    /// The client goes away.
    pub(crate) async fn leave(&self, context: &Context<'_>) {
        if self.carried.load(Ordering::Relaxed) {
            self.deployment().keep_connection(context.link).await;
        }
    }

    async fn answer(&self, context: &Context<'_>, request: &Request) -> Result<Exchanged, Unanswered> {
        match class(request) {
            Class::Hello => self.hello(context, request).await,
            // What an old driver asks in another way than hello was gone before the servers of today.
            _ if request.is_query() => {
                Err(fault::fault(FaultKind::Statement, "OP_QUERY carries nothing but hello").into())
            }
            Class::Login => self.login(context, request).await,
            Class::Housekeeping => match ask(context.link, request).await? {
                Some(answer) => Ok(Exchanged { bytes: answer.bytes, ..Exchanged::default() }),
                None => Ok(self.hung_up()),
            },
            class => self.command(context, request, class).await,
        }
    }

    /// What server this is. Compression is not offered, and neither is a hello that is answered again and again.
    async fn hello(&self, context: &Context<'_>, request: &Request) -> Result<Exchanged, Unanswered> {
        let mut plain = request.clone();
        for key in ["compression", "topologyVersion", "maxAwaitTimeMS"] {
            plain.body.remove(key);
        }
        if let Ok(attempt) = request.body.get_document("speculativeAuthenticate") {
            lock(&self.known).user = Some(user(attempt));
        }
        let Some(answer) = ask(context.link, &plain).await? else { return Ok(self.hung_up()) };
        let mut hello = owned(answer.document()?)?;
        hello.remove("compression");
        hello.remove("topologyVersion");
        let x509 = {
            let mut known = lock(&self.known);
            known.set = hello.get_str("setName").ok().map(str::to_owned);
            let is_sharded = hello.get_str("msg").is_ok_and(|message| message == "isdbgrid");
            let has_sessions = hello.contains_key("logicalSessionTimeoutMinutes");
            known.is_secondary = hello.get_bool("secondary").is_ok_and(|is_secondary| is_secondary);
            known.has_transactions = has_sessions && (known.set.is_some() || is_sharded);
            hello.contains_key("speculativeAuthenticate")
                && known.user.as_deref().is_some_and(|user| user.ends_with("MONGODB-X509"))
        };
        if x509 {
            self.logged_in(context);
        }
        Ok(Exchanged { bytes: request.answer(&hello)?, ..Exchanged::default() })
    }

    /// A step of logging in: nothing of it is told but how it ends.
    async fn login(&self, context: &Context<'_>, request: &Request) -> Result<Exchanged, Unanswered> {
        if matches!(request.name(), "saslStart" | "authenticate") {
            let mut attempt = request.body.clone();
            attempt.insert("db", request.database());
            lock(&self.known).user = Some(user(&attempt));
        }
        let Some(answer) = ask(context.link, request).await? else { return Ok(self.hung_up()) };
        let said = owned(answer.document()?)?;
        let mut observed = None;
        match shown::error(answer.document()?) {
            Some(why) => {
                let user = lock(&self.known).user.clone().unwrap_or_default();
                let refused = fault::fault(FaultKind::Authentication, format!("{user}: {why}"));
                context.probe.failed(&refused);
                let hint = "check user, password and authSource of the address in the connection's configuration";
                let hint = Some(hint.to_owned());
                context.said.is_refused(Cause { message: readable(&refused), hint, reach: Reach::Refused });
                observed = Some(shown::connection(&self.label, &readable(&refused)));
            }
            None if request.name() == "authenticate" || said.get_bool("done").is_ok_and(|done| done) => {
                self.logged_in(context);
            }
            None => {}
        }
        Ok(Exchanged { bytes: answer.bytes, observed, ..Exchanged::default() })
    }

    fn logged_in(&self, context: &Context<'_>) {
        let mut known = lock(&self.known);
        known.is_logged_in = true;
        context.probe.reached(StageName::Authentication, known.user.clone().unwrap_or_default());
    }

    async fn command(&self, context: &Context<'_>, request: &Request, class: Class) -> Result<Exchanged, Unanswered> {
        let mut line = Line::of(request);
        if context.probe.listens() && !std::mem::replace(&mut lock(&self.known).has_looked, true) {
            let is_logged_in = lock(&self.known).is_logged_in;
            look::look(context, request.database(), is_logged_in).await?;
        }
        if let Some(refused) = self.refusal(request, class) {
            let bytes = request.answer(&refusal(&refused))?;
            return Ok(Exchanged { bytes, observed: Some(line.refused(refused.message)), ended: false });
        }
        let effect = effect_of(self.writes, is_write(class));
        context.said.asks(line.clone().sent(effect));
        let ran = match self.writes {
            Writes::RolledBack => self.safely(context, request, class, &mut line).await,
            Writes::Committed | Writes::ReadOnly => ask(context.link, request).await,
        };
        let answer = match ran {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                return Ok(Exchanged {
                    observed: Some(line.failed("the server hung up".to_owned(), effect)),
                    ..self.hung_up()
                });
            }
            Err(fault) => return Err(Unanswered { observed: Some(line.failed(readable(&fault), effect)), fault }),
        };
        let said = answer.document()?;
        if let Err(reached) = self.count(request, said, answer.bytes.len()) {
            self.close_cursor(context, request, said).await?;
            let bytes = request.answer(&refusal(&reached))?;
            return Ok(Exchanged { bytes, observed: Some(line.failed(reached.message, Effect::Read)), ended: false });
        }
        if effect == Effect::Committed && shown::is_ok(said) && own_transaction(&request.body).is_some() {
            line.note(contract::STAYS_IF_COMMITTED);
        }
        let observed = Some(line.answered(said, effect));
        Ok(Exchanged { observed, bytes: answer.bytes, ended: false })
    }

    /// A command of a safe try that has transactions: inside ours where it belongs there.
    async fn safely(
        &self,
        context: &Context<'_>,
        request: &Request,
        class: Class,
        line: &mut Line,
    ) -> Result<Option<Answer>, Fault> {
        let own = own_transaction(&request.body);
        let deployment = self.deployment();
        if let (Class::Commit | Class::Abort, Some(own)) = (class, &own) {
            if class == Class::Commit {
                deployment.keep(own).await;
                line.note("not committed: this is a safe try");
            } else {
                let undone = deployment.undo(context.link, own).await?;
                line.note(&format!("undid {undone} of the script's own writes"));
            }
            return Ok(Some(Answer { bytes: request.answer(&doc! { "ok": 1.0 })? }));
        }
        if class == Class::Write {
            self.carried.store(true, Ordering::Relaxed);
        }
        let stays_apart = class == Class::Read && lock(&self.known).is_secondary;
        if !stays_apart && let Some(ran) = deployment.run(context.link, request, class).await? {
            if let Some(note) = ran.note {
                line.note(&note);
            }
            return Ok(ran.answer);
        }
        if (class == Class::ReadApart || stays_apart) && deployment.is_open().await {
            line.note("asked outside the safe try's transaction: its writes do not show");
        }
        let mut alone = request.clone();
        if own.is_some() {
            // The script's transaction has not reached the server.
            for key in ["txnNumber", "autocommit", "startTransaction"] {
                alone.body.remove(key);
            }
        }
        ask(context.link, &alone).await
    }

    /// Why a command is not sent.
    fn refusal(&self, request: &Request, class: Class) -> Option<Fault> {
        let words = [Some(request.name()), request.subject()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let commit =
            "run it with commit (the switch, or --commit) to send it; the trace shows what would have been written";
        match (self.writes, class) {
            (Writes::ReadOnly, Class::Write | Class::WriteApart) => Some(fault::refused(
                &format!("refused before it was sent: this connection is read-only, and {words} may write"),
                "allow writes for this connection in its settings if that is meant",
            )),
            (Writes::RolledBack, Class::Write | Class::WriteApart) if !lock(&self.known).has_transactions => {
                let why = "a standalone MongoDB has no transactions, so it cannot be undone";
                Some(fault::refused(&format!("held back: {words} may write, and {why}"), commit))
            }
            (Writes::RolledBack, Class::WriteApart) => {
                let why = "no transaction can carry it, so it cannot be undone";
                Some(fault::refused(&format!("held back: {words} may write, and {why}"), commit))
            }
            _ => None,
        }
    }

    /// Counts what a cursor brings over all its batches.
    fn count(&self, request: &Request, said: &RawDocument, bytes: usize) -> Result<(), Fault> {
        let Some(rows) = shown::batch(said) else { return Ok(()) };
        let mut known = lock(&self.known);
        let before = command::number(request.body.get("getMore")).and_then(|cursor| known.brought.remove(&cursor));
        let (all_rows, all_bytes) = before.unwrap_or_default();
        let (all_rows, all_bytes) = (all_rows + rows as u64, all_bytes + bytes as u64);
        if all_rows > self.limits.query_rows {
            let rows = self.limits.query_rows;
            return Err(fault::limit(
                &format!("{rows} rows per query"),
                "ask for fewer with limit() or a narrower filter",
            ));
        }
        if all_bytes > self.limits.query_bytes {
            let bytes = self.limits.query_bytes;
            let hint = "ask for fewer documents, or for fewer fields with a projection";
            return Err(fault::limit(&format!("{bytes} bytes per query"), hint));
        }
        if let Some(cursor) = cursor(said) {
            known.brought.insert(cursor, (all_rows, all_bytes));
        }
        Ok(())
    }

    /// The script does not hear of the cursor, so it cannot close it.
    async fn close_cursor(&self, context: &Context<'_>, request: &Request, said: &RawDocument) -> Result<(), Fault> {
        let collection = request.subject().or_else(|| request.body.get_str("collection").ok());
        let (Some(cursor), Some(collection)) = (cursor(said), collection) else { return Ok(()) };
        let mut body = doc! { "killCursors": collection, "cursors": [cursor], "$db": request.database() };
        if let Some(session) = request.body.get("lsid") {
            body.insert("lsid", session.clone());
        }
        ask(context.link, &Request::own(request.id, body)).await?;
        Ok(())
    }

    fn deployment(&self) -> Arc<Deployment> {
        let place = {
            let known = lock(&self.known);
            format!("{} {}", known.set.as_deref().unwrap_or(&self.label), known.user.as_deref().unwrap_or_default())
        };
        Arc::clone(lock(&self.deployments).entry(place).or_insert_with(|| Arc::new(Deployment::new(&self.label))))
    }

    fn hung_up(&self) -> Exchanged {
        let observed = Some(shown::connection(&self.label, &readable(&hung_up())));
        Exchanged { ended: true, observed, ..Exchanged::default() }
    }
}

fn is_write(class: Class) -> bool {
    matches!(class, Class::Write | Class::WriteApart)
}

fn effect_of(writes: Writes, is_write: bool) -> Effect {
    match writes {
        Writes::RolledBack if is_write => Effect::RolledBack,
        Writes::Committed if is_write => Effect::Committed,
        _ => Effect::Read,
    }
}

/// A refusal of ours as a server's reply.
fn refusal(fault: &Fault) -> Document {
    let code = fault.code.clone().unwrap_or_default();
    doc! { "ok": 0.0, "errmsg": &fault.message, "code": &code, "codeName": code }
}

/// The cursor that a reply leaves open.
fn cursor(said: &RawDocument) -> Option<i64> {
    shown::integer(said.get_document("cursor").ok()?, "id").filter(|id| *id != 0)
}

/// Who wants to log in, and how: `app of admin, SCRAM-SHA-256`.
fn user(attempt: &Document) -> String {
    let mechanism = attempt.get_str("mechanism").unwrap_or_default();
    let database = attempt.get_str("db").unwrap_or_default();
    let payload = attempt.get_binary_generic("payload").map(Vec::as_slice).unwrap_or_default();
    // SCRAM: `n,,n=USER,r=NONCE`. PLAIN: a zero, the user, a zero, the password.
    let text = String::from_utf8_lossy(payload);
    let name = match mechanism {
        "PLAIN" => text.split('\0').nth(1),
        _ => text.split(',').find_map(|part| part.strip_prefix("n=")),
    };
    let name = name.map(|name| name.replace("=2C", ",").replace("=3D", "="));
    let name = name.or_else(|| attempt.get_str("user").ok().map(str::to_owned)).unwrap_or_default();
    format!("{name} of {database}, {mechanism}")
}

#[cfg(test)]
mod tests;
