//! Whether a run's answer may be believed: what the script was told by its stores, and what it made of it (contract §3.2, ux §4).

use crate::{Action, Dealings, Outcome, TraceEntry, Trouble, TroubleKind, Warning, changes};

/// Where a host is allowed for more than one run.
const KEEP_ALLOWED: &str =
    "; for every run it is allowed on the connection's page (What scripts may reach), or by sluice settings";

/// What an answer that may rest on trouble tells.
#[derive(Clone, Copy)]
struct Said {
    /// The answer.
    answer: &'static str,
    /// What comes of it.
    effect: &'static str,
}

const WRONG_PASSWORD: Said = Said { answer: "a wrong password", effect: "users are told that they are wrong" };
const NO_USER: Said = Said { answer: "no such user", effect: WRONG_PASSWORD.effect };
const NOT_CHANGED: Said =
    Said { answer: "that nothing was to be changed", effect: "it looks as if there were no such user" };
const USER_EXISTS: Said =
    Said { answer: "that the user exists", effect: "people are told that they have signed up already" };

/// The findings about an answer that does not follow from what the stores said.
pub fn doubts(action: Action, outcome: Outcome, dealings: &Dealings, trace: &[TraceEntry]) -> Vec<Warning> {
    let said = match outcome {
        Outcome::WrongPassword => WRONG_PASSWORD,
        Outcome::UnknownUser | Outcome::NotFound => NO_USER,
        Outcome::NotChanged => NOT_CHANGED,
        Outcome::Refused if action == Action::Create && dealings.validation.as_deref() == Some("user_exists") => {
            USER_EXISTS
        }
        Outcome::Success if action.writes() => {
            let found = changes::nothing_written(action, dealings, trace)
                .or_else(|| changed_without_a_store(dealings, trace))
                .or_else(|| changes::held_back(dealings, trace));
            return found.into_iter().collect();
        }
        Outcome::Success if action == Action::Login => return let_in(dealings).into_iter().collect(),
        _ => return Vec::new(),
    };
    let kinds =
        [TroubleKind::Outage, TroubleKind::Policy, TroubleKind::Refusal, TroubleKind::Query, TroubleKind::Limit];
    let found = kinds.into_iter().filter_map(|kind| {
        let mut of_kind = dealings.unsettled.iter().rev().filter(|trouble| trouble.kind == kind);
        of_kind.find(|trouble| !is_beside(trouble, action, trace))
    });
    found.map(|trouble| as_a_wrong_answer(trouble, said)).collect()
}

/// Whether trouble is likely beside the point of an answer.
fn is_beside(trouble: &Trouble, action: Action, trace: &[TraceEntry]) -> bool {
    if trouble.is_aside {
        return true;
    }
    match action {
        // To look somebody up is to read. What is written then, e.g. the time of a login, comes after it.
        Action::Login | Action::GetUser => trouble.is_write && trouble.is_in_part,
        _ => trouble.is_duplicate || (trouble.is_write && changes::was_tried(trace)),
    }
}

/// A script that turns trouble into "wrong password" hides it from everybody.
fn as_a_wrong_answer(trouble: &Trouble, said: Said) -> Warning {
    let (message, Said { answer, effect }) = (&trouble.message, said);
    let (rule, message) = match trouble.kind {
        TroubleKind::Outage => (
            "outage_as_wrong_password",
            format!(
                "{} could not be reached, or did not let the script in, and the script answered {answer}: {effect} while \
                 the store is down; call back the error itself",
                place(trouble)
            ),
        ),
        TroubleKind::Policy => (
            "policy_as_wrong_password",
            format!(
                "{message}, and the script answered {answer}: nothing was asked there, so the answer may be about that and \
                 not about the user{}",
                advice(trouble)
            ),
        ),
        TroubleKind::Refusal => (
            "refusal_as_wrong_password",
            format!(
                "{message}; the script then answered {answer}, which says nothing about the user if it hangs on that{}",
                advice(trouble)
            ),
        ),
        TroubleKind::Query => (
            "query_error_as_wrong_password",
            format!(
                "{} did not do what it was asked ({message}), and the script answered {answer}: {effect} while the script \
                 or the store is; call back the error itself",
                place(trouble)
            ),
        ),
        TroubleKind::Limit => (
            "limit_as_wrong_password",
            format!(
                "{} of what {} sent, and the script answered {answer}, which is about Sluice and not about the user if it \
                 hangs on that{}",
                message,
                place(trouble),
                advice(trouble)
            ),
        ),
    };
    Warning::new(rule, message)
}

/// What may have been the check of the password failed, and the script lets people in (fail open).
fn let_in(dealings: &Dealings) -> Option<Warning> {
    let troubles = || dealings.unsettled.iter().rev().filter(|trouble| !is_beside(trouble, Action::Login, &[]));
    if let Some(trouble) = troubles().find(|trouble| !trouble.is_in_part) {
        let (what, advice) = (what(trouble), advice(trouble));
        return Some(Warning::new(
            "success_without_store",
            match dealings.answered {
                false => format!(
                    "{what}, no other store answered, and the script answered a profile: anybody gets in while the store \
                     cannot be asked; call back the error instead{advice}"
                ),
                true => format!(
                    "{what}, only web services answered, and the script answered a profile: if it is this store that knows \
                     the password, anybody gets in while it cannot be asked; call back the error instead{advice}"
                ),
            },
        ));
    }
    // What a safe try holds back beside an answer of the same place is mostly a note of the login.
    let is_failure = |trouble: &&Trouble| !matches!(trouble.kind, TroubleKind::Policy | TroubleKind::Refusal);
    let trouble = troubles().find(is_failure)?;
    Some(Warning::new(
        "success_despite_error",
        format!(
            "{}, and the script answered a profile all the same: it may not have been part of the check, but if it was, \
             anybody gets in while it fails; then call back the error instead",
            what(trouble)
        ),
    ))
}

