//! Safe try as a pure state machine: several clients, each with transactions of its own as it believes, on one server
//! session inside one outer transaction that is rolled back at the end (design §6).
//!
//! A client's BEGIN becomes a savepoint, ROLLBACK goes back to it, COMMIT forgets it. Savepoints form one stack, so
//! clients nest: going back to a mark undoes what others did after it, which the answer says.

mod back;
mod step;

use wire::{StoreKind, Transaction};

use crate::{Kept, classify::Control, trace};

pub(crate) use step::{Answer, Complaint, Step};

/// The state of one shared session.
#[derive(Debug)]
pub(crate) struct SafeTry {
    store: StoreKind,
    marks: Vec<Mark>,
    next: u32,
    /// PostgreSQL: the savepoint of the last statement, released together with the next message.
    pending: bool,
    /// PostgreSQL: clients whose own transaction has failed.
    aborted: Vec<u32>,
    /// MySQL: clients with `autocommit = 0`.
    manual: Vec<u32>,
    /// Writing statements that would stay if the outer transaction were committed.
    writes: Vec<Write>,
    /// Where the writes of a text begin that has several statements.
    text: Option<usize>,
    /// Writing statements that stay: the outer transaction was committed by the server.
    kept: u32,
}

/// What a statement wrote.
#[derive(Debug, Default)]
pub(crate) struct Wrote {
    /// Says so when it stays after all.
    pub(crate) kept: Kept,
    /// Rows changed, as far as the server counts them.
    pub(crate) rows: u64,
    /// Whether it is not known to have written at all.
    pub(crate) perhaps: bool,
}

/// A writing statement, with its client.
#[derive(Debug)]
struct Write {
    owner: u32,
    wrote: Wrote,
}

#[derive(Debug)]
struct Mark {
    name: String,
    owner: u32,
    kind: Kind,
    /// Committed or released by its owner, but below others' marks.
    is_done: bool,
    /// Length of `writes` when it was set.
    writes: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Begin,
    Named(String),
}

const STATEMENT: &str = "sluice_statement";

impl SafeTry {
    pub(crate) fn new(store: StoreKind) -> SafeTry {
        SafeTry {
            store,
            marks: Vec::new(),
            next: 1,
            pending: false,
            aborted: Vec::new(),
            manual: Vec::new(),
            writes: Vec::new(),
            text: None,
            kept: 0,
        }
    }

    /// Writing statements that the end of the session undoes.
    pub(crate) fn writes(&self) -> u32 {
        u32::try_from(self.writes.len()).unwrap_or(u32::MAX)
    }

    /// Those of them that may have written nothing.
    pub(crate) fn perhaps(&self) -> u32 {
        u32::try_from(self.writes.iter().filter(|write| write.wrote.perhaps).count()).unwrap_or(u32::MAX)
    }

    /// Rows that these changed.
    pub(crate) fn rows(&self) -> u64 {
        self.writes.iter().map(|write| write.wrote.rows).sum()
    }

    /// Whether nothing of any client is open or written, so that the outer transaction may be begun anew.
    pub(crate) fn is_untouched(&self) -> bool {
        self.writes.is_empty() && self.marks.is_empty()
    }

    /// Writing statements that stay.
    pub(crate) fn kept(&self) -> u32 {
        self.kept
    }

    /// The server committed everything, for this reason.
    pub(crate) fn committed(&mut self, why: &'static str) {
        self.writes.iter().for_each(|write| write.wrote.kept.say(why));
        self.kept = self.kept.saturating_add(self.writes());
        self.lost();
    }

    /// The server rolled everything back by itself.
    pub(crate) fn lost(&mut self) {
        self.marks.clear();
        self.writes.clear();
        self.pending = false;
    }

    /// Before a statement that is no transaction control.
    pub(crate) fn before(&mut self, owner: u32) -> Result<Vec<String>, Complaint> {
        if self.aborted.contains(&owner) {
            return Err(Complaint::Aborted);
        }
        let mut send = Vec::new();
        if self.manual.contains(&owner) && !self.is_inside(owner) {
            send.push(self.mark(owner, Kind::Begin));
        }
        if self.store == StoreKind::Postgres {
            // A failed statement ends a PostgreSQL transaction; its savepoint brings the session back.
            if self.pending {
                send.push(format!("RELEASE SAVEPOINT {STATEMENT}"));
            }
            send.push(format!("SAVEPOINT {STATEMENT}"));
            self.pending = true;
        }
        Ok(send)
    }

