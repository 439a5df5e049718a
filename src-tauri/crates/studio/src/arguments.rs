//! The arguments a script is called with, by position (contract §2.1, §5).

use contract::Action;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::StudioError;
use crate::view::TryArguments;

/// The arguments before `context` and `callback`, by position (contract §2.1).
pub(crate) fn argument_values(
    action: Action,
    arguments: &TryArguments,
    password: Option<&SecretString>,
    notices: &mut Vec<contract::Warning>,
) -> Result<Vec<Value>, StudioError> {
    let text = |name: &str, value: &Option<String>| match value {
        Some(value) => Ok(Value::String(value.clone())),
        None => Err(StudioError::BadArgument { argument: name.to_owned(), problem: format!("{action} needs it") }),
    };
    let secret = |name: &str| match password {
        Some(password) => Ok(Value::String(password.expose_secret().to_owned())),
        None => Err(StudioError::BadArgument { argument: name.to_owned(), problem: format!("{action} needs it") }),
    };
    let identifier = || text("identifier", &arguments.identifier);
    Ok(match action {
        Action::Login => vec![identifier()?, secret("password")?],
        Action::GetUser | Action::Verify => vec![identifier()?],
        Action::Create => vec![new_user(arguments, password)?],
        Action::ChangePassword => vec![identifier()?, secret("new password")?],
        Action::Delete => vec![text("id", &arguments.id.as_deref().map(|id| without_prefix(id, notices)))?],
        Action::ChangeEmail => {
            let verified = Value::Bool(arguments.verified.unwrap_or(false));
            vec![identifier()?, text("new e-mail", &arguments.new_email)?, verified]
        }
        Action::ChangeUsername => vec![identifier()?, text("new username", &arguments.new_email)?],
        Action::ChangePhoneNumber => {
            let verified = Value::Bool(arguments.verified.unwrap_or(false));
            vec![identifier()?, text("new phone number", &arguments.new_email)?, verified]
        }
    })
}

/// Delete receives the id without the platform's prefix (contract §5.2, §21 O10).
fn without_prefix(id: &str, notices: &mut Vec<contract::Warning>) -> String {
    let Some(bare) = id.strip_prefix("auth0|") else { return id.to_owned() };
    notices.push(contract::Warning::new(
        "id_prefix_removed",
        "auth0| was taken off the id: the platform hands Delete the id that Login returned",
    ));
    bare.to_owned()
}

/// The `user` argument of Create (contract §5.1).
fn new_user(arguments: &TryArguments, password: Option<&SecretString>) -> Result<Value, StudioError> {
    let bad = |problem: &str| StudioError::BadArgument { argument: "user".into(), problem: problem.into() };
    let mut user = match &arguments.user {
        Some(Value::Object(user)) => user.clone(),
        Some(_) => return Err(bad("it must be a JSON object")),
        None => serde_json::Map::new(),
    };
    if let Some(identifier) = &arguments.identifier {
        let key = if identifier.contains('@') { "email" } else { "username" };
        user.entry(key).or_insert_with(|| Value::String(identifier.clone()));
    }
    if let Some(password) = password {
        user.insert("password".into(), Value::String(password.expose_secret().to_owned()));
    }
    if !user.contains_key("email") && !user.contains_key("username") {
        return Err(bad("it needs an email or a username; give it as the identifier or in the user"));
    }
    if !user.contains_key("password") {
        return Err(bad("it needs a password"));
    }
    for (key, stand_in) in [("tenant", "rehearsal"), ("client_id", "sluice"), ("connection", "rehearsal")] {
        user.entry(key).or_insert_with(|| Value::String(stand_in.into()));
    }
    Ok(Value::Object(user))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_stand_by_position_and_what_is_missing_is_named() {
        let mut notices = Vec::new();
        let arguments = TryArguments { identifier: Some("a@b.c".into()), ..TryArguments::default() };
        let password = SecretString::from("pw");
        let values = argument_values(Action::Login, &arguments, Some(&password), &mut notices).unwrap();
        assert_eq!(values, [json!("a@b.c"), json!("pw")]);
        let error = argument_values(Action::ChangeEmail, &arguments, None, &mut notices).unwrap_err();
        assert_eq!(error.to_string(), "new e-mail: change_email needs it");
    }

    #[test]
    fn delete_gets_the_bare_id_with_a_notice() {
        let mut notices = Vec::new();
        let arguments = TryArguments { id: Some("auth0|42".into()), ..TryArguments::default() };
        assert_eq!(argument_values(Action::Delete, &arguments, None, &mut notices).unwrap(), [json!("42")]);
        assert_eq!(notices[0].rule, "id_prefix_removed");
    }

    #[test]
    fn create_builds_the_users_object() {
        let arguments = TryArguments { identifier: Some("a@b.c".into()), ..TryArguments::default() };
        let user = new_user(&arguments, Some(&SecretString::from("pw"))).unwrap();
        assert_eq!((user["email"].as_str(), user["password"].as_str()), (Some("a@b.c"), Some("pw")));
        assert!(new_user(&TryArguments::default(), None).is_err());
    }
}
