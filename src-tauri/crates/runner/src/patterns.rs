//! What takes values apart, and where functions begin: code whose place is the one noted before it.

use crate::{
    operations::{MAX_STEPS, NEAR},
    tokens::{Kind, PLACE, Token, Tokens, is_keyword},
};

/// The text for the engine, where two blanks before each declaration by pattern become a statement with a place of its own;
/// every other byte stays where it is. Notes in `list` which declarations have one. None where there is none.
pub(crate) fn with_places(text: &str, list: &mut [Token]) -> Option<String> {
    let tokens = Tokens { text, list };
    let starts: Vec<_> = (0..list.len()).filter(|at| has_room(&tokens, *at)).collect();
    let mut placed = text.to_owned();
    for at in &starts {
        let start = list[*at].start as usize;
        placed.replace_range(start - PLACE.len()..start, PLACE);
        list[*at].placed = true;
    }
    (!starts.is_empty()).then_some(placed)
}

/// Whether a statement may stand before the declaration at the token, in place of blanks.
fn has_room(tokens: &Tokens<'_>, at: usize) -> bool {
    let declares = matches!(tokens.at(at), "const" | "let" | "var")
        && matches!(tokens.at(at + 1), "{" | "[")
        && tokens.at(tokens.partner(at + 1) + 1) == "=";
    let Some(before) = at.checked_sub(1).filter(|_| declares) else { return false };
    let start = tokens.list[at].start as usize;
    let gap = &tokens.text[tokens.list[before].end as usize..start];
    // One blank more, so that the engine knows the statement's place.
    let room = gap.len() > PLACE.len() && gap.bytes().rev().take(PLACE.len()).all(|byte| matches!(byte, b' ' | b'\t'));
    let blank = gap.as_bytes().iter().rev().nth(PLACE.len()).is_some_and(|byte| byte.is_ascii_whitespace());
    // The statement before ends by itself, or else by the line's end; `var` may be the only statement of an `if`.
    let ends = matches!(tokens.at(before), ";" | "{" | "}")
        || (tokens.at(at) != "var" && gap.contains('\n') && !matches!(tokens.at(before), "(" | "." | "?."));
    let head = |open: usize| tokens.at(open) == "(" && matches!(tokens.before(open), "for" | "await");
    room && blank && ends && enclosing(tokens, at).is_none_or(|open| !head(open))
}

/// The bracket that is open where the token stands.
fn enclosing(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mut index = at;
    while let Some(before) = index.checked_sub(1) {
        let partner = tokens.partner(before);
        if partner > before {
            return Some(before);
        }
        index = partner.min(before);
    }
    None
}

/// Where V8 says that a pattern's value is missing: the first name or pattern that takes a part of it, or the value that is no
/// list. For the place of a declaration's pattern; none for others.
pub(crate) fn shown_at(tokens: &Tokens<'_>, position: u32) -> Option<u32> {
    let pattern = tokens.placed(position).then(|| pattern(tokens, position))??;
    let close = tokens.partner(pattern.open);
    let open = if tokens.at(pattern.open) == "{" {
        pattern.open
    } else {
        match (pattern.open + 1..close).find(|at| tokens.at(*at) == "{") {
            Some(inner) => inner,
            None => return Some(tokens.list[pattern.start].start),
        }
    };
    let first = open + 1;
    let target = match (tokens.at(first), tokens.at(first + 1)) {
        ("}" | "[", _) => open,
        ("...", _) => first + 1,
        (_, ":") => first + 2,
        _ => first,
    };
    Some(tokens.list[target].start)
}

