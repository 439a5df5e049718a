use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn knowing(secrets: &[&str]) -> Redactor {
    Redactor::new(secrets.iter().map(|secret| SecretString::from(*secret)))
}

fn check(secrets: &[&str], text: &str, clean: &str) {
    assert_eq!(knowing(secrets).redact(text), clean);
}

#[test]
fn masks_the_plain_value_and_leaves_the_rest() {
    check(&["hunter2!"], "pw=hunter2! host=db", "pw=[secret] host=db");
    check(&["hunter2!"], "pw=hunter3! host=db", "pw=hunter3! host=db");
    check(&[], "anything", "anything");
    check(&["", "  "], "a   b", "a   b");
}

#[test]
fn overlapping_secrets_leave_no_rest() {
    check(&["abcd12", "12xyz"], "<abcd12xyz>", "<[secret]>");
    check(&["pass", "password"], "password passwor pass", "[secret] [secret]wor [secret]");
    check(&["aaaa"], "aaaaaa", "[secret]");
    check(&["aaaa", "bbbb"], "aaaabbbb", "[secret]");
}

#[test]
fn short_secrets_count_as_whole_words_only() {
    check(&["ok"], "ok, book, ok_ay, \"ok\", ök", "[secret], book, ok_ay, \"[secret]\", ök");
}

