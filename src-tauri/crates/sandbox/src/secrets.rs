//! Watches for the configuration's secrets where they do not belong: console, profile, addresses, SQL text.
//!
//! A secret is found in the forms that programs write it in (base64, hex, URL-encoded, …), as the redactor knows them.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use vault::Redactor;
use wire::HttpRequest;

use crate::record::Recorder;

/// Secrets shorter than this turn up by chance.
const SHORTEST: usize = 5;

/// The secrets of a run and what was found of them.
pub(crate) struct Secrets<'a> {
    known: &'a [(String, SecretString)],
    /// One per secret, made when the first turns up.
    finders: Vec<Redactor>,
    /// Rules and secrets that were reported: a script may print a secret a thousand times.
    said: HashSet<(&'static str, usize)>,
}

impl<'a> Secrets<'a> {
    /// Watches for these: key of `configuration` and value.
    pub(crate) fn new(known: &'a [(String, SecretString)]) -> Secrets<'a> {
        Secrets { known, finders: Vec::new(), said: HashSet::new() }
    }

    /// Looks at a console line.
    pub(crate) fn console(&mut self, text: &str, record: &mut Recorder<'_>) {
        for secret in self.found("secret_in_log", text, record) {
            let key = &self.known[secret].0;
            let message = format!(
                "the secret configuration.{key} is written to the console; logs are read by more people than secrets are for"
            );
            record.warn("secret_in_log", &message, None);
        }
    }

    /// Looks at what the script hands to `callback`.
    pub(crate) fn result(&mut self, value: &Value, record: &mut Recorder<'_>) {
        self.part(value, "", record);
    }

    fn part(&mut self, value: &Value, place: &str, record: &mut Recorder<'_>) {
        match value {
            Value::String(text) => {
                for secret in self.found("secret_in_profile", text, record) {
                    let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
                    let message = format!(
                        "the secret configuration.{} is part of the result{place}; tenant admins can read profiles",
                        self.known[secret].0
                    );
                    record.warn("secret_in_profile", &message, None);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.part(value, place, record)),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                self.part(value, &place, record);
            }),
            _ => {}
        }
    }

    /// Looks at the address of a request before it is sent; scheme, host and port may well be configured as a secret.
    pub(crate) fn address(&mut self, request: &HttpRequest, record: &mut Recorder<'_>) {
        let shown = told(&request.url);
        let decoded = percent_decode_str(&shown).decode_utf8_lossy().replace('+', " ");
        let mut found = self.found("secret_in_url", &shown, record);
        found.extend(self.found("secret_in_url", &decoded, record));
        for secret in found {
            if self.known[secret].1.expose_secret().contains("://") {
                continue;
            }
            let message = format!(
                "the secret configuration.{} is part of the address of a {} request; addresses end up in logs all along the \
                 way: send it in a header or in the body",
                self.known[secret].0, request.method
            );
            record.warn("secret_in_url", &message, None);
        }
    }

    /// Looks at the texts in quotes of a statement: names of tables may well be configured as a secret.
    pub(crate) fn sql(&mut self, sql: &str, record: &mut Recorder<'_>) {
        if self.known.is_empty() {
            return;
        }
        for literal in literals(sql) {
            for secret in self.found("secret_in_sql", &literal, record) {
                let message = format!(
                    "the secret configuration.{} stands literally in the SQL text, which servers log: use a placeholder",
                    self.known[secret].0
                );
                record.warn("secret_in_sql", &message, None);
            }
        }
    }

    /// Secrets in `text` that this rule has not reported yet.
    fn found(&mut self, rule: &'static str, text: &str, record: &Recorder<'_>) -> Vec<usize> {
        if self.known.is_empty() || !record.holds_secret(text) {
            return Vec::new();
        }
        if self.finders.is_empty() {
            self.finders = self.known.iter().map(|(_, secret)| Redactor::new([secret.clone()])).collect();
        }
        let Secrets { known, finders, said } = self;
        let mut found: Vec<usize> = (0..known.len()).collect();
        found.retain(|secret| {
            known[*secret].1.expose_secret().len() >= SHORTEST
                && finders[*secret].found_in(text.as_bytes())
                && said.insert((rule, *secret))
        });
        found
    }
}

/// An address without scheme, host and port: user and password, path, query.
fn told(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    format!("{user}{path}")
}

/// The texts between single quotes; a doubled quote is one of the text.
fn literals(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some((_, after)) = rest.split_once('\'') {
        let mut text = String::new();
        rest = after;
        loop {
            let (part, after) = rest.split_once('\'').unwrap_or((rest, ""));
            text.push_str(part);
            let Some(more) = after.strip_prefix('\'') else {
                rest = after;
                break;
            };
            text.push('\'');
            rest = more;
        }
        found.push(text);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(look: impl FnOnce(&mut Secrets<'_>, &mut Recorder<'_>)) -> Vec<String> {
        let known = [("API_KEY".to_owned(), SecretString::from("s3cret-key-1")), ("HOST".to_owned(), "db.test".into())];
        let redactor = Redactor::new(known.iter().map(|(_, secret)| secret.clone()));
        let mut record = Recorder::new(&redactor, &|_| {});
        look(&mut Secrets::new(&known), &mut record);
        record.warnings.iter().map(|warning| format!("{}: {}", warning.rule, warning.message)).collect()
    }

    #[test]
    fn a_console_line_is_reported_once_and_names_the_key_alone() {
        let found = rules(|secrets, record| {
            secrets.console("key s3cret-key-1", record);
            secrets.console("again s3cret-key-1, or as base64 czNjcmV0LWtleS0x", record);
            secrets.console("nothing of it", record);
        });
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("secret_in_log: the secret configuration.API_KEY "), "{found:?}");
    }

    #[test]
    fn of_an_address_only_what_follows_the_host_counts() {
        assert_eq!(told("https://u:p@db.test:8/a?b=c#d"), "u:p/a?b=c#d");
        assert_eq!(told("https://db.test"), "");
    }

    #[test]
    fn texts_in_quotes() {
        assert_eq!(literals("select 'a', \"b\", 'it''s' from c where d = ''"), ["a", "it's", ""]);
        assert_eq!(literals("select 'open"), ["open"]);
    }

    #[test]
    fn a_result_is_searched_in_depth() {
        let value = serde_json::json!({"user_id": "1", "app_metadata": {"keys": ["x", "s3cret-key-1"]}});
        let found = rules(|secrets, record| secrets.result(&value, record));
        assert!(found[0].contains("configuration.API_KEY is part of the result (app_metadata.keys)"), "{found:?}");
    }
}
