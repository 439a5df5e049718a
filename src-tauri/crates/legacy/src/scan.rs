//! A lexer for the three SQL dialects: just enough to tell words from strings and comments, and where statements end.

use wire::StoreKind;

/// A token. Text is as written, without quotes for quoted names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A bare word: keyword, name, or the word part of `@name`.
    Word(&'a str),
    /// A quoted name.
    Quoted(&'a str),
    /// A string literal, with its quotes.
    Text(&'a str),
    /// A number.
    Number(&'a str),
    /// Anything else, one character.
    Symbol(char),
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// One statement of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece<'a> {
    /// As written, without the semicolon.
    pub(crate) text: &'a str,
    /// Never empty.
    pub(crate) tokens: Vec<Token<'a>>,
}

impl Piece<'_> {
    /// The word at a place, upper-cased; empty when there is none.
    pub(crate) fn word(&self, place: usize) -> String {
        match self.tokens.get(place) {
            Some(Token::Word(word)) => word.to_ascii_uppercase(),
            _ => String::new(),
        }
    }

    /// Whether the keyword occurs anywhere.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.tokens.iter().any(|token| token.is(keyword))
    }
}

/// The statements of a text.
pub(crate) fn pieces(sql: &str, store: StoreKind) -> Vec<Piece<'_>> {
    let mut lexer = Lexer { sql, at: 0, store, in_hint: false };
    let mut pieces = Vec::new();
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut start = 0;
    let mut block = Block::default();
    loop {
        let token = lexer.next();
        if token == Some(Token::Symbol(';')) && block.holds(&tokens, store) {
            tokens.push(Token::Symbol(';'));
            continue;
        }
        match token {
            Some(Token::Symbol(';')) | None => {
                let end = if token.is_some() { lexer.at - 1 } else { sql.len() };
                if !tokens.is_empty() {
                    let text = sql[start..end].trim();
                    pieces.push(Piece { text, tokens: std::mem::take(&mut tokens) });
                }
                start = lexer.at;
                block = Block::default();
                if token.is_none() {
                    return pieces;
                }
            }
            Some(token) => {
                block.see(&token);
                tokens.push(token);
            }
        }
    }
}

/// BEGIN … END bodies, inside which a semicolon ends no statement.
#[derive(Default)]
struct Block {
    depth: u32,
    seen: bool,
}

impl Block {
    fn see(&mut self, token: &Token<'_>) {
        if token.is("BEGIN") || token.is("CASE") {
            self.depth += 1;
            self.seen |= token.is("BEGIN");
        } else if token.is("END") {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn holds(&self, tokens: &[Token<'_>], store: StoreKind) -> bool {
        let creates = tokens.first().is_some_and(|token| token.is("CREATE"));
        let word = |name: &str| tokens.iter().take(8).any(|token| token.is(name));
        match store {
            StoreKind::Sqlite => creates && word("TRIGGER") && self.depth > 0,
            StoreKind::Postgres => creates && self.depth > 0 && tokens.iter().any(|token| token.is("ATOMIC")),
            // A body holds its own control flow; the rest of the text belongs to it.
            StoreKind::Mysql => {
                creates
                    && self.seen
                    && (word("TRIGGER") || word("PROCEDURE") || word("FUNCTION") || word("EVENT") || word("PACKAGE"))
            }
        }
    }
}

struct Lexer<'a> {
    sql: &'a str,
    at: usize,
    store: StoreKind,
    /// Inside `/*! … */`, which MySQL executes.
    in_hint: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.sql[self.at..]
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let mysql = self.store == StoreKind::Mysql;
        match first {
            '\'' => Some(self.text('\'', mysql)),
            '"' if mysql => Some(self.text('"', true)),
            '"' => Some(self.quoted('"')),
            '`' if self.store != StoreKind::Postgres => Some(self.quoted('`')),
            '[' if self.store == StoreKind::Sqlite => Some(self.quoted(']')),
            '$' if self.store == StoreKind::Postgres && self.dollar_tag().is_some() => Some(self.dollar_text()),
            _ if is_word(first) && !first.is_ascii_digit() => Some(self.word()),
            _ if first.is_ascii_digit() => {
                let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
                self.at += length;
                Some(Token::Number(&rest[..length]))
            }
            _ => {
                self.at += first.len_utf8();
                Some(Token::Symbol(first))
            }
        }
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = self.rest();
            let mysql = self.store == StoreKind::Mysql;
            if self.in_hint && rest.starts_with("*/") {
                self.at += 2;
                self.in_hint = false;
            } else if mysql && (rest.starts_with("/*!") || rest.starts_with("/*M!")) {
                self.at += rest.find('!').unwrap_or(2) + 1;
                let digits = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
                self.at += digits;
                self.in_hint = true;
            } else if rest.starts_with("/*") {
                self.at += self.comment_length(rest);
            } else if (rest.starts_with("--") && (!mysql || opens_mysql_comment(rest)))
                || (mysql && rest.starts_with('#'))
            {
                self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
            } else if blank == 0 {
                return;
            }
        }
    }

