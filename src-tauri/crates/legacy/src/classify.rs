//! What a statement does, before it runs: reads, writes, steers a transaction, or reaches beyond a rollback.
//!
//! The words of a statement decide ([`scan`](crate::scan)); for queries `sqlparser` says whether a CTE or INTO hides a
//! write. What neither knows counts as a write.

mod danger;
mod query;

use wire::StoreKind;

use crate::scan::{Piece, Token, pieces};
use danger::danger;

pub(crate) use danger::contains_word;

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Class {
    /// Changes nothing.
    Read,
    /// Changes data or schema, and a rollback undoes it.
    Write,
    /// Steers the script's own transaction.
    Control(Control),
    /// Changes the session; true when a read-only connection may do it.
    Setting(bool),
}

/// Transaction control of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    Begin,
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    /// MySQL's `SET autocommit`.
    AutoCommit(bool),
    /// `SET TRANSACTION …`: there is only our own transaction to set, so nothing is done.
    Characteristics,
}

/// Why a statement is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Danger {
    /// What is wrong with it.
    pub(crate) reason: String,
    /// Refused even when writes are committed: it would leave what the policy allows.
    pub(crate) always: bool,
}

/// A statement and what it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Classified<'a> {
    pub(crate) text: &'a str,
    /// Its first word, for the trace.
    pub(crate) verb: String,
    pub(crate) class: Class,
    pub(crate) danger: Option<Danger>,
    /// All names in it, lower-cased, for the check of table engines.
    pub(crate) names: Vec<String>,
}

impl Classified<'_> {
    /// Whether its words do not tell if it writes at all: it runs code that stands elsewhere.
    pub(crate) fn may_write(&self) -> bool {
        self.class == Class::Write && matches!(self.verb.as_str(), "DO" | "CALL" | "EXECUTE")
    }

    /// Whether it is an INSERT that leaves rows alone which are there already: `ON CONFLICT DO NOTHING`, `INSERT IGNORE`,
    /// `INSERT OR IGNORE`.
    pub(crate) fn leaves_what_is_there(&self) -> bool {
        let modifiers = self.names.iter().skip(1).take_while(|name| *name != "into");
        self.verb == "INSERT"
            && (modifiers.take(3).any(|name| name == "ignore")
                || self.names.windows(3).any(|words| words.join(" ").ends_with("do nothing")))
    }

    /// Whether it steers the transaction or the session, and so writes nothing.
    pub(crate) fn steers(&self) -> bool {
        matches!(self.class, Class::Control(_) | Class::Setting(_))
    }
}

/// Classifies every statement of a text.
pub(crate) fn classify(sql: &str, store: StoreKind) -> Vec<Classified<'_>> {
    pieces(sql, store).iter().map(|piece| classify_piece(piece, store)).collect()
}

fn classify_piece<'a>(piece: &Piece<'a>, store: StoreKind) -> Classified<'a> {
    let verb = first_word(piece);
    let class = control(piece, &verb, store).map_or_else(|| class_of(piece, &verb, store), Class::Control);
    let danger = danger(piece, &verb, &class, store);
    let (class, danger) = match for_one_statement(piece, &verb, store) {
        Some(inner) => (inner.0, danger.or(inner.1)),
        None => (class, danger),
    };
    let names = piece.tokens.iter().filter_map(|token| match token {
        Token::Word(name) | Token::Quoted(name) => Some(name.to_lowercase()),
        _ => None,
    });
    Classified { text: piece.text, verb, class, danger, names: names.collect() }
}

/// MariaDB's `SET STATEMENT name = value, … FOR statement`: what the statement behind it does, and why it may not run.
fn for_one_statement(piece: &Piece<'_>, verb: &str, store: StoreKind) -> Option<(Class, Option<Danger>)> {
    if store != StoreKind::Mysql || verb != "SET" || piece.word(1) != "STATEMENT" {
        return None;
    }
    let refused = |reason: &str| Some((Class::Write, Some(Danger { reason: reason.to_owned(), always: false })));
    let mut depth = 0;
    let ends = piece.tokens.iter().position(|token| {
        depth += i32::from(*token == Token::Symbol('(')) - i32::from(*token == Token::Symbol(')'));
        depth == 0 && token.is("FOR")
    });
    let tokens = ends.and_then(|place| piece.tokens.get(place + 1..)).unwrap_or_default();
    let Some(Token::Word(first)) = tokens.first() else {
        return refused("the statement behind this SET STATEMENT cannot be told");
    };
    // One within another is followed no further: they could go as deep as a text is long.
    if tokens[0].is("SET") && tokens.get(1).is_some_and(|token| token.is("STATEMENT")) {
        return refused("the statement behind this SET STATEMENT cannot be told");
    }
    let start = (first.as_ptr() as usize).checked_sub(piece.text.as_ptr() as usize);
    let text = start.and_then(|start| piece.text.get(start..)).unwrap_or(piece.text);
    let inner = classify_piece(&Piece { text, tokens: tokens.to_vec() }, store);
    match inner.class {
        Class::Control(_) => refused("SET STATEMENT would end or begin the transaction that a safe try undoes"),
        // Its settings can lift the read-only mode of a connection that only reads.
        Class::Read | Class::Setting(_) => Some((Class::Setting(false), inner.danger)),
        Class::Write => Some((Class::Write, inner.danger)),
    }
}

