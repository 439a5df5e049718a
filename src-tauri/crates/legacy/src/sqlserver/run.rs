//! A script's request, from what it asks to what the trace says.

use std::collections::BTreeMap;

use contract::{Effect, TraceKind};
use wire::{Fault, FaultKind};

use super::{
    packet::{IGNORE, Message, RESET},
    prepared::{Judged, Request},
    reply,
    request::{Asked, Step},
    server::{Server, Talk},
    text::Judgement,
    tokens::Answer,
    transaction::{Steered, Transactions},
};
use crate::{
    Kept, Writes, fault,
    fault::refused,
    socket::{Exchanged, Said, Unanswered},
    trace::{self, Line, readable},
};

/// A session's state.
#[derive(Default)]
pub(super) struct State {
    /// The transaction that everything runs in.
    pub(super) descriptor: [u8; 8],
    /// An answer is under way, or was cut off: nothing else can be asked.
    pub(super) is_busy: bool,
    /// A script has gone to another database.
    pub(super) has_moved: bool,
    /// The outer transaction of a safe try has begun.
    pub(super) has_begun: bool,
    pub(super) transactions: Transactions,
    /// What a rollback did not undo.
    pub(super) survives: Vec<String>,
    /// Where identities stood before the first write.
    pub(super) identities: Option<BTreeMap<String, String>>,
    /// Prepared statements by handle.
    pub(super) prepared: BTreeMap<i64, (String, Judged)>,
    /// Clients whose first settings have passed.
    greeted: Vec<u32>,
    /// Committed mode: writes of the script's own transaction so far.
    uncommitted: Option<Vec<Kept>>,
}

/// What the trace says of a write that stands before a procedure which commits.
const STAYS: &str = "kept: committed by a procedure after it";
const COMMITS: &str = "run it with commit (the switch, or --commit) if that is meant";

impl Server {
    /// Answers a message of a client.
    pub(super) async fn request(&self, owner: u32, mut message: Message, said: &Said) -> Result<Exchanged, Unanswered> {
        if message.status & IGNORE != 0 {
            return Ok(own(reply::given_up()));
        }
        let asked = Asked::read(&message);
        self.queue(owner);
        let mut state = self.state.lock().await;
        if state.is_busy {
            self.leave_queue(owner);
            return Err(lost().into());
        }
        let resets = message.status & RESET != 0;
        let request = state.look_at(&asked);
        let mut line = Line::new(format!("tedious {}", request.judgement.verb), &request.sql, &request.parameters);
        if let Some(fault) = self.refusal(&asked, &request.judgement) {
            self.leave_queue(owner);
            let bytes = reply::error(50_000, &fault.message);
            return Ok(Exchanged { observed: line.refused(fault).observed, ..own(bytes) });
        }
        let effect = effect_of(self.options.writes, request.judgement.writes);
        said.asks(line.clone().observed(TraceKind::Query, effect, None));
        let result = if self.options.writes == Writes::Committed {
            self.talk(&mut state, owner, &message.packets).await
        } else {
            message.clear(RESET);
            self.inside(&mut state, owner, message, resets, &asked, &request, &mut line).await
        };
        self.leave_queue(owner);
        match result {
            Ok(talk) => Ok(self.told(&mut state, owner, &asked, request, line, talk)),
            Err(fault) => {
                let error = readable(&fault);
                lost_with(&state, &mut line);
                let observed = Some(line.observed(TraceKind::Query, effect, Some(error)));
                Err(Unanswered { fault, observed })
            }
        }
    }

    /// Why a request is not run.
    fn refusal(&self, asked: &Asked, judgement: &Judgement) -> Option<Fault> {
        let writes = self.options.writes;
        if let Some(danger) = judgement.danger.as_ref().filter(|danger| danger.always || writes != Writes::Committed) {
            let hint = if danger.always { "this is never allowed, whatever becomes of writes" } else { COMMITS };
            return Some(refused(&format!("refused before it ran: {}", danger.reason), hint));
        }
        if writes == Writes::Committed {
            return None;
        }
        if *asked == Asked::Unknown {
            return Some(refused("refused before it ran: a request of a kind that cannot be checked", COMMITS));
        }
        if writes == Writes::ReadOnly && judgement.writes {
            let message =
                format!("refused before it ran: this connection is read-only, and {} may write", judgement.verb);
            return Some(refused(&message, "allow writes for this connection in its settings if that is meant"));
        }
        (!judgement.is_control && judgement.ends_transaction()).then(|| {
            let reason = "refused before it ran: its COMMIT or ROLLBACK among other statements would end the transaction that a safe try undoes";
            refused(reason, "send BEGIN, COMMIT and ROLLBACK each by itself (connection.beginTransaction), or run it with commit")
        })
    }

