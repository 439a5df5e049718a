//! Where things lie in a bundle (contract §15.1, §15.2).

use std::collections::BTreeSet;

use crate::Connection;
use crate::directory::CONNECTIONS;
use crate::plan::Format;

/// The folder of the YAML format.
pub(crate) const DATABASES: &str = "databases";

pub(crate) fn connection_folder(format: Format, folder: &str) -> String {
    format!("{}/{folder}", if format.is_yaml() { DATABASES } else { CONNECTIONS })
}

/// One folder name per connection, in order; no two are the same on a file system that ignores case.
pub(crate) fn folders(connections: &[&Connection]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut folders = Vec::new();
    for connection in connections {
        let name = sanitized(&connection.name);
        let numbered = (2u32..).map(|n| format!("{name}-{n}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| taken.insert(name.to_lowercase()));
        folders.push(free.unwrap_or(name));
    }
    folders
}

/// The name with characters that are illegal in file names replaced by `-`, as deploy-cli does.
pub(crate) fn sanitized(name: &str) -> String {
    let replaced: String =
        name.chars().map(|c| if c.is_control() || "/?<>\\:*|\"".contains(c) { '-' } else { c }).collect();
    let trimmed = replaced.trim_end_matches(['.', ' ']);
    let stem = trimmed.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = ["con", "prn", "aux", "nul"].contains(&stem.as_str())
        || (stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.as_bytes()[3].is_ascii_digit());
    match trimmed {
        "" => "-".to_owned(),
        _ if device => format!("{trimmed}-"),
        _ => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_are_legal_everywhere() {
        for (name, folder) in
            [("legacy-users", "legacy-users"), ("a/b:c", "a-b-c"), ("..", "-"), ("nul", "nul-"), ("x. ", "x")]
        {
            assert_eq!(sanitized(name), folder);
        }
    }
}
