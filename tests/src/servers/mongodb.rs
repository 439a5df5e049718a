//! A server that speaks MongoDB's protocol: SecantusDB from PyPI, which `cargo xtask setup` puts into the target folder. It calls
//! itself a MongoDB 8.2, knows users and roles, TLS, and, as a replica set of one, transactions.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use bson::{Bson, Document, doc, oid::ObjectId};
use tempfile::TempDir;

use super::free_port;

/// A user who may read and write [`DATABASE`].
pub const USER: &str = "app_user";
/// A user who may only read it.
pub const READER: &str = "app_reader";
/// A user who logs in with SCRAM-SHA-1 only, as users from before MongoDB 4 do.
pub const OLD_USER: &str = "old_user";
/// The password of all three.
pub const PASSWORD: &str = "m0ngo Passw:rd/5817";
/// The database.
pub const DATABASE: &str = "app";

/// A running server.
pub struct MongoDb {
    child: Child,
    folder: TempDir,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// The certificate, for `localhost`, PEM; empty without TLS.
    pub certificate: String,
}

/// What a server is started as.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kind {
    /// A replica set of one, which has transactions.
    pub is_replica_set: bool,
    /// With [`USER`], [`READER`] and [`OLD_USER`], one of whom has to log in.
    pub has_users: bool,
    /// Under TLS, and nothing else.
    pub has_tls: bool,
}

impl MongoDb {
    /// A standalone server for anybody, with the users of [`seed`](MongoDb::reset).
    pub fn start() -> MongoDb {
        MongoDb::start_as(Kind::default())
    }

    /// A server of some kind. The seeded users are in it unless somebody has to log in.
    pub fn start_as(kind: Kind) -> MongoDb {
        let folder = tempfile::Builder::new().prefix("mongodb-").tempdir().expect("a temporary folder");
        let (child, port) = launch(&folder, &options(kind, false));
        let mut server = MongoDb { child, folder, port, certificate: String::new() };
        if !kind.has_users && !kind.has_tls {
            server.reset();
            return server;
        }
        server.reset();
        if kind.has_users {
            let role = |role: &str| doc! { "role": role, "db": DATABASE };
            for (user, may, mechanism) in [
                (USER, "readWrite", "SCRAM-SHA-256"),
                (READER, "read", "SCRAM-SHA-256"),
                (OLD_USER, "read", "SCRAM-SHA-1"),
            ] {
                let made =
                    doc! { "createUser": user, "pwd": PASSWORD, "roles": [role(may)], "mechanisms": [mechanism] };
                server.command(DATABASE, made);
            }
        }
        server.kill();
        let mut options = options(kind, true);
        if kind.has_tls {
            let (key, certificate) =
                (server.folder.path().join("key.pem"), server.folder.path().join("certificate.pem"));
            let mut parameters =
                rcgen::CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
            parameters.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
            let pair = rcgen::KeyPair::generate().expect("a key");
            server.certificate = parameters.self_signed(&pair).expect("a certificate").pem();
            std::fs::write(&certificate, &server.certificate).expect("the folder is ours");
            std::fs::write(&key, pair.serialize_pem()).expect("the folder is ours");
            options.extend(["--tls-cert-file".to_owned(), certificate.display().to_string()]);
            options.extend(["--tls-key-file".to_owned(), key.display().to_string()]);
        }
        (server.child, server.port) = launch(&server.folder, &options);
        server
    }