    /// Runs a request inside the transaction that is undone at the end.
    #[allow(clippy::too_many_arguments)] // one call's worth of context
    async fn inside(
        &self,
        state: &mut State,
        owner: u32,
        mut message: Message,
        resets: bool,
        asked: &Asked,
        request: &Request,
        line: &mut Line,
    ) -> Result<Talk, Fault> {
        if !state.has_begun {
            self.begin(state).await?;
        }
        if resets && let Some(undo) = state.transactions.abandon(owner) {
            self.ask(state, &undo).await?;
            state.transactions.undo(owner);
        }
        let step = match asked {
            Asked::Transaction(step) => Some(step),
            _ => request.judgement.control.first().filter(|_| request.judgement.is_control),
        };
        if let Some(step) = step {
            return self.steer(state, owner, step, line).await;
        }
        if request.judgement.writes && state.identities.is_none() && self.options.writes == Writes::RolledBack {
            state.identities = Some(self.identities(state).await);
        }
        message.in_transaction(state.descriptor);
        let mut talk = self.talk(state, owner, &message.packets).await?;
        if resets {
            talk.packets = reply::after_reset(&talk.packets);
        }
        if talk.ended {
            return Ok(talk);
        }
        self.follow(state, &talk.answer, line).await?;
        if request.judgement.sets_implicit {
            self.ask(state, "SET IMPLICIT_TRANSACTIONS ON").await?;
        }
        // What a procedure committed by itself is no longer to be undone.
        let answer = &talk.answer;
        let wrote = request.judgement.writes && wrote(answer) && !met_nothing(&request.judgement, answer);
        if wrote && !committed(answer) {
            line.wrote(state.transactions.wrote(owner, answer.counted.unwrap_or(0)));
        }
        Ok(talk)
    }

    /// Opens the outer transaction. What follows one that the server ended by itself opens another.
    async fn begin(&self, state: &mut State) -> Result<(), Fault> {
        state.descriptor = [0; 8];
        self.ask(state, "SET IMPLICIT_TRANSACTIONS OFF; BEGIN TRANSACTION; SET IMPLICIT_TRANSACTIONS ON").await?;
        if state.descriptor == [0; 8] {
            return Err(refused("the server began no transaction, so a safe try could undo nothing", COMMITS));
        }
        state.has_begun = true;
        Ok(())
    }

    /// The server's own word on transactions: one may have ended that was not asked to.
    async fn follow(&self, state: &mut State, answer: &Answer, line: &mut Line) -> Result<(), Fault> {
        let mut over = false;
        for change in &answer.changes {
            over = change.kind != 8;
            state.descriptor = change.descriptor;
            if change.kind == 9 {
                let kept = state.transactions.committed(STAYS);
                state.survives.push(format!(
                    "a procedure committed by itself: {kept} {} before it, and its own, stay",
                    if kept == 1 { "write" } else { "writes" }
                ));
                line.note("COMMITTED by the procedure itself: this is not undone");
            } else if change.kind == 10 {
                let lost = state.transactions.lost();
                line.note(&format!("the server rolled back everything before it, too ({lost} writes)"));
            }
        }
        if over {
            self.begin(state).await?;
        }
        Ok(())
    }

    /// A script's own transaction control, on savepoints.
    async fn steer(&self, state: &mut State, owner: u32, step: &Step, line: &mut Line) -> Result<Talk, Fault> {
        let descriptor = state.descriptor;
        let talk = |packets: Vec<u8>, failed: bool| Talk {
            packets,
            answer: Answer { failed, ..Answer::default() },
            ended: false,
        };
        let change = match state.transactions.steer(owner, step) {
            Steered::No(number, words) => return Ok(talk(reply::error(number, &words), true)),
            Steered::Done(change) => change,
            Steered::Send(sql, change) => {
                match self.ask(state, &sql).await {
                    Ok(_) => {}
                    Err(fault) if fault.kind == FaultKind::Statement => {
                        return Ok(talk(reply::error(6401, &fault.message), true));
                    }
                    Err(fault) => return Err(fault),
                }
                if change == Some(10) {
                    let (own, others) = state.transactions.undo(owner);
                    match (own, others) {
                        (0, 0) => {}
                        (own, 0) => line.note(&trace::undid(own)),
                        (own, others) => line.note(&format!(
                            "{}, {others} of them of other clients after it began",
                            trace::undid(own + others)
                        )),
                    }
                }
                change
            }
        };
        if change == Some(9) {
            line.note("not committed: this is a safe try");
        }
        Ok(talk(reply::went_well(change.map(|kind| reply::change(kind, descriptor))), false))
    }

