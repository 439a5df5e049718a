//! Where clients connect to, and how a server session is opened.

use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
    time::Duration,
};

use serde_json::{Map, Value};
use wire::{Fault, StoreKind};

use crate::{
    SessionOptions, StageName, Writes,
    driver::{Connection, Target},
    mysql, net, postgres, sqlite,
};

/// What makes two clients reach the same database as the same user: then they share a session in a safe try.
pub(crate) type Key = (u8, String, u16, String, String, u64);

/// Where a client connects to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) key: Key,
    pub(crate) store: StoreKind,
    pub(crate) label: String,
    /// The script itself opens the file read-only (SQLite's OPEN_READONLY). In a safe try the session is shared with
    /// clients that write, so that the client's wish is kept apart.
    pub(crate) reads_only: bool,
    /// An in-memory database, which no two clients share.
    pub(crate) is_private: bool,
}

impl Place {
    /// The place that a script's parameters name.
    pub(crate) fn of(store: StoreKind, parameters: &Map<String, Value>) -> Place {
        static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if store == StoreKind::Sqlite {
            let file = text("file");
            let is_private = file.is_empty() || file == ":memory:";
            let mode = parameters.get("mode").and_then(Value::as_u64).unwrap_or(6);
            let reads_only = mode & 1 == 1;
            let label = format!("sqlite3 {}", if file.is_empty() { "(temporary)" } else { &file });
            return Place { key: (0, file, 0, String::new(), String::new(), 0), store, label, reads_only, is_private };
        }
        let (rank, driver, usual) = match store {
            StoreKind::Mysql => (2, "mysql", 3306),
            _ => (1, "pg", 5432),
        };
        let host = Some(text("host")).filter(|host| !host.is_empty()).unwrap_or_else(|| "localhost".to_owned());
        let port = parameters.get("port").and_then(port_of).unwrap_or(usual);
        let database = text("database");
        // Another password or other TLS options are another session: they must be checked anew.
        let credentials = SEED.hash_one((text("password"), parameters.get("ssl").map(Value::to_string)));
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let label = format!("{driver} {shown}:{port}/{database}");
        Place {
            key: (rank, host, port, text("user"), database, credentials),
            store,
            label,
            reads_only: false,
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
        let read_only = match options.writes {
            Writes::ReadOnly => true,
            Writes::Committed => place.reads_only,
            Writes::RolledBack => false,
        };
        return sqlite::connect(parameters, &options.policy, read_only, reached).await.map(Connection::Sqlite);
    }
    let addresses = net::resolve(&options.policy, place.host(), place.port()).await?;
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    reached(StageName::NameLookup, shown.join(", "));
    let wait = parameters.get("connect_timeout_ms").and_then(Value::as_u64).filter(|wait| *wait > 0);
    let target = Target {
        parameters,
        host: place.host(),
        addresses: &addresses,
        connect_timeout: Duration::from_millis(wait.unwrap_or(options.limits.wall_ms)),
        reached,
    };
    match place.store {
        StoreKind::Mysql => {
            mysql::connect(&target, &options.limits).await.map(|connection| Connection::Mysql(Box::new(connection)))
        }
        _ => postgres::connect(&target, &options.limits)
            .await
            .map(|connection| Connection::Postgres(Box::new(connection))),
    }
}