fn first_word(piece: &Piece<'_>) -> String {
    let word = piece.tokens.iter().find(|token| **token != Token::Symbol('('));
    match word {
        Some(Token::Word(word)) => word.to_ascii_uppercase(),
        _ => String::new(),
    }
}

fn control(piece: &Piece<'_>, verb: &str, store: StoreKind) -> Option<Control> {
    let second = piece.word(1);
    let chain = piece.has("CHAIN") && !piece.has("NO");
    let compound = store == StoreKind::Mysql && piece.has("NOT");
    match verb {
        "BEGIN" if compound => None,
        "BEGIN" => Some(Control::Begin),
        "START" if second == "TRANSACTION" => Some(Control::Begin),
        "COMMIT" if second == "PREPARED" => None,
        "COMMIT" => Some(Control::Commit { chain }),
        "END" if store != StoreKind::Mysql => Some(Control::Commit { chain }),
        "ABORT" if store == StoreKind::Postgres => Some(Control::Rollback { chain }),
        "ROLLBACK" if second == "PREPARED" => None,
        "ROLLBACK" => Some(match name_after(piece, "TO", "SAVEPOINT") {
            Some(name) => Control::RollbackTo(name),
            None => Control::Rollback { chain },
        }),
        "SAVEPOINT" => Some(Control::Savepoint(name_at(piece, 1)?)),
        "RELEASE" => Some(Control::Release(name_at(piece, if second == "SAVEPOINT" { 2 } else { 1 })?)),
        "SET" if store == StoreKind::Mysql => mysql_set(piece),
        "SET" if second == "TRANSACTION" => Some(Control::Characteristics),
        _ => None,
    }
}

/// `SET [SESSION|@@session.]autocommit = 0|1` and `SET [SESSION] TRANSACTION …`, where they stand alone.
fn mysql_set(piece: &Piece<'_>) -> Option<Control> {
    let words: Vec<String> = piece.tokens.iter().map(text_of).filter(|word| !"@=:.".contains(word.as_str())).collect();
    let words: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !matches!(*word, "SESSION" | "LOCAL")).collect();
    match words[..] {
        ["SET", "AUTOCOMMIT", value] => Some(Control::AutoCommit(matches!(value, "1" | "ON" | "TRUE"))),
        ["SET", "TRANSACTION", ..] => Some(Control::Characteristics),
        _ => None,
    }
}

fn text_of(token: &Token<'_>) -> String {
    match token {
        Token::Word(text) | Token::Quoted(text) | Token::Number(text) => text.to_ascii_uppercase(),
        Token::Text(text) => text.trim_matches(['\'', '"']).to_ascii_uppercase(),
        Token::Symbol(letter) => letter.to_string(),
    }
}

fn name_after(piece: &Piece<'_>, keyword: &str, optional: &str) -> Option<String> {
    let place = piece.tokens.iter().position(|token| token.is(keyword))? + 1;
    name_at(piece, if piece.word(place) == optional { place + 1 } else { place })
}

/// A savepoint's name: bare names are told apart without regard to case.
fn name_at(piece: &Piece<'_>, place: usize) -> Option<String> {
    match piece.tokens.get(place)? {
        Token::Word(name) => Some(name.to_lowercase()),
        Token::Quoted(name) => Some((*name).to_owned()),
        _ => None,
    }
}

fn class_of(piece: &Piece<'_>, verb: &str, store: StoreKind) -> Class {
    let reads = |reads: bool| if reads { Class::Read } else { Class::Write };
    match verb {
        "SELECT" | "WITH" | "VALUES" | "TABLE" => reads(query::only_reads(piece, store)),
        "SHOW" => Class::Read,
        "COPY" if store == StoreKind::Postgres => reads(copies_out(piece)),
        "EXPLAIN" | "DESCRIBE" | "DESC" => reads(explains_only(piece, store)),
        "ANALYZE" if store == StoreKind::Mysql && piece.word(1) != "TABLE" => reads(explains_only(piece, store)),
        "PRAGMA" if store == StoreKind::Sqlite => pragma(piece),
        "DO" if store == StoreKind::Mysql => reads(query::evaluates_only(piece)),
        "DECLARE" if store == StoreKind::Postgres => reads(opens_cursor(piece)),
        "FETCH" | "MOVE" | "CLOSE" if store == StoreKind::Postgres => Class::Read,
        "LISTEN" | "UNLISTEN" | "DEALLOCATE" if store == StoreKind::Postgres => Class::Setting(true),
        // Its EXECUTE writes, if anything does.
        "PREPARE" if store == StoreKind::Postgres && piece.word(1) != "TRANSACTION" => Class::Setting(true),
        "LOCK" if store == StoreKind::Postgres => Class::Setting(false),
        "USE" if store == StoreKind::Mysql => Class::Setting(true),
        "SET" | "RESET" if store != StoreKind::Sqlite => Class::Setting(is_harmless_setting(piece, store)),
        _ => Class::Write,
    }
}