    /// The address, without a user.
    pub fn url(&self) -> String {
        format!("mongodb://127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// The address with a user.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
        format!("mongodb://{user}:{}@localhost:{}/{DATABASE}", encoded.replace('+', "%20"), self.port)
    }

    /// Runs a command as nobody in particular; a server that asks for a user or TLS refuses.
    pub fn command(&self, database: &str, mut body: Document) -> Document {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        body.insert("$db", database);
        let body = body.to_vec().expect("a document");
        let length = i32::try_from(16 + 4 + 1 + body.len()).expect("a short message");
        let head: Vec<u8> = [length, 1, 0, 2013, 0].iter().flat_map(|part| part.to_le_bytes()).chain([0]).collect();
        stream.write_all(&[head, body].concat()).expect("the server reads");
        let mut head = [0; 21];
        stream.read_exact(&mut head).expect("the server answers");
        let length = i32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        let mut rest = vec![0; usize::try_from(length).expect("a length") - 21];
        stream.read_exact(&mut rest).expect("the server answers");
        let answer = Document::from_reader(rest.as_slice()).expect("a document");
        assert_eq!(
            answer.get("ok").and_then(Bson::as_f64).or(answer.get_i32("ok").ok().map(f64::from)),
            Some(1.0),
            "{answer}"
        );
        answer
    }

    /// Empties [`DATABASE`] and puts in two users, with a unique index on `email`.
    pub fn reset(&self) {
        self.command(DATABASE, doc! { "dropDatabase": 1 });
        let index = doc! { "key": { "email": 1 }, "name": "email_1", "unique": true };
        self.command(DATABASE, doc! { "createIndexes": "users", "indexes": [index] });
        self.command(DATABASE, doc! { "insert": "users", "documents": [
            {
                "_id": seeded(1), "email": "ada@example.com", "name": "Ada", "logins": 3, "password": "$2a$10$N9qo8uLOickgx2ZMRZoMye",
                "verified": true, "created": bson::DateTime::from_millis(1_600_000_000_000), "tags": ["admin", "staff"],
                "address": { "city": "London", "zip": "N1" },
            },
            {
                "_id": seeded(2), "email": "bob@example.com", "name": "Bob", "logins": Bson::Int64(9_007_199_254_740_993),
                "verified": false, "created": bson::DateTime::from_millis(1_500_000_000_000), "tags": [], "address": null,
            },
        ] });
    }

    /// All documents of all collections, a line each. Ids that the script's driver made up show as `new`.
    pub fn dump(&self) -> String {
        let batch = |answer: Document| -> Vec<Document> {
            let list =
                answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch")).expect("a batch");
            list.iter().filter_map(|entry| entry.as_document().cloned()).collect()
        };
        let collections = batch(self.command(DATABASE, doc! { "listCollections": 1, "nameOnly": true }));
        let mut names: Vec<String> =
            collections.iter().map(|entry| entry.get_str("name").expect("a name").to_owned()).collect();
        names.sort();
        let mut dump = Vec::new();
        for name in names {
            let all = batch(self.command(DATABASE, doc! { "find": &name, "sort": { "_id": 1 }, "batchSize": 1000 }));
            let mut lines: Vec<String> = all.into_iter().map(|entry| format!("{name}: {}", shown(entry))).collect();
            lines.sort();
            dump.push(format!("{name}:"));
            dump.extend(lines);
        }
        dump.join("\n")
    }

    /// Ends the server at once, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server can be ended");
        self.child.wait().expect("the server ends");
    }

    /// Stops the server where it stands: it keeps its connections and answers nothing. [`MongoDb::kill`] ends it all the same.
    pub fn freeze(&self) {
        let id = self.child.id().to_string();
        let stopped = Command::new("kill").args(["-STOP", &id]).status().expect("kill is there");
        assert!(stopped.success());
    }
}

impl Drop for MongoDb {
    fn drop(&mut self) {
        // Its data is thrown away: no reason to wait for a tidy end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The id of a seeded document.
fn seeded(number: u8) -> ObjectId {
    let mut bytes = [0; 12];
    (bytes[0], bytes[11]) = (0x5f, number);
    ObjectId::from_bytes(bytes)
}

fn shown(document: Document) -> String {
    let text = Bson::Document(document).into_canonical_extjson().to_string();
    let marker = "{\"$oid\":\"";
    let mut parts = text.split(marker);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (id, rest) = part.split_at(24);
        out.push_str(marker);
        out.push_str(if id.starts_with("5f00") { id } else { "new" });
        out.push_str(rest);
    }
    out
}

fn options(kind: Kind, asks: bool) -> Vec<String> {
    let mut options = Vec::new();
    if !kind.is_replica_set {
        options.push("--standalone".to_owned());
    }
    if kind.has_users && asks {
        options.push("--auth".to_owned());
    }
    options
}

fn launch(folder: &TempDir, options: &[String]) -> (Child, u16) {
    for _ in 0..5 {
        let port = free_port();
        let log = std::fs::File::create(folder.path().join("log")).expect("the folder is ours");
        let mut child = Command::new(program())
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--sync-on-commit", "--cache-size", "64M"])
            .arg("--storage-path")
            .arg(folder.path().join("data"))
            .args(options)
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("secantusd-py starts: cargo xtask setup");
        let deadline = Instant::now() + Duration::from_secs(60);
        while child.try_wait().expect("a child can be asked").is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return (child, port);
            }
            assert!(Instant::now() < deadline, "the server on port {port} does not answer within 60 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        // Another process took the port in between; anything else is a fault of the set-up.
        assert!(log.contains("in use"), "the server did not come up:\n{log}");
    }
    panic!("no free port in five attempts");
}

fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("the test has a path");
    let target = tests.ancestors().nth(3).expect("a test lies in target/debug/deps");
    target.join("servers/secantusdb-0.7.0b3/bin/secantusd-py")
}
