//! The texts that the engine's places are in: the admin's script and our own bundles.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use rquickjs::JsLifetime;

use crate::{
    patterns, shims,
    stack::{BUNDLE, SCRIPT},
    tokens::{PLACE, Token, Tokens, tokens},
};

/// Longest text that is looked into; longer ones have errors without names.
const MAX_TEXT: usize = 1 << 20;

/// The texts of one container by the engine's names for them.
#[derive(Default)]
pub(crate) struct Sources {
    known: RefCell<HashMap<String, Option<Rc<Source>>>>,
    loading: Rc<Cell<u32>>,
    /// Whether functions are already shown as written.
    shown: Cell<bool>,
}

/// While one lives a bundle is loading. Packages then try by errors what the engine can do, and nobody reads what those say: it is
/// not worth the bundle's text taken apart.
pub(crate) struct Loading(Rc<Cell<u32>>);

impl Drop for Loading {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

// SAFETY: nothing of the engine is in here.
unsafe impl<'js> JsLifetime<'js> for Sources {
    type Changed<'to> = Sources;
}

impl Sources {
    /// The script's text, in place of an earlier one.
    pub(crate) fn put_script(&self, file: &str, text: &str) {
        self.put(file, text.len(), || Source::new(text.to_owned(), 2, 0));
    }

    /// The text for the engine in which patterns have places (`patterns::with_places`); none where there are no such patterns,
    /// or where the text is too long. Once the engine has it, `use_places` tells errors by them.
    pub(crate) fn with_places(&self, text: &str) -> Option<Placed> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let mut list = tokens(text);
        let engines = patterns::with_places(text, &mut list)?;
        Some(Placed { engines, list })
    }

    /// The engine runs the script in this form.
    pub(crate) fn use_places(&self, file: &str, text: &str, placed: Placed) {
        self.put(file, text.len(), || {
            let source = Source::new(text.to_owned(), 2, 0);
            source.tokens.get_or_init(|| placed.list);
            source.engines.get_or_init(|| placed.engines);
            source
        });
    }

    fn put(&self, file: &str, length: usize, source: impl FnOnce() -> Rc<Source>) {
        let mut known = self.known.borrow_mut();
        known.retain(|name, _| !name.starts_with(SCRIPT));
        known.insert(format!("{SCRIPT}{file}"), (length <= MAX_TEXT).then(source));
    }

    /// Whether functions are not yet shown as the admin wrote them; asked once.
    pub(crate) fn first_shown(&self) -> bool {
        !self.shown.replace(true)
    }

    /// The text of a function as the admin wrote it, for what the engine says it is.
    pub(crate) fn as_written(&self, function: &str) -> Option<String> {
        if !function.contains(PLACE) {
            return None;
        }
        let known = self.known.borrow();
        let (_, script) = known.iter().find(|(name, _)| name.starts_with(SCRIPT))?;
        let script = script.as_ref()?;
        let start = script.engines.get()?.find(function)?;
        Some(script.text[start..start + function.len()].to_owned())
    }

    /// The text with the engine's name `name`, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<Rc<Source>> {
        if let Some(known) = self.known.borrow().get(name) {
            return known.clone();
        }
        let bundle = name.strip_prefix(BUNDLE).filter(|_| self.loading.get() == 0)?;
        let text = shims::text(bundle).filter(|text| text.len() <= MAX_TEXT);
        let source = text.map(|text| Source::new(text, 1, shims::HEAD.len()));
        self.known.borrow_mut().insert(name.to_owned(), source.clone());
        source
    }

    /// A bundle begins to load.
    pub(crate) fn loading(&self) -> Loading {
        self.loading.set(self.loading.get() + 1);
        Loading(Rc::clone(&self.loading))
    }
}

/// A script as the engine gets it, so that patterns have places.
pub(crate) struct Placed {
    pub(crate) engines: String,
    list: Vec<Token>,
}

/// A text, and what is worked out about it when first asked for.
pub(crate) struct Source {
    text: String,
    /// The engine's number of the first line.
    first_line: u32,
    /// What we put before the text on its first line, in bytes.
    head: usize,
    /// Where lines begin.
    lines: Vec<usize>,
    tokens: OnceCell<Vec<Token>>,
    /// The text as the engine has it, where that differs.
    engines: OnceCell<String>,
    names: OnceCell<Names>,
}

impl Source {
    fn new(text: String, first_line: u32, head: usize) -> Rc<Source> {
        let bytes = text.as_bytes();
        let ends = bytes
            .iter()
            .enumerate()
            .filter(|(at, byte)| **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')));
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Rc::new(Source {
            text,
            first_line,
            head,
            lines,
            tokens: OnceCell::new(),
            engines: OnceCell::new(),
            names: OnceCell::new(),
        })
    }

    /// The text as tokens.
    pub(crate) fn tokens(&self) -> Tokens<'_> {
        Tokens { text: &self.text, list: self.tokens.get_or_init(|| tokens(&self.text)) }
    }

