//! Whether a run's answer may be believed: what the script was told by its stores, and what it made of it (contract §3.2, ux §4).

use crate::{Action, Dealings, Outcome, TraceEntry, Trouble, TroubleKind, Warning, changes};

/// Where a host is allowed for more than one run.
const KEEP_ALLOWED: &str =
    "; for every run it is allowed on the connection's page (What scripts may reach), or by sluice settings";

/// The findings about an answer that does not follow from what the stores said.
pub fn doubts(action: Action, outcome: Outcome, dealings: &Dealings, trace: &[TraceEntry]) -> Vec<Warning> {
    let said = match outcome {
        Outcome::WrongPassword => "a wrong password",
        Outcome::UnknownUser | Outcome::NotFound => "no such user",
        Outcome::Success if action.writes() => {
            let without = || changed_without_a_store(dealings);
            return changes::nothing_written(action, dealings, trace).or_else(without).into_iter().collect();
        }
        Outcome::Success if action == Action::Login => return let_in(dealings).into_iter().collect(),
        _ => return Vec::new(),
    };
    let kinds = [TroubleKind::Outage, TroubleKind::Policy, TroubleKind::Refusal, TroubleKind::Query];
    let found = kinds.into_iter().filter_map(|kind| {
        let mut of_kind = dealings.unsettled.iter().rev().filter(|trouble| trouble.kind == kind);
        of_kind.find(|trouble| !trouble.is_aside)
    });
    found.map(|trouble| as_a_wrong_answer(trouble, said)).collect()
}

/// A script that turns trouble into "wrong password" hides it from everybody.
fn as_a_wrong_answer(trouble: &Trouble, said: &str) -> Warning {
    let message = &trouble.message;
    match trouble.kind {
        TroubleKind::Outage => Warning::new(
            "outage_as_wrong_password",
            format!(
                "{} could not be reached, or did not let the script in, and the script answered {said}: users are told \
                 that they are wrong while the store is down; call back the error itself",
                place(trouble)
            ),
        ),
        TroubleKind::Policy => Warning::new(
            "policy_as_wrong_password",
            format!(
                "{message}, and the script answered {said}: nothing was asked there, so the answer may be about that and \
                 not about the user{}",
                advice(trouble)
            ),
        ),
        TroubleKind::Refusal => Warning::new(
            "refusal_as_wrong_password",
            format!(
                "{message}; the script then answered {said}, which says nothing about the user if it hangs on that{}",
                advice(trouble)
            ),
        ),
        TroubleKind::Query => Warning::new(
            "query_error_as_wrong_password",
            format!(
                "{} did not do what it was asked ({message}), and the script answered {said}: users are told that they \
                 are wrong while the script or the store is; call back the error itself",
                place(trouble)
            ),
        ),
    }
}

/// Nothing was answered, and the script lets people in (fail open).
fn let_in(dealings: &Dealings) -> Option<Warning> {
    let trouble = dealings.unsettled.last().filter(|_| !dealings.answered)?;
    Some(Warning::new(
        "success_without_store",
        format!(
            "{}, no other store answered, and the script answered a profile: anybody gets in while the store cannot be \
             asked; call back the error instead{}",
            what(trouble),
            advice(trouble)
        ),
    ))
}

/// Nothing was answered, and the script says that it made its change. What is held back counts as made.
fn changed_without_a_store(dealings: &Dealings) -> Option<Warning> {
    let trouble = dealings.unsettled.last().filter(|_| !dealings.answered && !dealings.held_back)?;
    Some(Warning::new(
        "success_without_store",
        format!(
            "{}, no other store answered, and the script answered that it is done: nothing was changed; call back the \
             error instead{}",
            what(trouble),
            advice(trouble)
        ),
    ))
}

fn what(trouble: &Trouble) -> String {
    match trouble.kind {
        TroubleKind::Outage => format!("{} could not be reached, or did not let the script in", place(trouble)),
        TroubleKind::Policy | TroubleKind::Refusal => trouble.message.clone(),
        TroubleKind::Query => format!("{} did not do what it was asked ({})", place(trouble), trouble.message),
    }
}

