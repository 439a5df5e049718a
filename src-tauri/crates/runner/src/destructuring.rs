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
    let declared = pattern(&tokens, at).filter(|pattern| !objects(&tokens, pattern.open).is_empty());
    let taken = parameters(&tokens, at).map(|open| elements(&tokens, open)).unwrap_or_default();
    let looped = looped(&tokens, at);
    let mut patterns = taken.iter().enumerate().filter(|(_, (start, _))| !objects(&tokens, *start).is_empty());
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
    let objects = objects(tokens, open);
    if objects[..] != [open] && (nothing.is_none() || objects.first() != Some(&open)) {
        return parts(tokens, &objects);
    }
    let close = tokens.partner(open);
    let which = nothing.unwrap_or("undefined or null");
    let first = open + 1;
    let end = elements(tokens, open).first().map_or(close, |(_, end)| *end);
    let property = first_property(tokens, open);
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

/// Of patterns within patterns: what any of them reads first, as the engine does not tell which one it is.
fn parts(tokens: &Tokens<'_>, objects: &[usize]) -> Option<String> {
    let names = objects.iter().map(|open| first_property(tokens, *open));
    let mut names = names.collect::<Option<Vec<_>>>()?;
    names.dedup();
    let last = names.pop()?;
    let reading = if names.is_empty() { format!("'{last}'") } else { format!("'{}' or '{last}'", names.join("', '")) };
    Some(format!("Cannot read properties of undefined or null (reading {reading})"))
}

/// The property that an object's pattern takes first, if the text names it.
fn first_property<'a>(tokens: &Tokens<'a>, open: usize) -> Option<&'a str> {
    let first = open + 1;
    match tokens.kind(first)? {
        Kind::Name => Some(tokens.at(first)),
        Kind::String => Some(content(tokens.at(first))),
        _ => None,
    }
}

/// The brackets of the objects' patterns in a pattern, itself first if it is one, those of default values not among them.
fn objects(tokens: &Tokens<'_>, open: usize) -> Vec<usize> {
    if !matches!(tokens.at(open), "{" | "[") {
        return Vec::new();
    }
    let object = tokens.at(open) == "{";
    let mut found = Vec::new();
    found.extend(object.then_some(open));
    for (start, end) in elements(tokens, open) {
        let start = start + usize::from(tokens.at(start) == "...");
        // After a property's name, which may be worked out.
        let colon = if tokens.at(start) == "[" { tokens.partner(start) + 1 } else { start + 1 };
        let inner = if object && tokens.at(colon) == ":" { colon + 1 } else { start };
        if inner < end && (!object || inner != start) {
            found.extend(objects(tokens, inner));
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    /// What a script is told of a pattern that takes nothing apart, at the place of its first `function`.
    fn told(text: &str) -> Option<String> {
        let sources = Sources::default();
        sources.put_script("s.js", text);
        let source = sources.find("script:s.js").unwrap();
        as_v8(&Told {
            class: "TypeError",
            message: "Cannot convert undefined or null to object",
            native: None,
            function: "",
            place: Some((&source, text.find("function").unwrap() as u32)),
            caller: None,
            is_global: &|_| false,
        })
    }

    #[test]
    fn patterns_within_patterns_name_all_that_may_be_meant() {
        for (text, message) in [
            (
                "(function () { const [{ id }] = rows; })",
                Some("Cannot read properties of undefined or null (reading 'id')"),
            ),
            (
                "(function () { const { data: { user: { id, e } }, x } = f(); })",
                Some("Cannot read properties of undefined or null (reading 'data', 'user' or 'id')"),
            ),
            (
                "(function () { const { a = { b: {} }, c } = u; })",
                Some("Cannot read properties of undefined or null (reading 'a')"),
            ),
            // Either pattern may be meant.
            ("(function ({ data }) { const { id } = data[0]; })", None),
        ] {
            assert_eq!(told(text).as_deref(), message, "{text}");
        }
    }
}
