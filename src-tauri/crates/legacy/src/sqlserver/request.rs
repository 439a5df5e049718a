//! What a script asks for: batches, procedure calls, transaction control, bulk loads (MS-TDS 2.2.6).

use wire::Parameter;

use super::{
    packet::{Message, kind},
    types::{Reader, Stop, Type, ucs2},
};

/// A request, as far as safe try and trace must know it.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// A text.
    Batch(String),
    /// A procedure.
    Call(Call),
    /// A transaction manager request.
    Transaction(Step),
    /// Rows of a bulk load, whose `INSERT BULK` was asked before.
    Bulk,
    /// What cannot be read.
    Unknown,
}

/// A procedure call.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Call {
    /// Its name; `sp_…` for those that TDS knows by number.
    pub(super) name: String,
    /// Name and value, in order; names without their `@` are those of TDS' own.
    pub(super) parameters: Vec<(String, Parameter)>,
}

/// Transaction control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Begin(String),
    Commit(String),
    Rollback(String),
    Save(String),
}

/// Procedures that TDS knows by number.
const NUMBERED: [&str; 16] = [
    "",
    "sp_cursor",
    "sp_cursoropen",
    "sp_cursorprepare",
    "sp_cursorexecute",
    "sp_cursorprepexec",
    "sp_cursorunprepare",
    "sp_cursorfetch",
    "sp_cursoroption",
    "sp_cursorclose",
    "sp_executesql",
    "sp_prepare",
    "sp_execute",
    "sp_prepexec",
    "sp_prepexecrpc",
    "sp_unprepare",
];

impl Asked {
    /// Reads a message.
    pub(super) fn read(message: &Message) -> Asked {
        if message.kind == kind::BULK {
            return Asked::Bulk;
        }
        let payload = message.payload();
        let mut reader = Reader::new(&payload);
        let read = |reader: &mut Reader<'_>| {
            let headers = reader.u32()? as usize;
            reader.take(headers.saturating_sub(4))?;
            match message.kind {
                kind::BATCH => Ok(Asked::Batch(ucs2(&payload[reader.at..]))),
                kind::CALL => call(reader).map(Asked::Call),
                kind::TRANSACTION => step(reader).map(Asked::Transaction),
                _ => Err(Stop::Unknown),
            }
        };
        read(&mut reader).unwrap_or(Asked::Unknown)
    }
}

fn step(reader: &mut Reader<'_>) -> Result<Step, Stop> {
    let asked = reader.u16()?;
    if asked == 5 {
        reader.u8()?;
    }
    let size = usize::from(reader.u8()?);
    let name = ucs2(reader.take(size)?);
    match asked {
        5 => Ok(Step::Begin(name)),
        7 => Ok(Step::Commit(name)),
        8 => Ok(Step::Rollback(name)),
        9 => Ok(Step::Save(name)),
        _ => Err(Stop::Unknown),
    }
}

fn call(reader: &mut Reader<'_>) -> Result<Call, Stop> {
    let units = reader.u16()?;
    let by_name = units != 0xffff;
    let name = if by_name {
        reader.text(usize::from(units))?
    } else {
        let number = usize::from(reader.u16()?);
        (*NUMBERED.get(number).ok_or(Stop::Unknown)?).to_owned()
    };
    reader.u16()?;
    let mut parameters = Vec::new();
    while reader.at < reader.bytes.len() {
        // Several calls in one message: no package of ours sends that.
        if matches!(reader.bytes[reader.at], 0x80 | 0xfe | 0xff) {
            return Err(Stop::Unknown);
        }
        let label = reader.short_text()?;
        reader.u8()?;
        if reader.bytes.get(reader.at) == Some(&0xf3) {
            // A table: its rows are not taken apart, and nothing after it is told.
            parameters.push((label, Parameter::Text("a table".to_owned())));
            break;
        }
        let kind = Type::read(reader, false)?;
        let value = kind.value(reader)?;
        parameters.push((label, kind.shown(value.as_deref())));
    }
    let call = Call { name, parameters };
    if by_name && call.is_special() && !call.is_in_order() {
        return Err(Stop::Unknown);
    }
    Ok(call)
}

