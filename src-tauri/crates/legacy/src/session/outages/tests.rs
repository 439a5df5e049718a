//! Which outages and refusals explain an error, and what settles them.

use super::*;

fn down(place: &str, code: &str) -> Outages {
    let mut outages = Outages::default();
    let cause = Cause::plain(&format!("connect {code} {place}"));
    outages.fails(place, cause, Some(code.to_owned()));
    outages
}

#[test]
fn other_words_are_an_outage_until_a_store_answers() {
    let mut outages = down("pg a:1/x", "ECONNREFUSED");
    assert!(outages.behind("db down", None).is_some());
    outages.answered("b:2", &Answer::Connected);
    assert!(outages.behind("db down", None).is_some(), "a connection alone is no answer");
    outages.answered("b:2", &Answer::Did);
    assert!(outages.behind("no such group", None).is_none());
    assert!(outages.behind("lost connection to the store", None).is_some());
    assert!(outages.lasting().is_some(), "another store's answer ends no outage");
}

#[test]
fn the_same_place_ends_an_outage_but_not_an_error_that_was_kept() {
    let mut outages = down("pg a:1/x", "ECONNREFUSED");
    outages.answered("pg a:1/x", &Answer::Connected);
    assert!(outages.lasting().is_none());
    assert!(outages.behind("no connection between the two", None).is_none());
    assert!(outages.behind("connect ECONNREFUSED pg a:1/x", None).is_some());
    assert!(outages.behind("kept", Some("ECONNREFUSED")).is_some());
    outages.fails("pg a:1/x", Cause::plain("again"), None);
    assert!(outages.behind("db down", None).is_some());
}

#[test]
fn giving_up_is_an_outage_only_in_words_of_waiting() {
    let mut outages = Outages::default();
    outages.hangs("api:1", Cause::plain("no answer"));
    assert!(outages.behind("no such user", None).is_none());
    assert!(outages.lasting().is_some(), "what the script answers instead may be wrong");
    assert!(outages.behind("timeout of 500ms exceeded", Some("ECONNABORTED")).is_some());
    assert!(outages.behind("This operation was aborted", Some("20")).is_some());
}

fn did_not(why: &str) -> Answer {
    Answer::DidNot(Failure::new(why.to_owned(), None))
}

fn refused(place: &str) -> Outages {
    let mut outages = Outages::default();
    let code = Some("ERR_SLUICE_REFUSED".to_owned());
    let request = StoreRequest::Close { client: 0 };
    let cause = Cause::plain("refused before it ran: VACUUM");
    outages.refuses(place, &request, TroubleKind::Refusal, cause, code);
    outages
}

#[test]
fn an_error_of_the_engine_is_no_refusal() {
    let outages = refused("pg a:1/x");
    let behind = |class: &str, text: &str, code: Option<&str>| outages.refusal_behind(class, text, code).is_some();
    assert!(!behind("TypeError", "cannot read property 'id' of undefined", None));
    assert!(behind("Error", "db failed", None), "made from it, as far as is known");
    assert!(behind("TypeError", "fetch failed (cause: refused before it ran: VACUUM)", None));
    assert!(behind("MongoServerError", "no", Some("ERR_SLUICE_REFUSED")));
    let mut outages = refused("pg a:1/x");
    outages.answered("pg a:1/x", &Answer::Obeyed);
    assert!(outages.refusal_behind("Error", "db failed", None).is_some(), "a rollback is no answer");
    outages.answered("b:2", &Answer::Did);
    assert!(outages.refusal_behind("Error", "no such group", None).is_none());
    assert!(outages.refusal_behind("Error", "this was not allowed", None).is_some());
    outages.answered("pg a:1/x", &did_not("no such table"));
    assert!(outages.refusal_behind("Error", "this was not allowed", None).is_none());
}

#[test]
fn only_what_the_same_place_did_settles_what_was_not_done() {
    let kinds = |outages: &Outages| outages.dealings().unsettled.iter().map(|it| it.kind).collect::<Vec<_>>();
    let mut outages = refused("pg a:1/x");
    outages.answered("b:2", &Answer::Did);
    outages.answered("pg a:1/x", &did_not("no such table"));
    assert_eq!(kinds(&outages), [TroubleKind::Refusal]);
    outages.answered("pg a:1/x", &Answer::Did);
    assert!(kinds(&outages).is_empty() && outages.dealings().held_back.is_some());
    outages.fails("c:3", Cause::plain("connect ECONNREFUSED"), None);
    assert_eq!(kinds(&outages), [TroubleKind::Outage]);
}

#[test]
fn another_place_puts_trouble_aside_but_no_web_service_that_of_a_database() {
    let is_aside = |trouble: &str, other: &str| {
        let mut outages = down(trouble, "ECONNREFUSED");
        outages.answered.insert(other.to_owned());
        outages.dealings().unsettled[0].is_aside
    };
    assert!(is_aside("pg a:1/x", "mysql b:2/x") && is_aside("c:3", "pg a:1/x") && is_aside("c:3", "d:4"));
    assert!(!is_aside("pg a:1/x", "c:3") && !is_aside("ldapjs a:1", "c:3"));
    assert!(!is_aside("pg a:1/x", "pg a:1/x"));
}
