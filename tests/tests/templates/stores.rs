//! A real store per set, all with the same people: Ada (`ada@example.com`, username `ada`, verified) and Grace
//! (`grace@example.com`, not verified), whose password is `correct horse`, and Zoë (`zoe@example.com`).

use acceptance::servers::{
    api, api::Api, free_port, ldap, ldap::Ldap, mariadb, mariadb::MariaDb, mongodb, mongodb::MongoDb, postgres,
    postgres::Postgres,
};
use acceptance::stores::{Scripts, result};
use bson::{doc, oid::ObjectId};
use legacy::Writes;
use serde_json::json;

use crate::place::Place;

/// `correct horse` as bcrypt.
pub(crate) const HASH: &str = "$2b$04$VytuxANJpzzxaTVK7l5Q6utWupfacKmvtccO7knapf7.GzhVk13X2";

/// A set with its store.
pub(crate) struct Store {
    pub(crate) place: Place,
    pub(crate) scripts: Scripts,
    /// What it keeps of a profile, beyond id and e-mail.
    pub(crate) profile: &'static [&'static str],
    /// What a safe try does with a write.
    pub(crate) writes: SafeTry,
    /// Values of the configuration with which the store cannot be used at all.
    pub(crate) outages: Vec<Vec<(&'static str, String)>>,
    /// Everything the store holds, as text.
    pub(crate) state: Box<dyn Fn() -> String>,
}

/// What a safe try does with a write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SafeTry {
    /// It happens and is undone.
    RollsBack,
    /// It is never sent.
    HoldsBack,
}

pub(crate) fn scripts(set: &str, ports: &[u16], configuration: &[(&str, &str)]) -> Scripts {
    let mut scripts = Scripts::of(set);
    let endpoints = ports.iter().flat_map(|port| ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}")));
    scripts.allowed = endpoints.map(|endpoint| endpoint.parse().unwrap()).collect();
    let pair = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    scripts.configuration = configuration.iter().map(pair).collect();
    scripts
}

fn people() -> String {
    format!(
        "INSERT INTO users (email, email_verified, username, given_name, password) VALUES
           ('ada@example.com', TRUE, 'ada', 'Ada', '{HASH}'),
           ('grace@example.com', FALSE, NULL, 'Grace', '{HASH}'),
           ('zoe@example.com', FALSE, NULL, NULL, '{HASH}');"
    )
}

pub(crate) fn postgres() -> Store {
    let (server, closed) = (Postgres::start(), free_port());
    let configuration = [
        ("PG_HOST", "127.0.0.1"),
        ("PG_PORT", &server.port.to_string()),
        ("PG_DATABASE", postgres::DATABASE),
        ("PG_USER", postgres::USER),
        ("PG_PASSWORD", postgres::PASSWORD),
    ];
    let scripts = scripts("postgres", &[server.port, closed], &configuration);
    server.reset(&(scripts.text("schema.sql") + &people()));
    Store {
        place: Place::Sluice,
        scripts,
        profile: &["username", "given_name"],
        writes: SafeTry::RollsBack,
        outages: vec![vec![("PG_PORT", closed.to_string())], vec![("PG_PASSWORD", "not it".to_owned())]],
        state: Box::new(move || server.sql("SELECT * FROM users ORDER BY id")),
    }
}

pub(crate) fn mysql() -> Store {
    let (server, closed) = (MariaDb::start(), free_port());
    let configuration = [
        ("MYSQL_HOST", "127.0.0.1"),
        ("MYSQL_PORT", &server.port.to_string()),
        ("MYSQL_DATABASE", mariadb::DATABASE),
        ("MYSQL_USER", mariadb::USER),
        ("MYSQL_PASSWORD", mariadb::PASSWORD),
    ];
    let scripts = scripts("mysql", &[server.port, closed], &configuration);
    server.reset(&(scripts.text("schema.sql") + &people()));
    Store {
        place: Place::Sluice,
        scripts,
        profile: &["username", "given_name"],
        writes: SafeTry::RollsBack,
        outages: vec![vec![("MYSQL_PORT", closed.to_string())], vec![("MYSQL_PASSWORD", "not it".to_owned())]],
        state: Box::new(move || server.sql("SELECT * FROM users ORDER BY id")),
    }
}

