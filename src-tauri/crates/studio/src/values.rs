//! Plain values of the configuration: added, changed and removed in `database.json`, where everybody can read them.

use bundle::{ConfigurationValue, placeholder};

use crate::StudioError;
use crate::open::Workspace;
use crate::view::ConnectionView;

impl Workspace {
    /// Adds a plain value to a connection's `configuration`; every other byte of `database.json` stays as it is.
    ///
    /// A key that is there already, one that cannot be a key, and a value that would become a reference are refused.
    pub async fn add_plain_value(
        &self,
        connection: &str,
        key: &str,
        value: &str,
    ) -> Result<ConnectionView, StudioError> {
        self.edit_configuration(connection, |found| added(found, key, value)).await
    }

    /// Changes a plain value; every other byte of `database.json` stays as it is.
    ///
    /// A key that is not there, a key that refers to a secret, and a value that would become a reference are refused.
    pub async fn set_plain_value(
        &self,
        connection: &str,
        key: &str,
        value: &str,
    ) -> Result<ConnectionView, StudioError> {
        self.edit_configuration(connection, |found| changed(found, key, value)).await
    }

    /// Removes a plain value with its key. A key that is not there or refers to a secret is refused.
    pub async fn remove_plain_value(&self, connection: &str, key: &str) -> Result<ConnectionView, StudioError> {
        self.edit_configuration(connection, |found| removed(found, key)).await
    }

    async fn edit_configuration(
        &self,
        connection: &str,
        edit: impl Fn(&bundle::Connection) -> Result<Vec<u8>, StudioError>,
    ) -> Result<ConnectionView, StudioError> {
        let found = self.find(connection)?;
        let bytes = edit(&found)?;
        bundle::write_file(&self.root.join(&found.folder).join("database.json"), &bytes)?;
        self.connection(connection).await
    }
}

fn bad(key: &str, problem: String) -> StudioError {
    StudioError::BadArgument { argument: key.to_owned(), problem }
}

/// `database.json` with a new value.
fn added(connection: &bundle::Connection, key: &str, value: &str) -> Result<Vec<u8>, StudioError> {
    if key.is_empty() {
        return Err(bad("key", "a value needs a name: scripts read it as configuration.NAME".to_owned()));
    }
    if key.trim() != key || key.chars().any(char::is_control) || !placeholder::find(key).is_empty() {
        let problem = "no blanks around a key, no line breaks and no @@NAME@@ or ##NAME## in it";
        return Err(bad(key, problem.to_owned()));
    }
    match value_of(connection, key) {
        Some(ConfigurationValue::Reference(name)) => {
            Err(bad(key, format!("it is there already and refers to the secret {name}")))
        }
        Some(_) => Err(bad(key, "it is there already; change its value instead".to_owned())),
        None => written(connection, key, value),
    }
}

/// `database.json` with the value changed.
fn changed(connection: &bundle::Connection, key: &str, value: &str) -> Result<Vec<u8>, StudioError> {
    plain(connection, key)?;
    written(connection, key, value)
}

/// `database.json` without the key.
fn removed(connection: &bundle::Connection, key: &str) -> Result<Vec<u8>, StudioError> {
    plain(connection, key)?;
    Ok(bundle::set_configuration(connection, key, None)?)
}

fn value_of(connection: &bundle::Connection, key: &str) -> Option<ConfigurationValue> {
    connection.configuration().into_iter().find(|entry| entry.key == key).map(|entry| entry.value)
}

/// The key has to be there, and to hold no reference.
fn plain(connection: &bundle::Connection, key: &str) -> Result<(), StudioError> {
    match value_of(connection, key) {
        None => Err(bad(key, format!("the configuration of {} has no such key", connection.name))),
        Some(ConfigurationValue::Reference(name)) => {
            Err(bad(key, format!("it refers to the secret {name}; set that instead")))
        }
        Some(ConfigurationValue::Plain(_) | ConfigurationValue::Null) => Ok(()),
    }
}

