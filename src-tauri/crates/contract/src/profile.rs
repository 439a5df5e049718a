//! What a profile returned by Login or Get User must look like (contract §6).

use serde_json::Value;

use crate::Warning;

/// Keys that `app_metadata` must not contain (contract §6.3).
pub const FORBIDDEN_APP_METADATA: [&str; 18] = [
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email_verified",
    "email",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "metadata",
    "multifactor_last_modified",
    "multifactor",
    "updated_at",
    "user_id",
];

/// The profile's id as text: `user_id`, or `id` where scripts still use the old name (contract §6.1).
pub fn user_id(profile: &Value) -> Option<String> {
    let id = profile.get("user_id").filter(|id| !id.is_null()).or_else(|| profile.get("id"))?;
    match id {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Everything the platform would dislike about a returned profile (contract §6.1–§6.3).
pub fn check(profile: &Value) -> Vec<Warning> {
    let Some(fields) = profile.as_object() else {
        return vec![Warning::new(
            "profile_not_object",
            format!("the result is {}, the platform wants a profile object", kind(profile)),
        )];
    };
    let mut warnings = Vec::new();
    check_id(profile, &mut warnings);
    match fields.get("email") {
        Some(Value::String(email)) => {
            let local = email.split('@').next().unwrap_or_default();
            if email.len() > 254 || local.len() > 64 {
                warnings.push(Warning::new(
                    "email_too_long",
                    "email is longer than 254 characters, or its local part than 64",
                ));
            }
        }
        Some(Value::Null) | None => {
            warnings.push(Warning::new("email_missing", "the profile has no email; most connections need one"));
        }
        Some(other) => {
            warnings.push(Warning::new(
                "email_not_string",
                format!("email is {}, the platform wants a string", kind(other)),
            ));
        }
    }
    match fields.get("email_verified") {
        Some(Value::Bool(_)) => {}
        None | Some(Value::Null) => warnings.push(Warning::new(
            "email_verified_missing",
            "email_verified is not set: the user counts as unverified and may get a verification mail",
        )),
        Some(other) => warnings.push(Warning::new(
            "email_verified_not_boolean",
            format!("email_verified is {}, the platform wants true or false", kind(other)),
        )),
    }
    check_metadata(fields, &mut warnings);
    if let Some(Value::Array(factors)) = fields.get("mfa_factors")
        && (factors.is_empty() || factors.len() > 10)
    {
        warnings.push(Warning::new(
            "mfa_factors_count",
            "mfa_factors must hold 1 to 10 factors, otherwise the login fails",
        ));
    }
    if serde_json::to_string(profile).map_or(0, |text| text.len()) > 10 * 1024 {
        warnings.push(Warning::new("profile_too_large", "the profile is larger than 10 KB; the platform flags it"));
    }
    warnings
}

fn check_id(profile: &Value, warnings: &mut Vec<Warning>) {
    let named = profile.get("user_id").filter(|id| !id.is_null());
    match (named, profile.get("id")) {
        (None, None | Some(Value::Null)) => {
            warnings.push(Warning::new(
                "user_id_missing",
                "the profile has no user_id, which is mandatory and must never change",
            ));
        }
        (None, Some(_)) => {
            warnings.push(Warning::new("user_id_named_id", "the profile has id instead of user_id; use user_id"));
        }
        (Some(Value::String(id)), _) => {
            if id.is_empty() || id.len() > 255 || id.contains(char::is_whitespace) {
                warnings.push(Warning::new("user_id_form", "user_id must be 1 to 255 characters without blanks"));
            }
            if id.starts_with("auth0|") {
                warnings.push(Warning::new(
                    "user_id_prefixed",
                    "user_id starts with auth0|, which the platform adds itself",
                ));
            }
        }
        (Some(other), _) => {
            warnings.push(Warning::new(
                "user_id_not_string",
                format!("user_id should be a string, here it is {}; use String(…)", kind(other)),
            ));
        }
    }
}

fn check_metadata(fields: &serde_json::Map<String, Value>, warnings: &mut Vec<Warning>) {
    for name in ["app_metadata", "user_metadata"] {
        let Some(Value::Object(metadata)) = fields.get(name) else { continue };
        for key in metadata.keys() {
            if key.contains('.') || key.contains('$') {
                warnings.push(Warning::new("metadata_key", format!("{name}.{key}: names must not contain . or $")));
            }
            if name == "app_metadata" && FORBIDDEN_APP_METADATA.contains(&key.as_str()) {
                warnings.push(Warning::new("app_metadata_forbidden", format!("app_metadata must not contain {key}")));
            }
        }
    }
}

/// What a value is, with its article.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules(profile: Value) -> Vec<String> {
        check(&profile).into_iter().map(|warning| warning.rule).collect()
    }

    #[test]
    fn a_good_profile_has_no_findings() {
        assert!(rules(json!({"user_id": "7", "email": "a@b.c", "email_verified": true})).is_empty());
    }

    #[test]
    fn oracle_o1_a_number_is_named() {
        assert_eq!(rules(json!({"user_id": 7, "email": "a@b.c", "email_verified": true})), ["user_id_not_string"]);
    }

    #[test]
    fn findings_name_each_culprit() {
        let found = rules(json!({"id": "7", "email": 3, "app_metadata": {"blocked": true, "a.b": 1}}));
        assert_eq!(
            found,
            [
                "user_id_named_id",
                "email_not_string",
                "email_verified_missing",
                "app_metadata_forbidden",
                "metadata_key"
            ]
        );
        assert_eq!(rules(json!("ok")), ["profile_not_object"]);
    }
}
