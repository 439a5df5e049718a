//! Patterns that take nothing apart, as V8 words it: which pattern it was, and which nothing, as far as texts tell.

use crate::{
    expression::{content, shown},
    operations::{Operation, operations},
    patterns::{parameters, pattern},
    tokens::{Kind, Tokens},
    wording::Told,
};

/// The message; none where more than one pattern may be meant. Where no text tells which nothing it is, both are named.
pub(crate) fn as_v8(told: &Told<'_>) -> Option<String> {
    let (source, at) = told.place?;
    let tokens = source.tokens();
    let declared = pattern(&tokens, at).filter(|pattern| tokens.at(pattern.open) == "{");
    let taken = parameters(&tokens, at).map(|open| elements(&tokens, open)).unwrap_or_default();
    let looped = looped(&tokens, at);
    let mut patterns = taken.iter().enumerate().filter(|(_, (start, _))| tokens.at(*start) == "{");
    match (declared, patterns.next(), looped) {
        (Some(pattern), None, None) => {
            let value = shown(&tokens, pattern.start, pattern.end);
            let nothing = nothing(&tokens, pattern.start, pattern.end);
            message(&tokens, pattern.open, Some(&value), nothing)
        }
        (None, Some((index, (open, _))), None) => {
            let rest = patterns.map(|(index, (open, _))| (index, *open));
            let all = std::iter::once((index, *open)).chain(rest).collect::<Vec<_>>();
            parameter(told, &tokens, &all)
        }
        // V8's own name for what a loop takes.
        (None, None, Some(open)) => message(&tokens, open, Some(".for"), None),
        _ => None,
    }
}

/// The bracket of the pattern that the loop over the list at the place takes apart.
fn looped(tokens: &Tokens<'_>, at: u32) -> Option<usize> {
    let of = operations(tokens, at).into_iter().find_map(|operation| match operation {
        Operation::Loop { start, .. } => start.checked_sub(1),
        _ => None,
    })?;
    let close = of.checked_sub(1).filter(|close| tokens.at(*close) == "}")?;
    Some(tokens.partner(close))
}

/// Of a function's parameters, those that are patterns: their numbers and brackets.
fn parameter(told: &Told<'_>, tokens: &Tokens<'_>, patterns: &[(usize, usize)]) -> Option<String> {
    let given = patterns.iter().find_map(|(index, open)| passed(told, *index).map(|nothing| (*open, nothing)));
    let (open, nothing) = match (given, patterns) {
        (Some((open, nothing)), _) => (open, Some(nothing)),
        (None, [(_, open)]) => (*open, None),
        (None, _) => return None,
    };
    let default = tokens.at(tokens.partner(open) + 1) == "=";
    match nothing {
        // Another nothing than null takes the default.
        _ if default => message(tokens, open, Some(&"(intermediate value)".repeat(3)), Some("null")),
        Some("null") => message(tokens, open, Some("object null"), nothing),
        Some(nothing) => message(tokens, open, Some(nothing), Some(nothing)),
        None => message(tokens, open, None, None),
    }
}

fn message(tokens: &Tokens<'_>, open: usize, value: Option<&str>, nothing: Option<&str>) -> Option<String> {
    let close = tokens.partner(open);
    let nested = |inner: usize| matches!(tokens.at(inner), "{" | "[") && tokens.before(inner) == ":";
    if (open + 1..close).any(nested) {
        return None;
    }
    let which = nothing.unwrap_or("undefined or null");
    let first = open + 1;
    let end = elements(tokens, open).first().map_or(close, |(_, end)| *end);
    let property = match tokens.kind(first) {
        Some(Kind::Name) => Some(tokens.at(first)),
        Some(Kind::String) => Some(content(tokens.at(first))),
        _ => None,
    };
    let default = (first..end).any(|index| tokens.at(index) == "=");
    Some(match (property, value) {
        (Some(property), _) if default => format!("Cannot read properties of {which} (reading '{property}')"),
        (Some(property), Some(value)) => {
            format!("Cannot destructure property '{property}' of '{value}' as it is {which}.")
        }
        (Some(property), None) => format!("Cannot destructure property '{property}' as it is {which}."),
        (None, Some(value)) => format!("Cannot destructure '{value}' as it is {which}."),
        (None, None) => format!("Cannot destructure a value that is {which}."),
    })
}

/// The nothing that the tokens write down.
fn nothing<'a>(tokens: &Tokens<'a>, start: usize, end: usize) -> Option<&'a str> {
    let text = tokens.at(start);
    (end == start + 1 && matches!(text, "undefined" | "null")).then_some(text)
}

/// Which nothing the caller's text gives as the argument of this number; none where it gives something, or does not tell.
fn passed<'a>(told: &Told<'a>, index: usize) -> Option<&'a str> {
    let (source, at) = told.caller?;
    let tokens = source.tokens();
    let calls = operations(&tokens, at).into_iter().filter_map(|operation| match operation {
        Operation::Call { open, .. } if !told.function.is_empty() && tokens.before(open) == told.function => Some(open),
        _ => None,
    });
    let calls: Vec<_> = calls.collect();
    let [open] = calls[..] else { return None };
    let given = elements(&tokens, open);
    if given.iter().any(|(start, _)| tokens.at(*start) == "...") {
        return None;
    }
    match given.get(index) {
        None => Some("undefined"),
        Some((start, end)) => nothing(&tokens, *start, *end),
    }
}

/// The elements of a list in brackets, each from its first token to the one after its last.
fn elements(tokens: &Tokens<'_>, open: usize) -> Vec<(usize, usize)> {
    let close = tokens.partner(open);
    let mut found = Vec::new();
    let mut start = open + 1;
    while start < close {
        let mut end = start;
        while end < close && tokens.at(end) != "," {
            end = end.max(tokens.partner(end)) + 1;
        }
        found.push((start, end.min(close)));
        start = end + 1;
    }
    found
}
