//! PostgreSQL: one real server session, as node-postgres would hold it.
//!
//! Why a client of our own on `postgres-protocol` (message encoding, SCRAM, MD5) and not `sqlx` or `tokio-postgres`:
//! node-postgres asks for results as **text**, in the extended protocol too, and lets the **server infer** the types of
//! parameters. Both libraries only know binary results there, so neither the values nor the errors a script sees could
//! be equal to Node's. Here every cell travels as the server's own text, and the real `pg-types` in the runner decides
//! what a script gets.
//!
//! The protocol in short: statements without parameters go as a simple query (several statements give several result
//! sets), others as Parse, Bind (text parameters, text results), Describe, Execute, Sync. Wrong credentials are tried
//! once. An exchange that was not finished (a dropped future, a limit) leaves the session unusable: it is dropped, the
//! server is asked to cancel what still runs, and rolls back.

mod exchange;
mod fault;
mod settings;
mod socket;
mod startup;

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use serde_json::{Map, Value};
use tokio::{io::AsyncWriteExt, net::TcpStream, runtime::Handle};
use wire::{Fault, FaultKind, Limits, Parameter, Protocol, ResultSet, Transaction};

use crate::{
    driver::{Driver, Failed, Target},
    net,
};
use settings::Settings;
use socket::Socket;

/// How long saying goodbye, or asking the server to cancel, may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// One session on a server.
pub(crate) struct Connection {
    socket: Socket,
    /// What the server said about itself (`server_version`, `client_encoding`, …).
    parameters: Map<String, Value>,
    process_id: i32,
    secret_key: i32,
    /// An exchange is under way, or was left unfinished.
    busy: bool,
    /// The session is over.
    gone: bool,
    /// The server's word on the transaction: `I` for none, `T` for open, `E` for failed.
    status: u8,
}

/// Opens a session: TCP, TLS, authentication. Credentials are tried once.
pub(crate) async fn connect(target: &Target<'_>, _limits: &Limits) -> Result<Connection, Fault> {
    let settings = Settings::read(target.parameters);
    let dialled = AtomicBool::new(false);
    let opening = async {
        let stream = net::dial(target).await?;
        dialled.store(true, Ordering::Relaxed);
        let socket = Socket::secured(&settings, stream, target).await?;
        startup::session(&settings, socket, target).await
    };
    // Node would wait for the operating system, longer than a script may run (contract §7): a clear error comes first.
    let patience = match target.parameters.get("connect_timeout_ms") {
        Some(Value::Number(_)) => target.connect_timeout,
        _ => target.connect_timeout * 3 / 4,
    };
    match tokio::time::timeout(patience, opening).await {
        Ok(opened) => opened,
        Err(_) => {
            let first = target.addresses.first().into_iter();
            let late: Vec<_> = first.map(|address| (*address, io::ErrorKind::TimedOut, None)).collect();
            let mut fault = crate::fault::connect_failed(&late);
            if dialled.load(Ordering::Relaxed) {
                let hint = "The server took the connection and then said nothing: is it a PostgreSQL server?";
                fault.hint = Some(hint.to_owned());
            }
            Err(fault)
        }
    }
}

impl Driver for Connection {
    async fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        protocol: Protocol,
        limits: &Limits,
    ) -> Result<Vec<ResultSet>, Failed> {
        if !self.usable() {
            return Err((closed(), Vec::new()));
        }
        self.busy = true;
        let written = match protocol {
            Protocol::Simple => exchange::write_simple(self.socket.outgoing(), sql),
            Protocol::Prepared => exchange::write_prepared(self.socket.outgoing(), sql, parameters),
        };
        if let Err(fault) = written {
            // Nothing was sent, so nothing is under way.
            self.socket.discard();
            self.busy = false;
            return Err((fault, Vec::new()));
        }
        let run = exchange::run(&mut self.socket, &mut self.parameters, protocol, limits).await;
        self.busy = run.ready.is_none();
        self.status = run.ready.unwrap_or(self.status);
        self.gone |= run.gone;
        match run.fault {
            None => Ok(run.sets),
            Some(fault) => Err((fault, run.sets)),
        }
    }

    async fn control(&mut self, sql: &str) -> Result<(), Fault> {
        let limits = Limits::default();
        let answer = self.query(sql, &[], Protocol::Simple, &limits).await;
        answer.map(drop).map_err(|(fault, _)| fault)
    }

    fn info(&self) -> Map<String, Value> {
        let mut info = self.parameters.clone();
        info.insert("process_id".to_owned(), self.process_id.into());
        info
    }

    fn usable(&self) -> bool {
        !self.busy && !self.gone
    }

    fn in_transaction(&self) -> Option<bool> {
        Some(self.status != b'I')
    }

    fn transaction(&self) -> Option<Transaction> {
        match self.status {
            b'T' => Some(Transaction::Open),
            b'E' => Some(Transaction::Failed),
            _ => None,
        }
    }

    async fn close(mut self) {
        if self.usable() {
            self.gone = true;
            frontend::terminate(self.socket.outgoing());
            // The server ends the session and rolls back whether or not it hears the goodbye.
            let _ = tokio::time::timeout(GOODBYE, self.socket.send()).await;
        }
    }
}

impl Drop for Connection {
    /// A statement that still runs would hold its locks until its end; the server is asked to cancel it.
    fn drop(&mut self) {
        if !self.busy || self.gone {
            return;
        }
        let (Ok(runtime), Some(address)) = (Handle::try_current(), self.socket.address) else { return };
        let (process_id, secret_key) = (self.process_id, self.secret_key);
        runtime.spawn(async move {
            let cancel = async {
                let mut request = BytesMut::new();
                frontend::cancel_request(process_id, secret_key, &mut request);
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(&request).await?;
                stream.shutdown().await
            };
            // Best effort: without it the server notices at its next write.
            let _ = tokio::time::timeout(GOODBYE, cancel).await;
        });
    }
}

fn closed() -> Fault {
    fault::plain(
        FaultKind::Closed,
        "Client has encountered a connection error and is not queryable",
        Some("The session ended before this statement; see the entries before it in the trace."),
    )
}

#[cfg(test)]
mod tests;
