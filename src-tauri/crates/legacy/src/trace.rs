//! What the trace says about a statement or a request.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{Effect, Statement, TraceKind};
use serde_json::Value;
use wire::{Fault, FaultKind, HttpRequest, HttpResponse, Parameter, ResultSet, StoreReply};

use crate::{Handled, Kept, Observed, driver::Failed};

/// What stands in the label of a write inside the script's own transaction where writes stay: it counts as undone as long as
/// nothing says [`COMMITTED_LATER`].
pub(crate) const IN_OWN_TRANSACTION: &str = "in the script's own transaction";
/// Why such a write stays.
pub(crate) const COMMITTED_LATER: &str = "which it committed";
/// A text undid what itself wrote.
pub(crate) const UNDID_ITS_OWN: &str = "undid its own write";

/// A line of the trace in the making.
#[derive(Clone)]
pub(crate) struct Line {
    label: String,
    statement: Statement,
    kept: Option<Kept>,
}

impl Line {
    pub(crate) fn new(label: String, sql: &str, parameters: &[Parameter]) -> Line {
        let parameters = parameters.iter().map(shown).collect();
        let statement = Statement { sql: sql.to_owned(), parameters, rows: None, effect: Effect::Read };
        Line { label, statement, kept: None }
    }

    /// An HTTP request: what is sent stands where a statement's parameters stand.
    pub(crate) fn of_request(request: &HttpRequest) -> Line {
        let method = request.method.to_ascii_uppercase();
        let headers =
            request.headers.iter().map(|(name, value)| cut(&format!("{name}: {}", without_credentials(name, value))));
        let body = request.body.as_deref().and_then(|body| STANDARD.decode(body).ok()).unwrap_or_default();
        let body = match std::str::from_utf8(&body) {
            Ok(text) => cut(text),
            Err(_) => format!("{} bytes", body.len()),
        };
        let parameters = headers.chain(Some(body).filter(|body| !body.is_empty())).collect();
        let host = request.url.split('/').nth(2).unwrap_or(&request.url);
        let host = host.rsplit('@').next().unwrap_or(host);
        let operation = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
        let operation = operation.map(|(_, operation)| format!(" {operation}")).unwrap_or_default();
        let sql = format!("{method} {}{operation}", request.url);
        Line {
            label: format!("{method} {host}"),
            statement: Statement { sql, parameters, rows: None, effect: Effect::Read },
            kept: None,
        }
    }

    /// The server answered.
    pub(crate) fn answered(mut self, response: HttpResponse, effect: Effect) -> Handled {
        self.note(&format!("{} {}", response.status, response.status_text));
        let error = (!response.complete).then(|| {
            let came =
                response.body.len() / 4 * 3 - response.body.bytes().rev().take_while(|byte| *byte == b'=').count();
            let length = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let announced = length.map(|(_, length)| format!(" of {length}")).unwrap_or_default();
            format!("the server ended the connection in the middle of the body: {came}{announced} bytes came")
        });
        let observed = self.observed(TraceKind::Http, effect, error);
        Handled { reply: StoreReply::Response(response), observed: Some(observed) }
    }

    /// No answer came.
    pub(crate) fn not_answered(self, fault: Fault, effect: Effect) -> Handled {
        let observed = self.observed(TraceKind::Http, effect, Some(readable(&fault)));
        Handled { reply: StoreReply::failed(fault), observed: Some(observed) }
    }

    /// Adds a remark.
    pub(crate) fn note(&mut self, note: &str) {
        self.label.push_str(" · ");
        self.label.push_str(note);
    }

    /// It wrote what is to be undone, unless `kept` says otherwise later.
    pub(crate) fn wrote(&mut self, kept: Kept) {
        self.kept = Some(kept);
    }

    /// The same, in parts: what is said of one holds for the line.
    pub(crate) fn may_stay(&mut self) -> Kept {
        self.kept.get_or_insert_default().clone()
    }

    /// How many rows came or were changed.
    pub(crate) fn rows(&mut self, rows: Option<u64>) {
        self.statement.rows = rows.and_then(|rows| u32::try_from(rows).ok());
    }

    /// It ran.
    pub(crate) fn done(mut self, sets: Vec<ResultSet>, effect: Effect) -> Handled {
        self.statement.rows = sets.last().and_then(rows);
        let observed = self.observed(TraceKind::Query, effect, None);
        Handled { reply: StoreReply::rows(sets), observed: Some(observed) }
    }

    /// It steered the transaction or the session: a count of rows would mean nothing.
    pub(crate) fn steered(self, sets: Vec<ResultSet>) -> Handled {
        let observed = self.observed(TraceKind::Query, Effect::Read, None);
        Handled { reply: StoreReply::rows(sets), observed: Some(observed) }
    }