/// A declaration that takes its value apart: the pattern's bracket, and its value from `start` to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) open: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The declaration by pattern that the engine may mean: it runs such a pattern's code at the place before the pattern.
pub(crate) fn pattern(tokens: &Tokens<'_>, position: u32) -> Option<Pattern> {
    let mut at = code_after(tokens, position)?;
    for _ in 0..MAX_STEPS {
        at += 1;
        let text = tokens.at(at);
        if is_elsewhere(tokens, at, position)? {
            return None;
        }
        let declared = matches!(text, "const" | "let" | "var") && matches!(tokens.at(at + 1), "[" | "{");
        let assigned = matches!(text, "[" | "{")
            && matches!(tokens.before(at), "(" | ";" | "{" | "}")
            && tokens.at(tokens.partner(at) + 1) == "=";
        if declared || assigned {
            let open = at + usize::from(declared);
            let equals = tokens.partner(open) + 1;
            let start = equals + 1;
            let end = value_end(tokens, start);
            return (tokens.at(equals) == "=" && start < end).then_some(Pattern { open, start, end });
        }
        let passed = match tokens.kind(at)? {
            Kind::Name if matches!(tokens.before(at), "." | "?.") => true,
            Kind::Name => is_keyword(text) && !matches!(text, "function" | "class" | "new" | "in" | "instanceof"),
            Kind::Punctuator => {
                matches!(text, ")" | "]" | "}" | "{" | ";" | "," | "(" | "[" | "." | "?." | "!" | "=" | "?" | ":")
            }
            _ => true,
        };
        if !passed {
            return None;
        }
    }
    None
}

/// The bracket of the parameters of the function whose text begins at the place.
pub(crate) fn parameters(tokens: &Tokens<'_>, position: u32) -> Option<usize> {
    let from = tokens.list.binary_search_by_key(&position, |token| token.start).ok()?;
    let starts = (from..tokens.list.len()).take_while(|index| tokens.list[*index].mark == position);
    starts.take(NEAR).find_map(|at| {
        let open = (at..at + 4).find(|index| tokens.at(*index) == "(")?;
        let head = (at..open).all(|index| tokens.kind(index) == Some(Kind::Name) || tokens.at(index) == "*");
        (head && matches!(tokens.at(tokens.partner(open) + 1), "=>" | "{")).then_some(open)
    })
}

/// A literal that is no list, where the code after the place goes through it as one without noting another place.
pub(crate) fn literal_list(tokens: &Tokens<'_>, position: u32) -> Option<(usize, usize)> {
    let mut at = code_after(tokens, position)?;
    for _ in 0..MAX_STEPS {
        at += 1;
        let text = tokens.at(at);
        if is_elsewhere(tokens, at, position)? {
            return None;
        }
        if (text == "..." && tokens.before(at) == "[") || (text == "of" && tokens.before(at) != ".") {
            let start = at + 1;
            let literal = tokens.kind(start) == Some(Kind::Number)
                || matches!(tokens.at(start), "null" | "true" | "false")
                || (tokens.at(start) == "{" && tokens.partner(start) == start + 1);
            let end = tokens.partner(start) + 1;
            return (literal && matches!(tokens.at(end), ")" | "]" | ",")).then_some((start, end));
        }
        let declared = matches!(tokens.before(at), "const" | "let" | "var");
        let passed = match tokens.kind(at)? {
            Kind::Name => {
                declared || is_keyword(text) && !matches!(text, "function" | "class" | "new" | "in" | "instanceof")
            }
            Kind::Punctuator => matches!(text, "}" | "{" | ";" | "(" | "[" | "="),
            _ => false,
        };
        if !passed {
            return None;
        }
    }
    None
}

/// Where the code after the place begins: in its body, if the place is a function's.
fn code_after(tokens: &Tokens<'_>, position: u32) -> Option<usize> {
    let at = tokens.from(position)?;
    Some(function_body(tokens, at).filter(|_| !tokens.placed(position)).unwrap_or(at))
}

/// Whether the token has a place of its own, and not this one.
fn is_elsewhere(tokens: &Tokens<'_>, at: usize, position: u32) -> Option<bool> {
    let is_here = tokens.placed(position) && tokens.placed_at(at) == position;
    Some(tokens.list.get(at)?.placed && !is_here)
}

/// The bracket of the body of the function whose text begins at `at`.
fn function_body(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let open = (at..at + 4).find(|index| matches!(tokens.at(*index), "(" | "=>"))?;
    let head = (at..open).all(|index| tokens.kind(index) == Some(Kind::Name) || tokens.at(index) == "*");
    let arrow = if tokens.at(open) == "(" { tokens.partner(open) + 1 } else { open };
    let body = arrow + usize::from(tokens.at(arrow) == "=>");
    let method =
        body == arrow && tokens.before(open) != "function" && tokens.before(open.saturating_sub(1)) != "function";
    (head && !method && tokens.at(body) == "{").then_some(body)
}

