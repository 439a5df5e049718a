//! `sluice.toml`: what a workspace keeps beside the bundle. No secrets, by its very shape.

use std::path::{Path, PathBuf};

use contract::Runtime;
use legacy::SafeRequest;
use sha2::{Digest, Sha256};
use toml_edit::{Array, Document, DocumentMut, Item, Table, value};

use crate::StudioError;
use crate::view::Environment;

/// What may stand in `[connections.NAME]`; a mistyped name must not pass for the default.
const CONNECTION_KEYS: [&str; 5] = ["environment", "read_only", "allow", "runtime", "safe_requests"];

/// The file; comments, and keys outside the connections' own, survive changes.
#[derive(Default)]
pub(crate) struct Settings {
    document: DocumentMut,
}

/// What it says about one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConnectionSettings {
    pub(crate) environment: Environment,
    pub(crate) read_only: bool,
    pub(crate) allow: Vec<String>,
    pub(crate) runtime: Runtime,
    /// HTTP requests that only ask, whatever their method.
    pub(crate) safe_requests: Vec<SafeRequest>,
}

impl Settings {
    /// Reads the workspace's file; a workspace without one has default settings.
    pub(crate) fn read(root: &Path) -> Result<Settings, StudioError> {
        let path = file(root);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Settings::default()),
            Err(cause) => return Err(StudioError::Io { path, cause }),
        };
        let unusable = |problem: String| StudioError::Settings { path: path.clone(), problem };
        let document = Document::parse(text.as_str()).map_err(|error| unusable(error.to_string()))?;
        match misfit(&document) {
            Some(problem) => Err(unusable(problem)),
            None => Ok(Settings { document: document.into_mut() }),
        }
    }

    /// Writes the file, with an id in it from now on.
    pub(crate) fn write(mut self, root: &Path) -> Result<(), StudioError> {
        if self.document.get("id").is_none() {
            let id = if file(root).exists()
                || root.join("database-connections").read_dir().is_ok_and(|mut dir| dir.next().is_some())
            {
                derived_id(root) // what the vault may already know this workspace by
            } else {
                uuid::Uuid::new_v4().to_string()
            };
            self.document.insert("id", value(id));
        }
        bundle::write_file(&file(root), self.document.to_string().as_bytes())?;
        Ok(())
    }

    /// The workspace's id: the one in the file, or one that follows from the folder until the file exists.
    pub(crate) fn id(&self, root: &Path) -> String {
        self.document.get("id").and_then(Item::as_str).map_or_else(|| derived_id(root), str::to_owned)
    }

    pub(crate) fn connection(&self, name: &str) -> ConnectionSettings {
        let Some(table) = self.document.get("connections").and_then(|connections| connections.get(name)) else {
            return ConnectionSettings::default();
        };
        ConnectionSettings {
            environment: match table.get("environment").and_then(Item::as_str) {
                Some("production") => Environment::Production,
                Some("staging") => Environment::Staging,
                _ => Environment::Development,
            },
            read_only: table.get("read_only").and_then(Item::as_bool).unwrap_or(false),
            allow: table
                .get("allow")
                .and_then(Item::as_array)
                .map(|allow| allow.iter().filter_map(|entry| entry.as_str().map(str::to_owned)).collect())
                .unwrap_or_default(),
            runtime: table.get("runtime").and_then(Item::as_str).and_then(|word| word.parse().ok()).unwrap_or_default(),
            safe_requests: texts(table.get("safe_requests")).filter_map(|text| text.parse().ok()).collect(),
        }
    }

    pub(crate) fn set_connection(&mut self, name: &str, settings: &ConnectionSettings) {
        let word = match settings.environment {
            Environment::Development => "development",
            Environment::Staging => "staging",
            Environment::Production => "production",
        };
        let mut implicit = Table::new();
        implicit.set_implicit(true);
        let connections = self.document.entry("connections").or_insert(Item::Table(implicit));
        // A file may say the same on one line, as `connections = { … }`.
        if let Some(connections) = connections.as_table_like_mut() {
            let table = connections.entry(name).or_insert(Item::Table(Table::new()));
            table["environment"] = value(word);
            table["read_only"] = value(settings.read_only);
            table["allow"] = value(settings.allow.iter().collect::<Array>());
            if settings.runtime != Runtime::default() || table.get("runtime").is_some() {
                table["runtime"] = value(settings.runtime.word());
            }
            set_safe_requests(table, &settings.safe_requests);
        }
    }
}