impl Call {
    /// The procedure's own name, without schema and brackets.
    pub(super) fn plain_name(&self) -> String {
        let last = self.name.rsplit('.').next().unwrap_or_default();
        last.trim_matches(['[', ']', '"', ' ']).to_ascii_lowercase()
    }

    /// Whether it is one of those that TDS knows by number.
    fn is_special(&self) -> bool {
        NUMBERED.contains(&self.plain_name().as_str())
    }

    /// Whether a call by name has its text where this reader looks for it.
    fn is_in_order(&self) -> bool {
        let first = self.parameters.first().map(|(name, _)| name.trim_start_matches('@').to_ascii_lowercase());
        self.plain_name() == "sp_executesql" && matches!(first.as_deref(), Some("" | "stmt" | "statement"))
    }

    /// The text that it runs, when it is one of those that run one.
    pub(super) fn text(&self) -> Option<&str> {
        let place = match self.plain_name().as_str() {
            "sp_executesql" => 0,
            "sp_cursoropen" => 1,
            "sp_prepare" | "sp_prepexec" => 2,
            "sp_cursorprepare" | "sp_cursorprepexec" => 3,
            _ => return None,
        };
        match self.parameters.get(place) {
            Some((_, Parameter::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// The handle that it runs or lets go.
    pub(super) fn handle(&self) -> Option<i64> {
        match self.parameters.first()? {
            (_, Parameter::Integer(number)) => number.parse().ok(),
            _ => None,
        }
    }

    /// The values that the script gave, named as in its text.
    pub(super) fn given(&self) -> Vec<Parameter> {
        let own = match self.plain_name().as_str() {
            "sp_executesql" => 2,
            "sp_prepexec" | "sp_prepare" => 3,
            "sp_execute" => 1,
            _ => 0,
        };
        let given = self.parameters.iter().skip(own);
        given
            .map(
                |(name, value)| {
                    if name.is_empty() {
                        value.clone()
                    } else {
                        Parameter::Named(name.clone(), Box::new(value.clone()))
                    }
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::{headers, packets};
    use super::*;

    fn message(kind: u8, rest: &[u8]) -> Message {
        let payload = [&headers([0; 8])[..], rest].concat();
        Message { kind, status: 1, packets: packets(kind, &payload, 512) }
    }

    fn text(value: &str) -> Vec<u8> {
        let bytes: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let size = u16::try_from(bytes.len()).unwrap().to_le_bytes();
        [&[0xe7, 0x40, 0x1f, 9, 4, 0xd0, 0, 52, size[0], size[1]][..], &bytes].concat()
    }

    #[test]
    fn batches_of_several_packets_and_calls_are_read() {
        let sql = "SELECT 'a long text' AS x".repeat(30);
        let bytes: Vec<u8> = sql.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Asked::read(&message(kind::BATCH, &bytes)), Asked::Batch(sql));
        let call = [
            &[0xff, 0xff, 10, 0, 0, 0][..],
            &[0, 0],
            &text("SELECT @a"),
            &[0, 0],
            &text("@a int"),
            &[2, b'@', 0, b'a', 0, 0, 0x26, 4, 4, 5, 0, 0, 0],
        ]
        .concat();
        let Asked::Call(call) = Asked::read(&message(kind::CALL, &call)) else { panic!("a call") };
        assert_eq!((call.name.as_str(), call.text()), ("sp_executesql", Some("SELECT @a")));
        assert_eq!(call.given(), [Parameter::Named("@a".to_owned(), Box::new(Parameter::Integer("5".to_owned())))]);
        let begin = message(kind::TRANSACTION, &[5, 0, 2, 2, b'x', 0]);
        assert_eq!(Asked::read(&begin), Asked::Transaction(Step::Begin("x".to_owned())));
        assert_eq!(Asked::read(&message(kind::CALL, &[0xff, 0xff, 10])), Asked::Unknown);
    }

    #[test]
    fn a_transaction_is_put_into_the_headers() {
        let mut batch = message(kind::BATCH, b"x\0");
        batch.in_transaction([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(batch.payload()[10..18], [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Asked::read(&batch), Asked::Batch("x".to_owned()));
    }
}
