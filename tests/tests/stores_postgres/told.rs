//! What a run tells of its writes: which stay, which do not, and why.

use acceptance::stores::{Scripts, error, result};
use contract::{Action, Effect, Outcome, TraceEntry, TraceKind};
use legacy::{Finish, Writes};
use sandbox::RunRecord;

use crate::{store, with_client};

/// The trace as a report has it, with the end of the session.
fn trace(record: &RunRecord, finish: &Finish) -> Vec<TraceEntry> {
    let ends = finish.observed.iter().map(|observed| TraceEntry {
        at_ms: 0.0,
        ms: 0.0,
        kind: observed.kind,
        label: observed.label.clone(),
        statement: None,
        error: None,
    });
    record.trace.iter().cloned().chain(ends).collect()
}

/// Effects and labels of statements, and whether the doctor finds that nothing was written though the script says so.
async fn told(scripts: &Scripts, writes: Writes, text: &str) -> (Vec<(Effect, String)>, bool, Vec<TraceEntry>) {
    let (record, finish) = scripts.alone_text(writes, text).await;
    result(&record);
    let trace = trace(&record, &finish);
    let found = contract::doubts(Action::Verify, Outcome::Success, &record.dealings, &trace);
    let statements = trace.iter().filter_map(|entry| Some((entry.statement.as_ref()?.effect, entry.label.clone())));
    (statements.collect(), found.iter().any(|warning| warning.rule == "nothing_written"), trace)
}

const UPDATE: &str = "await client.query(\"UPDATE users SET given_name = 'X' WHERE id = 1\");";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_committed_is_said_to_be_undone() {
    let (server, scripts) = store();
    let before = server.dump();
    let closed = with_client(&format!("await client.query('BEGIN'); {UPDATE}"));
    // Left open, as a pool's client that is not given back.
    let left_open = closed.replace("await client.end();", "");
    for text in [&closed, &left_open] {
        for writes in [Writes::Committed, Writes::RolledBack] {
            let (statements, found, trace) = told(&scripts, writes, text).await;
            assert_eq!(statements[1].0, Effect::RolledBack, "{statements:?}");
            assert!(found, "{trace:#?}");
            let words = "undid 1 write, not committed: the transaction was never committed";
            let place = trace.iter().find(|entry| entry.label.contains(words));
            assert!(place.is_some_and(|entry| entry.label.starts_with("pg 127.0.0.1")), "{trace:#?}");
            assert!(contract::what_is_kept(&trace).is_empty(), "{trace:#?}");
        }
    }
    assert_eq!(server.dump(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_said_to_stay() {
    let (server, scripts) = store();
    let text = with_client(&format!("await client.query('BEGIN'); {UPDATE} await client.query('COMMIT');"));
    let (statements, found, trace) = told(&scripts, Writes::Committed, &text).await;
    let (effect, label) = &statements[1];
    assert_eq!((*effect, found), (Effect::Committed, false), "{statements:?}");
    assert_eq!(label, "pg UPDATE · in the script's own transaction · which it committed");
    assert_eq!(contract::what_is_kept(&trace), ["What the script wrote is kept."]);
    assert_eq!(server.sql("SELECT given_name FROM users WHERE id = 1"), "X");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_met_nothing_wrote_nothing() {
    let (_server, scripts) = store();
    for writes in [Writes::Committed, Writes::RolledBack] {
        let body = "await client.query(\"UPDATE users SET given_name = 'X' WHERE id = 99\");
             await client.query(\"INSERT INTO users (email, password) VALUES ('ada@example.com', 'x') ON CONFLICT DO NOTHING\");";
        let (statements, _, trace) = told(&scripts, writes, &with_client(body)).await;
        assert!(statements.iter().all(|(effect, _)| *effect == Effect::Nothing), "{statements:?}");
        assert!(contract::what_is_kept(&trace).is_empty());
        assert!(!trace.iter().any(|entry| entry.label.contains("undone")), "{trace:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_undoes_itself_undoes_nothing_before_it() {
    let (_server, scripts) = store();
    for writes in [Writes::Committed, Writes::RolledBack] {
        let itself = "await client.query(\"BEGIN; INSERT INTO users (email, password) VALUES ('n', 'x'); ROLLBACK\");";
        let (statements, found, trace) = told(&scripts, writes, &with_client(&format!("{UPDATE} {itself}"))).await;
        assert!(!found, "the UPDATE stands: {trace:#?}");
        let (effect, label) = &statements[1];
        assert_eq!((*effect, label.as_str()), (Effect::Nothing, "pg BEGIN; INSERT; ROLLBACK · undid its own write"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_sluice_brings_about_is_a_refusal_with_a_hint() {
    let (server, scripts) = store();
    server.sql(
        "CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET given_name = 'X'; COMMIT; END $$;
         CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'UPDATE users SET given_name = ''Y''; SELECT 1'",
    );
    let before = server.dump();
    let failing = |sql: &str| {
        let query = format!("await client.query('{sql}')");
        with_client(&format!("try {{ {query} }} catch (error) {{ await client.end(); return callback(error); }}"))
    };
    for (writes, sql, code, message, hint) in [
        (Writes::RolledBack, "CALL commits()", "2D000", "invalid transaction termination", "--commit"),
        (Writes::RolledBack, "DO $$ BEGIN COMMIT; END $$", "2D000", "invalid transaction termination", "--commit"),
        (
            Writes::ReadOnly,
            "SELECT touch()",
            "25006",
            "cannot execute UPDATE in a read-only transaction",
            "in its settings",
        ),
    ] {
        let (record, _) = scripts.alone_text(writes, &failing(sql)).await;
        let said = error(&record);
        assert_eq!((said.code.as_deref(), said.message.as_str()), (Some(code), message), "the server's own words");
        assert_eq!(Outcome::of(Action::Verify, &record.ending), Outcome::BlockedByPolicy, "{sql}");
        let cause = record.cause.as_ref().unwrap();
        assert!(cause.hint.as_ref().unwrap().contains(hint), "{cause:?}");
        assert!(record.trace.iter().any(|entry| entry.kind == TraceKind::Blocked), "{:#?}", record.trace);
    }
    assert_eq!(server.dump(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_function_wrote_is_told_once() {
    let (server, scripts) = store();
    server.sql("CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'UPDATE users SET given_name = ''Y''; SELECT 1'");
    let before = server.dump();
    for (body, is_told) in [
        ("await client.query('SELECT touch()'); await client.query('SELECT touch()');", true),
        ("await client.query(\"SET application_name = 'x'\"); await client.query('SELECT touch()');", true),
        ("await client.query('SELECT 1');", false),
        ("await client.query('SELECT * FROM users FOR UPDATE');", false),
        ("await client.query(\"SELECT nextval('users_id_seq')\");", false),
        (UPDATE, false),
    ] {
        let (_, finish) = scripts.alone_text(Writes::RolledBack, &with_client(body)).await;
        let says = |label: &str| label.ends_with("what a function wrote is undone");
        let said = finish.observed.iter().filter(|observed| says(&observed.label)).count();
        assert_eq!(said, usize::from(is_told), "{body}: {finish:?}");
    }
    assert_eq!(server.sql("SELECT count(*) FROM users WHERE given_name = 'Y'"), "0", "{before}");
}