/// Takes out what is no longer there and adds what is new; the rest of the list stays as it was written.
fn set_safe_requests(table: &mut Item, wanted: &[SafeRequest]) {
    let present: Vec<SafeRequest> = texts(table.get("safe_requests")).filter_map(|text| text.parse().ok()).collect();
    if present == wanted {
        return;
    }
    if wanted.is_empty() {
        if let Some(table) = table.as_table_like_mut() {
            table.remove("safe_requests");
        }
        return;
    }
    if table.get("safe_requests").is_none() {
        table["safe_requests"] = value(Array::new());
    }
    let Some(list) = table["safe_requests"].as_array_mut() else { return };
    list.retain(|entry| {
        let request = entry.as_str().and_then(|text| text.parse().ok());
        request.is_some_and(|request: SafeRequest| wanted.contains(&request))
    });
    wanted.iter().filter(|request| !present.contains(request)).for_each(|request| list.push(request.to_string()));
}

/// The texts of a list.
fn texts(item: Option<&Item>) -> impl Iterator<Item = &str> {
    item.and_then(Item::as_array).into_iter().flatten().filter_map(toml_edit::Value::as_str)
}

/// The first thing in a connection's settings that means nothing, with its line.
fn misfit(document: &Document<&str>) -> Option<String> {
    let connections = document.get("connections")?;
    let line = |item: &Item| {
        let before = item.span().map_or("", |span| &document.raw()[..span.start]);
        before.matches('\n').count() + 1
    };
    let Some(connections) = connections.as_table_like() else {
        return Some(format!("line {}: connections must be a table of tables", line(connections)));
    };
    connections.iter().find_map(|(name, item)| {
        let Some(table) = item.as_table_like() else {
            return Some(format!("line {}: connections.{name} must be a table", line(item)));
        };
        table.iter().find_map(|(key, item)| {
            problem(key, item).map(|wrong| format!("line {}: connections.{name}.{key}: {wrong}", line(item)))
        })
    })
}

fn problem(key: &str, item: &Item) -> Option<String> {
    let word = || item.as_str().unwrap_or_default();
    match key {
        "environment" if !["development", "staging", "production"].contains(&word()) => {
            Some(format!("{} is none of development, staging, production", shown(item)))
        }
        "read_only" if item.as_bool().is_none() => Some(format!("{} is neither true nor false", shown(item))),
        "allow" if !item.as_array().is_some_and(|list| list.iter().all(toml_edit::Value::is_str)) => {
            Some("it must be a list of texts, e.g. [\"127.0.0.1:5432\"]".to_owned())
        }
        "allow" => item.as_array()?.iter().filter_map(toml_edit::Value::as_str).find_map(|text| {
            let unusable = text.parse::<legacy::Endpoint>().is_err();
            unusable.then(|| format!("{text:?} is neither a host with its port, as in db.example:5432, nor a file"))
        }),
        "safe_requests" if !item.as_array().is_some_and(|list| list.iter().all(toml_edit::Value::is_str)) => {
            Some("it must be a list of texts, e.g. [\"POST https://api.example/login\"]".to_owned())
        }
        "safe_requests" => {
            texts(Some(item)).find_map(|text| text.parse::<SafeRequest>().err()).map(|error| error.to_string())
        }
        "runtime" if word().parse::<Runtime>().is_err() => {
            Some(format!("{} is none of {}", shown(item), Runtime::ALL.map(Runtime::word).join(", ")))
        }
        key if !CONNECTION_KEYS.contains(&key) => {
            Some(format!("there is no such setting; a connection has {}", CONNECTION_KEYS.join(", ")))
        }
        _ => None,
    }
}

fn shown(item: &Item) -> String {
    item.to_string().trim().to_owned()
}

fn file(root: &Path) -> PathBuf {
    root.join("sluice.toml")
}

