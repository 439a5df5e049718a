//! Whether any write of a run did something, as far as the trace tells.

use crate::{Action, Dealings, Effect, TraceEntry, TraceKind, Warning, doubts::advice};

/// What a write of a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// It changed something, or may have.
    Written,
    /// It looked for rows to change and found none.
    NoRow,
    /// It looked for rows to remove and found none.
    NothingToRemove,
    /// It was undone by the script itself.
    Undone,
    /// It was undone because the script never committed its transaction.
    NeverCommitted,
    /// The store said no, or nothing.
    Failed,
}

struct Write<'a> {
    entry: &'a TraceEntry,
    came: Came,
}

/// The finding when a script answers that its change is made, and none of its writes changed anything. A write whose store was
/// kept from another one is not to be judged by: that one may have been the change. That there was nobody to delete is what
/// Delete is to answer with success (contract §3.2).
pub(crate) fn nothing_written(action: Action, dealings: &Dealings, trace: &[TraceEntry]) -> Option<Warning> {
    if !action.writes() {
        return None;
    }
    let writes = writes(trace);
    let any = |came: Came| writes.iter().any(|write| write.came == came);
    if any(Came::Written) {
        return None;
    }
    // The last one that speaks for it.
    let speaks = |write: &&Write<'_>| match (write.came, action) {
        (Came::Failed | Came::Undone | Came::NeverCommitted, Action::Delete) => {
            !any(Came::NoRow) && !any(Came::NothingToRemove)
        }
        (Came::Failed | Came::Undone | Came::NeverCommitted, _) => true,
        // A procedure may have made the user, and an UPDATE beside it found no row.
        (Came::NoRow, Action::Delete | Action::Create) => false,
        (Came::NoRow, _) => true,
        (Came::NothingToRemove | Came::Written, _) => false,
    };
    let held_back =
        |write: &&Write<'_>| trace.iter().any(|entry| is_held_back(entry) && store(entry) == store(write.entry));
    let found = writes.iter().rev().filter(|write| !held_back(write)).find(speaks)?;
    let besides = if dealings.held_back.is_some() { ", what was held back or refused aside" } else { "" };
    let label = found.entry.label.split(" · ").next().unwrap_or_default();
    let why = match (found.came, &found.entry.error) {
        (Came::Undone, _) => format!("{label} was undone by the script's own rollback"),
        (Came::NeverCommitted, _) => {
            format!("{label} was not committed: the script's transaction was never committed (COMMIT is missing)")
        }
        (Came::Failed, Some(error)) => format!("{label} failed ({error})"),
        (Came::Failed, None) => format!("{label} was refused ({})", status(found.entry).unwrap_or_default()),
        _ => format!("{label} found no row to change"),
    };
    let instead = match action {
        Action::Create => "call back the error, or the sign-up goes on without the user",
        Action::Delete => "call back the error, or the platform removes its profile and the user stays",
        _ => "look at the number of changed rows and answer callback(null, false) where it is 0, and call back errors",
    };
    Some(Warning::new(
        "nothing_written",
        format!(
            "{why}, no other write of this run changed anything{besides}, and the script answered that it is done: {instead}"
        ),
    ))
}

/// The finding when a script answers that its change is made, while what it may consist of was held back or refused by us.
pub(crate) fn held_back(dealings: &Dealings, trace: &[TraceEntry]) -> Option<Warning> {
    let is_done = |write: &Write<'_>| matches!(write.came, Came::Written | Came::NothingToRemove);
    let trouble = dealings.held_back.as_ref().filter(|_| !writes(trace).iter().any(is_done))?;
    Some(Warning::new(
        "held_back_as_success",
        format!(
            "{}; the script went on and answered that it is done: nothing of that was sent or written in this run, so it does \
             not show whether the change works{}",
            trouble.message,
            advice(trouble)
        ),
    ))
}

/// Whether a store did what a write asked of it, be it that it found nothing to change.
pub(crate) fn was_tried(trace: &[TraceEntry]) -> bool {
    writes(trace).iter().any(|write| matches!(write.came, Came::Written | Came::NoRow | Came::NothingToRemove))
}

fn is_held_back(entry: &TraceEntry) -> bool {
    let is_refused = entry.statement.as_ref().is_some_and(|statement| statement.effect == Effect::Refused);
    entry.kind == TraceKind::Blocked && is_refused
}

