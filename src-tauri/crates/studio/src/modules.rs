//! The surface table: modules and globals that scripts find, each function with its status, and what differs from Node.
//!
//! The table is made from the code (`cargo xtask surface`) and shipped inside the program; a test compares it with what the
//! runner really loads.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::view::{FunctionView, GlobalView, ModuleDetails, ModuleView, ModulesView, UnavailableView};

/// `runner/node/surface.json`, as `runner/node/surface.mjs` writes it.
static TABLE: &str = include_str!("../../runner/node/surface.json");

/// Most names a hint offers.
const NEAREST: usize = 3;

/// Modules of Node itself (`require('module').builtinModules` of Node 22) without a row and without a reason in the table.
const OF_NODE: [&str; 8] =
    ["sea", "sqlite", "test", "test/reporters", "_http_agent", "_http_client", "_stream_readable", "_tls_common"];

#[derive(Deserialize)]
struct Table {
    node: String,
    modules: Vec<Module>,
    globals: Vec<Global>,
    elsewhere: Vec<String>,
    unavailable: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Module {
    name: String,
    kind: String,
    status: String,
    package: Option<String>,
    version: Option<String>,
    functions: BTreeMap<String, String>,
    differences: Vec<String>,
}

#[derive(Deserialize)]
struct Global {
    name: String,
    kind: String,
    status: String,
    module: Option<String>,
    functions: BTreeMap<String, String>,
    differences: Vec<String>,
}

/// No module and no global has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no script can require {name:?}: {}", .reason.as_deref().unwrap_or("there is no such module here"))]
pub struct UnknownModule {
    /// The name asked for, without `node:` and version.
    pub name: String,
    /// Why it will never be there, where that is known.
    pub reason: Option<String>,
    /// Names that read alike, nearest first.
    pub near: Vec<String>,
}

impl UnknownModule {
    /// A stable code, for programs.
    pub fn code(&self) -> &'static str {
        if self.reason.is_some() { "unavailable_module" } else { "unknown_module" }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self.near.as_slice() {
            [] => "`sluice modules` lists what there is".to_owned(),
            near => format!("did you mean {}? `sluice modules` lists what there is", near.join(" or ")),
        }
    }
}

/// Every module and global, and the names that will never be there.
pub fn modules() -> ModulesView {
    let table = table();
    ModulesView {
        node: table.node.clone(),
        modules: table.modules.iter().map(Module::view).collect(),
        globals: table.globals.iter().map(Global::view).collect(),
        differences: table.elsewhere.clone(),
        unavailable: table
            .unavailable
            .iter()
            .map(|(name, reason)| UnavailableView { name: name.clone(), reason: reason.clone() })
            .collect(),
    }
}

/// One module, or one global, with its functions; `node:crypto` and `pg@8.7.1` are understood.
///
/// # Errors
///
/// [`UnknownModule`] with the reason, where the name is known to be absent, and the names that read alike.
pub fn module(asked: &str) -> Result<ModuleDetails, UnknownModule> {
    let table = table();
    let name = plain(asked);
    let module = table.modules.iter().find(|module| module.name == name);
    if let Some(module) = module {
        return Ok(ModuleDetails {
            module: Some(module.view()),
            global: None,
            functions: functions(&module.functions),
        });
    }
    // A global that is a module's object has its functions there.
    let global = table.globals.iter().find(|global| global.name == name);
    if let Some(global) = global {
        let stands_for = global.module.as_ref().and_then(|of| table.modules.iter().find(|module| module.name == *of));
        let told = stands_for.map_or(&global.functions, |module| &module.functions);
        return Ok(ModuleDetails {
            module: stands_for.map(Module::view),
            global: Some(global.view()),
            functions: functions(told),
        });
    }
    let of_node = || OF_NODE.contains(&name).then(|| "it is one of Node's own, and not available here".to_owned());
    let reason = table.unavailable.get(name).cloned().or_else(of_node);
    // A name that is known to be absent was not mistyped.
    let near = if reason.is_some() { Vec::new() } else { nearest(name, table) };
    Err(UnknownModule { name: name.to_owned(), near, reason })
}

/// Whether the lenient runtime has this global.
pub(crate) fn has_global(name: &str) -> bool {
    table().globals.iter().any(|global| global.name == name && global.status != "absent")
}

impl Module {
    fn view(&self) -> ModuleView {
        let absent = self.functions.values().filter(|status| *status == "absent").count();
        let extra = self.functions.values().filter(|status| *status == "extra").count();
        ModuleView {
            name: self.name.clone(),
            kind: self.kind.clone(),
            status: self.status.clone(),
            package: self.package.clone(),
            version: self.version.clone(),
            present: (self.functions.len() - absent - extra) as u32,
            absent: absent as u32,
            differences: self.differences.clone(),
        }
    }
}

impl Global {
    fn view(&self) -> GlobalView {
        GlobalView {
            name: self.name.clone(),
            kind: self.kind.clone(),
            status: self.status.clone(),
            module: self.module.clone(),
            differences: self.differences.clone(),
        }
    }
}

