//! Types and values on the wire (MS-TDS 2.2.5.4, 2.2.5.5): how long each is, and what it says to people.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use wire::Parameter;

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes are needed.
    Short,
    /// Something this reader does not know: the rest cannot be read.
    Unknown,
}

/// Reads from bytes, never past their end.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.checked_add(count).ok_or(Stop::Unknown)?;
        let piece = self.bytes.get(self.at..end).ok_or(Stop::Short)?;
        self.at = end;
        Ok(piece)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.take(N)?.try_into().map_err(|_| Stop::Short)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Stop> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, Stop> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Stop> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// UTF-16 text of so many units.
    pub(super) fn text(&mut self, units: usize) -> Result<String, Stop> {
        Ok(ucs2(self.take(units * 2)?))
    }

    /// Text behind its length in one byte.
    pub(super) fn short_text(&mut self) -> Result<String, Stop> {
        let units = self.u8()?;
        self.text(usize::from(units))
    }
}

/// UTF-16, little endian.
pub(super) fn ucs2(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// How a type's values tell their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Fixed(usize),
    Byte,
    Short,
    Long,
    /// With a text pointer before it (TEXT, NTEXT, IMAGE).
    Pointed,
    /// In pieces.
    Parts,
}

/// A column's or parameter's type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Type {
    id: u8,
    scale: u8,
    length: Length,
}

impl Type {
    /// Reads TYPE_INFO; in a result's columns, old large types name their table.
    pub(super) fn read(reader: &mut Reader<'_>, in_columns: bool) -> Result<Type, Stop> {
        let id = reader.u8()?;
        let mut scale = 0;
        let length = match id {
            0x1f => Length::Fixed(0),
            0x30 | 0x32 => Length::Fixed(1),
            0x34 => Length::Fixed(2),
            0x38 | 0x3a | 0x3b | 0x7a => Length::Fixed(4),
            0x3c | 0x3d | 0x3e | 0x7f => Length::Fixed(8),
            0x28 => Length::Byte,
            0x29..=0x2b => {
                scale = reader.u8()?;
                Length::Byte
            }
            0x24 | 0x26 | 0x68 | 0x6d | 0x6e | 0x6f => {
                reader.u8()?;
                Length::Byte
            }
            0x37 | 0x3f | 0x6a | 0x6c => {
                reader.take(2)?;
                scale = reader.u8()?;
                Length::Byte
            }
            0x25 | 0x2d | 0x27 | 0x2f => {
                reader.u8()?;
                Length::Byte
            }
            0xa5 | 0xad | 0xa7 | 0xaf | 0xe7 | 0xef => {
                let size = reader.u16()?;
                if !matches!(id, 0xa5 | 0xad) {
                    reader.take(5)?;
                }
                if size == 0xffff { Length::Parts } else { Length::Short }
            }
            0x22 | 0x23 | 0x63 => {
                reader.u32()?;
                if id != 0x22 {
                    reader.take(5)?;
                }
                if in_columns {
                    for _ in 0..reader.u8()? {
                        let units = reader.u16()?;
                        reader.text(usize::from(units))?;
                    }
                }
                if in_columns { Length::Pointed } else { Length::Long }
            }
            0x62 => {
                reader.u32()?;
                Length::Long
            }
            0xf1 => {
                if reader.u8()? == 1 {
                    reader.short_text()?;
                    reader.short_text()?;
                    let units = reader.u16()?;
                    reader.text(usize::from(units))?;
                }
                Length::Parts
            }
            // A type of the CLR: in columns it names itself, as a parameter only in part.
            0xf0 => {
                if in_columns {
                    reader.u16()?;
                }
                for _ in 0..3 {
                    reader.short_text()?;
                }
                if in_columns {
                    let units = reader.u16()?;
                    reader.text(usize::from(units))?;
                }
                Length::Parts
            }
            _ => return Err(Stop::Unknown),
        };
        Ok(Type { id, scale, length })
    }

