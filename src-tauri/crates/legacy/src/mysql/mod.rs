//! MySQL and MariaDB, behind npm `mysql` and `mysql2`.
//!
//! What a script sees depends on details that the Node packages take from the protocol itself: a column's character set
//! decides between string and Buffer, its type byte and flags between number, string and Date, the handshake's flags
//! what `affectedRows` counts (FOUND_ROWS), whether `COUNT (*)` parses (IGNORE_SPACE), whether a second statement in one
//! text runs or is a syntax error (MULTI_STATEMENTS, off by default: that is what stops an injection from appending
//! one). sqlx shows neither character sets nor flags. `mysql_async` shows both, but always switches MULTI_STATEMENTS on,
//! fixes the handshake's collation, hides the server's status flags and MariaDB's extended types. So this module speaks
//! the protocol by itself, which is small: packets ([`packet`]), login ([`handshake`], with the scrambles of
//! `mysql_common`, the crate under `mysql_async`), answers ([`result`]). Cells travel as the server wrote them; the real
//! packages' parsers run in the runner.
//!
//! Not bridged: compression, LOAD DATA LOCAL (no file of this machine is ever read), query attributes, old (pre-4.1)
//! passwords.

mod encoding;
mod fault;
mod handshake;
mod packet;
mod result;
mod settings;
mod statement;

use std::io;

use serde_json::{Map, Value, json};
use wire::{Fault, Limits, Parameter, Protocol, ResultSet};

use self::{
    encoding::Encoding,
    handshake::Session,
    packet::Payload,
    result::{AUTOCOMMIT, Brought, IN_TRANSACTION, MORE_RESULTS, Outcome, Rows},
    settings::Settings,
};
use crate::{
    StageName,
    driver::{Driver, Failed, Target},
    net,
};

/// One session. Once a future is dropped in the middle, `usable` stays false: the next answer would be another's.
pub(crate) struct Connection {
    session: Session,
    encrypted: bool,
    usable: bool,
    /// The server's status flags, as last heard.
    status: u16,
    /// Whether a transaction of ours surrounds the script's statements, so that their status is not the server's.
    surrounded: bool,
}

/// Opens a session.
pub(crate) async fn connect(target: &Target<'_>, _limits: &Limits) -> Result<Connection, Fault> {
    let settings = Settings::read(target.parameters);
    let stream = net::dial(target).await?;
    let peer = stream.peer_addr().map_or_else(|_| String::new(), |peer| peer.to_string());
    (target.reached)(StageName::Tcp, peer);
    // Without a time-out of its own the package waits longer than a script may run: a clear error comes first.
    let patience = match target.parameters.get("connect_timeout_ms") {
        Some(Value::Number(_)) => target.connect_timeout,
        _ => target.connect_timeout * 3 / 4,
    };
    let session = tokio::time::timeout(patience, handshake::log_in(stream, &settings, target))
        .await
        .unwrap_or_else(|_| Err(fault::lost(&io::ErrorKind::TimedOut.into())))?;
    (target.reached)(StageName::Authentication, format!("{} on {}", settings.user, session.greeting.version));
    let status = session.greeting.status;
    Ok(Connection { session, encrypted: settings.tls.is_some(), usable: true, status, surrounded: false })
}

impl Connection {
    /// Sends a command that is answered like a statement, and reads all its result sets.
    async fn command(&mut self, message: &[u8], rows: Rows, limits: &Limits) -> Result<Vec<ResultSet>, Failed> {
        let Session { packets, flags, extended_metadata, encoding, .. } = &mut self.session;
        self.usable = false;
        packets.begin_command();
        let mut sets: Vec<ResultSet> = Vec::new();
        let mut brought = Brought::default();
        if let Err(error) = packets.write(message).await {
            return Err((fault::lost(&error), sets));
        }
        loop {
            match result::read(packets, *flags, *extended_metadata, *encoding, rows, limits, &mut brought).await {
                Ok(Outcome::Set(mut set)) => {
                    let more = set.status & MORE_RESULTS != 0;
                    self.status = set.status;
                    if self.surrounded {
                        // What the script would see outside of a safe try.
                        set.status = set.status & !IN_TRANSACTION | AUTOCOMMIT;
                    }
                    sets.push(set);
                    if !more {
                        self.usable = true;
                        return Ok(sets);
                    }
                }
                Ok(Outcome::Refused(fault)) => {
                    self.usable = fault.code.as_deref() != Some("ER_CONNECTION_KILLED");
                    return Err((fault, sets));
                }
                Err(fault) => return Err((fault, sets)),
            }
        }
    }

