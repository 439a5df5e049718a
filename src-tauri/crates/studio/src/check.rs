//! Static rules about a connection that are certain: what they find is wrong, whatever the script does when it runs.
//!
//! Pure functions over what was read and the [`Shape`]s the sandbox reports; the verb gathers both.

mod clear;
mod uses;

use std::collections::BTreeMap;

use bundle::{ConfigurationValue, Connection, Contents, MAX_SCRIPT, Script, Severity, placeholder};
use contract::{Action, ImportMode, Need, Runtime, ScriptFault, Warning};
use wire::Shape;

use crate::view::Finding;

/// What the sandbox says about each script's function.
pub type Shapes = BTreeMap<Action, Result<Shape, ScriptFault>>;

/// Findings about one connection. `missing` names the secrets it refers to that have no value.
/// `runtime` is the one its runs imitate.
pub fn connection(connection: &Connection, shapes: &Shapes, missing: &[String], runtime: Runtime) -> Vec<Finding> {
    let mut findings = Findings { connection: &connection.name, found: Vec::new() };
    options(connection, &mut findings);
    required_scripts(connection, &mut findings);
    configuration(connection, missing, &mut findings);
    for (action, script) in &connection.scripts {
        text(*action, script, &mut findings);
        match shapes.get(action) {
            Some(Ok(shape)) => {
                function(connection, *action, shape, &mut findings);
                let text = String::from_utf8_lossy(&script.bytes);
                for (severity, action, warning) in uses::findings(*action, &text, runtime) {
                    findings.add(severity, action, warning);
                }
            }
            Some(Err(fault)) => broken(*action, fault, &mut findings),
            None => {}
        }
    }
    findings.found
}

/// Findings about the files of a workspace: unlisted and missing scripts, unknown keys, broken JSON (contract §21 O23, O24).
/// What belongs to no connection goes by the name of its folder.
pub fn files(contents: &Contents) -> Vec<Finding> {
    let findings = contents.problems.iter().map(|problem| {
        let owner = contents.connections.iter().find(|connection| {
            let folder = connection.folder.to_string_lossy().replace('\\', "/");
            problem.path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'))
        });
        let folder = || problem.path.split('/').nth(1).unwrap_or(&problem.path).to_owned();
        let advice = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        Finding {
            connection: owner.map_or_else(folder, |connection| connection.name.clone()),
            action: None,
            severity: word(problem.severity).to_owned(),
            warning: Warning::new(problem.code, format!("{}: {}{advice}", problem.path, problem.message)),
        }
    });
    findings.collect()
}

/// Secrets of a connection in clear text. `known` says whether bytes hold the value of a secret.
pub fn in_clear(connection: &Connection, known: &dyn Fn(&[u8]) -> bool) -> Vec<Finding> {
    let mut findings = Findings { connection: &connection.name, found: Vec::new() };
    for (severity, action, warning) in clear::findings(connection, known) {
        findings.add(severity, action, warning);
    }
    findings.found
}

struct Findings<'a> {
    connection: &'a str,
    found: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, severity: Severity, action: Option<Action>, warning: Warning) {
        let connection = self.connection.to_owned();
        self.found.push(Finding { connection, action, severity: word(severity).to_owned(), warning });
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}

fn options(connection: &Connection, findings: &mut Findings<'_>) {
    let flag = connection.options().and_then(|options| options.get("enabledDatabaseCustomization"));
    if !connection.scripts.is_empty() && flag.and_then(serde_json::Value::as_bool) != Some(true) {
        let message =
            "options.enabledDatabaseCustomization is not true, so none of the scripts ever runs; set it to true";
        findings.add(Severity::Warning, None, Warning::new("customization_off", message));
    }
}

/// The matrix of contract §1.1 (O18, O19).
fn required_scripts(connection: &Connection, findings: &mut Findings<'_>) {
    let mode = connection.import_mode();
    let import = if mode == ImportMode::On { "on" } else { "off" };
    if connection.scripts.is_empty() && connection.listed_scripts().is_empty() {
        return; // a plain database, with nothing of ours in it
    }
    for action in Action::DEPLOYABLE.into_iter().filter(|action| !connection.scripts.contains_key(action)) {
        let file = action.file_name();
        match action.need(mode) {
            Need::Required => {
                let message = format!(
                    "the {action} script is missing, which a connection with import {import} needs; add {file}"
                );
                findings.add(Severity::Error, Some(action), Warning::new("script_missing", message));
            }
            Need::ForOperation => {
                let effect = match action {
                    Action::Delete => "deleting a user ends with a Sandbox Error",
                    Action::GetUser => "sign-up, password reset and change of e-mail fail",
                    Action::Verify => "e-mail addresses cannot be verified",
                    Action::ChangePassword => "passwords cannot be reset or changed",
                    _ => "e-mail addresses cannot be changed",
                };
                let message = format!("there is no {action} script, so {effect}; add {file} if users need it");
                findings.add(Severity::Warning, Some(action), Warning::new("script_missing_for_operation", message));
            }
            Need::Optional | Need::Unused => {}
        }
    }
}

