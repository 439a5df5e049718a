//! T-SQL: what a text does, before it runs. Its words decide; what is not known counts as a write.
//!
//! Statements need no semicolon between them, so every bare word of a text is looked at, not only the first of a statement.

use super::request::Step;
use crate::classify::Danger;

mod danger;
mod lexer;

use lexer::{Token, tokens};

/// What a text does.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Judgement {
    /// First words of its statements, for the trace.
    pub(super) verb: String,
    /// May change data or schema.
    pub(super) writes: bool,
    /// Reaches past a rollback.
    pub(super) danger: Option<Danger>,
    /// Transaction control in it, in order.
    pub(super) control: Vec<Step>,
    /// The whole text is one piece of transaction control.
    pub(super) is_control: bool,
    /// Which statements run, and how often, is decided while it runs.
    pub(super) branches: bool,
    /// Says something about implicit transactions.
    pub(super) sets_implicit: bool,
}

/// Words that begin a statement. A text that begins with another word calls a procedure of that name.
const BEGINNINGS: [&str; 46] = [
    "SELECT",
    "WITH",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "SET",
    "DECLARE",
    "BEGIN",
    "END",
    "COMMIT",
    "ROLLBACK",
    "SAVE",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "GRANT",
    "REVOKE",
    "DENY",
    "USE",
    "IF",
    "ELSE",
    "WHILE",
    "PRINT",
    "RAISERROR",
    "THROW",
    "WAITFOR",
    "RETURN",
    "GOTO",
    "EXEC",
    "EXECUTE",
    "DBCC",
    "BACKUP",
    "RESTORE",
    "KILL",
    "SHUTDOWN",
    "RECONFIGURE",
    "CHECKPOINT",
    "BULK",
    "OPEN",
    "FETCH",
    "CLOSE",
    "DEALLOCATE",
    "SEND",
    "RECEIVE",
];
const WRITES: [&str; 19] = [
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "INTO",
    "TRUNCATE",
    "CREATE",
    "ALTER",
    "DROP",
    "GRANT",
    "REVOKE",
    "DENY",
    "WRITETEXT",
    "UPDATETEXT",
    "BULK",
    "SEND",
    "RECEIVE",
    "DBCC",
    "RECONFIGURE",
];
const BRANCHES: [&str; 8] = ["IF", "WHILE", "TRY", "CATCH", "GOTO", "CURSOR", "RETURN", "THROW"];
/// Procedures that only tell.
const TELLS: [&str; 17] = [
    "sp_help",
    "sp_helptext",
    "sp_helpindex",
    "sp_helpconstraint",
    "sp_columns",
    "sp_tables",
    "sp_pkeys",
    "sp_fkeys",
    "sp_statistics",
    "sp_databases",
    "sp_server_info",
    "sp_stored_procedures",
    "sp_sproc_columns",
    "sp_special_columns",
    "sp_who",
    "sp_spaceused",
    "sp_describe_first_result_set",
];

/// What a text does.
pub(super) fn judge(sql: &str) -> Judgement {
    judge_at(sql, 0)
}

/// What calling a procedure does, with the text of its arguments unknown.
pub(super) fn judge_procedure(name: &str) -> Judgement {
    let own = name.rsplit('.').next().unwrap_or_default().trim_matches(['[', ']', '"']).to_ascii_lowercase();
    let mut found =
        Judgement { verb: format!("EXEC {name}"), writes: !TELLS.contains(&own.as_str()), ..Judgement::default() };
    found.danger = danger::of_procedure(&own);
    if name.matches('.').count() > 2 {
        found.danger = found.danger.or_else(danger::elsewhere);
    }
    found
}

fn judge_at(sql: &str, depth: u32) -> Judgement {
    let tokens = tokens(sql);
    let mut found = Judgement { verb: verbs(&tokens), ..Judgement::default() };
    for (place, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        // Part of a longer name.
        if place > 0 && tokens[place - 1] == Token::Symbol('.') {
            continue;
        }
        let word = word.to_ascii_uppercase();
        let follows = |name: &str| tokens.get(place + 1).is_some_and(|token| token.is(name));
        found.writes |= WRITES.contains(&word.as_str());
        found.writes |= matches!(word.as_str(), "ENABLE" | "DISABLE") && follows("TRIGGER");
        found.writes |= word == "NEXT" && follows("VALUE");
        found.branches |= BRANCHES.contains(&word.as_str());
        found.sets_implicit |= word == "IMPLICIT_TRANSACTIONS" || word == "ANSI_DEFAULTS";
        if let Some((step, end)) = control(&tokens, place) {
            found.is_control = place == 0 && tokens[end..].iter().all(|token| *token == Token::Symbol(';'));
            found.control.push(step);
        }
        if matches!(word.as_str(), "EXEC" | "EXECUTE") {
            execution(&tokens, place + 1, depth, &mut found);
        }
        found.danger = found.danger.take().or_else(|| danger::of_word(&tokens, place, &word));
    }
    match tokens.first() {
        Some(Token::Word(word)) if BEGINNINGS.iter().any(|known| word.eq_ignore_ascii_case(known)) => {}
        Some(Token::Word(_) | Token::Quoted(_)) => execution(&tokens, 0, depth, &mut found),
        _ => {}
    }
    found
}