fn derived_id(root: &Path) -> String {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    format!("folder-{}", hex::encode(&Sha256::digest(root.display().to_string())[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_comments_survive() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(file(root.path()), "# ours\nid = \"abc\"\nother = 1\n").unwrap();
        let mut settings = Settings::read(root.path()).unwrap();
        let mine = ConnectionSettings {
            environment: Environment::Production,
            read_only: true,
            allow: vec!["db.example:5432".into()],
            runtime: Runtime::Node18,
            safe_requests: Vec::new(),
        };
        settings.set_connection("my.customers", &mine);
        settings.write(root.path()).unwrap();
        let text = std::fs::read_to_string(file(root.path())).unwrap();
        assert!(text.starts_with("# ours\nid = \"abc\"\nother = 1\n"), "{text}");
        let again = Settings::read(root.path()).unwrap();
        assert_eq!(again.connection("my.customers"), mine);
        assert_eq!(again.connection("other"), ConnectionSettings::default());
        assert_eq!(again.id(root.path()), "abc");
    }

    #[test]
    fn a_connection_on_one_line_is_changed_as_well() {
        let root = tempfile::tempdir().unwrap();
        for text in
            ["connections = { users = { allow = [\"a:1\"] } }\n", "connections = {}\n", "[connections]\nusers = {}\n"]
        {
            std::fs::write(file(root.path()), text).unwrap();
            let mut settings = Settings::read(root.path()).unwrap();
            let mine = ConnectionSettings { allow: vec!["b:2".into()], ..ConnectionSettings::default() };
            settings.set_connection("users", &mine);
            settings.write(root.path()).unwrap();
            assert_eq!(Settings::read(root.path()).unwrap().connection("users"), mine, "{text}");
        }
    }

    #[test]
    fn safe_requests_are_read_and_survive_a_change() {
        let root = tempfile::tempdir().unwrap();
        let list = "safe_requests = [\"post https://api.example/login\"] # ours\n";
        std::fs::write(file(root.path()), format!("[connections.users]\n{list}")).unwrap();
        let mut settings = Settings::read(root.path()).unwrap();
        let mine = settings.connection("users");
        assert_eq!(mine.safe_requests, ["POST https://api.example/login".parse().unwrap()]);
        settings.set_connection("users", &ConnectionSettings { read_only: true, ..mine });
        settings.write(root.path()).unwrap();
        let again = Settings::read(root.path()).unwrap().connection("users");
        assert!(again.read_only && again.safe_requests.len() == 1);
        assert!(std::fs::read_to_string(file(root.path())).unwrap().contains(list));
    }

    #[test]
    fn safe_requests_are_added_and_taken_out_beside_those_that_stay() {
        let root = tempfile::tempdir().unwrap();
        let list = "safe_requests = [\n  \"post https://a.example/login\", # ours\n  \"POST https://b.example/\",\n]\n";
        std::fs::write(file(root.path()), format!("id = \"x\"\n[connections.users]\n{list}")).unwrap();
        let change = |edit: &dyn Fn(&mut Vec<SafeRequest>)| {
            let mut settings = Settings::read(root.path()).unwrap();
            let mut mine = settings.connection("users");
            edit(&mut mine.safe_requests);
            settings.set_connection("users", &mine);
            settings.write(root.path()).unwrap();
            assert_eq!(Settings::read(root.path()).unwrap().connection("users"), mine);
            std::fs::read_to_string(file(root.path())).unwrap()
        };
        let more = change(&|list| list.push("PUT https://c.example/x".parse().unwrap()));
        assert!(
            more.contains("\"post https://a.example/login\", # ours") && more.contains("PUT https://c.example/x"),
            "{more}"
        );
        let fewer = change(&|list| drop(list.remove(1)));
        assert!(!fewer.contains("b.example") && fewer.contains("\"post https://a.example/login\""), "{fewer}");
        assert!(!change(&Vec::clear).contains("safe_requests"));
        assert!(
            change(&|list| list.push("PUT https://c.example/x".parse().unwrap()))
                .contains("[\"PUT https://c.example/x\"]")
        );
    }

    #[test]
    fn an_id_derived_from_the_folder_is_kept_once_the_file_is_written() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("database-connections/a")).unwrap();
        let before = Settings::read(root.path()).unwrap().id(root.path());
        Settings::default().write(root.path()).unwrap();
        assert_eq!(Settings::read(root.path()).unwrap().id(root.path()), before);
    }

    #[test]
    fn what_means_nothing_is_named_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        for (text, culprit) in [
            (
                "runtime = \"node20\"",
                "line 5: connections.my.users.runtime: \"node20\" is none of compatible, node18, node22",
            ),
            ("runtime = 22", "connections.my.users.runtime: 22 is none of"),
            ("runtme = \"node22\"", "connections.my.users.runtme: there is no such setting"),
            ("environment = \"prod\"", "\"prod\" is none of development, staging, production"),
            ("read_only = \"yes\"", "neither true nor false"),
            ("safe_requests = \"POST https://a.example/\"", "a list of texts"),
            ("safe_requests = [\"/login\"]", "\"/login\" is no METHOD and address"),
            ("allow = \"a:1\"", "a list of texts"),
            ("allow = [\"a:1\", \"http://b:2\"]", "\"http://b:2\" is neither a host with its port"),
        ] {
            std::fs::write(file(root.path()), format!("id = \"a\"\n\n[connections.\"my.users\"]\n# x\n{text}\n"))
                .unwrap();
            let error = Settings::read(root.path()).err().unwrap();
            assert!(error.to_string().contains(culprit), "{text}: {error}");
            assert_eq!(error.code(), "broken_settings");
        }
        std::fs::write(file(root.path()), "[connections.users]\nruntime = \"node22\"\n").unwrap();
        assert_eq!(Settings::read(root.path()).unwrap().connection("users").runtime, Runtime::Node22);
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(file(root.path()), "id = \n").unwrap();
        let error = Settings::read(root.path()).err().unwrap();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
