use proptest::prelude::*;

use super::{
    answer::{Answer, ours},
    ber::{self, BOOLEAN, ENUMERATED, INTEGER, Reader, SEQUENCE, SET, STRING},
    filter,
    request::{Operation, Request},
};

fn string(text: &str) -> Vec<u8> {
    ber::element(STRING, text.as_bytes())
}

fn message(id: i32, operation: Vec<u8>) -> Vec<u8> {
    ber::elements(SEQUENCE, &[ber::number(INTEGER, id), operation])
}

fn search(filter: Vec<u8>, attributes: &[&str]) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = attributes.iter().map(|name| string(name)).collect();
    let parts = [
        string("dc=example,dc=org"),
        ber::number(ENUMERATED, 2),
        ber::number(ENUMERATED, 0),
        ber::number(INTEGER, 0),
        ber::number(INTEGER, 10),
        ber::element(BOOLEAN, &[0]),
        filter,
        ber::elements(SEQUENCE, &attributes),
    ];
    ber::elements(0x63, &parts)
}

fn assertion(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
    ber::elements(tag, &[string(name), ber::element(STRING, value)])
}

fn shown(operation: Vec<u8>) -> (String, Vec<String>) {
    Request::read(&message(7, operation)).unwrap().operation.shown()
}

fn attribute(name: &str, values: &[&[u8]]) -> Vec<u8> {
    let values: Vec<Vec<u8>> = values.iter().map(|value| ber::element(STRING, value)).collect();
    ber::elements(SEQUENCE, &[string(name), ber::elements(SET, &values)])
}

#[test]
fn numbers_have_their_shortest_form() {
    for (value, bytes) in [
        (0, vec![2, 1, 0]),
        (127, vec![2, 1, 127]),
        (128, vec![2, 2, 0, 128]),
        (-1, vec![2, 1, 255]),
        (-129, vec![2, 2, 255, 127]),
        (0x7fff_0001, vec![2, 4, 0x7f, 0xff, 0, 1]),
    ] {
        assert_eq!(ber::number(INTEGER, value), bytes);
        assert_eq!(Reader::new(&bytes).number(INTEGER), Ok(value));
    }
    assert_eq!(ber::element(STRING, &[0; 300])[..4], [4, 0x82, 1, 44]);
}

#[test]
fn messages_are_found_in_a_stream() {
    let whole = message(1, ber::element(0x42, &[]));
    assert_eq!(ber::length(&whole), Ok(Some(whole.len())));
    assert_eq!(ber::length(&whole[..1]), Ok(None));
    assert_eq!(ber::length(&[]), Ok(None));
    for foreign in [&b"SSH-2.0"[..], &b"HTTP/1.1"[..], &[0x30, 0x80], &[0x30, 0x85, 1, 1, 1, 1, 1]] {
        assert!(ber::length(foreign).unwrap_err().message.contains("no LDAP is spoken there"), "{foreign:?}");
    }
}

#[test]
fn a_search_reads_as_its_filter_is_written() {
    let filter = ber::elements(
        0xa0,
        &[
            assertion(0xa3, "uid", b"a(*)\\b"),
            ber::elements(
                0xa1,
                &[assertion(0xa5, "age", b"7"), assertion(0xa6, "age", b"9"), assertion(0xa8, "cn", b"x")],
            ),
            ber::elements(0xa2, &[ber::element(0x87, b"mail")]),
            ber::elements(
                0xa4,
                &[
                    string("cn"),
                    ber::elements(
                        SEQUENCE,
                        &[ber::element(0x80, b"A"), ber::element(0x81, b"b"), ber::element(0x82, b"c")],
                    ),
                ],
            ),
            ber::elements(0xa4, &[string("cn"), ber::elements(SEQUENCE, &[ber::element(0x80, b"A")])]),
            ber::elements(
                0xa9,
                &[
                    ber::element(0x81, b"rule"),
                    ber::element(0x82, b"cn"),
                    ber::element(0x83, b"v"),
                    ber::element(0x84, &[255]),
                ],
            ),
            assertion(0xa3, "jpegPhoto", &[0xff, 0, b'x']),
            assertion(0xa3, "cn", "Höpper".as_bytes()),
        ],
    );
    let text = r"search dc=example,dc=org sub (&(uid=a\28\2a\29\5cb)(|(age>=7)(age<=9)(cn~=x))(!(mail=*))(cn=A*b*c)(cn=A*)(cn:dn:rule:=v)(jpegPhoto=\ff\00x)(cn=Höpper))";
    assert_eq!(shown(search(filter, &["uid", "mail"])), (text.to_owned(), vec!["uid".to_owned(), "mail".to_owned()]));
}

