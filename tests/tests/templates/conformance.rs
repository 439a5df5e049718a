//! What every set must do, whatever its store (contract §3.2, §6.1, §14.3).

use contract::{Action, Effect, Outcome};
use legacy::Writes;
use serde_json::{Value, json};

use crate::place::{Answer, Container, Place, call};
use crate::stores::{SafeTry, Store};

/// Texts that mean something in SQL, LDAP filters, Lucene, URLs, Basic credentials or JSON; nobody has them as a name.
const ODD: [&str; 8] = [
    "' OR 1=1 -- ",
    "*",
    "*)(|(mail=*",
    "x\" OR \"a\":\"a",
    "back\\slash\"@example.com",
    "../users/7?x=1&identifier=ada",
    "ada@example.com:correct horse",
    "{\"$gt\":\"\"}",
];

/// Runs the whole suite on a store, in Sluice.
pub(crate) async fn conforms(mut store: Store) {
    reading(&store).await;
    refusals(&store).await;
    safe_try(&store).await;
    outages(&mut store).await;
    listing(&store).await;
    create_and_login(&store).await;
    changes(&store).await;
    prefix_and_delete(&mut store).await;
}

/// The same in Node, as far as it has no notion of a safe try.
pub(crate) async fn conforms_in_node(mut store: Store) {
    store.place = Place::Node(Container::start());
    reading(&store).await;
    refusals(&store).await;
    outages(&mut store).await;
    listing(&store).await;
    create_and_login(&store).await;
    changes(&store).await;
    prefix_and_delete(&mut store).await;
}

async fn run(store: &Store, writes: Writes, action: Action, arguments: &[Value]) -> (Answer, Outcome) {
    let answer = call(store, writes, &action.file_name(), arguments).await;
    let outcome = answer.outcome(action);
    (answer, outcome)
}

async fn login(store: &Store, identifier: &str, password: &str) -> (Answer, Outcome) {
    run(store, Writes::RolledBack, Action::Login, &[json!(identifier), json!(password)]).await
}

async fn profile(store: &Store, identifier: &str) -> Value {
    let (answer, outcome) = run(store, Writes::RolledBack, Action::GetUser, &[json!(identifier)]).await;
    assert_eq!(outcome, Outcome::Success, "{identifier}: {:?}", answer.ending);
    answer.result()
}

/// Changes the store for good.
async fn change(store: &Store, action: Action, arguments: &[Value]) -> Answer {
    run(store, Writes::Committed, action, arguments).await.0
}

/// Ada's username, where the store has any.
fn by_name(store: &Store) -> &'static str {
    if store.profile.contains(&"username") { "ada" } else { "ada@example.com" }
}

/// Login and Get User say the same, in a safe try, without a warning; ids are text and stay.
async fn reading(store: &Store) {
    let people = [
        ("ADA@Example.com", "ada@example.com", true),
        ("grace@example.com", "grace@example.com", false),
        ("ada@example.com", "ada@example.com", true),
        (by_name(store), "ada@example.com", true),
    ];
    for (identifier, email, verified) in people {
        let (record, outcome) = login(store, identifier, "correct horse").await;
        assert_eq!(outcome, Outcome::Success, "{identifier}: {:?}", record.ending);
        let user = record.result();
        assert_eq!((&user["email"], &user["email_verified"]), (&json!(email), &json!(verified)));
        assert!(user["user_id"].as_str().is_some_and(|id| !id.is_empty() && !id.contains(' ')), "{user}");
        assert!(record.record.is_none_or(|record| record.warnings.is_empty()), "no warnings");
        assert!(!user.to_string().contains("$2b$") && !user.to_string().contains("correct"), "{user}");
        assert_eq!(profile(store, identifier).await, user);
    }
    let ada = profile(store, "ada@example.com").await;
    for (field, value) in [("username", "ada"), ("given_name", "Ada")] {
        let kept = store.profile.contains(&field);
        assert_eq!(ada.get(field).is_some_and(|found| found == value), kept, "{field}: {ada}");
    }
}

/// A wrong password is told from an unknown user, and nothing odd is anything else.
async fn refusals(store: &Store) {
    let wrong = [(by_name(store), "Correct horse"), ("ADA@example.com", ""), ("ada@example.com", "correct horse ")];
    for (identifier, password) in wrong {
        let (record, outcome) = login(store, identifier, password).await;
        assert_eq!(outcome, Outcome::WrongPassword, "{identifier} {password:?}: {:?}", record.ending);
        assert_eq!(record.error().user_id.as_deref(), Some("ada@example.com"));
    }
    for identifier in ["nobody@example.com", "nobody"].iter().chain(&ODD) {
        let (record, outcome) = login(store, identifier, "correct horse").await;
        assert_eq!(outcome, Outcome::UnknownUser, "{identifier}: {:?}", record.ending);
        let (record, outcome) = run(store, Writes::RolledBack, Action::GetUser, &[json!(identifier)]).await;
        assert_eq!(outcome, Outcome::NotFound, "{identifier}: {:?}", record.ending);
    }
}

