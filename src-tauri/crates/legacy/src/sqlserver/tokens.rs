//! The tokens of an answer (MS-TDS 2.2.7), read along while it passes: who was let in, errors, transactions, how many rows.
//!
//! A stream of tokens cannot be skipped without knowing its columns. Where something unknown stands, reading stops, and the rest
//! of the answer passes unread.

use super::types::{Reader, Stop, Type};

/// DONE: more of the answer follows.
const MORE: u16 = 1;
const FAILED: u16 = 2;
const COUNT: u16 = 16;
const ATTENTION: u16 = 32;

/// An ERROR token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerError {
    pub(super) number: u32,
    pub(super) class: u8,
    pub(super) message: String,
}

/// An ENVCHANGE about transactions: 8 begun, 9 committed, 10 rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: u8,
    /// The transaction's number when it has begun.
    pub(super) descriptor: [u8; 8],
}

/// What an answer said.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// LOGINACK: the server's name and version.
    pub(super) logged_in: Option<String>,
    pub(super) errors: Vec<ServerError>,
    pub(super) changes: Vec<Change>,
    /// ENVCHANGE: the session is in another database from here on.
    pub(super) database: Option<String>,
    /// Rows of all results.
    pub(super) rows: u64,
    /// What the last DONE with a count said.
    pub(super) counted: Option<u64>,
    /// The server acknowledged an attention.
    pub(super) attention: bool,
    /// A DONE said that the statement failed.
    pub(super) failed: bool,
    /// The last DONE said that nothing follows.
    pub(super) is_whole: bool,
    /// The first output parameter that is a whole number: a prepared statement's handle.
    pub(super) handle: Option<i64>,
    /// Rows as text, when they are kept.
    pub(super) kept: Vec<Vec<Option<String>>>,
}

/// Reads an answer as it comes.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) answer: Answer,
    keep: bool,
    waiting: Vec<u8>,
    /// Not worth trying before so many bytes have come: a long value is not read again and again.
    enough: usize,
    columns: Vec<Type>,
    blind: bool,
}

impl Tokens {
    /// For queries of ours, whose rows are wanted.
    pub(super) fn keeping() -> Tokens {
        Tokens { keep: true, ..Tokens::default() }
    }

    /// More of a message's content; `last` when the message ends with it.
    pub(super) fn feed(&mut self, bytes: &[u8], last: bool) {
        if self.blind {
            return;
        }
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() < self.enough && !last {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let mut at = 0;
        while at < waiting.len() {
            let mut reader = Reader::new(&waiting[at..]);
            match self.token(&mut reader) {
                Ok(()) => at += reader.at,
                Err(Stop::Short) => break,
                Err(Stop::Unknown) => {
                    self.blind = true;
                    return;
                }
            }
        }
        self.waiting.extend_from_slice(&waiting[at..]);
        self.enough = self.waiting.len() + self.waiting.len() / 2;
        if last {
            // What is left of a whole message is no token of ours.
            self.waiting.clear();
            self.enough = 0;
        }
    }

    fn token(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        match reader.u8()? {
            0x81 => self.columns(reader),
            0xd1 => self.row(reader, false),
            0xd2 => self.row(reader, true),
            0x79 => reader.take(4).map(drop),
            0xac => self.output(reader),
            0xfd..=0xff => self.done(reader),
            0xaa => {
                let found = error(&mut sized(reader)?)?;
                self.answer.errors.push(found);
                Ok(())
            }
            0xad => {
                let mut body = sized(reader)?;
                body.take(5)?;
                let name = body.short_text()?;
                let version = body.take(4)?;
                let build = u16::from_be_bytes([version[2], version[3]]);
                self.answer.logged_in =
                    Some(format!("{} {}.{}.{build}", name.trim_end_matches('\0'), version[0], version[1]));
                Ok(())
            }
            0xe3 => {
                let mut body = sized(reader)?;
                let kind = body.u8()?;
                if kind == 1 {
                    self.answer.database = Some(body.short_text()?);
                } else if matches!(kind, 8..=10) {
                    let size = usize::from(body.u8()?);
                    let descriptor = body.take(size)?.try_into().unwrap_or_default();
                    self.answer.changes.push(Change { kind, descriptor });
                }
                Ok(())
            }
            // INFO, ORDER, COLINFO, TABNAME, SSPI
            0xab | 0xa9 | 0xa5 | 0xa4 | 0xed => sized(reader).map(drop),
            // FEDAUTHINFO, SESSIONSTATE
            0xee | 0xe4 => {
                let size = reader.u32()?;
                reader.take(size as usize).map(drop)
            }
            0xae => features(reader),
            _ => Err(Stop::Unknown),
        }
    }

    fn columns(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let count = reader.u16()?;
        let mut columns = Vec::new();
        for _ in 0..if count == 0xffff { 0 } else { count } {
            reader.take(6)?;
            columns.push(Type::read(reader, true)?);
            reader.short_text()?;
        }
        self.columns = columns;
        Ok(())
    }

    fn row(&mut self, reader: &mut Reader<'_>, sparse: bool) -> Result<(), Stop> {
        if self.columns.is_empty() {
            return Err(Stop::Unknown);
        }
        let empty = if sparse { reader.take(self.columns.len().div_ceil(8))? } else { &[] };
        let mut row = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let is_null = empty.get(place / 8).is_some_and(|bits| bits >> (place % 8) & 1 == 1);
            let value = if is_null { None } else { column.value(reader)? };
            if self.keep {
                row.push(column.cell(value.as_deref()));
            }
        }
        self.answer.rows += 1;
        if self.keep {
            self.answer.kept.push(row);
        }
        Ok(())
    }

