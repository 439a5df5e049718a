//! Reads the deploy-cli directory format with the tool's own tolerance (contract §15.1, §15.7 B6), and says where the
//! tool would do something an admin does not expect.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use contract::Action;
use serde_json::{Map, Value};

use crate::json::Document;
use crate::source::{Fault, MAX_FOLDERS, Source, resolve};
use crate::{BundleError, Connection, Contents, Problem, Script, TOOL_FILES};

/// The folder that holds connections.
pub(crate) const CONNECTIONS: &str = "database-connections";
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads a workspace, which is a deploy-cli directory (design §4). A folder without `database-connections` is an empty one.
pub fn read_directory(root: &Path) -> Result<Contents, BundleError> {
    let root = std::path::absolute(root).map_err(|error| BundleError::io(root, error))?;
    if !root.exists() {
        return Err(BundleError::NotFound(root));
    }
    if !root.is_dir() {
        return Err(BundleError::NoBundle { path: root, reason: "it is a file, a workspace is a folder".to_owned() });
    }
    read_source(&Source::Folder { root, strict: false })
}

pub(crate) fn read_source(source: &Source) -> Result<Contents, BundleError> {
    let mut reading = Reading::default();
    if source.is_file(CONNECTIONS) {
        return Err(BundleError::NoBundle {
            path: source.absolute(CONNECTIONS),
            reason: "expected a folder, it is a file".to_owned(),
        });
    }
    if source.is_folder(CONNECTIONS) {
        let names = source
            .names(CONNECTIONS)
            .map_err(|fault| BundleError::Unreadable { path: source.absolute(CONNECTIONS), reason: fault.words() })?;
        if names.len() > MAX_FOLDERS {
            return Err(BundleError::Hostile {
                path: source.absolute(CONNECTIONS),
                code: "too_large",
                reason: format!("more than {MAX_FOLDERS} entries"),
            });
        }
        for name in names {
            let folder = format!("{CONNECTIONS}/{name}");
            if source.is_folder(&folder) {
                reading.folder(source, &folder);
            }
        }
    }
    Ok(reading.finish())
}

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Reading {
    contents: Contents,
    /// Every script path some connection lists.
    listed: BTreeSet<String>,
    /// Script files found beside a `database.json`.
    beside: Vec<String>,
}

impl Reading {
    fn folder(&mut self, source: &Source, folder: &str) {
        let path = format!("{folder}/database.json");
        let bytes = match source.read(&path) {
            Ok(bytes) => bytes,
            Err(fault) => {
                let problem = match fault {
                    Fault::Missing => Problem::error(&path, "missing_json", "there is no database.json in this folder"),
                    fault => Problem::error(&path, "unreadable_json", fault.words()),
                };
                // deploy-cli skips such a folder, and with AUTH0_ALLOW_DELETE then removes the database (contract §15.1).
                self.problem(problem.with_hint(
                    "restore the file or remove the folder; deploy-cli skips it and may delete the connection from the tenant",
                ));
                return;
            }
        };
        let (bytes, marked) = match bytes.strip_prefix(BOM) {
            Some(rest) => (rest.to_vec(), true),
            None => (bytes, false),
        };
        if marked {
            let problem = Problem::warning(
                &path,
                "byte_order_mark",
                "the file begins with a byte order mark, which deploy-cli takes for broken JSON",
            );
            self.problem(problem.with_hint("save it without the mark (UTF-8 without BOM)"));
        }
        let json = match parse_object(&bytes) {
            Ok(json) => json,
            Err((code, message)) => {
                let hint = "correct it; deploy-cli skips the folder and may delete the connection from the tenant";
                self.problem(Problem::error(&path, code, message).with_hint(hint));
                return;
            }
        };
        if let Ok(names) = source.names(folder) {
            let scripts = names.iter().filter(|name| name.ends_with(".js") && !TOOL_FILES.contains(&name.as_str()));
            self.beside.extend(scripts.map(|name| format!("{folder}/{name}")));
        }
        self.connection(source, folder, folder, json, bytes, &path);
    }

    /// Takes a parsed connection; listed paths are relative to `base`.
    pub(crate) fn connection(
        &mut self,
        source: &Source,
        folder: &str,
        base: &str,
        json: Map<String, Value>,
        json_bytes: Vec<u8>,
        path: &str,
    ) {
        let name = match json.get("name") {
            Some(Value::String(name)) if !name.trim().is_empty() => name.clone(),
            _ => {
                let problem = Problem::error(path, "missing_name", "the connection has no name");
                self.problem(problem.with_hint("add \"name\"; deploy-cli ignores the folder's name"));
                return;
            }
        };
        if let Some(other) = self.contents.connection(&name) {
            let message = described_already(&name, &other.folder);
            self.problem(
                Problem::error(path, "duplicate_name", message)
                    .with_hint("give one of the two another name, or remove it"),
            );
            return;
        }
        let mut connection = Connection {
            name,
            folder: PathBuf::from(folder),
            json,
            json_bytes,
            scripts: BTreeMap::new(),
            tools: Vec::new(),
        };
        self.shape(&connection, path);
        for (key, value) in connection.listed_scripts() {
            if let Some((action, script)) = self.script(source, base, path, &key, &value) {
                connection.scripts.insert(action, script);
            }
        }
        for name in TOOL_FILES {
            let file = format!("{folder}/{name}");
            if let Ok(bytes) = source.read(&file) {
                connection.tools.push(Script { file: format!("./{name}"), path: source.absolute(&file), bytes });
            }
        }
        self.contents.connections.push(connection);
    }

