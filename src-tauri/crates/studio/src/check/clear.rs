//! Secrets that stand in clear text where everybody who has the files reads them.

use bundle::{ConfigurationValue, Connection, Severity};
use contract::{Action, Warning};
use serde_json::Value;

/// Last words of a key whose value is a secret.
const SECRETS: [&str; 8] = ["password", "passwd", "pwd", "pass", "passphrase", "secret", "token", "apikey"];
/// Words before `key` that make it one.
const KEYS: [&str; 7] = ["api", "access", "private", "secret", "encryption", "signing", "shared"];

/// What `known` (whether bytes hold the value of a secret) finds in scripts and `database.json`, and plain values of
/// `configuration` that a secret's name or an address with a password gives away. An export refuses the errors.
pub(super) fn findings(
    connection: &Connection,
    known: &dyn Fn(&[u8]) -> bool,
) -> Vec<(Severity, Option<Action>, Warning)> {
    let mut found = Vec::new();
    for (action, script) in connection.scripts.iter().filter(|(_, script)| known(&script.bytes)) {
        let line = script.bytes.split(|byte| *byte == b'\n').position(known).and_then(|at| u32::try_from(at + 1).ok());
        let message = "the script holds the value of a secret in clear text, and an export refuses it; read the value from configuration";
        found.push((Severity::Error, Some(*action), Warning::new("secret_in_script", message).at_line(line)));
    }
    for entry in connection.configuration() {
        let ConfigurationValue::Plain(text) = entry.value else { continue };
        let key = entry.key;
        let message = if known(text.as_bytes()) {
            format!(
                "configuration.{key} holds the value of a secret in clear text; put @@NAME@@ there, with the secret's name"
            )
        } else if is_secret(&key, &text) || has_password(&text) {
            let store = match bundle::placeholder::is_upper_case(&key) {
                true => format!("`sluice secret set {key} -c {}` keeps it apart", connection.name),
                false => "put @@NAME@@ there and set a secret of that name".to_owned(),
            };
            format!("configuration.{key} looks like a secret and stands in database.json in clear text; {store}")
        } else {
            continue;
        };
        found.push((Severity::Warning, None, Warning::new("secret_in_clear", message)));
    }
    if known(without_values(connection).to_string().as_bytes()) {
        let message = "database.json holds the value of a secret in clear text outside of configuration, and an export refuses it; \
                       put @@NAME@@ there, with the secret's name";
        found.push((Severity::Error, None, Warning::new("secret_in_clear", message)));
    }
    found
}

/// The JSON without the values that an export leaves out.
fn without_values(connection: &Connection) -> Value {
    let mut json = connection.json.clone();
    if let Some(options) = json.get_mut("options").and_then(Value::as_object_mut) {
        options.remove("configuration");
    }
    Value::Object(json)
}

/// Whether the key says that its value is a secret, e.g. `DB_PASSWORD`, `clientSecret`, `API_KEY`; `PASSWORD_COLUMN` is none.
fn is_secret(key: &str, text: &str) -> bool {
    if matches!(text.trim(), "" | "true" | "false") {
        return false;
    }
    let words = words(key);
    let mut last = words.iter().rev().map(String::as_str);
    match (last.next(), last.next()) {
        (Some("key"), Some(before)) => KEYS.contains(&before),
        (Some(word), _) => SECRETS.contains(&word),
        (None, _) => false,
    }
}

/// The words of a key in lower case, whether it is written `A_KEY`, `a-key` or `aKey`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for letter in key.chars() {
        if !letter.is_alphanumeric() || (small && letter.is_uppercase()) {
            words.push(String::new());
        }
        small = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether it is an address with a password in it, `scheme://user:password@host`.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let password = user.and_then(|user| user.split_once(':')).map_or("", |(_, password)| password);
    !password.is_empty() && !password.starts_with("@@") && !password.starts_with("##")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_addresses_give_secrets_away() {
        for (key, text) in
            [("DB_PASSWORD", "x"), ("clientSecret", "x"), ("API_KEY", "x"), ("pwd", "12"), ("access-token", "x")]
        {
            assert!(is_secret(key, text), "{key}");
        }
        for (key, text) in
            [("PASSWORD_COLUMN", "x"), ("KEY", "x"), ("PRIMARY_KEY", "x"), ("DB_PASSWORD", ""), ("TOKEN", "true")]
        {
            assert!(!is_secret(key, text), "{key}");
        }
        assert!(has_password("postgres://ada:pw@db.example/x"));
        for text in [
            "postgres://db.example/x",
            "https://a.example/?q=b:c@d",
            "postgres://ada@db.example",
            "a:b@c",
            "x://a:@@PW@@@h",
        ] {
            assert!(!has_password(text), "{text}");
        }
    }
}
