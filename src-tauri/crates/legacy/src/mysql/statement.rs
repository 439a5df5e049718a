//! `COM_STMT_EXECUTE`: parameters in the binary protocol.

use base64::{Engine, prelude::BASE64_STANDARD};
use wire::{Fault, FaultKind, Parameter};

use super::{encoding::Encoding, packet::put_string};
use crate::fault::fault;

/// The message that runs prepared statement `id` with these parameters. Each keeps the type mysql2 would give it:
/// a JavaScript number is a DOUBLE, which some servers refuse in LIMIT, and then so it does here.
pub(super) fn execute(id: u32, parameters: &[Parameter], encoding: Encoding) -> Result<Vec<u8>, Fault> {
    let mut message = vec![0x17];
    message.extend_from_slice(&id.to_le_bytes());
    message.push(0); // no cursor
    message.extend_from_slice(&1_u32.to_le_bytes());
    if parameters.is_empty() {
        return Ok(message);
    }
    let mut nulls = vec![0_u8; parameters.len().div_ceil(8)];
    let mut types = Vec::new();
    let mut values = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let (code, unsigned) = match parameter {
            Parameter::Null => {
                nulls[index / 8] |= 1 << (index % 8);
                (6, 0)
            }
            Parameter::Text(text) => {
                put_string(&mut values, &encoding.encode(text));
                (253, 0)
            }
            Parameter::Bytes(base64) => {
                let bytes = BASE64_STANDARD.decode(base64).map_err(|_| unreadable(index))?;
                put_string(&mut values, &bytes);
                (252, 0)
            }
            Parameter::Number(number) => {
                values.extend_from_slice(&number.to_le_bytes());
                (5, 0)
            }
            Parameter::Integer(digits) => {
                if let Ok(signed) = digits.parse::<i64>() {
                    values.extend_from_slice(&signed.to_le_bytes());
                    (8, 0)
                } else {
                    values.extend_from_slice(&digits.parse::<u64>().map_err(|_| unreadable(index))?.to_le_bytes());
                    (8, 0x80)
                }
            }
            Parameter::Boolean(truth) => {
                values.push(u8::from(*truth));
                (1, 0)
            }
            // The shim marks a JavaScript Date, which mysql2 sends as a DATETIME and not as text.
            Parameter::Named(kind, text) => match &**text {
                Parameter::Text(text) if kind == "datetime" => {
                    values.extend_from_slice(&moment(text).ok_or_else(|| unreadable(index))?);
                    (12, 0)
                }
                _ => return Err(unreadable(index)),
            },
        };
        types.extend_from_slice(&[code, unsigned]);
    }
    message.extend_from_slice(&nulls);
    message.push(1); // types follow
    message.extend_from_slice(&types);
    message.extend_from_slice(&values);
    Ok(message)
}

/// `YYYY-MM-DD hh:mm:ss.ffffff` in the binary form, length first.
fn moment(text: &str) -> Option<Vec<u8>> {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).map(|digits| digits.parse::<u32>().ok());
    let mut next = || numbers.next().flatten();
    let mut bytes = vec![11];
    bytes.extend_from_slice(&u16::try_from(next()?).ok()?.to_le_bytes());
    for _ in 0..5 {
        bytes.push(u8::try_from(next()?).ok()?);
    }
    bytes.extend_from_slice(&next().unwrap_or(0).to_le_bytes());
    Some(bytes)
}

fn unreadable(index: usize) -> Fault {
    fault(FaultKind::Statement, format!("parameter {} is of no type that MySQL takes", index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_bits_and_types_are_mysql2s() {
        let parameters = [Parameter::Null, Parameter::Text("a".into()), Parameter::Boolean(true)];
        let message = execute(7, &parameters, Encoding::Utf8).unwrap();
        assert_eq!(message[..10], [0x17, 7, 0, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(message[10..], [0b001, 1, 6, 0, 253, 0, 1, 0, 1, b'a', 1]);
    }

    #[test]
    fn a_date_is_a_datetime() {
        let date = |text: &str| Parameter::Named("datetime".into(), Box::new(Parameter::Text(text.into())));
        let message = execute(1, &[date("2024-02-29 23:59:58.000001")], Encoding::Utf8).unwrap();
        assert_eq!(message[12..], [12, 0, 11, 0xE8, 7, 2, 29, 23, 59, 58, 1, 0, 0, 0]);
        assert!(execute(1, &[date("soon")], Encoding::Utf8).is_err());
    }

    #[test]
    fn an_integer_beyond_signed_is_unsigned() {
        let message = execute(1, &[Parameter::Integer(u64::MAX.to_string())], Encoding::Utf8).unwrap();
        assert_eq!(message[12..14], [8, 0x80]);
        assert!(execute(1, &[Parameter::Integer("x".into())], Encoding::Utf8).is_err());
    }
}