pub(crate) fn sqlite() -> Store {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("legacy.sqlite");
    let mut scripts = scripts("sqlite", &[], &[("SQLITE_FILE", file.to_str().unwrap())]);
    scripts.root = folder.path().to_owned();
    legacy::create_database(&file, &(scripts.text("schema.sql") + &people())).unwrap();
    let absent = folder.path().join("absent.sqlite").display().to_string();
    Store {
        place: Place::Sluice,
        scripts,
        profile: &["username", "given_name"],
        writes: SafeTry::RollsBack,
        outages: vec![vec![("SQLITE_FILE", absent)]],
        state: Box::new(move || format!("{:?}{}", std::fs::read(&file).unwrap(), folder.path().display())),
    }
}

pub(crate) fn basic_auth() -> Store {
    let (server, closed) = (Api::start(), free_port());
    let url = |port: u16, path: &str| format!("http://127.0.0.1:{port}/{path}");
    let configuration =
        [("API_URL", url(server.port, "api/")), ("API_USER", api::USER.into()), ("API_PASSWORD", api::PASSWORD.into())];
    let configuration = configuration.each_ref().map(|(name, value)| (*name, value.as_str()));
    Store {
        place: Place::Sluice,
        scripts: scripts("basic-auth", &[server.port, closed], &configuration),
        profile: &["username", "given_name"],
        writes: SafeTry::HoldsBack,
        outages: vec![
            vec![("API_URL", url(closed, "api"))],
            vec![("API_URL", url(server.port, "down"))],
            vec![("API_PASSWORD", "not it".to_owned())],
        ],
        state: Box::new(move || server.state()),
    }
}

pub(crate) fn json_api(set: &str) -> Store {
    let (server, closed) = (Api::start(), free_port());
    let url = |port: u16, path: &str| format!("http://127.0.0.1:{port}/{path}");
    let configuration = [
        ("API_URL", url(server.port, "api")),
        ("API_TOKEN_URL", url(server.port, "oauth/token")),
        ("API_CLIENT_ID", api::CLIENT_ID.to_owned()),
        ("API_CLIENT_SECRET", api::CLIENT_SECRET.to_owned()),
    ];
    let configuration = configuration.each_ref().map(|(name, value)| (*name, value.as_str()));
    let down = url(server.port, "down");
    Store {
        place: Place::Sluice,
        scripts: scripts(set, &[server.port, closed], &configuration),
        profile: &["username", "given_name"],
        writes: SafeTry::HoldsBack,
        outages: vec![
            vec![("API_URL", url(closed, "api")), ("API_TOKEN_URL", url(closed, "oauth/token"))],
            vec![("API_URL", down.clone()), ("API_TOKEN_URL", format!("{down}/token"))],
            vec![("API_CLIENT_SECRET", "not it".to_owned())],
        ],
        state: Box::new(move || server.state()),
    }
}

pub(crate) fn auth0_tenant() -> Store {
    let (server, closed) = (Api::start(), free_port());
    let configuration = [
        ("auth0_domain", format!("http://127.0.0.1:{}", server.port)),
        ("source_database", "Source-Users".to_owned()),
        ("client_id", api::CLIENT_ID.to_owned()),
        ("client_secret", api::CLIENT_SECRET.to_owned()),
    ];
    let configuration = configuration.each_ref().map(|(name, value)| (*name, value.as_str()));
    Store {
        place: Place::Sluice,
        scripts: scripts("auth0-tenant", &[server.port, closed], &configuration),
        profile: &["username", "given_name"],
        writes: SafeTry::HoldsBack,
        outages: vec![
            vec![("auth0_domain", format!("http://127.0.0.1:{closed}"))],
            vec![("auth0_domain", format!("http://127.0.0.1:{}/down", server.port))],
            vec![("client_secret", "not it".to_owned())],
        ],
        state: Box::new(move || server.state()),
    }
}

