//! Plain values of the configuration: changed in `database.json`, where everybody can read them.

use bundle::{ConfigurationValue, placeholder};

use crate::StudioError;
use crate::open::Workspace;
use crate::view::ConnectionView;

impl Workspace {
    /// Changes a plain value of a connection's `configuration`; every other byte of `database.json` stays as it is.
    ///
    /// A key that is not there, a key that refers to a secret, and a value that would become a reference are refused.
    pub async fn set_plain_value(
        &self,
        connection: &str,
        key: &str,
        value: &str,
    ) -> Result<ConnectionView, StudioError> {
        let found = self.find(connection)?;
        let bytes = changed(&found, key, value)?;
        bundle::write_file(&self.root.join(&found.folder).join("database.json"), &bytes)?;
        self.connection(connection).await
    }
}

/// `database.json` with the value changed.
fn changed(connection: &bundle::Connection, key: &str, value: &str) -> Result<Vec<u8>, StudioError> {
    let bad = |problem: String| StudioError::BadArgument { argument: key.to_owned(), problem };
    match connection.configuration().into_iter().find(|entry| entry.key == key).map(|entry| entry.value) {
        None => return Err(bad(format!("the configuration of {} has no such key", connection.name))),
        Some(ConfigurationValue::Reference(name)) => {
            return Err(bad(format!("it refers to the secret {name}; set that instead")));
        }
        Some(ConfigurationValue::Plain(_) | ConfigurationValue::Null) => {}
    }
    // The deploy tool replaces markers anywhere in a value (contract §15.4).
    if let Some(marker) = placeholder::find(value).first() {
        let marker = marker.text;
        return Err(bad(format!("the deploy tool would replace {marker} in it; set what is secret as a secret")));
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
