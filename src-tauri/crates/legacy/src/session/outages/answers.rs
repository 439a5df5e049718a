//! What an answered request says about the store that answered: that it is there, that it did as asked, or that it did not.

use contract::TraceKind;
use wire::{Fault, StoreReply, StoreRequest};

use crate::Handled;

/// How a store answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It took a connection.
    Connected,
    /// It followed transaction control or a setting, which says nothing about what the script wants to know.
    Obeyed,
    /// It did what it was asked, whatever that brought.
    Did,
    /// It did not.
    DidNot(Failure),
}

/// What a store says about what it did not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// Its words.
    pub(super) why: String,
    /// There is such an entry already.
    pub(super) is_duplicate: bool,
}

/// How stores begin, or put, that there is such an entry already, in lower case.
const DUPLICATES: [&str; 4] = ["duplicate", "e11000", "unique constraint", "unique key"];

impl Failure {
    /// Why, with the store's code for it.
    pub(super) fn new(why: String, code: Option<&str>) -> Failure {
        let words = why.to_lowercase();
        let is_duplicate = code == Some("23505") || DUPLICATES.iter().any(|duplicate| words.contains(duplicate));
        Failure { why, is_duplicate }
    }
}

/// Statements that bring nothing, as the trace names them.
const OBEYED: [&str; 20] = [
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "SAVEPOINT",
    "RELEASE",
    "SET",
    "USE",
    "PRAGMA",
    "RESET",
    "SAVE",
    "LISTEN",
    "UNLISTEN",
    "PREPARE",
    "DEALLOCATE",
    "LOCK",
    "commitTransaction",
    "abortTransaction",
];

/// How SQL Server begins its complaints about a statement. Its trace has no numbers, and other words may be a procedure's own.
const COMPLAINTS: [&str; 10] = [
    "Invalid object name",
    "Invalid column name",
    "Incorrect syntax",
    "Could not find stored procedure",
    "Conversion failed",
    "Must declare the scalar variable",
    "Procedure or function",
    "The SELECT permission was denied",
    "The EXECUTE permission was denied",
    "Ambiguous column name",
];

/// The answer of a request that was answered; none where nobody answered, or nothing worth it.
pub(super) fn answer(request: &StoreRequest, handled: &Handled) -> Option<Answer> {
    let observed = handled.observed.as_ref();
    Some(match &handled.reply {
        // Two stores may be connected to at the same time, and one of them fail.
        StoreReply::Connected { .. } => Answer::Connected,
        StoreReply::Rows { .. } if observed.is_none_or(|observed| obeyed(&observed.label)) => Answer::Obeyed,
        StoreReply::Rows { .. } => Answer::Did,
        StoreReply::Failed { fault, .. }
            if matches!(request, StoreRequest::Query { .. } | StoreRequest::Prepare { .. }) =>
        {
            of_fault(fault)
        }
        StoreReply::Response(response) => match response.status {
            // The service failed, or what stands before it says that it is not there. Nor is a request for other credentials of a
            // proxy, for more speed or for less of it an answer.
            500.. | 407 | 408 | 429 => {
                let why = format!("{} {}", response.status, response.status_text);
                Answer::DidNot(Failure::new(why.trim_end().to_owned(), None))
            }
            _ => Answer::Did,
        },
        // Greetings and logins come again and again, and say nothing about what the script asks.
        StoreReply::Socket(_) => {
            let observed = observed.filter(|observed| observed.kind == TraceKind::Query)?;
            match &observed.error {
                _ if obeyed(&observed.label) => Answer::Obeyed,
                Some(error) if is_complaint(&observed.label, error) => {
                    Answer::DidNot(Failure::new(error.clone(), None))
                }
                _ => Answer::Did,
            }
        }
        _ => return None,
    })
}

/// What a procedure raises is its answer, e.g. that a password is wrong.
fn of_fault(fault: &Fault) -> Answer {
    match fault.code.as_deref() {
        Some("P0001" | "ER_SIGNAL_EXCEPTION") => Answer::Did,
        code => Answer::DidNot(Failure::new(crate::trace::readable(fault), code)),
    }
}

/// Whether an error is about the statement, not about the person. A directory answers a wrong password with an error.
fn is_complaint(label: &str, error: &str) -> bool {
    match label.split(' ').next() {
        Some("ldapjs") => label.contains(" search") && !error.starts_with("noSuchObject"),
        Some("tedious") => COMPLAINTS.iter().any(|complaint| error.starts_with(complaint)),
        _ => true,
    }
}

fn obeyed(label: &str) -> bool {
    let words = label.split(" · ").next().unwrap_or_default();
    let Some((_, verbs)) = words.split_once(' ') else { return false };
    verbs.split("; ").all(|verb| OBEYED.contains(&verb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::FaultKind;

    #[test]
    fn transaction_control_tells_nothing_about_a_store() {
        for label in ["pg BEGIN", "pg BEGIN; SET", "tedious ROLLBACK · undid 1 write", "mongodb abortTransaction"] {
            assert!(obeyed(label), "{label}");
        }
        for label in ["pg SELECT", "pg BEGIN; SELECT", "mongodb find users", "pg"] {
            assert!(!obeyed(label), "{label}");
        }
    }

    #[test]
    fn what_a_procedure_raises_is_an_answer() {
        let fault =
            |code: &str| Fault { code: Some(code.to_owned()), ..crate::fault::fault(FaultKind::Statement, "no") };
        assert_eq!(of_fault(&fault("P0001")), Answer::Did);
        assert_eq!(of_fault(&fault("42P01")), Answer::DidNot(Failure { why: "no".to_owned(), is_duplicate: false }));
        assert!(matches!(of_fault(&fault("23505")), Answer::DidNot(Failure { is_duplicate: true, .. })));
        assert!(is_complaint("tedious SELECT", "Invalid object name 'userz'."));
        assert!(!is_complaint("tedious EXEC", "wrong password"));
        assert!(!is_complaint("ldapjs bind", "invalidCredentials (49)"));
        assert!(!is_complaint("ldapjs search", "noSuchObject (32)"));
        assert!(is_complaint("ldapjs search", "insufficientAccessRights (50)"));
        assert!(is_complaint("mongodb find users", "unknown operator: $like"));
    }
}
