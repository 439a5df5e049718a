//! Expressions in a text, as V8 shows them in its messages.

use crate::{
    operations::{MAX_STEPS, Operation},
    tokens::{Kind, Tokens},
};

/// Depth to which an expression is shown.
const MAX_DEPTH: usize = 8;
/// What V8 shows for expressions it has no words for.
const VALUE: &str = "(intermediate value)";

/// The call whose bracket is at `open`; none for other brackets.
pub(crate) fn call(tokens: &Tokens<'_>, open: usize) -> Option<Operation> {
    let last = open.checked_sub(1)?;
    let after = tokens.at(tokens.partner(open) + 1);
    if !tokens.ends_value(last) || tokens.at(last) == "super" || matches!(after, "{" | "=>") {
        return None;
    }
    let start = chain(tokens, open)?;
    if matches!(tokens.before(start), "function" | "*") {
        return None;
    }
    let new = tokens.before(start) == "new" && first_call(tokens, start, open).is_none();
    Some(Operation::Call { start, open, new })
}

/// The first bracket of a call in a chain.
fn first_call(tokens: &Tokens<'_>, start: usize, end: usize) -> Option<usize> {
    let mut index = start.max(tokens.partner(start)) + 1;
    while index < end {
        if tokens.at(index) == "(" {
            return Some(index);
        }
        index = index.max(tokens.partner(index)) + 1;
    }
    None
}

/// Where the value begins that ends before `end`: a name, a literal or a group, with what is read and called from there on.
pub(crate) fn chain(tokens: &Tokens<'_>, end: usize) -> Option<usize> {
    let mut at = end.checked_sub(1)?;
    for _ in 0..MAX_STEPS {
        let before = at.checked_sub(1);
        match tokens.kind(at)? {
            Kind::Name if matches!(tokens.before(at), "." | "?.") => at = at.checked_sub(2)?,
            Kind::Name | Kind::Number | Kind::String | Kind::Regex => return tokens.ends_value(at).then_some(at),
            Kind::Template => {
                if !tokens.at(at).starts_with('`') {
                    at = tokens.partner(at);
                } else if let Some(tag) = before.filter(|tag| tokens.ends_value(*tag)) {
                    at = tag;
                } else {
                    return Some(at);
                }
            }
            Kind::Punctuator => match tokens.at(at) {
                "?." => at = before?,
                ")" | "]" => {
                    let open = tokens.partner(at);
                    let Some(value) = open.checked_sub(1).filter(|value| open != at && tokens.ends_value(*value))
                    else {
                        return (open != at).then_some(open);
                    };
                    at = value;
                }
                _ => return None,
            },
        }
    }
    None
}

/// The chain that ends before `end`, as V8 shows it.
pub(crate) fn shown(tokens: &Tokens<'_>, start: usize, end: usize) -> String {
    expression(tokens, start, end, 0)
}

/// The name whose value is called last in `start..end`, if that is a call: what V8 blames when its result is no list.
pub(crate) fn called(tokens: &Tokens<'_>, start: usize, end: usize) -> Option<String> {
    let last = end.checked_sub(1).filter(|last| tokens.at(*last) == ")")?;
    let Some(Operation::Call { start: from, open, new: false }) = call(tokens, tokens.partner(last)) else {
        return None;
    };
    (from == start).then(|| expression(tokens, start, open, 0))
}

fn expression(tokens: &Tokens<'_>, start: usize, end: usize, depth: usize) -> String {
    if start >= end || depth > MAX_DEPTH {
        return VALUE.to_owned();
    }
    if chain(tokens, end) == Some(start) {
        return members(tokens, start, end, depth);
    }
    let inner = |start, end| expression(tokens, start, end, depth + 1);
    let mut operator = None;
    let mut at = start;
    while at < end {
        let text = tokens.at(at);
        let binary =
            at > start && tokens.kind(at) == Some(Kind::Punctuator) && !matches!(text, "." | "?." | "(" | "[" | "{");
        if binary || matches!(text, "=>" | "?" | "instanceof" | "in") {
            if operator.is_some() || matches!(text, "=>" | "?" | "..." | ")" | "]" | "}") {
                return VALUE.to_owned();
            }
            operator = Some(at);
        }
        at = at.max(tokens.partner(at)) + 1;
    }
    match (operator, tokens.at(start)) {
        (Some(at), _)
            if tokens.at(at).ends_with('=') && !matches!(tokens.at(at), "==" | "===" | "!=" | "!==" | "<=" | ">=") =>
        {
            inner(start, at)
        }
        (Some(at), _) => {
            let shown = format!("{} {} {}", inner(start, at), tokens.at(at), inner(at + 1, end));
            if depth == 0 { shown } else { format!("({shown})") }
        }
        (None, "-") if tokens.kind(start + 1) == Some(Kind::Number) => format!("-{}", inner(start + 1, end)),
        (None, sign @ ("-" | "+" | "!" | "~")) => format!("({sign}{})", inner(start + 1, end)),
        (None, word @ ("typeof" | "void" | "delete")) => format!("({word} {})", inner(start + 1, end)),
        _ => VALUE.to_owned(),
    }
}