/// Where a declared value ends, as far as that is plain.
fn value_end(tokens: &Tokens<'_>, start: usize) -> usize {
    let mut at = start;
    while at < tokens.list.len() {
        let begins = at > start
            && (tokens.ends_value(at - 1) || tokens.before(at) == "}")
            && tokens.kind(at) == Some(Kind::Name)
            && !matches!(tokens.before(at), "." | "?.")
            && !matches!(tokens.at(at), "in" | "instanceof");
        if begins || matches!(tokens.at(at), ";" | "," | ")" | "]" | "}") {
            return at;
        }
        at = at.max(tokens.partner(at)) + 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{expression::shown, tokens::tokens};

    #[test]
    fn patterns_follow_the_place_before_them() {
        for (text, at, value) in [
            ("f(x); const { a } = user.profile; g()", "x", "user.profile"),
            ("async (u) => { const [a] = u\n b() }", "async", "u"),
            ("function login(u) { const { a } = u; }", "function", "u"),
        ] {
            let list = tokens(text);
            let tokens = Tokens { text, list: &list };
            let found = pattern(&tokens, text.find(at).unwrap() as u32).unwrap();
            assert_eq!(shown(&tokens, found.start, found.end), value, "{text}");
        }
        let list = tokens("f(x); g(y); const { a } = u");
        assert_eq!(pattern(&Tokens { text: "f(x); g(y); const { a } = u", list: &list }, 2), None);
    }

    #[test]
    fn declarations_by_pattern_get_places_only_where_a_statement_may_stand() {
        for (text, expected) in [
            ("f()\n  const { a } = u", Some("f()\n0;const { a } = u")),
            ("{\n   let [a] = u; }", Some("{\n 0;let [a] = u; }")),
            ("if (x)\n  var { a } = u", None),
            ("for (\n  const { a } of u) f()", None),
            ("for (\n  let { a } = u;;) f()", None),
            ("{ const { a } = u }", None),
            ("`\n  const { a } = u`", None),
            ("f()   const { a } = u", None),
        ] {
            let mut list = tokens(text);
            assert_eq!(with_places(text, &mut list).as_deref(), expected, "{text}");
        }
        let text = "async ({ data }) => {\n  const { id: x } = data[0] }";
        let mut list = tokens(text);
        let placed = with_places(text, &mut list).unwrap();
        let tokens = Tokens { text, list: &list };
        let at = placed.find("0;").unwrap() as u32;
        assert_eq!(pattern(&tokens, 0), None);
        assert_eq!(shown_at(&tokens, at), Some(text.find("x }").unwrap() as u32));
    }

    #[test]
    fn patterns_are_assigned_to_as_well() {
        let text = "five; ({ a } = u.x); g()";
        let list = tokens(text);
        let tokens = Tokens { text, list: &list };
        let found = pattern(&tokens, text.find('(').unwrap() as u32).unwrap();
        assert_eq!((tokens.at(found.open), shown(&tokens, found.start, found.end)), ("{", "u.x".to_owned()));
    }

    #[test]
    fn functions_begin_where_the_engine_says() {
        for (text, at) in [
            ("function one({ a }) {}", "function"),
            ("rows.map(({ id }) => id)", "map"),
            ("async ({ a }) => a", "async"),
            ("x = (y, { a }) => { a; }", "("),
        ] {
            let list = tokens(text);
            let open = parameters(&Tokens { text, list: &list }, text.find(at).unwrap() as u32);
            assert!(open.is_some_and(|open| text[list[open].start as usize..].starts_with('(')), "{text}");
        }
        let text = "call(x)";
        let list = tokens(text);
        assert_eq!(parameters(&Tokens { text, list: &list }, 0), None);
    }

    #[test]
    fn literals_that_are_no_lists_are_found_until_another_place() {
        for (text, literal) in [
            ("five; const x = [...5];", Some("5")),
            ("() => { for (const x of {}) ; }", Some("{")),
            ("five; const x = [...list, ...5];", None),
            ("five; f(...5);", None),
        ] {
            let list = tokens(text);
            let tokens = Tokens { text, list: &list };
            assert_eq!(literal_list(&tokens, 0).map(|(start, _)| tokens.at(start)), literal, "{text}");
        }
    }
}
