//! The engine's own error messages as V8 words them, where its text holds all that V8 says.
//!
//! Only what we show is reworded: the stack and a run's record. `error.message` inside a script stays the engine's, which
//! makes messages at a point where nobody can step in.

/// `message` of an engine error in V8's words; unchanged where there are none.
pub(crate) fn as_v8(message: String) -> String {
    reworded(&message).unwrap_or(message)
}

fn reworded(message: &str) -> Option<String> {
    let (doing, rest) =
        match (message.strip_prefix("cannot read property '"), message.strip_prefix("cannot set property '")) {
            (Some(rest), _) => ("read", rest),
            (_, Some(rest)) => ("set", rest),
            _ => return None,
        };
    let (name, of) = rest.rsplit_once("' of ")?;
    if !matches!(of, "undefined" | "null") {
        return None;
    }
    let ing = if doing == "read" { "reading" } else { "setting" };
    Some(format!("Cannot {doing} properties of {of} ({ing} '{name}')"))
}

#[cfg(test)]
mod tests {
    use super::as_v8;

    #[test]
    fn property_of_nothing() {
        let reworded = as_v8("cannot read property 'a' of b' of undefined".to_owned());
        assert_eq!(reworded, "Cannot read properties of undefined (reading 'a' of b')");
        assert_eq!(as_v8("cannot set property 'x' of null".to_owned()), "Cannot set properties of null (setting 'x')");
        assert_eq!(as_v8("cannot read property 'x' of stone".to_owned()), "cannot read property 'x' of stone");
    }
}
