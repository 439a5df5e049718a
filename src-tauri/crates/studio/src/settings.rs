//! `sluice.toml`: what a workspace keeps beside the bundle. No secrets, by its very shape.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::StudioError;
use crate::view::Environment;

/// The file; comments and unknown keys survive changes.
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
        let document = text
            .parse()
            .map_err(|error: toml_edit::TomlError| StudioError::Settings { path, problem: error.to_string() })?;
        Ok(Settings { document })
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
        if let Some(connections) = connections.as_table_mut() {
            let table = connections.entry(name).or_insert(Item::Table(Table::new()));
            table["environment"] = value(word);
            table["read_only"] = value(settings.read_only);
            table["allow"] = value(settings.allow.iter().collect::<Array>());
        }
    }
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
    fn an_id_derived_from_the_folder_is_kept_once_the_file_is_written() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("database-connections/a")).unwrap();
        let before = Settings::read(root.path()).unwrap().id(root.path());
        Settings::default().write(root.path()).unwrap();
        assert_eq!(Settings::read(root.path()).unwrap().id(root.path()), before);
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(file(root.path()), "id = \n").unwrap();
        let error = Settings::read(root.path()).err().unwrap();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