    /// Prepares a statement and gives its number.
    async fn compile(&mut self, sql: &str) -> Result<u32, Fault> {
        self.usable = false;
        let Session { packets, encoding, .. } = &mut self.session;
        packets.begin_command();
        packets.write(&command(0x16, sql, *encoding)).await.map_err(|error| fault::lost(&error))?;
        let answer = packets.read(1 << 20).await.map_err(|error| fault::lost(&error))?;
        if answer.first() == Some(&0xFF) {
            self.usable = true;
            return Err(fault::server(&answer[1..], *encoding, false));
        }
        let read = |answer: &[u8]| {
            let mut answer = Payload(answer);
            answer.bytes(1)?;
            Ok::<_, io::Error>((answer.u32()?, answer.u16()?, answer.u16()?))
        };
        let (id, columns, parameters) = read(&answer).map_err(|error| fault::lost(&error))?;
        result::skip(packets, parameters).await.map_err(|error| fault::lost(&error))?;
        result::skip(packets, columns).await.map_err(|error| fault::lost(&error))?;
        self.usable = true;
        Ok(id)
    }

    async fn run_prepared(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        limits: &Limits,
    ) -> Result<Vec<ResultSet>, Failed> {
        let none = |fault| (fault, Vec::new());
        let id = self.compile(sql).await.map_err(none)?;
        let message = statement::execute(id, parameters, self.session.encoding).map_err(none)?;
        let result = self.command(&message, Rows::Binary, limits).await;
        self.forget(id).await;
        result
    }

    /// `COM_STMT_CLOSE`, which has no answer.
    async fn forget(&mut self, id: u32) {
        if self.usable {
            let packets = &mut self.session.packets;
            packets.begin_command();
            let close = [&[0x19][..], &id.to_le_bytes()].concat();
            self.usable = packets.write(&close).await.is_ok();
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
        match protocol {
            Protocol::Simple => self.command(&command(0x03, sql, self.session.encoding), Rows::Text, limits).await,
            Protocol::Prepared => self.run_prepared(sql, parameters, limits).await,
        }
    }

    async fn control(&mut self, sql: &str) -> Result<(), Fault> {
        self.surrounded |= sql.starts_with("START TRANSACTION");
        let sent = self.command(&command(0x03, sql, self.session.encoding), Rows::Text, &Limits::default()).await;
        sent.map(drop).map_err(|(fault, _)| fault)
    }

    async fn prepare(&mut self, sql: &str) -> Result<(), Fault> {
        let id = self.compile(sql).await?;
        self.forget(id).await;
        Ok(())
    }

    fn info(&self) -> Map<String, Value> {
        let greeting = &self.session.greeting;
        let mut info = Map::new();
        info.insert("server_version".to_owned(), json!(greeting.version));
        info.insert("thread_id".to_owned(), json!(greeting.thread_id));
        info.insert("capabilities".to_owned(), json!(greeting.capabilities));
        info.insert("extended_capabilities".to_owned(), json!(greeting.extended));
        info.insert("charset".to_owned(), json!(greeting.charset));
        info.insert("status".to_owned(), json!(greeting.status));
        info.insert("encrypted".to_owned(), json!(self.encrypted));
        info
    }

    fn usable(&self) -> bool {
        self.usable
    }

    fn in_transaction(&self) -> Option<bool> {
        Some(self.status & IN_TRANSACTION != 0)
    }

    async fn close(mut self) {
        if self.usable {
            self.session.packets.begin_command();
            // COM_QUIT; the server hangs up whether it hears it or not.
            let _ = self.session.packets.write(&[0x01]).await;
        }
    }
}

/// A command with a text.
fn command(code: u8, sql: &str, encoding: Encoding) -> Vec<u8> {
    [&[code], &*encoding.encode(sql)].concat()
}