/// A replica set has transactions, so a safe try rolls back; a server of its own has none.
pub(crate) fn mongodb(is_replica_set: bool) -> Store {
    let server = MongoDb::start_as(mongodb::Kind { is_replica_set, ..mongodb::Kind::default() });
    let closed = free_port();
    let url = |port: u16| format!("mongodb://127.0.0.1:{port}/?directConnection=true");
    let configuration = [
        ("MONGODB_URI", &*url(server.port)),
        ("MONGODB_DATABASE", mongodb::DATABASE),
        ("MONGODB_COLLECTION", "people"),
    ];
    let scripts = scripts("mongodb", &[server.port, closed], &configuration);
    // As schema.js says it.
    let collation = doc! { "locale": "en", "strength": 2 };
    let email = doc! { "key": { "email": 1 }, "name": "email", "unique": true, "collation": &collation };
    let has_name = doc! { "username": { "$exists": true } };
    let username = doc! {
        "key": { "username": 1 }, "name": "username", "unique": true, "collation": &collation,
        "partialFilterExpression": has_name
    };
    server.command(mongodb::DATABASE, doc! { "createIndexes": "people", "indexes": [email, username] });
    server.command(
        mongodb::DATABASE,
        doc! { "insert": "people", "documents": [
            {
                "_id": ObjectId::new(), "email": "ada@example.com", "email_verified": true, "username": "ada",
                "given_name": "Ada", "password": HASH
            },
            { "_id": ObjectId::new(), "email": "Grace@Example.com", "given_name": "Grace", "password": HASH },
            { "_id": "plain-text-id", "email": "zoe@example.com", "email_verified": false, "password": HASH },
        ] },
    );
    Store {
        place: Place::Sluice,
        scripts,
        profile: &["username", "given_name"],
        writes: if is_replica_set { SafeTry::RollsBack } else { SafeTry::HoldsBack },
        outages: vec![vec![("MONGODB_URI", url(closed))]],
        state: Box::new(move || server.dump()),
    }
}

/// People below `ou=partners`, which also has a referral to a directory that is not there.
pub(crate) async fn ldap() -> Store {
    let (server, closed) = (Ldap::start(), free_port());
    let base = format!("ou=partners,{}", ldap::BASE);
    let configuration = [
        ("LDAP_URL", &*format!("ldaps://127.0.0.1:{}", server.tls_port)),
        ("LDAP_CA", &server.ca),
        ("LDAP_BIND_DN", ldap::ADMIN),
        ("LDAP_BIND_PASSWORD", ldap::ADMIN_PASSWORD),
        ("LDAP_BASE_DN", &base),
        ("LDAP_LOGIN_ATTRIBUTES", "mail,uid"),
        ("LDAP_ID_ATTRIBUTE", "entryUUID"),
        ("LDAP_VERIFIED_ATTRIBUTE", "employeeType"),
    ];
    let scripts = scripts("ldap", &[server.tls_port, closed], &configuration);
    let fill = format!(
        "async function fill(callback) {{
           const ldap = require('ldapjs');
           const client = ldap.createClient({{ url: configuration.LDAP_URL, tlsOptions: {{ ca: configuration.LDAP_CA }} }});
           const call = (method, ...values) => new Promise((done, failed) =>
             client[method](...values, (error) => (error ? failed(error) : done())));
           await call('bind', configuration.LDAP_BIND_DN, configuration.LDAP_BIND_PASSWORD);
           const person = (cn, fields) => call('add', `cn=${{cn}},${{configuration.LDAP_BASE_DN}}`,
             {{ objectClass: 'inetOrgPerson', cn, sn: cn, userPassword: '{{CRYPT}}{HASH}', ...fields }});
           await person('Ada', {{ uid: 'ada', mail: 'ada@example.com', givenName: 'Ada', employeeType: 'TRUE' }});
           await person('Gräce\\\\, H.', {{ mail: 'Grace@Example.com', givenName: 'Grace', employeeType: 'FALSE' }});
           await person('Zoë', {{ mail: 'zoe@example.com' }});
           client.destroy();
           callback(null, true);
         }}"
    );
    assert_eq!(result(&scripts.alone_text(Writes::Committed, &fill).await.0), json!(true));
    Store {
        place: Place::Sluice,
        scripts,
        profile: &["username", "given_name"],
        writes: SafeTry::HoldsBack,
        outages: vec![
            vec![("LDAP_URL", format!("ldaps://127.0.0.1:{closed}"))],
            vec![("LDAP_BIND_PASSWORD", "not it".to_owned())],
            vec![("LDAP_CA", String::new())],
        ],
        state: Box::new(move || server.dump()),
    }
}
