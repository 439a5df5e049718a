//! What a request does, for safe try and trace. A prepared statement is judged once and remembered by its handle.

use wire::Parameter;

use super::{
    request::{Asked, Call},
    run::State,
    text::{Judgement, judge, judge_procedure},
    tokens::Answer,
};

/// What is remembered of a prepared statement.
#[derive(Clone)]
pub(super) struct Judged {
    verb: String,
    writes: bool,
}

/// A request as the trace shows it, and what it does.
pub(super) struct Request {
    pub(super) sql: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) judgement: Judgement,
    /// Not worth a line when all goes well.
    pub(super) is_quiet: bool,
}

impl State {
    /// What a request is, for safe try and trace.
    pub(super) fn look_at(&self, asked: &Asked) -> Request {
        let plain = |sql: String, judgement| Request { sql, parameters: Vec::new(), judgement, is_quiet: false };
        match asked {
            Asked::Batch(sql) => plain(sql.clone(), judge(sql)),
            Asked::Transaction(step) => {
                let control = vec![step.clone()];
                let judgement =
                    Judgement { verb: step.verb().to_owned(), control, is_control: true, ..Judgement::default() };
                plain(step.sql(), judgement)
            }
            Asked::Bulk => {
                let judgement = Judgement { verb: "bulk load".to_owned(), writes: true, ..Judgement::default() };
                plain("the rows of a bulk load".to_owned(), judgement)
            }
            Asked::Unknown => plain(
                "a request".to_owned(),
                Judgement { verb: "request".to_owned(), writes: true, ..Judgement::default() },
            ),
            Asked::Call(call) => self.look_at_call(call),
        }
    }

    fn look_at_call(&self, call: &Call) -> Request {
        let parameters = call.given();
        let name = call.plain_name();
        if let Some(sql) = call.text() {
            let mut judgement = judge(sql);
            // A procedure's transaction count must be the same before and after: control runs as a batch only.
            judgement.is_control &= name == "sp_executesql";
            return Request { sql: sql.to_owned(), parameters, judgement, is_quiet: name == "sp_prepare" };
        }
        match name.as_str() {
            "sp_unprepare" | "sp_cursorclose" | "sp_cursorunprepare" | "sp_cursoroption" | "sp_cursorfetch" => {
                let judgement = Judgement { verb: name, ..Judgement::default() };
                Request { sql: call.name.clone(), parameters, judgement, is_quiet: true }
            }
            "sp_execute" => {
                let known = call.handle().and_then(|handle| self.prepared.get(&handle));
                let (sql, Judged { verb, writes }) = known
                    .cloned()
                    .unwrap_or_else(|| ("sp_execute".to_owned(), Judged { verb: "EXEC".to_owned(), writes: true }));
                Request {
                    sql,
                    parameters,
                    judgement: Judgement { verb, writes, ..Judgement::default() },
                    is_quiet: false,
                }
            }
            _ => {
                let names = call.parameters.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty());
                let sql = format!("EXEC {} {}", call.name, names.collect::<Vec<_>>().join(", "));
                Request {
                    sql: sql.trim_end().to_owned(),
                    parameters,
                    judgement: judge_procedure(&call.name),
                    is_quiet: false,
                }
            }
        }
    }

    /// Keeps what was prepared under its handle.
    pub(super) fn remember(&mut self, asked: &Asked, request: &Request, answer: &Answer) {
        const MOST: usize = 1000;
        let Asked::Call(call) = asked else { return };
        match call.plain_name().as_str() {
            "sp_prepare" | "sp_prepexec" if self.prepared.len() < MOST => {
                let judged = Judged { verb: request.judgement.verb.clone(), writes: request.judgement.writes };
                if let Some(handle) = answer.handle {
                    self.prepared.insert(handle, (request.sql.clone(), judged));
                }
            }
            "sp_unprepare" => {
                if let Some(handle) = call.handle() {
                    self.prepared.remove(&handle);
                }
            }
            _ => {}
        }
    }
}