/// What tells stores apart as far as labels do: the driver, or a web service's host and port.
fn store(entry: &TraceEntry) -> &str {
    let mut words = entry.label.split(' ');
    let first = words.next().unwrap_or_default();
    let is_method = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_method { words.next().unwrap_or_default() } else { first }
}

/// The writes of a run, in order.
fn writes(trace: &[TraceEntry]) -> Vec<Write<'_>> {
    let mut writes: Vec<Write<'_>> = Vec::new();
    for entry in trace {
        if let Some(undone) = undone(&entry.label) {
            // Writes that stay are counted without regard to rows, those of a safe try are not.
            let counts =
                |came: Came| came == Came::Written || (came != Came::Failed && entry.label.contains("own writes"));
            let mine = writes.iter_mut().rev().filter(|write| driver(write.entry) == driver(entry));
            let never = entry.label.contains("the transaction was never committed");
            let came = if never { Came::NeverCommitted } else { Came::Undone };
            mine.filter(|write| counts(write.came)).take(undone).for_each(|write| write.came = came);
        } else if let Some(came) = came(entry) {
            writes.push(Write { entry, came });
        }
    }
    writes
}

fn came(entry: &TraceEntry) -> Option<Came> {
    let statement = entry.statement.as_ref()?;
    let verb = entry.label.split([' ', ';']).nth(1).unwrap_or_default();
    let removes = verb.eq_ignore_ascii_case("delete") || verb == "del" || entry.label.starts_with("DELETE ");
    let none = if removes { Came::NothingToRemove } else { Came::NoRow };
    Some(match (entry.kind, statement.effect, &entry.error) {
        (TraceKind::Http, Effect::Committed, Some(_)) => Came::Failed,
        (TraceKind::Http, Effect::Committed, None) => {
            let status = status(entry).unwrap_or_default();
            match status.get(..3) {
                Some("404" | "410") if removes => Came::NothingToRemove,
                _ if status.starts_with(['4', '5']) => Came::Failed,
                _ => Came::Written,
            }
        }
        (TraceKind::Query, Effect::Nothing, Some(error)) if removes && error.starts_with("noSuchObject") => none,
        (TraceKind::Query, Effect::Nothing, Some(_)) => Came::Failed,
        (TraceKind::Query, Effect::Nothing, None) if entry.label.contains(" · undid its own write") => Came::Undone,
        (TraceKind::Query, Effect::Nothing, None) => none,
        // Writes that stay say how many rows they met; those that are undone say whether they met any.
        (TraceKind::Query, Effect::Committed, None)
            if statement.rows == Some(0) && matches!(verb, "UPDATE" | "DELETE") && is_one(&entry.label) =>
        {
            none
        }
        (TraceKind::Query, Effect::Committed | Effect::RolledBack, _) => Came::Written,
        // It did not get past being compiled.
        (TraceKind::Query, Effect::Read, Some(_)) if matches!(verb, "INSERT" | "UPDATE" | "DELETE") => Came::Failed,
        _ => return None,
    })
}

/// Whether a line is about one statement.
fn is_one(label: &str) -> bool {
    !label.split(" · ").next().unwrap_or_default().contains(';')
}

fn driver(entry: &TraceEntry) -> &str {
    entry.label.split(' ').next().unwrap_or_default()
}

/// The writes that a rollback of the script's own undid, from `… · undid 2 writes`.
fn undone(label: &str) -> Option<usize> {
    let after = label.split(" · ").find_map(|note| note.strip_prefix("undid "))?;
    after.split(' ').next()?.parse().ok()
}