    /// After it, with what it wrote, if it did.
    pub(crate) fn after(&mut self, owner: u32, succeeded: bool, wrote: Option<Wrote>) -> Vec<String> {
        if succeeded {
            self.writes.extend(wrote.map(|wrote| Write { owner, wrote }));
            return Vec::new();
        }
        if self.store != StoreKind::Postgres {
            return Vec::new();
        }
        if self.is_inside(owner) && !self.aborted.contains(&owner) {
            self.aborted.push(owner);
        }
        vec![SafeTry::back_to_statement()]
    }

    /// PostgreSQL: back to before the last statement.
    pub(crate) fn back_to_statement() -> String {
        format!("ROLLBACK TO SAVEPOINT {STATEMENT}")
    }

    /// Instead of a piece of transaction control.
    pub(crate) fn control(&mut self, owner: u32, control: &Control) -> Step {
        let mut step = Step::default();
        if self.pending && *control != Control::Characteristics {
            step.send.push(format!("RELEASE SAVEPOINT {STATEMENT}"));
            self.pending = false;
        }
        match control {
            Control::Begin => self.begin(owner, &mut step),
            Control::Commit { chain } => {
                self.commit(owner, &mut step);
                self.chain(owner, *chain, &mut step);
            }
            Control::Rollback { chain } => {
                self.rollback(owner, &mut step);
                self.chain(owner, *chain, &mut step);
            }
            Control::Savepoint(name) => self.savepoint(owner, name, &mut step),
            Control::RollbackTo(name) => self.rollback_to(owner, name, &mut step),
            Control::Release(name) => self.release(owner, name, &mut step),
            Control::AutoCommit(on) => {
                self.manual.retain(|manual| *manual != owner);
                if *on {
                    if self.is_inside(owner) {
                        self.commit(owner, &mut step);
                    }
                } else {
                    self.manual.push(owner);
                }
            }
            Control::Characteristics => step.answer = Answer::Done("SET"),
        }
        step
    }

    /// A client goes away: what it did not commit is undone, as its server would.
    pub(crate) fn leave(&mut self, owner: u32) -> Step {
        let mut step = Step::default();
        if self.is_inside(owner) {
            step = self.control(owner, &Control::Rollback { chain: false });
            step.note = step.note.map(|undid| trace::never_committed(&undid));
        }
        self.manual.retain(|manual| *manual != owner);
        self.aborted.retain(|aborted| *aborted != owner);
        step
    }

    /// How a client's own transaction stands, as PostgreSQL would say.
    pub(crate) fn transaction(&self, owner: u32) -> Option<Transaction> {
        if self.aborted.contains(&owner) {
            return Some(Transaction::Failed);
        }
        self.is_inside(owner).then_some(Transaction::Open)
    }

    fn is_inside(&self, owner: u32) -> bool {
        self.own(owner).next().is_some()
    }

