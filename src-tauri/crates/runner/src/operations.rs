//! Which operation of a text an engine error is about.
//!
//! The engine tells of a failed operation the last place it noted before it: names where they are read, the word after
//! `new`, the first word of a call's arguments, the right side of an operator. More than one operation can share a place, as
//! both calls do in `f(g(x))`.

use crate::{
    expression::{call, chain},
    tokens::{Kind, Tokens, is_keyword},
};

/// Tokens that are looked through around a place.
pub(crate) const MAX_STEPS: usize = 400;
/// Tokens on both sides of a place among which its statement is looked through.
pub(crate) const NEAR: usize = 64;

/// An operation that ends after a place without another place between; indices are those of tokens, ends are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A call or, with `new`, a construction; `open` is its bracket.
    Call { start: usize, open: usize, new: bool },
    /// `for (… of expression)`.
    Loop { start: usize, end: usize },
    /// `...expression`, in a call's arguments or in an array.
    Spread { start: usize, end: usize, call: bool },
}

/// The operations that the engine may mean by the place at byte `position`, the first one first.
pub(crate) fn operations(tokens: &Tokens<'_>, position: u32) -> Vec<Operation> {
    let Ok(from) = tokens.list.binary_search_by_key(&position, |token| token.start) else { return Vec::new() };
    let mut walk = Walk { tokens, from, position, found: Vec::new() };
    let mut at = from;
    for _ in 0..MAX_STEPS {
        let Some(next) = walk.step(at) else { break };
        at = next;
    }
    walk.found
}

struct Walk<'a> {
    tokens: &'a Tokens<'a>,
    from: usize,
    position: u32,
    found: Vec<Operation>,
}

impl Walk<'_> {
    /// Passes the token at `at`; none where the engine notes another place, or where the code of this function ends.
    fn step(&mut self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let kind = tokens.kind(at)?;
        let text = tokens.at(at);
        let next = at + 1;
        match kind {
            Kind::Name => {
                if tokens.at(next) == "=>" {
                    return self.arrow(next);
                }
                let key = tokens.at(next) == ":" && matches!(tokens.before(at), "{" | ",");
                if key || matches!(tokens.before(at), "." | "?.") {
                    return Some(next);
                }
                match text {
                    "function" => self.body(at),
                    "class" => None,
                    "new" | "in" | "instanceof" => self.same(next).then_some(next),
                    "this" | "super" | "null" | "true" | "false" | "typeof" | "void" | "delete" | "await" | "of" => {
                        Some(next)
                    }
                    "async" => Some(next),
                    // Where a statement begins, the one before is over.
                    _ if is_keyword(text) && at > self.from => None,
                    _ if is_keyword(text) || text.starts_with('#') => Some(next),
                    _ => (tokens.list[at].start == self.position).then_some(next),
                }
            }
            Kind::Template => {
                let tag = text.starts_with('`') && at > 0 && tokens.ends_value(at - 1);
                if tag
                    && self.same(at)
                    && text.ends_with('`')
                    && let Some(start) = chain(tokens, at)
                {
                    self.found.push(Operation::Call { start, open: at, new: false });
                }
                (!tag || self.same(at)).then_some(next)
            }
            Kind::Number | Kind::String | Kind::Regex => Some(next),
            Kind::Punctuator => match text {
                "(" => self.open(at),
                ")" | "]" | "}" => self.close(at),
                ";" => None,
                "," if self.leaves_arrow(at) => None,
                "," => {
                    self.spread(at);
                    Some(next)
                }
                "*" | "/" | "%" | "+" | "-" | "<<" | ">>" | ">>>" | "<" | ">" | "<=" | ">=" | "==" | "!=" | "==="
                | "!==" | "&" | "^" | "|" => {
                    let binary = at > 0 && (tokens.ends_value(at - 1) || tokens.before(at) == "}");
                    (!binary || self.same(next)).then_some(next)
                }
                _ => Some(next),
            },
        }
    }

    /// Whether a place that the engine notes at the token is the one looked at.
    fn same(&self, at: usize) -> bool {
        self.tokens.list.get(at).is_some_and(|token| token.mark == self.position)
    }

    fn open(&self, at: usize) -> Option<usize> {
        let after = self.tokens.partner(at) + 1;
        if self.tokens.at(after) == "=>" {
            return self.arrow(after);
        }
        let noted = call(self.tokens, at).is_some_and(|call| !matches!(call, Operation::Call { new: true, .. }));
        (!noted || self.same(at + 1)).then_some(at + 1)
    }

    fn close(&mut self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let open = tokens.partner(at);
        let block = tokens.at(at) == "}" && !is_object(tokens, open);
        if open == at || block || (open < self.from && self.leaves_arrow(at)) {
            return None;
        }
        self.spread(at);
        if tokens.at(at) == ")" {
            if let Some(call) = call(tokens, open) {
                self.found.push(call);
            } else if tokens.before(open) == "for" || (open > 1 && tokens.at(open - 2) == "for") {
                let of = (open..at).rev().take(MAX_STEPS).find(|index| tokens.at(*index) == "of");
                if let Some(of) = of {
                    self.found.push(Operation::Loop { start: of + 1, end: at });
                }
                return None;
            }
        }
        Some(at + 1)
    }

    /// Notes a spread that ends before the token.
    fn spread(&mut self, at: usize) {
        let tokens = self.tokens;
        let start = element(tokens, at);
        if tokens.at(start) == "..." {
            let bracket = tokens.partner(closing(tokens, at));
            let call = tokens.at(bracket) == "(" && call(tokens, bracket).is_some();
            if call || tokens.at(bracket) == "[" {
                self.found.push(Operation::Spread { start: start + 1, end: at, call });
            }
        }
    }

    /// Whether the body of an arrow function ends before the token; its code is another function's.
    fn leaves_arrow(&self, at: usize) -> bool {
        let start = element(self.tokens, at);
        let mut index = at;
        while index > start {
            index -= 1;
            if self.tokens.at(index) == "=>" {
                return index < self.from;
            }
            index = index.min(self.tokens.partner(index));
        }
        false
    }

    /// After a function expression's body.
    fn body(&self, at: usize) -> Option<usize> {
        let parameters = (at + 1..at + 4).find(|index| self.tokens.at(*index) == "(")?;
        let body = self.tokens.partner(parameters) + 1;
        (self.tokens.at(body) == "{").then(|| self.tokens.partner(body) + 1)
    }

    /// After an arrow function, from its arrow.
    fn arrow(&self, arrow: usize) -> Option<usize> {
        let tokens = self.tokens;
        let mut at = arrow + 1;
        if tokens.at(at) == "{" {
            return Some(tokens.partner(at) + 1);
        }
        for _ in 0..MAX_STEPS {
            match tokens.at(at) {
                "" | ";" => return None,
                "," | ")" | "]" | "}" => return Some(at),
                _ => at = at.max(tokens.partner(at)) + 1,
            }
        }
        None
    }
}

