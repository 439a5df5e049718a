//! Passwords and secrets in the error of a run. The console, the result, addresses and SQL text are watched while the run
//! goes on; its one error is looked at when it is over.

use contract::{CallbackError, Ending, ScriptFault, Warning};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use vault::Redactor;

/// Values shorter than this turn up by chance.
const SHORTEST: usize = 5;

/// What a run knew that must not be told.
pub(crate) struct Known<'a> {
    /// The typed password.
    pub(crate) password: Option<&'a SecretString>,
    /// Secrets of `configuration`, by their keys.
    pub(crate) secrets: &'a [(String, SecretString)],
    /// The script's text: a typed word that stands there is the script's own wording, e.g. `wrong` or `password`.
    pub(crate) script: &'a str,
}

/// The findings about the error a run ended with: its text becomes the description of a log event, and for some classes
/// what the end user reads.
pub(crate) fn in_error(ending: &Ending, known: &Known<'_>) -> Vec<Warning> {
    let texts = match ending {
        Ending::CalledBack { error: Some(error), .. } => called_back(error),
        Ending::Threw { fault, .. } => thrown(fault),
        _ => return Vec::new(),
    };
    let line = match ending {
        Ending::CalledBack { error: Some(error), .. } => error.position.as_ref(),
        Ending::Threw { fault, .. } => fault.position.as_ref(),
        _ => None,
    }
    .map(|position| position.line);
    let place = |secret: &SecretString| {
        let finder = (secret.expose_secret().len() >= SHORTEST).then(|| Redactor::new([secret.clone()]))?;
        texts.iter().find(|(_, text)| finder.found_in(text.as_bytes())).map(|(place, _)| place.as_str())
    };
    let mut found = Vec::new();
    let typed = known.password.filter(|password| !known.script.contains(password.expose_secret()));
    if let Some(place) = typed.and_then(place) {
        let message = format!(
            "the typed password is part of the error ({place}); errors end up in the tenant's log, and some are shown to the \
             end user"
        );
        found.push(Warning::new("password_in_error", message).at_line(line));
    }
    for (key, secret) in known.secrets {
        if let Some(place) = place(secret) {
            let message = format!(
                "the secret configuration.{key} is part of the error ({place}); errors end up in the tenant's log, and some \
                 are shown to the end user"
            );
            found.push(Warning::new("secret_in_error", message).at_line(line));
        }
    }
    found
}

/// The texts of an error, each with its place.
fn called_back(error: &CallbackError) -> Vec<(String, String)> {
    let mut texts = named("message", Some(error.message_with_cause()));
    texts.extend(named("code", error.code.clone()));
    texts.extend(named("user_id", error.user_id.clone()));
    texts.extend(fields(&error.fields));
    texts
}

fn thrown(fault: &ScriptFault) -> Vec<(String, String)> {
    let mut texts = named("message", Some(fault.message_with_cause()));
    texts.extend(named("code", fault.code.clone()));
    texts.extend(fields(&fault.fields));
    texts
}

fn named(name: &str, text: Option<String>) -> Vec<(String, String)> {
    text.map(|text| (name.to_owned(), text)).into_iter().collect()
}

/// Further own fields: packages put the whole request there (`config.headers`), drivers the statement.
fn fields(fields: &Map<String, Value>) -> impl Iterator<Item = (String, String)> {
    fields.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Object(_) | Value::Array(_) | Value::Number(_) => value.to_string(),
            Value::Null | Value::Bool(_) => return None,
        };
        Some((name.clone(), text))
    })
}
