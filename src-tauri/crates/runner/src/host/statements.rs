//! Statements on their way out of the engine and results on their way in, where the detour over JSON costs more than all the rest
//! of a lookup. What these do not know goes the general way.

use std::{cell::RefCell, collections::HashMap};

use rquickjs::{Array, Ctx, Error, FromJs, Object, Result, Value};
use serde_json::value::RawValue;
use wire::{Parameter, Protocol, StoreRequest};

use crate::text::Text;

/// How a reply with rows begins, up to the columns of its first set.
const ROWS: &str = r#"{"result":"rows","sets":[{"returns_rows":true,"columns":"#;
/// Column lists that are kept at once, and how long one of them may be in JSON, in bytes.
const KEPT: usize = 32;
const LONGEST: usize = 8 << 10;

/// A `query` request and its `written`, read from the shim's object; nothing when it holds what only JSON can tell.
pub(super) fn query<'js>(ctx: &Ctx<'js>, request: &Value<'js>) -> Result<Option<(StoreRequest, Option<String>)>> {
    let Some(request) = request.as_object() else { return Ok(None) };
    if text(ctx, &request.get("op")?)?.as_deref() != Some("query") {
        return Ok(None);
    }
    let protocol = match text(ctx, &request.get("protocol")?)?.as_deref() {
        Some("simple") => Protocol::Simple,
        Some("prepared") => Protocol::Prepared,
        _ => return Ok(None),
    };
    let (Some(client), Some(sql), Some(given)) = (
        request.get::<_, Value<'js>>("client")?.as_number().and_then(number),
        text(ctx, &request.get("sql")?)?,
        request.get::<_, Value<'js>>("parameters")?.into_array(),
    ) else {
        return Ok(None);
    };
    let mut parameters = Vec::with_capacity(given.len());
    for value in given.iter::<Value<'js>>() {
        let Some(parameter) = parameter(ctx, &value?)? else { return Ok(None) };
        parameters.push(parameter);
    }
    let written: Value<'js> = request.get("written")?;
    let written = if written.is_undefined() { None } else { text(ctx, &written)? };
    Ok(Some((StoreRequest::Query { client, sql, parameters, protocol }, written)))
}

/// The engine reads numbers of JSON as doubles.
fn number(value: f64) -> Option<u32> {
    (value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value)).then_some(value as u32)
}

/// NULL and text, which is what most statements have.
fn parameter<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Result<Option<Parameter>> {
    if let Some(object) = value.as_object() {
        return Ok(text(ctx, &object.get("text")?)?.map(Parameter::Text));
    }
    Ok((text(ctx, value)?.as_deref() == Some("null")).then_some(Parameter::Null))
}

fn text<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Result<Option<String>> {
    value.is_string().then(|| Text::from_js(ctx, value.clone()).map(|text| text.0)).transpose()
}

/// Lists of columns that came before, by their JSON.
///
/// A lookup's columns are the same every time and most of its reply. The same columns give the same array again, so that shims, too,
/// can keep what they make of it; they must not change it.
#[derive(Default)]
pub(crate) struct Columns<'js>(RefCell<HashMap<Box<str>, Value<'js>>>);

impl<'js> Columns<'js> {
    /// The reply as a value of the engine.
    pub(crate) fn reply(&self, ctx: &Ctx<'js>, json: &str) -> Result<Value<'js>> {
        let Some(rest) = json.strip_prefix(ROWS) else { return ctx.json_parse(json) };
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(columns)) = values.next() else { return ctx.json_parse(json) };
        if columns.get().len() > LONGEST {
            return ctx.json_parse(json);
        }
        let rows = &rest[values.byte_offset()..];
        let mut short = Vec::with_capacity(ROWS.len() + 1 + rows.len());
        short.extend_from_slice(ROWS.as_bytes());
        short.push(b'0');
        short.extend_from_slice(rows.as_bytes());
        let reply = ctx.json_parse(short)?;
        let sets: Array<'js> = reply.as_object().ok_or(Error::Unknown)?.get("sets")?;
        sets.get::<Object<'js>>(0)?.set("columns", self.list(ctx, columns.get())?)?;
        Ok(reply)
    }

