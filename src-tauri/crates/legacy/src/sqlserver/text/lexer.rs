//! The words of a T-SQL text, without comments.

/// A token; quoted ones without their quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Token<'a> {
    /// A bare word or variable (`@x`).
    Word(&'a str),
    /// A name in brackets or double quotes.
    Quoted(&'a str),
    /// A string.
    Text(&'a str),
    /// Any other character; a whole number is `0`.
    Symbol(char),
}

impl Token<'_> {
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = sql;
    loop {
        rest = after_blank(rest);
        let Some(first) = rest.chars().next() else { return found };
        let size = match first {
            '\'' => quoted(rest, '\'', &mut found, Token::Text),
            '"' => quoted(rest, '"', &mut found, Token::Quoted),
            '[' => quoted(rest, ']', &mut found, Token::Quoted),
            _ if first.is_ascii_digit() => {
                found.push(Token::Symbol('0'));
                number(rest)
            }
            // A dollar before a digit is money, before a letter part of a word.
            _ if is_word(first)
                && !(first == '$' && rest[1..].starts_with(|next: char| next.is_ascii_digit() || next == '.')) =>
            {
                let size = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                // N'…' is a string with a letter before it.
                if !(rest[..size].eq_ignore_ascii_case("n") && rest[size..].starts_with('\'')) {
                    found.push(Token::Word(&rest[..size]));
                }
                size
            }
            _ => {
                found.push(Token::Symbol(first));
                first.len_utf8()
            }
        };
        rest = &rest[size..];
    }
}

/// A number's length. A word may follow it at once: `SELECT 1COMMIT` is two statements.
fn number(text: &str) -> usize {
    let digits = |from: usize| {
        from + text[from..].len() - text[from..].trim_start_matches(|digit: char| digit.is_ascii_digit()).len()
    };
    if text.starts_with("0x") || text.starts_with("0X") {
        return text[2..].find(|digit: char| !digit.is_ascii_hexdigit()).map_or(text.len(), |end| end + 2);
    }
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        end += 1;
        end = digits(if text[end..].starts_with(['+', '-']) { end + 1 } else { end });
    }
    end
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '@' | '#' | '$')
}

/// What follows blanks and comments; comments nest.
fn after_blank(mut rest: &str) -> &str {
    loop {
        // A zero byte and the like separate words for SQL Server, too.
        let trimmed = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter.is_control());
        if let Some(comment) = trimmed.strip_prefix("--") {
            // Whatever could pass for the line's end ends it: a word too many is better than one unseen.
            let ends =
                |letter: char| matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
            rest = comment.find(ends).map_or("", |end| &comment[end..]);
        } else if trimmed.starts_with("/*") {
            rest = after_comment(trimmed);
        } else {
            return trimmed;
        }
    }
}

fn after_comment(text: &str) -> &str {
    let (mut depth, mut rest) = (0_u32, text);
    loop {
        if let Some(inner) = rest.strip_prefix("/*") {
            depth += 1;
            rest = inner;
        } else if let Some(outer) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = outer;
            if depth == 0 {
                return rest;
            }
        } else {
            let Some(letter) = rest.chars().next() else { return rest };
            rest = &rest[letter.len_utf8()..];
        }
    }
}

/// A quoted token; the closing quote doubled stands for itself.
fn quoted<'a>(rest: &'a str, close: char, found: &mut Vec<Token<'a>>, token: fn(&'a str) -> Token<'a>) -> usize {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((place, letter)) = letters.next() {
        if letter == close {
            if letters.next_if(|(_, next)| *next == close).is_some() {
                continue;
            }
            found.push(token(&rest[1..place]));
            return place + 1;
        }
    }
    found.push(token(&rest[1..]));
    rest.len()
}
