//! Stored hashes of passwords in what a script answers: scripts hand on a whole row too easily.

use serde_json::Value;

use crate::record::Recorder;

/// How stored hashes begin: bcrypt, Argon2, phpass, crypt of glibc, scrypt, PBKDF2 as Django and passlib write it, LDAP's schemes
/// (RFC 2307 and OpenLDAP's modules), in lower case.
const BEGINNINGS: [&str; 27] = [
    "$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "$p$", "$h$", "$1$", "$5$", "$6$", "$y$", "$apr1$", "$scrypt$",
    "$pbkdf2", "pbkdf2$", "pbkdf2_", "pbkdf2:", "scrypt:", "{ssha", "{smd5}", "{sha}", "{sha2", "{sha3", "{sha5",
    "{crypt}", "{pbkdf2", "{argon2",
];

/// Names of fields that hold a password or what is kept of it, without `_` and `-`, in lower case.
const NAMES: [&str; 11] = [
    "password",
    "passwd",
    "pwd",
    "passhash",
    "pwdhash",
    "passwordhash",
    "hashedpassword",
    "encryptedpassword",
    "passworddigest",
    "passwordsalt",
    "salt",
];

/// Shorter texts are no hashes, whatever they begin with.
const SHORTEST: usize = 12;

/// Most places that a finding names.
const MOST_NAMED: usize = 4;

/// Looks at what the script hands to `callback`, apart from the place `known`, which was reported for more.
pub(crate) fn result(value: &Value, known: Option<&str>, record: &mut Recorder<'_>) {
    let mut places = Vec::new();
    look(value, "", &mut places);
    places.retain(|place| Some(place.as_str()) != known);
    places.dedup();
    if places.is_empty() {
        return;
    }
    let more = if places.len() > MOST_NAMED { ", …" } else { "" };
    places.truncate(MOST_NAMED);
    let message = format!(
        "what looks like a stored password hash, or its salt, is part of the result ({}{more}); tenant admins can read \
         profiles, and apps may get them: hand over the fields that the profile needs, one by one",
        places.join(", ")
    );
    record.warn("password_hash_in_profile", &message, None);
}

fn look(value: &Value, place: &str, places: &mut Vec<String>) {
    match value {
        Value::String(text) if is_hash(text) => places.push(place.to_owned()),
        Value::Array(values) => values.iter().for_each(|value| look(value, place, places)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            if is_named(key) && is_kept(value) { places.push(place) } else { look(value, &place, places) }
        }),
        _ => {}
    }
}

fn is_hash(text: &str) -> bool {
    let Some(start) = text.get(..text.len().min(12)).map(str::to_ascii_lowercase) else { return false };
    text.len() >= SHORTEST && !text.contains(' ') && BEGINNINGS.iter().any(|beginning| start.starts_with(beginning))
}

fn is_named(key: &str) -> bool {
    let plain: String = key.chars().filter(|letter| !matches!(letter, '_' | '-')).collect();
    NAMES.contains(&plain.to_ascii_lowercase().as_str())
}

/// A text, or bytes as JSON has them.
fn is_kept(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => fields.get("type").and_then(Value::as_str) == Some("Buffer"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(value: &Value) -> Vec<String> {
        let mut places = Vec::new();
        look(value, "", &mut places);
        places
    }

    #[test]
    fn hashes_are_known_by_how_they_begin() {
        for hash in [
            "$2b$10$abcdefghijklmnopqrstuv",
            "$2y$10$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=65536",
            "$P$B12345678abcdef",
            "$6$salt$abcdefgh",
            "$y$j9T$salt$abcdefgh",
            "{SSHA}c2FsdGVkIGhhc2g=",
            "{SSHA512}c2FsdGVkIGhhc2g=",
            "pbkdf2_sha256$260000$salt$aGFzaA==",
            "pbkdf2:sha256:150000$salt$aabb",
        ] {
            assert_eq!(places(&json!({"a": {"b": [hash]}})), ["a.b"], "{hash}");
        }
        for text in
            ["$5", "$2b$", "{sha}", "$100,000 a year", "$1$ and $2$ are left", "{shape:\"circle\"}", "äöüäöüäöüäöü"]
        {
            assert!(places(&json!({"a": text})).is_empty(), "{text}");
        }
    }

    #[test]
    fn or_by_the_name_of_their_field() {
        let row = json!({"Password": "x", "pass_hash": "y", "SALT": {"type": "Buffer", "data": [1]}, "passwd": null,
            "pwd": "", "password": true, "password_changed_at": "2020-01-01", "salty": "z"});
        let mut found = places(&row);
        found.sort();
        assert_eq!(found, ["Password", "SALT", "pass_hash"]);
    }
}