    fn list(&self, ctx: &Ctx<'js>, json: &str) -> Result<Value<'js>> {
        let mut kept = self.0.borrow_mut();
        if let Some(columns) = kept.get(json) {
            return Ok(columns.clone());
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let columns: Value<'js> = ctx.json_parse(json)?;
        kept.insert(json.into(), columns.clone());
        Ok(columns)
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use rquickjs::{Array, Context, Object, Runtime, Value};
    use wire::{Cell, Column, ResultSet, StoreReply, StoreRequest};

    use super::{Columns, ROWS, query};

    fn rows(name: &str, value: &str) -> String {
        let set = ResultSet {
            returns_rows: true,
            columns: vec![Column { name: name.to_owned(), ..Column::default() }],
            rows: vec![vec![Cell::Text(value.to_owned())]],
            ..ResultSet::default()
        };
        serde_json::to_string(&StoreReply::Rows { sets: vec![set.clone(), set] }).unwrap()
    }

    #[test]
    fn a_reply_is_what_json_says_and_the_same_columns_are_one_array() {
        let runtime = Runtime::new().unwrap();
        Context::full(&runtime).unwrap().with(|ctx| {
            let columns = Columns::default();
            let list = |json: &str| -> Value<'_> {
                let reply = columns.reply(&ctx, json).unwrap();
                let text: String = ctx.json_stringify(reply.clone()).unwrap().unwrap().to_string().unwrap();
                let [read, expected]: [serde_json::Value; 2] =
                    [&text, json].map(|json| serde_json::from_str(json).unwrap());
                assert_eq!(read, expected);
                let sets: Array<'_> = reply.as_object().unwrap().get("sets").unwrap();
                sets.get::<Object<'_>>(0).unwrap().get("columns").unwrap()
            };
            let first = rows("a\"]}", "1");
            assert!(first.starts_with(ROWS), "the wire's order of fields has changed: {first}");
            let one = list(&first);
            assert!(one == list(&rows("a\"]}", "2")));
            assert!(one != list(&rows("b", "2")));
            for at in 0..100 {
                list(&rows(&format!("c{at}"), "3"));
            }
            assert!(columns.0.borrow().len() <= super::KEPT);
        });
    }

    #[test]
    fn a_statement_is_read_as_its_json_would_be() {
        let runtime = Runtime::new().unwrap();
        Context::full(&runtime).unwrap().with(|ctx| {
            for (text, fast) in [
                (r#"{"op":"query","client":3,"sql":"ü \ud83d\ude00","parameters":[],"protocol":"simple","written":"?"}"#, true),
                (r#"{"op":"query","client":3,"sql":"$1","parameters":[{"text":"a"},"null"],"protocol":"prepared"}"#, true),
                (r#"{"op":"query","client":3,"sql":"?","parameters":[{"bytes":"AA=="}],"protocol":"prepared"}"#, false),
                (r#"{"op":"query","client":3,"sql":"?","parameters":[{"integer":"1"}],"protocol":"prepared"}"#, false),
                (r#"{"op":"query","client":null,"sql":"?","parameters":[],"protocol":"simple"}"#, false),
                (r#"{"op":"close","client":3}"#, false),
            ] {
                let read = query(&ctx, &ctx.json_parse(text).unwrap()).unwrap();
                assert_eq!(read.is_some(), fast, "{text}");
                let Some((request, written)) = read else { continue };
                let expected: StoreRequest = serde_json::from_str(text).unwrap();
                assert_eq!(serde_json::to_value(&request).unwrap(), serde_json::to_value(&expected).unwrap());
                assert_eq!(written.is_some(), text.contains("written"));
            }
        });
    }
}
