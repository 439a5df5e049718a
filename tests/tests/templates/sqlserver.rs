//! The sets on SQL Server, on the TDS server of the tests: its protocol and transactions are real, its SQL is SQLite's. Password
//! hashes were made with Python's hashlib.

use acceptance::servers::{
    free_port,
    sqlserver::{DATABASE, PASSWORD, SqlServer, USER},
};
use acceptance::stores::Scripts;
use contract::{Action, Outcome};
use legacy::Writes;
use serde_json::json;

use crate::place::{Place, call};
use crate::stores::{HASH, SafeTry, Store, scripts};

/// `correct horse` by ASP.NET Membership; the salt is the bytes 0 to 15.
const MVC3: &str = "JvJFRXJBPdNAfdYjlOegAOHD2dOYami6T5HZ2ifKiuU=";
const MVC3_SALT: &str = "AAECAwQFBgcICQoLDA0ODw==";
/// By SimpleMembership, which is version 2 of ASP.NET Identity.
const V2: &str = "ABAREhMUFRYXGBkaGxwdHh91YBDwDIng+a/tNrkoQuMHSipO8rKcKAfRQ/8lKCHymg==";
/// By ASP.NET Core Identity: SHA-256 with 10,000 rounds, SHA-512 with 100,000, SHA-1 with 500 and a key of 20 bytes.
const V3: [&str; 3] = [
    "AQAAAAEAACcQAAAAEDAxMjM0NTY3ODk6Ozw9Pj9QoSuo44FBgAK/mNrBo3m4H3AIg2LzBvBOG+efbeFmCQ==",
    "AQAAAAIAAYagAAAAEEBBQkNERUZHSElKS0xNTk+MiLgHdTKuIFpqmg/3OuKS7MAcZ3iA+nE89qmfHdBFjg==",
    "AQAAAAAAAAH0AAAAClBRUlNUVVZXWFlgUKWKv7kfbtZ8v755H+CcK92Rag==",
];
/// A GUID for schemas that make one up.
const APPLICATION: &str = "'6f9619ff-8b86-d011-b42d-00c04fc964ff'";

fn store(set: &str, profile: &'static [&'static str], seed: &dyn Fn(&Scripts) -> String) -> Store {
    let (server, closed) = (SqlServer::start(), free_port());
    let configuration = [
        ("SQLSERVER_HOST", "localhost"),
        ("SQLSERVER_PORT", &server.port.to_string()),
        ("SQLSERVER_DATABASE", DATABASE),
        ("SQLSERVER_USER", USER),
        ("SQLSERVER_PASSWORD", PASSWORD),
        ("SQLSERVER_CA", &server.certificate),
    ];
    let scripts = scripts(set, &[server.port, closed], &configuration);
    server.reset(&seed(&scripts));
    Store {
        place: Place::Sluice,
        scripts,
        profile,
        writes: SafeTry::RollsBack,
        outages: vec![
            vec![("SQLSERVER_PORT", closed.to_string())],
            vec![("SQLSERVER_PASSWORD", "not it".to_owned())],
            vec![("SQLSERVER_CA", String::new())],
        ],
        state: Box::new(move || server.dump()),
    }
}

pub(crate) fn sqlserver() -> Store {
    store("sqlserver", &["username", "given_name"], &|scripts| {
        let person = |email: &str, verified: u8, username: &str, name: &str| {
            format!(
                "INSERT INTO dbo.users (email, email_verified, username, given_name, password)
                 VALUES ('{email}', {verified}, {username}, {name}, '{HASH}');"
            )
        };
        [
            scripts.text("schema.sql"),
            person("ada@example.com", 1, "'ada'", "'Ada'"),
            person("Grace@Example.com", 0, "NULL", "'Grace'"),
            person("zoe@example.com", 0, "NULL", "NULL"),
        ]
        .concat()
    })
}

