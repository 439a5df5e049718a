use wire::Fault;

use super::*;
use crate::{
    classify::classify,
    fault::fault,
    trace::{COMMITTED_LATER, IN_OWN_TRANSACTION},
};

const OPEN: Option<Stands> = Some(Stands { open: true, failed: false });
const OVER: Option<Stands> = Some(Stands { open: false, failed: false });
const FAILED: Option<Stands> = Some(Stands { open: true, failed: true });

/// A connection of one store, and its lines so far.
struct Run {
    store: StoreKind,
    own: Own,
}

/// What a line says in the end.
struct Said {
    effect: Effect,
    label: String,
    kept: Option<Kept>,
}

impl Said {
    fn why(&self) -> Option<&'static str> {
        self.kept.as_ref().and_then(Kept::why)
    }
}

impl Run {
    fn on(store: StoreKind) -> Run {
        Run { store, own: Own::default() }
    }

    fn answers(&mut self, sql: &str, stands: Option<Stands>, result: &Result<Vec<ResultSet>, Failed>) -> Said {
        let parts = classify(sql, self.store);
        let mut line = Line::new("pg".to_owned(), sql, &[]);
        let effect = self.own.follow(self.store, &parts, result, stands, &mut line);
        let observed = line.observed(contract::TraceKind::Query, effect, None);
        Said { effect, label: observed.label, kept: observed.kept }
    }

    /// One row per statement.
    fn did(&mut self, sql: &str, stands: Option<Stands>) -> Said {
        self.changed(sql, stands, 1)
    }

    fn changed(&mut self, sql: &str, stands: Option<Stands>, rows: u64) -> Said {
        let sets =
            classify(sql, self.store).into_iter().map(|_| ResultSet { affected: Some(rows), ..ResultSet::default() });
        let sets = sets.collect();
        self.answers(sql, stands, &Ok(sets))
    }

    fn failed(&mut self, sql: &str, stands: Option<Stands>, fault: Fault) -> Said {
        self.answers(sql, stands, &Err((fault, Vec::new())))
    }
}

fn refused() -> Fault {
    fault(FaultKind::Statement, "no")
}

const INSERT: &str = "INSERT INTO users VALUES (1)";

#[test]
fn what_is_never_committed_is_undone() {
    for store in [StoreKind::Postgres, StoreKind::Mysql, StoreKind::Sqlite] {
        let mut run = Run::on(store);
        run.did("BEGIN", OPEN);
        let wrote = run.did(INSERT, OPEN);
        assert_eq!((wrote.effect, wrote.why()), (Effect::RolledBack, None), "{store:?}");
        assert!(wrote.label.ends_with(IN_OWN_TRANSACTION), "{}", wrote.label);
        run.did("SELECT 1", OPEN);
        let end = run.own.end().unwrap();
        assert_eq!(end, "undid 1 write, not committed: the transaction was never committed");
        assert_eq!((run.own.end(), wrote.why()), (None, None));
    }
}

#[test]
fn what_is_committed_stays() {
    let mut run = Run::on(StoreKind::Postgres);
    assert_eq!(run.did(INSERT, OVER).effect, Effect::Committed);
    run.did("BEGIN", OPEN);
    let wrote = run.did(INSERT, OPEN);
    run.did("COMMIT", OVER);
    assert_eq!((wrote.effect, wrote.why()), (Effect::RolledBack, Some(COMMITTED_LATER)));
    assert_eq!(run.did("BEGIN; INSERT INTO users VALUES (1); COMMIT", OVER).effect, Effect::Committed);
    assert_eq!(run.own.end(), None);
    // Definitions commit in MySQL.
    let mut run = Run::on(StoreKind::Mysql);
    run.did("BEGIN", OPEN);
    let wrote = run.did(INSERT, OPEN);
    assert_eq!(run.did("CREATE TABLE t (a int)", OVER).effect, Effect::Committed);
    assert_eq!((wrote.why(), run.own.end()), (Some(COMMITTED_LATER), None));
}

