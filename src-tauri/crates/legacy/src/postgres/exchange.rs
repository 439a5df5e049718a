//! One statement: what is written, and what is made of the answer.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{BufMut, BytesMut};
use fallible_iterator::FallibleIterator;
use postgres_protocol::IsNull;
use postgres_protocol::message::backend::{DataRowBody, Message, RowDescriptionBody};
use postgres_protocol::message::frontend::{self, BindError};
use serde_json::{Map, Value};
use wire::{Cell, Column, Fault, FaultKind, Limits, Parameter, Protocol, ResultSet};

use super::fault;
use super::socket::{SMALL, Socket};

/// What node `pg` answers to a server that waits for COPY data.
const NO_COPY: &str = "No source stream defined";

/// Parameters of a server that are remembered; servers report about fifteen.
const MOST: usize = 256;

/// What came of a statement.
pub(crate) struct Run {
    /// Result sets that were complete.
    pub(crate) sets: Vec<ResultSet>,
    /// The first thing that went wrong.
    pub(crate) fault: Option<Fault>,
    /// The server is ready for the next statement, and what it says about the transaction then.
    pub(crate) ready: Option<u8>,
    /// The server closed the session.
    pub(crate) gone: bool,
}

/// Puts a simple query: text without parameters, maybe several statements.
pub(crate) fn write_simple(out: &mut BytesMut, sql: &str) -> Result<(), Fault> {
    frontend::query(sql, out).map_err(|error| unsendable(&error))
}

/// Puts an unnamed prepared statement and its execution. Parameter types are left to the server; parameters go as text
/// (bytes as they are), results come as text.
pub(crate) fn write_prepared(out: &mut BytesMut, sql: &str, parameters: &[Parameter]) -> Result<(), Fault> {
    frontend::parse("", sql, [], out).map_err(|error| unsendable(&error))?;
    let formats = parameters.iter().map(|parameter| i16::from(matches!(parameter, Parameter::Bytes(_))));
    frontend::bind("", "", formats, parameters, write_parameter, [0], out).map_err(|error| match error {
        BindError::Conversion(error) => unsendable(&error),
        BindError::Serialization(error) => unsendable(&error),
    })?;
    let rest = frontend::describe(b'P', "", out).and_then(|()| frontend::execute("", 0, out));
    rest.map_err(|error| unsendable(&error))?;
    frontend::sync(out);
    Ok(())
}

fn write_parameter(
    parameter: &Parameter,
    out: &mut BytesMut,
) -> Result<IsNull, Box<dyn std::error::Error + Send + Sync>> {
    match parameter {
        Parameter::Null => return Ok(IsNull::Yes),
        Parameter::Text(text) | Parameter::Integer(text) => out.put_slice(text.as_bytes()),
        Parameter::Bytes(base64) => out.put_slice(&BASE64_STANDARD.decode(base64)?),
        Parameter::Number(number) => out.put_slice(number.to_string().as_bytes()),
        Parameter::Boolean(truth) => out.put_slice(if *truth { b"true" } else { b"false" }),
        Parameter::Named(name, _) => return Err(format!("`{name}`: PostgreSQL has no named parameters").into()),
    }
    Ok(IsNull::No)
}

fn unsendable(error: &dyn std::fmt::Display) -> Fault {
    fault::plain(FaultKind::Statement, format!("the statement cannot be sent: {error}"), None)
}

/// Sends what was put and reads until the server is ready for more.
pub(crate) async fn run(
    socket: &mut Socket,
    parameters: &mut Map<String, Value>,
    protocol: Protocol,
    limits: &Limits,
) -> Run {
    let mut reading =
        Reading { sets: Vec::new(), open: None, fault: None, rows: 0, bytes: 0, notices: Vec::new(), noticed: 0 };
    let ended = match socket.send().await {
        Ok(()) => reading.read(socket, parameters, protocol, limits).await,
        Err(error) => Err(error),
    };
    let (ready, gone) = match ended {
        Ok(ready) => (ready, false),
        Err(error) => {
            let fault = if error.kind() == io::ErrorKind::FileTooLarge { too_large(limits) } else { fault::io(&error) };
            // An error the server gave before it hung up says more than the hang-up.
            let gone = fault.kind != FaultKind::Limit;
            reading.fault.get_or_insert(fault);
            (None, gone)
        }
    };
    Run { sets: reading.sets, fault: reading.fault, ready, gone }
}

/// The state of reading one answer.
struct Reading {
    sets: Vec<ResultSet>,
    open: Option<ResultSet>,
    fault: Option<Fault>,
    rows: u64,
    bytes: u64,
    notices: Vec<Map<String, Value>>,
    /// Notices of all statements.
    noticed: u64,
}

