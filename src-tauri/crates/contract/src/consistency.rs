//! Whether a user looks the same each time, and to every script (contract §6.1, §18 P27, P28).

use serde_json::{Map, Value};

use crate::{Warning, profile};

/// Keys only Login hands over (contract §6.1, §6.2).
const ONLY_LOGIN: [&str; 3] = ["access_token", "refresh_token", "mfa_factors"];

/// Values longer than this are not shown.
const LONG: usize = 40;

/// The finding when two runs for one user answer different ids. `when` says which run the other was, e.g. `a second run`.
pub fn unstable_id(now: &Value, other: &Value, when: &str) -> Option<Warning> {
    let (now, other) = (profile::user_id(now)?, profile::user_id(other)?);
    (now != other).then(|| {
        Warning::new(
            "user_id_unstable",
            format!(
                "user_id is {} here and {} in {when}: each new id is a new user for the platform; derive it from what \
                 never changes in the legacy store, not from a random value or the time",
                shown(&Value::String(now)),
                shown(&Value::String(other))
            ),
        )
    })
}

/// The finding when Login and Get User describe one user differently. `when` says which run the other was.
pub fn differing_profiles(login: &Value, get_user: &Value, when: &str) -> Option<Warning> {
    let (Value::Object(in_login), Value::Object(in_get_user)) = (login, get_user) else { return None };
    let mut differences = Vec::new();
    if let (Some(one), Some(two)) = (profile::user_id(login), profile::user_id(get_user))
        && one != two
    {
        differences.push(format!("user_id ({one} in login, {two} in get_user)"));
    }
    let keys = in_login.keys().chain(in_get_user.keys().filter(|key| !in_login.contains_key(*key)));
    for key in keys.filter(|key| !matches!(key.as_str(), "user_id" | "id") && !ONLY_LOGIN.contains(&key.as_str())) {
        let (one, two) = (present(in_login, key), present(in_get_user, key));
        match (one, two) {
            (Some(one), Some(two)) if one != two => {
                differences.push(format!("{key} ({} in login, {} in get_user)", shown(one), shown(two)));
            }
            (Some(_), None) => differences.push(format!("{key} (only in login)")),
            (None, Some(_)) => differences.push(format!("{key} (only in get_user)")),
            _ => {}
        }
    }
    (!differences.is_empty()).then(|| {
        Warning::new(
            "profiles_differ",
            format!(
                "login and get_user describe this user differently ({when}): {}; both must answer the same profile",
                differences.join(", ")
            ),
        )
    })
}

/// A value; null is as good as none.
fn present<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONG { text } else { format!("{}…", text.chars().take(LONG).collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_that_changes_is_named_with_both_values() {
        let found = unstable_id(&json!({"user_id": "a1"}), &json!({"user_id": "b2"}), "a second run").unwrap();
        assert_eq!(found.rule, "user_id_unstable");
        assert!(found.message.starts_with("user_id is \"a1\" here and \"b2\" in a second run"), "{}", found.message);
        assert_eq!(unstable_id(&json!({"user_id": 7}), &json!({"id": "7"}), ""), None);
        assert_eq!(unstable_id(&json!({}), &json!({"user_id": "7"}), ""), None);
    }

    #[test]
    fn every_difference_between_login_and_get_user_is_named() {
        let login = json!({"user_id": "1", "email": "A@x.test", "name": "Ada", "nickname": null, "access_token": "t"});
        let get_user = json!({"id": 1, "email": "a@x.test", "phone": "1"});
        let found = differing_profiles(&login, &get_user, "this flow").unwrap();
        assert!(
            found.message.contains(r#"email ("A@x.test" in login, "a@x.test" in get_user), name (only in login), phone (only in get_user);"#),
            "{}",
            found.message
        );
        assert_eq!(differing_profiles(&login, &json!({"user_id": "1", "name": "Ada", "email": "A@x.test"}), ""), None);
    }
}
