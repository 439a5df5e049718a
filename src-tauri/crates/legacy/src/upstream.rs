//! One server session, shared by the clients of a safe try or owned by a single client.

mod finish;
mod hindered;
mod own;
mod own_error;
mod unit;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use contract::{Effect, TraceKind};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use wire::{Fault, FaultKind, Parameter, Protocol, StoreKind, StoreReply, Transaction};

use crate::{
    Handled, Observed, SessionOptions, Writes,
    classify::{Class, Classified, classify},
    dialect,
    driver::Connection,
    engines::{self, Engines},
    fault,
    place::{Place, open},
    safe::SafeTry,
    trace::{Line, readable},
    upstream::{
        hindered::hindered,
        own::{Own, Stands},
        own_error::own_error,
        unit::{Unit, control, met_nothing, only_may_write},
    },
};

/// The server session itself.
pub(crate) struct Upstream {
    place: Place,
    parameters: Map<String, Value>,
    options: SessionOptions,
    /// True while a request uses the connection, and for ever when one was dropped in the middle.
    broken: AtomicBool,
    state: Mutex<State>,
}

/// Who asks, and what.
pub(crate) struct Query<'a> {
    /// The client.
    pub(crate) owner: u32,
    /// The client was opened read-only by the script itself (SQLite).
    pub(crate) reads_only: bool,
    pub(crate) sql: &'a str,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) protocol: Protocol,
}

struct State {
    connection: Option<Connection>,
    safe: SafeTry,
    /// Committed mode: the script's own transaction.
    own: Own,
    /// PostgreSQL: something ran that is known to write, or that takes part in transactions without writing.
    may_be_known: bool,
    engines: Option<Engines>,
    survivors: Option<BTreeMap<String, String>>,
}

