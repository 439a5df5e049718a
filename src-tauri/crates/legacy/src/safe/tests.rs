use proptest::prelude::*;

use super::*;
use StoreKind::{Mysql, Postgres, Sqlite};

/// A server that knows rows and savepoints, to run the machine against.
#[derive(Default)]
struct Server {
    rows: Vec<u32>,
    savepoints: Vec<(String, Vec<u32>)>,
}

impl Server {
    fn take(&mut self, sent: &[String]) {
        for sql in sent {
            let name = sql.rsplit(' ').next().unwrap().to_owned();
            let place = self.savepoints.iter().rposition(|(own, _)| *own == name);
            if sql.starts_with("SAVEPOINT") {
                self.savepoints.push((name, self.rows.clone()));
            } else if sql.starts_with("ROLLBACK TO") {
                let place = place.unwrap_or_else(|| panic!("{sql}: no such savepoint"));
                self.rows = self.savepoints[place].1.clone();
                self.savepoints.truncate(place + 1);
            } else {
                let place = place.unwrap_or_else(|| panic!("{sql}: no such savepoint"));
                self.savepoints.truncate(place);
            }
        }
    }
}

struct Try {
    safe: SafeTry,
    server: Server,
    next: u32,
}

impl Try {
    fn new(store: StoreKind) -> Try {
        Try { safe: SafeTry::new(store), server: Server::default(), next: 0 }
    }

    fn write(&mut self, owner: u32) -> u32 {
        self.next += 1;
        let sent = self.safe.before(owner).unwrap();
        self.server.take(&sent);
        self.server.rows.push(self.next);
        let sent = self.safe.after(owner, true, Some(Wrote::default()));
        self.server.take(&sent);
        self.next
    }

    fn fail(&mut self, owner: u32) {
        let sent = self.safe.before(owner).unwrap();
        self.server.take(&sent);
        let sent = self.safe.after(owner, false, Some(Wrote::default()));
        self.server.take(&sent);
    }

    fn control(&mut self, owner: u32, control: Control) -> Step {
        let step = self.safe.control(owner, &control);
        self.server.take(&step.send);
        step
    }
}

const COMMIT: Control = Control::Commit { chain: false };
const ROLLBACK: Control = Control::Rollback { chain: false };

fn savepoint(name: &str) -> Control {
    Control::Savepoint(name.to_owned())
}

fn rollback_to(name: &str) -> Control {
    Control::RollbackTo(name.to_owned())
}

#[test]
fn commit_keeps_and_a_later_rollback_does_not_reach_it() {
    for store in [Postgres, Mysql, Sqlite] {
        let mut run = Try::new(store);
        run.control(1, Control::Begin);
        let kept = run.write(1);
        assert_eq!(run.control(1, COMMIT).answer, Answer::Done("COMMIT"));
        run.control(1, Control::Begin);
        run.write(1);
        let step = run.control(1, ROLLBACK);
        assert_eq!(step.note.as_deref(), Some("undid 1 write"));
        assert_eq!(run.server.rows, [kept]);
        assert_eq!(run.safe.writes(), 1);
    }
}

#[test]
fn a_failed_statement_outside_a_transaction_disturbs_nothing() {
    let mut run = Try::new(Postgres);
    let kept = run.write(1);
    run.fail(1);
    let also = run.write(1);
    assert_eq!(run.server.rows, [kept, also]);
}

#[test]
fn postgres_hears_nothing_after_an_error_but_rollback() {
    let mut run = Try::new(Postgres);
    let kept = run.write(1);
    run.control(1, Control::Begin);
    run.write(1);
    run.fail(1);
    assert_eq!(run.safe.before(1), Err(Complaint::Aborted));
    assert_eq!(run.control(1, savepoint("a")).answer, Answer::No(Complaint::Aborted));
    assert_eq!(run.control(1, COMMIT).answer, Answer::Done("ROLLBACK"));
    assert_eq!(run.server.rows, [kept]);
    run.write(1);
    assert_eq!(run.safe.writes(), 2);
}