#[test]
fn without_autocommit_a_write_opens_a_transaction() {
    // As a setting among others only the server knows it.
    for setting in ["SET autocommit = 0", "SET autocommit = 0, sql_mode = ''"] {
        let mut run = Run::on(StoreKind::Mysql);
        run.did(setting, OVER);
        let wrote = run.did(INSERT, OPEN);
        assert_eq!(wrote.effect, Effect::RolledBack, "{setting}");
        run.did("COMMIT", OVER);
        let lost = run.did(INSERT, OPEN);
        assert_eq!((wrote.why(), lost.why()), (Some(COMMITTED_LATER), None), "{setting}");
        assert!(run.own.end().unwrap().starts_with("undid 1 write,"), "{setting}");
    }
    let mut run = Run::on(StoreKind::Mysql);
    run.did("SET autocommit = 0", OVER);
    let wrote = run.did(INSERT, OPEN);
    run.did("SET autocommit = 1", OVER);
    assert_eq!((wrote.why(), run.own.end()), (Some(COMMITTED_LATER), None));
}

#[test]
fn rollbacks_and_savepoints_undo_what_came_after() {
    let mut run = Run::on(StoreKind::Postgres);
    run.did("BEGIN", OPEN);
    let first = run.did(INSERT, OPEN);
    run.did("SAVEPOINT a", OPEN);
    let second = run.did(INSERT, OPEN);
    assert_eq!(run.did("ROLLBACK TO a", OPEN).label, "pg · undid 1 write");
    run.did("COMMIT", OVER);
    assert_eq!((first.why(), second.why()), (Some(COMMITTED_LATER), None));
    run.did("BEGIN", OPEN);
    run.did(INSERT, OPEN);
    run.did(INSERT, OPEN);
    assert_eq!(run.did("ROLLBACK", OVER).label, "pg · undid 2 writes");
    // What a text undoes of its own is nothing that stood before it.
    run.did(INSERT, OVER);
    let both = run.did("BEGIN; INSERT INTO users VALUES (1); ROLLBACK", OVER);
    assert_eq!((both.effect, both.label.as_str()), (Effect::Nothing, "pg · undid its own write"));
    // A failed statement makes COMMIT a ROLLBACK.
    run.did("BEGIN", OPEN);
    run.did(INSERT, OPEN);
    assert_eq!(run.failed("UPDATE users SET nocol = 1", FAILED, refused()).effect, Effect::RolledBack);
    assert_eq!(run.did("COMMIT", OVER).label, "pg · undid 1 write");
    // A constraint that is checked late.
    run.did("BEGIN", OPEN);
    let late = run.did(INSERT, OPEN);
    assert!(run.failed("COMMIT", OVER, refused()).label.ends_with("undid 1 write"));
    assert_eq!((late.why(), run.own.end()), (None, None));
}

#[test]
fn whether_a_commit_without_an_answer_was_heard_is_not_known() {
    let mut run = Run::on(StoreKind::Postgres);
    run.did("BEGIN", OPEN);
    let wrote = run.did(INSERT, OPEN);
    run.failed("COMMIT", None, fault(FaultKind::Connection, "gone"));
    assert_eq!((wrote.why(), run.own.end()), (Some(contract::STAYS_IF_COMMITTED), None));
    run.did("BEGIN", OPEN);
    run.did(INSERT, OPEN);
    run.failed("SELECT 1", None, fault(FaultKind::Connection, "gone"));
    assert!(run.own.end().is_some(), "nothing was committed");
}

#[test]
fn what_met_nothing_wrote_nothing() {
    let mut run = Run::on(StoreKind::Postgres);
    for sql in ["UPDATE users SET a = 1", "INSERT INTO users VALUES (1) ON CONFLICT (id) DO NOTHING"] {
        assert_eq!(run.changed(sql, OVER, 0).effect, Effect::Nothing, "{sql}");
    }
    assert_eq!(run.changed(INSERT, OVER, 0).effect, Effect::Committed, "a trigger may have put it elsewhere");
    run.did("BEGIN", OPEN);
    assert_eq!(run.changed("UPDATE users SET a = 1", OPEN, 0).effect, Effect::Nothing);
    assert_eq!(run.own.end(), None);
}
