//! Whether a query only reads.

use sqlparser::{
    ast::{Query, SetExpr, Statement},
    dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
};
use wire::StoreKind;

use crate::scan::{Piece, Token};

/// Whether a SELECT, WITH, VALUES or TABLE only reads. By the parser where it can read the text, else by its words.
pub(super) fn only_reads(piece: &Piece<'_>, store: StoreKind) -> bool {
    if !has_write_word(&piece.tokens) {
        return true;
    }
    let dialect: &dyn Dialect = match store {
        StoreKind::Postgres => &PostgreSqlDialect {},
        StoreKind::Mysql => &MySqlDialect {},
        StoreKind::Sqlite => &SQLiteDialect {},
    };
    match Parser::parse_sql(dialect, piece.text).as_deref() {
        Ok([Statement::Query(query)]) => query_only_reads(query, store),
        _ => false,
    }
}

fn query_only_reads(query: &Query, store: StoreKind) -> bool {
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
    ctes.map(|cte| &*cte.query).all(|query| query_only_reads(query, store)) && set_only_reads(&query.body, store)
}

fn set_only_reads(body: &SetExpr, store: StoreKind) -> bool {
    match body {
        // PostgreSQL's SELECT INTO makes a table; MySQL's goes into variables (files are refused elsewhere).
        SetExpr::Select(select) => select.into.is_none() || store == StoreKind::Mysql,
        SetExpr::Query(query) => query_only_reads(query, store),
        SetExpr::SetOperation { left, right, .. } => set_only_reads(left, store) && set_only_reads(right, store),
        SetExpr::Values(_) | SetExpr::Table(_) => true,
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => false,
    }
}

/// Whether a word stands there that could begin a write. `FOR UPDATE` and calls such as `replace(…)` do not count.
pub(super) fn has_write_word(tokens: &[Token<'_>]) -> bool {
    const WORDS: [&str; 10] =
        ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "INTO", "CREATE", "DROP", "ALTER", "TRUNCATE"];
    tokens.iter().enumerate().any(|(place, token)| {
        let lock = place > 0 && (tokens[place - 1].is("FOR") || tokens[place - 1].is("KEY"));
        let call = tokens.get(place + 1) == Some(&Token::Symbol('('));
        WORDS.iter().any(|word| token.is(word)) && !lock && !call
    })
}