#[test]
fn savepoints_of_the_script_bring_a_failed_transaction_back() {
    let mut run = Try::new(Postgres);
    run.control(1, Control::Begin);
    let kept = run.write(1);
    run.control(1, savepoint("a"));
    run.write(1);
    run.fail(1);
    run.control(1, rollback_to("a"));
    let also = run.write(1);
    run.control(1, COMMIT);
    assert_eq!(run.server.rows, [kept, also]);
}

#[test]
fn other_stores_go_on_after_an_error() {
    for store in [Mysql, Sqlite] {
        let mut run = Try::new(store);
        run.control(1, Control::Begin);
        let first = run.write(1);
        run.fail(1);
        let second = run.write(1);
        run.control(1, COMMIT);
        assert_eq!(run.server.rows, [first, second]);
    }
}

#[test]
fn control_without_a_transaction_is_answered_as_each_store_does() {
    assert_eq!(Try::new(Postgres).control(1, COMMIT).answer, Answer::Done("COMMIT"));
    assert_eq!(Try::new(Mysql).control(1, ROLLBACK).answer, Answer::Done("ROLLBACK"));
    assert_eq!(Try::new(Sqlite).control(1, COMMIT).answer, Answer::No(Complaint::NothingOpen("commit")));
    assert_eq!(Try::new(Sqlite).control(1, ROLLBACK).answer, Answer::No(Complaint::NothingOpen("rollback")));
    let needs = Answer::No(Complaint::NeedsTransaction("SAVEPOINT"));
    assert_eq!(Try::new(Postgres).control(1, savepoint("a")).answer, needs);
    let mut sqlite = Try::new(Sqlite);
    assert_eq!(sqlite.control(1, savepoint("a")).answer, Answer::Done("SAVEPOINT"));
    assert_eq!(sqlite.control(1, Control::Begin).answer, Answer::No(Complaint::AlreadyInside));
    for store in [Mysql, Sqlite] {
        let mut run = Try::new(store);
        run.control(1, Control::Begin);
        assert_eq!(run.control(1, rollback_to("a")).answer, Answer::No(Complaint::NoSavepoint("a".to_owned())));
    }
}

#[test]
fn mysql_commits_what_a_second_begin_finds_and_honours_autocommit() {
    let mut run = Try::new(Mysql);
    run.control(1, Control::Begin);
    let first = run.write(1);
    run.control(1, Control::Begin);
    run.write(1);
    run.control(1, ROLLBACK);
    assert_eq!(run.server.rows, [first]);
    run.control(1, Control::AutoCommit(false));
    run.write(1);
    run.control(1, ROLLBACK);
    let second = run.write(1);
    run.control(1, Control::AutoCommit(true));
    run.control(1, ROLLBACK);
    assert_eq!(run.server.rows, [first, second]);
}

#[test]
fn two_clients_nest_and_the_trace_says_what_a_rollback_took_along() {
    let mut run = Try::new(Postgres);
    run.control(1, Control::Begin);
    run.write(1);
    assert!(run.control(2, Control::Begin).note.unwrap().contains("another client"));
    run.write(2);
    run.control(1, COMMIT);
    // Client 2's transaction is still open: its rollback must not fail although client 1 committed below it.
    let step = run.control(2, ROLLBACK);
    assert_eq!(step.note.as_deref(), Some("undid 1 write"));
    assert_eq!(run.server.rows, [1]);
    run.control(1, Control::Begin);
    run.write(2);
    assert!(run.control(1, ROLLBACK).note.unwrap().contains("1 write of another client"));
}

#[test]
fn a_client_that_leaves_loses_what_it_did_not_commit() {
    let mut run = Try::new(Postgres);
    run.control(1, Control::Begin);
    run.write(1);
    let step = run.safe.leave(1);
    run.server.take(&step.send);
    assert!(run.server.rows.is_empty());
    assert!(run.safe.leave(1).send.is_empty());
}

