//! Cases as they lie in the fixtures.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

/// One script with what it needs.
#[derive(Debug, Clone)]
pub struct Case {
    /// `area/name`.
    pub name: String,
    /// The script's text.
    pub script: String,
    /// SQL that makes the database's first state.
    pub seed: Option<String>,
    /// The `// case:` line.
    pub setup: Setup,
}

/// The `// case: {…}` line of a script.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// Arguments before `context` and `callback`.
    pub arguments: Vec<Value>,
    /// The `context` argument.
    pub context: Option<Value>,
    /// Values of `configuration` besides the database's.
    pub configuration: BTreeMap<String, String>,
    /// What is known to differ: field of the record to reason. A field that agrees after all is an error too.
    pub differs: BTreeMap<String, String>,
    /// `[regular expression, replacement]` applied to both records' texts, for what must differ (ids, durations).
    pub normalise: Vec<(String, String)>,
    /// How long Node may go on after the callback, in milliseconds.
    pub settle_ms: u64,
    /// How long a run may take, in milliseconds.
    pub wall_ms: u64,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            arguments: Vec::new(),
            context: None,
            configuration: BTreeMap::new(),
            differs: BTreeMap::new(),
            normalise: Vec::new(),
            settle_ms: 80,
            wall_ms: 10_000,
        }
    }
}

/// Every case of an area, by name.
pub(super) fn read(area: &Path) -> Vec<Case> {
    let listing = fs::read_dir(area).unwrap_or_else(|error| panic!("{}: {error}", area.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let scripts = paths.into_iter().filter_map(|path| {
        if path.is_dir() {
            path.join("script.js").is_file().then(|| (path.join("script.js"), path))
        } else {
            path.extension().is_some_and(|extension| extension == "js").then(|| (path.clone(), path.with_extension("")))
        }
    });
    scripts.map(|(script, named)| one(area, &script, &named)).collect()
}

fn one(area: &Path, path: &Path, named: &Path) -> Case {
    let script = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let part = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let first = script.lines().next().and_then(|line| line.strip_prefix("// case: ")).unwrap_or("{}");
    let setup = serde_json::from_str(first).unwrap_or_else(|error| panic!("{}: // case: {error}", path.display()));
    // A seed of the case, or one for the whole area.
    let seeds = [named.join("seed.sql"), named.with_extension("sql"), area.join("seed.sql"), area.join("schema.sql")];
    let seed = seeds.iter().find(|seed| seed.is_file()).map(|seed| fs::read_to_string(seed).expect("a readable seed"));
    Case { name: format!("{}/{}", part(area), part(named)), script, seed, setup }
}
