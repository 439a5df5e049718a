//! What a script may reach, and whom it trusts, the same for every store: hosts that are not allowed or never reached, in every
//! spelling; certificates that are expired, for another name, by nobody known.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use acceptance::stores::{Scripts, result};
use contract::{Ending, TraceKind};
use legacy::{Endpoint, Policy, Session, SessionOptions, Writes};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sandbox::RunRecord;
use serde_json::{Value, json};

/// How the script of a store connects to `host` and `port`; `tls` is what the store's TLS options are, or undefined.
const STORES: [(&str, &str); 7] = [
    (
        "http",
        "const request = require(tls ? 'https' : 'http').get({ host, port, path: '/', ...tls }, () => done(null));
         request.on('error', done);",
    ),
    (
        "pg",
        "const { Client } = require('pg');
         const client = new Client({ host, port, user: 'x', password: 'x', database: 'x', ssl: tls });
         client.on('error', () => {});
         client.connect(done);",
    ),
    (
        "mysql",
        "const connection = require('mysql').createConnection({ host, port, user: 'x', ssl: tls });
         connection.on('error', () => {});
         connection.connect(done);",
    ),
    (
        "mysql2",
        "const connection = require('mysql2').createConnection({ host, port, user: 'x', ssl: tls && { ...tls, verifyIdentity: true } });
         connection.on('error', done);",
    ),
    (
        "ldapjs",
        "const url = `${tls ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
         const client = require('ldapjs').createClient({ url, tlsOptions: tls });
         client.once('error', done);
         client.bind('cn=x', 'y', done);",
    ),
    (
        "mongodb",
        "const { MongoClient } = require('mongodb');
         const url = `mongodb://${host.includes(':') ? `[${host}]` : host}:${port}/x`;
         const more = tls ? { tls: true, ca: tls.ca, tlsAllowInvalidCertificates: tls.rejectUnauthorized === false } : {};
         new MongoClient(url, { serverSelectionTimeoutMS: 300, directConnection: true, ...more }).connect().then(() => done(null), done);",
    ),
    (
        "tedious",
        "const { Connection } = require('tedious');
         const authentication = { type: 'default', options: { userName: 'x', password: 'y' } };
         const connection = new Connection({ server: host, authentication, options: { port, connectTimeout: 2000, encrypt: false } });
         connection.on('connect', done);
         connection.connect();",
    ),
];

fn script(store: &str, host: &str, port: u16, tls: &str) -> String {
    let (_, connects) = STORES.iter().find(|(name, _)| *name == store).unwrap();
    format!(
        "function script(callback) {{
           const host = {}, port = {port}, tls = {tls};
           let told = false;
           const done = (error) => {{
             if (told) return;
             told = true;
             callback(null, error ? [String(error.code), String(error.message)] : ['connected']);
           }};
           {connects}
         }}",
        json!(host)
    )
}

fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint::Host { host: host.to_owned(), port }
}

/// The policy's words in the trace; fails when the run reached anything.
fn refusal(record: &RunRecord) -> String {
    let Ending::CalledBack { connection_failed: false, blocked: true, .. } = record.ending else {
        panic!("{:?}\n{:?}", record.ending, record.trace)
    };
    let mut entries = record.trace.iter().filter(|entry| entry.kind == TraceKind::Blocked);
    entries.next().and_then(|entry| entry.error.clone()).unwrap_or_else(|| panic!("{:?}", record.trace))
}