    /// PostgreSQL's comments nest.
    fn comment_length(&self, rest: &str) -> usize {
        if self.store != StoreKind::Postgres {
            return rest[2..].find("*/").map_or(rest.len(), |end| end + 4);
        }
        let (mut depth, mut at) = (0_u32, 0);
        while at < rest.len() {
            if rest[at..].starts_with("/*") {
                depth += 1;
                at += 2;
            } else if rest[at..].starts_with("*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            } else {
                at += rest[at..].chars().next().map_or(1, char::len_utf8);
            }
        }
        rest.len()
    }

    fn word(&mut self) -> Token<'a> {
        let rest = self.rest();
        let length = rest.find(|c: char| !is_word(c) && c != '$').unwrap_or(rest.len());
        let word = &rest[..length];
        let next = rest[length..].chars().next();
        if self.store == StoreKind::Postgres && next == Some('\'') && word.len() == 1 {
            let escapes = word.eq_ignore_ascii_case("e");
            if escapes
                || word.eq_ignore_ascii_case("b")
                || word.eq_ignore_ascii_case("x")
                || word.eq_ignore_ascii_case("n")
            {
                self.at += length;
                return self.text('\'', escapes);
            }
        }
        self.at += length;
        Token::Word(word)
    }

    /// A string literal; a doubled quote stands for itself, and a backslash escapes where the dialect says so.
    fn text(&mut self, quote: char, backslash: bool) -> Token<'a> {
        let rest = self.rest();
        let mut letters = rest.char_indices().skip(1).peekable();
        let mut length = rest.len();
        while let Some((place, letter)) = letters.next() {
            if backslash && letter == '\\' {
                letters.next();
            } else if letter == quote {
                if letters.peek().is_some_and(|(_, next)| *next == quote) {
                    letters.next();
                } else {
                    length = place + 1;
                    break;
                }
            }
        }
        self.at += length;
        Token::Text(&rest[..length])
    }

    fn quoted(&mut self, close: char) -> Token<'a> {
        let rest = self.rest();
        let mut letters = rest.char_indices().skip(1).peekable();
        let mut end = rest.len();
        let mut length = rest.len();
        while let Some((place, letter)) = letters.next() {
            if letter == close {
                if close != ']' && letters.peek().is_some_and(|(_, next)| *next == close) {
                    letters.next();
                } else {
                    (end, length) = (place, place + 1);
                    break;
                }
            }
        }
        self.at += length;
        Token::Quoted(&rest[1..end])
    }

    /// The `$tag$` that opens a dollar-quoted text here.
    fn dollar_tag(&self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest[1..].find('$')? + 2;
        let name = &rest[1..end - 1];
        let fits = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
        fits.then_some(&rest[..end])
    }

    fn dollar_text(&mut self) -> Token<'a> {
        let rest = self.rest();
        let tag = self.dollar_tag().unwrap_or("$$");
        let body = tag.len().min(rest.len());
        let length = rest[body..].find(tag).map_or(rest.len(), |end| body + end + tag.len());
        self.at += length;
        Token::Text(&rest[..length])
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii()
}

/// MySQL wants a blank after `--`.
fn opens_mysql_comment(rest: &str) -> bool {
    rest[2..].chars().next().is_none_or(|next| next.is_whitespace() || next.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(sql: &str, store: StoreKind) -> Vec<&str> {
        pieces(sql, store).into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn semicolons_in_strings_comments_and_bodies_end_nothing() {
        use StoreKind::{Mysql, Postgres, Sqlite};
        assert_eq!(split("SELECT ';'; -- ;\nSELECT 2 /* ; */;;", Sqlite), ["SELECT ';'", "-- ;\nSELECT 2 /* ; */"]);
        assert_eq!(split("SELECT $a$;$$;$a$; SELECT E'\\';'", Postgres), ["SELECT $a$;$$;$a$", "SELECT E'\\';'"]);
        assert_eq!(split("SELECT /* /* ; */ ; */ 1; x", Postgres), ["SELECT /* /* ; */ ; */ 1", "x"]);
        assert_eq!(split("SELECT 'a\\';'; SELECT \";\" # ;\n", Mysql), ["SELECT 'a\\';'", "SELECT \";\" # ;"]);
        let trigger = "CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM v; END";
        assert_eq!(split(&format!("{trigger}; COMMIT"), Sqlite), [trigger, "COMMIT"]);
        assert_eq!(split("SELECT [a;b], `c;d` FROM \"e;f\"; END", Sqlite).len(), 2);
    }

    #[test]
    fn mysql_hints_are_code_and_minus_minus_needs_a_blank() {
        let pieces = pieces("SELECT 1 /*!50000 INTO OUTFILE '/x' */", StoreKind::Mysql);
        assert!(pieces[0].has("OUTFILE"));
        let pieces = super::pieces("SELECT 5--1; DROP TABLE t", StoreKind::Mysql);
        assert_eq!(pieces.len(), 2);
        assert!(!super::pieces("SELECT 1 /* INTO OUTFILE */", StoreKind::Mysql)[0].has("OUTFILE"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart_without_panic(sql in "[a-z'\"`$;\\-/*#\\[\\]\\\\ \n0-9é!]{0,60}") {
            for store in [StoreKind::Postgres, StoreKind::Mysql, StoreKind::Sqlite] {
                for piece in pieces(&sql, store) {
                    proptest::prop_assert!(!piece.tokens.is_empty());
                }
            }
        }
    }
}
