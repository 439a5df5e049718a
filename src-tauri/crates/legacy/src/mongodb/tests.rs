use std::sync::atomic::AtomicU32;

use bson::{Bson, doc};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use wire::SocketStore;

use super::*;
use crate::{
    Policy,
    socket::{Link, Said},
    stage::Probe,
};

fn request(body: Document) -> Request {
    Request::own(7, body)
}

fn of(body: Document) -> Class {
    class(&request(body))
}

#[test]
fn commands_are_told_apart() {
    for (body, expected) in [
        (doc! { "find": "users", "$db": "app" }, Class::Read),
        (doc! { "find": "system.users", "$db": "admin" }, Class::ReadApart),
        (doc! { "count": "users", "$db": "app" }, Class::ReadApart),
        (doc! { "aggregate": "users", "pipeline": [{ "$match": {} }], "$db": "app" }, Class::Read),
        (
            doc! { "aggregate": "users", "pipeline": [{ "$match": {} }, { "$out": "x" }], "$db": "app" },
            Class::WriteApart,
        ),
        (doc! { "aggregate": "users", "pipeline": [{ "$merge": "x" }], "$db": "app" }, Class::WriteApart),
        (doc! { "aggregate": 1, "pipeline": [{ "$currentOp": {} }], "$db": "admin" }, Class::ReadApart),
        (doc! { "mapReduce": "users", "out": { "inline": 1 }, "$db": "app" }, Class::ReadApart),
        (doc! { "mapReduce": "users", "out": "x", "$db": "app" }, Class::WriteApart),
        (doc! { "insert": "users", "$db": "app" }, Class::Write),
        (doc! { "insert": "system.users", "$db": "admin" }, Class::WriteApart),
        (doc! { "findAndModify": "users", "$db": "app" }, Class::Write),
        (doc! { "createIndexes": "users", "$db": "app" }, Class::WriteApart),
        (doc! { "profile": -1, "$db": "app" }, Class::ReadApart),
        (doc! { "profile": 2, "$db": "app" }, Class::WriteApart),
        (doc! { "unheardOf": 1, "$db": "app" }, Class::WriteApart),
        (doc! {}, Class::WriteApart),
        (doc! { "saslStart": 1, "$db": "app" }, Class::Login),
        (doc! { "ping": 1, "$db": "admin" }, Class::Housekeeping),
    ] {
        assert_eq!(of(body.clone()), expected, "{body}");
    }
}

#[test]
fn the_trace_shows_what_is_asked_and_no_password() {
    let line = |body: Document| {
        let answer = bson::rawdoc! { "ok": 1.0 };
        Line::of(&request(body)).answered(&answer, Effect::Read)
    };
    let found =
        line(doc! { "find": "users", "filter": { "email": "a@b" }, "limit": 1, "lsid": { "id": 1 }, "$db": "app" });
    assert_eq!(found.label, "mongodb find users");
    assert_eq!(found.statement.unwrap().sql, "find users {\"email\":\"a@b\"} limit: 1");
    let made = line(doc! { "createUser": "eve", "pwd": "s3cret", "roles": [], "$db": "app" });
    assert_eq!(made.statement.unwrap().sql, "createUser eve pwd: … roles: []");
    let updated =
        line(doc! { "update": "users", "updates": [{ "q": { "a": 1 }, "u": { "$set": { "b": 2 } } }], "$db": "app" });
    assert_eq!(updated.statement.unwrap().parameters, ["{\"a\":1} → {\"$set\":{\"b\":2}}"]);
}

#[test]
fn users_are_read_from_the_first_step_and_passwords_are_not() {
    let attempt = |mechanism: &str, payload: &str| {
        let payload = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: payload.as_bytes().to_vec() };
        user(&doc! { "mechanism": mechanism, "payload": payload, "db": "admin" })
    };
    assert_eq!(attempt("SCRAM-SHA-256", "n,,n=a=2Cb=3Dc,r=nonce"), "a,b=c of admin, SCRAM-SHA-256");
    assert_eq!(attempt("PLAIN", "\0joe\0s3cret"), "joe of admin, PLAIN");
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in prop_oneof![Just(2013_i32), Just(2004), Just(2012)]) {
        let mut message = vec![0; 12];
        message.extend(kind.to_le_bytes());
        message.extend(&bytes);
        let _ = Request::read(&message);
        let _ = Answer { bytes }.document().map(|_| ());
    }

    #[test]
    fn a_request_is_sent_as_it_came(names in proptest::collection::vec("[a-z]{1,8}", 1..4), number in any::<i64>()) {
        let body: Document = names.iter().map(|name| (name.clone(), Bson::Int64(number))).collect();
        let sent = Request::own(9, body);
        prop_assert_eq!(Request::read(&sent.bytes().unwrap()).unwrap(), sent);
    }
}

