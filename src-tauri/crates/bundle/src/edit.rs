//! Edits of a `database.json` that leave every other byte as it is.

use contract::Action;

use crate::json::{Document, quoted};
use crate::{BundleError, Connection};

/// New bytes of `database.json` with one key of `options.configuration` set, or removed with `None`.
pub fn set_configuration(connection: &Connection, key: &str, value: Option<&str>) -> Result<Vec<u8>, BundleError> {
    let path = ["options", "configuration", key];
    let null = connection.options().and_then(|options| options.get("configuration")).is_some_and(|c| c.is_null());
    edit(connection, |document| match value {
        Some(value) if null => document.with(&path[..2], &format!("{{ {}: {} }}", quoted(key), quoted(value))),
        Some(value) => document.with(&path, &quoted(value)),
        None => Some(document.without(&path)),
    })
}

/// New bytes of `database.json` that list a script file, e.g. `./login.js`, in `options.customScripts`.
pub fn add_script(connection: &Connection, action: Action, file: &str) -> Result<Vec<u8>, BundleError> {
    // A top-level customScripts overrides the nested one (contract §15.1), so that is where the edit counts.
    let top = connection.json.get("customScripts").is_some_and(|scripts| scripts.get(action.key()).is_some());
    let path = ["options", "customScripts", action.key()];
    edit(connection, |document| document.with(&path[usize::from(top)..], &quoted(file)))
}

fn edit(connection: &Connection, change: impl Fn(&Document<'_>) -> Option<String>) -> Result<Vec<u8>, BundleError> {
    let refused = |reason: String| BundleError::Edit { path: connection.folder.join("database.json"), reason };
    let text = std::str::from_utf8(&connection.json_bytes).map_err(|error| refused(error.to_string()))?;
    let (document, _) = Document::parse(text).map_err(|broken| refused(broken.message))?;
    let changed =
        change(&document).ok_or_else(|| refused("options does not have the shape of an object".to_owned()))?;
    Ok(changed.into_bytes())
}
