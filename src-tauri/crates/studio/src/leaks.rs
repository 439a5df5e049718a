//! Passwords and secrets in the error of a run. The console, the result, addresses and SQL text are watched while the run
//! goes on; its one error is looked at when it is over.

use contract::{CallbackError, Ending, Warning};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
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
        // A thrown error's further fields stay in the sandbox.
        Ending::Threw { fault, .. } => {
            let message = [("message".to_owned(), fault.message_with_cause())].into_iter();
            message.chain(fault.code.clone().map(|code| ("code".to_owned(), code))).collect()
        }
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
    let mut texts = vec![("message".to_owned(), error.message_with_cause())];
    texts.extend(error.code.clone().map(|code| ("code".to_owned(), code)));
    texts.extend(error.user_id.clone().map(|user_id| ("user_id".to_owned(), user_id)));
    for (name, value) in &error.fields {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Object(_) | Value::Array(_) | Value::Number(_) => value.to_string(),
            Value::Null | Value::Bool(_) => continue,
        };
        texts.push((name.clone(), text));
    }
    texts
}
