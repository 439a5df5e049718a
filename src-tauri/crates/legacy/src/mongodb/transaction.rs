//! The safe try's transaction at one deployment, for all the session's sockets to it.
//!
//! It begins with the first write and is aborted at the end; reads from then on run inside, so that a script sees what it wrote.
//! MongoDB has no savepoints, and a failed command ends the transaction it ran in, as a duplicate key does, which a script meets
//! without one every day. So what was written is remembered, and written again in a new transaction: the script goes on as if the
//! failed command alone had failed. The same undoes the script's own transactions inside ours.

use std::{collections::BTreeSet, time::Duration};

use bson::{Bson, Document, doc};
use tokio::sync::Mutex;
use wire::Fault;

use super::{
    command::{Class, Own, number},
    message::{Answer, Request, ask},
    shown::{error, integer, is_ok, met_nothing, rows},
};
use crate::{Finish, socket::Link};

/// Where a command leads.
pub(super) struct Deployment {
    /// As the trace names it.
    label: String,
    state: Mutex<State>,
}

struct State {
    /// Our logical session's id.
    session: bson::Uuid,
    number: i64,
    /// The transaction has begun. What came of it is only known for sure when its commands were answered.
    is_open: bool,
    next_id: i32,
    /// What it holds, in order.
    written: Vec<Written>,
    /// Bytes of `written`; beyond [`REMEMBERED`] nothing is written again.
    bytes: usize,
    /// Writing commands that ran, also those that are undone already.
    count: u32,
    /// Documents that these changed.
    rows: u64,
    /// Cursors that live inside.
    cursors: BTreeSet<i64>,
    /// The connection that a client left behind, to abort with at the end.
    spare: Option<Link>,
}

/// A write that went well.
struct Written {
    request: Request,
    /// The script's own transaction that it belongs to, while that is open.
    own: Option<Own>,
}

/// What came of a command.
pub(super) struct Ran {
    /// None when the server hung up.
    pub(super) answer: Option<Answer>,
    /// For the trace.
    pub(super) note: Option<String>,
}

/// How much of what was written is remembered, in bytes.
const REMEMBERED: usize = 16 << 20;

/// How long the end of a safe try waits for the server.
const PATIENCE: Duration = Duration::from_secs(3);

/// The server knows no such transaction: it ended it by itself, after a minute by default.
const NO_SUCH_TRANSACTION: i64 = 251;

impl Deployment {
    pub(super) fn new(label: &str) -> Deployment {
        let state = State {
            session: bson::Uuid::new(),
            number: 0,
            is_open: false,
            // Far from what a driver counts.
            next_id: 0x5000_0000,
            written: Vec::new(),
            bytes: 0,
            count: 0,
            rows: 0,
            cursors: BTreeSet::new(),
            spare: None,
        };
        Deployment { label: label.to_owned(), state: Mutex::new(state) }
    }

    /// Runs a command inside the transaction, or, while there is none, a read on its own: then gives None.
    pub(super) async fn run(&self, link: &Link, request: &Request, class: Class) -> Result<Option<Ran>, Fault> {
        let mut state = self.state.lock().await;
        let is_inside = match class {
            Class::Write => true,
            Class::Read => state.is_open,
            Class::GetMore => number(request.body.get("getMore")).is_some_and(|cursor| state.cursors.contains(&cursor)),
            _ => false,
        };
        if !is_inside {
            return Ok(None);
        }
        let mut answer = state.send(link, request).await?;
        if answer.as_ref().is_some_and(|answer| code(answer) == Some(NO_SUCH_TRANSACTION)) && class != Class::GetMore {
            state.is_open = false;
            state.again(link).await?;
            answer = state.send(link, request).await?;
        }
        let Some(answer) = answer else {
            return Ok(Some(Ran { answer: None, note: None }));
        };
        let note = state.learn(link, request, class, &answer).await?;
        Ok(Some(Ran { answer: Some(answer), note }))
    }

    /// Whether a transaction is open.
    pub(super) async fn is_open(&self) -> bool {
        self.state.lock().await.is_open
    }

    /// The script commits its own transaction: what it wrote is part of ours for good.
    pub(super) async fn keep(&self, own: &Own) {
        for written in &mut self.state.lock().await.written {
            written.own.take_if(|by| *by == *own);
        }
    }

    /// The script aborts its own transaction. Says how many writes that undid.
    pub(super) async fn undo(&self, link: &Link, own: &Own) -> Result<usize, Fault> {
        let mut state = self.state.lock().await;
        let before = state.written.len();
        state.written.retain(|written| written.own.as_ref() != Some(own));
        let undone = before - state.written.len();
        if undone > 0 {
            state.abort(link).await?;
            state.again(link).await?;
        }
        Ok(undone)
    }

