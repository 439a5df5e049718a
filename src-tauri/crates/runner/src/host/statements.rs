//! Statements on their way out of the engine and results on their way in, where the detour over JSON costs more than all the rest
//! of a lookup. What these do not know goes the general way.

use std::{cell::RefCell, collections::HashMap};

use rquickjs::{Array, Ctx, FromJs, Object, Result, Value};
use wire::{Parameter, Protocol, StoreRequest};

use crate::text::Text;

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

/// Lists of columns that came before, by the host's numbers for them.
///
/// A lookup's columns are the same every time and most of its reply, so the host sends them once. The same columns give the same
/// array again, so that shims, too, can keep what they make of it; they must not change it.
#[derive(Default)]
pub(crate) struct Columns<'js>(RefCell<HashMap<u32, Value<'js>>>);

impl<'js> Columns<'js> {
    /// The reply as a value of the engine.
    pub(crate) fn reply(&self, ctx: &Ctx<'js>, json: &str) -> Result<Value<'js>> {
        let reply = ctx.json_parse(json)?;
        let Some(sets) = reply.as_object().map(|reply| reply.get::<_, Value<'js>>("sets")).transpose()? else {
            return Ok(reply);
        };
        for set in sets.as_array().into_iter().flat_map(Array::iter::<Object<'js>>) {
            self.complete(&set?)?;
        }
        Ok(reply)
    }

    /// Gives a result set the columns that its number stands for.
    fn complete(&self, set: &Object<'js>) -> Result<()> {
        let Some(list) = set.get::<_, Value<'js>>("list")?.as_number().and_then(number) else { return Ok(()) };
        let mut known = self.0.borrow_mut();
        match known.get(&list) {
            Some(columns) => set.set("columns", columns.clone()),
            None => {
                known.insert(list, set.get("columns")?);
                Ok(())
            }
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use rquickjs::{Array, Context, Object, Runtime, Value};
    use wire::{Column, ResultSet, StoreReply, StoreRequest};

    use super::{Columns, query};

    #[test]
    fn a_list_of_columns_that_is_only_a_number_is_the_array_that_came_before() {
        let runtime = Runtime::new().unwrap();
        Context::full(&runtime).unwrap().with(|ctx| {
            let columns = Columns::default();
            let lists = |sets: Vec<ResultSet>| -> Vec<Value<'_>> {
                let json = serde_json::to_string(&StoreReply::rows(sets)).unwrap();
                let reply = columns.reply(&ctx, &json).unwrap();
                let sets: Array<'_> = reply.as_object().unwrap().get("sets").unwrap();
                sets.iter::<Object<'_>>().map(|set| set.unwrap().get("columns").unwrap()).collect()
            };
            let named = |name: &str, list| {
                let columns = vec![Column { name: name.to_owned(), ..Column::default() }];
                ResultSet { returns_rows: true, columns, list, ..ResultSet::default() }
            };
            let known = |list| ResultSet { returns_rows: true, list: Some(list), ..ResultSet::default() };
            let first = lists(vec![named("a", Some(0)), named("b", Some(1)), known(0), named("a", None)]);
            assert!(first[0] == first[2] && first[0] != first[1] && first[0] != first[3]);
            let name: String = first[2].as_array().unwrap().get::<Object<'_>>(0).unwrap().get("name").unwrap();
            assert_eq!(name, "a");
            assert!(lists(vec![known(1)])[0] == first[1]);
            columns.clear();
            assert_eq!(lists(vec![known(1)])[0].as_array().unwrap().len(), 0);
            assert!(columns.reply(&ctx, r#"{"result":"closed"}"#).unwrap().is_object());
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
