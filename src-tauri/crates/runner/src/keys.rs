//! Keys of properties in a text: which one a failed statement is about, and which of them are symbols.

use crate::{
    expression::content,
    operations::NEAR,
    sources::Source,
    tokens::{Kind, Tokens},
    wording::Told,
};

/// The property that the statement around the place sets, as V8 names it, and the name before its dot.
pub(crate) fn assigned(told: &Told<'_>) -> Option<(String, String)> {
    let (source, at) = told.place?;
    let tokens = source.tokens();
    let index = assignment(&tokens, at, None)?;
    let (key, before) = key(source, &tokens, index)?;
    Some((key, tokens.before(before).to_owned()))
}

/// The property that `delete` at the place shall take off, as V8 names it, and what it says of its owner.
pub(crate) fn deleted(told: &Told<'_>) -> Option<(String, &'static str)> {
    let (source, at) = told.place?;
    let tokens = source.tokens();
    let range = near(&tokens, at)?;
    let from = tokens.list.binary_search_by_key(&at, |token| token.start).ok()?;
    let delete =
        range.clone().take_while(|index| *index <= from).filter(|index| tokens.at(*index) == "delete").last()?;
    let mut last = delete + 1;
    while matches!(tokens.at(last + 1), "." | "?." | "[" | "(") && last < delete + NEAR {
        last = if matches!(tokens.at(last + 1), "[" | "(") { tokens.partner(last + 1) } else { last + 2 };
    }
    let (key, _) = key(source, &tokens, last)?;
    let owner = owner(&key);
    Some((key, owner))
}

/// What V8 says of the owner of a property, as far as the property tells.
pub(crate) fn owner(key: &str) -> &'static str {
    if key == "length" || key.parse::<u32>().is_ok() { "[object Array]" } else { "#<Object>" }
}

/// The name, or the symbol that the statement around the place reads or sets by it: the engine tells a symbol's description alone.
pub(crate) fn name(told: &Told<'_>, name: &str) -> String {
    if name.starts_with("Symbol.") {
        return format!("Symbol({name})");
    }
    let symbol = told.place.is_some_and(|(source, at)| {
        let tokens = source.tokens();
        near(&tokens, at).is_some_and(|mut range| {
            range.any(|index| {
                tokens.at(index) == "["
                    && index > 0
                    && tokens.ends_value(index - 1)
                    && symbol(source, &tokens, index + 1, tokens.partner(index)).is_some_and(|found| found == name)
            })
        })
    });
    if symbol { format!("Symbol({name})") } else { name.to_owned() }
}

/// The text that an `in` at the place looks for, if the statement writes one down.
pub(crate) fn sought(told: &Told<'_>) -> Option<String> {
    let (source, at) = told.place?;
    let tokens = source.tokens();
    let keys: Vec<_> = near(&tokens, at)?.filter(|index| tokens.at(*index) == "in").collect();
    let [key] = keys[..] else { return None };
    let key = key.checked_sub(1).filter(|key| tokens.kind(*key) == Some(Kind::String))?;
    Some(format!("'{}'", content(tokens.at(key))))
}

/// The key of the member that ends with the token (a name, or `]`) as V8 names it, and where its dot or bracket is.
fn key(source: &Source, tokens: &Tokens<'_>, last: usize) -> Option<(String, usize)> {
    if tokens.at(last) != "]" {
        let member = matches!(tokens.before(last), "." | "?.");
        return member.then(|| (tokens.at(last).to_owned(), last - 1));
    }
    let open = tokens.partner(last);
    if open == 0 || !tokens.ends_value(open - 1) {
        return None;
    }
    let inner = tokens.at(open + 1);
    let key = match (last - open, tokens.kind(open + 1)?) {
        (2, Kind::String) => content(inner).to_owned(),
        (2, Kind::Number) if inner.bytes().all(|byte| byte.is_ascii_digit()) => inner.to_owned(),
        _ => format!("Symbol({})", symbol(source, tokens, open + 1, last)?),
    };
    Some((key, open))
}

/// The description of the symbol that the tokens are: `Symbol('x')`, `Symbol.for('x')`, or a name that is one.
fn symbol<'a>(source: &Source, tokens: &Tokens<'a>, start: usize, end: usize) -> Option<&'a str> {
    let named = end == start + 1 && tokens.is_reference(start);
    if !named {
        return made(tokens, start).filter(|(_, after)| *after == end).map(|(description, _)| description);
    }
    // A package's text may be long, and its symbols matter little.
    if !source.is_script() {
        return None;
    }
    let name = tokens.at(start);
    let equals = (1..tokens.list.len()).filter(|index| tokens.at(*index) == "=" && tokens.at(index - 1) == name);
    let mut values = equals.filter(|index| tokens.is_reference(index - 1)).map(|index| made(tokens, index + 1));
    let (description, _) = values.next()??;
    (values.next().is_none() && source.declares(name)).then_some(description)
}

