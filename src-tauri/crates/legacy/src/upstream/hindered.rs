//! Errors of the server that come only from what Sluice puts around a script: the transaction of a safe try, and the read-only
//! session of a connection whose writes are not allowed.

use serde_json::Value;
use wire::{Fault, FaultKind};

use crate::{Writes, classify::Classified};

/// Makes such an error a refusal of ours, with a hint; its words, code and fields stay the server's. `is_inside` is whether the script has a
/// transaction of its own open, in which the server would have said the same.
pub(super) fn hindered(fault: &mut Fault, writes: Writes, parts: &[Classified<'_>], is_inside: bool) -> bool {
    let number = fault.fields.get("errno").and_then(Value::as_i64);
    let hint = match (writes, fault.code.as_deref()) {
        // `invalid_transaction_termination`. In a text with several statements it is an error anywhere.
        (Writes::RolledBack, Some("2D000")) if !is_inside && runs_code(parts) => {
            "it commits by itself, which it cannot inside the transaction that a safe try undoes: run it with commit (the switch, \
             or --commit) if that is meant"
        }
        (Writes::ReadOnly, code) if code == Some("25006") || number == Some(1792) => {
            "this connection is read-only in Sluice: allow writes for it in its settings if that is meant"
        }
        _ => return false,
    };
    if fault.kind != FaultKind::Statement {
        return false;
    }
    fault.kind = FaultKind::Refused;
    fault.hint = Some(hint.to_owned());
    true
}

fn runs_code(parts: &[Classified<'_>]) -> bool {
    matches!(parts, [part] if matches!(part.verb.as_str(), "CALL" | "DO"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classify::classify, fault::fault};
    use wire::StoreKind;

    fn found(code: &str, writes: Writes, sql: &str, is_inside: bool) -> bool {
        let mut fault = Fault { code: Some(code.to_owned()), ..fault(FaultKind::Statement, "the server's own words") };
        let found = hindered(&mut fault, writes, &classify(sql, StoreKind::Postgres), is_inside);
        assert_eq!((fault.message.as_str(), fault.code.as_deref()), ("the server's own words", Some(code)));
        assert_eq!((fault.kind == FaultKind::Refused, fault.hint.is_some()), (found, found));
        found
    }

    #[test]
    fn only_what_sluice_brings_about_is_a_refusal() {
        use Writes::{Committed, ReadOnly, RolledBack};
        assert!(found("2D000", RolledBack, "CALL commits()", false));
        assert!(found("2D000", RolledBack, "DO $$ BEGIN COMMIT; END $$", false));
        assert!(!found("2D000", RolledBack, "CALL commits()", true), "the script's own transaction");
        assert!(!found("2D000", RolledBack, "SELECT commits()", false), "a function never may");
        assert!(!found("2D000", RolledBack, "SELECT 1; CALL commits()", false));
        assert!(!found("2D000", Committed, "CALL commits()", false));
        assert!(found("25006", ReadOnly, "SELECT touch()", false));
        assert!(!found("25006", RolledBack, "UPDATE users SET n = 1", false), "the script's own setting");
        assert!(!found("23505", RolledBack, "CALL commits()", false));
    }
}