#[test]
fn passwords_are_never_shown() {
    let bind = ber::elements(0x60, &[ber::number(INTEGER, 3), string("uid=ada"), ber::element(0x80, b"secret!")]);
    let add = ber::elements(
        0x68,
        &[
            string("uid=a"),
            ber::elements(SEQUENCE, &[attribute("userPassword", &[b"secret!"]), attribute("sn", &[b"x", b"y"])]),
        ],
    );
    let change = ber::elements(SEQUENCE, &[ber::number(ENUMERATED, 2), attribute("unicodePwd;binary", &[b"secret!"])]);
    let modify = ber::elements(0x66, &[string("uid=a"), ber::elements(SEQUENCE, &[change])]);
    let compare =
        ber::elements(0x6e, &[string("uid=a"), ber::elements(SEQUENCE, &[string("userPassword"), string("secret!")])]);
    let found = search(assertion(0xa3, "userPassword", b"secret!"), &[]);
    let extended =
        ber::elements(0x77, &[ber::element(0x80, b"1.3.6.1.4.1.4203.1.11.1"), ber::element(0x81, b"secret!")]);
    for (operation, text) in [
        (bind, r#"("bind uid=ada", ["simple, with a password"])"#),
        (add, r#"("add uid=a", ["userPassword: ••••", "sn: x, y"])"#),
        (modify, r#"("modify uid=a", ["replace unicodePwd;binary: ••••"])"#),
        (compare, r#"("compare uid=a userPassword", ["••••"])"#),
        (found, r#"("search dc=example,dc=org sub (userPassword=••••)", [])"#),
        (extended, r#"("exop 1.3.6.1.4.1.4203.1.11.1 (password modify)", [])"#),
    ] {
        assert_eq!(format!("{:?}", shown(operation)), text);
    }
}

#[test]
fn what_may_write_is_known() {
    let extended = |oid: &str| ber::elements(0x77, &[ber::element(0x80, oid.as_bytes())]);
    let rename = ber::elements(
        0x6c,
        &[string("uid=a"), string("uid=b"), ber::element(BOOLEAN, &[255]), ber::element(0x80, b"ou=x")],
    );
    assert_eq!(shown(rename.clone()).0, "modifyDN uid=a to uid=b below ou=x");
    for (operation, writes) in [
        (search(ber::element(0x87, b"cn"), &[]), false),
        (ber::elements(0x60, &[ber::number(INTEGER, 3), string(""), ber::elements(0xa3, &[string("GSSAPI")])]), false),
        (ber::element(0x4a, b"uid=a"), true),
        (rename, true),
        (extended("1.3.6.1.4.1.1466.20037"), false),
        (extended("1.3.6.1.4.1.4203.1.11.3"), false),
        (extended("1.3.6.1.4.1.4203.1.11.1"), true),
        (extended("1.2.3"), true),
    ] {
        assert_eq!(
            Request::read(&message(1, operation.clone())).unwrap().operation.may_write(),
            writes,
            "{operation:?}"
        );
    }
}

#[test]
fn what_is_no_request_is_not_taken_for_one() {
    let good = message(1, ber::element(0x4a, b"uid=a"));
    let mut more = good.clone();
    more.push(0);
    let answer = ours(1, 0x61, 0, "");
    let twice = ber::elements(0x63, &[search(ber::element(0x87, b"cn"), &[])]);
    let deep = (0..200).fold(ber::element(0x87, b"cn"), |inner, _| ber::elements(0xa2, &[inner]));
    assert!(Request::read(&good).is_ok());
    for wrong in [
        more,
        answer,
        message(0, ber::element(0x4a, b"x")),
        message(1, twice),
        message(1, search(deep, &[])),
        good[..3].to_vec(),
    ] {
        assert!(Request::read(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn answers_tell_how_it_went() {
    let read = Answer::read(&ours(9, 0x61, 49, "no such\0")).unwrap();
    let outcome = read.outcome.unwrap();
    assert_eq!((read.id, outcome.words().as_str(), outcome.is_good()), (9, "invalidCredentials (49): no such", false));
    let entry = ber::elements(0x64, &[string("dc=x"), ber::elements(SEQUENCE, &[attribute("cn", &[b"a", b"b"])])]);
    let entry = message(3, entry);
    assert_eq!(Answer::read(&entry).unwrap().outcome, None);
    let expected = ("dc=x".to_owned(), vec![("cn".to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
    assert_eq!(Answer::entry(&entry), Ok(expected));
}

/// Bytes that look like messages more often than chance would have it.
fn like_messages() -> impl Strategy<Value = Vec<u8>> {
    let tags = prop::sample::select(vec![
        0x30u8, 0x60, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x77, 0x64, 0x65, 0x78, 0xa0, 0xa2, 0xa4, 0xa9, 0x87, 4, 2,
        10, 1,
    ]);
    let leaf =
        (tags.clone(), prop::collection::vec(any::<u8>(), 0..6)).prop_map(|(tag, content)| ber::element(tag, &content));
    leaf.prop_recursive(5, 40, 6, move |inner| {
        (tags.clone(), prop::collection::vec(inner, 0..6)).prop_map(|(tag, parts)| ber::elements(tag, &parts))
    })
}

fn decode_everything(bytes: &[u8]) {
    let _ = ber::length(bytes);
    let _ = Request::read(bytes).map(|request| request.operation.shown());
    let _ = Answer::read(bytes).map(|answer| answer.outcome.map(|outcome| outcome.words()));
    let _ = Answer::entry(bytes);
    let _ = filter::read(&mut Reader::new(bytes));
}

proptest! {
    #[test]
    fn nothing_that_comes_makes_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decode_everything(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_a_message_does(bytes in like_messages(), id in any::<i32>()) {
        decode_everything(&bytes);
        decode_everything(&message(id, bytes));
    }

    #[test]
    fn a_request_that_deletes_is_never_taken_for_another(name in "[a-z=,]{0,40}", id in 1..i32::MAX) {
        let read = Request::read(&message(id, ber::element(0x4a, name.as_bytes()))).unwrap();
        prop_assert_eq!(read, Request { id, operation: Operation::Delete { name } });
    }
}