/// Where the list element that ends before the token begins.
fn element(tokens: &Tokens<'_>, at: usize) -> usize {
    let mut index = at;
    for _ in 0..MAX_STEPS {
        let Some(before) = index.checked_sub(1) else { return 0 };
        match tokens.at(before) {
            "," | "(" | "[" | "{" | ";" => return index,
            text if text.ends_with("${") => return index,
            _ => index = before.min(tokens.partner(before)),
        }
    }
    at
}

/// The bracket that closes the list which the token stands in, or itself.
fn closing(tokens: &Tokens<'_>, at: usize) -> usize {
    let mut index = at;
    for _ in 0..MAX_STEPS {
        match tokens.at(index) {
            "" => return at,
            ")" | "]" | "}" => return index,
            _ => index = index.max(tokens.partner(index)) + 1,
        }
    }
    at
}

fn is_object(tokens: &Tokens<'_>, open: usize) -> bool {
    matches!(
        tokens.before(open),
        "(" | "["
            | ","
            | "="
            | ":"
            | "?"
            | "&&"
            | "||"
            | "??"
            | "return"
            | "..."
            | "throw"
            | "await"
            | "yield"
            | "in"
            | "of"
    ) || tokens.before(open).ends_with("${")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{expression::shown, tokens::tokens};

    /// The calls that a place in a text may mean; the place is that of `at` in it.
    fn calls(text: &str, at: &str) -> Vec<String> {
        let list = tokens(text);
        let tokens = Tokens { text, list: &list };
        let found = operations(&tokens, text.find(at).unwrap() as u32);
        let shown = found.into_iter().map(|operation| match operation {
            Operation::Call { start, open, new } => {
                format!("{}{}", if new { "new " } else { "" }, shown(&tokens, start, open))
            }
            Operation::Loop { start, end } => format!("of {}", shown(&tokens, start, end)),
            Operation::Spread { start, end, .. } => format!("...{}", shown(&tokens, start, end)),
        });
        shown.collect()
    }

    #[test]
    fn a_place_tells_of_the_call_that_ends_with_it() {
        assert_eq!(calls("o.f()", "f"), ["o.f"]);
        assert_eq!(calls("callback(null, map(row), other)", "other"), ["callback"]);
        assert_eq!(calls("callback(null, map(row))", "row"), ["map", "callback"]);
        assert_eq!(calls("new five(1, x)", "x"), ["new five"]);
        assert_eq!(calls("new A(x).b.c()", "c"), ["(intermediate value).b.c"]);
        assert_eq!(calls("rows.map(row => row.nope())", "nope"), ["row.nope"]);
        assert_eq!(calls("rows.map(function (row) { return row.nope(); })", "nope"), ["row.nope"]);
        assert_eq!(calls("o.each(function (x) { y(x); }, true)", "function"), ["o.each"]);
        assert_eq!(calls("if (ready) (one)()", "one"), ["one"]);
        assert_eq!(calls("for (const x of a.b) {}", "a.b"), ["of a.b"]);
        assert_eq!(calls("[1, ...list]", "list"), ["...list"]);
        assert_eq!(calls("o.f`x`", "f"), ["o.f"]);
        assert!(calls("throw e; f()", "e;").is_empty());
    }
}
