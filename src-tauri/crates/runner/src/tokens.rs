//! A JavaScript text as tokens: enough of them to find and show the expression that an engine error is about.

/// What a token is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or a keyword; also `#name`.
    Name,
    Number,
    String,
    Regex,
    /// A template, or a part of one: up to `${`, between `}` and `${`, or from `}` on.
    Template,
    Punctuator,
}

/// A token and where it stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The bracket (or template part) that belongs to this one; itself where there is none.
    pub(crate) partner: u32,
    /// Where the engine says that this token is: its own start after blanks and for names, else that of the last such token.
    pub(crate) mark: u32,
    /// Of the first word of a declaration: whether the engine was given a place of its own for the declaration's pattern, in
    /// the two bytes before the word (`patterns::with_places`).
    pub(crate) placed: bool,
}

/// What the engine is given in place of two blanks before a declaration by pattern: a statement that does nothing, but has a place.
pub(crate) const PLACE: &str = "0;";

/// A text and its tokens.
pub(crate) struct Tokens<'a> {
    pub(crate) text: &'a str,
    pub(crate) list: &'a [Token],
}

impl<'a> Tokens<'a> {
    /// The text of the token at `index`; empty beyond the ends.
    pub(crate) fn at(&self, index: usize) -> &'a str {
        self.list.get(index).map_or("", |token| &self.text[token.start as usize..token.end as usize])
    }

    /// The token from which the code that runs at the engine's place `position` is looked through: the one that begins there or,
    /// for the place of a declaration's pattern, the one before the declaration.
    pub(crate) fn from(&self, position: u32) -> Option<usize> {
        match self.list.binary_search_by_key(&position, |token| token.start) {
            Ok(at) => Some(at),
            Err(at) => self.placed(position).then(|| at.saturating_sub(1)),
        }
    }

    /// The place that the engine was given for the pattern of the declaration at the token.
    pub(crate) fn placed_at(&self, at: usize) -> u32 {
        self.list[at].start - PLACE.len() as u32
    }

    /// Whether the place is one of a declaration's pattern alone.
    pub(crate) fn placed(&self, position: u32) -> bool {
        let at = self.list.partition_point(|token| token.start < position);
        self.list.get(at).is_some_and(|token| token.placed && token.start == position + PLACE.len() as u32)
    }

    /// The text of the token before `index`.
    pub(crate) fn before(&self, index: usize) -> &'a str {
        index.checked_sub(1).map_or("", |index| self.at(index))
    }

    /// What kind the token at `index` is.
    pub(crate) fn kind(&self, index: usize) -> Option<Kind> {
        self.list.get(index).map(|token| token.kind)
    }

    /// The index of the bracket that belongs to the one at `index`.
    pub(crate) fn partner(&self, index: usize) -> usize {
        self.list.get(index).map_or(index, |token| token.partner as usize)
    }

    /// Whether the token is a name that stands for a value: no keyword and no property's name.
    pub(crate) fn is_reference(&self, index: usize) -> bool {
        self.kind(index) == Some(Kind::Name)
            && !is_keyword(self.at(index))
            && !matches!(self.before(index), "." | "?.")
            && !self.at(index).starts_with('#')
    }

    /// Whether a value may end with the token, so that a `(` or `[` after it calls or reads.
    pub(crate) fn ends_value(&self, index: usize) -> bool {
        match self.kind(index) {
            Some(Kind::Name) => {
                matches!(self.before(index), "." | "?.")
                    || !is_keyword(self.at(index))
                    || matches!(self.at(index), "this" | "super" | "null" | "true" | "false")
            }
            // After the head of a statement another one begins.
            Some(Kind::Punctuator) if self.at(index) == ")" => {
                !matches!(self.before(self.partner(index)), "if" | "while" | "for" | "with")
            }
            Some(Kind::Punctuator) => matches!(self.at(index), "]" | "?."),
            Some(Kind::Template) => self.at(index).ends_with('`'),
            Some(Kind::Number | Kind::String | Kind::Regex) => true,
            None => false,
        }
    }
}

/// Words after which a value begins, or that are no variable.
pub(crate) fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "await"
            | "break"
            | "case"
            | "catch"
            | "class"
            | "const"
            | "continue"
            | "debugger"
            | "default"
            | "delete"
            | "do"
            | "else"
            | "export"
            | "extends"
            | "false"
            | "finally"
            | "for"
            | "function"
            | "if"
            | "import"
            | "in"
            | "instanceof"
            | "let"
            | "new"
            | "null"
            | "of"
            | "return"
            | "super"
            | "switch"
            | "this"
            | "throw"
            | "true"
            | "try"
            | "typeof"
            | "var"
            | "void"
            | "while"
            | "with"
            | "yield"
    )
}

/// Punctuators, the longest first.
const PUNCTUATORS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**",
];

/// The tokens of a text. What is no JavaScript gives some tokens too.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    Scanner { text, bytes: text.as_bytes(), at: 0, list: Vec::new(), open: Vec::new() }.all()
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    list: Vec<Token>,
    /// Indices of brackets that are open, and of template parts that end with `${`.
    open: Vec<usize>,
}

