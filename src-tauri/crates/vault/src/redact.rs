//! Masks every known secret in what leaves a run (design §5).

mod forms;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use forms::{Edges, Form};

/// What stands where a secret stood.
pub const MASK: &str = "[secret]";

/// Knows secrets in all the forms programs write them: raw, base64 (at any alignment, both alphabets), hex,
/// URL-encoded, JSON-escaped, as byte lists and as UTF-16. Overlapping secrets are masked together.
///
/// Values shorter than four characters are masked only as whole words, and only as they are.
#[derive(Clone)]
pub struct Redactor {
    known: Option<Arc<Known>>,
}

struct Known {
    automaton: AhoCorasick,
    edges: Vec<Edges>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// A redactor that knows `secrets`. Empty values are left out.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Redactor {
        let mut forms: Vec<Form> =
            secrets.into_iter().flat_map(|secret| forms::forms(secret.expose_secret())).collect();
        forms.sort();
        forms.dedup();
        if forms.is_empty() {
            return Redactor::none();
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(forms.iter().map(|form| &form.bytes))
            .expect("the forms of a few secrets are far below the automaton's size limit");
        let edges = forms.into_iter().map(|form| form.edges).collect();
        Redactor { known: Some(Arc::new(Known { automaton, edges })) }
    }

    /// A redactor that knows nothing and changes nothing.
    pub fn none() -> Redactor {
        Redactor { known: None }
    }

    /// `text` with every known secret masked.
    pub fn redact(&self, text: &str) -> String {
        let Some(known) = &self.known else { return text.to_owned() };
        let ranges = known.ranges(text.as_bytes());
        if ranges.is_empty() {
            return text.to_owned();
        }
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        for range in ranges {
            // Byte forms may end inside a character; the whole character goes.
            let start = (0..=range.start).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0).max(from);
            let end = (range.end..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
            clean.push_str(&text[from..start]);
            clean.push_str(MASK);
            from = end.max(from);
        }
        clean.push_str(&text[from..]);
        clean
    }

    /// `value` with every known secret masked: in texts, in keys, in numbers and in arrays of bytes.
    pub fn redact_value(&self, value: &Value) -> Value {
        if self.known.is_none() {
            return value.clone();
        }
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => {
                let text = number.to_string();
                let clean = self.redact(&text);
                if clean == text { value.clone() } else { Value::String(clean) }
            }
            Value::String(text) => Value::String(self.redact(text)),
            Value::Array(items) => match bytes_of(items) {
                Some(bytes) if self.found_in(&bytes) => Value::String(MASK.to_owned()),
                _ => Value::Array(items.iter().map(|item| self.redact_value(item)).collect()),
            },
            Value::Object(fields) => Value::Object(self.redact_fields(fields)),
        }
    }

    fn redact_fields(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut clean = Map::new();
        for (key, value) in fields {
            let name = self.redact(key);
            let mut free = name.clone();
            let mut number = 2;
            while clean.contains_key(&free) {
                free = format!("{name} ({number})");
                number += 1;
            }
            clean.insert(free, self.redact_value(value));
        }
        clean
    }

    /// Whether `bytes` hold any known secret in any form.
    pub fn found_in(&self, bytes: &[u8]) -> bool {
        self.known.as_ref().is_some_and(|known| {
            known
                .automaton
                .find_overlapping_iter(bytes)
                .any(|found| known.range(bytes, found.start(), found.end(), found.pattern().as_usize()).is_some())
        })
    }
}

impl Known {
    /// Where secrets stand, in order, merged where they overlap or touch.
    fn ranges(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = self
            .automaton
            .find_overlapping_iter(bytes)
            .filter_map(|found| self.range(bytes, found.start(), found.end(), found.pattern().as_usize()))
            .collect();
        found.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    fn range(&self, bytes: &[u8], start: usize, end: usize, form: usize) -> Option<Range<usize>> {
        match self.edges[form] {
            Edges::Exact => Some(start..end),
            Edges::Word => {
                let inside = |at: Option<&u8>| {
                    at.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
                };
                let before = start.checked_sub(1).and_then(|at| bytes.get(at));
                (!inside(before) && !inside(bytes.get(end))).then_some(start..end)
            }
            Edges::Base64 { before, after } => {
                let letter =
                    |at: Option<&u8>| at.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte));
                let start =
                    if before && letter(start.checked_sub(1).and_then(|at| bytes.get(at))) { start - 1 } else { start };
                let end = if after && letter(bytes.get(end)) { end + 1 } else { end };
                // The padding tells the length, and belongs to the value.
                let padding = bytes[end..].iter().take(2).take_while(|byte| after && **byte == b'=').count();
                Some(start..end + padding)
            }
        }
    }
}

/// The bytes of an array that holds nothing but bytes.
fn bytes_of(items: &[Value]) -> Option<Vec<u8>> {
    if items.len() < forms::SHORT {
        return None;
    }
    items.iter().map(|item| item.as_u64().and_then(|number| u8::try_from(number).ok())).collect()
}