/// A safe try of every script that writes leaves the store as it was.
async fn safe_try(store: &Store) {
    let before = (store.state)();
    let grace = profile(store, "grace@example.com").await;
    for (action, arguments) in [
        (Action::Create, vec![json!({"email": "new@example.com", "password": "n3w-Secret"})]),
        (Action::Verify, vec![json!("grace@example.com")]),
        (Action::ChangePassword, vec![json!("grace@example.com"), json!("n3w-Secret")]),
        (Action::ChangeEmail, vec![json!("grace@example.com"), json!("hopper@example.com"), json!(true)]),
        (Action::Delete, vec![grace["user_id"].clone()]),
    ] {
        let (record, outcome) = run(store, Writes::RolledBack, action, &arguments).await;
        let expected = match store.writes {
            SafeTry::RollsBack => Outcome::Success,
            SafeTry::HoldsBack => Outcome::BlockedByPolicy,
        };
        let trace = &record.record.as_ref().unwrap().trace;
        assert_eq!(outcome, expected, "{action}: {:?}\n{trace:#?}", record.ending);
        if store.writes == SafeTry::HoldsBack {
            let told = &record.error().message;
            assert!(!told.contains("answer"), "{action}: nobody was asked, so nobody failed to answer: {told}");
        }
        if store.writes == SafeTry::RollsBack {
            let mut effects = trace.iter().filter_map(|entry| Some(entry.statement.as_ref()?.effect));
            assert!(effects.any(|effect| effect == Effect::RolledBack), "{action}: {trace:#?}");
        }
        assert_eq!((store.state)(), before, "{action}");
    }
}

/// A store that cannot be asked is never "wrong password", "unknown user" or "no such user".
async fn outages(store: &mut Store) {
    let working = store.scripts.configuration.clone();
    for outage in std::mem::take(&mut store.outages) {
        if matches!(store.place, Place::Node(_)) {
            store.place = Place::Node(Container::start()); // a token kept from before would hide the outage
        }
        for (name, value) in &outage {
            let entry = store.scripts.configuration.iter_mut().find(|(key, _)| key == name).unwrap();
            entry.1.clone_from(value);
        }
        for (action, arguments) in [
            (Action::Login, vec![json!("ada@example.com"), json!("correct horse")]),
            (Action::GetUser, vec![json!("nobody@example.com")]),
            (Action::Verify, vec![json!("ada@example.com")]),
        ] {
            // What needs no service account still works without one.
            let (record, outcome) = run(store, Writes::Committed, action, &arguments).await;
            let own = outage[0].0 == "API_PASSWORD" && arguments.len() == 2 && arguments[0] == "ada@example.com";
            let expected =
                if own { &[Outcome::Success][..] } else { &[Outcome::ScriptError, Outcome::ConnectionFailed] };
            assert!(expected.contains(&outcome), "{outage:?} {action}: {outcome:?} {:?}", record.ending);
        }
        store.scripts.configuration.clone_from(&working);
    }
}

/// Count and list agree, page by page, and speak of users as Get User does.
async fn listing(store: &Store) {
    let total = call(store, Writes::ReadOnly, "count_users.js", &[]).await.result();
    assert_eq!(total, json!(3));
    let (mut after, mut listed) = (Value::Null, Vec::new());
    loop {
        let page = call(store, Writes::ReadOnly, "list_users.js", &[after.clone(), json!(2)]).await.result();
        let page = page.as_array().unwrap().clone();
        listed.extend(page.iter().cloned());
        if page.len() < 2 {
            break;
        }
        after = page[1]["user_id"].clone();
        assert!(listed.len() <= 4, "{listed:?}");
    }
    let mut emails: Vec<&str> = listed.iter().map(|user| user["email"].as_str().unwrap()).collect();
    emails.sort_unstable();
    assert_eq!(emails, ["ada@example.com", "grace@example.com", "zoe@example.com"]);
    for user in &listed {
        let known = profile(store, user["email"].as_str().unwrap()).await;
        assert_eq!((&user["user_id"], &user["email_verified"]), (&known["user_id"], &known["email_verified"]));
    }
}