impl Scanner<'_> {
    fn all(mut self) -> Vec<Token> {
        let mut mark = 0;
        loop {
            let from = self.at;
            self.blank();
            let Some(&first) = self.bytes.get(self.at) else { return self.list };
            let start = self.at;
            let kind = self.one(first);
            self.at = self.at.max(start + 1).min(self.bytes.len());
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            if from != start || (kind == Kind::Name && (first.is_ascii_alphabetic() || matches!(first, b'_' | b'$'))) {
                mark = start;
            }
            let index = self.list.len();
            let partner = self.partner(kind, start, index);
            let (start, end, mark) = (start as u32, self.at as u32, mark as u32);
            self.list.push(Token { kind, start, end, partner: partner as u32, mark, placed: false });
        }
    }

    fn partner(&mut self, kind: Kind, start: usize, index: usize) -> usize {
        let text = &self.text[start..self.at];
        let closes = matches!(text, ")" | "]" | "}") || (kind == Kind::Template && text.starts_with('}'));
        let opens = matches!(text, "(" | "[" | "{") || (kind == Kind::Template && text.ends_with("${"));
        let mut partner = index;
        if closes && let Some(opener) = self.open.pop() {
            self.list[opener].partner = index as u32;
            partner = opener;
        }
        if opens {
            self.open.push(index);
        }
        partner
    }

    fn blank(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let Some(next) = rest.chars().next() else { return };
            if next.is_whitespace() || next == '\u{FEFF}' {
                self.at += next.len_utf8();
            } else if rest.starts_with("//") || (self.at == 0 && rest.starts_with("#!")) {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                self.at += comment.find("*/").map_or(rest.len(), |end| end + 4);
            } else {
                return;
            }
        }
    }

    fn one(&mut self, first: u8) -> Kind {
        match first {
            b'\'' | b'"' => self.string(first),
            b'`' => self.template(),
            b'}' if self.open.last().is_some_and(|open| self.list[*open].kind == Kind::Template) => self.template(),
            b'0'..=b'9' => self.number(),
            b'.' if self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) => self.number(),
            b'/' if !self.divides() => self.regex(),
            b'#' | b'_' | b'$' | b'\\' => self.name(),
            _ if first.is_ascii_alphabetic() || !first.is_ascii() => self.name(),
            _ => {
                let rest = &self.bytes[self.at..];
                let found = PUNCTUATORS.iter().find(|known| rest.starts_with(known.as_bytes()));
                // `a?.5:b` is a condition.
                let found = found.filter(|found| **found != "?." || !rest.get(2).is_some_and(u8::is_ascii_digit));
                self.at += found.map_or(1, |found| found.len());
                Kind::Punctuator
            }
        }
    }

    fn string(&mut self, quote: u8) -> Kind {
        self.at += 1;
        while let Some(&next) = self.bytes.get(self.at) {
            self.at += if next == b'\\' { 2 } else { 1 };
            if next == quote || next == b'\n' {
                break;
            }
        }
        Kind::String
    }

    fn template(&mut self) -> Kind {
        self.at += 1;
        while let Some(&next) = self.bytes.get(self.at) {
            self.at += if next == b'\\' { 2 } else { 1 };
            if next == b'`' {
                break;
            }
            if next == b'$' && self.bytes.get(self.at) == Some(&b'{') {
                self.at += 1;
                break;
            }
        }
        Kind::Template
    }

    fn number(&mut self) -> Kind {
        while let Some(next) = self.bytes.get(self.at) {
            let sign = matches!(next, b'+' | b'-')
                && matches!(self.bytes[self.at - 1], b'e' | b'E')
                && !self.text[..self.at].ends_with("0xe");
            if !(next.is_ascii_alphanumeric() || matches!(next, b'.' | b'_') || sign) {
                break;
            }
            self.at += 1;
        }
        Kind::Number
    }

    fn name(&mut self) -> Kind {
        let rest = &self.text[self.at..];
        let belongs =
            |next: char| next.is_alphanumeric() || matches!(next, '_' | '$' | '\\' | '#' | '\u{200C}' | '\u{200D}');
        self.at += rest.find(|next| !belongs(next)).unwrap_or(rest.len());
        Kind::Name
    }

    fn regex(&mut self) -> Kind {
        self.at += 1;
        let mut class = false;
        while let Some(&next) = self.bytes.get(self.at) {
            self.at += if next == b'\\' { 2 } else { 1 };
            match next {
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => break,
                b'\n' => return Kind::Regex,
                _ => {}
            }
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
        }
        Kind::Regex
    }

    /// Whether a `/` here divides, as it does after a value.
    fn divides(&self) -> bool {
        let Some(last) = self.list.len().checked_sub(1) else { return false };
        let seen = Tokens { text: self.text, list: &self.list };
        match seen.at(last) {
            "}" | "?." => false,
            "++" | "--" => true,
            _ => seen.ends_value(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| &text[token.start as usize..token.end as usize]).collect()
    }

    #[test]
    fn texts_fall_apart_where_the_language_says() {
        assert_eq!(texts("a?.b(/[/]\\//g,1e-3/2)"), ["a", "?.", "b", "(", "/[/]\\//g", ",", "1e-3", "/", "2", ")"]);
        assert_eq!(
            texts("if (x) /re/.test(`a${b}c`) // end"),
            ["if", "(", "x", ")", "/re/", ".", "test", "(", "`a${", "b", "}c`", ")"]
        );
        assert_eq!(texts("'it\\'s' /* é */ + é\u{a0}>>>= 'ü"), ["'it\\'s'", "+", "é", ">>>=", "'ü"]);
        assert!(texts("").is_empty());
    }

    #[test]
    fn brackets_know_each_other() {
        let text = "f(`a${[b]}`)";
        let list = tokens(text);
        let partners: Vec<_> = list.iter().map(|token| token.partner).collect();
        assert_eq!(partners, [0, 7, 6, 5, 4, 3, 2, 1]);
    }
}