pub(crate) fn mvc3() -> Store {
    store("aspnet-membership-mvc3", &["username"], &|scripts| {
        let person = |id: u8, email: &str, username: &str, approved: u8| {
            format!(
                "INSERT INTO Users (UserId, ApplicationId, UserName, IsAnonymous, LastActivityDate)
                 VALUES ('0000000{id}-aaaa-bbbb-cccc-000000000000', {APPLICATION}, '{username}', 0, '20120101');
                 INSERT INTO Memberships (UserId, ApplicationId, Password, PasswordFormat, PasswordSalt, Email, IsApproved,
                   IsLockedOut, CreateDate, LastLoginDate, LastPasswordChangedDate, LastLockoutDate, FailedPasswordAttemptCount,
                   FailedPasswordAttemptWindowStart, FailedPasswordAnswerAttemptCount, FailedPasswordAnswerAttemptWindowsStart)
                 VALUES ('0000000{id}-aaaa-bbbb-cccc-000000000000', {APPLICATION}, '{MVC3}', 1, '{MVC3_SALT}', '{email}',
                   {approved}, 0, '20120101', '20120101', '20120101', '17540101', 0, '17540101', 0, '17540101');"
            )
        };
        [
            scripts.text("schema.sql").replace("NEWID()", APPLICATION),
            person(3, "ada@example.com", "ada", 1),
            person(1, "Grace@Example.com", "grace@example.com", 0),
            person(2, "zoe@example.com", "zoe@example.com", 0),
        ]
        .concat()
    })
}

pub(crate) fn mvc4() -> Store {
    store("aspnet-simple-membership-mvc4", &[], &|scripts| {
        let person = |id: u8, email: &str, confirmed: &str| {
            format!(
                "INSERT INTO UserProfile (UserId, UserName) VALUES ({id}, '{email}');
                 INSERT INTO webpages_Membership (UserId, IsConfirmed, Password, PasswordSalt)
                 VALUES ({id}, {confirmed}, '{V2}', '');"
            )
        };
        [
            scripts.text("schema.sql"),
            person(1, "ada@example.com", "1"),
            person(2, "Grace@Example.com", "NULL"),
            person(3, "zoe@example.com", "0"),
        ]
        .concat()
    })
}

fn identity_user(id: u8, email: &str, username: &str, confirmed: u8, hash: &str) -> String {
    format!(
        "INSERT INTO AspNetUsers (Id, UserName, Email, EmailConfirmed, PasswordHash, PhoneNumberConfirmed, TwoFactorEnabled,
           LockoutEnabled, AccessFailedCount)
         VALUES ('0000000{id}-AAAA-bbbb-cccc-000000000000', '{username}', '{email}', {confirmed}, {hash}, 0, 0, 1, 0);"
    )
}

fn identity_people() -> String {
    [
        identity_user(1, "ada@example.com", "ada", 1, &format!("'{}'", V3[0])),
        identity_user(2, "Grace@Example.com", "grace@example.com", 0, &format!("'{V2}'")),
        identity_user(3, "zoe@example.com", "zoe@example.com", 0, &format!("'{}'", V3[2])),
    ]
    .concat()
}

pub(crate) fn identity() -> Store {
    let mut store = store("aspnet-identity", &["username"], &|scripts| scripts.text("schema.sql") + &identity_people());
    let more = [("IDENTITY_VERSION", "core"), ("IDENTITY_ROUNDS", "1000")];
    store.scripts.configuration.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    store
}

/// The table of ASP.NET Identity 2 is another one.
pub(crate) fn identity_2() -> Store {
    let mut store = store("aspnet-identity", &["username"], &|_| {
        "CREATE TABLE AspNetUsers (
           Id nvarchar(128) NOT NULL PRIMARY KEY, Email nvarchar(256) NULL, EmailConfirmed bit NOT NULL,
           PasswordHash nvarchar(4000) NULL, SecurityStamp nvarchar(4000) NULL, PhoneNumber nvarchar(4000) NULL,
           PhoneNumberConfirmed bit NOT NULL, TwoFactorEnabled bit NOT NULL, LockoutEndDateUtc datetime NULL,
           LockoutEnabled bit NOT NULL, AccessFailedCount int NOT NULL, UserName nvarchar(256) NOT NULL
         ); CREATE UNIQUE INDEX UserNameIndex ON AspNetUsers (UserName);"
            .to_owned()
            + &identity_people()
    });
    store.scripts.configuration.push(("IDENTITY_VERSION".to_owned(), "2".to_owned()));
    store
}