async fn create_and_login(store: &Store) {
    let user = json!({
        "client_id": "x", "tenant": "t", "connection": "c", "email": "New@Example.com", "password": "n3w-Sëcret",
        "username": "newbie", "given_name": "Nova", "family_name": "Newman", "name": "Nova Newman"
    });
    let created = change(store, Action::Create, std::slice::from_ref(&user)).await;
    assert_eq!(created.outcome(Action::Create), Outcome::Success, "{:?}", created.ending);
    let (record, outcome) = login(store, "new@example.com", "n3w-Sëcret").await;
    assert_eq!(outcome, Outcome::Success, "{:?}", record.ending);
    let profile = record.result();
    assert_eq!(profile["email"], "new@example.com");
    assert_eq!(profile["email_verified"], false);
    let has_names = store.profile.contains(&"username");
    if has_names {
        assert_eq!(profile["username"], "newbie");
        assert_eq!(login(store, "newbie", "n3w-Sëcret").await.1, Outcome::Success);
    }
    assert!(!(store.state)().contains("tenant\":\"t\""), "only what the store knows is taken");

    let by_name = json!({"email": "other@example.com", "username": "newbie", "password": "n3w-Secret"});
    let by_case = json!({"email": "NEW@example.com", "password": "n3w-Secret"});
    for taken in [user, by_case].into_iter().chain(has_names.then_some(by_name)) {
        let again = change(store, Action::Create, std::slice::from_ref(&taken)).await;
        assert_eq!(again.outcome(Action::Create), Outcome::Refused, "{taken}: {:?}", again.ending);
        assert_eq!(again.error().code.as_deref(), Some("user_exists"));
    }
}

async fn changes(store: &Store) {
    let id = profile(store, "grace@example.com").await["user_id"].clone();
    assert_eq!(change(store, Action::Verify, &[json!("GRACE@example.com")]).await.result(), json!(true));
    assert_eq!(profile(store, "grace@example.com").await["email_verified"], true);
    let password = [json!("Grace@example.com"), json!("n3w-Sëcret")];
    assert_eq!(change(store, Action::ChangePassword, &password).await.result(), json!(true));
    assert_eq!(login(store, "grace@example.com", "correct horse").await.1, Outcome::WrongPassword);
    assert_eq!(login(store, "grace@example.com", "n3w-Sëcret").await.1, Outcome::Success);
    assert_eq!(
        login(store, "ada@example.com", "correct horse").await.1,
        Outcome::Success,
        "nobody else's password changed"
    );

    let email = [json!("grace@example.com"), json!("Hopper@Example.com"), json!(false)];
    assert_eq!(change(store, Action::ChangeEmail, &email).await.result(), json!(true));
    let hopper = profile(store, "hopper@example.com").await;
    assert_eq!((&hopper["user_id"], &hopper["email_verified"]), (&id, &json!(false)));
    assert_eq!(hopper["email"], "hopper@example.com");
    let (_, outcome) = run(store, Writes::RolledBack, Action::GetUser, &[json!("grace@example.com")]).await;
    assert_eq!(outcome, Outcome::NotFound);
    let taken = [json!("hopper@example.com"), json!("ADA@example.com"), json!(true)];
    let record = change(store, Action::ChangeEmail, &taken).await;
    assert_eq!(record.error().code.as_deref(), Some("user_exists"), "{:?}", record.ending);

    for (action, more) in [
        (Action::Verify, vec![]),
        (Action::ChangePassword, vec![json!("n3w-Secret")]),
        (Action::ChangeEmail, vec![json!("free@example.com"), json!(true)]),
    ] {
        let arguments: Vec<Value> = [json!("nobody@example.com")].into_iter().chain(more).collect();
        let record = change(store, action, &arguments).await;
        assert_eq!(record.result(), json!(false), "{action}");
        assert_eq!(record.outcome(action), Outcome::NotChanged);
    }
}

async fn prefix_and_delete(store: &mut Store) {
    let plain = profile(store, "zoe@example.com").await["user_id"].as_str().unwrap().to_owned();
    store.scripts.configuration.push(("USER_ID_PREFIX".to_owned(), "legacy|".to_owned()));
    let prefixed = profile(store, "zoe@example.com").await["user_id"].clone();
    assert_eq!(prefixed, json!(format!("legacy|{plain}")));
    let before = (store.state)();
    for foreign in [json!(plain), json!("legacy|"), json!("other|1")] {
        let record = change(store, Action::Delete, std::slice::from_ref(&foreign)).await;
        assert_eq!(record.outcome(Action::Delete), Outcome::ScriptError, "{foreign}");
    }
    assert_eq!((store.state)(), before);
    for _ in 0..2 {
        let record = change(store, Action::Delete, std::slice::from_ref(&prefixed)).await;
        assert_eq!(record.outcome(Action::Delete), Outcome::Success, "{:?}", record.ending);
    }
    let (_, outcome) = run(store, Writes::RolledBack, Action::GetUser, &[json!("zoe@example.com")]).await;
    assert_eq!(outcome, Outcome::NotFound);
    let total = call(store, Writes::ReadOnly, "count_users.js", &[]).await.result();
    assert_eq!(total, json!(3), "one created, one deleted");
}
