//! Records of both sides, and where they part.

use std::fmt::Write as _;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Case;

/// What a run did, as both sides tell it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Record {
    /// `called_back`, `threw`, `no_callback`, `invalid`, `timed_out`, …
    pub ending: String,
    /// What was called back, thrown or rejected.
    pub error: Option<ErrorRecord>,
    /// Further arguments of the callback.
    pub results: Vec<Value>,
    /// Console lines.
    pub console: Vec<ConsoleText>,
    /// `callback` was called again.
    pub called_twice: bool,
    /// Something was thrown after the callback.
    pub error_afterwards: bool,
    /// The database afterwards.
    #[serde(skip)]
    pub database: Option<String>,
    /// Our warnings; shown, not compared.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// An error.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ErrorRecord {
    /// Class, or `typeof`.
    pub class: String,
    /// Message, or the value as text.
    pub message: String,
    /// `code` as text.
    pub code: Option<String>,
    /// First argument of `WrongUsernameOrPasswordError`.
    pub user_id: Option<String>,
    /// Further own fields.
    pub fields: Map<String, Value>,
    /// Line in the script.
    pub line: Option<u32>,
}

/// A console line.
#[derive(Debug, Clone, Deserialize)]
pub struct ConsoleText {
    /// The method.
    pub level: String,
    /// The text.
    pub text: String,
}

/// One field in which the sides part.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// `area/name`.
    pub case: String,
    /// The field, e.g. `error.message`.
    pub field: String,
    /// In Node.
    pub node: Value,
    /// In Sluice.
    pub sluice: Value,
    /// Why, when the case lists it.
    pub reason: Option<String>,
    /// Our warnings in that run.
    pub warnings: Vec<String>,
}

/// The outcome of an area.
#[derive(Debug)]
pub struct Report {
    area: String,
    cases: usize,
    agreeing: usize,
    known: Vec<Disagreement>,
    found: Vec<Disagreement>,
    stale: Vec<String>,
    varying: Vec<String>,
}

impl Report {
    pub(super) fn new(area: &str) -> Report {
        Report {
            area: area.to_owned(),
            cases: 0,
            agreeing: 0,
            known: Vec::new(),
            found: Vec::new(),
            stale: Vec::new(),
            varying: Vec::new(),
        }
    }

    /// Takes a case: `answers` are Node's, the last of which is compared.
    pub(super) fn add(&mut self, case: &Case, answers: &[Record], sluice: &Record) {
        let Some((node, earlier)) = answers.split_last() else { return };
        self.cases += 1;
        if earlier.iter().any(|earlier| !agree(case, node, earlier)) {
            self.varying.push(case.name.clone());
        }
        let (left, right) = (fields(case, node), fields(case, sluice));
        let mut agrees = true;
        for ((field, node), (_, own)) in left.into_iter().zip(right) {
            let reason = case.setup.differs.get(field).cloned();
            if same(&node, &own) {
                if reason.is_some() {
                    self.stale.push(format!("{}: {field} is listed as differing and agrees", case.name));
                }
                continue;
            }
            agrees = false;
            let (case, warnings) = (case.name.clone(), sluice.warnings.clone());
            let disagreement = Disagreement { case, field: field.to_owned(), node, sluice: own, reason, warnings };
            if disagreement.reason.is_some() { &mut self.known } else { &mut self.found }.push(disagreement);
        }
        self.agreeing += usize::from(agrees);
    }

    /// How many cases ran, and how many agree in every field.
    pub fn figures(&self) -> (usize, usize) {
        (self.cases, self.agreeing)
    }

    /// Prints the report and fails on every disagreement that is not listed, and on listed ones that are gone.
    pub fn check(&self) {
        eprintln!("parity {}: {self}", self.area);
        self.note_down();
        assert!(self.found.is_empty() && self.stale.is_empty(), "parity {}: {self}", self.area);
    }
}

impl Report {
    /// Leaves the figures where `cargo xtask test` sums them up over all areas; a run of single cases leaves none.
    fn note_down(&self) {
        if std::env::var_os("PARITY_CASE").is_some() {
            return;
        }
        let own = std::env::current_exe().expect("a running program has a path");
        // target/debug/deps/parity-…
        let folder = own.ancestors().nth(3).expect("tests run in the target folder").join("parity");
        let known: Vec<Value> = self
            .known
            .iter()
            .map(|known| {
                json!(format!("{} {}: {}", known.case, known.field, known.reason.as_deref().unwrap_or_default()))
            })
            .collect();
        let noted = json!({"agreeing": self.agreeing, "cases": self.cases, "known": known});
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(format!("{}.json", self.area)), noted.to_string()));
        written.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} agree", self.agreeing, self.cases)?;
        for known in &self.known {
            let reason = known.reason.as_deref().unwrap_or_default();
            write!(f, "\n  known   {} {}: {reason}", known.case, known.field)?;
        }
        for found in &self.found {
            write!(f, "\n  DIFFERS {} {}{}", found.case, found.field, difference(&found.node, &found.sluice))?;
            for warning in &found.warnings {
                write!(f, "\n          our warning: {warning}")?;
            }
        }
        for varying in &self.varying {
            write!(f, "\n  varies  {varying}: Node gave more than one answer")?;
        }
        for stale in &self.stale {
            write!(f, "\n  STALE   {stale}")?;
        }
        Ok(())
    }
}

