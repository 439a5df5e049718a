//! What a script takes from its runtime: globals that older runtimes had, and modules (contract §7).
//!
//! Read from the text's words, without a grammar. A name that the script could have made itself, in whatever way, is left
//! alone: only what certainly means the runtime's own is told.

use contract::{Action, REMOVED_GLOBALS, Runtime, Warning};

use bundle::Severity;

/// A word, sign or text of a script, and its line from 1.
struct Token<'a> {
    text: &'a str,
    line: u32,
}

impl Token<'_> {
    fn is_word(&self) -> bool {
        self.text.starts_with(|sign: char| sign.is_alphabetic() || matches!(sign, '_' | '$'))
    }

    /// What a text in quotes says, where it is plain.
    fn quoted(&self) -> Option<&str> {
        let quote = self.text.chars().next().filter(|sign| matches!(sign, '\'' | '"' | '`'))?;
        self.text[1..].strip_suffix(quote).filter(|text| !text.contains(['\\', '$']))
    }
}

/// Findings about the globals and modules of a script that runs on `runtime`.
pub(super) fn findings(action: Action, text: &str, runtime: Runtime) -> Vec<(Severity, Option<Action>, Warning)> {
    let tokens = tokens(text);
    let globals = REMOVED_GLOBALS.into_iter().filter_map(|(name, instead)| {
        // The one name that came back with another meaning.
        let line = (name != "crypto").then(|| used(&tokens, name))??;
        let here = crate::modules::has_global(name);
        let (severity, message) = match runtime {
            Runtime::Compatible if here => (
                Severity::Warning,
                format!("{name} is used without require; the platform took this global away with Node 16: use {instead}"),
            ),
            _ => (
                Severity::Error,
                format!(
                    "{name} is not defined in the runtime {runtime}: it was a global until the platform took it away with Node 16; use {instead}"
                ),
            ),
        };
        Some((severity, Some(action), Warning::new("implicit_global", message).at_line(Some(line))))
    });
    let found = globals.chain(modules(&tokens, action, runtime));
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(_, _, warning)| warning.line);
    found
}

/// Modules that `require` will not find.
fn modules(
    tokens: &[Token<'_>],
    action: Action,
    runtime: Runtime,
) -> impl Iterator<Item = (Severity, Option<Action>, Warning)> {
    let own = made(tokens, "require");
    let calls = tokens.windows(4).enumerate().filter(move |(at, four)| {
        let member = *at > 0 && tokens[at - 1].text == ".";
        !own && !member && four[0].text == "require" && four[1].text == "(" && four[3].text == ")"
    });
    calls.filter_map(move |(_, four)| {
        let name = four[2].quoted()?;
        let unknown = crate::modules::module(name).err();
        let relative = name.starts_with(['.', '/']);
        let reason = match (&unknown, relative) {
            (_, true) => "a script is one text and has no files beside it".to_owned(),
            (Some(unknown), _) => match (&unknown.reason, unknown.near.as_slice()) {
                (Some(reason), _) => reason.clone(),
                (None, []) => "there is no such module here; `sluice modules` lists those there are".to_owned(),
                (None, near) => format!("there is no such module here; did you mean {}?", near.join(" or ")),
            },
            (None, _) => return None,
        };
        let message = format!("runs on the runtime {runtime} fail with Cannot find module '{name}': {reason}");
        Some((Severity::Error, Some(action), Warning::new("unknown_module", message).at_line(Some(four[0].line))))
    })
}

/// The first line that takes the global `name` for granted; none when the script could have made it.
fn used(tokens: &[Token<'_>], name: &str) -> Option<u32> {
    if made(tokens, name) {
        return None;
    }
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text);
    (0..tokens.len())
        .find(|&at| {
            if tokens[at].text != name || text(at.checked_sub(1)) == "." {
                return false;
            }
            match text(Some(at + 1)) {
                "." => true,
                // `async (a) => …` is a function.
                "[" => name != "async",
                "(" if name != "async" => !opens_method(tokens, at + 1),
                _ => text(at.checked_sub(1)) == "new",
            }
        })
        .map(|at| tokens[at].line)
}

/// Whether the bracket at `open` belongs to a method's parameters: a body follows it.
fn opens_method(tokens: &[Token<'_>], open: usize) -> bool {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return tokens.get(at + 1).is_some_and(|next| next.text == "{");
        }
    }
    false
}

/// Whether a script declares `name`, assigns it, takes it as a parameter, or asks first whether it is there.
fn made(tokens: &[Token<'_>], name: &str) -> bool {
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text);
    (0..tokens.len()).filter(|&at| tokens[at].text == name).any(|at| {
        let (before, after) = (text(at.checked_sub(1)), text(Some(at + 1)));
        let assigned = after == "=" && !matches!(text(Some(at + 2)), "=");
        match before {
            "." => assigned && matches!(text(at.checked_sub(2)), "global" | "globalThis" | "this"),
            "var" | "let" | "const" | "function" | "class" | "typeof" | "catch" => {
                name != "async" || after != "function"
            }
            // Parameters, lists of declarations and patterns look like values in a call: those are left alone, too.
            "," | "(" | "{" | "[" => matches!(after, "," | ")" | "}" | "]" | "=") || (after == ":" && before != "{"),
            ":" => matches!(after, "," | "}" | "="),
            _ => assigned || matches!(after, "of" | "in"),
        }
    })
}

