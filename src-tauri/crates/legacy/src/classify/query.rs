//! Whether a query only reads.

use sqlparser::{
    ast::{Query, SetExpr, Statement},
    dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
};
use wire::StoreKind;

use crate::scan::{Piece, Token};

/// Tokens of a text that the parser gets. Its tree is as deep as `1+1+1+…` is long, and falls over when it is taken down.
const LONGEST: usize = 2_000;

/// Whether a SELECT, WITH, VALUES or TABLE only reads. By the parser where it can read the text, else by its words.
pub(super) fn only_reads(piece: &Piece<'_>, store: StoreKind) -> bool {
    if !has_write_word(&piece.tokens) {
        return true;
    }
    if piece.tokens.len() > LONGEST {
        return false;
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

/// Whether MySQL's `DO expression` only evaluates: its functions are all known to write nothing. What a schema stands before, or
/// what is not known here, may be a stored function.
pub(super) fn evaluates_only(piece: &Piece<'_>) -> bool {
    const WRITE_NOTHING: [&str; 22] = [
        "SLEEP",
        "BENCHMARK",
        "GET_LOCK",
        "RELEASE_LOCK",
        "RELEASE_ALL_LOCKS",
        "IS_FREE_LOCK",
        "IS_USED_LOCK",
        "NOW",
        "SYSDATE",
        "UUID",
        "RAND",
        "LAST_INSERT_ID",
        "CONNECTION_ID",
        "DATABASE",
        "VERSION",
        "IF",
        "IFNULL",
        "NULLIF",
        "COALESCE",
        "CONCAT",
        "LENGTH",
        "COUNT",
    ];
    let tokens = &piece.tokens;
    let calls = tokens.iter().enumerate().filter(|(place, _)| tokens.get(place + 1) == Some(&Token::Symbol('(')));
    let harmless = |place: usize, token: &Token<'_>| match token {
        Token::Word(name) => {
            let qualified = place > 0 && tokens[place - 1] == Token::Symbol('.');
            token.is("DO") || (!qualified && WRITE_NOTHING.iter().any(|known| name.eq_ignore_ascii_case(known)))
        }
        Token::Quoted(_) => false,
        _ => true,
    };
    !has_write_word(tokens) && calls.into_iter().all(|(place, token)| harmless(place, token))
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
