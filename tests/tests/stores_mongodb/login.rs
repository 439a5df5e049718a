//! Users and passwords, TLS, and the staged connection test.

use std::sync::{Arc, Mutex};

use acceptance::{
    canary::Canary,
    servers::{
        mongodb::{Kind, MongoDb, OLD_USER, PASSWORD, READER, USER},
        mongodb_login::MongoLogin,
    },
    stores::{Scripts, error, result},
};
use contract::{Ending, TraceKind};
use legacy::{Policy, Session, SessionOptions, Stage, StageName, StageState, Writes};
use serde_json::json;

use super::{replica_set, scripts, with_users};

const FIND: &str = "return (await users.findOne({ email: 'ada@example.com' })).name;";

fn as_user(server: &MongoDb, user: &str, password: &str) -> Scripts {
    let mut scripts = scripts(&[server.port]);
    scripts.configuration[0].1 = server.url_as(user, password) + "?serverSelectionTimeoutMS=1500";
    scripts
}

#[tokio::test(flavor = "multi_thread")]
async fn users_log_in_with_both_scrams_and_no_password_is_told() {
    let server = MongoDb::start_as(Kind { has_users: true, ..Kind::default() });
    for user in [USER, READER, OLD_USER] {
        let mut scripts = as_user(&server, user, PASSWORD);
        if user == OLD_USER {
            // This server offers the other one to everybody.
            scripts.configuration[0].1 += "&authMechanism=SCRAM-SHA-1";
        }
        let (record, _) = scripts.alone_text(Writes::RolledBack, &with_users(FIND)).await;
        assert_eq!(result(&record), json!("Ada"), "{user}: {:?}", record.trace);
        let told = serde_json::to_vec(&json!([record.trace, record.warnings, record.console])).unwrap();
        assert!(!Canary(PASSWORD).is_in(&told), "{user}");
        assert!(!String::from_utf8_lossy(&told).contains("sasl"), "logging in is not told step by step");
    }
    // What the server itself forbids, it says.
    let (record, _) = as_user(&server, READER, PASSWORD)
        .alone_text(Writes::Committed, &with_users("return users.deleteMany({});"))
        .await;
    assert_eq!(error(&record).code.as_deref(), Some("13"), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_a_failed_connection_and_the_packages_own_error() {
    let server = MongoDb::start_as(Kind { has_users: true, ..Kind::default() });
    let (record, _) =
        as_user(&server, USER, "wr0ng-Passw0rd-1138").alone_text(Writes::RolledBack, &with_users(FIND)).await;
    let failed = error(&record);
    assert_eq!((failed.class.as_str(), failed.code.as_deref()), ("MongoServerError", Some("18")), "{failed:?}");
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, blocked: false, .. }));
    let told = record.trace.iter().find(|entry| entry.kind == TraceKind::Connect && entry.error.is_some()).unwrap();
    assert!(told.error.as_deref().unwrap().contains(&format!("{USER} of app, SCRAM-SHA-256")), "{told:?}");
    assert!(!Canary("wr0ng-Passw0rd-1138").is_in(&serde_json::to_vec(&record.trace).unwrap()));
}

async fn stages(scripts: &Scripts) -> Vec<Stage> {
    let heard = Arc::<Mutex<Vec<Stage>>>::default();
    let hears = Arc::clone(&heard);
    let policy = Policy::new(scripts.root.clone(), scripts.allowed.clone());
    let options = SessionOptions { policy, writes: Writes::ReadOnly, limits: scripts.limits.clone() };
    let session = Session::probing(options, Box::new(move |stage| hears.lock().unwrap().push(stage)));
    scripts.run_text(&session, "login.js", &with_users(FIND), &[]).await;
    let stages = session.stages("the run ended");
    assert_eq!(*heard.lock().unwrap(), stages);
    session.finish().await;
    stages
}