    fn shape(&mut self, connection: &Connection, path: &str) {
        let json = &connection.json;
        if json.get("options").is_some_and(|options| !options.is_object()) {
            self.problem(Problem::error(path, "options_not_object", "options is not an object"));
        }
        let scripts = connection.options().and_then(|options| options.get("customScripts"));
        for scripts in [scripts, json.get("customScripts")].into_iter().flatten() {
            match scripts.as_object() {
                None => self.problem(Problem::error(path, "scripts_not_object", "customScripts is not an object")),
                Some(scripts) if scripts.is_empty() => {
                    let problem = Problem::warning(
                        path,
                        "empty_scripts",
                        "customScripts is empty, which turns a plain database into a custom one",
                    );
                    self.problem(problem.with_hint("list a script or remove customScripts"));
                }
                Some(_) => {}
            }
        }
        if json.contains_key("customScripts") {
            let problem = Problem::warning(
                path,
                "top_level_scripts",
                "customScripts stands at the top level; it overrides options.customScripts, and the API may refuse the second copy",
            );
            self.problem(problem.with_hint("move it into options"));
        }
        let configuration = connection.options().and_then(|options| options.get("configuration"));
        if configuration.is_some_and(|configuration| !configuration.is_object() && !configuration.is_null()) {
            self.problem(Problem::error(path, "configuration_not_object", "options.configuration is not an object"));
        }
    }

    fn script(
        &mut self,
        source: &Source,
        base: &str,
        path: &str,
        key: &str,
        value: &Value,
    ) -> Option<(Action, Script)> {
        let Some(action) = Action::from_key(key) else {
            let message = format!("{key} is no action script; deploy-cli would send its path as the script's text");
            self.problem(
                Problem::error(path, "unknown_script_key", message).with_hint("remove the key or correct its name"),
            );
            return None;
        };
        let Some(file) = value.as_str().filter(|file| !file.trim().is_empty()) else {
            let problem = Problem::error(path, "script_not_path", format!("customScripts.{key} is no path of a file"));
            self.problem(problem.with_hint(format!("write \"./{}\"", action.file_name())));
            return None;
        };
        let Some(inside) = resolve(base, file) else {
            let problem =
                Problem::error(path, "path_outside", format!("customScripts.{key} leads out of the bundle: {file}"));
            self.problem(problem.with_hint("move the script into the connection's folder"));
            return None;
        };
        self.listed.insert(inside.clone());
        match source.read(&inside) {
            Ok(bytes) => {
                if file.contains('\\') {
                    let message = format!("customScripts.{key} is written with back-slashes: {file}");
                    self.problem(Problem::note(path, "back_slashes", message));
                }
                if !Action::DEPLOYABLE.contains(&action) {
                    let problem = Problem::warning(
                        path,
                        "not_deployable",
                        format!(
                            "deploy-cli's directory format does not know {key} and would send its path as the script's text"
                        ),
                    );
                    self.problem(problem.with_hint("an export puts it into an API patch of its own"));
                }
                Some((action, Script { file: file.to_owned(), path: source.absolute(&inside), bytes }))
            }
            Err(fault) => {
                let code = match fault {
                    Fault::Missing => "missing_script",
                    Fault::Link => "path_outside",
                    _ => "unreadable_script",
                };
                let problem =
                    Problem::error(&inside, code, format!("customScripts.{key} lists {file}: {}", fault.words()));
                self.problem(problem.with_hint(format!("restore the file, or take {key} out of {path}")));
                None
            }
        }
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.contents.problems.push(problem);
    }

    pub(crate) fn finish(mut self) -> Contents {
        for file in std::mem::take(&mut self.beside) {
            if !self.listed.contains(&file) {
                let problem = Problem::warning(
                    &file,
                    "unlisted_script",
                    "no database.json lists this file, so deploy-cli does not load it",
                );
                self.problem(problem.with_hint("list it in options.customScripts, or remove it"));
            }
        }
        self.contents.problems.sort_by(|a, b| a.path.cmp(&b.path));
        self.contents
    }
}

/// What is said of a second description of a connection.
pub(crate) fn described_already(name: &str, folder: &Path) -> String {
    format!("{name} is already described in {}", folder.display())
}

fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, (&'static str, String)> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        ("not_utf8", format!("the file is not UTF-8 (line {line})"))
    })?;
    let (_, value) = Document::parse(text).map_err(|broken| (broken.code, broken.message))?;
    match value {
        Value::Object(json) => Ok(json),
        _ => Err(("broken_json", "the file holds no JSON object".to_owned())),
    }
}