fn written(connection: &bundle::Connection, key: &str, value: &str) -> Result<Vec<u8>, StudioError> {
    // The deploy tool replaces markers anywhere in a value (contract §15.4).
    if let Some(marker) = placeholder::find(value).first() {
        let marker = marker.text;
        return Err(bad(key, format!("the deploy tool would replace {marker} in it; set what is secret as a secret")));
    }
    Ok(bundle::set_configuration(connection, key, Some(value))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "{\r\n\t\"name\": \"users\", \"unknown\": [1, 1.0, \"\\u00e9\"],\r\n\t\"options\": { \"configuration\": {\r\n\t\t\"HOST\": \"old\",\"PORT\" : 5432, \"NONE\": null,\r\n\t\t\"KEY\": \"@@KEY@@\" },\r\n\t\t\"customScripts\": {}, \"later\": {\"a\":true} }\r\n}\r\n";

    fn connection() -> (tempfile::TempDir, bundle::Connection) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("database-connections/users");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("database.json"), JSON).unwrap();
        let connection = bundle::read_directory(root.path()).unwrap().connection("users").unwrap().clone();
        (root, connection)
    }

    #[test]
    fn only_the_value_changes() {
        let (_root, connection) = connection();
        for (key, value, before, after) in [
            ("HOST", "db.example", "\"old\"", "\"db.example\""),
            ("HOST", "", "\"old\"", "\"\""),
            ("HOST", "a \"b\"\n@c", "\"old\"", "\"a \\\"b\\\"\\n@c\""),
            ("PORT", "5433", "5432", "\"5433\""),
            ("NONE", "x", "null", "\"x\""),
        ] {
            let bytes = changed(&connection, key, value).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), JSON.replacen(before, after, 1), "{key}");
        }
    }

    #[test]
    fn a_value_comes_and_goes_and_leaves_no_trace() {
        let (root, connection) = connection();
        let bytes = added(&connection, "NEW", "a \"b\"").unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("\"NEW\": \"a \\\"b\\\"\""), "{text}");
        std::fs::write(root.path().join("database-connections/users/database.json"), bytes).unwrap();
        let connection = bundle::read_directory(root.path()).unwrap().connection("users").unwrap().clone();
        assert_eq!(value_of(&connection, "NEW"), Some(ConfigurationValue::Plain("a \"b\"".to_owned())));
        let text = String::from_utf8(removed(&connection, "NEW").unwrap()).unwrap();
        assert!(!text.contains("NEW"), "{text}");
        let values = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(values(&text), values(JSON));
        assert!(!String::from_utf8(removed(&connection, "NONE").unwrap()).unwrap().contains("NONE"));
        assert!(!String::from_utf8(removed(&connection, "HOST").unwrap()).unwrap().contains("HOST"));
    }

    #[test]
    fn what_cannot_be_added_or_removed_is_said() {
        let (_root, connection) = connection();
        for (key, value, words) in [
            ("", "x", "needs a name"),
            (" A", "x", "no blanks around a key"),
            ("A\nB", "x", "no line breaks"),
            ("@@A@@", "x", "no @@NAME@@"),
            ("HOST", "x", "there already; change its value"),
            ("KEY", "x", "refers to the secret KEY"),
            ("A", "@@B@@", "would replace @@B@@"),
        ] {
            let error = added(&connection, key, value).unwrap_err();
            assert!(error.code() == "bad_argument" && error.to_string().contains(words), "{key}: {error}");
        }
        for (key, words) in [("KEY", "refers to the secret KEY"), ("OTHER", "no such key")] {
            let error = removed(&connection, key).unwrap_err();
            assert!(error.code() == "bad_argument" && error.to_string().contains(words), "{key}: {error}");
        }
    }

    #[test]
    fn secrets_and_what_would_become_one_are_refused() {
        let (_root, connection) = connection();
        for (key, value, words) in [
            ("KEY", "clear text", "refers to the secret KEY"),
            ("OTHER", "x", "no such key"),
            ("HOST", "@@DB_HOST@@", "would replace @@DB_HOST@@"),
            ("HOST", "http://##NAME##/", "would replace ##NAME##"),
        ] {
            let error = changed(&connection, key, value).unwrap_err();
            assert!(error.code() == "bad_argument" && error.to_string().contains(words), "{key}: {error}");
        }
    }
}
