//! Watches for typed values where they do not belong: SQL text, addresses, console, profile.

use legacy::Observed;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;
use serde_json::Value;
use wire::{HttpRequest, Protocol, StoreRequest};

use crate::{Watched, derived::Derived, hashes, record::Recorder};

/// Values shorter than this turn up by chance.
const SHORTEST: usize = 3;
/// Values of this length count even as a part of a word.
const CERTAIN: usize = 6;

/// Fields of a profile (contract §6.1) that say who somebody is.
const DESCRIBING: [&str; 9] =
    ["email", "username", "name", "nickname", "given_name", "family_name", "phone_number", "user_id", "id"];

/// The script's own text of a statement. `written` is that where the driver put values into it.
///
/// `mysql` always puts values into the text of the simple protocol; without `written` nothing can be told from it.
pub(crate) fn own_sql<'a>(label: &str, request: &'a StoreRequest, written: Option<&'a str>) -> Option<&'a str> {
    match (request, written) {
        (StoreRequest::Query { .. } | StoreRequest::Prepare { .. }, Some(written)) => Some(written),
        (StoreRequest::Query { protocol: Protocol::Simple, .. }, None) if label.starts_with("mysql") => None,
        (StoreRequest::Query { sql, .. } | StoreRequest::Prepare { sql, .. }, None) => Some(sql),
        _ => None,
    }
}

/// The text of a statement that the package itself sent: SQL Server keeps values apart from it. What other stores show there is
/// no SQL.
pub(crate) fn observed_sql(observed: &Observed) -> Option<&str> {
    let statement = observed.statement.as_ref()?;
    observed.label.starts_with("tedious ").then_some(statement.sql.as_str())
}

impl Watched {
    /// Looks at the text of a statement.
    pub(crate) fn sql(&self, sql: &str, record: &mut Recorder<'_>) {
        if self.identifier.as_deref().is_some_and(|identifier| contains(sql, identifier)) {
            let message = format!(
                "the identifier stands literally in the SQL text, so whoever logs in can write SQL: use a placeholder. {}",
                short(sql)
            );
            record.warn("sql_injection", &message, None);
        }
        if self.password_in(sql) {
            let message = format!("the typed password stands literally in the SQL text: {}", short(sql));
            record.warn("password_in_sql", &message, None);
        }
    }

    /// Looks at an HTTP request before it is sent: addresses end up in logs all along the way.
    pub(crate) fn http(&self, request: &HttpRequest, record: &mut Recorder<'_>) {
        let decoded = percent_decode_str(&request.url).decode_utf8_lossy().replace('+', " ");
        if self.password_in(&request.url) || self.password_in(&decoded) {
            let message = format!("the typed password is part of the address of a {} request", request.method);
            record.warn("password_in_url", &message, None);
        }
        if request.tls.as_ref().is_some_and(|tls| tls.reject_unauthorized == Some(false)) {
            let message = "rejectUnauthorized: false: the server's certificate is not checked, so anybody between here and \
                           there can read what is sent";
            record.warn("tls_not_verified", message, None);
        }
    }

    /// Looks at a console line.
    pub(crate) fn console(&self, text: &str, record: &mut Recorder<'_>) {
        if self.password_in(text) {
            record.warn(
                "password_in_log",
                "the typed password is written to the console; logs are read by more people than passwords are for",
                None,
            );
        }
    }

    /// Looks at what the script hands to `callback`.
    pub(crate) fn result(&self, value: &Value, record: &mut Recorder<'_>) {
        let typed = self.typed_in(value);
        hashes::result(value, typed.as_ref().map(|(_, place)| place.as_str()), record);
        if let Some((what, place)) = typed {
            let what =
                if what.ends_with("password") { what.to_owned() } else { format!("{what} of the typed password") };
            let place = if place.is_empty() { place } else { format!(" ({place})") };
            let message = format!("{what} is part of the result{place}; tenant admins can read profiles");
            record.warn("password_in_profile", &message, None);
        }
    }

    /// The form of the typed password that stands in an answer, and where.
    fn typed_in(&self, value: &Value) -> Option<(&'static str, String)> {
        let password = self.password.as_ref()?;
        let derived = Derived::of(password);
        let look = |place: &str, text: &str| match self.password_in(text) {
            true if self.is_by_chance(place, text, password.expose_secret()) => None,
            true => Some("the typed password"),
            false => derived.found_in(text),
        };
        find(value, String::new(), &look)
    }

    /// Whether a text holds the typed password because people type their address, or their name, for one.
    fn is_by_chance(&self, place: &str, text: &str, password: &str) -> bool {
        let typed = self.identifier.as_deref().unwrap_or_default();
        let is_own = |own: &str| text.eq_ignore_ascii_case(own);
        DESCRIBING.contains(&place)
            && (password.len() < CERTAIN || is_own(typed) || (place == "email" && is_own(password)))
    }

    fn password_in(&self, text: &str) -> bool {
        self.password.as_ref().is_some_and(|password| contains(text, password.expose_secret()))
    }
}

/// Finds something in a text at a place.
type Look<'a> = &'a dyn Fn(&str, &str) -> Option<&'static str>;

/// What `look` finds in the texts of a value, and where.
fn find(value: &Value, place: String, look: Look<'_>) -> Option<(&'static str, String)> {
    match value {
        Value::String(text) => look(&place, text).map(|what| (what, place)),
        Value::Array(values) => values.iter().find_map(|value| find(value, place.clone(), look)),
        Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            find(value, if place.is_empty() { key.clone() } else { format!("{place}.{key}") }, look)
        }),
        _ => None,
    }
}

/// Whether `text` holds `value`; a short value counts only as a word of its own.
fn contains(text: &str, value: &str) -> bool {
    if value.len() < SHORTEST {
        return false;
    }
    let edge = |character: Option<char>| character.is_none_or(|character| !character.is_alphanumeric());
    text.match_indices(value).any(|(at, _)| {
        value.len() >= CERTAIN
            || (edge(text[..at].chars().next_back()) && edge(text[at + value.len()..].chars().next()))
    })
}

fn short(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 120 { line } else { format!("{} …", line.chars().take(120).collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn short_values_count_only_as_words() {
        assert!(contains("where name = 'ada'", "ada"));
        assert!(!contains("where name = 'adana'", "ada"));
        assert!(!contains("select a, b", "a"));
        assert!(contains("x='ada@example.test'", "ada@example.test"));
    }
}