impl Reading {
    /// The transaction's status once the server is ready again; none when a limit ended the reading early.
    async fn read(
        &mut self,
        socket: &mut Socket,
        parameters: &mut Map<String, Value>,
        protocol: Protocol,
        limits: &Limits,
    ) -> io::Result<Option<u8>> {
        loop {
            let received = socket.receive(limits.query_bytes).await?;
            // Whatever is kept counts: a server may send notices and empty results for ever.
            if !matches!(received.message, Message::CopyData(_)) {
                self.bytes += u64::try_from(received.length).unwrap_or_default();
            }
            if self.bytes > limits.query_bytes.max(SMALL) {
                self.fault = Some(too_large(limits));
                return Ok(None);
            }
            if self.sets.len() as u64 > limits.query_rows {
                self.fault = Some(too_many(limits));
                return Ok(None);
            }
            match received.message {
                Message::RowDescription(body) => {
                    self.open =
                        Some(ResultSet { returns_rows: true, columns: columns(&body)?, ..ResultSet::default() });
                }
                Message::DataRow(body) => {
                    self.rows += 1;
                    if self.rows > limits.query_rows {
                        self.fault = Some(too_many(limits));
                        return Ok(None);
                    }
                    if self.bytes > limits.query_bytes {
                        self.fault = Some(too_large(limits));
                        return Ok(None);
                    }
                    self.open.get_or_insert_default().rows.push(cells(&body)?);
                }
                Message::CommandComplete(body) => {
                    let tag = body.tag()?.to_owned();
                    let affected = tag.rsplit(' ').next().and_then(|count| count.parse().ok());
                    self.complete(|set| (set.tag, set.affected) = (Some(tag), affected));
                }
                Message::EmptyQueryResponse => self.complete(|_| ()),
                Message::CopyInResponse(_) => {
                    frontend::copy_fail(NO_COPY, socket.outgoing())?;
                    if protocol == Protocol::Prepared {
                        // The first Sync was swallowed as copy data would be.
                        frontend::sync(socket.outgoing());
                    }
                    socket.send().await?;
                }
                Message::ErrorResponse(body) => {
                    let fault = fault::server(body.fields(), received.length, false)?;
                    self.open = None;
                    self.fault.get_or_insert(fault);
                }
                Message::NoticeResponse(body) => {
                    self.noticed += 1;
                    if self.noticed > limits.query_rows {
                        continue; // nobody reads so many
                    }
                    let (message, fields) = fault::server_fields(body.fields(), received.length)?;
                    let mut notice = Map::new();
                    notice.insert("message".to_owned(), Value::String(message));
                    notice.extend(fields);
                    self.notices.push(notice);
                }
                Message::ParameterStatus(body) => {
                    let name = body.name()?;
                    if parameters.len() < MOST || parameters.contains_key(name) {
                        parameters.insert(name.to_owned(), Value::String(body.value()?.to_owned()));
                    }
                }
                Message::ReadyForQuery(body) => return Ok(Some(body.status())),
                // Acknowledgements without content, COPY data nobody reads (as in node pg), notifications.
                _ => {}
            }
        }
    }

    fn complete(&mut self, finish: impl FnOnce(&mut ResultSet)) {
        let mut set = self.open.take().unwrap_or_default();
        set.notices = std::mem::take(&mut self.notices);
        finish(&mut set);
        self.sets.push(set);
    }
}

fn columns(body: &RowDescriptionBody) -> io::Result<Vec<Column>> {
    let column = |field: postgres_protocol::message::backend::Field<'_>| {
        Ok(Column {
            name: field.name().to_owned(),
            type_code: field.type_oid(),
            size: i64::from(field.type_size()),
            modifier: field.type_modifier(),
            table_id: field.table_oid(),
            // System columns have negative numbers; the shim reads it back as signed.
            column_id: i32::from(field.column_id()) as u32,
            ..Column::default()
        })
    };
    body.fields().map(column).collect()
}

/// Cells as text; what is no UTF-8 (a database without encoding) becomes U+FFFD, as in Node.
fn cells(body: &DataRowBody) -> io::Result<Vec<Cell>> {
    let bytes = body.buffer();
    let cell = |range: Option<std::ops::Range<usize>>| {
        Ok(range.map_or(Cell::Null, |range| Cell::Text(String::from_utf8_lossy(&bytes[range]).into_owned())))
    };
    body.ranges().map(cell).collect()
}

fn too_many(limits: &Limits) -> Fault {
    let message = format!("the query brings more than {} rows, the limit of one query", limits.query_rows);
    fault::plain(FaultKind::Limit, message, Some("Ask for fewer: add a WHERE or a LIMIT. The session was ended."))
}

fn too_large(limits: &Limits) -> Fault {
    let message = format!("the query brings more than {} bytes, the limit of one query", limits.query_bytes);
    fault::plain(FaultKind::Limit, message, Some("Ask for fewer columns or rows. The session was ended."))
}
