//! Decides what an export holds (contract §15.7). Pure: bytes in, bytes out, no way to write.

use std::collections::{BTreeMap, BTreeSet};

use contract::Action;
use serde_json::Value;

use crate::directory::{CONNECTIONS, described_already};
use crate::json::{Document, Node, quoted};
use crate::names::Names;
use crate::{Connection, Contents, Problem, Script, layout, manifest, placeholder, render};

/// Largest script the platform takes (contract §7.2 E6).
pub const MAX_SCRIPT: usize = 100_000;

/// Companion file of an export: names the target's keyword mapping must hold.
pub const MAPPINGS_FILE: &str = "mappings-needed.json";

/// Folder of an export for what deploy-cli cannot carry: bodies for `PATCH /api/v2/connections/{id}`.
pub const PATCH_FOLDER: &str = "api-patches";

/// The code for an export of nothing.
const NOTHING_CHOSEN: &str = "nothing_chosen";

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A deploy-cli directory.
    Directory,
    /// A deploy-cli `tenant.yaml` with its script files.
    Yaml,
    /// The directory in a zip file.
    DirectoryZip,
    /// The YAML form in a zip file.
    YamlZip,
}

impl Format {
    /// Whether the scripts lie beside a `tenant.yaml`.
    pub fn is_yaml(self) -> bool {
        matches!(self, Format::Yaml | Format::YamlZip)
    }

    /// Whether everything goes into one zip file.
    pub fn is_zip(self) -> bool {
        matches!(self, Format::DirectoryZip | Format::YamlZip)
    }
}

/// What an export would hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Files by path (with `/`), sorted. The same connections always give the same bytes (B7).
    pub files: Vec<(String, Vec<u8>)>,
    /// Names the target's mapping must hold (B2), sorted.
    pub needs: Vec<String>,
    /// Why the export may not go out; empty when it may.
    pub refusals: Vec<Problem>,
    /// What the reader should know.
    pub notes: Vec<Problem>,
}

/// Plans an export of chosen connections, of all without `names`, out of everything that was read. Besides what [`plan`]
/// refuses: names that do not exist, and folders that cannot be read, because a bundle without them tells deploy-cli to delete
/// (contract §18 P11). Of chosen connections only their own folders count.
pub fn plan_selection(
    contents: &Contents,
    names: &[String],
    format: Format,
    known_secret: &dyn Fn(&[u8]) -> bool,
) -> Plan {
    let chosen = |connection: &&Connection| names.is_empty() || names.contains(&connection.name);
    let connections: Vec<Connection> = contents.connections.iter().filter(chosen).cloned().collect();
    let mut plan = plan(&connections, format, known_secret);
    if !names.is_empty() {
        // What is wrong then is that the names are unknown.
        plan.refusals.retain(|problem| problem.code != NOTHING_CHOSEN);
    }
    for name in names.iter().filter(|name| contents.connection(name).is_none()) {
        let known: Vec<&str> = contents.connections.iter().map(|connection| connection.name.as_str()).collect();
        let known = if known.is_empty() {
            "the workspace has none".to_owned()
        } else {
            format!("there is {}", known.join(", "))
        };
        let problem =
            Problem::error(name, "unknown_connection", format!("there is no connection of this name; {known}"));
        plan.refusals.push(problem.with_hint("look at the list of connections"));
    }
    let unreadable = [
        "missing_json",
        "unreadable_json",
        "broken_json",
        "duplicate_key",
        "not_utf8",
        "missing_name",
        "duplicate_name",
    ];
    let concerns = |problem: &&Problem| {
        names.is_empty()
            || names.iter().any(|name| {
                let folder = format!("{CONNECTIONS}/{}/", layout::sanitized(name));
                let twice = contents.connection(name).map(|connection| described_already(name, &connection.folder));
                problem.path.starts_with(&folder) || twice.is_some_and(|twice| problem.message == twice)
            })
    };
    let wrong = contents.errors().filter(|problem| unreadable.contains(&problem.code));
    plan.refusals.extend(wrong.filter(concerns).cloned());
    plan
}

