//! What comes from stdin, files and terminals. Without a terminal nothing prompts.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use contract::Action;
use serde_json::Value;
use vault::SecretString;

use crate::answer::say;
use crate::arguments::RunArguments;
use crate::error::CliError;

/// Most that is read from stdin; a password or a secret is shorter.
const MAX_STDIN: u64 = 1 << 20;

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// All of stdin without its last line break, or what is typed unseen.
pub(crate) fn secret(what: &str) -> Result<SecretString, CliError> {
    if can_ask() {
        let typed = rpassword::prompt_password(format!("{what}: "))?;
        return Ok(SecretString::from(typed));
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MAX_STDIN + 1).read_to_string(&mut text);
    read.map_err(|_| CliError::usage(format!("{what}: stdin is not UTF-8 text"), "pipe the value in as text"))?;
    if text.len() as u64 > MAX_STDIN {
        return Err(CliError::usage(format!("{what}: stdin holds more than 1 MiB"), "pipe in the value alone"));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(CliError::usage(format!("{what}: stdin is empty"), "pipe the value in, e.g. with printf"));
    }
    Ok(SecretString::from(text))
}

/// The password of a run, when its action takes one; `user` is Create's, which may hold one already.
pub(crate) fn password(
    action: Action,
    with: &RunArguments,
    user: Option<&Value>,
) -> Result<Option<SecretString>, CliError> {
    if let Some(password) = &with.new_password {
        return Ok(Some(SecretString::from(password.clone())));
    }
    let needed = match action {
        Action::Login | Action::ChangePassword => true,
        Action::Create => user.is_none_or(|user| user.get("password").is_none()),
        _ => false,
    };
    if with.password_stdin || needed { typed_password(action, with.password_stdin).map(Some) } else { Ok(None) }
}

/// A password from stdin, which has to be asked for where nobody can be asked.
pub(crate) fn typed_password(action: Action, from_stdin: bool) -> Result<SecretString, CliError> {
    if from_stdin || can_ask() {
        return secret("password");
    }
    let hint = "pipe it in with --password-stdin; nothing prompts without a terminal";
    Err(CliError::usage(format!("{action} needs a password"), hint))
}

/// Hosts and files as typed: a file that is there seen from the current folder is meant by its full path, everything else is
/// left to the workspace.
pub(crate) fn allowed(typed: &[String]) -> Vec<String> {
    let full = |text: &String| {
        let found = std::fs::canonicalize(text).ok().filter(|_| !text.is_empty());
        found.and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| text.clone())
    };
    typed.iter().map(full).collect()
}

/// A JSON argument, or the file behind `@`.
pub(crate) fn json(name: &str, argument: Option<&str>) -> Result<Option<Value>, CliError> {
    let Some(argument) = argument else { return Ok(None) };
    let (place, text) = match argument.strip_prefix('@') {
        Some(path) => {
            let file = |cause| CliError::File { path: PathBuf::from(path), cause };
            (path.to_owned(), std::fs::read_to_string(path).map_err(file)?)
        }
        None => (format!("--{name}"), argument.to_owned()),
    };
    let broken = |error: serde_json::Error| {
        CliError::usage(format!("{place} is no valid JSON: {error}"), "quote keys and strings with \"")
    };
    serde_json::from_str(&text).map(Some).map_err(broken)
}

/// Asks for a yes when somebody can be asked; whoever wrote a script with `--commit` has said yes.
pub(crate) fn confirm(question: &str) -> Result<bool, CliError> {
    if !can_ask() {
        return Ok(true);
    }
    say(&format!("{question} Type yes to go on:"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}
