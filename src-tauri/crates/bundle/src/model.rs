//! What a bundle holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use contract::{Action, ImportMode};
use serde_json::{Map, Value};

use crate::placeholder;

/// Files of ours that lie beside a connection's scripts, are never listed and never exported.
pub const TOOL_FILES: [&str; 2] = ["count_users.js", "list_users.js"];

/// A custom database connection as a deploy-cli bundle or a workspace describes it (contract §8, §15).
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// `name` of the JSON; the folder's name does not count (contract §15.1).
    pub name: String,
    /// Its folder, relative to the root.
    pub folder: PathBuf,
    /// `database.json`, keys in the order of the file.
    pub json: Map<String, Value>,
    /// `database.json` as it is on disk (without a byte order mark); exports and edits start from these bytes.
    pub json_bytes: Vec<u8>,
    /// The listed scripts that could be read.
    pub scripts: BTreeMap<Action, Script>,
    /// [`TOOL_FILES`] of this connection.
    pub tools: Vec<Script>,
}

/// A script file.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// As listed, e.g. `./login.js`.
    pub file: String,
    /// Absolute; inside an archive, the archive's path with the entry's appended.
    pub path: PathBuf,
    /// The bytes, unchanged.
    pub bytes: Vec<u8>,
}

/// One key of `options.configuration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationEntry {
    /// The key scripts read.
    pub key: String,
    /// What stands behind it.
    pub value: ConfigurationValue,
}

/// What stands behind a key of `options.configuration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigurationValue {
    /// `@@NAME@@` or `##NAME##` as the whole value: a secret's name (contract §15.4).
    Reference(String),
    /// A value in clear text. What is no string is given as JSON.
    Plain(String),
    /// `null`.
    Null,
}

/// What was read, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// Connections, by folder.
    pub connections: Vec<Connection>,
    /// Everything worth telling, by path.
    pub problems: Vec<Problem>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Note,
    /// deploy-cli would do something else than the admin expects.
    Warning,
    /// Something cannot be read, or would be lost.
    Error,
}

/// Something wrong with a file, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path relative to the root, with `/`.
    pub path: String,
    /// Stable code, e.g. `broken_json`, `missing_script`, `unlisted_script`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// How bad it is.
    pub severity: Severity,
}

impl Problem {
    pub(crate) fn new(severity: Severity, path: &str, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), code, message: message.into(), hint: None, severity }
    }

    pub(crate) fn error(path: &str, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(Severity::Error, path, code, message)
    }

    pub(crate) fn warning(path: &str, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(Severity::Warning, path, code, message)
    }

    pub(crate) fn note(path: &str, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(Severity::Note, path, code, message)
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

impl Contents {
    /// The connection of this name.
    pub fn connection(&self, name: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.name == name)
    }

    /// Problems that keep an import or an export from going through.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

impl Connection {
    /// `options`, when it is an object.
    pub fn options(&self) -> Option<&Map<String, Value>> {
        self.json.get("options")?.as_object()
    }

    /// Whether logins import users (`options.import_mode`, contract §1).
    pub fn import_mode(&self) -> ImportMode {
        if self.flag("import_mode") { ImportMode::On } else { ImportMode::Off }
    }

    /// Whether scripts take `context` (`options.enable_script_context`, contract §2.1).
    pub fn script_context(&self) -> bool {
        self.flag("enable_script_context")
    }

    /// Keys of `options.configuration` in the order of the file.
    pub fn configuration(&self) -> Vec<ConfigurationEntry> {
        let configuration = self.options().and_then(|options| options.get("configuration")).and_then(Value::as_object);
        configuration
            .into_iter()
            .flatten()
            .map(|(key, value)| ConfigurationEntry { key: key.clone(), value: ConfigurationValue::of(value) })
            .collect()
    }

    /// Script keys as listed: `options.customScripts`, overridden by a top-level `customScripts` (contract §15.1).
    pub fn listed_scripts(&self) -> BTreeMap<String, Value> {
        let nested = self.options().and_then(|options| options.get("customScripts"));
        let top = self.json.get("customScripts");
        let scripts = [nested, top].into_iter().flatten().filter_map(Value::as_object).flatten();
        scripts.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn flag(&self, key: &str) -> bool {
        self.options().and_then(|options| options.get(key)).and_then(Value::as_bool).unwrap_or(false)
    }
}

impl ConfigurationValue {
    fn of(value: &Value) -> ConfigurationValue {
        match value {
            Value::Null => ConfigurationValue::Null,
            Value::String(text) => match placeholder::whole(text) {
                Some(name) => ConfigurationValue::Reference(name.to_owned()),
                None => ConfigurationValue::Plain(text.clone()),
            },
            other => ConfigurationValue::Plain(other.to_string()),
        }
    }
}
