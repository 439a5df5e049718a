//! Where writes stay: what becomes of those inside the script's own transaction. They count as undone until its COMMIT has gone
//! well, as they do for the server.

use contract::Effect;
use wire::{FaultKind, ResultSet, StoreKind};

use super::unit::nothing;
use crate::{
    Kept,
    classify::{Class, Classified, Control},
    dialect,
    driver::Failed,
    trace::{self, Line},
};

/// The script's own transaction on one connection.
#[derive(Default)]
pub(super) struct Own {
    open: bool,
    /// PostgreSQL: a statement failed in it, so that its COMMIT undoes it.
    failed: bool,
    /// MySQL: `autocommit = 0`, so that a write opens it.
    manual: bool,
    writes: Vec<Kept>,
    /// Savepoints, with the number of writes before each.
    marks: Vec<(String, usize)>,
    /// Where the writes of the text at hand begin.
    text: usize,
}

/// How the server's transaction stands after a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stands {
    pub(super) open: bool,
    pub(super) failed: bool,
}

/// What a text did to the writes.
#[derive(Default)]
struct Told {
    /// Writes before the text that were undone.
    undone: usize,
    /// The text's own writes that were undone.
    own_undone: bool,
    /// The text's own writes that stay.
    own_stay: bool,
}

impl Own {
    /// Follows a text that was answered; `stands` is none where the connection is lost. Says what became of the text's own writes.
    pub(super) fn follow(
        &mut self,
        store: StoreKind,
        parts: &[Classified<'_>],
        result: &Result<Vec<ResultSet>, Failed>,
        stands: Option<Stands>,
        line: &mut Line,
    ) -> Effect {
        let (sets, fault) = match result {
            Ok(sets) => (sets, None),
            Err((fault, sets)) => (sets, Some(fault)),
        };
        let ran = if fault.is_none() { parts.len() } else { sets.len().min(parts.len()) };
        let of = |place: usize| (parts.len() == sets.len()).then(|| &sets[place]);
        let mut told = Told::default();
        self.text = self.writes.len();
        for (place, part) in parts[..ran].iter().enumerate() {
            match &part.class {
                Class::Write if of(place).is_some_and(|set| nothing(part, set)) => self.open |= self.manual,
                Class::Write => {
                    self.open |= self.manual;
                    self.write(line, &mut told);
                }
                Class::Control(control) => self.steer(store, control, &mut told),
                _ => {}
            }
        }
        let commits = |part: &Classified<'_>| {
            matches!(part.class, Class::Control(Control::Commit { .. } | Control::AutoCommit(true)))
        };
        let may_be_committed = stands.is_none() && parts[ran..].iter().any(commits);
        match (stands, fault) {
            (None, _) if may_be_committed => {
                self.writes.drain(..).for_each(|kept| kept.say(contract::STAYS_IF_COMMITTED));
            }
            (None, _) => {}
            // MySQL says nothing of the transaction with an error.
            (Some(now), Some(fault)) => {
                let over = self.open && !now.open && store != StoreKind::Mysql;
                if over || dialect::ends_transaction(store, fault) {
                    self.undo(0, &mut told);
                    self.open = false;
                    line.note("the server rolled back the transaction");
                }
            }
            // It committed by itself, as with definitions in MySQL.
            (Some(now), None) if self.open && !now.open => {
                self.commit(&mut told);
                self.open = false;
            }
            (Some(now), None) if now.open && !self.open => {
                self.open = true;
                if std::mem::take(&mut told.own_stay) {
                    self.write(line, &mut told);
                }
            }
            (Some(_), None) => {}
        }
        self.failed = stands.is_some_and(|now| now.failed);
        self.tell(&told, line);
        let writes = parts.iter().any(|part| part.class == Class::Write);
        let own_open = self.writes.len() > self.text;
        if own_open {
            line.note(trace::IN_OWN_TRANSACTION);
        }
        match fault {
            _ if !writes => Effect::Read,
            _ if told.own_stay => Effect::Committed,
            _ if own_open => Effect::RolledBack,
            None => Effect::Nothing,
            // Its end undoes whatever the failed statement did.
            Some(_) if self.open && !may_be_committed => Effect::RolledBack,
            Some(fault) if fault.kind == FaultKind::Statement && told.own_undone => Effect::Nothing,
            Some(_) => Effect::Committed,
        }
    }

    /// The connection ends, and with it the transaction. Says what that undid.
    pub(super) fn end(&mut self) -> Option<String> {
        let writes = std::mem::take(&mut self.writes);
        (!writes.is_empty()).then(|| trace::never_committed(&trace::undid(writes.len())))
    }

    fn write(&mut self, line: &mut Line, told: &mut Told) {
        if self.open {
            self.writes.push(line.may_stay());
        } else {
            told.own_stay = true;
        }
    }

    fn steer(&mut self, store: StoreKind, control: &Control, told: &mut Told) {
        match control {
            Control::Begin => {
                if self.open && store == StoreKind::Mysql {
                    self.commit(told);
                }
                self.open = true;
            }
            Control::Commit { chain } | Control::Rollback { chain } => {
                if matches!(control, Control::Commit { .. }) && !self.failed {
                    self.commit(told);
                } else {
                    self.undo(0, told);
                }
                self.failed = false;
                self.open &= *chain;
            }
            Control::Savepoint(name) => {
                self.open |= store == StoreKind::Sqlite;
                if self.open {
                    self.marks.push((name.clone(), self.writes.len()));
                }
            }
            Control::RollbackTo(name) => {
                if let Some(place) = self.mark(name) {
                    self.undo(self.marks[place].1, told);
                    self.marks.truncate(place + 1);
                }
            }
            Control::Release(name) => {
                if let Some(place) = self.mark(name) {
                    self.marks.truncate(place);
                }
            }
            Control::AutoCommit(true) => {
                if std::mem::take(&mut self.manual) {
                    self.commit(told);
                    self.open = false;
                }
            }
            Control::AutoCommit(false) => self.manual = true,
            Control::Characteristics => {}
        }
    }

    fn mark(&self, name: &str) -> Option<usize> {
        self.marks.iter().rposition(|(known, _)| known == name)
    }

    fn commit(&mut self, told: &mut Told) {
        for (place, kept) in self.writes.drain(..).enumerate() {
            if place < self.text {
                kept.say(trace::COMMITTED_LATER);
            } else {
                told.own_stay = true;
            }
        }
        self.text = 0;
        self.marks.clear();
    }

    /// Back to when there were so many writes.
    fn undo(&mut self, writes: usize, told: &mut Told) {
        let gone = self.writes.len().saturating_sub(writes);
        let before = self.text.saturating_sub(writes);
        told.undone += before;
        told.own_undone |= gone > before;
        self.writes.truncate(writes);
        self.text = self.text.min(writes);
        if writes == 0 {
            self.marks.clear();
        }
    }

    fn tell(&self, told: &Told, line: &mut Line) {
        match (told.undone, told.own_undone) {
            (0, false) => {}
            (0, true) => line.note(trace::UNDID_ITS_OWN),
            (before, _) => line.note(&trace::undid(before)),
        }
    }
}

#[cfg(test)]
mod tests;