/// Whether two records are the same in every field that is not listed as differing.
pub(super) fn agree(case: &Case, one: &Record, other: &Record) -> bool {
    let (one, other) = (fields(case, one), fields(case, other));
    one.iter().zip(&other).all(|((field, one), (_, other))| case.setup.differs.contains_key(*field) || same(one, other))
}

/// The fields that are compared, normalised.
fn fields(case: &Case, record: &Record) -> Vec<(&'static str, Value)> {
    let error = record.error.as_ref();
    let rules: Vec<(Regex, &str)> = case
        .setup
        .normalise
        .iter()
        .map(|(pattern, with)| (Regex::new(pattern).expect("a valid pattern in the case"), with.as_str()))
        .collect();
    let fields = vec![
        ("ending", json!(record.ending)),
        ("error.class", json!(error.map(|error| &error.class))),
        ("error.message", json!(error.map(|error| &error.message))),
        ("error.code", json!(error.map(|error| &error.code))),
        ("error.user_id", json!(error.map(|error| &error.user_id))),
        // What was thrown carries no further fields in Sluice's record.
        ("error.fields", json!(error.filter(|_| record.ending == "called_back").map(|error| &error.fields))),
        ("error.line", json!(error.map(|error| error.line))),
        ("results", json!(record.results)),
        (
            "console",
            record
                .console
                .iter()
                .map(|line| json!(format!("[{}] {}", line.level, without_frames(&line.text))))
                .collect(),
        ),
        ("called_twice", json!(record.called_twice)),
        ("error_afterwards", json!(record.error_afterwards)),
        ("database", json!(record.database)),
    ];
    fields.into_iter().map(|(field, value)| (field, normalised(value, &rules))).collect()
}

fn normalised(value: Value, rules: &[(Regex, &str)]) -> Value {
    match value {
        Value::String(text) => Value::String(
            rules.iter().fold(text, |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned()),
        ),
        Value::Array(items) => items.into_iter().map(|item| normalised(item, rules)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, normalised(value, rules))).collect(),
        other => other,
    }
}

/// A text without the lines of a stack: the engines name frames differently. The brace that opens an error's fields stays.
fn without_frames(text: &str) -> String {
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        let frame = words.starts_with("at ") || (words.starts_with("... ") && words.contains(" lines matching "));
        if !(line.starts_with(' ') && frame) {
            kept.push_str(line);
        } else if words.ends_with(" {") {
            kept.truncate(kept.trim_end().len());
            kept.push_str(" {\n");
        } else if words.ends_with('}') && !words.ends_with("{}") {
            kept.push_str("}\n");
        }
    }
    kept.trim_end().to_owned()
}

/// Equal, with numbers compared by value (`1` and `1.0`) and order of keys counting.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|((key, left), (other, right))| key == other && same(left, right))
        }
        _ => left == right,
    }
}

/// Both values, or for lists and texts only the lines that part.
fn difference(node: &Value, sluice: &Value) -> String {
    let (node, sluice) = (lines(node), lines(sluice));
    let mut text = String::new();
    let changes = similar::capture_diff_slices(similar::Algorithm::Myers, &node, &sluice);
    for change in changes.iter().flat_map(|change| change.iter_changes(&node, &sluice)) {
        let side = match change.tag() {
            similar::ChangeTag::Equal => continue,
            similar::ChangeTag::Delete => "node  ",
            similar::ChangeTag::Insert => "sluice",
        };
        // Writing to a String cannot fail.
        let _written = write!(text, "\n          {side} {}", change.value());
    }
    text
}

fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        Value::Array(items) => items.iter().flat_map(lines).collect(),
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::without_frames;

    #[test]
    fn frames_go_and_fields_stay() {
        let text = "Error: x\n    at f (script.js:1:2)\n    at g (script.js:3:4) {\n  code: 'A'\n}\nat home";
        assert_eq!(without_frames(text), "Error: x {\n  code: 'A'\n}\nat home");
    }
}
