//! A service account that the directory refuses is a connection that failed; a person's wrong password is the script's business.

use acceptance::{
    servers::ldap::{self, Ldap},
    stores::{Scripts, error},
};
use contract::{Action, Ending, Outcome, TraceKind};
use legacy::Writes;
use serde_json::json;

use super::{ended_well, scripts};

const ADA: &str = "ada@example.org";

/// The LDAP templates against a server, with these values in place of the right ones.
fn templates(server: &Ldap, other: &[(&str, &str)]) -> Scripts {
    let mut scripts = Scripts::of("ldap");
    scripts.allowed = scripts_allowed(server);
    let values = [
        ("LDAP_URL", format!("ldap://127.0.0.1:{}", server.port)),
        ("LDAP_BIND_DN", ldap::READER.to_owned()),
        ("LDAP_BIND_PASSWORD", ldap::READER_PASSWORD.to_owned()),
        ("LDAP_BASE_DN", format!("ou=people,{}", ldap::BASE)),
        ("LDAP_LOGIN_ATTRIBUTES", "mail,uid".to_owned()),
        ("LDAP_ID_ATTRIBUTE", "uid".to_owned()),
    ];
    scripts.configuration = values
        .into_iter()
        .map(|(name, value)| {
            let instead = other.iter().find(|(changed, _)| *changed == name);
            (name.to_owned(), instead.map_or(value, |(_, value)| (*value).to_owned()))
        })
        .collect();
    scripts
}

fn scripts_allowed(server: &Ldap) -> Vec<legacy::Endpoint> {
    scripts(server).allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_service_account_is_a_failed_connection() {
    let server = Ldap::start();
    for (changed, value) in
        [("LDAP_BIND_PASSWORD", "wr0ng-Passw0rd-1138"), ("LDAP_BIND_DN", "cn=nobody, dc=example,dc=org")]
    {
        let scripts = templates(&server, &[(changed, value)]);
        for (action, file, arguments) in [
            (Action::Login, "login.js", vec![json!(ADA), json!(ldap::ADA_PASSWORD)]),
            (Action::GetUser, "get_user.js", vec![json!(ADA)]),
        ] {
            let (record, _) = scripts.alone(Writes::RolledBack, file, &arguments).await;
            assert_eq!(Outcome::of(action, &record.ending), Outcome::ConnectionFailed, "{:?}", record.ending);
            assert_eq!(error(&record).class, "InvalidCredentialsError", "the package's own error");
            let cause = record.cause.as_ref().unwrap();
            assert!(cause.message.starts_with("bind as service account cn="), "{cause:?}");
            assert!(cause.message.ends_with("invalidCredentials (49)"), "{cause:?}");
            let hint = cause.hint.as_deref().unwrap();
            assert!(
                hint.contains("configuration.LDAP_BIND_DN") && hint.contains("not the person who logs in"),
                "{hint}"
            );
            let told = record.trace.iter().find(|entry| entry.error.is_some()).unwrap();
            assert_eq!((told.kind, &told.label), (TraceKind::Connect, &format!("ldapjs 127.0.0.1:{}", server.port)));
            assert!(!format!("{:?}", record.trace).contains(value) || changed == "LDAP_BIND_DN");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_text_alone_is_known_by_its_configured_password() {
    let server = Ldap::start();
    let mut scripts = scripts(&server);
    scripts.configuration.push(("SERVICE_PASSWORD".to_owned(), "wr0ng-Passw0rd-1138".to_owned()));
    let text = format!(
        "function script(callback) {{
           const client = require('ldapjs').createClient({{ url: configuration.URL }});
           client.bind('{}', PASSWORD, (error) => {{ client.destroy(); callback(error); }});
         }}",
        ldap::READER
    );
    let failed =
        |record: &sandbox::RunRecord| matches!(record.ending, Ending::CalledBack { connection_failed: true, .. });
    let service = text.replace("PASSWORD", "configuration.SERVICE_PASSWORD");
    let (record, _) = scripts.alone_text(Writes::RolledBack, &service).await;
    assert!(failed(&record), "{:?}", record.ending);
    assert!(record.cause.unwrap().hint.unwrap().contains("configuration.SERVICE_PASSWORD"));
    // Nothing says that this is not the person who logs in.
    let (record, _) = scripts.alone_text(Writes::RolledBack, &text.replace("PASSWORD", "'typed'")).await;
    assert!(!failed(&record), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_wrong_password_is_what_the_script_makes_of_it() {
    let server = Ldap::start();
    let scripts = templates(&server, &[]);
    let good = [json!(ADA), json!(ldap::ADA_PASSWORD)];
    let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &good).await;
    assert_eq!(Outcome::of(Action::Login, &record.ending), Outcome::Success, "{:?}", record.ending);
    // Even the service account's own password is no other thing, typed by a person.
    for wrong in ["n0t hers", ldap::READER_PASSWORD] {
        let (record, _) = scripts.alone(Writes::RolledBack, "login.js", &[json!(ADA), json!(wrong)]).await;
        assert_eq!(Outcome::of(Action::Login, &record.ending), Outcome::WrongPassword, "{:?}", record.ending);
        assert!(ended_well(&record), "{:?}", record.ending);
    }
}
