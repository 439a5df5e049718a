//! A text inside a safe try: each statement under a savepoint, the script's own transaction control on savepoints (design §6).

use wire::{Fault, Limits, Protocol, ResultSet, StoreKind};

use super::Query;
use crate::{
    classify::{Class, Classified, Control},
    dialect,
    driver::{Connection, Failed},
    safe::{SafeTry, Wrote},
    trace::Line,
};

/// A text inside a safe try.
pub(super) struct Unit<'a> {
    pub(super) store: StoreKind,
    pub(super) safe: &'a mut SafeTry,
    pub(super) connection: &'a mut Connection,
    pub(super) limits: &'a Limits,
    pub(super) line: &'a mut Line,
}

impl Unit<'_> {
    pub(super) async fn run(&mut self, query: &Query<'_>, parts: &[Classified<'_>]) -> Result<Vec<ResultSet>, Failed> {
        if !parts.iter().any(|part| matches!(part.class, Class::Control(_))) {
            return self.unit(query, query.sql, parts).await;
        }
        let mut sets = Vec::new();
        for part in parts {
            let result = match &part.class {
                Class::Control(control) => self.steer(query.owner, control, &part.verb).await,
                _ => self.unit(query, part.text, std::slice::from_ref(part)).await,
            };
            match result {
                Ok(more) => sets.extend(more),
                Err((fault, more)) => {
                    sets.extend(more);
                    return Err((fault, sets));
                }
            }
        }
        Ok(sets)
    }

    /// Transaction control of the script.
    async fn steer(&mut self, owner: u32, asked: &Control, verb: &str) -> Result<Vec<ResultSet>, Failed> {
        let step = self.safe.control(owner, asked);
        control(self.connection, self.store, &step.send).await.map_err(only)?;
        if let Some(note) = &step.note {
            self.line.note(note);
        }
        dialect::reply(self.store, &step.answer, verb).map(|set| vec![set]).map_err(only)
    }

    /// A text without transaction control, as one unit.
    async fn unit(&mut self, query: &Query<'_>, sql: &str, parts: &[Classified<'_>]) -> Result<Vec<ResultSet>, Failed> {
        let settings = !parts.is_empty() && parts.iter().all(|part| matches!(part.class, Class::Setting(_)));
        // SQLite heeds some settings outside of transactions only.
        let outside = self.store == StoreKind::Sqlite && settings && self.safe.is_untouched();
        if outside {
            self.connection.control("ROLLBACK").await.map_err(only)?;
            let result = self.connection.query(sql, query.parameters, query.protocol, self.limits).await;
            self.connection.control("BEGIN").await.map_err(only)?;
            return result;
        }
        let before = self.safe.before(query.owner);
        let before = before.map_err(|complaint| only(dialect::complaint(self.store, &complaint)))?;
        control(self.connection, self.store, &before).await.map_err(only)?;
        let result = match (self.store, query.protocol) {
            (StoreKind::Postgres, Protocol::Simple) => self.one_by_one(query, sql, parts).await,
            _ => self.connection.query(sql, query.parameters, query.protocol, self.limits).await,
        };
        if !self.connection.usable() {
            return result;
        }
        let sets = result.as_ref().map_or(&[][..], Vec::as_slice);
        let wrote = parts.iter().any(|part| part.class == Class::Write) && !met_nothing(parts, sets);
        let wrote = wrote.then(|| Wrote {
            kept: self.line.may_stay(),
            rows: changed(parts, sets),
            perhaps: only_may_write(parts),
        });
        let after = self.safe.after(query.owner, result.is_ok(), wrote);
        if let Err(fault) = control(self.connection, self.store, &after).await {
            return result.and(Err(only(fault)));
        }
        self.begin_anew(result.as_ref().err()).await?;
        result
    }

    /// PostgreSQL gets each statement of a text by itself and in the extended protocol, which refuses a second one: no
    /// COMMIT can ride along in a text that it reads differently from [`scan`](crate::scan). The savepoint around them
    /// makes them one unit, as the simple protocol does.
    async fn one_by_one(
        &mut self,
        query: &Query<'_>,
        sql: &str,
        parts: &[Classified<'_>],
    ) -> Result<Vec<ResultSet>, Failed> {
        let texts: Vec<&str> = if parts.len() < 2 { vec![sql] } else { parts.iter().map(|part| part.text).collect() };
        let mut sets = Vec::new();
        for text in texts {
            let mut result = self.connection.query(text, &[], Protocol::Prepared, self.limits).await;
            if let Err((fault, _)) = &result
                && matches!(fault.code.as_deref(), Some("08P01" | "42P18"))
            {
                // Placeholders without values: the simple protocol has other words for it. It is one statement: the
                // server said so by complaining about this and not about several.
                control(self.connection, self.store, &[SafeTry::back_to_statement()]).await.map_err(only)?;
                result = self.connection.query(text, &[], Protocol::Simple, self.limits).await;
            }
            match result {
                Ok(more) => sets.extend(more),
                Err((mut fault, more)) => {
                    sets.extend(more);
                    dialect::move_position(&mut fault, query.sql, text);
                    return Err((fault, sets));
                }
            }
        }
        Ok(sets)
    }

    /// Goes on with a new transaction where the server ended ours by itself: with an error that undoes everything before, or,
    /// in MySQL alone, with a statement that commits implicitly and that its words did not betray.
    async fn begin_anew(&mut self, failed: Option<&Failed>) -> Result<(), Failed> {
        let undone = failed.is_some_and(|(fault, _)| dialect::ends_transaction(self.store, fault));
        if !undone && self.connection.in_transaction() != Some(false) {
            return Ok(());
        }
        if self.store == StoreKind::Mysql && !undone {
            match failed {
                None => self.line.may_stay().say("COMMITTED by itself: neither this nor what came before is undone"),
                Some(_) => self.line.note("it COMMITTED what came before: that is not undone"),
            }
            self.safe.committed("kept: committed by a statement after it");
        } else {
            self.safe.lost();
            self.line.note("the server rolled back everything before it, too");
        }
        self.connection.control("BEGIN").await.map_err(only)
    }
}