#[tokio::test(flavor = "multi_thread")]
async fn some_addresses_are_never_reached_from_any_store_in_any_spelling() {
    let hosts = [
        "169.254.169.254",
        "169.254.10.20",
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "0xa9fea9fe",
        "0xA9.0xFE.0xA9.0xFE",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
        "0.0.0.0",
        "metadata.google.internal",
        "metadata.google.internal.",
    ];
    let mut scripts = Scripts::of("postgres");
    // Even listed ones.
    scripts.allowed = hosts.iter().map(|host| endpoint(host, 80)).collect();
    scripts.allowed.push(endpoint("169.254.169.254", 80));
    for (store, _) in STORES {
        for host in hosts {
            let (record, _) = scripts.alone_text(Writes::Committed, &script(store, host, 80, "undefined")).await;
            let told = refusal(&record);
            assert!(told.contains("never connected to"), "{store} {host}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_names_and_ports_are_reached_from_any_store() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut scripts = Scripts::of("postgres");
    // The name is listed; its address, its spelling with a dot, and another port are not.
    scripts.allowed = vec![endpoint("localhost", port), endpoint("127.0.0.1", port - 1)];
    for (store, _) in STORES {
        for host in ["127.0.0.1", "localhost.", "10.1.2.3", "::1", "::ffff:127.0.0.1", "other.example"] {
            let (record, _) = scripts.alone_text(Writes::Committed, &script(store, host, port, "undefined")).await;
            let told = refusal(&record);
            assert!(told.contains("is not among the hosts this connection may reach"), "{store} {host}: {told}");
        }
    }
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody connected");
}

/// What Node's own errors of `connect` have, a refusal has as well, where a script of the store can see it.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_where_the_script_wanted_to_go() {
    let scripts = Scripts::of("postgres");
    for store in ["http", "pg", "mysql", "mysql2", "ldapjs"] {
        for (host, fields) in [
            ("10.1.2.3", json!(["ERR_SLUICE_POLICY", null, "connect", "10.1.2.3", 4711, null])),
            ("other.example", json!(["ERR_SLUICE_POLICY", null, "connect", null, 4711, "other.example"])),
            ("169.254.169.254", json!(["ERR_SLUICE_POLICY", null, "connect", "169.254.169.254", 4711, null])),
        ] {
            let text = script(store, host, 4711, "undefined").replace(
                "[String(error.code), String(error.message)]",
                "[error.code, error.errno, error.syscall, error.address, error.port, error.hostname]",
            );
            let (record, _) = scripts.alone_text(Writes::Committed, &text).await;
            assert_eq!(result(&record), fields, "{store} {host}");
        }
    }
    // An allowed name with an address that is never connected to.
    let (server, _) = name_server(&[[169, 254, 169, 254]]);
    let policy = Policy::new(scripts.root.clone(), vec![endpoint("store.example", 4711)]).asking(server);
    let options = SessionOptions { policy, writes: Writes::Committed, limits: scripts.limits.clone() };
    let session = Session::new(options);
    let text = script("pg", "store.example", 4711, "undefined").replace(
        "String(error.code), String(error.message)",
        "error.syscall, error.address, error.port, error.hostname",
    );
    let record = scripts.run_text(&session, "script.js", &text, &[]).await;
    assert_eq!(result(&record), json!(["connect", "169.254.169.254", 4711, "store.example"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_to_no_forbidden_host_with_any_client() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 2048];
            let read = stream.read(&mut head).unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let to = head.split(['?', ' ']).nth(2).unwrap_or_default();
            let _ = stream.write_all(
                format!("HTTP/1.1 302 Found\r\nLocation: http://{to}/\r\nContent-Length: 0\r\n\r\n").as_bytes(),
            );
        }
    });
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = vec![endpoint("127.0.0.1", port)];
    let clients = [
        ("fetch", "fetch(url).then(() => done(null), done);"),
        ("axios", "require('axios').get(url).then(() => done(null), done);"),
        ("request", "require('request')(url, done);"),
        ("node-fetch", "require('node-fetch')(url).then(() => done(null), done);"),
    ];
    for (client, asks) in clients {
        for to in ["169.254.169.254", "[::ffff:169.254.169.254]", "0xa9fea9fe", "10.1.2.3:8080"] {
            let text = format!(
                "function script(callback) {{
                   const url = 'http://127.0.0.1:{port}/?{to}';
                   const done = (error) => callback(null, error ? String(error.message) : 'followed');
                   {asks}
                 }}"
            );
            let (record, _) = scripts.alone_text(Writes::Committed, &text).await;
            assert_ne!(result(&record), json!("followed"), "{client} {to}");
            let told = refusal(&record);
            assert!(
                told.contains("never connected to") || told.contains("is not among the hosts"),
                "{client} {to}: {told}"
            );
        }
    }
}