    fn output(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        reader.u16()?;
        reader.short_text()?;
        reader.take(7)?;
        let kind = Type::read(reader, false)?;
        let value = kind.value(reader)?;
        let number = kind.cell(value.as_deref()).and_then(|text| text.parse().ok());
        self.answer.handle = self.answer.handle.or(number);
        Ok(())
    }

    fn done(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let status = reader.u16()?;
        reader.u16()?;
        let rows = reader.u64()?;
        if status & COUNT != 0 {
            self.answer.counted = Some(rows);
        }
        self.answer.failed |= status & FAILED != 0;
        self.answer.attention |= status & ATTENTION != 0;
        self.answer.is_whole = status & MORE == 0;
        Ok(())
    }
}

/// What stands behind a length in two bytes.
fn sized<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, Stop> {
    let size = reader.u16()?;
    Ok(Reader::new(reader.take(usize::from(size))?))
}

fn error(body: &mut Reader<'_>) -> Result<ServerError, Stop> {
    // What is short here was whole by its own length: it is not what it says.
    let mut read = || {
        let number = body.u32()?;
        body.u8()?;
        let class = body.u8()?;
        let units = body.u16()?;
        Ok(ServerError { number, class, message: body.text(usize::from(units))? })
    };
    read().map_err(|_: Stop| Stop::Unknown)
}

fn features(reader: &mut Reader<'_>) -> Result<(), Stop> {
    while reader.u8()? != 0xff {
        let size = reader.u32()?;
        reader.take(size as usize)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An answer with two columns and three rows, an error and a DONE.
    fn answer() -> Vec<u8> {
        let mut bytes = vec![0x81, 2, 0];
        bytes.extend([0, 0, 0, 0, 9, 0, 0x26, 4, 1, b'n', 0]);
        bytes.extend([0, 0, 0, 0, 9, 0, 0xe7, 0xff, 0xff, 9, 4, 0xd0, 0, 52, 1, b't', 0]);
        for _ in 0..2 {
            bytes.extend([0xd1, 4, 7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, b'x', 0, 0, 0, 0, 0]);
        }
        bytes.extend([0xd2, 2, 4, 8, 0, 0, 0]);
        bytes.extend([0xaa, 18, 0, 0x18, 0x48, 0, 0, 1, 14, 1, 0, b'!', 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        bytes.extend([0xe3, 11, 0, 8, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
        bytes.extend([0xfd, 0x12, 0, 0xc1, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn an_answer_is_read_in_any_pieces() {
        for size in [1, 2, 7, 1000] {
            let mut tokens = Tokens::keeping();
            let bytes = answer();
            for piece in bytes.chunks(size) {
                tokens.feed(piece, false);
            }
            tokens.feed(&[], true);
            let Answer { rows, counted, errors, changes, kept, failed, is_whole, .. } = tokens.answer;
            assert_eq!((rows, counted, failed, is_whole), (3, Some(3), true, true), "pieces of {size}");
            assert_eq!(kept[0], [Some("7".to_owned()), Some("x".to_owned())]);
            assert_eq!(kept[2], [Some("8".to_owned()), None]);
            assert_eq!(errors, [ServerError { number: 18456, class: 14, message: "!".to_owned() }]);
            assert_eq!(changes, [Change { kind: 8, descriptor: [1, 2, 3, 4, 5, 6, 7, 8] }]);
        }
    }

    #[test]
    fn an_unknown_token_ends_the_reading() {
        let mut tokens = Tokens::default();
        tokens.feed(&[0x01, 0xfd, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0], true);
        assert_eq!(tokens.answer.counted, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), size in 1_usize..50) {
            let mut tokens = Tokens::keeping();
            for piece in bytes.chunks(size) {
                tokens.feed(piece, false);
            }
            tokens.feed(&[], true);
        }

        #[test]
        fn a_damaged_answer_is_read_without_panic(place in 0_usize..120, byte in any::<u8>(), cut in 0_usize..120) {
            let mut bytes = answer();
            let length = bytes.len();
            bytes[place % length] = byte;
            let mut tokens = Tokens::keeping();
            tokens.feed(&bytes[..cut.min(length)], false);
            tokens.feed(&bytes[cut.min(length)..], true);
        }
    }
}
