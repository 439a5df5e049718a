//! From the admin's text to one function (contract §2.1 note f, §7.2 E1).
//!
//! The text is an expression that is assigned, so comments may stand before the function and a semicolon, comments or
//! helper functions after it. What we put around it stands on lines of its own before and after; `stack` counts the
//! line before off, so every place in a stack is a place in the admin's text.

use std::ffi::CString;

use rquickjs::{Ctx, Error, Function, Object, Result, Value, function::Args, qjs};
use wire::{Shape, WireError};

use crate::{faults, host::Host, sources::Sources};

/// Why a text gave no function.
pub(crate) enum Refusal {
    /// No JavaScript, not one function, or too long.
    Invalid(WireError),
    /// Evaluating it threw; the exception waits in the context.
    Threw(Error),
}

/// The function a text evaluates to.
pub(crate) fn function<'js>(
    ctx: &Ctx<'js>,
    host: &Host<'js>,
    text: &str,
    limit: u64,
) -> std::result::Result<Function<'js>, Refusal> {
    let file = host.file.borrow().clone();
    if text.len() as u64 > limit {
        let message = format!("{file} has {} bytes; the limit is {limit} bytes", text.len());
        return Err(Refusal::Invalid(faults::own("RangeError", "script_too_long", message)));
    }
    if let Some(sources) = ctx.userdata::<Sources>() {
        sources.put_script(&file, text);
    }
    // First as it is: a text with unbalanced braces must not pair them with ours.
    if let Err(error) = eval(ctx, &file, &["arguments[0].script =\n", text, "\n"], qjs::JS_EVAL_FLAG_COMPILE_ONLY) {
        return Err(match error {
            Error::Exception if !host.clock.interrupted() => {
                let caught = ctx.catch();
                if caught.is_error() {
                    let mut error = faults::describe(ctx, &file, &caught);
                    within(text, &mut error);
                    Refusal::Invalid(error)
                } else {
                    Refusal::Threw(ctx.throw(caught))
                }
            }
            error => Refusal::Threw(error),
        });
    }
    let found = evaluate(ctx, &file, text).map_err(Refusal::Threw)?;
    let Some(function) = found.as_function() else {
        let message = format!(
            "{file} does not evaluate to a function but to {}; the text must be one function expression",
            faults::describe(ctx, &file, &found).class
        );
        return Err(Refusal::Invalid(faults::own("TypeError", "not_a_function", message)));
    };
    Ok(function.clone())
}

/// A text that ends too early is at fault at its end, not on the line that we put after it.
fn within(text: &str, error: &mut WireError) {
    let lines = text.lines().count().max(1) as u32;
    if let Some(position) = &mut error.position
        && position.line > lines
    {
        let old = format!("{}:{}:{}", position.file, position.line, position.column);
        position.line = lines;
        position.column = text.lines().last().map_or(0, |line| line.chars().count() as u32) + 1;
        let new = format!("{}:{}:{}", position.file, position.line, position.column);
        error.stack = error.stack.take().map(|stack| stack.replace(&old, &new));
    }
}

fn evaluate<'js>(ctx: &Ctx<'js>, file: &str, text: &str) -> Result<Value<'js>> {
    // In a function, so that helpers after the script belong to this run; `arguments` is all it adds to the scope.
    let wrapper = eval(ctx, file, &["(function () { arguments[0].script =\n", text, "\n})"], 0)?;
    let found = Object::new(ctx.clone())?;
    let mut args = Args::new(ctx.clone(), 1);
    args.push_arg(found.clone())?;
    wrapper.get::<Function<'js>>()?.call_arg::<()>(args)?;
    found.get("script")
}

/// Evaluates or compiles a sloppy script whose second line is line 1 of `file`.
fn eval<'js>(ctx: &Ctx<'js>, file: &str, parts: &[&str], flags: u32) -> Result<Value<'js>> {
    let mut source = parts.concat().into_bytes();
    let length = source.len();
    source.push(0);
    let file = CString::new(format!("{}{file}", crate::stack::SCRIPT))?;
    let mut options = qjs::JSEvalOptions {
        version: qjs::JS_EVAL_OPTIONS_VERSION as _,
        eval_flags: (qjs::JS_EVAL_TYPE_GLOBAL | flags) as _,
        filename: file.as_ptr(),
        line_num: 1,
    };
    // SAFETY: source and file name end with NUL and outlive the call; the value is owned by what is returned.
    unsafe {
        let raw = ctx.as_raw().as_ptr();
        let value = qjs::JS_Eval2(raw, source.as_ptr().cast(), length as _, &mut options);
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        if flags & qjs::JS_EVAL_FLAG_COMPILE_ONLY != 0 {
            qjs::JS_FreeValue(raw, value);
            return Ok(Value::new_undefined(ctx.clone()));
        }
        Ok(Value::from_raw(ctx.clone(), value))
    }
}

/// Name, parameters and kind of a script's function (contract §7.2 E8).
pub(crate) fn shape<'js>(function: &Function<'js>) -> Result<Shape> {
    let text: String =
        function.get::<_, Function<'js>>("toString")?.call((rquickjs::function::This(function.clone()),))?;
    Ok(Shape {
        name: function.get::<_, Option<String>>("name")?.unwrap_or_default(),
        parameters: function.get::<_, Option<u32>>("length")?.unwrap_or_default(),
        is_async: text.trim_start().strip_prefix("async").is_some_and(|rest| !rest.starts_with(is_identifier)),
        open_ended: open_ended(&text),
    })
}

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

/// Whether the parameter list has defaults or a rest parameter.
fn open_ended(function: &str) -> bool {
    let mut rest = function;
    let mut depth = 0usize;
    while let Some(character) = rest.chars().next() {
        rest = match character {
            '/' if rest.starts_with("//") => rest.split_once('\n').map_or("", |(_, after)| after),
            '/' if rest.starts_with("/*") => rest[2..].split_once("*/").map_or("", |(_, after)| after),
            '=' if depth == 0 => return false, // an arrow with one bare parameter
            '=' if rest.starts_with("=>") => &rest[2..],
            '=' => return true,
            '.' if depth > 0 && rest.starts_with("...") => return true,
            '(' | '[' | '{' => {
                depth += 1;
                &rest[1..]
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return false;
                }
                &rest[1..]
            }
            _ => &rest[character.len_utf8()..],
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::open_ended;

    #[test]
    fn parameter_lists_are_read_without_their_comments() {
        assert!(!open_ended("function login(email, password, callback) { a = 1 }"));
        assert!(!open_ended("(email /* = none */, callback) => { a = (1) }"));
        assert!(!open_ended("email => email"));
        assert!(!open_ended("function ({ email }, callback) {}"));
        assert!(open_ended("function login(email, password, context = {}, callback) {}"));
        assert!(open_ended("async (...args) => {}"));
        assert!(open_ended("function ({ email = 1 }, callback) {}"));
    }
}