/// EXEC: a procedure, or SQL made up while it runs.
fn execution(tokens: &[Token<'_>], start: usize, depth: u32, found: &mut Judgement) {
    let mut place = start;
    // EXEC @status = name
    if matches!(tokens.get(place), Some(Token::Word(word)) if word.starts_with('@'))
        && tokens.get(place + 1) == Some(&Token::Symbol('='))
    {
        place += 2;
    }
    let unchecked = |found: &mut Judgement| {
        found.writes = true;
        found.danger = found.danger.take().or_else(danger::unchecked);
    };
    match tokens.get(place) {
        Some(Token::Symbol('(')) => {
            let end = tokens[place..]
                .iter()
                .position(|token| *token == Token::Symbol(')'))
                .map_or(tokens.len(), |end| place + end);
            literal(&tokens[place + 1..end], depth, found, unchecked);
        }
        Some(Token::Word(word)) if word.starts_with('@') => unchecked(found),
        Some(Token::Word(_) | Token::Quoted(_)) => {
            let mut name = String::new();
            let mut dots = 0;
            while let Some(token) = tokens.get(place) {
                match token {
                    Token::Symbol('.') => dots += 1,
                    Token::Word(part) | Token::Quoted(part)
                        if name.is_empty() || tokens[place - 1] == Token::Symbol('.') =>
                    {
                        name = (*part).to_ascii_lowercase();
                    }
                    _ => break,
                }
                place += 1;
            }
            if name == "sp_execute" || name.starts_with("sp_prep") || name.starts_with("sp_cursor") {
                unchecked(found);
            } else if name == "sp_executesql" {
                let end = tokens[place..]
                    .iter()
                    .position(|token| *token == Token::Symbol(','))
                    .map_or(tokens.len(), |end| place + end);
                let argument = match &tokens[place..end] {
                    [Token::Word(_), Token::Symbol('='), rest @ ..] | rest => rest,
                };
                let argument: Vec<Token<'_>> =
                    argument.iter().filter(|token| **token != Token::Symbol(';')).copied().collect();
                literal(&argument, depth, found, unchecked);
            } else if name != "as" {
                found.writes |= !TELLS.contains(&name.as_str());
                found.danger = found.danger.take().or_else(|| danger::of_procedure(&name));
                if dots > 2 {
                    found.danger = found.danger.take().or_else(danger::elsewhere);
                }
            } else {
                found.writes = true;
            }
        }
        _ => unchecked(found),
    }
}

/// SQL in literals is judged as what it says; anything else cannot be.
fn literal(tokens: &[Token<'_>], depth: u32, found: &mut Judgement, unchecked: impl FnOnce(&mut Judgement)) {
    let mut sql = String::new();
    for token in tokens {
        match token {
            Token::Text(text) => sql.push_str(&text.replace("''", "'")),
            Token::Symbol('+') => {}
            _ => return unchecked(found),
        }
    }
    if depth > 2 || sql.is_empty() {
        return unchecked(found);
    }
    let inner = judge_at(&sql, depth + 1);
    found.writes |= inner.writes;
    found.danger = found.danger.take().or(inner.danger);
    found.control.extend(inner.control);
    found.branches |= inner.branches;
    found.sets_implicit |= inner.sets_implicit;
}

/// Transaction control at a place, and where it ends.
fn control(tokens: &[Token<'_>], place: usize) -> Option<(Step, usize)> {
    let is = |place: usize, name: &str| tokens.get(place).is_some_and(|token| token.is(name));
    let transaction = |place: usize| is(place, "TRAN") || is(place, "TRANSACTION");
    let begins = is(place, "BEGIN") && transaction(place + 1);
    let saves = is(place, "SAVE") && transaction(place + 1);
    let ends = is(place, "COMMIT") || is(place, "ROLLBACK");
    if !(begins || saves || ends) {
        return None;
    }
    let mut end = place + 1;
    if transaction(end) || is(end, "WORK") {
        end += 1;
    }
    let name = match tokens.get(end) {
        Some(Token::Word(word)) if !BEGINNINGS.iter().any(|known| word.eq_ignore_ascii_case(known)) => {
            (*word).to_owned()
        }
        Some(Token::Quoted(name)) => (*name).to_owned(),
        _ => String::new(),
    };
    if !name.is_empty() {
        end += 1;
    }
    let step = match () {
        () if begins => Step::Begin(name),
        () if saves => Step::Save(name),
        () if is(place, "COMMIT") => Step::Commit(name),
        () => Step::Rollback(name),
    };
    Some((step, end))
}

/// First words of the statements that a reader would see: at the start and behind semicolons.
fn verbs(tokens: &[Token<'_>]) -> String {
    let mut verbs: Vec<String> = Vec::new();
    let mut starts = true;
    for token in tokens {
        match token {
            Token::Symbol(';') => starts = true,
            Token::Word(word) if starts && verbs.len() < 4 => {
                verbs.push(word.to_ascii_uppercase());
                starts = false;
            }
            _ => starts = false,
        }
    }
    verbs.join("; ")
}

impl Judgement {
    /// Why its transaction control cannot be run inside a safe try: it would end the transaction that undoes everything. A
    /// BEGIN with its own COMMIT only nests.
    pub(super) fn ends_transaction(&self) -> bool {
        let mut open = 0_i32;
        for step in &self.control {
            match step {
                Step::Begin(_) => open += 1,
                Step::Commit(_) => open -= 1,
                Step::Rollback(_) => return true,
                Step::Save(_) => {}
            }
            if open < 0 {
                return true;
            }
        }
        open != 0 || (self.branches && !self.control.is_empty())
    }
}

#[cfg(test)]
mod tests;
