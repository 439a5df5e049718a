//! What a script hands to `callback` (contract §3.1): its error and its results, as they leave the runner.

use std::cell::{Cell, RefCell};

use rquickjs::{Ctx, Error, Result, Value};
use wire::{Ended, FromRunner, WireError};

use crate::{faults, host::Host, stack};

/// How deep a result may be nested; both ends of the pipe read JSON recursively.
const MAX_DEPTH: usize = 100;

/// What is wrong with a value that is no error, after what it is.
const NO_ERROR: &str = ": it has no class and no stack, so nobody can tell what went wrong and where; use new Error(…)";

/// What `callback` was told.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) called: Cell<bool>,
    pub(crate) reported: Cell<bool>,
    stack: RefCell<String>,
    again: Cell<bool>,
    pub(crate) failed: RefCell<Option<Ended>>,
}

impl Answer {
    /// Hears one call of `callback`: the first counts, the second is reported.
    pub(crate) fn take<'js>(&self, ctx: &Ctx<'js>, host: &Host<'js>, values: &[Value<'js>], limit: u64) -> Result<()> {
        let here = stack::here(ctx);
        let file = host.file.borrow().clone();
        if self.called.replace(true) {
            if !self.again.replace(true) {
                let line = stack::position(&here, &file).map(|position| position.line);
                let message = format!(
                    "callback was called twice; the first call counts\nfirst call:\n{}\nsecond call:\n{}",
                    place(&self.stack.borrow(), &file),
                    place(&here, &file)
                );
                host.warn("callback_twice", &message, line);
            }
            return Ok(());
        }
        self.stack.replace(here);
        let at_ms = host.clock.now_ms();
        let first = values.first().filter(|value| !value.is_null() && !value.is_undefined());
        let mut error = None;
        if let Some(value) = first {
            if host.memory.refused() && faults::is_out_of_memory(ctx, value) {
                return self.fail(Ended::OutOfMemory);
            }
            error = Some(faults::describe(ctx, &file, value));
            if let Some(what) = faults::no_error(ctx, value) {
                let line = stack::position(&self.stack.borrow(), &file).map(|position| position.line);
                let message = format!("callback was given {what} as its error{NO_ERROR}");
                host.warn("error_not_an_error", &message, line);
            }
            if host.clock.interrupted() {
                return self.fail(Ended::Interrupted { last_awaited: None });
            }
        }
        let mut results = Vec::new();
        for value in values.iter().skip(1) {
            match result(ctx, value, limit) {
                Ok(value) => results.push(value),
                Err(Unfit::Threw(error)) if host.clock.interrupted() => return Err(error),
                Err(Unfit::Threw(_)) => {
                    let caught = ctx.catch();
                    return self.fail(threw(ctx, host, &caught));
                }
                Err(Unfit::Refused(code, message)) => {
                    let mut error: WireError = faults::own("RangeError", code, message);
                    error.position = stack::position(&self.stack.borrow(), &file);
                    return self.fail(Ended::Threw { error });
                }
            }
        }
        self.reported.set(true);
        host.out.send(&FromRunner::CalledBack { at_ms, error, results });
        Ok(())
    }

    /// The answer cannot be represented: the run ends with the reason at the end of this turn.
    fn fail(&self, ended: Ended) -> Result<()> {
        self.failed.replace(Some(ended));
        Ok(())
    }
}

fn place(stack: &str, file: &str) -> String {
    let frames: Vec<_> = stack::frames(stack, file).collect();
    if frames.is_empty() { "    (from a module)".to_owned() } else { frames.join("\n") }
}

/// Why a result cannot leave the script.
enum Unfit {
    Threw(Error),
    Refused(&'static str, String),
}

/// A result as JSON; `undefined` and functions become null.
fn result<'js>(ctx: &Ctx<'js>, value: &Value<'js>, limit: u64) -> std::result::Result<serde_json::Value, Unfit> {
    let Some(json) = ctx.json_stringify(value.clone()).map_err(Unfit::Threw)? else {
        return Ok(serde_json::Value::Null);
    };
    let json = json.get::<crate::text::Text>().map_err(Unfit::Threw)?.0;
    if json.len() as u64 > limit {
        let message = format!("the result has {} bytes as JSON; the limit is {limit} bytes", json.len());
        return Err(Unfit::Refused("result_too_large", message));
    }
    if depth(&json) > MAX_DEPTH {
        let message = format!("the result is nested deeper than {MAX_DEPTH} levels");
        return Err(Unfit::Refused("result_too_deep", message));
    }
    serde_json::from_str(&json)
        .or_else(|_| serde_json::from_str(&without_lone_surrogates(&json)))
        .map_err(|error| Unfit::Refused("result_unreadable", format!("the result is no JSON: {error}")))
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// `JSON.stringify` writes a lone surrogate as its escape; Rust strings cannot hold one.
fn without_lone_surrogates(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find("\\u") {
        // An even number of backslashes in front makes this one text.
        let backslashes = rest[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        text.push_str(&rest[..at]);
        let escape = rest.get(at..at + 6).unwrap_or(&rest[at..]);
        let surrogate =
            u16::from_str_radix(escape.get(2..).unwrap_or(""), 16).is_ok_and(|unit| (0xD800..0xE000).contains(&unit));
        text.push_str(if surrogate && backslashes.is_multiple_of(2) { "\\ufffd" } else { escape });
        rest = &rest[at + escape.len()..];
    }
    text.push_str(rest);
    text
}

/// What a thrown value means for the run.
pub(crate) fn threw<'js>(ctx: &Ctx<'js>, host: &Host<'js>, value: &Value<'js>) -> Ended {
    if host.memory.refused() && faults::is_out_of_memory(ctx, value) {
        return Ended::OutOfMemory;
    }
    if let Some(what) = faults::no_error(ctx, value) {
        host.warn("error_not_an_error", &format!("{what} was thrown{NO_ERROR}"), None);
    }
    Ended::Threw { error: faults::describe(ctx, &host.file.borrow(), value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_ignores_brackets_in_text() {
        assert_eq!(depth(r#"[{"a":"[[[\"["}]"#), 2);
    }

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        assert_eq!(without_lone_surrogates(r#""a\ud800b""#), r#""a\ufffdb""#);
        assert_eq!(without_lone_surrogates(r#""\\ud800""#), r#""\\ud800""#);
        assert_eq!(without_lone_surrogates(r#""\u00e4\n""#), r#""\u00e4\n""#);
    }
}