/// A name server that gives its addresses one after the other, the last one for ever, and counts how often it gave one.
fn name_server(addresses: &'static [[u8; 4]]) -> (SocketAddr, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let (at, asked) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            // The question: twelve bytes of head, the name up to a zero, type, class.
            let end = 12 + question[12..length].iter().position(|byte| *byte == 0).unwrap() + 5;
            let is_address = question[end - 4..end - 2] == [0, 1];
            let mut answer =
                [&question[..2], &[0x81, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0], &question[12..end]].concat();
            if is_address {
                let place = count.fetch_add(1, Ordering::SeqCst).min(addresses.len() - 1);
                answer.extend([&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4][..], &addresses[place]].concat());
            }
            let _ = socket.send_to(&answer, from);
        }
    });
    (at, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changes_its_address_leads_nowhere_else() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let came = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&came);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream);
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let scripts = Scripts::of("postgres");
    for store in ["http", "pg", "mysql", "mysql2", "ldapjs"] {
        let (server, asked) = name_server(&[[127, 0, 0, 1], [169, 254, 169, 254]]);
        let policy = Policy::new(scripts.root.clone(), vec![endpoint("store.example", port)]).asking(server);
        let options = SessionOptions { policy, writes: Writes::Committed, limits: scripts.limits.clone() };
        let before = came.load(Ordering::SeqCst);
        let text = script(store, "store.example", port, "undefined");
        let session = Session::new(options);
        let first = scripts.run_text(&session, "script.js", &text, &[]).await;
        assert!(matches!(first.ending, Ending::CalledBack { blocked: false, .. }), "{store}: {:?}", first.trace);
        // Asked once, checked, and connected to what was checked.
        assert_eq!(
            (asked.load(Ordering::SeqCst), came.load(Ordering::SeqCst) - before),
            (1, 1),
            "{store}: {:?}",
            first.trace
        );
        let second = scripts.run_text(&session, "script.js", &text, &[]).await;
        let told = refusal(&second);
        assert!(told.contains("never connected to"), "{store}: {told}");
        assert_eq!(came.load(Ordering::SeqCst) - before, 1, "{store}");
        session.finish().await;
    }
}

/// `fixtures/tls/server.mjs`.
struct TlsServer {
    child: Child,
    ports: Value,
    /// The CA that the script trusts, PEM.
    ca: String,
}

impl TlsServer {
    fn start() -> TlsServer {
        let (ca_pem, ca) = authority("Known CA");
        let (_, other) = authority("Unknown CA");
        let certificates = json!({
            "good": leaf("localhost", Some(&ca), false),
            "expired": leaf("localhost", Some(&ca), true),
            "other name": leaf("other.example", Some(&ca), false),
            "unknown issuer": leaf("localhost", Some(&other), false),
            "self-signed": leaf("localhost", None, false),
        });
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/server.mjs"))
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(certificates.to_string().as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        TlsServer { child, ports: serde_json::from_str(&line).unwrap(), ca: ca_pem }
    }

    fn port(&self, certificate: &str, store: &str) -> u16 {
        let door = if store.starts_with("mysql") { "mysql" } else { "first" };
        self.ports[certificate][door].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it keeps nothing
        let _ = self.child.wait();
    }
}

fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = parameters.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(parameters, key))
}

fn leaf(name: &str, issuer: Option<&Issuer<'static, KeyPair>>, has_expired: bool) -> Value {
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    if has_expired {
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = match issuer {
        Some(issuer) => parameters.signed_by(&key, issuer).unwrap(),
        None => parameters.self_signed(&key).unwrap(),
    };
    json!({ "cert": certificate.pem(), "key": key.serialize_pem() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_certificate_is_refused_by_every_store_and_the_reason_is_named() {
    let server = TlsServer::start();
    let mut scripts = Scripts::of("postgres");
    scripts.configuration.push(("CA".to_owned(), server.ca.clone()));
    for certificate in ["good", "expired", "other name", "unknown issuer", "self-signed"] {
        for door in ["http", "mysql"] {
            scripts.allowed.push(endpoint("localhost", server.port(certificate, door)));
        }
    }
    let reasons = [
        ("expired", "certificate has expired"),
        ("other name", "Hostname/IP does not match certificate's altnames"),
        ("unknown issuer", "unable to verify the first certificate"),
        ("self-signed", "self-signed certificate"),
    ];
    for store in ["http", "pg", "mysql", "mysql2", "ldapjs", "mongodb"] {
        for (certificate, reason) in reasons {
            if (store, certificate) == ("mysql", "other name") {
                continue; // as in Node, mysql does not check the name
            }
            let text = script(store, "localhost", server.port(certificate, store), "{ ca: configuration.CA }");
            let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
            let told = result(&record)[1].as_str().unwrap_or_default().to_owned();
            assert!(told.contains(reason), "{store} {certificate}: {told}\n{:?}", record.trace);
            assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
        }
        // A good one is taken; the server then hangs up, which is told in other words.
        for (certificate, options) in
            [("good", "{ ca: configuration.CA }"), ("self-signed", "{ rejectUnauthorized: false }")]
        {
            let text = script(store, "localhost", server.port(certificate, store), options);
            let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
            let told = result(&record)[1].as_str().unwrap_or_default().to_owned();
            let is_about_tls = ["certificate", "altnames", "TLS", "SSL"].iter().any(|word| told.contains(word));
            assert!(!told.is_empty() && !is_about_tls, "{store} {certificate}: {told}");
            let warned = record.warnings.iter().any(|warning| warning.rule == "tls_not_verified");
            assert_eq!(warned, options.contains("rejectUnauthorized"), "{store}: {:?}", record.warnings);
        }
    }
}