/// A server that answers as a function says, on the other end of a link.
fn server(answer: impl Fn(&Request) -> Document + Send + 'static) -> (Link, Arc<Sync_<Vec<Document>>>) {
    let (near, mut far): (DuplexStream, DuplexStream) = tokio::io::duplex(1 << 20);
    let seen = Arc::<Sync_<Vec<Document>>>::default();
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok(length) = far.read_i32_le().await {
            let mut message = length.to_le_bytes().to_vec();
            message.resize(usize::try_from(length).unwrap(), 0);
            far.read_exact(&mut message[4..]).await.unwrap();
            let request = Request::read(&message).unwrap();
            lock(&kept).push(request.body.clone());
            let reply = request.answer(&answer(&request)).unwrap();
            far.write_all(&reply).await.unwrap();
        }
    });
    (Link::over(Box::new(near), "db.example"), seen)
}

struct Scene {
    link: Arc<Link>,
    peer: Peer,
    shared: Shared,
    dialogue: Dialogue,
    next: AtomicU32,
}

impl Scene {
    fn new(writes: Writes, link: Link) -> Scene {
        let peer = Peer { store: SocketStore::Mongodb, host: "db.example".to_owned(), port: 27017 };
        let policy = Policy::new("/nowhere".into(), Vec::new());
        let options = SessionOptions { policy, writes, limits: Limits::default() };
        let shared = Shared::default();
        let dialogue = Dialogue::new(&peer, 1, &options, &shared);
        Scene { link: Arc::new(link), peer, shared, dialogue, next: AtomicU32::new(1) }
    }

    async fn ask(&self, body: Document) -> (Document, Option<crate::Observed>) {
        let id = i32::try_from(self.next.fetch_add(1, Ordering::Relaxed)).unwrap();
        let bytes = Request::own(id, body).bytes().unwrap();
        let context = Context { peer: &self.peer, link: &self.link, probe: &Probe::default(), said: &Said::default() };
        let exchanged = self.dialogue.exchange(&context, &bytes).await.unwrap_or_else(|_| panic!("an answer"));
        (owned(Answer { bytes: exchanged.bytes }.document().unwrap()).unwrap(), exchanged.observed)
    }
}

fn sharded() -> Document {
    doc! {
        "ok": 1.0, "msg": "isdbgrid", "logicalSessionTimeoutMinutes": 30, "compression": ["zlib"],
        "topologyVersion": { "counter": 1_i64 },
    }
}

#[tokio::test]
async fn neither_compression_nor_a_hello_that_goes_on_is_agreed_on() {
    let (link, seen) = server(|_| sharded());
    let scene = Scene::new(Writes::Committed, link);
    let hello =
        doc! { "hello": 1, "compression": ["zlib"], "topologyVersion": {}, "maxAwaitTimeMS": 10_000, "$db": "admin" };
    let (answer, observed) = scene.ask(hello).await;
    assert_eq!(answer, doc! { "ok": 1.0, "msg": "isdbgrid", "logicalSessionTimeoutMinutes": 30 });
    assert_eq!(*lock(&seen), [doc! { "hello": 1, "$db": "admin" }]);
    assert_eq!(observed, None, "noise");
}