/// `DECLARE name CURSOR FOR query`, whose FETCH brings the query's rows.
fn opens_cursor(piece: &Piece<'_>) -> bool {
    let query = piece.tokens.iter().position(|token| token.is("FOR")).and_then(|place| piece.tokens.get(place + 1..));
    query.is_some_and(|query| !query::has_write_word(query))
}

/// `COPY … TO …` sends rows, `COPY … FROM …` takes them; a query stands in parentheses. Where to is judged elsewhere.
fn copies_out(piece: &Piece<'_>) -> bool {
    let mut depth = 0;
    let direction = piece.tokens.iter().find(|token| {
        depth += i32::from(**token == Token::Symbol('(')) - i32::from(**token == Token::Symbol(')'));
        depth == 0 && (token.is("TO") || token.is("FROM"))
    });
    direction.is_some_and(|token| token.is("TO")) && !query::has_write_word(&piece.tokens)
}

/// EXPLAIN runs nothing, unless it says ANALYZE.
fn explains_only(piece: &Piece<'_>, store: StoreKind) -> bool {
    let runs = store != StoreKind::Sqlite && piece.has("ANALYZE");
    !runs || !query::has_write_word(&piece.tokens)
}

/// Settings that a read-only connection may change: how values are shown and how long things may take, but nothing that
/// could lift the read-only mode.
fn is_harmless_setting(piece: &Piece<'_>, store: StoreKind) -> bool {
    const POSTGRES: [&str; 12] = [
        "SEARCH_PATH",
        "CLIENT_ENCODING",
        "NAMES",
        "TIME",
        "TIMEZONE",
        "DATESTYLE",
        "INTERVALSTYLE",
        "STATEMENT_TIMEOUT",
        "LOCK_TIMEOUT",
        "APPLICATION_NAME",
        "EXTRA_FLOAT_DIGITS",
        "BYTEA_OUTPUT",
    ];
    const MYSQL: [&str; 6] = ["NAMES", "CHARACTER", "CHARSET", "TIME_ZONE", "SQL_MODE", "MAX_EXECUTION_TIME"];
    let mut words = piece.tokens[1..].iter().filter_map(|token| match token {
        Token::Word(word) => Some(word.to_ascii_uppercase()),
        _ => None,
    });
    let name = words.find(|word| !matches!(word.as_str(), "SESSION" | "LOCAL")).unwrap_or_default();
    let several = piece.tokens.contains(&Token::Symbol(','));
    match store {
        StoreKind::Postgres => POSTGRES.contains(&name.as_str()),
        _ => MYSQL.contains(&name.as_str()) && !several,
    }
}

/// SQLite's pragmas: those that only tell, those of the session, and the rest.
fn pragma(piece: &Piece<'_>) -> Class {
    const TELLS: [&str; 17] = [
        "TABLE_INFO",
        "TABLE_XINFO",
        "TABLE_LIST",
        "INDEX_LIST",
        "INDEX_INFO",
        "INDEX_XINFO",
        "FOREIGN_KEY_LIST",
        "FOREIGN_KEY_CHECK",
        "DATABASE_LIST",
        "COMPILE_OPTIONS",
        "FUNCTION_LIST",
        "COLLATION_LIST",
        "MODULE_LIST",
        "PRAGMA_LIST",
        "INTEGRITY_CHECK",
        "QUICK_CHECK",
        "DATA_VERSION",
    ];
    const ACTS: [&str; 4] = ["INCREMENTAL_VACUUM", "WAL_CHECKPOINT", "OPTIMIZE", "SHRINK_MEMORY"];
    const SESSION: [&str; 14] = [
        "FOREIGN_KEYS",
        "BUSY_TIMEOUT",
        "CASE_SENSITIVE_LIKE",
        "CACHE_SIZE",
        "TEMP_STORE",
        "RECURSIVE_TRIGGERS",
        "DEFER_FOREIGN_KEYS",
        "SYNCHRONOUS",
        "COUNT_CHANGES",
        "READ_UNCOMMITTED",
        "AUTOMATIC_INDEX",
        "REVERSE_UNORDERED_SELECTS",
        "MMAP_SIZE",
        "ANALYSIS_LIMIT",
    ];
    let name = pragma_name(piece);
    let name = name.as_str();
    let sets = piece.tokens.iter().any(|token| matches!(token, Token::Symbol('=' | '(')));
    if TELLS.contains(&name) || (!sets && !ACTS.contains(&name)) {
        Class::Read
    } else if SESSION.contains(&name) {
        Class::Setting(true)
    } else {
        Class::Write
    }
}

/// The pragma's name, without its schema.
fn pragma_name(piece: &Piece<'_>) -> String {
    let place = if piece.tokens.get(2) == Some(&Token::Symbol('.')) { 3 } else { 1 };
    piece.tokens.get(place).map(text_of).unwrap_or_default()
}

#[cfg(test)]
mod tests;