    /// What the trace says of an answer.
    fn told(
        &self,
        state: &mut State,
        owner: u32,
        asked: &Asked,
        request: Request,
        mut line: Line,
        talk: Talk,
    ) -> Exchanged {
        let Talk { packets, answer, ended } = talk;
        if ended {
            lost_with(state, &mut line);
            let error = "the server ended the connection".to_owned();
            let effect = effect_of(self.options.writes, request.judgement.writes);
            let observed = Some(line.observed(TraceKind::Query, effect, Some(error)));
            return Exchanged { bytes: packets, ended, observed };
        }
        state.remember(asked, &request, &answer);
        let wrote = request.judgement.writes && wrote(&answer);
        let nothing = met_nothing(&request.judgement, &answer);
        let is_open =
            self.options.writes == Writes::Committed && state.follow_script(&answer, wrote && !nothing, &mut line);
        // A procedure ended the transaction that was to undo it.
        let stays = self.options.writes == Writes::RolledBack && committed(&answer);
        let effect = match effect_of(self.options.writes, wrote) {
            _ if stays => Effect::Committed,
            Effect::Read if request.judgement.writes && !wrote => Effect::Nothing,
            Effect::RolledBack | Effect::Committed if nothing => Effect::Nothing,
            Effect::Committed if is_open => Effect::RolledBack,
            effect => effect,
        };
        line.rows(answer.counted);
        let error = answer.errors.first().map(|error| error.message.clone());
        let first = !state.greeted.contains(&owner);
        if first {
            state.greeted.push(owner);
        }
        let quiet = error.is_none() && (request.is_quiet || (first && is_settings(&request.sql)));
        let observed = (!quiet).then(|| line.observed(TraceKind::Query, effect, error));
        Exchanged { bytes: packets, ended, observed }
    }
}

/// What becomes of a request that writes, or does not.
fn effect_of(writes: Writes, wrote: bool) -> Effect {
    match (wrote, writes) {
        (false, _) | (_, Writes::ReadOnly) => Effect::Read,
        (true, Writes::RolledBack) => Effect::RolledBack,
        (true, Writes::Committed) => Effect::Committed,
    }
}

/// The package's own first message.
fn is_settings(sql: &str) -> bool {
    sql.lines().all(|line| line.trim_start().get(..4).is_some_and(|start| start.eq_ignore_ascii_case("set ")))
}

/// A statement that failed or was given up wrote nothing; what stood before it in the same text may have.
fn wrote(answer: &Answer) -> bool {
    let went_well = answer.errors.is_empty() && !answer.failed && !answer.attention;
    went_well || answer.counted.is_some_and(|rows| rows > 0)
}

/// A change of rows that found none.
fn met_nothing(judgement: &Judgement, answer: &Answer) -> bool {
    matches!(judgement.verb.as_str(), "UPDATE" | "DELETE") && answer.counted == Some(0)
}

/// What went with a connection that broke off.
fn lost_with(state: &State, line: &mut Line) {
    let writes = state.transactions.writes();
    if writes > 0 {
        line.note(&format!("{writes} writes before it were undone by the server with the connection"));
    }
}

/// A transaction was committed.
fn committed(answer: &Answer) -> bool {
    answer.changes.iter().any(|change| change.kind == 9)
}

/// An answer without the server.
fn own(bytes: Vec<u8>) -> Exchanged {
    Exchanged { bytes, ..Exchanged::default() }
}

impl State {
    /// Committed mode: follows the script's own transaction, for the trace. Says whether what was just written is inside it.
    fn follow_script(&mut self, answer: &Answer, wrote: bool, line: &mut Line) -> bool {
        for change in &answer.changes {
            let before = self.uncommitted.take().unwrap_or_default();
            match change.kind {
                8 => self.uncommitted = Some(Vec::new()),
                9 => before.iter().for_each(|kept| kept.say(trace::COMMITTED_LATER)),
                _ if before.is_empty() => {}
                _ => line.note(&trace::undid(before.len())),
            }
        }
        let Some(writes) = self.uncommitted.as_mut().filter(|_| wrote) else { return false };
        writes.push(line.may_stay());
        line.note(trace::IN_OWN_TRANSACTION);
        true
    }

    /// Committed mode: the session ends, and what the script left open with it. Says what that undid.
    pub(super) fn end(&mut self) -> Option<String> {
        let writes = self.uncommitted.take().unwrap_or_default();
        (!writes.is_empty()).then(|| trace::never_committed(&trace::undid(writes.len())))
    }
}

/// The session was lost before.
fn lost() -> Fault {
    let mut lost = fault::closed("the connection is lost: a statement before was cut off, or the server hung up");
    lost.hint = Some("what ran on it was rolled back by the server".to_owned());
    lost
}