fn members(tokens: &Tokens<'_>, start: usize, end: usize, depth: usize) -> String {
    let made = first_call(tokens, start, end).filter(|_| tokens.before(start) == "new");
    let (mut shown, mut at) = match made {
        Some(open) => (VALUE.to_owned(), tokens.partner(open) + 1),
        None => first(tokens, start, depth),
    };
    while at < end {
        match tokens.at(at) {
            "(" => {
                shown.push_str("(...)");
                at = tokens.partner(at) + 1;
            }
            "[" => {
                let close = tokens.partner(at);
                if close == at + 2 && tokens.kind(at + 1) == Some(Kind::String) {
                    if tokens.before(at) != "?." {
                        shown.push('.');
                    }
                    shown.push_str(content(tokens.at(at + 1)));
                } else {
                    shown.push_str(&format!("[{}]", expression(tokens, at + 1, close, depth + 1)));
                }
                at = close.max(at) + 1;
            }
            "?." if tokens.at(at + 1) == "(" => at += 1,
            text if tokens.kind(at) == Some(Kind::Template) => {
                if text.starts_with('`') {
                    shown.push_str("(...)");
                }
                at = at.max(tokens.partner(at)) + 1;
            }
            text => {
                shown.push_str(text);
                at += 1;
            }
        }
    }
    shown
}

/// The first part of a chain, and the token after it.
fn first(tokens: &Tokens<'_>, start: usize, depth: usize) -> (String, usize) {
    let text = tokens.at(start);
    let close = tokens.partner(start);
    let shown = match tokens.kind(start) {
        Some(Kind::Name) if text == "super" => VALUE.to_owned(),
        Some(Kind::String) => format!("\"{}\"", content(text)),
        Some(Kind::Number) if text.ends_with('n') => VALUE.to_owned(),
        Some(Kind::Template) if close == start => format!("\"{}\"", content(text)),
        Some(Kind::Template) => {
            let mut end = start;
            while tokens.partner(end) > end {
                end = tokens.partner(end);
            }
            return (VALUE.to_owned(), end + 1);
        }
        _ if text == "(" => return (group(tokens, start + 1, close, depth), close + 1),
        _ if text == "[" => {
            let mut parts = Vec::new();
            let mut at = start + 1;
            while at < close {
                let mut end = at;
                while end < close && tokens.at(end) != "," {
                    end = end.max(tokens.partner(end)) + 1;
                }
                parts.push(expression(tokens, at, end, depth + 1));
                at = end + 1;
            }
            return (format!("[{}]", parts.join(",")), close + 1);
        }
        _ => text.to_owned(),
    };
    (shown, start + 1)
}

/// What stands in round brackets.
fn group(tokens: &Tokens<'_>, start: usize, end: usize, depth: usize) -> String {
    if tokens.at(start) == "{" && tokens.partner(start) + 1 == end {
        let mut values = 0;
        let mut at = start + 1;
        while at < end {
            values += usize::from(at == start + 1 && at + 1 < end || tokens.at(at) == "," && at + 2 < end);
            at = at.max(tokens.partner(at)) + 1;
        }
        return format!("{{{}}}", VALUE.repeat(values));
    }
    expression(tokens, start, end, depth + 1)
}

/// What stands between a string's quotes.
pub(crate) fn content(literal: &str) -> &str {
    let mut characters = literal.chars();
    characters.next();
    characters.next_back();
    characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokens;

    #[test]
    fn expressions_are_shown_as_by_v8() {
        for (text, expected) in [
            ("o['key']", "o.key"),
            ("o[five + 1]", "o[(five + 1)]"),
            ("o.m(1, 2)[0].x", "o.m(...)[0].x"),
            ("(0, o.f)", "(0 , o.f)"),
            ("(five || o).f", "(five || o).f"),
            ("(await o).f", "(intermediate value).f"),
            ("'str'.f", "\"str\".f"),
            ("[1, 'x'].f", "[1,\"x\"].f"),
            ("({ a: 1 }).f", "{(intermediate value)}.f"),
            ("({})", "{}"),
            ("o?.['b']", "o?.b"),
            ("super.f", "(intermediate value).f"),
            ("this.f", "this.f"),
            ("(typeof five)", "(typeof five)"),
            ("(a ? b : c).f", "(intermediate value).f"),
        ] {
            let list = tokens(text);
            assert_eq!(shown(&Tokens { text, list: &list }, 0, list.len()), expected, "{text}");
        }
    }
}
