//! Tables without transactions (MySQL's MyISAM and the like), and what leads to them.

use wire::{Limits, Protocol, ResultSet, StoreKind};

use crate::{
    classify::{Classified, contains_word},
    dialect,
    driver::Connection,
};

/// Names whose writes no rollback undoes.
#[derive(Debug, Default)]
pub(crate) struct Engines {
    tables: Vec<Table>,
}

#[derive(Debug)]
struct Table {
    /// Set when the table is outside the current schema, so that a statement must name the schema too.
    schema: Option<String>,
    name: String,
    reason: String,
}

impl Engines {
    /// Asks the server. What it does not tell counts as transactional: the server's catalogue is always readable.
    pub(crate) async fn read(connection: &mut Connection, store: StoreKind) -> Engines {
        let Some(sql) = dialect::without_transactions(store) else { return Engines::default() };
        let mut engines = Engines::default();
        for row in rows(connection, sql).await {
            let [schema, here, name, engine] = row.as_slice() else { continue };
            engines.tables.push(Table {
                schema: (here != "1").then(|| schema.clone()),
                name: name.clone(),
                reason: format!("table {name} has the engine {engine}, which knows no transactions"),
            });
        }
        if engines.tables.iter().any(|table| table.schema.is_none()) {
            engines.follow(rows(connection, dialect::INDIRECT).await);
        }
        engines
    }

    /// Adds tables with triggers, and views, whose text names a table that is known already.
    fn follow(&mut self, mut texts: Vec<Vec<String>>) {
        loop {
            let before = self.tables.len();
            texts.retain(|row| {
                let [object, text] = row.as_slice() else { return false };
                let target = self.tables.iter().find(|table| contains_word(text, &table.name));
                let Some(reason) = target.map(|table| format!("{object} leads to it: {}", table.reason)) else {
                    return true;
                };
                self.tables.push(Table { schema: None, name: object.clone(), reason });
                false
            });
            if self.tables.len() == before {
                return;
            }
        }
    }

    /// Why a statement must not run in a safe try.
    pub(crate) fn objection(&self, statement: &Classified<'_>) -> Option<&str> {
        let named = |name: &String| statement.names.contains(name);
        let hit = self.tables.iter().find(|table| named(&table.name) && table.schema.as_ref().is_none_or(named));
        hit.map(|table| table.reason.as_str())
    }
}

/// Rows of a query of ours as text; none when it fails.
pub(crate) async fn rows(connection: &mut Connection, sql: &str) -> Vec<Vec<String>> {
    let limits = Limits { query_rows: 100_000, ..Limits::default() };
    let sets = connection.query(sql, &[], Protocol::Simple, &limits).await.unwrap_or_default();
    let text = |set: ResultSet| set.rows.into_iter().map(|row| row.iter().map(cell_text).collect::<Vec<_>>());
    sets.into_iter().flat_map(text).collect()
}

/// A cell as text.
pub(crate) fn cell_text(cell: &wire::Cell) -> String {
    match cell {
        wire::Cell::Null => String::new(),
        wire::Cell::Integer(number) => number.to_string(),
        wire::Cell::Real(number) => number.to_string(),
        wire::Cell::Text(text) => text.clone(),
        wire::Cell::Bytes { base64 } => base64.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::classify;

    #[test]
    fn triggers_and_views_lead_to_tables_without_transactions() {
        let mut engines = Engines::default();
        engines.tables.push(Table { schema: None, name: "audit".to_owned(), reason: "MyISAM".to_owned() });
        engines.tables.push(Table {
            schema: Some("mysql".to_owned()),
            name: "user".to_owned(),
            reason: "Aria".to_owned(),
        });
        let texts =
            [["view_of_users", "select * from `users`"], ["users", "insert into audit values (1)"], ["other", "x"]];
        engines.follow(texts.iter().map(|row| row.iter().map(|text| (*text).to_owned()).collect()).collect());
        let objects = |sql| engines.objection(&classify(sql, StoreKind::Mysql)[0]).is_some();
        assert!(objects("INSERT INTO `Audit` VALUES (1)"));
        assert!(objects("UPDATE users SET a = 1"));
        assert!(objects("UPDATE view_of_users SET a = 1"));
        assert!(objects("DELETE FROM mysql.user"));
        assert!(!objects("DELETE FROM user"));
        assert!(!objects("UPDATE other SET audited = 'audit'"));
    }
}
