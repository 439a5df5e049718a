//! What a rollback cannot undo, or what would leave the database: refused before it runs, with the reason.

use wire::StoreKind;

use super::{Class, Danger, pragma_name};
use crate::scan::{Piece, Token};

/// Functions that act outside the transaction, per store.
const POSTGRES_FUNCTIONS: [&str; 34] = [
    "dblink",
    "dblink_exec",
    "dblink_connect",
    "dblink_connect_u",
    "dblink_send_query",
    "dblink_open",
    "lo_export",
    "lo_import",
    "pg_read_file",
    "pg_read_binary_file",
    "pg_ls_dir",
    "pg_stat_file",
    "pg_file_write",
    "pg_file_unlink",
    "pg_file_rename",
    "pg_file_sync",
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_reload_conf",
    "pg_rotate_logfile",
    "pg_switch_wal",
    "pg_promote",
    "pg_backup_start",
    "pg_backup_stop",
    "pg_create_restore_point",
    "pg_logical_emit_message",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_drop_replication_slot",
    "pg_replication_slot_advance",
    "pg_stat_reset",
    "pg_stat_statements_reset",
    "setval",
    "http_post",
];
const MYSQL_FUNCTIONS: [&str; 5] = ["load_file", "sys_exec", "sys_eval", "setval", "master_pos_wait"];
const SQLITE_FUNCTIONS: [&str; 5] = ["load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"];

pub(super) fn danger(piece: &Piece<'_>, verb: &str, class: &Class, store: StoreKind) -> Option<Danger> {
    let functions: &[&str] = match store {
        StoreKind::Postgres => &POSTGRES_FUNCTIONS,
        StoreKind::Mysql => &MYSQL_FUNCTIONS,
        StoreKind::Sqlite => &SQLITE_FUNCTIONS,
    };
    if let Some(name) = called(piece, functions) {
        let always = store == StoreKind::Sqlite;
        return Some(Danger {
            reason: format!("{name}() acts outside the transaction, so it cannot be rolled back"),
            always,
        });
    }
    let found = match store {
        StoreKind::Postgres => postgres(piece, verb),
        StoreKind::Mysql => mysql(piece, verb, class),
        StoreKind::Sqlite => return sqlite(piece, verb, class),
    };
    found.map(|reason| Danger { reason, always: false })
}

/// The first of these functions that the statement calls, or names inside the body of a DO or CREATE FUNCTION.
fn called<'n>(piece: &Piece<'_>, functions: &[&'n str]) -> Option<&'n str> {
    let direct = piece.tokens.iter().enumerate().find_map(|(place, token)| {
        let (Token::Word(name) | Token::Quoted(name)) = token else { return None };
        let call = piece.tokens.get(place + 1) == Some(&Token::Symbol('('));
        functions.iter().find(|function| call && name.eq_ignore_ascii_case(function)).copied()
    });
    direct.or_else(|| {
        let bodies = piece.word(0) == "DO" || piece.word(0) == "CREATE";
        let texts = piece.tokens.iter().filter_map(|token| match token {
            Token::Text(text) if bodies => Some(text.to_lowercase()),
            _ => None,
        });
        texts.into_iter().find_map(|text| functions.iter().find(|name| contains_word(&text, name)).copied())
    })
}

/// Whether a lower-cased text holds a word.
pub(crate) fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(place, _)| {
        let edge = |letter: Option<char>| letter.is_none_or(|letter| !(letter.is_alphanumeric() || letter == '_'));
        edge(text[..place].chars().next_back()) && edge(text[place + word.len()..].chars().next())
    })
}

fn postgres(piece: &Piece<'_>, verb: &str) -> Option<String> {
    let second = piece.word(1);
    let outside = match (verb, second.as_str()) {
        ("VACUUM" | "CHECKPOINT" | "CLUSTER" | "LOAD", _) => verb.to_owned(),
        ("PREPARE", "TRANSACTION") | ("COMMIT" | "ROLLBACK", "PREPARED") | ("ALTER", "SYSTEM") | ("DISCARD", "ALL") => {
            format!("{verb} {second}")
        }
        ("CREATE" | "DROP" | "ALTER", "DATABASE" | "TABLESPACE" | "SUBSCRIPTION") => format!("{verb} {second}"),
        ("CREATE" | "DROP" | "REINDEX" | "REFRESH" | "DETACH" | "ALTER", _) if piece.has("CONCURRENTLY") => {
            format!("{verb} … CONCURRENTLY")
        }
        ("REINDEX", "DATABASE" | "SYSTEM" | "SCHEMA") => format!("{verb} {second}"),
        _ => String::new(),
    };
    if !outside.is_empty() {
        return Some(format!("{outside} runs outside of transactions, so it cannot be rolled back"));
    }
    if verb == "COPY" {
        let direction = piece.tokens.iter().position(|token| token.is("FROM") || token.is("TO"));
        let end = direction.and_then(|place| piece.tokens.get(place + 1));
        if piece.has("PROGRAM") || matches!(end, Some(Token::Text(_))) {
            return Some("COPY with a file or a program reaches into the server's machine".to_owned());
        }
    }
    None
}