/// One client alone must see exactly what a real server would have done.
#[derive(Default)]
struct Reality {
    committed: Vec<u32>,
    open: Option<Vec<u32>>,
    savepoints: Vec<(String, Vec<u32>)>,
    failed: bool,
}

fn op() -> impl Strategy<Value = u8> {
    0_u8..9
}

proptest! {
    #[test]
    fn one_client_sees_what_postgres_would_do(ops in prop::collection::vec(op(), 0..40)) {
        let mut run = Try::new(Postgres);
        let mut real = Reality::default();
        for op in ops {
            match op {
                0 | 1 => {
                    if run.safe.before(1).is_err() {
                        prop_assert!(real.failed);
                        continue;
                    }
                    prop_assert!(!real.failed);
                    // `before` above opened the statement's savepoint in the machine only; mirror it.
                    run.server.savepoints.retain(|(name, _)| name != STATEMENT);
                    run.server.savepoints.push((STATEMENT.to_owned(), run.server.rows.clone()));
                    let row = run.write(1);
                    real.open.as_mut().unwrap_or(&mut real.committed).push(row);
                }
                2 => {
                    if real.failed { continue; }
                    run.fail(1);
                    real.failed = real.open.is_some();
                }
                3 => {
                    run.control(1, Control::Begin);
                    if real.open.is_none() { real.open = Some(real.committed.clone()); real.savepoints.clear(); }
                }
                4 => {
                    run.control(1, COMMIT);
                    if let Some(open) = real.open.take() && !real.failed { real.committed = open; }
                    real.failed = false;
                }
                5 => {
                    run.control(1, ROLLBACK);
                    real.open = None;
                    real.failed = false;
                }
                6 => {
                    run.control(1, savepoint("a"));
                    if let Some(open) = &real.open && !real.failed { real.savepoints.push(("a".to_owned(), open.clone())); }
                }
                7 => {
                    run.control(1, rollback_to("a"));
                    if real.open.is_some() {
                        match real.savepoints.last() {
                            Some((_, rows)) => { real.open = Some(rows.clone()); real.failed = false; }
                            None => real.failed = true,
                        }
                    }
                }
                _ => {
                    run.control(1, Control::Release("a".to_owned()));
                    if real.open.is_some() && !real.failed && real.savepoints.pop().is_none() { real.failed = true; }
                }
            }
            let stands = match (real.failed, real.open.is_some()) {
                (true, _) => Some(Transaction::Failed),
                (false, open) => open.then_some(Transaction::Open),
            };
            prop_assert_eq!(run.safe.transaction(1), stands);
            if !real.failed {
                let seen = real.open.as_ref().unwrap_or(&real.committed);
                prop_assert_eq!(&run.server.rows, seen);
                prop_assert_eq!(run.safe.writes() as usize, seen.len());
            }
        }
    }

    #[test]
    fn many_clients_never_ask_for_a_savepoint_that_is_gone(
        store in prop::sample::select(vec![Postgres, Mysql, Sqlite]),
        ops in prop::collection::vec((1_u32..4, op()), 0..60),
    ) {
        let mut run = Try::new(store);
        for (owner, op) in ops {
            match op {
                0 | 1 => if !run.safe.aborted.contains(&owner) { run.write(owner); },
                2 => if !run.safe.aborted.contains(&owner) { run.fail(owner); },
                3 => { run.control(owner, Control::Begin); }
                4 => { run.control(owner, COMMIT); }
                5 => { run.control(owner, ROLLBACK); }
                6 => { run.control(owner, savepoint("a")); }
                7 => { run.control(owner, rollback_to("a")); }
                _ => { let step = run.safe.leave(owner); run.server.take(&step.send); }
            }
            prop_assert_eq!(run.server.rows.len(), run.safe.writes() as usize);
        }
    }
}
