//! The forms in which programs write a secret: plain, encoded, escaped.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Secrets shorter than this are masked only as whole words: as parts of words they would mask half the log.
pub(super) const SHORT: usize = 4;

/// Secrets longer than this are looked for in fewer forms, to keep the automaton small.
const LONG: usize = 2048;

/// A form of a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// How much around it belongs to it.
    pub(super) edges: Edges,
}

/// What stands around a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edges {
    /// Nothing: the form is complete.
    Exact,
    /// It counts only as a whole word.
    Word,
    /// Base64 letters before and after it may carry bits of the secret.
    Base64 {
        /// The letter before shares bits with the secret.
        before: bool,
        /// The letter after shares bits with the secret.
        after: bool,
    },
}

/// All forms of `secret`.
pub(super) fn forms(secret: &str) -> Vec<Form> {
    let bytes = secret.as_bytes();
    if secret.chars().count() < SHORT {
        return if secret.trim().is_empty() {
            vec![]
        } else {
            vec![Form { bytes: bytes.to_vec(), edges: Edges::Word }]
        };
    }
    let mut texts = vec![secret.to_owned()];
    let json = json_escaped(secret);
    texts.push(json_escaped(&json));
    for slashes in [json.clone(), json.replace('/', "\\/")] {
        texts.push(ascii_escaped(&slashes, false));
        texts.push(ascii_escaped(&slashes, true));
        texts.push(slashes);
    }
    texts.push(quoted(&json.replace("\\\"", "\""), '\''));
    texts.push(quoted(&json.replace("\\\"", "\""), '`'));
    texts.push(hex::encode(bytes));
    texts.push(hex::encode_upper(bytes));
    if secret.len() <= LONG {
        url_forms(secret, &mut texts);
        texts.push(joined(bytes, " ", |byte| format!("{byte:02x}"))); // <Buffer 73 65 …>
        texts.push(joined(bytes, " ", |byte| format!("{byte:02X}")));
        texts.push(joined(bytes, ":", |byte| format!("{byte:02x}")));
        texts.push(joined(bytes, ",", |byte| byte.to_string())); // {"type":"Buffer","data":[115,101,…]}
        texts.push(joined(bytes, ", ", |byte| byte.to_string()));
        // The lines of a key or certificate travel alone in error messages.
        texts.extend(
            secret
                .lines()
                .map(str::trim)
                .filter(|line| line.len() >= 16 && !line.starts_with("-----"))
                .map(str::to_owned),
        );
    }
    let mut forms: Vec<Form> =
        texts.into_iter().map(|text| Form { bytes: text.into_bytes(), edges: Edges::Exact }).collect();
    base64_forms(bytes, &mut forms);
    for unit_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        forms.push(Form { bytes: secret.encode_utf16().flat_map(unit_bytes).collect(), edges: Edges::Exact });
    }
    forms.sort();
    forms.dedup();
    forms
}

/// Base64 of the secret at every place it can have in a longer text: only the letters that hold its bits alone.
fn base64_forms(bytes: &[u8], forms: &mut Vec<Form>) {
    for letters in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
        let engine = GeneralPurpose::new(letters, NO_PAD);
        for shift in 0..3 {
            let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
            let encoded = engine.encode(&padded);
            let (from, to) = ((8 * shift).div_ceil(6), 8 * padded.len() / 6);
            forms.push(Form {
                bytes: encoded.as_bytes()[from..to].to_vec(),
                edges: Edges::Base64 { before: shift != 0, after: !padded.len().is_multiple_of(3) },
            });
        }
    }
}

/// What encodeURIComponent, encodeURI, form encoding and strict RFC 3986 encoding make of it, in both hex cases.
fn url_forms(secret: &str, texts: &mut Vec<String>) {
    let kept: [(&str, bool); 5] =
        [("-_.!~*'()", false), ("-_.~", false), ("-_.*", true), ("-_.!~*'();,/?:@&=+$#", false), ("-_.~", true)];
    for (marks, plus) in kept {
        for upper in [true, false] {
            let mut text = String::with_capacity(secret.len() * 3);
            for byte in secret.bytes() {
                match byte {
                    b' ' if plus => text.push('+'),
                    byte if byte.is_ascii_alphanumeric() || marks.as_bytes().contains(&byte) => text.push(byte as char),
                    byte if upper => text.push_str(&format!("%{byte:02X}")),
                    byte => text.push_str(&format!("%{byte:02x}")),
                }
            }
            texts.push(text);
        }
    }
}

/// As inside a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON or JavaScript text with everything beyond ASCII as `\uXXXX`.
fn ascii_escaped(json: &str, upper: bool) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            text.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
        }
    }
    text
}

/// As console.log shows a string with this quote inside an object.
fn quoted(escaped: &str, quote: char) -> String {
    escaped.replace(quote, &format!("\\{quote}"))
}

fn joined(bytes: &[u8], separator: &str, form: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(form).collect::<Vec<_>>().join(separator)
}
