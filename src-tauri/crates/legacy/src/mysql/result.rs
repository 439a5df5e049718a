//! Answers of the server: OK packets, columns and rows, in the text and in the binary protocol.

use std::io;

use base64::{Engine, prelude::BASE64_STANDARD};
use wire::{Cell, Column, Fault, Limits, ResultSet};

use super::{
    encoding::Encoding,
    fault::{lost, server},
    packet::{Packets, Payload, cut_short},
    settings::capability,
};
use crate::fault::limit;

/// A transaction is open.
pub(super) const IN_TRANSACTION: u16 = 1;
/// Each statement commits by itself.
pub(super) const AUTOCOMMIT: u16 = 2;
/// More result sets follow.
pub(super) const MORE_RESULTS: u16 = 8;
/// The OK packet carries changes of session state.
const STATE_CHANGED: u16 = 1 << 14;
/// A column's number has no sign.
const UNSIGNED: u16 = 32;

/// Packets besides rows (columns, OK, errors) are never longer.
const LONGEST: usize = 16 << 20;

/// How the rows of an answer are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Text,
    Binary,
}

/// What the answers to one text have brought so far: its limits hold for all of them together, since a server may send more and
/// more of them.
#[derive(Default)]
pub(super) struct Brought {
    rows: u64,
    bytes: usize,
}

/// What a statement came to.
pub(super) enum Outcome {
    /// It worked.
    Set(ResultSet),
    /// The server refused it; the session goes on.
    Refused(Fault),
}

/// Reads the answer to one statement. An error means that the session is lost, or cut off by a limit.
pub(super) async fn read(
    packets: &mut Packets,
    flags: u32,
    extended_metadata: bool,
    encoding: Encoding,
    rows: Rows,
    limits: &Limits,
    brought: &mut Brought,
) -> Result<Outcome, Fault> {
    let wrong = |error: io::Error| lost(&error);
    let mut head = packets.read(LONGEST).await.map_err(wrong)?;
    if head.first() == Some(&0xFB) {
        // LOAD DATA LOCAL, which was never offered: an empty file, and the server's own answer.
        packets.write(&[]).await.map_err(wrong)?;
        head = packets.read(LONGEST).await.map_err(wrong)?;
    }
    brought.rows += 1;
    if brought.rows > limits.query_rows.saturating_add(1) {
        return Err(too_many_rows(limits));
    }
    let mut set = match head.split_first() {
        Some((0x00, body)) => return ok(body, flags, encoding).map(Outcome::Set).map_err(wrong),
        Some((0xFF, error)) => return Ok(Outcome::Refused(server(error, encoding, false))),
        Some((0xFB, _)) => return Err(lost(&cut_short())),
        _ => ResultSet { returns_rows: true, ..ResultSet::default() },
    };
    let count = Payload(&head).length().map_err(wrong)?.unwrap_or(0);
    let most = usize::try_from(limits.query_bytes).unwrap_or(usize::MAX);
    for _ in 0..count {
        let packet = packets.read(LONGEST).await.map_err(wrong)?;
        brought.bytes += packet.len();
        if brought.bytes > most.max(LONGEST) {
            return Err(too_many_bytes(most));
        }
        set.columns.push(column(&packet, extended_metadata, encoding).map_err(wrong)?);
    }
    packets.read(LONGEST).await.map_err(wrong)?; // the end of the columns
    loop {
        let packet = match packets.read(most.saturating_sub(brought.bytes).max(1024)).await {
            Ok(packet) => packet,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Err(too_many_bytes(most)),
            Err(error) => return Err(wrong(error)),
        };
        match packet.split_first() {
            Some((0xFE, end)) if packet.len() < 9 => {
                let mut end = Payload(end);
                set.warnings = end.u16().map_err(wrong)?;
                set.status = end.u16().map_err(wrong)?;
                return Ok(Outcome::Set(set));
            }
            Some((0xFF, error)) => return Ok(Outcome::Refused(server(error, encoding, false))),
            _ => {}
        }
        brought.bytes += packet.len();
        brought.rows += 1;
        if brought.rows > limits.query_rows.saturating_add(1) {
            return Err(too_many_rows(limits));
        }
        if brought.bytes > most {
            return Err(too_many_bytes(most));
        }
        let row = match rows {
            Rows::Text => text_row(&packet, set.columns.len()),
            Rows::Binary => binary_row(&packet, &set.columns),
        };
        set.rows.push(row.map_err(wrong)?);
    }
}

/// Reads and forgets `count` packets and the packet that ends them (definitions of a prepared statement).
pub(super) async fn skip(packets: &mut Packets, count: u16) -> io::Result<()> {
    if count > 0 {
        for _ in 0..=count {
            packets.read(LONGEST).await?;
        }
    }
    Ok(())
}

fn too_many_rows(limits: &Limits) -> Fault {
    limit(
        &format!("{} rows of one query", limits.query_rows),
        "Ask for fewer rows (WHERE, LIMIT); the platform's container would hold them all in memory.",
    )
}

fn too_many_bytes(most: usize) -> Fault {
    limit(&format!("{} MiB of one query", most >> 20), "Select fewer columns or rows.")
}

