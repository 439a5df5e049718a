//! JSON with the places of its parts, so that an edit changes the bytes it means and no others.
//!
//! Numbers and strings are kept as written: 1.0 stays 1.0 and a number beyond 64 bits keeps its digits.

use std::ops::Range;

use serde_json::Value;

/// Deepest nesting; serde_json's own limit.
const MAX_DEPTH: usize = 128;

/// A JSON text and where its parts stand.
pub(crate) struct Document<'a> {
    text: &'a str,
    root: Node,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Scalar(Range<usize>),
    Array(Range<usize>, Vec<Node>),
    Object(Range<usize>, Vec<Member>),
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    /// The key's token, quotes included.
    pub(crate) key_at: Range<usize>,
    pub(crate) value: Node,
}

/// Why a text is no JSON document we work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// In words, with line and column.
    pub(crate) message: String,
    /// `broken_json` or `duplicate_key`.
    pub(crate) code: &'static str,
}

impl Node {
    pub(crate) fn at(&self) -> Range<usize> {
        match self {
            Node::Scalar(at) | Node::Array(at, _) | Node::Object(at, _) => at.clone(),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Object(_, members) => members.iter().find(|member| member.key == key).map(|member| &member.value),
            _ => None,
        }
    }
}

impl<'a> Document<'a> {
    /// Parses; a key that stands twice in one object is refused, since one of the two would be lost.
    pub(crate) fn parse(text: &'a str) -> Result<(Document<'a>, Value), Broken> {
        let value: Value = serde_json::from_str(text).map_err(|error| Broken {
            message: format!("no valid JSON at line {}, column {}: {}", error.line(), error.column(), reason(&error)),
            code: "broken_json",
        })?;
        let mut scanner = Scanner { text, at: 0 };
        let root = scanner.value(0)?;
        Ok((Document { text, root }, value))
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    pub(crate) fn source(&self, at: Range<usize>) -> &'a str {
        &self.text[at]
    }

    /// The node at a path of keys.
    pub(crate) fn find(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, key| node.get(key))
    }

    /// The text with one member set to a JSON token; missing objects on the way are made. None when something on the
    /// way is no object.
    pub(crate) fn with(&self, path: &[&str], token: &str) -> Option<String> {
        let (key, parents) = path.split_last()?;
        let mut node = &self.root;
        for (depth, parent) in parents.iter().enumerate() {
            let Node::Object(..) = node else { return None };
            match node.get(parent) {
                Some(next) => node = next,
                None => {
                    let unit = self.indent_unit();
                    let inner = nest(&path[depth + 1..], token, depth + 2, &unit, self.line_break());
                    return Some(self.inserted(node, parent, &inner));
                }
            }
        }
        let Node::Object(..) = node else { return None };
        match node.get(key) {
            Some(old) => Some(self.spliced(old.at(), token)),
            None => Some(self.inserted(node, key, token)),
        }
    }

    /// The text without one member; unchanged when there is none.
    pub(crate) fn without(&self, path: &[&str]) -> String {
        let Some((key, parents)) = path.split_last() else { return self.text.to_owned() };
        let Some(Node::Object(at, members)) = self.find(parents) else { return self.text.to_owned() };
        let Some(index) = members.iter().position(|member| member.key == *key) else { return self.text.to_owned() };
        let (start, end) = match (index.checked_sub(1), members.get(index + 1)) {
            (_, Some(next)) => (members[index].key_at.start, next.key_at.start),
            (Some(previous), None) => (members[previous].value.at().end, members[index].value.at().end),
            (None, None) => (at.start + 1, at.end - 1),
        };
        self.spliced(start..end, "")
    }

    pub(crate) fn spliced(&self, at: Range<usize>, token: &str) -> String {
        format!("{}{token}{}", &self.text[..at.start], &self.text[at.end..])
    }

    /// A new last member, in the manner of its siblings.
    fn inserted(&self, object: &Node, key: &str, token: &str) -> String {
        let Node::Object(at, members) = object else { return self.text.to_owned() };
        let member = format!("{}: {token}", quoted(key));
        match members.last() {
            Some(last) => {
                let first = &members[0];
                let before = &self.text[at.start + 1..first.key_at.start];
                let end = last.value.at().end;
                let gap = if before.is_empty() && members.len() > 1 { "" } else { before };
                let gap = if gap.is_empty() || gap.contains('\n') { gap } else { " " };
                self.spliced(end..end, &format!(",{gap}{member}"))
            }
            None => {
                let own = self.indent_at(at.start);
                let (line, unit) = (self.line_break(), self.indent_unit());
                self.spliced(at.clone(), &format!("{{{line}{own}{unit}{member}{line}{own}}}"))
            }
        }
    }

    fn line_break(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Indentation of one level, taken from the first member of the root.
    fn indent_unit(&self) -> String {
        let Node::Object(_, members) = &self.root else { return "  ".to_owned() };
        let unit = members.first().map(|member| self.indent_at(member.key_at.start)).unwrap_or_default();
        if unit.is_empty() { "  ".to_owned() } else { unit }
    }

    /// White space at the start of the line on which `at` stands.
    fn indent_at(&self, at: usize) -> String {
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[line..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
    }
}

/// A string as JSON.
pub(crate) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Objects around `token`, the outermost at nesting `depth`.
fn nest(keys: &[&str], token: &str, depth: usize, unit: &str, line: &str) -> String {
    let Some((key, rest)) = keys.split_first() else { return token.to_owned() };
    let inner = nest(rest, token, depth + 1, unit, line);
    format!("{{{line}{}{}: {inner}{line}{}}}", unit.repeat(depth), quoted(key), unit.repeat(depth - 1))
}

fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// Walks text that serde_json has accepted.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Broken> {
        if depth > MAX_DEPTH {
            return Err(self.broken("nested too deeply"));
        }
        self.blank();
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                let members = self.members(depth)?;
                Ok(Node::Object(start..self.at, members))
            }
            Some(b'[') => {
                let items = self.items(depth)?;
                Ok(Node::Array(start..self.at, items))
            }
            Some(b'"') => {
                self.string()?;
                Ok(Node::Scalar(start..self.at))
            }
            Some(_) => {
                while self.peek().is_some_and(|b| !b.is_ascii_whitespace() && !b",]}".contains(&b)) {
                    self.at += 1;
                }
                Ok(Node::Scalar(start..self.at))
            }
            None => Err(self.broken("unexpected end")),
        }
    }

    fn members(&mut self, depth: usize) -> Result<Vec<Member>, Broken> {
        let mut members = Vec::new();
        let mut seen = std::collections::HashSet::new();
        self.at += 1;
        loop {
            self.blank();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                Some(b',') => self.at += 1,
                Some(b'"') => {
                    let start = self.at;
                    self.string()?;
                    let key_at = start..self.at;
                    let key: String =
                        serde_json::from_str(&self.text[key_at.clone()]).map_err(|_| self.broken("unreadable key"))?;
                    if !seen.insert(key.clone()) {
                        let (line, column) = place(self.text, start);
                        let message =
                            format!("the key {key} stands twice in one object, again at line {line}, column {column}");
                        return Err(Broken { message, code: "duplicate_key" });
                    }
                    self.blank();
                    self.at += 1; // the colon
                    let value = self.value(depth + 1)?;
                    members.push(Member { key, key_at, value });
                }
                _ => return Err(self.broken("expected a key")),
            }
        }
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Broken> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.blank();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(items);
                }
                Some(b',') => self.at += 1,
                Some(_) => items.push(self.value(depth + 1)?),
                None => return Err(self.broken("unexpected end")),
            }
        }
    }

    fn string(&mut self) -> Result<(), Broken> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(self.broken("unexpected end")),
            }
        }
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn broken(&self, what: &str) -> Broken {
        let (line, column) = place(self.text, self.at);
        Broken { message: format!("no valid JSON at line {line}, column {column}: {what}"), code: "broken_json" }
    }
}

fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, path: &[&str], token: &str) -> String {
        Document::parse(text).unwrap().0.with(path, token).unwrap()
    }

    fn without(text: &str, path: &[&str]) -> String {
        Document::parse(text).unwrap().0.without(path)
    }

    #[test]
    fn edits_touch_their_own_bytes_only() {
        let text = "{\n  \"a\" : 1.0,\n  \"o\":{\"x\":\"\\u00e9\", \"y\": [1 , 2]}\n}\n";
        assert_eq!(with(text, &["o", "x"], "\"z\""), text.replace("\"\\u00e9\"", "\"z\""));
        assert_eq!(with(text, &["o", "z"], "3"), text.replace("2]}", "2],\"z\": 3}"));
        assert_eq!(with(text, &["b"], "3"), text.replace("2]}\n}", "2]},\n  \"b\": 3\n}"));
        assert_eq!(without(text, &["o", "x"]), text.replace("\"x\":\"\\u00e9\", ", ""));
        assert_eq!(without(text, &["o", "y"]), text.replace(", \"y\": [1 , 2]", ""));
        assert_eq!(without(text, &["no"]), text);
    }

    #[test]
    fn missing_objects_are_made_with_the_files_own_indentation() {
        let text = "{\r\n\t\"name\": \"a\"\r\n}\r\n";
        assert_eq!(
            with(text, &["options", "configuration", "K"], "\"v\""),
            "{\r\n\t\"name\": \"a\",\r\n\t\"options\": {\r\n\t\t\"configuration\": {\r\n\t\t\t\"K\": \"v\"\r\n\t\t}\r\n\t}\r\n}\r\n"
        );
        assert_eq!(with("{\"o\":{}}", &["o", "k"], "1"), "{\"o\":{\n  \"k\": 1\n}}");
    }

    #[test]
    fn a_key_twice_is_named_with_its_place() {
        let broken = Document::parse("{\"a\":1,\n \"a\":2}").err().unwrap();
        assert_eq!(broken.code, "duplicate_key");
        assert!(broken.message.contains("line 2, column 2"), "{}", broken.message);
        // The same key written in two ways is the same key.
        assert_eq!(Document::parse("{\"a\":1, \"\\u0061\":2}").err().unwrap().code, "duplicate_key");
    }

    #[test]
    fn broken_text_is_named_with_its_place() {
        let broken = Document::parse("{\n  \"a\": ,\n}").err().unwrap();
        assert!(broken.message.contains("line 2, column 8"), "{}", broken.message);
        let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
        assert_eq!(Document::parse(&deep).err().unwrap().code, "broken_json");
    }
}
