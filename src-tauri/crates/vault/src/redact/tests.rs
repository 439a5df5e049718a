use super::*;
use proptest::prelude::*;
use serde_json::json;

fn knowing(secrets: &[&str]) -> Redactor {
    Redactor::new(secrets.iter().map(|secret| SecretString::from(*secret)))
}

#[test]
fn masks_the_plain_value_and_leaves_the_rest() {
    assert_eq!(knowing(&["hunter2!"]).redact("pw=hunter2! host=db"), "pw=[secret] host=db");
}