/// Whether a text's writes looked for rows to change and found none.
pub(super) fn met_nothing(parts: &[Classified<'_>], sets: &[ResultSet]) -> bool {
    let mut writes = parts.iter().zip(sets).filter(|(part, _)| part.class == Class::Write).peekable();
    parts.len() == sets.len() && writes.peek().is_some() && writes.all(|(part, set)| nothing(part, set))
}

/// Whether a statement looked for rows to change and found none, or brought rows that were there and said to leave it at that.
/// Other statements may write without counting rows: a trigger can put what an INSERT brought elsewhere.
pub(super) fn nothing(part: &Classified<'_>, set: &ResultSet) -> bool {
    let looks = matches!(part.verb.as_str(), "UPDATE" | "DELETE") || part.leaves_what_is_there();
    looks && set.affected == Some(0) && set.rows.is_empty()
}

/// Whether no statement of a text is known to write, though some may.
pub(super) fn only_may_write(parts: &[Classified<'_>]) -> bool {
    let mut writes = parts.iter().filter(|part| part.class == Class::Write).peekable();
    writes.peek().is_some() && writes.all(Classified::may_write)
}

/// The rows that a text's writes changed, where it can be told which answer is whose.
fn changed(parts: &[Classified<'_>], sets: &[ResultSet]) -> u64 {
    if parts.len() != sets.len() {
        return 0;
    }
    let writes = parts.iter().zip(sets).filter(|(part, _)| part.class == Class::Write);
    writes.filter_map(|(_, set)| set.affected).sum()
}

/// Sends statements of ours; PostgreSQL takes them in one message.
pub(super) async fn control(connection: &mut Connection, store: StoreKind, send: &[String]) -> Result<(), Fault> {
    if store == StoreKind::Postgres && send.len() > 1 {
        return connection.control(&send.join("; ")).await;
    }
    for sql in send {
        connection.control(sql).await?;
    }
    Ok(())
}

fn only(fault: Fault) -> Failed {
    (fault, Vec::new())
}
