//! Scripts' transactions inside the one that a safe try undoes.
//!
//! A script's BEGIN sets a savepoint, its ROLLBACK goes back to it, its COMMIT only forgets it. SQL Server has no way to release
//! a savepoint; one that is forgotten stays and does no harm.

use std::collections::BTreeMap;

use super::request::Step;
use crate::Kept;

/// What becomes of a script's transaction control.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Steered {
    /// Sent so, and then answered with this change of transactions.
    Send(String, Option<u8>),
    /// Answered with nothing sent.
    Done(Option<u8>),
    /// Refused, as the server would: number and words.
    No(u32, String),
}

/// The script's transaction of one client.
#[derive(Debug)]
struct Own {
    name: String,
    mark: String,
    /// BEGINs without their COMMIT.
    depth: u32,
    /// When it was set, counted over all clients.
    serial: u32,
    /// How many writes stood before it.
    writes: usize,
}

/// A write that the end undoes.
#[derive(Debug)]
struct Write {
    owner: u32,
    rows: u64,
    kept: Kept,
}

/// All clients' transactions of a session.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    own: BTreeMap<u32, Own>,
    /// Writes that would stay if the outer transaction were committed.
    writes: Vec<Write>,
    serial: u32,
}

impl Transactions {
    /// Writes that the end undoes.
    pub(super) fn writes(&self) -> u32 {
        u32::try_from(self.writes.len()).unwrap_or(u32::MAX)
    }

    /// Rows that these changed, as far as the server counted them.
    pub(super) fn rows(&self) -> u64 {
        self.writes.iter().map(|write| write.rows).sum()
    }

    /// A client wrote. Gives back what will say so, should the write stay after all.
    pub(super) fn wrote(&mut self, owner: u32, rows: u64) -> Kept {
        let kept = Kept::default();
        self.writes.push(Write { owner, rows, kept: kept.clone() });
        kept
    }

    /// Everything was committed, for this reason. How many writes that was.
    pub(super) fn committed(&mut self, why: &'static str) -> u32 {
        self.writes.iter().for_each(|write| write.kept.say(why));
        self.lost()
    }

    /// Everything was undone by the server. How many writes that was.
    pub(super) fn lost(&mut self) -> u32 {
        let lost = self.writes();
        self.own.clear();
        self.writes.clear();
        lost
    }

    /// A client's transaction control. What a rollback undid is known after [`Transactions::undo`].
    pub(super) fn steer(&mut self, owner: u32, step: &Step) -> Steered {
        let open = self.own.get_mut(&owner);
        match (step, open) {
            (Step::Begin(_), Some(own)) => {
                own.depth += 1;
                Steered::Done(None)
            }
            (Step::Begin(name), None) => {
                self.serial += 1;
                let mark = format!("sluice_{}", self.serial);
                let send = format!("SAVE TRANSACTION {mark}");
                self.own.insert(
                    owner,
                    Own { name: name.clone(), mark, depth: 1, serial: self.serial, writes: self.writes.len() },
                );
                Steered::Send(send, Some(8))
            }
            (Step::Commit(_), Some(own)) if own.depth > 1 => {
                own.depth -= 1;
                Steered::Done(None)
            }
            (Step::Commit(_), Some(_)) => {
                self.own.remove(&owner);
                Steered::Done(Some(9))
            }
            (Step::Rollback(name), Some(own)) if !name.is_empty() && !name.eq_ignore_ascii_case(&own.name) => {
                Steered::Send(format!("ROLLBACK TRANSACTION {}", quoted(name)), None)
            }
            (Step::Rollback(_), Some(own)) => Steered::Send(format!("ROLLBACK TRANSACTION {}", own.mark), Some(10)),
            (Step::Save(name), Some(_)) => Steered::Send(format!("SAVE TRANSACTION {}", quoted(name)), None),
            (Step::Commit(_), None) => {
                Steered::No(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.".to_owned())
            }
            (Step::Rollback(_), None) => {
                Steered::No(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.".to_owned())
            }
            (Step::Save(_), None) => {
                Steered::No(628, "Cannot issue SAVE TRANSACTION when there is no active transaction.".to_owned())
            }
        }
    }

    /// A client's transaction was rolled back. How many writes that undid, its own and others' that came after it began.
    pub(super) fn undo(&mut self, owner: u32) -> (usize, usize) {
        let Some(own) = self.own.remove(&owner) else { return (0, 0) };
        let undone = self.writes.split_off(own.writes.min(self.writes.len()));
        // Savepoints set after it are gone with it.
        self.own.retain(|_, other| other.serial < own.serial);
        let others = undone.iter().filter(|write| write.owner != owner).count();
        (undone.len() - others, others)
    }

    /// What undoes a client's open transaction when it goes away.
    pub(super) fn abandon(&self, owner: u32) -> Option<String> {
        self.own.get(&owner).map(|own| format!("ROLLBACK TRANSACTION {}", own.mark))
    }
}

impl Step {
    /// As the trace shows it.
    pub(super) fn sql(&self) -> String {
        let (verb, name) = match self {
            Step::Begin(name) => ("BEGIN", name),
            Step::Commit(name) => ("COMMIT", name),
            Step::Rollback(name) => ("ROLLBACK", name),
            Step::Save(name) => ("SAVE", name),
        };
        format!("{verb} TRANSACTION {name}").trim_end().to_owned()
    }

    /// Its first word.
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Step::Begin(_) => "BEGIN",
            Step::Commit(_) => "COMMIT",
            Step::Rollback(_) => "ROLLBACK",
            Step::Save(_) => "SAVE",
        }
    }
}

