//! Stacks as V8 prints them, and places in the admin's text.

use rquickjs::{Array, Ctx, Exception, Function, Object, Result, Value};
use wire::WirePosition;

use crate::text::Text;

/// Makes `error.stack` read as in Node: a header, then one line per frame. Our prelude's frames are left out.
pub(crate) fn install(ctx: &Ctx<'_>) -> Result<()> {
    let prepare = Function::new(ctx.clone(), prepare)?;
    let error: Object<'_> = ctx.globals().get("Error")?;
    error.set("prepareStackTrace", prepare)
}

fn prepare<'js>(ctx: Ctx<'js>, error: Value<'js>, sites: Array<'js>) -> String {
    let mut stack = header(&ctx, &error);
    for site in sites.iter::<Object<'js>>().flatten() {
        if let Some(frame) = frame(&ctx, &site) {
            stack.push_str("\n    at ");
            stack.push_str(&frame);
        }
    }
    stack
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

fn frame<'js>(ctx: &Ctx<'js>, site: &Object<'js>) -> Option<String> {
    let text = |method: &str| -> Option<String> {
        let value = site.get::<_, Function<'js>>(method).and_then(|method| {
            method.call::<_, Option<Text>>((rquickjs::function::This(site.clone()),))
        });
        value.inspect_err(|_| drop(ctx.catch())).ok().flatten().map(|text| text.0).filter(|text| !text.is_empty())
    };
    let function = text("getFunctionName").filter(|name| name != "<anonymous>" && name != "<eval>");
    let Some(file) = text("getFileName") else {
        return function.map(|function| format!("{function} (<anonymous>)"));
    };
    if file == "sluice:prelude" {
        return None;
    }
    let file = file.replacen("sluice:", "node:", 1);
    let place = format!("{file}:{}:{}", text("getLineNumber")?, text("getColumnNumber")?);
    Some(function.map_or_else(|| place.clone(), |function| format!("{function} ({place})")))
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
    let stack = Exception::from_message(ctx.clone(), "").ok().and_then(|here| here.stack());
    stack.unwrap_or_default()
}

/// The line of `file` that runs now.
pub(crate) fn line(ctx: &Ctx<'_>, file: &str) -> Option<u32> {
    position(&here(ctx), file).map(|position| position.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_both_forms_of_a_frame() {
        let stack = "Error: at x (login.js:9:9)\n    at f (node:pg:1:2)\n    at g (login.js:3:14)\n    at login.js:5:1";
        let found = position(stack, "login.js").unwrap();
        assert_eq!((found.line, found.column), (3, 14));
        assert_eq!(frames(stack, "login.js").count(), 2);
        assert_eq!(position(stack, "other.js"), None);
    }
}