/// What an HTTP server answered, e.g. `404 Not Found`, from `PUT api:1 · 404 Not Found`.
fn status(entry: &TraceEntry) -> Option<&str> {
    let mut notes = entry.label.split(" · ").skip(1);
    notes.find(|note| note.len() >= 3 && note.bytes().take(3).all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Statement;

    fn entry(kind: TraceKind, label: &str, effect: Effect, rows: Option<u32>, error: Option<&str>) -> TraceEntry {
        let statement = Some(Statement { sql: String::new(), parameters: Vec::new(), rows, effect });
        TraceEntry { at_ms: 0.0, ms: 0.0, kind, label: label.to_owned(), statement, error: error.map(str::to_owned) }
    }

    fn query(label: &str, effect: Effect, rows: Option<u32>, error: Option<&str>) -> TraceEntry {
        entry(TraceKind::Query, label, effect, rows, error)
    }

    fn found(action: Action, trace: &[TraceEntry]) -> Option<String> {
        nothing_written(action, &Dealings::default(), trace).map(|warning| warning.message)
    }

    #[test]
    fn a_write_that_found_nobody_or_failed_changes_nothing() {
        use Effect::{Committed, Nothing, Read, RolledBack};
        let changed_nothing = [
            query("pg UPDATE", Nothing, Some(0), None),
            query("pg UPDATE", Committed, Some(0), None),
            query("pg UPDATE", Nothing, None, Some("no such column")),
            query("sqlite3 UPDATE", Read, None, Some("no such table")),
            entry(TraceKind::Http, "PUT api:1 · 404 Not Found", Committed, None, None),
            entry(TraceKind::Http, "PUT api:1", Committed, None, Some("connect ECONNREFUSED")),
        ];
        let read = query("pg SELECT", Read, Some(1), None);
        for write in &changed_nothing {
            let trace = [read.clone(), write.clone()];
            for action in [Action::ChangePassword, Action::Verify, Action::ChangeEmail] {
                assert!(found(action, &trace).is_some(), "{write:?}");
            }
            let done = query("pg UPDATE", RolledBack, Some(1), None);
            assert_eq!(found(Action::Verify, &[write.clone(), done]), None, "another write did something");
            for (label, is_silent) in [(write.label.as_str(), true), ("POST audit:1", false)] {
                let held_back = entry(TraceKind::Blocked, label, Effect::Refused, None, Some("held back"));
                assert_eq!(found(Action::Verify, &[write.clone(), held_back]).is_none(), is_silent, "{write:?}");
            }
        }
        for done in [
            query("mysql INSERT", Committed, Some(0), None), // a trigger may have put it elsewhere
            query("pg UPDATE; SELECT", Committed, Some(0), None),
            query("mysql CALL", RolledBack, Some(0), None),
            entry(TraceKind::Http, "PUT api:1 · 204 No Content", Committed, None, None),
        ] {
            assert_eq!(found(Action::ChangePassword, std::slice::from_ref(&done)), None, "{done:?}");
        }
        assert_eq!(found(Action::ChangePassword, &[read]), None, "a function may write");
        assert_eq!(found(Action::Login, &changed_nothing), None);
    }

    #[test]
    fn nobody_to_delete_is_success_and_a_failed_delete_is_none() {
        let none = query("pg DELETE", Effect::Nothing, Some(0), None);
        let failed = query("pg DELETE", Effect::Nothing, None, Some("violates foreign key constraint"));
        assert_eq!(found(Action::Delete, std::slice::from_ref(&none)), None);
        assert_eq!(found(Action::Delete, &[failed.clone(), none.clone()]), None);
        let gone = entry(TraceKind::Http, "DELETE api:1 · 404 Not Found", Effect::Committed, None, None);
        assert_eq!(found(Action::Delete, &[gone]), None);
        let gone = query("ldapjs del", Effect::Nothing, None, Some("noSuchObject (32)"));
        assert_eq!(found(Action::Delete, &[gone]), None);
        let message = found(Action::Delete, std::slice::from_ref(&failed)).unwrap();
        assert!(message.starts_with("pg DELETE failed (violates foreign key constraint)"), "{message}");
        // Old sessions of somebody who has none.
        assert_eq!(found(Action::ChangePassword, std::slice::from_ref(&none)), None);
        let insert = query("pg INSERT", Effect::Nothing, None, Some("duplicate key"));
        assert!(found(Action::Create, &[none, insert]).unwrap().starts_with("pg INSERT failed (duplicate key)"));
    }

    #[test]
    fn what_the_script_rolls_back_itself_is_not_written() {
        let wrote = query("pg INSERT", Effect::RolledBack, Some(1), None);
        let failed = query("pg UPDATE", Effect::Nothing, None, Some("no such column"));
        let rollback = query("pg ROLLBACK · undid 1 write", Effect::Read, None, None);
        assert!(found(Action::Create, &[wrote.clone(), failed.clone(), rollback.clone()]).is_some());
        let again = [wrote.clone(), failed, rollback.clone(), wrote.clone()];
        assert_eq!(found(Action::Create, &again), None);
        let other = query("mysql INSERT", Effect::RolledBack, Some(1), None);
        assert_eq!(found(Action::Create, &[other, rollback]), None);
    }
}
