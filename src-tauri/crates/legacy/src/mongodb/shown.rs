//! What the trace says about a command.

use bson::{Bson, RawDocument};
use contract::{Effect, Statement, TraceKind};
use serde_json::Value;

use super::message::{Request, owned};
use crate::Observed;

/// Longer values are cut, as parameters of statements are.
const LONGEST: usize = 200;
/// Documents of one insert that are shown.
const MOST: usize = 20;

/// Fields of a command that say nothing about what it does.
const MACHINERY: [&str; 12] = [
    "$db",
    "lsid",
    "$clusterTime",
    "txnNumber",
    "autocommit",
    "startTransaction",
    "$readPreference",
    "readConcern",
    "writeConcern",
    "apiVersion",
    "apiStrict",
    "apiDeprecationErrors",
];

/// A line of the trace in the making.
#[derive(Debug, Clone)]
pub(super) struct Line {
    label: String,
    statement: Statement,
}

impl Line {
    /// `mongodb find users`, and `find users {"email":"a@b"}` with what else was asked; written documents stand as parameters.
    pub(super) fn of(request: &Request) -> Line {
        let name = request.name();
        let subject = match request.name() {
            "getMore" => request.body.get_str("collection").ok(),
            _ => request.subject(),
        };
        let words = [Some(name), subject].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let mut sql = words.clone();
        let mut parameters = Vec::new();
        for (key, value) in request.body.iter().skip(1) {
            match (name, key.as_str(), value) {
                (_, key, _) if MACHINERY.contains(&key) => {}
                ("getMore", "collection", _)
                | (_, "ordered" | "cursor" | "batchSize" | "singleBatch" | "bypassDocumentValidation", _) => {}
                // What is looked for stands behind the name without a label, as in the script.
                ("find", "filter", value) | ("aggregate", "pipeline", value) => {
                    sql.push_str(&format!(" {}", text(value.clone())))
                }
                (_, "documents" | "updates" | "deletes", Bson::Array(list)) => {
                    parameters.extend(list.iter().take(MOST).map(|value| written(value.clone())));
                }
                // createUser, updateUser.
                (_, "pwd", _) => sql.push_str(" pwd: …"),
                (_, key, value) => sql.push_str(&format!(" {key}: {}", text(value.clone()))),
            }
        }
        for sequence in &request.sequences {
            let documents = sequence.documents().take(MOST.saturating_sub(parameters.len()));
            parameters.extend(documents.map(|raw| written(document(raw))));
        }
        Line {
            label: format!("mongodb {words}"),
            statement: Statement { sql: cut(sql, 4 * LONGEST), parameters, rows: None, effect: Effect::Read },
        }
    }

    /// Adds a remark.
    pub(super) fn note(&mut self, note: &str) {
        self.label.push_str(" · ");
        self.label.push_str(note);
    }

    /// The server answered: rows or an error, and what became of its writes.
    pub(super) fn answered(mut self, answer: &RawDocument, effect: Effect) -> Observed {
        self.statement.rows = rows(answer);
        let error = error(answer);
        let failed = error.is_some() && self.statement.rows.unwrap_or(0) == 0;
        let effect = if effect != Effect::Read && (failed || met_nothing(answer)) { Effect::Nothing } else { effect };
        self.observed(TraceKind::Query, effect, error)
    }

    /// It is on its way.
    pub(super) fn sent(self, effect: Effect) -> Observed {
        self.observed(TraceKind::Query, effect, None)
    }

    /// It was not sent.
    pub(super) fn refused(self, why: String) -> Observed {
        self.observed(TraceKind::Blocked, Effect::Refused, Some(why))
    }

    /// No answer came of it, or none that the script gets to see.
    pub(super) fn failed(self, why: String, effect: Effect) -> Observed {
        self.observed(TraceKind::Query, effect, Some(why))
    }

    fn observed(self, kind: TraceKind, effect: Effect, error: Option<String>) -> Observed {
        let statement = Statement { effect, ..self.statement };
        Observed { kind, label: self.label, statement: Some(statement), kept: None, error }
    }
}

/// Something that happened to the connection itself.
pub(super) fn connection(label: &str, error: &str) -> Observed {
    Observed {
        kind: TraceKind::Connect,
        label: label.to_owned(),
        statement: None,
        kept: None,
        error: Some(error.to_owned()),
    }
}

/// The rows of a batch.
pub(super) fn batch(answer: &RawDocument) -> Option<usize> {
    let cursor = answer.get_document("cursor").ok()?;
    let rows = cursor.get_array("firstBatch").or_else(|_| cursor.get_array("nextBatch")).ok()?;
    Some(rows.into_iter().count())
}

/// Whether a write went well and found no document to change.
pub(super) fn met_nothing(answer: &RawDocument) -> bool {
    let deeper = answer.get_document("lastErrorObject").ok();
    let brought = answer.get_array("upserted").is_ok()
        || deeper.is_some_and(|it| it.get("upserted").is_ok_and(|it| it.is_some()));
    rows(answer) == Some(0) && batch(answer).is_none() && answer.get_array("writeErrors").is_err() && !brought
}

pub(super) fn rows(answer: &RawDocument) -> Option<u32> {
    if let Some(rows) = batch(answer) {
        return u32::try_from(rows).ok();
    }
    if let Ok(values) = answer.get_array("values") {
        return u32::try_from(values.into_iter().count()).ok();
    }
    // findAndModify says it one level deeper.
    let deeper = answer.get_document("lastErrorObject").ok();
    integer(answer, "n").or_else(|| integer(deeper?, "n")).and_then(|n| u32::try_from(n).ok())
}

/// What the server says is wrong, in one line.
pub(super) fn error(answer: &RawDocument) -> Option<String> {
    if !is_ok(answer) {
        return Some(answer.get_str("errmsg").unwrap_or("the server gave no reason").to_owned());
    }
    let errors = answer.get_array("writeErrors").ok()?;
    let first = errors.get_document(0).ok()?;
    Some(first.get_str("errmsg").unwrap_or("a write failed").to_owned())
}

/// Whether the command as a whole went well.
pub(super) fn is_ok(answer: &RawDocument) -> bool {
    integer(answer, "ok") == Some(1)
}

/// An integer, whatever its type.
pub(super) fn integer(document: &RawDocument, key: &str) -> Option<i64> {
    let value = document.get(key).ok()??;
    match value {
        bson::RawBsonRef::Boolean(true) => Some(1),
        bson::RawBsonRef::Int32(number) => Some(i64::from(number)),
        bson::RawBsonRef::Int64(number) => Some(number),
        #[allow(clippy::cast_possible_truncation)] // servers answer `ok: 1.0`
        bson::RawBsonRef::Double(number) => Some(number as i64),
        _ => None,
    }
}

fn document(raw: &RawDocument) -> Bson {
    owned(raw).map_or(Bson::Null, Bson::Document)
}

/// A written document; of an update, what is looked for and what is done with it.
fn written(value: Bson) -> String {
    let text = match &value {
        Bson::Document(entry) if entry.contains_key("q") => {
            let query = entry.get("q").cloned().map(text).unwrap_or_default();
            match entry.get("u").cloned() {
                Some(update) => format!("{query} → {}", text(update)),
                None => query,
            }
        }
        _ => text(value),
    };
    cut(text, LONGEST)
}

fn text(value: Bson) -> String {
    Value::from(value).to_string()
}

fn cut(text: String, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}