/// Logs in as somebody; the outcome.
async fn outcome(store: &Store, identifier: &str, password: &str) -> Outcome {
    let arguments = [json!(identifier), json!(password)];
    call(store, Writes::RolledBack, "login.js", &arguments).await.outcome(Action::Login)
}

#[tokio::test]
async fn every_hash_of_asp_net_identity_is_read_and_what_is_none_is_trouble() {
    let odd = ["'AQAAAAMAACcQAAAAEDAxMjM0NTY3ODk6Ozw9Pj9QoSs='", "'$2b$04$no'", "'AQAAAAEAACcQ/////w=='", "'!'"];
    let hashes = [&V3.map(|hash| format!("'{hash}'"))[..], &[format!("'{V2}'"), "NULL".to_owned()]].concat();
    let all: Vec<&str> = hashes.iter().map(String::as_str).chain(odd).collect();
    let seed: String = (1..)
        .zip(&all)
        .map(|(id, hash)| identity_user(id, &format!("u{id}@example.com"), &format!("u{id}"), 1, hash))
        .collect();
    let store = store("aspnet-identity", &[], &|scripts| scripts.text("schema.sql") + &seed);
    for (id, hash) in (1..).zip(&all) {
        let (right, wrong) = match id {
            1..=4 => (Outcome::Success, Outcome::WrongPassword),
            5 => (Outcome::WrongPassword, Outcome::WrongPassword), // no password at all
            _ => (Outcome::ScriptError, Outcome::ScriptError),
        };
        assert_eq!(outcome(&store, &format!("u{id}"), "correct horse").await, right, "{hash}");
        assert_eq!(outcome(&store, &format!("u{id}"), "correct horsf").await, wrong, "{hash}");
    }
}

#[tokio::test]
async fn who_is_locked_is_told_so_after_the_right_password_only() {
    let locked = [
        store("aspnet-membership-mvc3", &[], &|scripts| {
            let schema = scripts.text("schema.sql").replace("NEWID()", APPLICATION);
            format!(
                "{schema} INSERT INTO Users VALUES ('id-1', {APPLICATION}, 'lock@example.com', 0, '20120101');
                 INSERT INTO Memberships VALUES ('id-1', {APPLICATION}, '{MVC3}', 1, '{MVC3_SALT}', 'lock@example.com', NULL, NULL,
                   1, 1, '20120101', '20120101', '20120101', '20120101', 0, '17540101', 0, '17540101', NULL);"
            )
        }),
        store("aspnet-identity", &[], &|scripts| {
            let user = identity_user(1, "lock@example.com", "lock", 1, &format!("'{V2}'"));
            scripts.text("schema.sql") + &user + "UPDATE AspNetUsers SET LockoutEnd = '9999-12-31T23:59:59+00:00';"
        }),
    ];
    for store in locked {
        assert_eq!(outcome(&store, "lock@example.com", "correct horse").await, Outcome::MessageToUser);
        assert_eq!(outcome(&store, "lock@example.com", "wrong").await, Outcome::WrongPassword);
    }
}

#[tokio::test]
async fn a_password_that_is_not_hashed_is_trouble_and_not_wrong() {
    let store = store("aspnet-membership-mvc3", &[], &|scripts| {
        let schema = scripts.text("schema.sql").replace("NEWID()", APPLICATION);
        format!(
            "{schema} INSERT INTO Users VALUES ('id-1', {APPLICATION}, 'plain@example.com', 0, '20120101');
             INSERT INTO Memberships VALUES ('id-1', {APPLICATION}, 'correct horse', 0, '', 'plain@example.com', NULL, NULL, 1, 0,
               '20120101', '20120101', '20120101', '20120101', 0, '17540101', 0, '17540101', NULL);"
        )
    });
    assert_eq!(outcome(&store, "plain@example.com", "correct horse").await, Outcome::ScriptError);
}
