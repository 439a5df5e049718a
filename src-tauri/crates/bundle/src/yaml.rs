//! Reads the deploy-cli YAML format (contract §15.2).

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::directory::Reading;
use crate::source::Source;
use crate::{BundleError, Contents, Problem, layout, placeholder, render};

/// Values of one file; aliases may multiply them, memory must not follow.
const MAX_VALUES: usize = 200_000;
/// Brackets open at once. The scanner looks at all of them for each further one, so a file of brackets would take hours.
const MAX_BRACKETS: usize = 1_000;

pub(crate) fn read_source(source: &Source, file: &str) -> Result<Contents, BundleError> {
    let unreadable = |reason: String| BundleError::Unreadable { path: source.absolute(file), reason };
    let bytes = source.read(file).map_err(|fault| unreadable(fault.words()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable("the file is not UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = parse(text).map_err(|reason| unreadable(with_marker_hint(reason, text)))?;
    let Value::Object(root) = root else { return Err(unreadable("the file holds no mapping".to_owned())) };
    let mut reading = Reading::default();
    let others: Vec<&str> = root.keys().map(String::as_str).filter(|key| *key != "databases").collect();
    if !others.is_empty() {
        let message = format!("{} is left out: only databases are read", others.join(", "));
        reading.problem(Problem::note(file, "other_resources", message));
    }
    match root.get("databases") {
        Some(Value::Array(databases)) => {
            let base = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            for (index, database) in databases.iter().enumerate() {
                let path = format!("{file} databases[{index}]");
                match database {
                    Value::Object(json) => database_item(source, base, json, &path, &mut reading),
                    _ => reading.problem(Problem::error(&path, "not_object", "the database is no mapping")),
                }
            }
        }
        Some(Value::Null) => {}
        Some(_) => return Err(unreadable("databases is no list".to_owned())),
        None => {
            let reason = "it has no databases".to_owned();
            return Err(BundleError::NoBundle { path: source.absolute(file), reason });
        }
    }
    Ok(reading.finish())
}

fn database_item(source: &Source, base: &str, json: &Map<String, Value>, path: &str, reading: &mut Reading) {
    let name = json.get("name").and_then(Value::as_str).unwrap_or_default();
    let folder = format!("{}/{}", layout::DATABASES, layout::sanitized(name));
    let bytes = render::json(&Value::Object(json.clone()).to_string()).into_bytes();
    reading.connection(source, &folder, base, json.clone(), bytes, path);
}

fn with_marker_hint(reason: String, text: &str) -> String {
    match placeholder::find(text).first() {
        Some(marker) => format!("{reason} (put quotes around markers such as {})", marker.text),
        None => reason,
    }
}

fn parse(text: &str) -> Result<Value, String> {
    let depth = brackets(text);
    if depth > MAX_BRACKETS {
        return Err(format!("{depth} brackets are open at once, more than {MAX_BRACKETS}"));
    }
    let mut left = MAX_VALUES;
    let document = serde_norway::Deserializer::from_str(text);
    Seed { left: &mut left }.deserialize(document).map_err(|error| error.to_string())
}

/// The most brackets that are open at once. Those inside strings count as well: nobody leaves that many open there.
fn brackets(text: &str) -> usize {
    let mut open = 0usize;
    let mut most = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// Builds a JSON value, no more than `left` parts of it, and no key twice.
struct Seed<'a> {
    left: &'a mut usize,
}

impl Seed<'_> {
    fn take<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.left = self.left.checked_sub(1).ok_or_else(|| E::custom(format!("more than {MAX_VALUES} values")))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.take()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data without tags")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that JSON cannot hold"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Seed { left: &mut *self.left })? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key_seed(Seed { left: &mut *self.left })? {
            let key = match key {
                Value::String(key) => key,
                Value::Number(_) | Value::Bool(_) | Value::Null => key.to_string(),
                _ => return Err(A::Error::custom("a key that is no word")),
            };
            let value = members.next_value_seed(Seed { left: &mut *self.left })?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key} stands twice in one mapping")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(merged(map)))
    }
}

/// Applies `<<` as js-yaml does: own keys win.
fn merged(mut map: Map<String, Value>) -> Map<String, Value> {
    let from: Vec<Map<String, Value>> = match map.get("<<") {
        Some(Value::Object(other)) => vec![other.clone()],
        Some(Value::Array(others)) => others.iter().filter_map(Value::as_object).cloned().collect(),
        _ => return map,
    };
    map.shift_remove("<<");
    for (key, value) in from.into_iter().flatten() {
        map.entry(key).or_insert(value);
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_merges_and_words_survive() {
        let value = parse("base: &b {x: 1}\nz: {<<: *b, y: 'no', w: 1.5}\na: [null, ~, true, 12]\n").unwrap();
        assert_eq!(value, json!({"base": {"x": 1}, "z": {"y": "no", "w": 1.5, "x": 1}, "a": [null, null, true, 12]}));
        let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["base", "z", "a"]);
    }

    #[test]
    fn bombs_and_double_keys_are_refused() {
        let mut bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(",")));
        }
        assert!(parse(&bomb).is_err());
        assert!(parse("a: 1\na: 2\n").unwrap_err().contains("twice"));
        assert!(parse(&"[".repeat(1_000_000)).unwrap_err().contains("brackets"));
        assert!(parse(&"- ".repeat(100_000)).is_err());
        assert!(parse(&"? ".repeat(100_000)).is_err());
        let aliases = format!("a: &a [{}]\nb: [{}]\n", vec!["1"; 1000].join(","), vec!["*a"; 10_000].join(","));
        assert!(parse(&aliases).is_err());
        assert!(
            parse("a: !!js/function 'x'\n").is_err() || parse("a: !!js/function 'x'\n").is_ok_and(|v| v["a"] == "x")
        );
    }
}
