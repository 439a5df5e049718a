//! The servers of `acceptance::servers`, and a SQLite file, as databases of parity cases.

use std::future::Future;

use legacy::Endpoint;
use sqlx::{Column as _, Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::{runtime::Handle, task::block_in_place};

use super::Database;
use crate::servers::{
    cloud, http, ldap,
    mariadb::{self, MariaDb},
    mongodb::{self, MongoDb},
    postgres,
    sqlserver::{self, SqlServer},
};

/// A PostgreSQL server; scripts find `PG_HOST`, `PG_PORT`, `PG_DATABASE`, `PG_USER`, `PG_PASSWORD`, `PG_URL`.
pub struct Postgres(pub postgres::Postgres);

impl Database for Postgres {
    fn reset(&self, seed: &str) {
        self.0.reset(seed);
    }

    fn dump(&self) -> String {
        self.0.dump()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        let port = self.0.port.to_string();
        pairs(&[
            ("PG_HOST", "127.0.0.1"),
            ("PG_PORT", &port),
            ("PG_DATABASE", postgres::DATABASE),
            ("PG_USER", postgres::USER),
            ("PG_PASSWORD", postgres::PASSWORD),
            ("PG_URL", &self.0.url(postgres::USER, postgres::PASSWORD, "")),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        local(&[self.0.port, CLOSED])
    }
}

/// A MariaDB server; scripts find `MYSQL_HOST`, `MYSQL_PORT`, `MYSQL_DATABASE`, `MYSQL_USER`, `MYSQL_PASSWORD`.
pub struct Maria(pub MariaDb);

impl Database for Maria {
    fn reset(&self, seed: &str) {
        self.0.reset(seed);
    }

    fn dump(&self) -> String {
        self.0.dump()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        let port = self.0.port.to_string();
        pairs(&[
            ("MYSQL_HOST", "127.0.0.1"),
            ("MYSQL_PORT", &port),
            ("MYSQL_DATABASE", mariadb::DATABASE),
            ("MYSQL_USER", mariadb::USER),
            ("MYSQL_PASSWORD", mariadb::PASSWORD),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        local(&[self.0.port, CLOSED])
    }
}

/// A TDS server; scripts find `SQLSERVER_HOST`, `SQLSERVER_PORT`, `SQLSERVER_DATABASE`, `SQLSERVER_USER`, `SQLSERVER_PASSWORD`,
/// `SQLSERVER_CA` (for localhost and 127.0.0.1).
pub struct Tds(pub SqlServer);

impl Database for Tds {
    fn reset(&self, seed: &str) {
        self.0.reset(seed);
    }

    fn dump(&self) -> String {
        self.0.dump()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        pairs(&[
            ("SQLSERVER_HOST", "127.0.0.1"),
            ("SQLSERVER_PORT", &self.0.port.to_string()),
            ("SQLSERVER_DATABASE", sqlserver::DATABASE),
            ("SQLSERVER_USER", sqlserver::USER),
            ("SQLSERVER_PASSWORD", sqlserver::PASSWORD),
            ("SQLSERVER_CA", &self.0.certificate),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let mut endpoints = local(&[self.0.port, CLOSED]);
        endpoints.push(Endpoint::Host { host: "localhost".to_owned(), port: self.0.port });
        endpoints
    }
}

/// Two MongoDB-wire servers: one for anybody, and one under TLS (by name, as its certificate says) with users. Scripts find
/// `MONGO_URL`, `MONGO_PORT`, `MONGO_TLS_PORT`, `MONGO_TLS_URL`, `MONGO_CA`, `MONGO_USER`, `MONGO_PASSWORD`.
pub struct Mongo {
    open: MongoDb,
    closed: MongoDb,
}

impl Mongo {
    /// Starts both.
    pub fn start() -> Mongo {
        let closed = mongodb::Kind { has_users: true, has_tls: true, ..mongodb::Kind::default() };
        Mongo { open: MongoDb::start(), closed: MongoDb::start_as(closed) }
    }
}

impl Database for Mongo {
    fn reset(&self, _seed: &str) {
        self.open.reset();
    }

    fn dump(&self) -> String {
        self.open.dump()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        pairs(&[
            ("MONGO_URL", &self.open.url()),
            ("MONGO_PORT", &self.open.port.to_string()),
            ("MONGO_TLS_PORT", &self.closed.port.to_string()),
            ("MONGO_TLS_URL", &format!("{}?tls=true", self.closed.url_as(mongodb::USER, mongodb::PASSWORD))),
            ("MONGO_CA", &self.closed.certificate),
            ("MONGO_USER", mongodb::USER),
            ("MONGO_PASSWORD", mongodb::PASSWORD),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let mut endpoints = local(&[self.open.port, self.closed.port, CLOSED]);
        endpoints.push(Endpoint::Host { host: "localhost".to_owned(), port: self.closed.port });
        endpoints
    }
}

/// An HTTP server; scripts find `HTTP_URL`, `HTTPS_URL` (by name, as its certificate says) and `HTTPS_CA`.
pub struct Http(pub http::Http);

impl Database for Http {
    fn reset(&self, _seed: &str) {}

    fn dump(&self) -> String {
        String::new()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        pairs(&[
            ("HTTP_URL", &format!("http://127.0.0.1:{}", self.0.port)),
            ("HTTPS_URL", &format!("https://localhost:{}", self.0.tls_port)),
            ("HTTPS_CA", &self.0.certificate),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        // `fetch` refuses port 1 by itself.
        let mut endpoints = local(&[self.0.port, self.0.tls_port, CLOSED, 2]);
        endpoints.push(Endpoint::Host { host: "localhost".to_owned(), port: self.0.tls_port });
        endpoints
    }
}

/// Services in the cloud; scripts find `CLOUD_URL` and, for an Auth0 tenant, `CLOUD_DOMAIN` (by name, as its certificate says).
pub struct Cloud(pub cloud::Cloud);

impl Database for Cloud {
    fn reset(&self, _seed: &str) {
        self.0.reset();
    }

    fn dump(&self) -> String {
        format!("{:#}", self.0.dump())
    }

    fn configuration(&self) -> Vec<(String, String)> {
        pairs(&[
            ("CLOUD_URL", &format!("http://127.0.0.1:{}", self.0.port)),
            ("CLOUD_DOMAIN", &format!("localhost:{}", self.0.tls_port)),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let mut endpoints = local(&[self.0.port, CLOSED, 2]);
        endpoints.push(Endpoint::Host { host: "localhost".to_owned(), port: self.0.tls_port });
        endpoints
    }
}

/// An LDAP server; scripts find `LDAP_URL`, `LDAPS_URL` (by name, as its certificate says), `LDAP_CA`, `LDAP_BASE`, and the
/// accounts `LDAP_ADMIN`, `LDAP_READER` with `LDAP_ADMIN_PASSWORD`, `LDAP_READER_PASSWORD`.
pub struct Ldap(pub ldap::Ldap);

impl Database for Ldap {
    fn reset(&self, _seed: &str) {
        self.0.reset();
    }

    fn dump(&self) -> String {
        self.0.dump()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        pairs(&[
            ("LDAP_URL", &format!("ldap://127.0.0.1:{}", self.0.port)),
            ("LDAP_NAMED_URL", &format!("ldap://localhost:{}", self.0.port)),
            ("LDAPS_URL", &format!("ldaps://localhost:{}", self.0.tls_port)),
            ("LDAP_CA", &self.0.ca),
            ("LDAP_BASE", ldap::BASE),
            ("LDAP_ADMIN", ldap::ADMIN),
            ("LDAP_ADMIN_PASSWORD", ldap::ADMIN_PASSWORD),
            ("LDAP_READER", ldap::READER),
            ("LDAP_READER_PASSWORD", ldap::READER_PASSWORD),
        ])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let mut endpoints = local(&[self.0.port, self.0.tls_port, CLOSED]);
        let named = [self.0.port, self.0.tls_port].map(|port| Endpoint::Host { host: "localhost".to_owned(), port });
        endpoints.extend(named);
        endpoints
    }
}

/// A SQLite file; scripts find `SQLITE_FILE`.
pub struct Sqlite(TempDir);

impl Sqlite {
    /// A folder for the file.
    pub fn new() -> Sqlite {
        Sqlite(tempfile::Builder::new().prefix("parity-").tempdir().expect("a temporary folder"))
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("legacy.sqlite")
    }
}

impl Default for Sqlite {
    fn default() -> Sqlite {
        Sqlite::new()
    }
}

impl Database for Sqlite {
    fn reset(&self, seed: &str) {
        for entry in std::fs::read_dir(self.0.path()).expect("the folder is there").flatten() {
            std::fs::remove_file(entry.path()).expect("a file of ours");
        }
        legacy::create_database(&self.file(), seed).expect("the seed is valid");
    }

    fn dump(&self) -> String {
        wait_for(async {
            let options = SqliteConnectOptions::new().filename(self.file()).read_only(true);
            let mut connection = SqliteConnection::connect_with(&options).await.expect("the file opens");
            let tables = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name";
            let mut dump = String::new();
            for row in sqlx::query(tables).fetch_all(&mut connection).await.expect("a schema") {
                let (name, sql): (String, String) = (row.get(0), row.get(1));
                dump.push_str(&format!("{sql};\n"));
                if sql.starts_with("CREATE TABLE") {
                    dump.push_str(&rows(&mut connection, &name).await);
                }
            }
            dump
        })
    }

    fn configuration(&self) -> Vec<(String, String)> {
        pairs(&[("SQLITE_FILE", &self.file().display().to_string())])
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let file = self.file();
        let beside = |more: &str| Endpoint::File(format!("{}{more}", file.display()).into());
        vec![Endpoint::File(file.clone()), beside(".none"), beside(".new"), Endpoint::File(self.0.path().to_owned())]
    }
}

async fn rows(connection: &mut SqliteConnection, table: &str) -> String {
    let all = format!("SELECT * FROM \"{table}\" ORDER BY 1");
    let first = sqlx::query(sqlx::AssertSqlSafe(all)).fetch_optional(&mut *connection).await.expect("a table");
    let Some(first) = first else { return String::new() };
    let columns: Vec<String> = first.columns().iter().map(|column| format!("quote(\"{}\")", column.name())).collect();
    let quoted = format!("SELECT {} FROM \"{table}\" ORDER BY 1", columns.join(" || ', ' || "));
    let rows = sqlx::query(sqlx::AssertSqlSafe(quoted)).fetch_all(connection).await.expect("a table");
    rows.iter().map(|row| format!("  {table}: {}\n", row.get::<String, _>(0))).collect()
}

/// Several at once, for areas that need more than one; none of them is seeded.
pub struct Together(pub Vec<Box<dyn Database>>);

impl Database for Together {
    fn reset(&self, _seed: &str) {
        self.0.iter().for_each(|one| one.reset(""));
    }

    fn dump(&self) -> String {
        self.0.iter().map(|one| one.dump()).collect()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        self.0.iter().flat_map(|one| one.configuration()).collect()
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        self.0.iter().flat_map(|one| one.endpoints()).collect()
    }
}

/// A port where nothing listens, for cases of refused connections.
const CLOSED: u16 = 1;

fn local(ports: &[u16]) -> Vec<Endpoint> {
    ports.iter().map(|&port| Endpoint::Host { host: "127.0.0.1".to_owned(), port }).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    block_in_place(|| Handle::current().block_on(work))
}