impl Upstream {
    pub(crate) fn new(place: Place, parameters: Map<String, Value>, options: &SessionOptions) -> Upstream {
        let state = State {
            connection: None,
            safe: SafeTry::new(place.store),
            own: Own::default(),
            may_be_known: false,
            engines: None,
            survivors: None,
        };
        let options = options.clone();
        Upstream { place, parameters, options, broken: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Whether the session was lost, or is about to be (a request uses it right now).
    pub(crate) async fn is_lost(&self) -> bool {
        let state = self.state.lock().await;
        state.connection.is_none() && self.broken.load(Ordering::Relaxed)
    }

    /// A client joins; the first one connects.
    pub(crate) async fn enter(&self) -> Result<Map<String, Value>, Fault> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection {
            return Ok(connection.info());
        }
        if self.broken.load(Ordering::Relaxed) {
            return Err(lost());
        }
        let mut connection = open(&self.place, &self.parameters, &self.options, &|_, _| {}).await?;
        for sql in dialect::opening(self.place.store, self.options.writes) {
            connection.control(sql).await?;
        }
        let info = connection.info();
        state.connection = Some(connection);
        Ok(info)
    }

    /// A client goes away. Says what became of its open transaction.
    pub(crate) async fn leave(&self, owner: u32) -> Option<String> {
        let mut state = self.state.lock().await;
        if self.options.writes == Writes::Committed {
            let note = state.own.end();
            if let Some(connection) = state.connection.take() {
                connection.close().await;
            }
            return note;
        }
        let step = state.safe.leave(owner);
        if let Some(mut connection) = self.take(&mut state) {
            if control(&mut connection, self.place.store, &step.send).await.is_ok() && !self.place.is_private {
                self.put_back(&mut state, connection);
            } else {
                connection.close().await;
            }
        }
        step.note
    }

    /// Compiles a statement without running it.
    pub(crate) async fn prepare(&self, sql: &str) -> Handled {
        let parts = first_only(classify(sql, self.place.store));
        if let Some(refused) = self.refusal(&parts, None) {
            return self.line(sql, &[], &parts).refused(refused);
        }
        let mut state = self.state.lock().await;
        let Some(mut connection) = self.take(&mut state) else {
            return self.line(sql, &[], &parts).failed((lost(), Vec::new()), Effect::Read);
        };
        let result = connection.prepare(sql).await;
        self.put_back(&mut state, connection);
        match result {
            Ok(()) => Handled { reply: StoreReply::rows(Vec::new()), observed: None },
            Err(fault) => self.line(sql, &[], &parts).failed((fault, Vec::new()), Effect::Read),
        }
    }

    /// Runs the script's text, in the way the session's mode demands.
    pub(crate) async fn query(&self, query: Query<'_>) -> Handled {
        let mut state = self.state.lock().await;
        let Handled { reply, observed } = self.run(&mut state, &query).await;
        let transaction = match (self.place.store, self.options.writes) {
            (StoreKind::Postgres, Writes::Committed) => state.connection.as_ref().and_then(Connection::transaction),
            (StoreKind::Postgres, _) => state.safe.transaction(query.owner),
            _ => None,
        };
        Handled { reply: reply.after(transaction), observed }
    }

    async fn run(&self, state: &mut State, query: &Query<'_>) -> Handled {
        let store = self.place.store;
        let mut parts = classify(query.sql, store);
        if store == StoreKind::Sqlite && query.protocol == Protocol::Prepared {
            // SQLite compiles the first statement and ignores the rest, and so does `sqlite3`.
            parts = first_only(parts);
        }
        let mut line = self.line(query.sql, query.parameters, &parts);
        if let Some(refused) = self.refusal(&parts, None) {
            return match self.own_error(state, query, &parts).await {
                Some(fault) => line.failed((fault, Vec::new()), Effect::Nothing),
                None => line.refused(refused),
            };
        }
        let writes = parts.iter().any(|part| part.class == Class::Write);
        if query.reads_only && writes {
            return line.failed((read_only_client(), Vec::new()), Effect::Nothing);
        }
        let Some(mut connection) = self.take(state) else {
            return line.failed((lost(), Vec::new()), if writes { Effect::Nothing } else { Effect::Read });
        };
        if writes && self.options.writes == Writes::RolledBack {
            self.look_before_writing(state, &mut connection).await;
            if let Some(refused) = self.refusal(&parts, state.engines.as_ref()) {
                self.put_back(state, connection);
                return line.refused(refused);
            }
        }
        state.may_be_known |= parts.iter().any(|part| part.class == Class::Write || takes_part(part));
        let limits = &self.options.limits;
        let mut effect = self.effect(&parts);
        let mut result = if self.options.writes == Writes::Committed {
            let result = connection.query(query.sql, query.parameters, query.protocol, limits).await;
            let stands = connection.usable().then(|| Stands {
                open: connection.in_transaction() == Some(true),
                failed: connection.transaction() == Some(Transaction::Failed),
            });
            effect = state.own.follow(store, &parts, &result, stands, &mut line);
            result
        } else {
            let safe = &mut state.safe;
            safe.begin_text(parts.len());
            let mut unit = Unit { store, safe, connection: &mut connection, limits, line: &mut line };
            let result = unit.run(query, &parts).await;
            // Its own ROLLBACK may have undone them.
            if effect == Effect::RolledBack && result.is_ok() && safe.text_wrote_nothing() {
                effect = Effect::Nothing;
            }
            result
        };
        if connection.usable() {
            self.put_back(state, connection);
        }
        if let Err((fault, _)) = &mut result
            && hindered(fault, self.options.writes, &parts, state.safe.transaction(query.owner).is_some())
        {
            return line.hindered(result);
        }
        if result.is_ok() && only_may_write(&parts) && matches!(effect, Effect::RolledBack | Effect::Committed) {
            line.note("it may have written");
        }
        match result {
            Ok(sets) if steers(&parts) => line.steered(sets),
            Ok(sets) if writes && met_nothing(&parts, &sets) => line.done(sets, Effect::Nothing),
            Ok(sets) => line.done(sets, effect),
            // What stood before it in the same text may have written, and so may it when its answer got lost or was cut off.
            Err(failed) if failed.1.is_empty() && (effect != Effect::Committed || is_answer(&failed.0)) => {
                line.failed(failed, if writes { Effect::Nothing } else { Effect::Read })
            }
            Err(failed) => line.failed(failed, effect),
        }
    }

    /// What the server says against a text that is refused, where it cannot run anyway.
    async fn own_error(&self, state: &mut State, query: &Query<'_>, parts: &[Classified<'_>]) -> Option<Fault> {
        let mut connection = self.take(state)?;
        let fault = own_error(&mut connection, self.place.store, query.sql, query.protocol, parts).await;
        if connection.usable() {
            self.put_back(state, connection);
        }
        fault
    }

    /// A statement on its way, as the trace shows it should no answer come.
    pub(crate) fn under_way(&self, sql: &str, parameters: &[Parameter]) -> Observed {
        let parts = classify(sql, self.place.store);
        self.line(sql, parameters, &parts).observed(TraceKind::Query, self.effect(&parts), None)
    }