    /// A client goes away. Its connection is kept while there is something to abort.
    pub(super) async fn keep_connection(&self, link: &Link) {
        let mut state = self.state.lock().await;
        if state.is_open
            && let Some(link) = link.take().await
            && let Some(before) = state.spare.replace(link)
        {
            before.close().await;
        }
    }

    /// The end of the safe try.
    pub(super) async fn finish(&self, finish: &mut Finish) {
        let mut state = self.state.lock().await;
        finish.rolled_back += state.count;
        let mut aborted = !state.is_open;
        if let Some(link) = state.spare.take() {
            if state.is_open {
                aborted = matches!(tokio::time::timeout(PATIENCE, state.abort(&link)).await, Ok(Ok(())));
            }
            link.close().await;
        }
        // Nobody can commit it any more: its session's id was ours alone.
        let how = if aborted { "" } else { " by the server, which ends a transaction left alone after a minute" };
        finish.undid(&self.label, (state.count, state.rows), how);
    }
}

impl State {
    /// Sends a command inside the transaction, which begins if there is none.
    async fn send(&mut self, link: &Link, request: &Request) -> Result<Option<Answer>, Fault> {
        let begins = !self.is_open;
        if begins {
            self.number += 1;
            self.cursors.clear();
            self.is_open = true;
        }
        let mut inside = request.clone();
        for key in
            ["lsid", "txnNumber", "autocommit", "startTransaction", "readConcern", "writeConcern", "$readPreference"]
        {
            inside.body.remove(key);
        }
        inside.body.extend(self.marks());
        if begins {
            inside.body.insert("startTransaction", true);
        }
        ask(link, &inside).await
    }

    fn marks(&self) -> Document {
        doc! { "lsid": { "id": self.session }, "txnNumber": Bson::Int64(self.number), "autocommit": false }
    }

    /// Takes note of an answer. A failure ended the transaction: what it held is written again.
    async fn learn(
        &mut self,
        link: &Link,
        request: &Request,
        class: Class,
        answer: &Answer,
    ) -> Result<Option<String>, Fault> {
        let document = answer.document()?;
        if error(document).is_some() || integer(document, "nErrors").is_some_and(|errors| errors > 0) {
            self.abort(link).await?;
            return self.again(link).await;
        }
        if let Some(cursor) = document.get_document("cursor").ok().and_then(|cursor| integer(cursor, "id")) {
            self.cursors.insert(cursor);
        }
        if class == Class::Write && !met_nothing(document) {
            self.count += 1;
            self.rows += u64::from(rows(document).unwrap_or(0));
            self.bytes += answer.bytes.len() + request.bytes()?.len();
            let own = super::command::own_transaction(&request.body);
            if self.bytes <= REMEMBERED {
                self.written.push(Written { request: request.clone(), own });
            }
        }
        Ok(None)
    }

    /// Writes what was written once more, in a new transaction. Says what could not be.
    async fn again(&mut self, link: &Link) -> Result<Option<String>, Fault> {
        if self.bytes > REMEMBERED {
            self.written.clear();
            self.bytes = 0;
            return Ok(Some(
                "the error ended the safe try's transaction, and undid what was written before it".to_owned(),
            ));
        }
        let written = std::mem::take(&mut self.written);
        let all = written.len();
        for mut one in written {
            self.next_id += 1;
            one.request.id = self.next_id;
            let Some(answer) = self.send(link, &one.request).await? else { return Err(crate::socket::hung_up()) };
            if error(answer.document()?).is_some() {
                self.abort(link).await?;
                self.written.clear();
                let earlier = if all == 1 { "an earlier write".to_owned() } else { format!("{all} earlier writes") };
                return Ok(Some(format!(
                    "the error ended the safe try's transaction, and {earlier} could not be written again"
                )));
            }
            self.written.push(one);
        }
        Ok(None)
    }

    /// Ends the transaction. An error means that the server has ended it already.
    async fn abort(&mut self, link: &Link) -> Result<(), Fault> {
        if !self.is_open {
            return Ok(());
        }
        self.next_id += 1;
        let mut body = doc! { "abortTransaction": 1 };
        body.extend(self.marks());
        body.insert("$db", "admin");
        let answer = ask(link, &Request::own(self.next_id, body)).await?;
        self.is_open = false;
        match answer {
            Some(answer) => {
                debug_assert!(is_ok(answer.document()?) || code(&answer).is_some());
                Ok(())
            }
            None => Err(crate::socket::hung_up()),
        }
    }
}

fn code(answer: &Answer) -> Option<i64> {
    let document = answer.document().ok()?;
    if is_ok(document) { None } else { integer(document, "code") }
}