fn functions(table: &BTreeMap<String, String>) -> Vec<FunctionView> {
    table.iter().map(|(name, status)| FunctionView { name: name.clone(), status: status.clone() }).collect()
}

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| match serde_json::from_str(TABLE) {
        Ok(table) => table,
        Err(error) => unreachable!("the shipped table is not as its generator writes it: {error}"),
    })
}

/// `node:crypto` is `crypto`, `pg@8.7.1` is `pg`; a scope's `@` stays.
fn plain(asked: &str) -> &str {
    let name = asked.strip_prefix("node:").unwrap_or(asked);
    match name.char_indices().skip(1).find(|(_, character)| *character == '@') {
        Some((at, _)) => &name[..at],
        None => name,
    }
}

/// Names a slip of the pen away (two in longer ones), and those that share whole words with the name asked for, as `aws` and
/// `aws-sdk` do.
fn nearest(name: &str, table: &Table) -> Vec<String> {
    let asked = name.to_lowercase();
    let slips = match asked.chars().count() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    };
    let names = table.modules.iter().map(|module| &module.name);
    let there = table.globals.iter().filter(|global| global.status != "absent").map(|global| &global.name);
    let mut near: Vec<(usize, &String)> = names
        .chain(there)
        .filter_map(|known| {
            let lower = known.to_lowercase();
            let apart = distance(&asked, &lower);
            let rank = if apart <= slips { Some(apart) } else { shares_words(&asked, &lower).then_some(slips + 1) };
            Some((rank?, known))
        })
        .collect();
    near.sort();
    near.dedup_by(|left, right| left.1 == right.1);
    let mut kept: Vec<String> = Vec::new();
    for (_, known) in near {
        // Parts of a module that is named already would bury the rest.
        if !kept.iter().any(|whole| known.strip_prefix(whole.as_str()).is_some_and(|rest| rest.starts_with('/'))) {
            kept.push(known.clone());
        }
    }
    kept.truncate(NEAREST);
    kept
}

/// Whether one name begins or ends with the other, at a boundary between words.
fn shares_words(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    let boundary = |letter: char| !letter.is_alphanumeric();
    let (begins, ends) = (long.strip_prefix(short), long.strip_suffix(short));
    short.chars().any(char::is_alphanumeric)
        && (begins.is_some_and(|rest| rest.starts_with(boundary)) || ends.is_some_and(|rest| rest.ends_with(boundary)))
}

/// How many letters have to be put in, taken out, changed, or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (line, letter) in left.iter().enumerate() {
        let mut row = vec![line + 1];
        for (column, other) in right.iter().enumerate() {
            let changed = rows[line][column] + usize::from(letter != other);
            let mut least = changed.min(rows[line][column + 1] + 1).min(row[column] + 1);
            let swapped = line > 0 && column > 0 && *letter == right[column - 1] && left[line - 1] == *other;
            if swapped {
                least = least.min(rows[line - 1][column - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_functions_with_a_status() {
        let pg = module("pg@8.7.1").unwrap();
        let row = pg.module.unwrap();
        assert_eq!((row.name.as_str(), row.status.as_str(), row.package.as_deref()), ("pg", "bridged", Some("pg")));
        assert!(
            pg.functions.iter().any(|function| function.name == "Client#escapeLiteral" && function.status == "real")
        );
        let crypto = module("node:crypto").unwrap();
        let of = |name: &str| crypto.functions.iter().find(|function| function.name == name).map(|f| f.status.as_str());
        assert_eq!((of("pbkdf2"), of("X509Certificate")), (Some("bridged"), Some("absent")));
        let old = module("postgres").unwrap();
        assert_eq!((old.module.unwrap().name, old.global.unwrap().kind), ("pg".to_owned(), "implicit".to_owned()));
    }

    #[test]
    fn names_that_are_not_there() {
        let dropped = module("oracledb@5").unwrap_err();
        assert_eq!((dropped.code(), dropped.name.as_str()), ("unavailable_module", "oracledb"));
        assert!(dropped.to_string().contains("the platform dropped it"), "{dropped}");
        let slip = module("lodsah").unwrap_err();
        assert_eq!((slip.code(), slip.near.as_slice()), ("unknown_module", &["lodash".to_owned()][..]));
        let near = |name: &str| module(name).unwrap_err().near;
        for far in ["x", "ps", "foo", "express", "knex"] {
            assert!(near(far).is_empty(), "{far}: {:?}", near(far));
        }
        assert_eq!(
            (near("axois"), near("pg-pol"), near("lodash.merge")),
            (vec!["axios".to_owned()], vec!["pg-pool".to_owned(), "pg".to_owned()], vec!["lodash".to_owned()])
        );
        assert!(
            near("aws").contains(&"aws-sdk".to_owned())
                && near("dynamodb").contains(&"aws-sdk/clients/dynamodb".to_owned())
        );
        for of_node in ["fs", "node:fs/promises", "async_hooks", "node:http2", "os"] {
            let absent = module(of_node).unwrap_err();
            assert_eq!((absent.code(), absent.near.len()), ("unavailable_module", 0), "{absent}");
        }
    }

    #[test]
    fn slips_of_the_pen() {
        assert_eq!((distance("axios", "axois"), distance("pg", "pg"), distance("", "abc")), (1, 0, 3));
    }
}
