//! What a script's `Client` says about its connection.

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::tls::TlsSettings;

/// The parameters of one connection, as the `pg` shim sends them.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Role.
    pub(crate) user: String,
    /// Database; the role's name when the script names none.
    pub(crate) database: String,
    /// Password, if any.
    pub(crate) password: Option<SecretString>,
    /// TLS, if asked for.
    pub(crate) tls: Option<TlsSettings>,
    /// Further startup parameters (`application_name`, `options`, `statement_timeout`, …).
    pub(crate) startup: Vec<(String, String)>,
}

impl Settings {
    /// Reads the parameters of a `Connect` request. What is missing gets the defaults of node `pg`.
    pub(crate) fn read(parameters: &Map<String, Value>) -> Settings {
        let user = text(parameters.get("user")).unwrap_or_default();
        let startup = match parameters.get("startup") {
            Some(Value::Object(startup)) => {
                startup.iter().filter_map(|(name, value)| Some((name.clone(), text(Some(value))?))).collect()
            }
            _ => Vec::new(),
        };
        Settings {
            database: text(parameters.get("database")).unwrap_or_else(|| user.clone()),
            // Node pg refuses a password that is no string.
            password: parameters.get("password").and_then(Value::as_str).map(SecretString::from),
            tls: tls_of(parameters.get("ssl")),
            startup,
            user,
        }
    }
}

/// The script's `ssl`. The host's name counts unless the script brings a `checkServerIdentity` of its own.
fn tls_of(ssl: Option<&Value>) -> Option<TlsSettings> {
    match ssl? {
        Value::Null | Value::Bool(false) => None,
        Value::String(word) if word.is_empty() => None,
        Value::Object(options) => {
            Some(TlsSettings::read(options, options.get("checkServerIdentity") != Some(&Value::Bool(false))))
        }
        _ => Some(TlsSettings::read(&Map::new(), true)),
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Settings {
        Settings::read(value.as_object().unwrap())
    }

    #[test]
    fn the_database_is_the_users_unless_named() {
        let settings = read(json!({"user": "ann", "password": "s", "startup": {"statement_timeout": 500}}));
        assert_eq!(settings.database, "ann");
        assert_eq!(settings.startup, [("statement_timeout".to_owned(), "500".to_owned())]);
        assert_eq!(settings.password.unwrap().expose_secret(), "s");
        assert!(read(json!({"user": "ann", "password": 42})).password.is_none());
    }

    #[test]
    fn tls_is_verified_unless_the_script_says_otherwise() {
        assert!(read(json!({"ssl": true})).tls.unwrap().verify);
        assert!(read(json!({"ssl": {"ca": "x"}})).tls.unwrap().verify);
        assert!(!read(json!({"ssl": {"rejectUnauthorized": false}})).tls.unwrap().verify);
        assert!(read(json!({"ssl": false})).tls.is_none());
    }
}