fn mysql(piece: &Piece<'_>, verb: &str, class: &Class) -> Option<String> {
    let second = piece.word(1);
    if piece.has("OUTFILE") || piece.has("DUMPFILE") {
        return Some("INTO OUTFILE writes a file on the server's machine, which no rollback removes".to_owned());
    }
    if let Class::Control(_) | Class::Read = class {
        return None;
    }
    // Temporary tables only: making a temporary sequence commits (MariaDB 10.11).
    let kind = if second == "OR" { 3 } else { 1 };
    let temporary = piece.word(kind) == "TEMPORARY" && matches!(piece.word(kind + 1).as_str(), "TABLE" | "TABLES");
    match verb {
        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "WITH" | "SELECT" | "VALUES" | "TABLE" | "DO" | "USE"
        | "EXPLAIN" | "DESCRIBE" | "DESC" | "ANALYZE"
            if !(verb == "ANALYZE" && second == "TABLE") =>
        {
            None
        }
        "CREATE" | "DROP" if temporary => None,
        "CREATE" | "DROP" | "ALTER" | "RENAME" | "TRUNCATE" | "GRANT" | "REVOKE" | "ANALYZE" | "OPTIMIZE"
        | "REPAIR" | "CHECK" | "CACHE" | "FLUSH" | "RESET" | "INSTALL" | "UNINSTALL" | "LOCK" | "UNLOCK" => {
            Some(format!("{verb} commits implicitly in MySQL, so neither it nor what ran before could be rolled back"))
        }
        "LOAD" => Some("LOAD reads a file into a table; run it with commit if that is meant".to_owned()),
        "SET" => {
            let reaches =
                ["GLOBAL", "PERSIST", "PERSIST_ONLY", "PASSWORD", "DEFAULT"].iter().any(|word| piece.has(word));
            let commits = piece.has("AUTOCOMMIT");
            (reaches || commits).then(|| {
                let what =
                    if commits { "autocommit among other settings" } else { "the whole server, not this session" };
                format!("this SET changes {what}, which no rollback undoes")
            })
        }
        "CALL" => Some("a stored procedure can commit by itself, so its writes may not be rolled back".to_owned()),
        "PREPARE" | "EXECUTE" | "DEALLOCATE" => {
            Some("SQL hidden in a PREPARE cannot be checked, so its writes may not be rolled back".to_owned())
        }
        _ => Some(format!("{verb} is not known to be undone by a rollback")),
    }
}

fn sqlite(piece: &Piece<'_>, verb: &str, class: &Class) -> Option<Danger> {
    let never = |reason: &str| Some(Danger { reason: reason.to_owned(), always: true });
    let here = |reason: String| Some(Danger { reason, always: false });
    match verb {
        "ATTACH" => never("ATTACH opens another file, past the list of files this connection may open"),
        "DETACH" => here("DETACH cannot run inside a transaction".to_owned()),
        "VACUUM" if piece.has("INTO") => never("VACUUM INTO writes another file"),
        "VACUUM" => here("VACUUM rewrites the file outside of transactions, so it cannot be rolled back".to_owned()),
        "PRAGMA" if *class == Class::Write => {
            let name = pragma_name(piece);
            let undone = matches!(name.as_str(), "USER_VERSION" | "APPLICATION_ID");
            if matches!(name.as_str(), "TEMP_STORE_DIRECTORY" | "DATA_STORE_DIRECTORY") {
                return never("this pragma moves files of the whole process");
            }
            if undone { None } else { here(format!("PRAGMA {} writes outside of transactions", name.to_lowercase())) }
        }
        _ => None,
    }
}
