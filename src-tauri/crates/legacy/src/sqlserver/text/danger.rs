//! What a rollback does not undo, or what leaves the server: refused before it runs.

use super::lexer::Token;
use crate::classify::Danger;

/// Words that begin what acts outside of transactions.
const OUTSIDE: [&str; 8] = ["RECONFIGURE", "KILL", "BACKUP", "RESTORE", "CHECKPOINT", "DBCC", "SEND", "RECEIVE"];
/// Objects whose CREATE, ALTER and DROP are not part of a transaction, or concern the whole server.
const OBJECTS: [&str; 9] =
    ["DATABASE", "LOGIN", "SERVER", "ENDPOINT", "FULLTEXT", "AVAILABILITY", "CREDENTIAL", "RESOURCE", "EVENT"];
/// Procedures that run programs.
const PROGRAMS: [&str; 8] = [
    "xp_cmdshell",
    "sp_oacreate",
    "sp_oamethod",
    "sp_oasetproperty",
    "sp_execute_external_script",
    "sp_invoke_external_rest_endpoint",
    "sp_start_job",
    "sp_add_jobstep",
];
/// Procedures that reach past the transaction.
const PROCEDURES: [&str; 14] = [
    "sp_configure",
    "sp_send_dbmail",
    "sp_addlinkedserver",
    "sp_addlinkedsrvlogin",
    "sp_dropserver",
    "sp_serveroption",
    "sp_attach_db",
    "sp_detach_db",
    "sp_addlogin",
    "sp_droplogin",
    "sp_password",
    "sp_dboption",
    "sp_add_job",
    "sp_renamedb",
];

fn past(what: &str) -> Danger {
    Danger { reason: format!("{what} acts outside the transaction, so it cannot be rolled back"), always: false }
}

/// A linked server, or a source named in the statement.
pub(super) fn elsewhere() -> Option<Danger> {
    Some(Danger {
        reason: "it reaches another server, past the list of hosts and past the transaction".to_owned(),
        always: false,
    })
}

/// SQL that is put together while it runs.
pub(super) fn unchecked() -> Option<Danger> {
    let reason =
        "SQL that EXEC puts together while it runs cannot be checked, so it could end the transaction that undoes it";
    Some(Danger { reason: reason.to_owned(), always: false })
}

/// A procedure, by its lower-cased own name.
pub(super) fn of_procedure(name: &str) -> Option<Danger> {
    if PROGRAMS.contains(&name) {
        return Some(Danger { reason: format!("{name} runs programs on the server's machine"), always: true });
    }
    (PROCEDURES.contains(&name) || name.starts_with("xp_")).then(|| past(name))
}

/// A bare word with what stands around it.
pub(super) fn of_word(tokens: &[Token<'_>], place: usize, word: &str) -> Option<Danger> {
    let next = |name: &str| tokens.get(place + 1).is_some_and(|token| token.is(name));
    let opens = tokens.get(place + 1) == Some(&Token::Symbol('('));
    match word {
        "OPENROWSET" | "OPENQUERY" | "OPENDATASOURCE" if opens => elsewhere(),
        "FROM" | "JOIN" | "INTO" | "UPDATE" | "DELETE" | "MERGE" | "USING" | "TABLE"
            if parts(&tokens[place + 1..]) > 3 =>
        {
            elsewhere()
        }
        "SHUTDOWN" => Some(Danger { reason: "SHUTDOWN ends the server".to_owned(), always: true }),
        "BEGIN" if next("DISTRIBUTED") => Some(past("BEGIN DISTRIBUTED TRANSACTION")),
        "BULK" if next("INSERT") => {
            Some(Danger { reason: "BULK INSERT reads a file of the server's machine".to_owned(), always: false })
        }
        "CREATE" | "ALTER" | "DROP" => {
            let object = tokens.get(place + 1).and_then(|token| OBJECTS.iter().find(|object| token.is(object)))?;
            Some(past(&format!("{word} {object}")))
        }
        _ if OUTSIDE.contains(&word) && (place == 0 || !opens) => {
            // SEND and RECEIVE are words of the service broker only where they begin a statement.
            let begins = place == 0 || tokens[place - 1] == Token::Symbol(';');
            (begins || !matches!(word, "SEND" | "RECEIVE" | "CHECKPOINT")).then(|| past(word))
        }
        _ => None,
    }
}

/// How many parts the name here has.
fn parts(tokens: &[Token<'_>]) -> usize {
    let mut dots = 0;
    let mut before_was_name = false;
    for token in tokens {
        match token {
            Token::Symbol('.') => {
                dots += 1;
                before_was_name = false;
            }
            Token::Word(_) | Token::Quoted(_) if !before_was_name => before_was_name = true,
            _ => break,
        }
    }
    dots + 1
}