/// References that deploy-cli would not catch, or that have no value (contract §15.7 B3, O25).
fn configuration(connection: &Connection, missing: &[String], findings: &mut Findings<'_>) {
    for entry in connection.configuration() {
        let ConfigurationValue::Reference(name) = entry.value else { continue };
        if !placeholder::is_upper_case(&name) {
            let upper = name.to_ascii_uppercase();
            let message = format!(
                "configuration.{} refers to {name}, which is not upper-case: deploy-cli sends the marker itself when no mapping has it; rename it to {upper}",
                entry.key
            );
            findings.add(Severity::Warning, None, Warning::new("placeholder_lower_case", message));
        }
        if missing.contains(&name) {
            let message =
                format!("configuration.{} refers to {name}, which has no value; set the secret {name}", entry.key);
            findings.add(Severity::Error, None, Warning::new("secret_missing", message));
        }
    }
}

fn text(action: Action, script: &Script, findings: &mut Findings<'_>) {
    let bytes = script.bytes.len();
    let mut error = |warning| findings.add(Severity::Error, Some(action), warning);
    if bytes > MAX_SCRIPT {
        let message = format!(
            "the script has {bytes} bytes, the platform takes {MAX_SCRIPT}; shorten it, for instance by using modules"
        );
        error(Warning::new("script_too_large", message)); // O17
    }
    if bytes == 0 {
        error(Warning::new("empty_script", "the script is empty; the API wants at least one character"));
    }
    match std::str::from_utf8(&script.bytes) {
        Err(fault) => {
            let line = script.bytes[..fault.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            let warning =
                Warning::new("not_utf8", "the script is not UTF-8, deploy-cli would damage it; save it as UTF-8");
            error(warning.at_line(u32::try_from(line).ok()));
        }
        Ok(text) => {
            for marker in placeholder::find(text) {
                let message = format!(
                    "{} is a keyword marker: deploy-cli replaces it or sends it as it is; read the value from configuration",
                    marker.text
                );
                error(Warning::new("placeholder_in_script", message).at_line(Some(marker.line)));
            }
        }
    }
}

fn broken(action: Action, fault: &ScriptFault, findings: &mut Findings<'_>) {
    let rule = if fault.class == "SyntaxError" { "syntax_error" } else { "not_a_function" };
    let message = format!("the script does not evaluate to one function: {}: {}", fault.class, fault.message);
    let line = fault.position.as_ref().map(|position| position.line);
    findings.add(Severity::Error, Some(action), Warning::new(rule, message).at_line(line));
}

/// Positions are the contract (§2.1): one parameter too few or too many and `callback` is something else (E8, O14).
fn function(connection: &Connection, action: Action, shape: &Shape, findings: &mut Findings<'_>) {
    let context = connection.script_context();
    let expected = action.arity(context);
    let declared = shape.parameters as usize;
    // Whether change_email receives context is unknown (contract §20 V2), as are the undocumented signatures (V1).
    let unsure = !action.documented() || (context && !action.takes_context() && declared == expected + 1);
    if declared != expected && !shape.open_ended && !unsure {
        let mut parameters: Vec<&str> = action.parameters().to_vec();
        if context && action.takes_context() {
            parameters.push("context");
        }
        parameters.push("callback");
        let because = match (context, action.takes_context()) {
            (true, true) => " because enable_script_context is on",
            (false, true) if declared == expected + 1 => " because enable_script_context is off",
            _ => "",
        };
        let message = format!(
            "the function declares {declared} parameters and is called with {expected}{because}: ({}); the last one must be callback",
            parameters.join(", ")
        );
        findings.add(Severity::Error, Some(action), Warning::new("arity", message));
    }
    if shape.name.is_empty() {
        let message = "the function has no name, which makes call stacks hard to read; give it one";
        findings.add(Severity::Note, Some(action), Warning::new("anonymous_function", message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Position;
    use serde_json::{Value, json};

    fn sample(options: Value, scripts: &[(Action, &str)]) -> Connection {
        let listed: serde_json::Map<String, Value> =
            scripts.iter().map(|(action, _)| (action.key().to_owned(), json!(action.file_name()))).collect();
        let mut json = json!({"name": "a", "options": options});
        json["options"]["customScripts"] = Value::Object(listed);
        json["options"]["enabledDatabaseCustomization"] = json!(true);
        let script = |(action, text): &(Action, &str)| {
            let bytes = text.as_bytes().to_vec();
            (*action, Script { file: action.file_name(), path: action.file_name().into(), bytes })
        };
        Connection {
            name: "a".to_owned(),
            folder: "database-connections/a".into(),
            json_bytes: json.to_string().into_bytes(),
            json: json.as_object().unwrap().clone(),
            scripts: scripts.iter().map(script).collect(),
            tools: vec![],
        }
    }

    #[allow(clippy::result_large_err)] // the map's own type
    fn shape(name: &str, parameters: u32) -> Result<Shape, ScriptFault> {
        Ok(Shape { name: name.to_owned(), parameters, is_async: false, open_ended: false })
    }

    fn rules(found: &[Finding]) -> Vec<(&str, Option<Action>, &str)> {
        found.iter().map(|f| (f.warning.rule.as_str(), f.action, f.severity.as_str())).collect()
    }

    const BOTH: [(Action, &str); 2] = [(Action::Login, "x"), (Action::GetUser, "x")];

    #[test]
    fn import_on_needs_login_and_get_user() {
        let only_login = sample(json!({"import_mode": true}), &BOTH[..1]);
        assert_eq!(
            rules(&connection(&only_login, &Shapes::new(), &[], Runtime::Node22)),
            [("script_missing", Some(Action::GetUser), "error")] // O18
        );
        assert!(
            connection(&sample(json!({"import_mode": true}), &BOTH), &Shapes::new(), &[], Runtime::Node22).is_empty()
        );
    }

    #[test]
    fn import_off_warns_of_what_will_fail() {
        let found = connection(&sample(json!({}), &BOTH), &Shapes::new(), &[], Runtime::Node22);
        let delete = found.iter().find(|finding| finding.action == Some(Action::Delete)).unwrap(); // O19
        assert!(delete.severity == "warning" && delete.warning.message.contains("Sandbox Error"));
        assert_eq!(found.len(), 4, "verify, change_password, delete, change_email; create is optional");
    }

    #[test]
    fn positions_are_the_contract() {
        let shapes = |login, get_user| Shapes::from([(Action::Login, login), (Action::GetUser, get_user)]);
        let off = sample(json!({"import_mode": true}), &BOTH);
        let on = sample(json!({"import_mode": true, "enable_script_context": true}), &BOTH);
        assert!(connection(&off, &shapes(shape("l", 3), shape("g", 2)), &[], Runtime::Node22).is_empty());
        assert!(connection(&on, &shapes(shape("l", 4), shape("g", 3)), &[], Runtime::Node22).is_empty());
        let old = connection(&on, &shapes(shape("l", 3), shape("g", 3)), &[], Runtime::Node22); // O14
        assert_eq!(rules(&old), [("arity", Some(Action::Login), "error")]);
        assert!(
            old[0].warning.message.contains("(identifier, password, context, callback)"),
            "{}",
            old[0].warning.message
        );
        let new = connection(&off, &shapes(shape("l", 4), shape("g", 2)), &[], Runtime::Node22);
        assert!(new[0].warning.message.contains("enable_script_context is off"));
        let open = Ok(Shape { name: "l".into(), parameters: 1, is_async: true, open_ended: true });
        assert_eq!(
            rules(&connection(&off, &shapes(open, shape("", 2)), &[], Runtime::Node22)),
            [("anonymous_function", Some(Action::GetUser), "info")]
        );
    }

    #[test]
    fn what_is_no_function_is_named_with_its_line() {
        let fault = ScriptFault {
            class: "SyntaxError".into(),
            message: "unexpected token".into(),
            code: None,
            fields: serde_json::Map::new(),
            position: Some(Position { file: "login.js".into(), line: 7, column: 2 }),
            stack: None,
            cause: None,
        };
        let found = connection(
            &sample(json!({"import_mode": true}), &BOTH),
            &Shapes::from([(Action::Login, Err(fault))]),
            &[],
            Runtime::Node22,
        );
        assert_eq!(rules(&found), [("syntax_error", Some(Action::Login), "error")]);
        assert_eq!(found[0].warning.line, Some(7));
    }

    #[test]
    fn sizes_and_markers() {
        let big = "x".repeat(100_001); // O17
        let scripts = [(Action::Login, big.as_str()), (Action::GetUser, "\nvar a = @@HOST@@;")];
        let options = json!({"import_mode": true, "configuration": {"A": "@@low@@", "B": "##GONE##", "C": "plain"}});
        let found = connection(&sample(options, &scripts), &Shapes::new(), &["GONE".to_owned()], Runtime::Node22);
        let expected = [
            ("placeholder_lower_case", None, "warning"),
            ("secret_missing", None, "error"),
            ("script_too_large", Some(Action::Login), "error"),
            ("placeholder_in_script", Some(Action::GetUser), "error"),
        ];
        assert_eq!(rules(&found), expected);
        assert_eq!(found[3].warning.line, Some(2));
    }

    #[test]
    fn files_belong_to_their_connection() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("database-connections/f");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("database.json"), r#"{"name":"n","options":{"customScripts":{"log_in":"./x.js"}}}"#)
            .unwrap();
        std::fs::write(folder.join("orphan.js"), "x").unwrap();
        let found = files(&bundle::read_directory(root.path()).unwrap());
        assert_eq!(rules(&found), [("unknown_script_key", None, "error"), ("unlisted_script", None, "warning")]); // O24, O23
        assert!(found.iter().all(|finding| finding.connection == "n"));
    }
}
