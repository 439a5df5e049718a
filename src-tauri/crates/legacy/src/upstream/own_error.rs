//! The server's own error for a statement of MySQL that a safe try refuses and that could not run anyway: a misspelt first word,
//! a procedure that is not there. Nothing that could have an effect is run to hear it.

use wire::{Fault, Limits, Protocol, StoreKind};

use crate::{
    classify::Classified,
    driver::Connection,
    engines,
    scan::{Token, pieces},
};

/// First words of statements of MySQL 8.4 and MariaDB 10.11. What is missing here is asked about, and parsed at most.
const STATEMENTS: &str = "\
    ALTER ANALYZE BACKUP BEGIN BINLOG CACHE CALL CASE CHANGE CHECK CHECKSUM CLONE CLOSE COMMIT CREATE DEALLOCATE \
    DECLARE DELETE DESC DESCRIBE DO DROP END EXECUTE EXPLAIN FETCH FLUSH FOR GET GRANT HANDLER HELP IF IMPORT \
    INSERT INSTALL KILL LOAD LOCK LOOP OPEN OPTIMIZE PREPARE PURGE RELEASE RENAME REPAIR REPEAT REPLACE RESET \
    RESIGNAL RESTART RETURN REVOKE ROLLBACK SAVEPOINT SELECT SET SHOW SHUTDOWN SIGNAL START STOP TABLE TRUNCATE \
    UNINSTALL UNLOCK UPDATE USE VALUES WHILE WITH XA";

/// `ER_PARSE_ERROR`.
const UNREADABLE: i64 = 1064;
/// `ER_NO_DB_ERROR`, `ER_SP_DOES_NOT_EXIST`, `ER_PROCACCESS_DENIED_ERROR`: said before a procedure's arguments are counted.
const NOT_CALLABLE: [i64; 3] = [1046, 1305, 1370];
/// More arguments than any procedure has.
const TOO_MANY: usize = 4099;

/// What the server says against a refused text; none where it might run, or where that cannot be told without running it.
pub(super) async fn own_error(
    connection: &mut Connection,
    store: StoreKind,
    sql: &str,
    protocol: Protocol,
    parts: &[Classified<'_>],
) -> Option<Fault> {
    let first = parts.first().filter(|_| store == StoreKind::Mysql)?;
    // What stands in such comments may be the first words to one server and nothing to another.
    if sql.contains("/*!") || sql.contains("/*M!") {
        return None;
    }
    if first.verb == "CALL" && parts.len() == 1 {
        return not_callable(connection, first.text, protocol).await;
    }
    if STATEMENTS.split(' ').any(|word| word == first.verb) {
        return None;
    }
    unreadable(connection, sql).await
}

/// The error of a text that the server cannot parse. Preparing does no more; the text would have to be executed to do anything.
async fn unreadable(connection: &mut Connection, sql: &str) -> Option<Fault> {
    let fault = connection.prepare(sql).await.err()?;
    (number(&fault) == Some(UNREADABLE)).then_some(fault)
}

/// The error of a CALL whose procedure is not there, or not for this user. First the catalogue is asked, which shows every procedure
/// that the user may call. Then the server is, with so many NULLs for arguments that no procedure can take them, should one have
/// come in between.
async fn not_callable(connection: &mut Connection, text: &str, protocol: Protocol) -> Option<Fault> {
    let piece = pieces(text, StoreKind::Mysql).into_iter().next()?;
    let (schema, name, arguments) = called(&piece.tokens)?;
    // Without parameters they are faults, which nobody finds who does not run the text.
    if protocol == Protocol::Simple && arguments.contains(&Token::Symbol('?')) {
        return None;
    }
    // What is evaluated to be prepared is nothing but values.
    if !arguments.iter().any(|token| matches!(token, Token::Word(_) | Token::Quoted(_)))
        && let Some(fault) = unreadable(connection, text).await
    {
        return Some(fault);
    }
    let place = schema.map_or_else(|| "DATABASE()".to_owned(), |schema| format!("'{schema}'"));
    let package = schema.map_or_else(String::new, |schema| format!(" OR ROUTINE_NAME = '{schema}'"));
    let known = format!(
        "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE (ROUTINE_SCHEMA = {place} AND ROUTINE_NAME = '{name}'){package}"
    );
    if engines::rows(connection, &known).await != [["0"]] {
        return None;
    }
    let schema = schema.map_or_else(String::new, |schema| format!("`{schema}`."));
    let call = format!("CALL {schema}`{name}`({}NULL)", "NULL, ".repeat(TOO_MANY - 1));
    let (fault, _) = connection.query(&call, &[], Protocol::Simple, &Limits::default()).await.err()?;
    number(&fault).is_some_and(|number| NOT_CALLABLE.contains(&number)).then_some(fault)
}

/// The schema, if given, and the name of the procedure that a CALL names, and what follows it; none where the names would need
/// quoting.
fn called<'p, 't>(tokens: &'p [Token<'t>]) -> Option<(Option<&'t str>, &'t str, &'p [Token<'t>])> {
    let (schema, name, rest) = match tokens.get(1..)? {
        [schema, Token::Symbol('.'), name, rest @ ..] => (Some(plain(schema)?), name, rest),
        [name, rest @ ..] => (None, name, rest),
        [] => return None,
    };
    let fits = rest.first().is_none_or(|token| *token == Token::Symbol('('));
    fits.then_some((schema, plain(name)?, rest))
}

fn plain<'t>(token: &Token<'t>) -> Option<&'t str> {
    let (Token::Word(name) | Token::Quoted(name)) = *token else { return None };
    let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (letters && !name.is_empty()).then_some(name)
}

fn number(fault: &Fault) -> Option<i64> {
    fault.fields.get("errno").and_then(serde_json::Value::as_i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_procedures_are_looked_up() {
        for (text, found) in [
            ("CALL nope()", Some((None, "nope"))),
            ("/* x */ call `app` . nope(1, 'a')", Some((Some("app"), "nope"))),
            ("CALL nope", Some((None, "nope"))),
            ("CALL `no\'pe`()", None),
            ("CALL `a``b`()", None),
            ("CALL 'nope'()", None),
            ("CALL a.b.c()", None),
            ("CALL", None),
        ] {
            let piece = &pieces(text, StoreKind::Mysql)[0];
            let names = called(&piece.tokens).map(|(schema, name, _)| (schema, name));
            assert_eq!(names, found, "{text}");
        }
    }
}
