//! From the admin's text to one function (contract §2.1 note f, §7.2 E1).
//!
//! The text is an expression that is assigned, so comments may stand before the function and a semicolon, comments or
//! helper functions after it. What we put around it stands on lines of its own before and after; `stack` counts the
//! line before off, so every place in a stack is a place in the admin's text.

use std::ffi::CString;

use rquickjs::{
    Ctx, Error, Function, IntoJs, Object, Result, Value,
    function::{Args, This},
    object::Property,
    qjs,
};
use wire::{Shape, WireError};

use crate::{
    faults,
    host::Host,
    sources::Sources,
    text::Text,
    tokens::{Tokens, tokens},
};

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
    if let Some(message) = outside(&file, text) {
        return Err(Refusal::Invalid(faults::own("TypeError", "not_a_function", message)));
    }
    // First as it is: a text with unbalanced braces must not pair them with ours.
    if let Err(error) = eval(ctx, &file, &["arguments[0].script =\n", text, "\n"], qjs::JS_EVAL_FLAG_COMPILE_ONLY) {
        return Err(match error {
            Error::Exception if !host.clock.interrupted() => {
                let caught = ctx.catch();
                if caught.is_error() {
                    let mut error = faults::describe(ctx, &file, &caught);
                    within(text, &mut error);
                    as_v8(text, &mut error);
                    Refusal::Invalid(error)
                } else {
                    Refusal::Threw(ctx.throw(caught))
                }
            }
            error => Refusal::Threw(error),
        });
    }
    let placed = placed(ctx, &file, text).map_err(Refusal::Threw)?;
    let found = evaluate(ctx, &file, placed.as_deref().unwrap_or(text)).map_err(Refusal::Threw)?;
    let Some(function) = found.as_function() else {
        let message = format!(
            "{file} does not evaluate to a function but to {}; the text must be one function expression",
            faults::describe(ctx, &file, &found).class
        );
        return Err(Refusal::Invalid(faults::own("TypeError", "not_a_function", message)));
    };
    if let Some((first, later)) = shadowed(text) {
        let message =
            format!("{file} runs its first function, '{first}', not '{later}'; put '{first}' inside '{later}'");
        host.warn("first_function_runs", &message, None);
    }
    Ok(function.clone())
}

/// What Auth0's templates call the functions of scripts.
const ACTIONS: &[&str] = &[
    "login",
    "create",
    "verify",
    "changePassword",
    "getByEmail",
    "getUser",
    "remove",
    "deleteUser",
    "changeEmail",
    "changeUsername",
    "changePhoneNumber",
];

/// The first function, and the one after it that by its name is the script, as the first is not.
fn shadowed(text: &str) -> Option<(String, String)> {
    let list = tokens(text);
    let tokens = Tokens { text, list: &list };
    let mut names = Vec::new();
    let mut at = 0;
    while at < list.len() {
        if tokens.at(at) == "function" && tokens.is_reference(at + 1) {
            names.push(tokens.at(at + 1));
        }
        at = at.max(tokens.partner(at)) + 1;
    }
    let starts = tokens.at(usize::from(tokens.at(0) == "async")) == "function";
    let (first, later) = names.split_first().filter(|(first, _)| starts && !ACTIONS.contains(first))?;
    let later = later.iter().find(|name| ACTIONS.contains(name))?;
    Some(((*first).to_owned(), (*later).to_owned()))
}

/// Says of a text that begins with something else than its function what to do about it.
fn outside(file: &str, text: &str) -> Option<String> {
    let list = tokens(text);
    let tokens = Tokens { text, list: &list };
    let what = match (tokens.at(0), tokens.at(1), tokens.at(2)) {
        (word @ ("class" | "const" | "let" | "var" | "import" | "export"), ..) => word,
        ("module", ".", "exports") => "module.exports",
        ("exports", "." | "=", _) => "exports",
        _ => return None,
    };
    // `import('x')` and `let` as a name begin expressions.
    if matches!((what, tokens.at(1)), ("import" | "let", "(" | "." | "=")) {
        return None;
    }
    Some(format!(
        "{file} begins with '{what}'; the text must be one function expression: put helpers, classes and constants inside the function"
    ))
}

