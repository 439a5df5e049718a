//! What the script's connection object says, as the shims of `mysql` and `mysql2` hand it over.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::encoding::Encoding;
use crate::tls::TlsSettings;

/// Capability bits of the protocol that matter here.
pub(super) mod capability {
    pub(crate) const LONG_PASSWORD: u32 = 1;
    pub(crate) const CONNECT_WITH_DB: u32 = 1 << 3;
    pub(crate) const COMPRESS: u32 = 1 << 5;
    pub(crate) const LOCAL_FILES: u32 = 1 << 7;
    pub(crate) const PROTOCOL_41: u32 = 1 << 9;
    pub(crate) const SSL: u32 = 1 << 11;
    pub(crate) const TRANSACTIONS: u32 = 1 << 13;
    pub(crate) const SECURE_CONNECTION: u32 = 1 << 15;
    pub(crate) const PLUGIN_AUTH: u32 = 1 << 19;
    pub(crate) const CONNECT_ATTRS: u32 = 1 << 20;
    pub(crate) const LENGTH_CODED_AUTH: u32 = 1 << 21;
    pub(crate) const SESSION_TRACK: u32 = 1 << 23;
    pub(crate) const DEPRECATE_EOF: u32 = 1 << 24;
    pub(crate) const QUERY_ATTRIBUTES: u32 = 1 << 27;
    pub(crate) const MULTI_FACTOR: u32 = 1 << 28;
    /// MariaDB's extended capability that adds type names to columns.
    pub(crate) const MARIADB_EXTENDED_METADATA: u32 = 1 << 3;
}

/// `mysql.createConnection({})`'s flags in npm `mysql` 2.18; FOUND_ROWS decides what `affectedRows` counts.
const DEFAULT_FLAGS: u32 = 0x0006_F3CF;

/// npm `mysql`'s default character set, `UTF8_GENERAL_CI`.
const DEFAULT_CHARSET: u8 = 33;

/// The parameters of one connection. Without `Debug`: it holds the password.
pub(super) struct Settings {
    pub(super) user: String,
    pub(super) password: Option<SecretString>,
    pub(super) database: Option<String>,
    pub(super) tls: Option<TlsSettings>,
    /// Capability flags as the Node package would send them, minus what is not bridged.
    pub(super) flags: u32,
    /// Collation number of the handshake.
    pub(super) charset: u8,
    /// How the package writes text.
    pub(super) encoding: Encoding,
    /// Whether the package asks MariaDB for extended column metadata.
    pub(super) extended_metadata: bool,
    /// Connection attributes.
    pub(super) attributes: Vec<(String, String)>,
    /// `enableCleartextPlugin`.
    pub(super) cleartext: bool,
}

impl Settings {
    /// Reads the parameters of a `Connect` request.
    pub(super) fn read(parameters: &Map<String, Value>) -> Settings {
        let unbridged = capability::COMPRESS
            | capability::LOCAL_FILES
            | capability::SSL
            | capability::DEPRECATE_EOF
            | capability::QUERY_ATTRIBUTES
            | capability::MULTI_FACTOR
            | capability::CONNECT_WITH_DB
            | capability::CONNECT_ATTRS;
        let needed = capability::PROTOCOL_41 | capability::SECURE_CONNECTION | capability::TRANSACTIONS;
        let flags = number(parameters.get("client_flags")).map_or(DEFAULT_FLAGS, |flags| flags as u32);
        Settings {
            user: text(parameters.get("user")).unwrap_or_default(),
            password: text(parameters.get("password")).map(SecretString::from),
            database: text(parameters.get("database")),
            tls: tls_of(parameters.get("ssl")),
            flags: flags & !unbridged | needed,
            charset: number(parameters.get("charset_number"))
                .and_then(|charset| u8::try_from(charset).ok())
                .unwrap_or(DEFAULT_CHARSET),
            encoding: match parameters.get("encoding").and_then(Value::as_str) {
                Some("latin1") => Encoding::Latin1,
                _ => Encoding::Utf8,
            },
            extended_metadata: parameters.get("extended_metadata") == Some(&Value::Bool(true)),
            attributes: match parameters.get("connect_attributes") {
                Some(Value::Object(map)) => {
                    map.iter().filter_map(|(name, value)| Some((name.clone(), text(Some(value))?))).collect()
                }
                _ => Vec::new(),
            },
            cleartext: parameters.get("cleartext") == Some(&Value::Bool(true)),
        }
    }
}

/// The script's `ssl`. Neither Node package checks the host's name unless mysql2's `verifyIdentity` is set, and a script that
/// works there has to work here.
fn tls_of(ssl: Option<&Value>) -> Option<TlsSettings> {
    let none = Map::new();
    let options = match ssl? {
        Value::Null | Value::Bool(false) => return None,
        Value::Object(options) => options,
        _ => &none,
    };
    Some(TlsSettings::read(options, options.get("verifyIdentity") == Some(&Value::Bool(true))))
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|float| float as u64)),
        Value::String(text) => text.trim().parse().ok(),
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
    fn missing_parameters_are_those_of_npm_mysql() {
        let settings = read(json!({"user": "ann", "password": 42}));
        assert_eq!((settings.user.as_str(), settings.charset), ("ann", 33));
        assert_eq!(settings.password.unwrap().expose_secret(), "42");
        assert_ne!(settings.flags & 2, 0, "FOUND_ROWS");
        assert_eq!(settings.flags & (1 << 16), 0, "several statements in one text only when the script asks");
        assert!(settings.tls.is_none() && settings.database.is_none());
    }

    #[test]
    fn what_is_not_bridged_is_never_asked_for() {
        let settings = read(json!({"client_flags": u32::MAX}));
        assert_eq!(settings.flags & (capability::LOCAL_FILES | capability::COMPRESS | capability::SSL), 0);
    }

    #[test]
    fn tls_is_verified_unless_the_script_says_otherwise() {
        assert!(read(json!({"ssl": {}})).tls.unwrap().verify);
        assert!(read(json!({"ssl": {"ca": "x"}})).tls.unwrap().verify);
        assert!(!read(json!({"ssl": {"rejectUnauthorized": false}})).tls.unwrap().verify);
        assert!(read(json!({"ssl": {"verifyIdentity": true}})).tls.unwrap().check_host);
        assert!(read(json!({"ssl": false})).tls.is_none());
    }
}