/// An OK packet, without its first byte.
pub(super) fn ok(body: &[u8], flags: u32, encoding: Encoding) -> io::Result<ResultSet> {
    let mut body = Payload(body);
    let affected = body.length()?.unwrap_or(0);
    let insert_id = body.length()?.unwrap_or(0);
    let status = body.u16()?;
    let warnings = body.u16()?;
    let mut session_state = None;
    let info = if flags & capability::SESSION_TRACK != 0 {
        let info = encoding.decode(if body.0.is_empty() { &[] } else { body.string()?.unwrap_or_default() });
        if status & STATE_CHANGED != 0 {
            session_state = body.string()?.map(|state| BASE64_STANDARD.encode(state));
        }
        info
    } else {
        encoding.decode(body.0)
    };
    Ok(ResultSet {
        affected: Some(affected),
        insert_id: Some(insert_id.to_string()),
        info: Some(info),
        warnings,
        status,
        session_state,
        ..ResultSet::default()
    })
}

fn column(packet: &[u8], extended_metadata: bool, encoding: Encoding) -> io::Result<Column> {
    let mut packet = Payload(packet);
    let text = |packet: &mut Payload<'_>| packet.string().map(|text| encoding.decode(text.unwrap_or_default()));
    packet.string()?; // the catalog, always "def"
    let schema = text(&mut packet)?;
    let table = text(&mut packet)?;
    let original_table = text(&mut packet)?;
    let name = text(&mut packet)?;
    let original_name = text(&mut packet)?;
    let extended = if extended_metadata { extended(packet.string()?.unwrap_or_default())? } else { None };
    packet.length()?; // the length of what follows, always 12
    let charset = packet.u16()?;
    let size = i64::from(packet.u32()?);
    let type_code = u32::from(packet.byte()?);
    let flags = packet.u16()?;
    let modifier = i32::from(packet.byte()?);
    let origin = Some([schema, table, original_table, original_name]);
    Ok(Column { name, type_code, size, modifier, charset, flags, origin, extended, ..Column::default() })
}

fn extended(bytes: &[u8]) -> io::Result<Option<[Option<String>; 2]>> {
    let mut found = [None, None];
    let mut rest = Payload(bytes);
    while !rest.0.is_empty() {
        let which = rest.byte()?;
        let text = rest.text()?;
        if let Some(slot) = found.get_mut(usize::from(which)) {
            *slot = Some(text);
        }
    }
    Ok(found.iter().any(Option::is_some).then_some(found))
}

/// Bytes as they are: text where they are UTF-8 (the runner turns it into the same bytes), base64 otherwise.
fn cell(bytes: Option<&[u8]>) -> Cell {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => Cell::Null,
        Some((_, Ok(text))) => Cell::Text(text.to_owned()),
        Some((bytes, Err(_))) => Cell::Bytes { base64: BASE64_STANDARD.encode(bytes) },
    }
}

fn text_row(packet: &[u8], columns: usize) -> io::Result<Vec<Cell>> {
    let mut packet = Payload(packet);
    (0..columns).map(|_| packet.string().map(cell)).collect()
}

fn binary_row(packet: &[u8], columns: &[Column]) -> io::Result<Vec<Cell>> {
    let mut packet = Payload(packet);
    packet.bytes(1)?;
    let nulls = packet.bytes((columns.len() + 9) / 8)?;
    let value = |(index, column): (usize, &Column)| {
        let bit = index + 2;
        if nulls[bit / 8] & (1 << (bit % 8)) != 0 { Ok(Cell::Null) } else { binary_cell(&mut packet, column) }
    };
    columns.iter().enumerate().map(value).collect()
}

/// One value of the binary protocol. Dates and times keep their written length: date only, seconds, microseconds, or
/// nothing at all for zero.
fn binary_cell(packet: &mut Payload<'_>, column: &Column) -> io::Result<Cell> {
    let signed = column.flags & UNSIGNED == 0;
    let integer = |value: u64, width: u32| {
        let shift = 64 - 8 * width;
        let value = if signed { i128::from((value << shift) as i64 >> shift) } else { i128::from(value) };
        match i64::try_from(value) {
            Ok(small) if small.unsigned_abs() <= 1 << 53 => Cell::Integer(small),
            _ => Cell::Text(value.to_string()),
        }
    };
    Ok(match column.type_code {
        1 => integer(packet.integer(1)?, 1),
        2 | 13 => integer(packet.integer(2)?, 2),
        3 | 9 => integer(packet.integer(4)?, 4),
        8 => integer(packet.integer(8)?, 8),
        4 => Cell::Real(f64::from(f32::from_le_bytes(packet.bytes(4)?.try_into().map_err(|_| cut_short())?))),
        5 => Cell::Real(f64::from_le_bytes(packet.bytes(8)?.try_into().map_err(|_| cut_short())?)),
        6 => Cell::Null,
        7 | 10 | 12 | 14 | 17 | 18 => Cell::Text(date(packet)?),
        11 | 19 => Cell::Text(time(packet)?),
        _ => cell(packet.string()?),
    })
}

fn date(packet: &mut Payload<'_>) -> io::Result<String> {
    let length = packet.byte()?;
    let mut text = String::new();
    if length >= 4 {
        text = format!("{:04}-{:02}-{:02}", packet.u16()?, packet.byte()?, packet.byte()?);
    }
    if length >= 7 {
        text += &format!(" {:02}:{:02}:{:02}", packet.byte()?, packet.byte()?, packet.byte()?);
    }
    if length >= 11 {
        text += &format!(".{:06}", packet.u32()?);
    }
    Ok(text)
}

fn time(packet: &mut Payload<'_>) -> io::Result<String> {
    let length = packet.byte()?;
    let mut text = String::new();
    if length >= 8 {
        let sign = if packet.byte()? == 1 { "-" } else { "" };
        let days = packet.u32()?;
        text = format!("{sign}{days} {:02}:{:02}:{:02}", packet.byte()?, packet.byte()?, packet.byte()?);
    }
    if length >= 12 {
        text += &format!(".{:06}", packet.u32()?);
    }
    Ok(text)
}