/// Plans an export. `known_secret` says whether bytes hold a secret's value (B8).
pub fn plan(connections: &[Connection], format: Format, known_secret: &dyn Fn(&[u8]) -> bool) -> Plan {
    let mut plan = Plan::default();
    let mut connections: Vec<&Connection> = connections.iter().collect();
    connections.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in connections.windows(2) {
        if pair[0].name == pair[1].name {
            let name = &pair[0].name;
            plan.refusals.push(Problem::error(name, "duplicate_name", format!("two connections are named {name}")));
        }
    }
    if connections.is_empty() {
        let problem = Problem::error("", NOTHING_CHOSEN, "there is no connection to export");
        plan.refusals.push(problem.with_hint("choose at least one connection"));
    }
    let folders = layout::folders(&connections);
    let mut names = Names::of(&connections);
    let mut rendered = Vec::new();
    for (connection, folder) in connections.iter().zip(&folders) {
        let base = layout::connection_folder(format, folder);
        if let Some(json) = connection_files(connection, &base, format, &mut names, &mut plan) {
            rendered.push((base, json));
        }
    }
    if format.is_yaml() {
        let items: Vec<&str> = rendered.iter().map(|(_, json)| json.as_str()).collect();
        plan.files.push(("tenant.yaml".to_owned(), render::yaml(&items).into_bytes()));
    } else {
        let files = rendered.into_iter().map(|(base, json)| (format!("{base}/database.json"), json.into_bytes()));
        plan.files.extend(files);
    }
    if !names.used().is_empty() {
        plan.files.push((MAPPINGS_FILE.to_owned(), render::mappings(names.used()).into_bytes()));
    }
    plan.notes.append(&mut names.notes);
    plan.needs = names.used().keys().cloned().collect();
    plan.files.sort();
    for (path, bytes) in &plan.files {
        if known_secret(bytes) {
            let problem = Problem::error(path, "secret_inside", "the file would hold the value of a secret");
            plan.refusals.push(problem.with_hint("read the value from configuration instead of writing it down"));
        }
    }
    // Only after that look: a short secret of digits may well be found in a digest.
    if !plan.files.is_empty() {
        let list = manifest::list(&plan.files, &BTreeMap::new());
        plan.files.push((manifest::LIST_FILE.to_owned(), list));
        plan.files.sort();
    }
    plan
}

/// Adds a connection's scripts and patch to the plan and answers its JSON.
fn connection_files(
    connection: &Connection,
    base: &str,
    format: Format,
    names: &mut Names,
    plan: &mut Plan,
) -> Option<String> {
    let json_path = connection.folder.join("database.json").to_string_lossy().replace('\\', "/");
    let Ok(text) = std::str::from_utf8(&connection.json_bytes) else {
        plan.refusals.push(Problem::error(&json_path, "not_utf8", "the file is not UTF-8"));
        return None;
    };
    let document = match Document::parse(text) {
        Ok((document, _)) => document,
        Err(broken) => {
            plan.refusals.push(Problem::error(&json_path, broken.code, broken.message));
            return None;
        }
    };
    let listed = listed(connection, &json_path, plan);
    let mut paths = BTreeMap::new();
    for (action, script) in &listed {
        check_script(*action, script, &json_path, plan);
        if Action::DEPLOYABLE.contains(action) {
            let file = action.file_name();
            let path = if format.is_yaml() { format!("./{base}/{file}") } else { format!("./{file}") };
            paths.insert(action.key(), path);
            plan.files.push((format!("{base}/{file}"), script.bytes.clone()));
        }
    }
    let extra: Vec<Action> = listed.keys().copied().filter(|action| !Action::DEPLOYABLE.contains(action)).collect();
    if !extra.is_empty() {
        let texts =
            listed.iter().map(|(action, script)| (action.key(), String::from_utf8_lossy(&script.bytes).into_owned()));
        let body = rewritten(connection, &document, &texts.collect(), &json_path, names, plan);
        let options = Document::parse(&body)
            .ok()
            .and_then(|(document, _)| Some(document.source(document.root().get("options")?.at()).to_owned()));
        let file = format!("{PATCH_FOLDER}/{}.json", base.rsplit('/').next().unwrap_or(base));
        let keys: Vec<&str> = extra.iter().map(|action| action.key()).collect();
        let message = format!(
            "deploy-cli does not know {}, and its import takes them off the tenant; {file} holds the whole options for PATCH /api/v2/connections/{{id}}",
            keys.join(" and ")
        );
        plan.notes.push(
            Problem::note(&json_path, "api_patch", message)
                .with_hint("send it after each import, with the @@NAME@@ values filled in"),
        );
        let body = format!("{{\"options\":{}}}", options.unwrap_or_else(|| "{}".to_owned()));
        plan.files.push((file, render::json(&body).into_bytes()));
    }
    if connection.json.contains_key("customScripts") {
        let note =
            Problem::note(&json_path, "top_level_scripts", "customScripts of the top level is written into options");
        plan.notes.push(note);
    }
    let json = rewritten(connection, &document, &paths.into_iter().collect(), &json_path, names, plan);
    check_markers(&json, &json_path, names, &connection.name, plan);
    Some(render::json(&json))
}

/// Scripts that go out; refuses what was listed and cannot go (B1, B4, P9–P12).
fn listed<'a>(connection: &'a Connection, json_path: &str, plan: &mut Plan) -> BTreeMap<Action, &'a Script> {
    for (key, value) in connection.listed_scripts() {
        match Action::from_key(&key) {
            None => {
                let message = format!("{key} is no action script; deploy-cli would send its path as the script's text");
                let problem = Problem::error(json_path, "unknown_script_key", message);
                plan.refusals.push(problem.with_hint("remove the key or correct its name"));
            }
            Some(action) if !connection.scripts.contains_key(&action) => {
                let message =
                    format!("customScripts.{key} lists {value}, which cannot be read; the bundle would lose it");
                let problem = Problem::error(json_path, "missing_script", message);
                plan.refusals.push(problem.with_hint("restore the file, or take it out of customScripts"));
            }
            Some(_) => {}
        }
    }
    let empty = |scripts: Option<&Value>| scripts.and_then(Value::as_object).is_some_and(serde_json::Map::is_empty);
    let nested = connection.options().and_then(|options| options.get("customScripts"));
    if empty(nested) || empty(connection.json.get("customScripts")) {
        let message = "customScripts is empty, which turns a plain database into a custom one";
        let problem = Problem::error(json_path, "empty_scripts", message);
        plan.refusals.push(problem.with_hint("list a script or remove customScripts"));
    }
    connection.scripts.iter().map(|(action, script)| (*action, script)).collect()
}