/// A syntax error in V8's words, where the engine's say the same.
fn as_v8(text: &str, error: &mut WireError) {
    let at = error.position.as_ref().map(|position| (position.line, position.column));
    let Some(message) = reworded(text, &error.message, at) else { return };
    let old = std::mem::replace(&mut error.message, message);
    error.stack = error.stack.take().map(|stack| stack.replacen(&old, &error.message, 1));
}

fn reworded(text: &str, message: &str, at: Option<(u32, u32)>) -> Option<String> {
    if let Some(token) =
        message.strip_prefix("unexpected token in expression: '").and_then(|rest| rest.strip_suffix('\''))
    {
        return Some(if token.is_empty() {
            "Unexpected end of input".to_owned()
        } else {
            format!("Unexpected token '{token}'")
        });
    }
    let (line, column) = at.filter(|_| message.starts_with("expecting '"))?;
    let start = text.split_inclusive('\n').take((line as usize).checked_sub(1)?).map(str::len).sum::<usize>();
    let list = tokens(text);
    let tokens = Tokens { text, list: &list };
    // The engine reads `await` as a name there, and misses the end of its statement.
    let place = u32::try_from(start + (column as usize).checked_sub(1)?).ok()?;
    let next = list.partition_point(|token| token.start < place);
    let awaits = |index: usize| tokens.at(index) == "await" && !matches!(tokens.before(index), "." | "?.");
    (awaits(next) || next.checked_sub(1).is_some_and(awaits))
        .then(|| "await is only valid in async functions and the top level bodies of modules".to_owned())
}

/// The text in which patterns have places, if it has such and the engine takes them.
fn placed(ctx: &Ctx<'_>, file: &str, text: &str) -> Result<Option<String>> {
    let Some(sources) = ctx.userdata::<Sources>() else { return Ok(None) };
    let Some(placed) = sources.with_places(text) else { return Ok(None) };
    let engines = placed.engines.clone();
    if eval(ctx, file, &["arguments[0].script =\n", &engines, "\n"], qjs::JS_EVAL_FLAG_COMPILE_ONLY).is_err() {
        ctx.catch();
        return Ok(None);
    }
    sources.use_places(file, text, placed);
    // Once for a container: a script may have put its own in its place.
    if sources.first_shown() {
        as_written(ctx)?;
    }
    Ok(Some(engines))
}

/// Functions' texts stay the admin's own.
fn as_written<'js>(ctx: &Ctx<'js>) -> Result<()> {
    let prototype = ctx.globals().get::<_, Object<'js>>("Function")?.get::<_, Object<'js>>("prototype")?;
    let engines = prototype.get::<_, Function<'js>>("toString")?;
    let written = Function::new(ctx.clone(), move |ctx: Ctx<'js>, this: This<Value<'js>>| -> Result<Value<'js>> {
        let text: Value<'js> = engines.call((This(this.0),))?;
        let sources = ctx.userdata::<Sources>();
        let written = sources.and_then(|sources| sources.as_written(&text.get::<Text>().ok()?.0));
        written.map_or(Ok(text), |written| written.into_js(&ctx))
    })?
    .with_name("toString")?;
    prototype.prop("toString", Property::from(written).writable().configurable())
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
    use super::{open_ended, outside, reworded, shadowed};

    #[test]
    fn syntax_errors_are_worded_as_by_v8() {
        let text = "function f() {\n  await g();\n}";
        let awaited = reworded(text, "expecting ';'", Some((2, 9)));
        assert!(awaited.is_some_and(|message| message.starts_with("await is only valid in async functions")));
        assert_eq!(reworded("f() g()", "expecting ';'", Some((1, 5))), None);
        let token = reworded(text, "unexpected token in expression: ';'", None);
        assert_eq!(token.as_deref(), Some("Unexpected token ';'"));
    }

    #[test]
    fn what_stands_before_the_function_is_told() {
        for text in ["class A {}\nfunction f() {}", "// x\nconst a = 1; function f() {}", "module.exports = () => {}"] {
            assert!(outside("f.js", text).is_some_and(|message| message.contains("inside the function")), "{text}");
        }
        assert_eq!(outside("f.js", "(function () { const a = 1; })"), None);
        let both = shadowed("function hash() { function login() {} }\nasync function login() {}");
        assert_eq!(both, Some(("hash".to_owned(), "login".to_owned())));
        assert_eq!(shadowed("function login() {} function create() {}"), None);
        assert_eq!(shadowed("function hash() { function login() {} }"), None);
    }

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