/// The script in tokens, without comments. Signs stand alone; a text in back quotes is one token, with what is inside.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let (mut at, mut line) = (0, 1u32);
    while let Some(sign) = text[at..].chars().next() {
        let rest = &text[at..];
        let slash = |sign: &str| rest.starts_with(sign);
        let (length, is_token) = match sign {
            _ if sign.is_whitespace() => (sign.len_utf8(), false),
            '/' if slash("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if slash("/*") => (rest[2..].find("*/").map_or(rest.len(), |end| end + 4), false),
            '/' if begins_pattern(found.last()) => (pattern(rest), true),
            '\'' | '"' | '`' => (quoted(rest, sign), true),
            _ if word(sign) => (rest.find(|sign| !word(sign)).unwrap_or(rest.len()), true),
            _ => (sign.len_utf8(), true),
        };
        if is_token {
            found.push(Token { text: &rest[..length], line });
        }
        line += rest[..length].matches('\n').count() as u32;
        at += length;
    }
    found
}

fn word(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '_' | '$')
}

/// Whether a slash behind this token begins a regular expression: behind a value it divides.
fn begins_pattern(before: Option<&Token<'_>>) -> bool {
    before.is_none_or(|token| match token.text {
        "return" | "typeof" | "case" | "in" | "of" | "delete" | "void" | "throw" | "new" | "else" | "do" | "await" => {
            true
        }
        ")" | "]" | "}" => false,
        text => {
            let number = text.starts_with(|sign: char| sign.is_ascii_digit());
            let quoted = text.len() > 1 && text.starts_with(|sign: char| "'\"`/".contains(sign));
            !(token.is_word() || number || quoted)
        }
    })
}

/// Length of a regular expression; of the slash alone where the line has no end of one.
fn pattern(text: &str) -> usize {
    let (mut class, mut escaped) = (false, false);
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            '\n' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => return at + 1,
            _ => {}
        }
    }
    1
}

/// Length of a text in quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote != '`' => return at,
            _ if sign == quote => return at + sign.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, runtime: Runtime) -> Vec<(String, u32)> {
        let found = findings(Action::Login, text, runtime).into_iter();
        found.map(|(_, _, warning)| (warning.message, warning.line.unwrap())).collect()
    }

    #[test]
    fn globals_of_old_are_found_with_their_lines() {
        for (used, name) in [
            ("request({ url: 'x' }, cb);", "request"),
            ("request.get('x', cb);", "request"),
            ("mysql({ host: 'h' });", "mysql"),
            ("const db = new ObjectID(id);", "ObjectID"),
            ("postgres('x', function (e, c) {});", "postgres"),
            ("sqlserver.connect({});", "sqlserver"),
            ("mongo('mongodb://h', (db) => 1);", "mongo"),
            ("_.pick(a, 'b');", "_"),
            ("async.waterfall([]);", "async"),
            ("bcrypt.compare(a, b, cb);", "bcrypt"),
            ("const a = jwt.decode(b) / 2; // / jwt", "jwt"),
            ("f(uuid.v4());", "uuid"),
        ] {
            let script = format!("function login(email, password, callback) {{\n  // {name}\n  {used}\n}}");
            let found = told(&script, Runtime::Node22);
            assert_eq!(found.len(), 1, "{used}: {found:?}");
            assert!(found[0].0.starts_with(&format!("{name} is not defined in the runtime node22")), "{found:?}");
            assert_eq!(found[0].1, 3, "{used}");
        }
    }

    #[test]
    fn what_a_script_makes_itself_is_its_own() {
        for own in [
            "const request = require('request'); request.get('x');",
            "var a = 1, request = require('request'); request.get('x');",
            "request = require('request'); request.get('x');",
            "global.mysql = require('mysql'); mysql.createConnection({});",
            "const { mysql, pg: postgres } = a; mysql(1); postgres(2);",
            "f(function (error, request) { request.get('x'); });",
            "f((uuid) => uuid.v4());",
            "function jwt(a) {} jwt(1);",
            "const a = { request(x) { return x; }, mysql: 1 }; a.request(2); a.mysql.b;",
            "if (typeof request !== 'undefined') request.get('x');",
            "f(async (x) => x); f(async function () {}); const g = async x => x;",
            "const s = 'request.get()' + `uuid.v4()` + /jwt.decode(_.x)/.source; /* _.pick() */",
            "for (const _ of list) _.call();",
            "crypto.randomUUID();",
        ] {
            let script = format!("function login(email, password, callback) {{ {own} }}");
            assert!(told(&script, Runtime::Node22).is_empty(), "{own}: {:?}", told(&script, Runtime::Node22));
        }
    }

    #[test]
    fn the_compatible_runtime_has_most_of_them() {
        let severity = |text: &str| findings(Action::Login, text, Runtime::Compatible)[0].0;
        assert!(matches!(severity("request.get('x')"), Severity::Warning));
        assert!(matches!(severity("couchbase.connect('x')"), Severity::Error), "nobody has that any more");
    }

    #[test]
    fn modules_that_are_nowhere_are_named() {
        let script = "function l(e, p, callback) {\n  require('pg@8.7.1'); require('node:crypto');\n  require('oracledb');\n  require('axois');\n  a.require('b');\n  require('./own');\n  require(name);\n}";
        let found = told(script, Runtime::Node22);
        let lines: Vec<u32> = found.iter().map(|(_, line)| *line).collect();
        assert_eq!(lines, [3, 4, 6], "{found:?}");
        assert!(found[0].0.contains("'oracledb': the platform dropped it on 2023-06-21"), "{found:?}");
        assert!(found[1].0.contains("did you mean axios"), "{found:?}");
    }
}
