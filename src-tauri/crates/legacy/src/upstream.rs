//! One server session, shared by the clients of a safe try or owned by a single client.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use contract::{Effect, Statement, TraceKind};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use wire::{Fault, FaultKind, Limits, Parameter, Protocol, ResultSet, StoreKind, StoreReply};

use crate::{
    Finish, Handled, Observed, SessionOptions, StageName, Writes,
    driver::{Connection, Target},
    fault, mysql, net, postgres, sqlite,
};

/// What makes two clients reach the same database as the same user: then they share a session in a safe try.
pub(crate) type Key = (u8, String, u16, String, String, u64);

/// Where a client connects to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) key: Key,
    pub(crate) store: StoreKind,
    pub(crate) label: String,
    /// An in-memory database, which no two clients share.
    pub(crate) is_private: bool,
}

/// The server session itself.
pub(crate) struct Upstream {
    place: Place,
    parameters: Map<String, Value>,
    options: SessionOptions,
    broken: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    clients: u32,
    writes: u32,
}

impl Place {
    /// The place that a script's parameters name.
    pub(crate) fn of(store: StoreKind, parameters: &Map<String, Value>) -> Place {
        static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let text = |name: &str| {
            parameters
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if store == StoreKind::Sqlite {
            let file = text("file");
            let is_private = file.is_empty() || file == ":memory:";
            let label = format!(
                "sqlite3 {}",
                if file.is_empty() {
                    "(temporary)"
                } else {
                    &file
                }
            );
            return Place {
                key: (0, file, 0, String::new(), String::new(), 0),
                store,
                label,
                is_private,
            };
        }
        let (rank, driver, usual) = match store {
            StoreKind::Mysql => (2, "mysql", 3306),
            _ => (1, "pg", 5432),
        };
        let host = Some(text("host"))
            .filter(|host| !host.is_empty())
            .unwrap_or_else(|| "localhost".to_owned());
        let port = parameters.get("port").and_then(port_of).unwrap_or(usual);
        let database = text("database");
        // Another password or other TLS options are another session: they must be checked anew.
        let credentials = SEED.hash_one((
            text("password"),
            parameters.get("ssl").map(Value::to_string),
        ));
        let shown = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let label = format!("{driver} {shown}:{port}/{database}");
        Place {
            key: (rank, host, port, text("user"), database, credentials),
            store,
            label,
            is_private: false,
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.key.1
    }

    pub(crate) fn port(&self) -> u16 {
        self.key.2
    }
}

/// A port as a number or as text; scripts take it from `configuration`, where everything is text.
fn port_of(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Opens a server session, policy first.
pub(crate) async fn open(
    place: &Place,
    parameters: &Map<String, Value>,
    options: &SessionOptions,
    reached: &(dyn Fn(StageName, String) + Send + Sync),
) -> Result<Connection, Fault> {
    if place.store == StoreKind::Sqlite {
        let read_only = options.writes == Writes::ReadOnly;
        return sqlite::connect(parameters, &options.policy, read_only, reached)
            .await
            .map(Connection::Sqlite);
    }
    let addresses = net::resolve(&options.policy, place.host(), place.port()).await?;
    let shown: Vec<String> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    reached(StageName::NameLookup, shown.join(", "));
    let wait = parameters
        .get("connect_timeout_ms")
        .and_then(Value::as_u64)
        .filter(|wait| *wait > 0);
    let target = Target {
        parameters,
        host: place.host(),
        port: place.port(),
        addresses: &addresses,
        connect_timeout: Duration::from_millis(wait.unwrap_or(options.limits.wall_ms)),
        reached,
    };
    match place.store {
        StoreKind::Mysql => mysql::connect(&target, &options.limits)
            .await
            .map(|connection| Connection::Mysql(Box::new(connection))),
        _ => postgres::connect(&target, &options.limits)
            .await
            .map(|connection| Connection::Postgres(Box::new(connection))),
    }
}

impl Upstream {
    pub(crate) fn new(
        place: Place,
        parameters: Map<String, Value>,
        options: &SessionOptions,
    ) -> Upstream {
        let options = options.clone();
        Upstream {
            place,
            parameters,
            options,
            broken: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// A client joins; the first one connects.
    pub(crate) async fn enter(&self) -> Result<Map<String, Value>, Fault> {
        let mut state = self.state.lock().await;
        if state.connection.is_none() {
            let mut connection =
                open(&self.place, &self.parameters, &self.options, &|_, _| {}).await?;
            if self.options.writes != Writes::Committed {
                connection.control("BEGIN").await?;
            }
            state.connection = Some(connection);
        }
        state.clients += 1;
        Ok(state
            .connection
            .as_ref()
            .map(Connection::info)
            .unwrap_or_default())
    }

    pub(crate) async fn leave(&self, _owner: u32) {
        let mut state = self.state.lock().await;
        state.clients = state.clients.saturating_sub(1);
        let alone = self.options.writes == Writes::Committed || self.place.is_private;
        if alone && let Some(connection) = state.connection.take() {
            connection.close().await;
        }
    }

    pub(crate) async fn prepare(&self, label: &str, sql: &str) -> Handled {
        let mut state = self.state.lock().await;
        let Some(mut connection) = state.connection.take() else {
            return failed(label, fault::closed("the connection is lost"), None);
        };
        let result = connection.prepare(sql).await;
        state.connection = Some(connection);
        match result {
            Ok(()) => Handled {
                reply: StoreReply::Rows { sets: Vec::new() },
                observed: None,
            },
            Err(fault) => failed(label, fault, Some(statement(sql, &[], None, Effect::Read))),
        }
    }

    pub(crate) async fn query(
        &self,
        _owner: u32,
        label: &str,
        sql: &str,
        parameters: &[Parameter],
        protocol: Protocol,
        limits: &Limits,
    ) -> Handled {
        let mut state = self.state.lock().await;
        let Some(mut connection) = state.connection.take() else {
            return failed(label, fault::closed("the connection is lost"), None);
        };
        let result = connection.query(sql, parameters, protocol, limits).await;
        if connection.usable() {
            state.connection = Some(connection);
        } else {
            self.broken.store(true, Ordering::Relaxed);
        }
        match result {
            Ok(sets) => {
                state.writes += 1;
                let statement = statement(sql, parameters, sets.last(), Effect::RolledBack);
                let observed = Observed {
                    kind: TraceKind::Query,
                    label: label.to_owned(),
                    statement: Some(statement),
                    error: None,
                };
                Handled {
                    reply: StoreReply::Rows { sets },
                    observed: Some(observed),
                }
            }
            Err((fault, sets)) => {
                let statement = statement(sql, parameters, None, Effect::RolledBack);
                let mut handled = failed(label, fault, Some(statement));
                if let StoreReply::Failed { sets: earlier, .. } = &mut handled.reply {
                    *earlier = sets;
                }
                handled
            }
        }
    }

    pub(crate) async fn finish(&self, finish: &mut Finish) {
        let mut state = self.state.lock().await;
        let writes = std::mem::take(&mut state.writes);
        if let Some(mut connection) = state.connection.take() {
            if connection.control("ROLLBACK").await.is_ok() {
                connection.close().await;
            }
            finish.rolled_back += writes;
        }
    }
}

/// What a fault says in one line, for people: Node's aggregate errors have no message of their own.
pub(crate) fn readable(fault: &Fault) -> String {
    if !fault.message.is_empty() {
        return fault.message.clone();
    }
    let errors = fault.fields.get("errors").and_then(Value::as_array);
    let first = errors
        .and_then(|errors| errors.first())
        .and_then(|error| error["message"].as_str());
    first
        .or(fault.code.as_deref())
        .unwrap_or("no message")
        .to_owned()
}

fn failed(label: &str, fault: Fault, statement: Option<Statement>) -> Handled {
    let blocked = matches!(fault.kind, FaultKind::Policy | FaultKind::Refused);
    let kind = if blocked {
        TraceKind::Blocked
    } else {
        TraceKind::Query
    };
    let observed = Observed {
        kind,
        label: label.to_owned(),
        statement,
        error: Some(readable(&fault)),
    };
    Handled {
        reply: StoreReply::Failed {
            fault,
            sets: Vec::new(),
        },
        observed: Some(observed),
    }
}

/// A statement for the trace.
fn statement(
    sql: &str,
    parameters: &[Parameter],
    set: Option<&ResultSet>,
    effect: Effect,
) -> Statement {
    let rows = set.and_then(|set| match set.returns_rows {
        true => u32::try_from(set.rows.len()).ok(),
        false => set
            .affected
            .and_then(|affected| u32::try_from(affected).ok()),
    });
    Statement {
        sql: sql.to_owned(),
        parameters: parameters.iter().map(shown).collect(),
        rows,
        effect,
    }
}

fn shown(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Null => "NULL".to_owned(),
        Parameter::Text(text) | Parameter::Integer(text) => text.clone(),
        Parameter::Bytes(base64) => format!("{} bytes", base64.len() / 4 * 3),
        Parameter::Number(number) => number.to_string(),
        Parameter::Boolean(boolean) => boolean.to_string(),
        Parameter::Named(name, value) => format!("{name} = {}", shown(value)),
    }
}
