//! Whether the platform can use what a script answered beside a null error (contract §3.2, §6.1).

use serde_json::Value;

use crate::{Action, profile};

/// An answer the platform cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Why, naming the culprit, e.g. `the profile has no user_id, which is mandatory`.
    pub why: String,
    /// What to answer instead.
    pub instead: &'static str,
}

const PROFILE: &str =
    "Answer callback(null, { user_id: String(…), email: … }), or callback(null) when there is no such user.";

const USER_ID: &str =
    "Set user_id to a text that never changes for this user, e.g. String(row.id) of the legacy store's own key.";

const CHANGED: &str =
    "Answer callback(null, true) when the change was made, and callback(null, false) when nothing was changed.";

/// What is wrong with an answer that is neither null nor `false`; none where it can be used.
///
/// Login and Get User owe an object with a `user_id` (or its old name `id`); a number there is converted (contract §21 O1).
/// Verify, Change Password and Change Email owe a boolean or an object. Create and Delete may answer anything, and for the
/// two undocumented scripts nothing is known (contract §20 V1).
///
/// ```
/// use contract::{Action, unusable};
/// assert!(unusable(Action::Login, &serde_json::json!({"user_id": 7})).is_none());
/// assert!(unusable(Action::Login, &serde_json::json!({"email": "a@b.c"})).is_some());
/// ```
pub fn unusable(action: Action, result: &Value) -> Option<Unusable> {
    match action {
        Action::Login | Action::GetUser => not_a_profile(result),
        Action::Verify | Action::ChangePassword | Action::ChangeEmail => (!matches!(
            result,
            Value::Bool(_) | Value::Object(_) | Value::Null
        ))
        .then(|| Unusable {
            why: format!(
                "the result is {}; the platform knows true, false or an object here, so whether the change counts is \
                     open",
                profile::kind(result)
            ),
            instead: CHANGED,
        }),
        Action::Create | Action::Delete | Action::ChangeUsername | Action::ChangePhoneNumber => None,
    }
}

fn not_a_profile(result: &Value) -> Option<Unusable> {
    let Some(fields) = result.as_object() else {
        let why =
            format!("the result is {}; the platform wants a profile object with a user_id", profile::kind(result));
        return Some(Unusable { why, instead: PROFILE });
    };
    if profile::user_id(result).is_some() {
        return None;
    }
    let given = ["user_id", "id"].into_iter().find_map(|name| match fields.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(_)) => Some(format!("{name} is an empty text")),
        Some(other) => Some(format!("{name} is {}, the platform wants a string", profile::kind(other))),
    });
    let why = given.unwrap_or_else(|| "the profile has no user_id, which is mandatory".to_owned());
    Some(Unusable { why, instead: USER_ID })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn why(action: Action, result: Value) -> Option<String> {
        unusable(action, &result).map(|unusable| unusable.why)
    }

    #[test]
    fn login_and_get_user_owe_a_profile_with_an_id() {
        for action in [Action::Login, Action::GetUser] {
            for (result, said) in [
                (json!(5), "the result is a number; "),
                (json!("ada"), "the result is a string; "),
                (json!(true), "the result is a boolean; "),
                (json!([{"user_id": "7"}]), "the result is an array; "),
                (json!({}), "the profile has no user_id"),
                (json!({"user_id": null, "email": "a@b.c"}), "the profile has no user_id"),
                (json!({"user_id": "", "id": "7"}), "user_id is an empty text"),
                (json!({"user_id": {"$oid": "7"}}), "user_id is an object, "),
                (json!({"id": [7]}), "id is an array, "),
            ] {
                let why = why(action, result.clone()).unwrap_or_else(|| panic!("{result} is not usable"));
                assert!(why.starts_with(said), "{result}: {why}");
            }
            for usable in
                [json!({"user_id": "7"}), json!({"user_id": 7}), json!({"id": "7"}), json!({"user_id": "a b"})]
            {
                assert_eq!(why(action, usable), None);
            }
        }
    }

    #[test]
    fn changes_owe_a_boolean_or_an_object() {
        for action in [Action::Verify, Action::ChangePassword, Action::ChangeEmail] {
            for result in [json!(1), json!("changed"), json!([{"affected": 1}])] {
                assert!(why(action, result.clone()).is_some(), "{action} {result}");
            }
            for result in [json!(true), json!({"last_password_reset": 1})] {
                assert_eq!(why(action, result), None, "{action}");
            }
        }
        for action in [Action::Create, Action::Delete, Action::ChangeUsername, Action::ChangePhoneNumber] {
            assert_eq!(why(action, json!(5)), None, "{action}");
        }
    }
}