    /// The byte that the engine's line and column (both from 1, columns in bytes) tell of.
    pub(crate) fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let line = line.checked_sub(self.first_line)? as usize;
        let head = if line == 0 { self.head } else { 0 };
        let column = (column as usize).checked_sub(1)?.checked_sub(head)?;
        let at = self.lines.get(line)?.checked_add(column)?;
        // On the very first line of a text the engine counts from 0, but for names of variables.
        let counted = self.first_line > 1 || line > 0;
        let names = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
        let at = if counted || self.text.as_bytes().get(at).is_some_and(names) { at } else { at + 1 };
        u32::try_from(at).ok().filter(|at| (*at as usize) < self.text.len())
    }

    /// The engine's line and column of a byte, where they are to be other ones than those it told of.
    pub(crate) fn shown_at(&self, offset: u32) -> Option<(u32, u32)> {
        // Others have no such places.
        self.engines.get()?;
        let at = patterns::shown_at(&self.tokens(), offset)? as usize;
        let line = self.lines.partition_point(|start| *start <= at).checked_sub(1)?;
        let column = u32::try_from(at - self.lines[line]).ok()? + 1;
        Some((u32::try_from(line).ok()? + self.first_line, column))
    }

    /// Whether the text is the admin's.
    pub(crate) fn is_script(&self) -> bool {
        self.first_line == 2
    }

    /// Whether `name` is that of a function wherever it stands, as far as the text shows: declared or assigned as one, or given
    /// by the platform (the script's callback) or by a promise (`resolve`).
    pub(crate) fn is_function(&self, name: &str) -> bool {
        let names = self.names();
        names.functions.contains(name) && !names.others.contains(name)
    }

    /// Whether the text declares `name` anywhere, so that it may not be the global object's.
    pub(crate) fn declares(&self, name: &str) -> bool {
        let names = self.names();
        names.functions.contains(name) || names.others.contains(name)
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| names(&self.tokens(), self.is_script()))
    }
}

/// Names that a text declares.
#[derive(Default)]
struct Names {
    functions: HashSet<String>,
    /// Those of anything else.
    others: HashSet<String>,
}

fn names(tokens: &Tokens<'_>, script: bool) -> Names {
    let mut found = HashSet::new();
    let mut others = HashSet::new();
    let mut first = script;
    for at in 0..tokens.list.len() {
        match tokens.at(at) {
            "function" | "class" if tokens.is_reference(at + 1) => drop(found.insert(tokens.at(at + 1))),
            "=" if at > 0 && tokens.is_reference(at - 1) => {
                let value = at + 1 + usize::from(tokens.at(at + 1) == "async");
                let arrow = tokens.at(tokens.partner(value) + 1) == "=>";
                let function = matches!(tokens.at(value), "function" | "class") || arrow;
                if function { &mut found } else { &mut others }.insert(tokens.at(at - 1));
            }
            "const" | "let" | "var" if matches!(tokens.at(at + 1), "{" | "[") => {
                let pattern = at + 2..tokens.partner(at + 1);
                others.extend(pattern.filter(|name| tokens.is_reference(*name)).map(|name| tokens.at(name)));
            }
            "const" | "let" | "var" if tokens.at(at + 2) != "=" => drop(others.insert(tokens.at(at + 1))),
            "=>" if at > 0 && tokens.is_reference(at - 1) => drop(others.insert(tokens.at(at - 1))),
            _ => {}
        }
        let parameters = tokens.at(at) == "("
            && (tokens.at(tokens.partner(at) + 1) == "=>"
                || tokens.before(at) == "function"
                || tokens.before(at.saturating_sub(1)) == "function");
        if !parameters {
            continue;
        }
        let names =
            || (at + 1..tokens.partner(at)).filter(|name| tokens.is_reference(*name)).map(|name| tokens.at(name));
        let head = (at.saturating_sub(3)..at).find(|index| tokens.at(*index) == "(");
        if first {
            found.extend(names().next_back());
        } else if head.is_some_and(|head| tokens.before(head) == "Promise" && tokens.before(head - 1) == "new") {
            found.extend(names());
        } else {
            others.extend(names());
        }
        first = false;
    }
    let owned = |names: HashSet<&str>| names.into_iter().map(str::to_owned).collect();
    Names { functions: owned(found), others: owned(others) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_engine_are_bytes_of_the_text() {
        let script = Source::new("function f() {\r\n  é.x;\n}".to_owned(), 2, 0);
        assert_eq!(script.offset(3, 3), Some(18));
        assert_eq!(script.offset(1, 1), None);
        assert_eq!(script.offset(9, 1), None);
        let bundle = Source::new("a.b()".to_owned(), 1, 44);
        assert_eq!((bundle.offset(1, 47), bundle.offset(1, 44)), (Some(2), None));
        // `b` as the engine counts a property's name on the first line, and `a` as it does a variable's.
        assert_eq!((bundle.offset(1, 46), bundle.offset(1, 45)), (Some(2), Some(0)));
    }

    #[test]
    fn functions_are_told_from_the_text() {
        let text = "function login(email, done) { const map = (row) => row; let later; later = find(email); \
                    new Promise((resolve, reject) => resolve(map(email))); function own(other) {} }";
        let script = Source::new(text.to_owned(), 2, 0);
        for name in ["login", "done", "map", "resolve", "reject", "own"] {
            assert!(script.is_function(name), "{name}");
        }
        for name in ["email", "later", "row", "other"] {
            assert!(!script.is_function(name), "{name}");
        }
    }
}