fn stage(stages: &[Stage], name: StageName) -> (StageState, &str) {
    let stage = stages.iter().find(|stage| stage.name == name).unwrap_or_else(|| panic!("{name:?} in {stages:?}"));
    (stage.state, &stage.detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_test_tells_every_step() {
    use StageState::{Failed, Passed, Skipped, Warned};
    let server = MongoDb::start_as(Kind { has_users: true, has_tls: true, ..Kind::default() });
    let mut scripts = as_user(&server, USER, PASSWORD);
    scripts.configuration[0].1 += "&tls=true&tlsAllowInvalidCertificates=true";
    let found = stages(&scripts).await;
    let who = format!("{USER} of app");
    assert_eq!(stage(&found, StageName::Tcp).0, Passed);
    assert_eq!(stage(&found, StageName::Tls).0, Warned, "not verified: {found:?}");
    assert_eq!(stage(&found, StageName::Authentication), (Passed, format!("{who}, SCRAM-SHA-256").as_str()));
    assert_eq!(stage(&found, StageName::Rights), (Passed, format!("{who}: readWrite on app").as_str()));
    assert_eq!(stage(&found, StageName::Schema), (Passed, "app: users"));
    assert_eq!(stage(&found, StageName::Query), (Passed, "ping answered"));

    let mut wrong = as_user(&server, USER, "wrong");
    wrong.configuration[0].1 += "&tls=true&tlsAllowInvalidCertificates=true";
    let found = stages(&wrong).await;
    assert_eq!(stage(&found, StageName::Authentication).0, Failed, "{found:?}");
    assert_eq!(stage(&found, StageName::Schema).0, Skipped);

    let nobody = format!("mongodb://localhost:{}/app?tls=true&tlsAllowInvalidCertificates=true", server.port);
    wrong.configuration[0].1 = nobody;
    let found = stages(&wrong).await;
    assert_eq!(stage(&found, StageName::Authentication).0, Failed, "{found:?}");

    let open = replica_set();
    let found = stages(&super::scripts(&[open.port])).await;
    assert_eq!(stage(&found, StageName::Tls).0, Skipped);
    assert_eq!(stage(&found, StageName::Authentication), (Warned, "the server asks for no user and no password"));
    assert_eq!(stage(&found, StageName::Rights).0, Warned);
    assert_eq!(stage(&found, StageName::Schema).0, Passed);
}

/// What Node's driver sends is compared in the parity area `mongodb_login`; here, what is told of it.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_from_outside_are_named_and_their_password_is_not() {
    let server = MongoLogin::start();
    let mut scripts = scripts(&[server.port]);
    let port = server.port;
    let pairs = [("CA", &server.certificate), ("CERT", &server.client_certificate), ("KEY", &server.client_key)];
    scripts.configuration.extend(pairs.map(|(name, value)| (name.to_owned(), value.clone())));
    let tell = |options: &str| {
        with_users("return (await users.findOne({})).user;").replace(
            "new MongoClient(configuration.URL)",
            &format!("new MongoClient(configuration.URL, {{ tls: true, ca: configuration.CA{options} }})"),
        )
    };
    let account = |password: &str| {
        let password: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
        let password = password.replace('+', "%20");
        format!(
            "mongodb://svc%40corp.example:{password}@localhost:{port}/app?authMechanism=PLAIN&serverSelectionTimeoutMS=1500"
        )
    };
    scripts.configuration[0].1 = account("p4ss w:rd/ü");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &tell("")).await;
    assert_eq!(result(&record), json!("svc@corp.example"), "{:?}", record.trace);
    let told = serde_json::to_vec(&json!([record.trace, record.warnings, record.console])).unwrap();
    assert!(!Canary("p4ss w:rd/ü").is_in(&told));

    scripts.configuration[0].1 = account("wr0ng-Passw0rd-1138");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &tell("")).await;
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
    let failed = record.trace.iter().find(|entry| entry.kind == TraceKind::Connect && entry.error.is_some()).unwrap();
    assert!(failed.error.as_deref().unwrap().contains("svc@corp.example of $external, PLAIN"), "{failed:?}");
    let cause = record.cause.as_ref().unwrap();
    assert!(cause.hint.as_deref().is_some_and(|hint| hint.contains("authSource")), "{cause:?}");
    assert!(!Canary("wr0ng-Passw0rd-1138").is_in(&serde_json::to_vec(&record.trace).unwrap()));

    scripts.configuration[0].1 =
        format!("mongodb://localhost:{port}/app?authMechanism=MONGODB-X509&serverSelectionTimeoutMS=1500");
    let own = ", cert: configuration.CERT, key: configuration.KEY";
    let (record, _) = scripts.alone_text(Writes::RolledBack, &tell(own)).await;
    assert_eq!(result(&record), json!("CN=app-client"), "{:?}", record.trace);
    let told = serde_json::to_vec(&json!([record.trace, record.warnings, record.console])).unwrap();
    assert!(!String::from_utf8_lossy(&told).contains("PRIVATE KEY"));
    let (record, _) = scripts.alone_text(Writes::RolledBack, &tell("")).await;
    let failed = record.trace.iter().find(|entry| entry.kind == TraceKind::Connect && entry.error.is_some()).unwrap();
    assert!(failed.error.as_deref().unwrap().contains("No verified subject name"), "{failed:?}");
}