fn check_script(action: Action, script: &Script, json_path: &str, plan: &mut Plan) {
    let folder = json_path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = format!("{folder}/{}", script.file.trim_start_matches("./"));
    let bytes = script.bytes.len();
    let mut refuse = |code, message: String, hint: &str| {
        plan.refusals.push(Problem::error(&path, code, message).with_hint(hint));
    };
    if bytes == 0 {
        refuse(
            "empty_script",
            format!("the {action} script is empty; the API wants at least one character"),
            "write it, or take it out of customScripts",
        );
    }
    if bytes > MAX_SCRIPT {
        refuse(
            "script_too_large",
            format!("the {action} script has {bytes} bytes, the platform takes {MAX_SCRIPT}"),
            "shorten it, for instance by using modules",
        );
    }
    match std::str::from_utf8(&script.bytes) {
        Err(_) => refuse(
            "not_utf8",
            format!("the {action} script is not UTF-8; deploy-cli would damage it"),
            "save it as UTF-8",
        ),
        Ok(text) => {
            if let Some(marker) = placeholder::find(text).first() {
                let message =
                    format!("line {} holds {}, which deploy-cli replaces or sends as it is", marker.line, marker.text);
                refuse("placeholder_in_script", message, "read the value from configuration, or break the marker up");
            }
        }
    }
}

/// The connection's JSON with values of `configuration` as references (B2) and the given scripts.
fn rewritten(
    connection: &Connection,
    document: &Document<'_>,
    scripts: &BTreeMap<&str, String>,
    json_path: &str,
    names: &mut Names,
    plan: &mut Plan,
) -> String {
    let scripts: Vec<String> = scripts.iter().map(|(key, text)| format!("{}:{}", quoted(key), quoted(text))).collect();
    let scripts = format!("{{{}}}", scripts.join(","));
    let listed_anywhere = !connection.listed_scripts().is_empty();
    let nested = document.find(&["options", "customScripts"]).is_some();
    let none_left = scripts == "{}";
    let object = |node: &Node, member: &mut dyn FnMut(&str, &Node) -> Option<String>| -> String {
        let Node::Object(_, members) = node else { return document.source(node.at()).to_owned() };
        let members = members
            .iter()
            .filter_map(|m| Some(format!("{}:{}", document.source(m.key_at.clone()), member(&m.key, &m.value)?)));
        members.collect::<Vec<_>>().join(",")
    };
    let source = |node: &Node| document.source(node.at()).to_owned();
    let configuration = connection.configuration();
    let mut seen_options = false;
    let members = object(document.root(), &mut |key, value| match (key, value) {
        ("customScripts", _) => None,
        ("options", Node::Object(..)) => {
            seen_options = true;
            let mut inner = object(value, &mut |key, value| match (key, value) {
                ("customScripts", _) => (!none_left).then(|| scripts.clone()),
                ("configuration", Node::Object(..)) => {
                    let members = configuration.iter().map(|entry| {
                        let reference = names.reference(connection, entry, json_path, plan);
                        format!("{}:{}", quoted(&entry.key), reference)
                    });
                    Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
                }
                _ => Some(source(value)),
            });
            if listed_anywhere && !nested && !none_left {
                let comma = if inner.is_empty() { "" } else { "," };
                inner.push_str(&format!("{comma}\"customScripts\":{scripts}"));
            }
            Some(format!("{{{inner}}}"))
        }
        _ => Some(source(value)),
    });
    let tail = if listed_anywhere && !seen_options && !none_left {
        format!(",\"options\":{{\"customScripts\":{scripts}}}")
    } else {
        String::new()
    };
    format!("{{{members}{tail}}}")
}

/// Markers anywhere in the JSON: upper-case ones are needed by the target, others go up verbatim (B3).
fn check_markers(json: &str, json_path: &str, names: &mut Names, connection: &str, plan: &mut Plan) {
    let mut refused = BTreeSet::new();
    for marker in placeholder::find(json) {
        if placeholder::is_upper_case(marker.name) {
            names.need(marker.name, connection);
        } else if refused.insert(marker.text) {
            let message =
                format!("{} is not upper-case, so deploy-cli sends it as it is when no mapping has it", marker.text);
            let upper = marker.name.to_ascii_uppercase();
            let problem = Problem::error(json_path, "placeholder_lower_case", message);
            plan.refusals.push(problem.with_hint(format!("rename it to {upper}, here and in the vault")));
        }
    }
}