    fn effect(&self, parts: &[Classified<'_>]) -> Effect {
        let writes = parts.iter().any(|part| part.class == Class::Write);
        match (writes, self.options.writes) {
            (false, _) | (_, Writes::ReadOnly) => Effect::Read,
            (true, Writes::RolledBack) => Effect::RolledBack,
            (true, Writes::Committed) => Effect::Committed,
        }
    }

    /// Why a text is not run.
    fn refusal(&self, parts: &[Classified<'_>], engines: Option<&Engines>) -> Option<Fault> {
        let writes = self.options.writes;
        parts.iter().find_map(|part| {
            if let Some(danger) = &part.danger
                && (danger.always || writes != Writes::Committed)
            {
                let hint = match danger.always {
                    true => "this is never allowed, whatever becomes of writes",
                    false => "run it with commit (the switch, or --commit) if that is meant",
                };
                return Some(fault::refused(&format!("refused before it ran: {}", danger.reason), hint));
            }
            if writes == Writes::ReadOnly && matches!(part.class, Class::Write | Class::Setting(false)) {
                let message =
                    format!("refused before it ran: this connection is read-only, and {} may write", part.verb);
                return Some(fault::refused(
                    &message,
                    "allow writes for this connection in its settings if that is meant",
                ));
            }
            let objection = engines.filter(|_| part.class == Class::Write)?.objection(part)?;
            let hint = "run it with commit (the switch, or --commit) if that is meant";
            Some(fault::refused(&format!("refused before it ran: {objection}, so it cannot be rolled back"), hint))
        })
    }

    /// Before the first write of a safe try: which tables have no transactions, and where sequences stand.
    async fn look_before_writing(&self, state: &mut State, connection: &mut Connection) {
        if state.engines.is_none() {
            state.engines = Some(Engines::read(connection, self.place.store).await);
        }
        if state.survivors.is_none()
            && let Some(sql) = dialect::survivors(self.place.store)
        {
            // PostgreSQL: a failure of ours must not end the transaction.
            let guarded = self.place.store == StoreKind::Postgres;
            if guarded && connection.control("SAVEPOINT sluice_look").await.is_err() {
                return;
            }
            state.survivors = Some(pairs(engines::rows(connection, sql).await));
            if guarded {
                let _ = connection.control("ROLLBACK TO SAVEPOINT sluice_look").await;
                let _ = connection.control("RELEASE SAVEPOINT sluice_look").await;
            }
        }
    }

    fn take(&self, state: &mut State) -> Option<Connection> {
        let connection = state.connection.take()?;
        self.broken.store(true, Ordering::Relaxed);
        Some(connection)
    }

    fn put_back(&self, state: &mut State, connection: Connection) {
        state.connection = Some(connection);
        self.broken.store(false, Ordering::Relaxed);
    }

    fn line(&self, sql: &str, parameters: &[Parameter], parts: &[Classified<'_>]) -> Line {
        let driver = self.place.label.split(' ').next().unwrap_or_default();
        let verbs: Vec<&str> = parts.iter().take(4).map(|part| part.verb.as_str()).collect();
        Line::new(format!("{driver} {}", verbs.join("; ")), sql, parameters)
    }
}

/// Whether a text steers the transaction and the session only.
fn steers(parts: &[Classified<'_>]) -> bool {
    !parts.is_empty() && parts.iter().all(Classified::steers)
}

/// Whether a query gives its transaction a number without any function that writes: locks, sequences.
fn takes_part(part: &Classified<'_>) -> bool {
    const NUMBERED: [&str; 5] = ["for", "nextval", "setval", "txid_current", "pg_current_xact_id"];
    part.verb == "LOCK" || part.names.iter().any(|name| NUMBERED.contains(&name.as_str()))
}

/// Whether the server itself says that the statement failed.
fn is_answer(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Statement | FaultKind::Refused | FaultKind::Policy)
}

fn first_only(mut parts: Vec<Classified<'_>>) -> Vec<Classified<'_>> {
    parts.truncate(1);
    parts
}

fn pairs(rows: Vec<Vec<String>>) -> BTreeMap<String, String> {
    rows.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok()).map(|[name, value]| (name, value)).collect()
}

fn lost() -> Fault {
    let mut lost = fault::closed("the connection is lost: a statement before was cut off, or the server hung up");
    lost.hint = Some("what ran on it was rolled back by the server".to_owned());
    lost
}

/// What SQLite says to a client that the script opened with OPEN_READONLY.
fn read_only_client() -> Fault {
    let mut found = fault::fault(FaultKind::Statement, "SQLITE_READONLY: attempt to write a readonly database");
    found.code = Some("SQLITE_READONLY".to_owned());
    found.fields.insert("errno".to_owned(), 8.into());
    found.hint = Some("open the database with sqlite3.OPEN_READWRITE to write".to_owned());
    found
}

/// How a failed connection shows in the trace.
pub(crate) fn not_connected(label: String, fault: Fault) -> Handled {
    let kind = match fault.kind {
        FaultKind::Policy | FaultKind::Refused => TraceKind::Blocked,
        _ => TraceKind::Connect,
    };
    let observed = Observed { kind, label, statement: None, kept: None, error: Some(readable(&fault)) };
    Handled { reply: StoreReply::failed(fault), observed: Some(observed) }
}
