//! What every driver can do, and the one place that lists them.

use std::{future::Future, net::SocketAddr, time::Duration};

use serde_json::{Map, Value};
use wire::{Fault, Limits, Parameter, Protocol, ResultSet, Transaction};

use crate::{StageName, mysql, postgres, sqlite};

/// A statement failed; what earlier statements of the same text brought comes along.
pub(crate) type Failed = (Fault, Vec<ResultSet>);

/// One real server session.
///
/// Every future may be dropped at any point; the owner then drops the connection too, so that the server rolls back.
pub(crate) trait Driver: Send {
    /// Runs the script's text.
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        protocol: Protocol,
        limits: &Limits,
    ) -> impl Future<Output = Result<Vec<ResultSet>, Failed>> + Send;

    /// Runs a statement of our own (BEGIN, SAVEPOINT, ROLLBACK TO, SET …), which returns no rows.
    fn control(&mut self, sql: &str) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Compiles the script's text without running it: for SQLite's clients, and to hear MySQL's own word on what it cannot parse.
    fn prepare(&mut self, sql: &str) -> impl Future<Output = Result<(), Fault>> + Send {
        let _ = sql;
        async { Ok(()) }
    }

    /// What the Node driver exposes about the server (`server_version`, `process_id`, `thread_id`, …).
    fn info(&self) -> Map<String, Value>;

    /// False when the session is lost (closed by the server, a protocol error, a result cut off in the middle).
    fn usable(&self) -> bool;

    /// Whether a transaction is open; none when the driver cannot tell. A safe try begins anew when the server ended
    /// its transaction by itself.
    fn in_transaction(&self) -> Option<bool> {
        None
    }

    /// How the server's transaction stands, where its protocol says so with every answer (PostgreSQL).
    fn transaction(&self) -> Option<Transaction> {
        None
    }

    /// Says goodbye.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Where and how to connect. The policy has been asked, and the name has been looked up: drivers connect to
/// `addresses` (with [`net::dial`](crate::net::dial)) and to nothing else.
pub(crate) struct Target<'a> {
    /// The script's own parameters, see [`wire::StoreRequest::Connect`].
    pub(crate) parameters: &'a Map<String, Value>,
    /// The host as the script wrote it: the TLS server name, and what error texts show.
    pub(crate) host: &'a str,
    /// Checked addresses, in the resolver's order.
    pub(crate) addresses: &'a [SocketAddr],
    /// Longest wait for TCP.
    pub(crate) connect_timeout: Duration,
    /// Tells the staged connection test what has been reached and how (`Tcp`, `Tls`, `Authentication`). A driver that
    /// fails does not report the stage; its fault says why.
    pub(crate) reached: &'a (dyn Fn(StageName, String) + Send + Sync),
}

/// A connection of any store.
pub(crate) enum Connection {
    Sqlite(sqlite::Connection),
    Postgres(Box<postgres::Connection>),
    Mysql(Box<mysql::Connection>),
}

macro_rules! each {
    ($connection:expr, $driver:ident => $call:expr) => {
        match $connection {
            Connection::Sqlite($driver) => $call,
            Connection::Postgres($driver) => $call,
            Connection::Mysql($driver) => $call,
        }
    };
}

impl Connection {
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        protocol: Protocol,
        limits: &Limits,
    ) -> Result<Vec<ResultSet>, Failed> {
        each!(self, driver => driver.query(sql, parameters, protocol, limits).await)
    }

    pub(crate) async fn control(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, driver => driver.control(sql).await)
    }

    pub(crate) async fn prepare(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, driver => driver.prepare(sql).await)
    }

    pub(crate) fn info(&self) -> Map<String, Value> {
        each!(self, driver => driver.info())
    }

    pub(crate) fn usable(&self) -> bool {
        each!(self, driver => driver.usable())
    }

    pub(crate) fn in_transaction(&self) -> Option<bool> {
        each!(self, driver => driver.in_transaction())
    }

    pub(crate) fn transaction(&self) -> Option<Transaction> {
        each!(self, driver => driver.transaction())
    }

    pub(crate) async fn close(self) {
        match self {
            Connection::Sqlite(driver) => driver.close().await,
            Connection::Postgres(driver) => driver.close().await,
            Connection::Mysql(driver) => driver.close().await,
        }
    }
}