    /// Places of a client's open marks, outermost first.
    fn own(&self, owner: u32) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let open = self.marks.iter().enumerate().filter(move |(_, mark)| mark.owner == owner && !mark.is_done);
        open.map(|(place, _)| place)
    }

    fn mark(&mut self, owner: u32, kind: Kind) -> String {
        let name = format!("sluice_{}", self.next);
        self.next += 1;
        let sent = format!("SAVEPOINT {name}");
        self.marks.push(Mark { name, owner, kind, is_done: false, writes: self.writes.len() });
        sent
    }

    fn begin(&mut self, owner: u32, step: &mut Step) {
        step.answer = Answer::Done("BEGIN");
        if self.is_inside(owner) {
            match self.store {
                StoreKind::Postgres => {
                    step.note = Some("already in a transaction".to_owned());
                    return;
                }
                StoreKind::Mysql => {
                    self.commit(owner, step);
                    step.answer = Answer::Done("BEGIN");
                    step.note = Some("committed the transaction before, as MySQL does".to_owned());
                }
                StoreKind::Sqlite => {
                    step.answer = Answer::No(Complaint::AlreadyInside);
                    return;
                }
            }
        }
        if self.marks.iter().any(|mark| mark.owner != owner && !mark.is_done) {
            step.note = Some("nested in another client's transaction: a safe try has one session for both".to_owned());
        }
        let sent = self.mark(owner, Kind::Begin);
        step.send.push(sent);
    }

    fn chain(&mut self, owner: u32, chain: bool, step: &mut Step) {
        if chain && matches!(step.answer, Answer::Done(_)) {
            let sent = self.mark(owner, Kind::Begin);
            step.send.push(sent);
        }
    }

    fn commit(&mut self, owner: u32, step: &mut Step) {
        step.answer = Answer::Done("COMMIT");
        if self.aborted.contains(&owner) {
            self.rollback(owner, step);
            return;
        }
        if !self.is_inside(owner) {
            if self.store == StoreKind::Sqlite {
                step.answer = Answer::No(Complaint::NothingOpen("commit"));
            }
            return;
        }
        let begun = self.own(owner).next().map_or(0, |first| self.marks[first].writes);
        let wrote = self.writes.iter().skip(begun).any(|write| write.owner == owner);
        for mark in &mut self.marks {
            mark.is_done |= mark.owner == owner;
        }
        self.drop_done(step);
        if wrote {
            step.note.get_or_insert_with(|| "not committed: this is a safe try".to_owned());
        }
    }

    fn rollback(&mut self, owner: u32, step: &mut Step) {
        step.answer = Answer::Done("ROLLBACK");
        self.aborted.retain(|aborted| *aborted != owner);
        let Some(first) = self.own(owner).next() else {
            if self.store == StoreKind::Sqlite {
                step.answer = Answer::No(Complaint::NothingOpen("rollback"));
            }
            return;
        };
        self.go_back(owner, first, step);
        self.marks[first].is_done = true;
        self.drop_done(step);
    }

    fn savepoint(&mut self, owner: u32, name: &str, step: &mut Step) {
        step.answer = Answer::Done("SAVEPOINT");
        if self.aborted.contains(&owner) {
            step.answer = Answer::No(Complaint::Aborted);
            return;
        }
        if !self.is_inside(owner) {
            match self.store {
                StoreKind::Postgres => {
                    step.answer = Answer::No(Complaint::NeedsTransaction("SAVEPOINT"));
                    return;
                }
                // Without a transaction MySQL sets a savepoint that is gone with the next statement.
                StoreKind::Mysql => return,
                // SQLite opens a transaction.
                StoreKind::Sqlite => {}
            }
        }
        if self.store == StoreKind::Mysql
            && let Some(old) = self.find(owner, name)
        {
            // MySQL forgets the older one of that name.
            self.marks[old].is_done = true;
        }
        let sent = self.mark(owner, Kind::Named(name.to_owned()));
        step.send.push(sent);
    }

    fn rollback_to(&mut self, owner: u32, name: &str, step: &mut Step) {
        step.answer = Answer::Done("ROLLBACK");
        let Some(place) = self.named(owner, name, "ROLLBACK TO SAVEPOINT", step) else { return };
        self.aborted.retain(|aborted| *aborted != owner);
        self.go_back(owner, place, step);
    }

    fn release(&mut self, owner: u32, name: &str, step: &mut Step) {
        step.answer = Answer::Done("RELEASE");
        if self.aborted.contains(&owner) {
            step.answer = Answer::No(Complaint::Aborted);
            return;
        }
        let Some(place) = self.named(owner, name, "RELEASE SAVEPOINT", step) else { return };
        for mark in &mut self.marks[place..] {
            mark.is_done |= mark.owner == owner;
        }
        self.drop_done(step);
    }

    fn find(&self, owner: u32, name: &str) -> Option<usize> {
        self.own(owner).rev().find(|place| matches!(&self.marks[*place].kind, Kind::Named(own) if own == name))
    }

    /// The client's savepoint of that name, or the store's complaint.
    fn named(&mut self, owner: u32, name: &str, command: &'static str, step: &mut Step) -> Option<usize> {
        let found = self.find(owner, name);
        if found.is_none() {
            let postgres = self.store == StoreKind::Postgres;
            let inside = self.is_inside(owner);
            step.answer = Answer::No(if postgres && !inside {
                Complaint::NeedsTransaction(command)
            } else {
                Complaint::NoSavepoint(name.to_owned())
            });
            if postgres && inside && !self.aborted.contains(&owner) {
                self.aborted.push(owner);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
