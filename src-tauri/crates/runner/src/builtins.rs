//! Errors of built-in functions in V8's words.
//!
//! V8 often shows the value that a function was given. The engine does not tell it; where it stands in the text it is known.

use crate::{
    expression::{content, shown},
    keys,
    operations::{Operation, operations},
    sources::Source,
    tokens::{Kind, Tokens},
    wording::Told,
};

/// What is wrong with a regular expression, in both engines' words.
const PATTERNS: &[(&str, &str)] = &[
    ("expecting ')'", "Unterminated group"),
    ("extraneous characters at the end", "Unmatched ')'"),
    ("nothing to repeat", "Nothing to repeat"),
    ("invalid class range", "Range out of order in character class"),
    ("duplicate group name", "Duplicate capture group name"),
    ("invalid repetition count", "numbers out of order in {} quantifier"),
    ("invalid group name", "Invalid capture group name"),
    ("invalid group", "Invalid group"),
    ("group name not defined", "Invalid named capture referenced"),
    ("unknown unicode property name", "Invalid property name"),
    ("lone quantifier brackets", "Lone quantifier brackets"),
];

/// Names of array methods, as V8 says them of `this` being nothing.
const ARRAY: &[&str] = &[
    "concat",
    "every",
    "fill",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "forEach",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "map",
    "pop",
    "push",
    "reduce",
    "reduceRight",
    "reverse",
    "shift",
    "slice",
    "some",
    "sort",
    "splice",
    "unshift",
];

/// The message of an error that the function `native` made; none where the engine's stays.
pub(crate) fn as_v8(told: &Told<'_>, native: &str) -> Option<String> {
    match told.message {
        "cannot convert BigInt to number" => Some("Cannot convert a BigInt value to a number".to_owned()),
        "must be called with new" => Some(format!("Constructor {native} requires 'new'")),
        "not a constructor" if matches!(native, "Symbol" | "BigInt") => Some(format!("{native} is not a constructor")),
        "null or undefined are forbidden" => Some(format!("String.prototype.{native} called on null or undefined")),
        "Cannot convert undefined or null to object" if ARRAY.contains(&native) => {
            Some(format!("Array.prototype.{native} called on null or undefined"))
        }
        "not a function" if native == "Promise" => {
            argument(told, 0).map(|given| format!("Promise resolver {given} is not a function"))
        }
        "not a function" => {
            let index = usize::from(native == "from");
            let given = argument(told, index).or_else(|| {
                let (source, call) = native_call(told)?;
                let tokens = source.tokens();
                let (start, end) = given(&tokens, call, index);
                Some(shown(&tokens, start, end))
            });
            given.map(|given| format!("{given} is not a function"))
        }
        "value is not iterable" => {
            let given = argument(told, 0)?;
            let kind = match &*given {
                "#<Object>" => "object".to_owned(),
                "true" | "false" => format!("boolean {given}"),
                given if given.parse::<f64>().is_ok() => format!("number {given}"),
                _ => return None,
            };
            Some(format!("{kind} is not iterable (cannot read property Symbol(Symbol.iterator))"))
        }
        "not an object" if matches!(native, "Map" | "WeakMap" | "fromEntries") => Some(match entry(told) {
            Some(value) => format!("Iterator value {value} is not an entry object"),
            None => "Iterator value is not an entry object".to_owned(),
        }),
        "object is not extensible" if native == "setPrototypeOf" => Some("#<Object> is not extensible".to_owned()),
        "object is not extensible" if native == "defineProperty" => {
            argument(told, 1).map(|key| format!("Cannot define property {key}, object is not extensible"))
        }
        "property is not configurable" if native == "defineProperty" => {
            argument(told, 1).map(|key| format!("Cannot redefine property: {key}"))
        }
        "invalid repeat count" => argument(told, 0).map(|given| format!("Invalid count value: {given}")),
        "invalid code point" => argument(told, 0).map(|given| format!("Invalid code point {given}")),
        "invalid array index" => argument(told, 0).map(|given| format!("Invalid typed array length: {given}")),
        "invalid regular expression flags" => {
            argument(told, 1).map(|flags| format!("Invalid flags supplied to RegExp constructor '{flags}'"))
        }
        problem if native == "RegExp" && told.class == "SyntaxError" => {
            let (_, v8) = PATTERNS.iter().find(|(engine, _)| *engine == problem)?;
            let flags = argument(told, 1).filter(|flags| flags != "undefined").unwrap_or_default();
            Some(match argument(told, 0) {
                Some(pattern) => format!("Invalid regular expression: /{pattern}/{flags}: {v8}"),
                None => format!("Invalid regular expression: {v8}"),
            })
        }
        message => {
            let name = message.strip_prefix('\'')?.strip_suffix("' is read-only")?;
            Some(format!("Cannot assign to read only property '{name}' of object '{}'", keys::owner(name)))
        }
    }
}

/// The first value of a list that the text writes down: what is no entry.
fn entry(told: &Told<'_>) -> Option<String> {
    let (source, open) = native_call(told)?;
    let tokens = source.tokens();
    let (start, end) = given(&tokens, open, 0);
    if tokens.at(start) != "[" || tokens.partner(start) + 1 != end || end != start + 3 {
        return None;
    }
    literal(&tokens, start + 1, start + 2)
}

/// The call of the built-in function that failed: its text, and the call's bracket.
fn native_call<'a>(told: &Told<'a>) -> Option<(&'a Source, usize)> {
    let (source, at) = told.place?;
    let tokens = source.tokens();
    let calls: Vec<_> = operations(&tokens, at)
        .into_iter()
        .filter_map(|operation| match operation {
            Operation::Call { open, .. } if tokens.before(open) == told.native? => Some(open),
            _ => None,
        })
        .collect();
    let [open] = calls[..] else { return None };
    Some((source, open))
}

/// The tokens of an argument; an empty range where there is none.
fn given(tokens: &Tokens<'_>, open: usize, index: usize) -> (usize, usize) {
    let close = tokens.partner(open);
    let mut start = open + 1;
    for _ in 0..index {
        while start < close && tokens.at(start) != "," {
            start = start.max(tokens.partner(start)) + 1;
        }
        start = (start + 1).min(close);
    }
    let mut end = start;
    while end < close && tokens.at(end) != "," {
        end = end.max(tokens.partner(end)) + 1;
    }
    (start, end.min(close))
}

/// What the call of a built-in function gives it, as V8 shows the value; none where the text does not tell.
fn argument(told: &Told<'_>, index: usize) -> Option<String> {
    let (source, open) = native_call(told)?;
    let tokens = source.tokens();
    let (start, end) = given(&tokens, open, index);
    if start >= end {
        return Some("undefined".to_owned());
    }
    literal(&tokens, start, end)
}

/// The value that the tokens write down, as V8 shows it.
fn literal(tokens: &Tokens<'_>, start: usize, end: usize) -> Option<String> {
    let text = tokens.at(start);
    match (end - start, tokens.kind(start)?) {
        (1, Kind::String) if !content(text).contains('\\') => Some(content(text).to_owned()),
        (1, Kind::Number) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => Some(text.to_owned()),
        (1, Kind::Name) if matches!(text, "undefined" | "null" | "true" | "false" | "Infinity" | "NaN") => {
            Some(text.to_owned())
        }
        (2, Kind::Punctuator) if text == "-" && tokens.kind(start + 1) == Some(Kind::Number) => {
            Some(format!("-{}", tokens.at(start + 1)))
        }
        (2, Kind::Punctuator) if text == "{" => Some("#<Object>".to_owned()),
        _ => None,
    }
}