#[tokio::test]
async fn a_transaction_that_the_server_ended_is_begun_anew() {
    let failed = std::sync::atomic::AtomicBool::new(false);
    let (link, seen) = server(move |request| match request.name() {
        "hello" => sharded(),
        "update" if !failed.swap(true, Ordering::Relaxed) => {
            doc! { "ok": 0.0, "code": 251, "codeName": "NoSuchTransaction", "errmsg": "no such transaction" }
        }
        _ => doc! { "ok": 1.0, "n": 1 },
    });
    let scene = Scene::new(Writes::RolledBack, link);
    scene.ask(doc! { "hello": 1, "$db": "admin" }).await;
    scene.ask(doc! { "find": "users", "$db": "app" }).await;
    let insert = doc! { "insert": "users", "documents": [{ "a": 1 }], "lsid": { "id": 5 }, "txnNumber": 1_i64, "$db": "app", "writeConcern": { "w": 2 } };
    let (_, observed) = scene.ask(insert).await;
    assert_eq!(observed.unwrap().statement.unwrap().effect, Effect::RolledBack);
    let (answer, _) = scene.ask(doc! { "update": "users", "updates": [], "$db": "app" }).await;
    assert_eq!(answer, doc! { "ok": 1.0, "n": 1 });
    let mut finish = Finish::default();
    scene
        .dialogue
        .leave(&Context { peer: &scene.peer, link: &scene.link, probe: &Probe::default(), said: &Said::default() })
        .await;
    scene.shared.finish(&mut finish).await;
    let seen = lock(&seen).clone();
    let told: Vec<(String, Option<i64>, bool)> = seen
        .iter()
        .map(|body| {
            let name = body.keys().next().unwrap().clone();
            (name, body.get_i64("txnNumber").ok(), body.get_bool("startTransaction").unwrap_or_default())
        })
        .collect();
    let told: Vec<(&str, Option<i64>, bool)> =
        told.iter().map(|(name, number, begins)| (name.as_str(), *number, *begins)).collect();
    let expected = [
        ("hello", None, false),
        ("find", None, false),
        ("insert", Some(1), true),
        ("update", Some(1), false),
        ("insert", Some(2), true),
        ("update", Some(2), false),
        ("abortTransaction", Some(2), false),
    ];
    assert_eq!(told, expected);
    let insert = &seen[2];
    assert!(
        !insert.contains_key("writeConcern")
            && insert.get_document("lsid").unwrap().get("id").unwrap().as_i32().is_none()
    );
    assert_eq!(finish.rolled_back, 2);
    assert!(finish.observed[0].label.ends_with(" · 2 writes undone (2 rows)"), "{:?}", finish.observed);
}

#[tokio::test]
async fn an_old_query_is_refused_and_a_write_without_acknowledgement_is_answered_to_us_alone() {
    let (link, seen) = server(|request| {
        if request.name() == "hello" {
            sharded()
        } else {
            doc! { "ok": 1.0, "n": 1 }
        }
    });
    let scene = Scene::new(Writes::Committed, link);
    let mut silent = Request::own(3, doc! { "insert": "users", "documents": [{}], "$db": "app" }).bytes().unwrap();
    silent[16] = 2;
    let context = Context { peer: &scene.peer, link: &scene.link, probe: &Probe::default(), said: &Said::default() };
    let exchanged = scene.dialogue.exchange(&context, &silent).await.unwrap_or_else(|_| panic!("an answer"));
    assert_eq!(exchanged.bytes, Vec::<u8>::new());
    assert_eq!(exchanged.observed.unwrap().statement.unwrap().effect, Effect::Committed);
    assert_eq!(lock(&seen).len(), 1);
    let mut compressed = silent.clone();
    compressed[12..16].copy_from_slice(&2012_i32.to_le_bytes());
    assert!(scene.dialogue.exchange(&context, &compressed).await.is_err());
}

/// As many documents within each other as a long message has room for.
fn nested(depth: usize) -> Vec<u8> {
    let mut document = vec![5, 0, 0, 0, 0];
    let length = |bytes: usize| i32::try_from(bytes).unwrap().to_le_bytes();
    let total = 5 + depth * 8;
    let mut bytes = Vec::with_capacity(total);
    for level in 0..depth {
        bytes.extend(length(total - level * 8));
        bytes.extend([3, b'a', 0]);
    }
    bytes.append(&mut document);
    bytes.resize(total, 0);
    bytes
}

#[test]
fn documents_that_go_deeper_than_any_store_are_refused_before_they_are_followed() {
    for (depth, fits) in [(1, true), (100, true), (100_000, false)] {
        let document = nested(depth);
        let message = [&[0; 12][..], &2013_i32.to_le_bytes(), &[0; 5], &document].concat();
        assert_eq!(Request::read(&message).is_ok(), fits, "{depth}");
        let answer = Answer { bytes: message };
        assert_eq!(owned(answer.document().unwrap()).is_ok(), fits, "{depth}");
    }
}