/// The description of the symbol made at the token, and the token after it.
fn made<'a>(tokens: &Tokens<'a>, start: usize) -> Option<(&'a str, usize)> {
    let open = match (tokens.at(start), tokens.at(start + 1), tokens.at(start + 2)) {
        ("Symbol", "(", _) => start + 1,
        ("Symbol", ".", "for") => start + 3,
        _ => return None,
    };
    let close = tokens.partner(open);
    match (tokens.at(open), close.checked_sub(open)?, tokens.kind(open + 1)?) {
        ("(", 1, _) => Some(("", close + 1)),
        ("(", 2, Kind::String) => Some((content(tokens.at(open + 1)), close + 1)),
        _ => None,
    }
}

/// The tokens of the statement around the place.
fn near(tokens: &Tokens<'_>, at: u32) -> Option<std::ops::Range<usize>> {
    let from = tokens.list.binary_search_by_key(&at, |token| token.start).ok()?;
    let mut start = from;
    while start > 0 && from - start < NEAR && !matches!(tokens.before(start), ";" | "{" | "}") {
        start -= 1;
    }
    let last = (from + NEAR).min(tokens.list.len());
    let end = (from + 1..last).find(|index| tokens.at(*index) == ";").unwrap_or(last);
    Some(start..end)
}

/// The token that the statement around the place assigns to: a name, or the end of `[…]`.
pub(crate) fn assignment(tokens: &Tokens<'_>, at: u32, wanted: Option<&str>) -> Option<usize> {
    let mut targets =
        near(tokens, at)?.filter(|index| matches!(tokens.before(*index), "++" | "--") || assigns(tokens.at(index + 1)));
    targets.find(|index| match tokens.kind(*index) {
        Some(Kind::Name) => wanted.is_none_or(|wanted| wanted == tokens.at(*index)),
        _ => tokens.at(*index) == "]",
    })
}

fn assigns(operator: &str) -> bool {
    matches!(operator, "++" | "--")
        || (operator.ends_with('=') && !matches!(operator, "==" | "===" | "!=" | "!==" | "<=" | ">="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    /// What `look` finds in a script at the place of `at`.
    fn found<T>(text: &str, at: &str, look: impl Fn(&Told<'_>) -> T) -> T {
        let sources = Sources::default();
        sources.put_script("s.js", text);
        let source = sources.find("script:s.js").unwrap();
        look(&Told {
            class: "TypeError",
            message: "",
            native: None,
            function: "",
            place: Some((&source, text.find(at).unwrap() as u32)),
            caller: None,
            is_global: &|_| false,
        })
    }

    #[test]
    fn keys_are_named_as_by_v8() {
        let text = "const sym = Symbol('q'); fixed['a b'] = 2; fixed[sym] += 1; list[5] = 1; fixed.y = 2; fixed[key] = 1; delete o.a[sym];";
        let key = |at| found(text, at, assigned).map(|(key, _)| key);
        assert_eq!(key("fixed['").as_deref(), Some("a b"));
        assert_eq!(key("fixed[sym").as_deref(), Some("Symbol(q)"));
        assert_eq!(key("list").as_deref(), Some("5"));
        assert_eq!(key("fixed.y").as_deref(), Some("y"));
        assert_eq!(key("fixed[key"), None);
        assert_eq!(found(text, "o.a", deleted), Some(("Symbol(q)".to_owned(), "#<Object>")));
        let made = "delete Object.freeze({ z: 1 }).z;";
        assert_eq!(found(made, "freeze", deleted), Some(("z".to_owned(), "#<Object>")));
    }

    #[test]
    fn a_description_is_a_symbols_only_where_the_text_says_so() {
        let text = "const sym = Symbol('q'), other = 'q'; u[sym]; u[other]; u[Symbol.for('z')];";
        assert_eq!(found(text, "u[sym", |told| name(told, "q")), "Symbol(q)");
        assert_eq!(found(text, "u[other", |told| name(told, "q")), "q");
        assert_eq!(found(text, "u[Symbol", |told| name(told, "z")), "Symbol(z)");
        assert_eq!(found(text, "u[other", |told| name(told, "Symbol.iterator")), "Symbol(Symbol.iterator)");
    }
}
