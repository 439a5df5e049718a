//! The staged connection test, and TLS.

use std::sync::{Arc, Mutex};

use acceptance::{
    servers::ldap::{self, Ldap},
    stores::{Scripts, result},
};
use legacy::{Policy, Session, SessionOptions, StageName, StageState, Writes};
use serde_json::json;

use super::{doing, scripts};

/// What the test found, stage by stage, while a script ran.
async fn stages(scripts: &Scripts, script: &str) -> Vec<(StageName, StageState, String)> {
    let policy = Policy::new(scripts.root.clone(), scripts.allowed.clone());
    let options = SessionOptions { policy, writes: Writes::ReadOnly, limits: scripts.limits.clone() };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listening = Arc::clone(&heard);
    let session = Session::probing(options, Box::new(move |stage| listening.lock().unwrap().push(stage.name)));
    scripts.run_text(&session, "get_user.js", script, &[]).await;
    let stages = session.stages("the run ended");
    let names: Vec<StageName> = stages.iter().map(|stage| stage.name).collect();
    assert_eq!(*heard.lock().unwrap(), names, "each stage is told once, in order");
    stages.into_iter().map(|stage| (stage.name, stage.state, stage.detail)).collect()
}

use StageName::{Authentication, NameLookup, Query, Rights, Schema, Tcp, Tls};
use StageState::{Failed, Passed, Skipped, Warned};

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_of_a_directory_is_tested() {
    let server = Ldap::start();
    let scripts = scripts(&server);
    let script = doing("await reader(); await search('ou=people,dc=example,dc=org', { scope: 'sub' });");
    let script =
        script.replace("url: configuration.URL", "url: configuration.TLS_URL, tlsOptions: { ca: configuration.CA }");
    let found = stages(&scripts, &script).await;
    let states: Vec<_> = found.iter().map(|(name, state, _)| (*name, *state)).collect();
    let all = [NameLookup, Tcp, Tls, Authentication, Rights, Schema, Query].map(|name| (name, Passed));
    assert_eq!(states, all, "{found:?}");
    let details: Vec<&str> = found[2..].iter().map(|(.., detail)| detail.as_str()).collect();
    assert_eq!(
        details,
        [
            "TLSv1.3, certificate verified",
            &format!("bound as {}", ldap::READER),
            &format!("for the server, this is dn:{}", ldap::READER),
            ldap::BASE,
            "the script's search below ou=people,dc=example,dc=org found 5 entries",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_fails_says_why() {
    let server = Ldap::start();
    let mut scripts = scripts(&server);
    let bind = |name: &str, password: &str| {
        doing(&format!("await bind('{name}', '{password}'); await search('{}', {{}});", ldap::BASE))
    };

    let found = stages(&scripts, &bind(ldap::READER, "wrong")).await;
    let expected = format!("bind as {}: invalidCredentials (49)", ldap::READER);
    assert_eq!(found[3], (Authentication, Failed, expected), "{found:?}");
    assert_eq!((found[2].1, found[4].1, found[6].1), (Skipped, Skipped, Skipped), "{found:?}");

    // The person the connection test makes up.
    let found =
        stages(&scripts, &bind("uid=sluice-connection-test@example.invalid,ou=people,dc=example,dc=org", "none")).await;
    assert_eq!((found[3].1, found[4].1), (Warned, Warned), "{found:?}");
    assert!(found[3].2.ends_with("whom nobody knows, is refused as it should be"), "{found:?}");

    let found = stages(&scripts, &doing("await search('dc=example,dc=org', {});")).await;
    assert_eq!(found[3], (Authentication, Warned, "anonymous: the script does not bind".to_owned()), "{found:?}");
    assert_eq!((found[4].1, found[5].1, found[6].1), (Warned, Passed, Passed), "{found:?}");

    let tls = doing("await reader();").replace("url: configuration.URL", "url: configuration.TLS_URL");
    let found = stages(&scripts, &tls).await;
    assert_eq!((found[2].0, found[2].1, found[3].1), (Tls, Failed, Skipped), "{found:?}");

    server.kill();
    let found = stages(&scripts, &bind(ldap::READER, "x")).await;
    assert_eq!((found[1].0, found[1].1), (Tcp, Failed), "{found:?}");
    scripts.allowed.clear();
    let found = stages(&scripts, &bind(ldap::READER, "x")).await;
    assert_eq!(found[0].1, Failed, "{found:?}");
}

/// A base that is not there, from the script's own search or, when it makes none, from the configuration.
#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_is_not_there_fails_at_the_schema() {
    let server = Ldap::start();
    let mut scripts = scripts(&server);
    let missing = "ou=nowhere,dc=example,dc=org is not there: noSuchObject (32)".to_owned();
    let searching = doing("await reader(); await search('ou=nowhere,dc=example,dc=org', { scope: 'sub' });");
    let found = stages(&scripts, &searching).await;
    assert_eq!(found[3..6].iter().map(|stage| stage.1).collect::<Vec<_>>(), [Passed, Passed, Failed], "{found:?}");
    assert_eq!((found[5].0, &found[5].2), (Schema, &missing));
    assert_eq!((found[6].0, found[6].1), (Query, Skipped));

    // No search of its own, as where only the person binds.
    let binding = doing("await reader();");
    let found = stages(&scripts, &binding).await;
    assert_eq!(found[6], (Query, Passed, format!("a search found {}", ldap::BASE)), "{found:?}");
    scripts.configuration.push(("LDAP_BASE_DN".to_owned(), "ou=people,dc=example,dc=org".to_owned()));
    let found = stages(&scripts, &binding).await;
    assert_eq!(found[6], (Query, Passed, "a search found ou=people,dc=example,dc=org".to_owned()), "{found:?}");
    scripts.configuration.last_mut().unwrap().1 = "ou=nowhere,dc=example,dc=org".to_owned();
    let found = stages(&scripts, &binding).await;
    assert_eq!((found[5].0, found[5].1, &found[5].2), (Schema, Failed, &missing), "{found:?}");
    let person = doing("await bind('uid=sluice-connection-test@example.invalid,ou=people,dc=example,dc=org', 'none');");
    let found = stages(&scripts, &person).await;
    assert_eq!((found[3].1, found[5].1), (Warned, Failed), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_goes_on_under_tls_and_still_holds_back() {
    let server = Ldap::start();
    let scripts = scripts(&server);
    let script = doing(
        "await call('starttls', { ca: configuration.CA, host: 'localhost' }, []);
         await admin();
         await call('del', 'uid=nopass,ou=people,dc=example,dc=org');
         await search('dc=example,dc=org', {});
         seen.push(client._socket.getProtocol());",
    );
    let script = script.replace("url: configuration.URL", "url: configuration.NAMED_URL");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &script).await;
    let seen = result(&record);
    let words: Vec<_> = (0..5).map(|place| seen[place][1].clone()).collect();
    assert_eq!(words[..4], [json!("ok"), json!("ok"), json!("UnwillingToPerformError"), json!(1)], "{seen}");
    assert_eq!(seen[4], json!("TLSv1.3"), "{seen}");
    assert!(server.dump().contains("uid=nopass"));
    let lax = script.replace("ca: configuration.CA", "rejectUnauthorized: false");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &lax).await;
    assert!(record.warnings.iter().any(|warning| warning.rule == "tls_not_verified"), "{:?}", record.warnings);
}