#[test]
fn what_node_prints_is_masked() {
    check(&["it's \"me\"\n"], r#"{ pw: 'it\'s "me"\n' }"#, "{ pw: '[secret]' }");
    check(&["secret"], "<Buffer 73 65 63 72 65 74>", "<Buffer [secret]>");
    check(
        &["secret"],
        r#"{"type":"Buffer","data":[115,101,99,114,101,116]}"#,
        r#"{"type":"Buffer","data":[[secret]]}"#,
    );
    check(&["p@ss/wörd"], r#"{"pw":"p@ss\/w\u00f6rd"}"#, r#"{"pw":"[secret]"}"#);
    check(&["p@ss \"w\""], r#"{"outer":"{\"pw\":\"p@ss \\\"w\\\"\"}"}"#, r#"{"outer":"{\"pw\":\"[secret]\"}"}"#);
}

#[test]
fn url_forms_are_masked_in_both_hex_cases() {
    for form in ["p%40ss%2Fw%C3%B6+d%21", "p%40ss%2fw%c3%b6%20d!", "p@ss/w%C3%B6%20d!", "p%40ss%2Fw%C3%B6%20d%21"] {
        check(&["p@ss/wö d!"], &format!("https://u:{form}@db/x?y=1"), "https://u:[secret]@db/x?y=1");
    }
}

#[test]
fn padding_of_base64_goes_with_what_it_pads() {
    for secret in ["s3cr3t!", "s3cr3t!!", "s3cr3t!!!"] {
        for text in [STANDARD.encode(secret), URL_SAFE.encode(secret)] {
            check(&[secret], &format!("key {text}."), "key [secret].");
            check(&[secret], &format!("key={text}&x=y"), "key=[secret]&x=y");
        }
    }
    check(&["s3cr3t!"], "s3cr3t!== x", "[secret]== x");
}

#[test]
fn base64_is_masked_at_every_place_with_the_letters_it_shares() {
    // The letter before and after may hold bits of the secret: they go too, and nothing more.
    check(&["s3cr3t!"], &format!("Basic {}", STANDARD.encode("u:s3cr3t!")), "Basic dT[secret]");
    check(&["s3cr3t!"], &STANDARD.encode("s3cr3t!"), "[secret]");
}

#[test]
fn a_key_of_several_lines_is_masked_line_by_line() {
    let key =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAA\n-----END PRIVATE KEY-----\n";
    check(
        &[key],
        "line 2: BAQEFAASCBKcwggSjAgEAA is bad; -----BEGIN PRIVATE KEY-----",
        "line 2: [secret] is bad; -----BEGIN PRIVATE KEY-----",
    );
}

#[test]
fn values_are_masked_in_texts_keys_numbers_and_bytes() {
    let value = json!({"hunter22": {"a": ["x hunter22", 8812345, true, null]}, "b": [104, 117, 110, 116, 101, 114, 50, 50], "[secret]": 1});
    let clean = json!({"[secret]": {"a": ["x [secret]", "[secret]", true, null]}, "b": "[secret]", "[secret] (2)": 1});
    assert_eq!(knowing(&["hunter22", "8812345"]).redact_value(&value), clean);
    assert_eq!(Redactor::none().redact_value(&value), value);
}

#[test]
fn found_in_sees_utf_16_and_bytes_that_are_no_text() {
    let redactor = knowing(&["hunter22"]);
    let wide: Vec<u8> = "x hunter22".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(redactor.found_in(&wide));
    assert!(redactor.found_in(b"\xff\xfehunter22\xff"));
    assert!(!redactor.found_in(b"hunter23"));
    assert!(!Redactor::none().found_in(b""));
}

#[test]
fn ten_thousand_lines_are_masked_without_a_miss() {
    let secrets: Vec<String> = (0..20).map(|number| format!("s3cr3t/{number:02}+Zü")).collect();
    let redactor = Redactor::new(secrets.iter().cloned().map(SecretString::from));
    let began = std::time::Instant::now();
    for line in 0..10_000usize {
        let secret = &secrets[line % secrets.len()];
        let form = match line % 6 {
            0 => secret.clone(),
            1 => STANDARD.encode(format!("{}{secret}", "x".repeat(line % 3))),
            2 => hex::encode(secret),
            3 => url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            4 => serde_json::to_string(secret).unwrap(),
            _ => URL_SAFE_NO_PAD.encode(secret),
        };
        let clean = redactor.redact(&format!("2026-11-05 12:00:{line} connecting with {form} to db"));
        assert!(clean.contains(MASK), "line {line}: {clean}");
        assert!(!redactor.found_in(clean.as_bytes()), "line {line}: {clean}");
        assert!(clean.contains(&format!("12:00:{line} connecting with ")) && clean.ends_with(" to db"), "{clean}");
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

/// A form a program may give a secret, between two other texts.
fn written(secret: &str, form: usize, before: &str, after: &str) -> String {
    let both = format!("{before}{secret}{after}");
    match form {
        0 => both,
        1 => STANDARD.encode(both),
        2 => URL_SAFE_NO_PAD.encode(both),
        3 => STANDARD_NO_PAD.encode(both),
        4 => URL_SAFE.encode(both),
        5 => hex::encode(both),
        6 => hex::encode_upper(both),
        7 => url::form_urlencoded::byte_serialize(both.as_bytes()).collect(),
        8 => serde_json::to_string(&both).unwrap(),
        _ => serde_json::to_string(&serde_json::to_string(&both).unwrap()).unwrap(),
    }
}

/// Turns a form back into the text it stands for, as far as it can.
fn read_back(form: usize, clean: &str) -> Vec<u8> {
    match form {
        1 | 3 => STANDARD_NO_PAD.decode(clean.trim_end_matches('=')).unwrap_or_default(),
        2 | 4 => URL_SAFE_NO_PAD.decode(clean.trim_end_matches('=')).unwrap_or_default(),
        5 | 6 => hex::decode(clean).unwrap_or_default(),
        _ => clean.as_bytes().to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_form_of_a_secret_survives(
        secret in "[ -~äöü€\u{1f512}\n\t]{4,40}",
        other in "[a-z]{4,8}",
        before in "[ -~ä]{0,7}",
        after in "[ -~ä]{0,7}",
        form in 0usize..10,
    ) {
        prop_assume!(secret.trim().chars().count() >= 4);
        let redactor = knowing(&[&secret, &other]);
        let text = written(&secret, form, &before, &after);
        let clean = redactor.redact(&text);
        prop_assert!(clean.contains(MASK), "{text:?} stayed {clean:?}");
        // The mask itself may spell a secret ("cret"); outside of it nothing is left.
        for part in clean.split(MASK) {
            prop_assert!(!redactor.found_in(part.as_bytes()), "{part:?} of {clean:?}");
            let plain = read_back(form, part);
            prop_assert!(!String::from_utf8_lossy(&plain).contains(&secret), "{clean:?}");
        }
    }

    #[test]
    fn texts_without_a_secret_stay_as_they_are(secret in "[0-9]{12,20}", text in "[a-zä \n{}\":]{0,200}") {
        prop_assert_eq!(knowing(&[&secret]).redact(&text), text);
    }

    #[test]
    fn any_text_and_any_secrets_are_handled(secrets in proptest::collection::vec(".{0,12}", 0..6), text in ".{0,80}") {
        let redactor = Redactor::new(secrets.iter().cloned().map(SecretString::from));
        let clean = redactor.redact(&text);
        prop_assert_eq!(redactor.found_in(text.as_bytes()), clean != text);
    }
}
