//! Search filters as text (RFC 4515), for people.

use super::ber::{Malformed, Reader, SEQUENCE, STRING};

/// Filters within filters that are followed; a server would not do more either.
const DEEPEST: u32 = 64;

/// What stands for a password.
pub(super) const MASK: &str = "••••";

/// The text of the filter that comes next.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut text = String::new();
    one(reader, &mut text, DEEPEST)?;
    Ok(text)
}

fn one(reader: &mut Reader<'_>, out: &mut String, depth: u32) -> Result<(), Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    let (tag, content) = reader.element()?;
    let mut inner = Reader::new(content);
    out.push('(');
    match tag {
        0xa0 | 0xa1 => {
            out.push(if tag == 0xa0 { '&' } else { '|' });
            while !inner.is_empty() {
                one(&mut inner, out, depth)?;
            }
        }
        0xa2 => {
            out.push('!');
            one(&mut inner, out, depth)?;
        }
        0xa3 => assertion(&mut inner, out, "=")?,
        0xa4 => substrings(&mut inner, out)?,
        0xa5 => assertion(&mut inner, out, ">=")?,
        0xa6 => assertion(&mut inner, out, "<=")?,
        0x87 => {
            out.push_str(&super::ber::text(content));
            out.push_str("=*");
        }
        0xa8 => assertion(&mut inner, out, "~=")?,
        0xa9 => extensible(&mut inner, out)?,
        _ => return Err(Malformed),
    }
    out.push(')');
    Ok(())
}

fn assertion(inner: &mut Reader<'_>, out: &mut String, sign: &str) -> Result<(), Malformed> {
    let name = inner.text(STRING)?;
    let value = inner.expect(STRING)?;
    out.push_str(&name);
    out.push_str(sign);
    out.push_str(&shown(&name, value));
    Ok(())
}

fn substrings(inner: &mut Reader<'_>, out: &mut String) -> Result<(), Malformed> {
    let name = inner.text(STRING)?;
    let mut parts = inner.inside(SEQUENCE)?;
    out.push_str(&name);
    out.push('=');
    let mut open = true;
    while !parts.is_empty() {
        let (tag, value) = parts.element()?;
        // Initial, any, final: the star stands before the latter two.
        if tag != 0x80 {
            out.push('*');
        }
        out.push_str(&shown(&name, value));
        open = tag != 0x82;
    }
    if open {
        out.push('*');
    }
    Ok(())
}

fn extensible(inner: &mut Reader<'_>, out: &mut String) -> Result<(), Malformed> {
    let rule = inner.optional(0x81)?.map(super::ber::text);
    let name = inner.optional(0x82)?.map(super::ber::text).unwrap_or_default();
    let value = inner.expect(0x83)?;
    out.push_str(&name);
    if inner.optional(0x84)?.is_some_and(|flag| flag.first().is_some_and(|byte| *byte != 0)) {
        out.push_str(":dn");
    }
    if let Some(rule) = rule {
        out.push(':');
        out.push_str(&rule);
    }
    out.push_str(":=");
    out.push_str(&shown(&name, value));
    Ok(())
}

/// A value as a filter has it; a password is not shown.
fn shown(name: &str, value: &[u8]) -> String {
    if is_secret(name) { MASK.to_owned() } else { escaped(value) }
}

/// Names and numbers of attributes that hold a password or key and do not say so.
const SECRET: [&str; 6] =
    ["unicodepwd", "userpkcs12", "krbprincipalkey", "dbcspwd", "2.5.4.35", "1.2.840.113556.1.4.90"];

/// Whether values of an attribute are passwords or keys.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.split(';').next().unwrap_or_default().to_ascii_lowercase();
    name.contains("password") || SECRET.contains(&name.as_str())
}

/// Text stays, what has a meaning in a filter or is no text becomes `\xx`.
fn escaped(value: &[u8]) -> String {
    let mut out = String::new();
    for chunk in value.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if matches!(letter, '*' | '(' | ')' | '\\') || letter.is_ascii_control() {
                hex(&mut out, letter as u8);
            } else {
                out.push(letter);
            }
        }
        chunk.invalid().iter().for_each(|byte| hex(&mut out, *byte));
    }
    out
}

fn hex(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push('\\');
    out.push(DIGITS[usize::from(byte >> 4)] as char);
    out.push(DIGITS[usize::from(byte & 15)] as char);
}