    /// Reads a value's bytes; none is NULL.
    pub(super) fn value(&self, reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Stop> {
        match self.length {
            Length::Fixed(0) => Ok(None),
            Length::Fixed(size) => Ok(Some(reader.take(size)?.to_vec())),
            Length::Byte => {
                let size = usize::from(reader.u8()?);
                // The oldest text types have no other NULL than nothing.
                Ok((size > 0).then_some(reader.take(size)?.to_vec()))
            }
            Length::Short => match reader.u16()? {
                0xffff => Ok(None),
                size => Ok(Some(reader.take(usize::from(size))?.to_vec())),
            },
            Length::Long => match reader.u32()? {
                0xffff_ffff => Ok(None),
                0 if self.id == 0x62 => Ok(None),
                size => Ok(Some(reader.take(size as usize)?.to_vec())),
            },
            Length::Pointed => {
                let pointer = usize::from(reader.u8()?);
                if pointer == 0 {
                    return Ok(None);
                }
                reader.take(pointer + 8)?;
                let size = reader.u32()?;
                Ok(Some(reader.take(size as usize)?.to_vec()))
            }
            Length::Parts => {
                if reader.u64()? == u64::MAX {
                    return Ok(None);
                }
                let mut value = Vec::new();
                loop {
                    match reader.u32()? {
                        0 => return Ok(Some(value)),
                        size => value.extend_from_slice(reader.take(size as usize)?),
                    }
                }
            }
        }
    }

    /// What a value says, for the trace; types that need more than a few lines are named.
    pub(super) fn shown(&self, value: Option<&[u8]>) -> Parameter {
        let Some(bytes) = value else { return Parameter::Null };
        match (self.id, bytes) {
            (0x26 | 0x30 | 0x34 | 0x38 | 0x7f, _) => {
                Parameter::Integer(integer(bytes, self.id == 0x30 || bytes.len() == 1).to_string())
            }
            (0x68 | 0x32, [bit, ..]) => Parameter::Boolean(*bit != 0),
            (0x6d | 0x3b | 0x3e, _) => match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes)) {
                (Ok(four), _) => Parameter::Text(f32::from_le_bytes(four).to_string()),
                (_, Ok(eight)) => Parameter::Text(f64::from_le_bytes(eight).to_string()),
                _ => Parameter::Text("float".to_owned()),
            },
            (0x6a | 0x6c, [sign, digits @ ..]) => Parameter::Text(decimal(*sign, digits, self.scale)),
            (0x6e | 0x3c | 0x7a, _) => Parameter::Text(money(bytes)),
            (0xe7 | 0xef | 0x63 | 0xf1, _) => Parameter::Text(ucs2(bytes)),
            (0xa7 | 0xaf | 0x23 | 0x27 | 0x2f, _) => {
                Parameter::Text(bytes.iter().map(|byte| char::from(*byte)).collect())
            }
            (0x24, bytes) if bytes.len() == 16 => Parameter::Text(guid(bytes)),
            (0x28..=0x2b | 0x6f | 0x3a | 0x3d, _) => Parameter::Text(super::times::shown(self.id, self.scale, bytes)),
            (0xa5 | 0xad | 0x22 | 0x25 | 0x2d, _) => Parameter::Bytes(STANDARD.encode(bytes)),
            (0x62, _) => Parameter::Text("sql_variant".to_owned()),
            _ => Parameter::Text(format!("{} bytes of another type", bytes.len())),
        }
    }

    /// A value of a result as text, for queries of ours.
    pub(super) fn cell(&self, value: Option<&[u8]>) -> Option<String> {
        match self.shown(value) {
            Parameter::Null => None,
            Parameter::Text(text) | Parameter::Integer(text) | Parameter::Bytes(text) => Some(text),
            Parameter::Boolean(bit) => Some(u8::from(bit).to_string()),
            other => Some(format!("{other:?}")),
        }
    }
}

fn integer(bytes: &[u8], unsigned: bool) -> i64 {
    let negative = !unsigned && bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut whole = [if negative { 0xff } else { 0 }; 8];
    let size = bytes.len().min(8);
    whole[..size].copy_from_slice(&bytes[..size]);
    i64::from_le_bytes(whole)
}

fn decimal(sign: u8, digits: &[u8], scale: u8) -> String {
    let value = digits.iter().take(16).rev().fold(0_u128, |value, byte| (value << 8) | u128::from(*byte));
    point(sign == 0, value, scale)
}

fn money(bytes: &[u8]) -> String {
    let value = match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes)) {
        (Ok(four), _) => i64::from(i32::from_le_bytes(four)),
        (_, Ok([a, b, c, d, e, f, g, h])) => i64::from_le_bytes([e, f, g, h, a, b, c, d]),
        _ => return "money".to_owned(),
    };
    point(value < 0, u128::from(value.unsigned_abs()), 4)
}

fn point(negative: bool, value: u128, scale: u8) -> String {
    let scale = usize::from(scale.min(38));
    let digits = format!("{value:0>width$}", width = scale + 1);
    let (front, back) = digits.split_at(digits.len() - scale);
    let sign = if negative { "-" } else { "" };
    if back.is_empty() { format!("{sign}{front}") } else { format!("{sign}{front}.{back}") }
}

fn guid(bytes: &[u8]) -> String {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = String::with_capacity(36);
    for (place, from) in ORDER.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{:02X}", bytes[*from]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Parameter {
        let mut reader = Reader::new(bytes);
        let kind = Type::read(&mut reader, false).unwrap();
        let value = kind.value(&mut reader).unwrap();
        assert_eq!(reader.at, bytes.len());
        kind.shown(value.as_deref())
    }

    #[test]
    fn values_say_what_they_are() {
        assert_eq!(shown(&[0x26, 4, 4, 0xfe, 0xff, 0xff, 0xff]), Parameter::Integer("-2".to_owned()));
        assert_eq!(shown(&[0x26, 4, 0]), Parameter::Null);
        assert_eq!(shown(&[0x68, 1, 1, 1]), Parameter::Boolean(true));
        assert_eq!(shown(&[0xe7, 4, 0, 9, 4, 0xd0, 0, 52, 2, 0, 0xe4, 0]), Parameter::Text("ä".to_owned()));
        let parts = [
            0xe7, 0xff, 0xff, 9, 4, 0xd0, 0, 52, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, b'a', 0, 2, 0, 0, 0, b'b', 0, 0,
            0, 0, 0,
        ];
        assert_eq!(shown(&parts), Parameter::Text("ab".to_owned()));
        assert_eq!(shown(&[0x6a, 5, 9, 2, 5, 0, 0x39, 0x30, 0, 0]), Parameter::Text("-123.45".to_owned()));
        assert_eq!(shown(&[0x6e, 8, 8, 0, 0, 0, 0, 0x10, 0x27, 0, 0]), Parameter::Text("1.0000".to_owned()));
        let guid = shown(&[
            0x24, 16, 16, 0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
        ]);
        assert_eq!(guid, Parameter::Text("00112233-4455-6677-8899-AABBCCDDEEFF".to_owned()));
        assert_eq!(shown(&[0xa5, 8, 0, 2, 0, 1, 2]), Parameter::Bytes("AQI=".to_owned()));
    }

    #[test]
    fn what_is_cut_or_unknown_is_said_to_be() {
        assert_eq!(Type::read(&mut Reader::new(&[0x26]), false), Err(Stop::Short));
        assert_eq!(Type::read(&mut Reader::new(&[0xf3, 0]), false), Err(Stop::Unknown));
    }
}
