//! Stacks as V8 prints them, and places in the admin's text.
//!
//! The engine's own stacks lack the header and name files as we gave them to it. They are rewritten when they are read
//! (`prelude.js`): most are never read.

use std::fmt::Write as _;

use rquickjs::{Ctx, Exception, Function, Object, Result, Value};
use wire::WirePosition;

use crate::text::Text;

/// Stands before the name of an admin's file inside the engine. The admin's text begins on the engine's second line.
pub(crate) const SCRIPT: &str = "script:";
/// Stands before the name of our own bundles.
pub(crate) const BUNDLE: &str = "sluice:";

/// The function that `prelude.js` calls when a stack is read: `(engine's stack, error) → text`.
pub(crate) fn formatter<'js>(ctx: &Ctx<'js>) -> Result<Function<'js>> {
    Function::new(ctx.clone(), |ctx: Ctx<'js>, raw: Text, error: Value<'js>| {
        if raw.0.lines().all(|line| line.starts_with("    at ")) {
            shown(&raw.0, &header(&ctx, &error), &constructors(&ctx, &error))
        } else {
            raw.0
        }
    })
}

/// Names of the classes that made `error`: V8 leaves their constructors out of the stack.
fn constructors<'js>(ctx: &Ctx<'js>, error: &Value<'js>) -> Vec<String> {
    let constructor = error.as_object().map(|error| error.get::<_, Option<Object<'js>>>("constructor"));
    let mut class = constructor.and_then(|got| got.inspect_err(|_| drop(ctx.catch())).ok().flatten());
    let mut names = Vec::new();
    while let Some(constructor) = class.take() {
        let name = property(ctx, constructor.as_value(), "name").filter(|name| !name.is_empty());
        let Some(name) = name.filter(|_| names.len() < 16) else { break };
        names.push(name);
        class = constructor.get_prototype();
    }
    names
}

fn shown(raw: &str, header: &str, constructors: &[String]) -> String {
    let mut stack = header.to_owned();
    let made = |frame: &&str| {
        let function = frame.rsplit_once(" (").map_or("", |(function, _)| function);
        constructors.iter().any(|name| name == function)
    };
    let frames = raw.lines().map(|line| line.trim_start_matches("    at ")).skip_while(made);
    for frame in frames.filter_map(frame) {
        stack.push_str("\n    at ");
        stack.push_str(&frame);
    }
    stack
}

/// One frame, from `f (script:login.js:4:2)`, `script:login.js:4:2` or `f (native)`; none for our prelude's.
fn frame(raw: &str) -> Option<String> {
    let (function, place) = match raw.strip_suffix(')').and_then(|frame| frame.rsplit_once(" (")) {
        Some((function, place)) => (function, place),
        None => ("", raw),
    };
    let mut shown = String::new();
    if !matches!(function, "" | "<anonymous>" | "<eval>") {
        write!(shown, "{function} ").ok()?;
    }
    if matches!(place, "native" | "missing") {
        return (!shown.is_empty()).then(|| format!("{shown}(<anonymous>)"));
    }
    let mut parts = place.rsplitn(3, ':');
    let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    let place = match (file.strip_prefix(SCRIPT), file.strip_prefix(BUNDLE)) {
        (Some(file), _) => format!("{file}:{}:{column}", line.parse::<u32>().ok()?.saturating_sub(1)),
        (None, Some("prelude")) => return None,
        (None, Some(bundle)) => format!("node:{bundle}:{line}:{column}"),
        (None, None) => format!("{file}:{line}:{column}"),
    };
    Some(if shown.is_empty() { place } else { format!("{shown}({place})") })
}

fn header<'js>(ctx: &Ctx<'js>, error: &Value<'js>) -> String {
    let name = property(ctx, error, "name").unwrap_or_else(|| "Error".to_owned());
    let message = property(ctx, error, "message").unwrap_or_default();
    match (name.is_empty(), message.is_empty()) {
        (true, _) => message,
        (false, true) => name,
        (false, false) => format!("{name}: {message}"),
    }
}

fn property<'js>(ctx: &Ctx<'js>, error: &Value<'js>, key: &str) -> Option<String> {
    let value = error.as_object().map(|error| error.get::<_, Option<Text>>(key));
    match value {
        Some(Ok(text)) => text.map(|text| text.0),
        Some(Err(_)) => {
            ctx.catch();
            None
        }
        None => None,
    }
}

/// The innermost place in `file` that a stack names.
pub(crate) fn position(stack: &str, file: &str) -> Option<WirePosition> {
    stack.lines().find_map(|line| place(line, file))
}

/// The lines of a stack that lie in `file`.
pub(crate) fn frames<'a>(stack: &'a str, file: &str) -> impl Iterator<Item = &'a str> {
    stack.lines().filter(move |line| place(line, file).is_some())
}

fn place(line: &str, file: &str) -> Option<WirePosition> {
    let frame = line.trim_start().strip_prefix("at ")?;
    let frame = frame.strip_prefix("async ").unwrap_or(frame);
    let place = match frame.strip_suffix(')') {
        Some(frame) => &frame[frame.rfind('(')? + 1..],
        None => frame,
    };
    let mut numbers = place.strip_prefix(file)?.strip_prefix(':')?.split(':');
    let line = numbers.next()?.parse().ok()?;
    let column = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then(|| WirePosition { file: file.to_owned(), line, column })
}

/// The stack of the code that runs now.
pub(crate) fn here(ctx: &Ctx<'_>) -> String {
    let stack = Exception::from_message(ctx.clone(), "").ok().and_then(|here: Exception<'_>| {
        let object: &Object<'_> = here.as_object();
        object.get::<_, Option<Text>>("stack").inspect_err(|_| drop(ctx.catch())).ok().flatten()
    });
    stack.map(|text| text.0).unwrap_or_default()
}

/// The line of `file` that runs now.
pub(crate) fn line(ctx: &Ctx<'_>, file: &str) -> Option<u32> {
    position(&here(ctx), file).map(|position| position.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_as_in_node() {
        let raw = "    at query (sluice:pg:3:4)\n    at <anonymous> (script:login.js:5:13)\n    at map (native)\n    \
                   at WrongUsernameOrPasswordError (sluice:prelude:1:1)\n    at login (script:login.js:2:3)\n";
        assert_eq!(
            shown(raw, "Error: m", &[]),
            "Error: m\n    at query (node:pg:3:4)\n    at login.js:4:13\n    at map (<anonymous>)\n    at login (login.js:1:3)"
        );
    }

    #[test]
    fn the_constructors_of_an_error_class_are_no_frames() {
        let raw = "    at LegacyError (script:login.js:3:9)\n    at login (script:login.js:5:13)\n";
        assert_eq!(
            shown(raw, "Error: m", &["LegacyError".to_owned(), "Error".to_owned()]),
            "Error: m\n    at login (login.js:4:13)"
        );
    }

    #[test]
    fn places_are_found_in_both_forms_of_a_frame() {
        let stack = "Error: at x (login.js:9:9)\n    at f (node:pg:1:2)\n    at g (login.js:3:14)\n    at login.js:5:1\n    \
                     at async h (login.js:7:8)\n    at async login.js:9:1";
        let found = position(stack, "login.js").unwrap();
        assert_eq!((found.line, found.column), (3, 14));
        assert_eq!(frames(stack, "login.js").count(), 4);
        assert_eq!(position(stack, "other.js"), None);
    }
}