fn quoted(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin() -> Step {
        Step::Begin(String::new())
    }

    #[test]
    fn a_scripts_transaction_is_a_savepoint() {
        let mut all = Transactions::default();
        all.wrote(1, 1);
        assert_eq!(all.steer(1, &begin()), Steered::Send("SAVE TRANSACTION sluice_1".to_owned(), Some(8)));
        assert_eq!(all.steer(1, &begin()), Steered::Done(None), "BEGIN nests");
        all.wrote(1, 1);
        all.wrote(2, 1);
        assert_eq!(all.steer(1, &Step::Commit(String::new())), Steered::Done(None));
        assert_eq!(
            all.steer(1, &Step::Rollback(String::new())),
            Steered::Send("ROLLBACK TRANSACTION sluice_1".to_owned(), Some(10))
        );
        assert_eq!(all.undo(1), (1, 1));
        assert_eq!((all.writes(), all.abandon(1)), (1, None));
        assert!(matches!(all.steer(1, &Step::Commit(String::new())), Steered::No(3902, _)));
    }

    #[test]
    fn going_back_to_a_savepoint_takes_the_later_ones_along() {
        let mut all = Transactions::default();
        all.steer(1, &begin());
        all.steer(2, &begin());
        assert_eq!(
            all.steer(2, &Step::Save("a]b".to_owned())),
            Steered::Send("SAVE TRANSACTION [a]]b]".to_owned(), None)
        );
        assert_eq!(
            all.steer(2, &Step::Rollback("a]b".to_owned())),
            Steered::Send("ROLLBACK TRANSACTION [a]]b]".to_owned(), None)
        );
        all.undo(1);
        assert_eq!(all.abandon(2), None);
        assert_eq!(
            all.steer(2, &Step::Begin("mine".to_owned())),
            Steered::Send("SAVE TRANSACTION sluice_3".to_owned(), Some(8))
        );
        assert_eq!(
            all.steer(2, &Step::Rollback("MINE".to_owned())),
            Steered::Send("ROLLBACK TRANSACTION sluice_3".to_owned(), Some(10))
        );
        assert_eq!(all.lost(), 0);
    }

    #[test]
    fn only_what_stood_when_a_procedure_committed_is_kept() {
        let mut all = Transactions::default();
        let before = all.wrote(1, 1);
        all.steer(1, &begin());
        let undone = all.wrote(1, 1);
        all.undo(1);
        assert_eq!(all.committed("why"), 1);
        let after = all.wrote(1, 1);
        assert_eq!([before.why(), undone.why(), after.why()], [Some("why"), None, None]);
        assert_eq!((all.writes(), all.lost(), after.why()), (1, 1, None));
    }
}