fn place(trouble: &Trouble) -> &str {
    if trouble.place.is_empty() { "the legacy store" } else { &trouble.place }
}

/// What to do about what was not allowed.
fn advice(trouble: &Trouble) -> String {
    let Some(hint) = trouble.hint.as_ref().filter(|_| trouble.kind != TroubleKind::Outage) else {
        return String::new();
    };
    let kept = if hint.contains("--allow") { KEEP_ALLOWED } else { "" };
    format!("; {hint}{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(kind: TroubleKind) -> Trouble {
        Trouble { kind, place: "pg a:1/x".into(), message: "it broke".into(), hint: None, is_aside: false }
    }

    fn rules(action: Action, outcome: Outcome, dealings: &Dealings) -> Vec<String> {
        doubts(action, outcome, dealings, &[]).into_iter().map(|warning| warning.rule).collect()
    }

    fn dealings(unsettled: Vec<Trouble>) -> Dealings {
        Dealings { unsettled, ..Dealings::default() }
    }

    #[test]
    fn every_kind_of_trouble_has_its_rule() {
        for (kind, rule) in [
            (TroubleKind::Outage, "outage_as_wrong_password"),
            (TroubleKind::Policy, "policy_as_wrong_password"),
            (TroubleKind::Refusal, "refusal_as_wrong_password"),
            (TroubleKind::Query, "query_error_as_wrong_password"),
        ] {
            let met = dealings(vec![trouble(kind)]);
            for outcome in [Outcome::WrongPassword, Outcome::UnknownUser] {
                assert_eq!(rules(Action::Login, outcome, &met), [rule]);
            }
            assert_eq!(rules(Action::GetUser, Outcome::NotFound, &met), [rule]);
            for outcome in [Outcome::ScriptError, Outcome::MessageToUser, Outcome::ConnectionFailed] {
                assert!(rules(Action::Login, outcome, &met).is_empty());
            }
            let aside = dealings(vec![Trouble { is_aside: true, ..trouble(kind) }]);
            assert!(rules(Action::Login, Outcome::WrongPassword, &aside).is_empty());
        }
    }

    #[test]
    fn success_needs_a_store_that_answered() {
        for kind in [TroubleKind::Outage, TroubleKind::Policy, TroubleKind::Refusal, TroubleKind::Query] {
            let mut met = dealings(vec![trouble(kind)]);
            assert_eq!(rules(Action::Login, Outcome::Success, &met), ["success_without_store"]);
            met.answered = true;
            assert!(rules(Action::Login, Outcome::Success, &met).is_empty(), "another store answered");
        }
        assert!(rules(Action::Login, Outcome::Success, &Dealings::default()).is_empty(), "it asked nobody");
        let down = dealings(vec![trouble(TroubleKind::Outage)]);
        assert_eq!(rules(Action::Delete, Outcome::Success, &down), ["success_without_store"]);
        let held_back = Dealings { held_back: true, ..dealings(vec![trouble(TroubleKind::Refusal)]) };
        assert!(rules(Action::Delete, Outcome::Success, &held_back).is_empty());
    }

    #[test]
    fn a_host_that_is_not_allowed_is_named_with_the_way_to_allow_it() {
        let hint = Some("allow a:1 for this connection if it is the legacy store (--allow a:1)".to_owned());
        let met = Trouble { message: "a:1 is not among the hosts".into(), hint, ..trouble(TroubleKind::Policy) };
        let found = doubts(Action::Login, Outcome::WrongPassword, &dealings(vec![met]), &[]);
        assert!(found[0].message.starts_with("a:1 is not among the hosts, and the script"), "{}", found[0].message);
        assert!(found[0].message.contains("(--allow a:1); for every run it is allowed"), "{}", found[0].message);
    }
}
