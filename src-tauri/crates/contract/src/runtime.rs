//! The platform's runtimes: what a connection's scripts run on, and what older ones had (contract §7).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The runtime that runs of a connection imitate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// Node 22, and what runtimes before Node 16 had besides; what is gone in production works and is reported.
    #[default]
    Compatible,
    /// Node 18 as in production.
    Node18,
    /// Node 22 as in production.
    Node22,
}

impl Runtime {
    /// All of them, the lenient one first.
    pub const ALL: [Runtime; 3] = [Runtime::Compatible, Runtime::Node18, Runtime::Node22];

    /// The serialised word: what `sluice.toml` and `--runtime` say.
    pub fn word(self) -> &'static str {
        match self {
            Runtime::Compatible => "compatible",
            Runtime::Node18 => "node18",
            Runtime::Node22 => "node22",
        }
    }
}

impl std::fmt::Display for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRuntime(pub String);

impl std::fmt::Display for UnknownRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is no runtime: it is one of {}", self.0, Runtime::ALL.map(Runtime::word).join(", "))
    }
}

impl std::error::Error for UnknownRuntime {}

impl FromStr for Runtime {
    type Err = UnknownRuntime;

    fn from_str(word: &str) -> Result<Runtime, UnknownRuntime> {
        let known = Runtime::ALL.into_iter().find(|runtime| runtime.word() == word);
        known.ok_or_else(|| UnknownRuntime(word.to_owned()))
    }
}

/// Globals that the platform's Node 16 took away (contract §7), each with what to write instead.
pub const REMOVED_GLOBALS: [(&str, &str); 28] = [
    ("_", "require('lodash')"),
    ("async", "require('async')"),
    ("Auth0", "require('auth0')"),
    ("azure_storage", "the service's HTTP API with fetch or axios"),
    ("bcrypt", "require('bcrypt')"),
    ("couchbase", "the server's HTTP API with fetch or axios"),
    ("cql", "an HTTP API in front of the database"),
    ("crypto", "require('crypto')"),
    ("ip", "a comparison of your own"),
    ("jwt", "require('jsonwebtoken')"),
    ("Knex", "require('pg'), require('mysql2') or require('tedious')"),
    ("mongo", "require('mongodb').MongoClient"),
    ("mysql", "require('mysql').createConnection(…)"),
    ("mysql_pool", "require('mysql').createPool(…)"),
    ("ObjectID", "require('mongodb').ObjectId"),
    ("pbkdf2", "require('crypto').pbkdf2"),
    ("pg", "require('pg')"),
    ("postgres", "require('pg')"),
    ("Pubnub", "the service's HTTP API with fetch or axios"),
    ("q", "Promise, or require('bluebird')"),
    ("querystring", "require('querystring')"),
    ("request", "require('request'), better axios or fetch"),
    ("sqlserver", "require('tedious')"),
    ("uuid", "require('uuid')"),
    ("xml2js", "require('xml2js')"),
    ("xmldom", "require('xml2js')"),
    ("xpath", "require('xml2js')"),
    ("xtend", "Object.assign({}, a, b)"),
];

/// The removed global whose absence an error tells of, with what to write instead.
///
/// `class` and `message` are those of the error a script ended with, e.g. `ReferenceError` and `mongo is not defined`.
pub fn missing_global(class: &str, message: &str) -> Option<(&'static str, &'static str)> {
    let name = message.strip_suffix(" is not defined").filter(|_| class == "ReferenceError")?;
    REMOVED_GLOBALS.into_iter().find(|(removed, _)| *removed == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_serialised_form_and_come_back() {
        for runtime in Runtime::ALL {
            assert_eq!(serde_json::to_value(runtime).unwrap(), serde_json::json!(runtime.word()));
            assert_eq!(runtime.word().parse(), Ok(runtime));
        }
        let error = "node20".parse::<Runtime>().unwrap_err().to_string();
        assert_eq!(error, "\"node20\" is no runtime: it is one of compatible, node18, node22");
    }

    #[test]
    fn only_a_missing_global_of_old_is_told() {
        assert_eq!(
            missing_global("ReferenceError", "q is not defined"),
            Some(("q", "Promise, or require('bluebird')"))
        );
        assert_eq!(missing_global("ReferenceError", "quux is not defined"), None);
        assert_eq!(missing_global("Error", "q is not defined"), None);
    }
}