/// Nothing was changed, and the script says that it made its change.
fn changed_without_a_store(dealings: &Dealings, trace: &[TraceEntry]) -> Option<Warning> {
    let counts = |trouble: &&Trouble| trouble.kind != TroubleKind::Refusal && !trouble.is_aside && !trouble.is_in_part;
    let trouble = dealings.unsettled.iter().rev().find(counts).filter(|_| !changes::was_tried(trace))?;
    Some(Warning::new(
        "success_without_store",
        format!(
            "{}, no other store {}, and the script answered that it is done: nothing was changed; call back the error \
             instead{}",
            what(trouble),
            if dealings.answered { "was told to change anything" } else { "answered" },
            advice(trouble)
        ),
    ))
}

fn what(trouble: &Trouble) -> String {
    match trouble.kind {
        TroubleKind::Outage => format!("{} could not be reached, or did not let the script in", place(trouble)),
        TroubleKind::Policy | TroubleKind::Refusal | TroubleKind::Limit => trouble.message.clone(),
        TroubleKind::Query => format!("{} did not do what it was asked ({})", place(trouble), trouble.message),
    }
}

fn place(trouble: &Trouble) -> &str {
    if trouble.place.is_empty() { "the legacy store" } else { &trouble.place }
}

/// What to do about what was not allowed.
pub(crate) fn advice(trouble: &Trouble) -> String {
    let Some(hint) = trouble.hint.as_ref().filter(|_| trouble.kind != TroubleKind::Outage) else {
        return String::new();
    };
    let kept = if hint.contains("--allow") { KEEP_ALLOWED } else { "" };
    format!("; {hint}{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [TroubleKind; 5] =
        [TroubleKind::Outage, TroubleKind::Policy, TroubleKind::Refusal, TroubleKind::Query, TroubleKind::Limit];

    fn trouble(kind: TroubleKind) -> Trouble {
        Trouble {
            kind,
            place: "pg a:1/x".into(),
            message: "it broke".into(),
            hint: None,
            is_aside: false,
            is_in_part: false,
            is_write: false,
            is_duplicate: false,
        }
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
            (TroubleKind::Limit, "limit_as_wrong_password"),
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
        for kind in KINDS {
            let of = |met: Trouble| {
                rules(Action::Login, Outcome::Success, &Dealings { answered: true, ..dealings(vec![met]) })
            };
            let alone = dealings(vec![trouble(kind)]);
            assert_eq!(rules(Action::Login, Outcome::Success, &alone), ["success_without_store"]);
            assert_eq!(of(trouble(kind)), ["success_without_store"], "only feature flags answered");
            assert!(of(Trouble { is_aside: true, ..trouble(kind) }).is_empty(), "another store answered");
            let in_part = of(Trouble { is_in_part: true, ..trouble(kind) });
            let is_ours = matches!(kind, TroubleKind::Policy | TroubleKind::Refusal);
            assert_eq!(in_part, if is_ours { &[][..] } else { &["success_despite_error"] }, "{kind:?}");
            assert!(of(Trouble { is_in_part: true, is_write: true, ..trouble(kind) }).is_empty(), "a note of it");
        }
        assert!(rules(Action::Login, Outcome::Success, &Dealings::default()).is_empty(), "it asked nobody");
        let down = dealings(vec![trouble(TroubleKind::Outage)]);
        assert_eq!(rules(Action::Delete, Outcome::Success, &down), ["success_without_store"]);
        let refused = trouble(TroubleKind::Refusal);
        let held_back = Dealings { held_back: Some(refused.clone()), ..dealings(vec![refused]) };
        assert_eq!(rules(Action::Delete, Outcome::Success, &held_back), ["held_back_as_success"]);
    }

    #[test]
    fn trouble_that_a_change_is_answered_with() {
        let exists = |met: Trouble, code: &str| {
            let met = Dealings { validation: Some(code.to_owned()), ..dealings(vec![met]) };
            rules(Action::Create, Outcome::Refused, &met)
        };
        for (kind, rule) in
            [(TroubleKind::Outage, "outage_as_wrong_password"), (TroubleKind::Query, "query_error_as_wrong_password")]
        {
            let met = Trouble { is_in_part: true, is_write: true, ..trouble(kind) };
            assert_eq!(rules(Action::Verify, Outcome::NotChanged, &dealings(vec![met.clone()])), [rule]);
            assert_eq!(exists(met.clone(), "user_exists"), [rule]);
            assert!(exists(met.clone(), "invalid_phone").is_empty());
            let duplicate = Trouble { is_duplicate: true, ..met };
            assert!(exists(duplicate.clone(), "user_exists").is_empty());
            assert!(rules(Action::ChangeEmail, Outcome::NotChanged, &dealings(vec![duplicate])).is_empty());
        }
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