    /// It failed.
    pub(crate) fn failed(self, (fault, sets): Failed, effect: Effect) -> Handled {
        let observed = self.observed(TraceKind::Query, effect, Some(readable(&fault)));
        Handled { reply: StoreReply::Failed { fault, sets, transaction: None }, observed: Some(observed) }
    }

    /// It was not run.
    pub(crate) fn refused(self, fault: Fault) -> Handled {
        debug_assert!(matches!(fault.kind, FaultKind::Refused | FaultKind::Policy));
        let observed = self.observed(TraceKind::Blocked, Effect::Refused, Some(readable(&fault)));
        Handled { reply: StoreReply::failed(fault), observed: Some(observed) }
    }

    /// It failed for what Sluice itself did around it; the script gets the server's own words.
    pub(crate) fn hindered(self, result: Result<Vec<ResultSet>, Failed>) -> Handled {
        let (fault, sets) = match result {
            Ok(sets) => return self.done(sets, Effect::Read),
            Err(failed) => failed,
        };
        let observed = self.observed(TraceKind::Blocked, Effect::Refused, Some(readable(&fault)));
        Handled { reply: StoreReply::Failed { fault, sets, transaction: None }, observed: Some(observed) }
    }

    /// The line itself, where another reply belongs to it.
    pub(crate) fn observed(self, kind: TraceKind, effect: Effect, error: Option<String>) -> Observed {
        let statement = Statement { effect, ..self.statement };
        Observed { kind, label: self.label, statement: Some(statement), kept: self.kept, error }
    }
}

/// How many writes a rollback undid, and how many rows they had changed as far as the store counts them.
pub(crate) fn undone(writes: u32, rows: u64) -> String {
    let writes = if writes == 1 { "1 write undone".to_owned() } else { format!("{writes} writes undone") };
    match rows {
        0 => writes,
        1 => format!("{writes} (1 row)"),
        rows => format!("{writes} ({rows} rows)"),
    }
}

/// What a ROLLBACK of the script undid; the doctor reads the number.
pub(crate) fn undid(writes: usize) -> String {
    if writes == 1 { "undid 1 write".to_owned() } else { format!("undid {writes} writes") }
}

/// What the end of a connection undid, because the script left its transaction open.
pub(crate) fn never_committed(undid: &str) -> String {
    format!("{undid}, not committed: the transaction was never committed")
}

/// What a fault says in one line, for people: Node's aggregate errors have no message of their own.
pub(crate) fn readable(fault: &Fault) -> String {
    if !fault.message.is_empty() {
        return fault.message.clone();
    }
    let errors = fault.fields.get("errors").and_then(Value::as_array);
    let first = errors.and_then(|errors| errors.first()).and_then(|error| error["message"].as_str());
    first.or(fault.code.as_deref()).unwrap_or("no message").to_owned()
}

fn rows(set: &ResultSet) -> Option<u32> {
    let count = if set.returns_rows { u64::try_from(set.rows.len()).ok() } else { set.affected };
    count.and_then(|count| u32::try_from(count).ok())
}

/// A header's value as the trace shows it. Tokens that a script fetched itself are no secrets of the configuration, which a
/// redactor would know, and yet open doors.
fn without_credentials(name: &str, value: &str) -> String {
    const CREDENTIALS: [&str; 6] =
        ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-amz-security-token"];
    if !CREDENTIALS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return value.to_owned();
    }
    // The scheme tells what kind it is (RFC 9110 §11.6.2).
    match value.split_once(' ') {
        Some((scheme, _)) if name.to_ascii_lowercase().ends_with("authorization") => format!("{scheme} (hidden)"),
        _ => "(hidden)".to_owned(),
    }
}

/// Longer parameters are cut in the trace.
pub(crate) fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

fn shown(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Null => "NULL".to_owned(),
        Parameter::Text(text) | Parameter::Integer(text) => cut(text),
        Parameter::Bytes(base64) => format!("{} bytes", base64.trim_end_matches('=').len() * 3 / 4),
        Parameter::Number(number) => number.to_string(),
        Parameter::Boolean(boolean) => boolean.to_string(),
        Parameter::Named(name, value) => format!("{name} = {}", shown(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_headers_are_hidden() {
        assert_eq!(without_credentials("Authorization", "Bearer abc.def"), "Bearer (hidden)");
        assert_eq!(without_credentials("authorization", "abc"), "(hidden)");
        assert_eq!(without_credentials("Cookie", "a=1; b=2"), "(hidden)");
        assert_eq!(without_credentials("x-api-key", "k 1"), "(hidden)");
        assert_eq!(without_credentials("accept", "*/*"), "*/*");
    }
}
