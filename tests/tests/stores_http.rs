//! HTTP as a legacy store: what is held back, what policy and TLS refuse, and that every exchange ends within its limits.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use acceptance::{
    servers::http::Http,
    stores::{Scripts, result},
};
use contract::{Effect, Ending, TraceKind};
use legacy::{Endpoint, Writes};
use sandbox::RunRecord;
use serde_json::{Value, json};

/// A server on a free port that keeps what it was sent and answers as told; each connection has a thread of its own.
struct Raw {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    fn answering(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Raw {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (port, seen) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<String>>>::default());
        let (kept, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, kept, answer) = (stream.unwrap(), Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    let read = stream.read(&mut bytes).unwrap_or(0);
                    kept.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
                    answer(&mut stream);
                });
            }
        });
        Raw { port, seen }
    }

    fn good() -> Raw {
        Raw::answering(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        })
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn scripts(ports: &[u16]) -> Scripts {
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = ports.iter().map(|&port| Endpoint::Host { host: "127.0.0.1".to_owned(), port }).collect();
    scripts.allowed.extend(ports.iter().map(|&port| Endpoint::Host { host: "localhost".to_owned(), port }));
    scripts
}

/// A script that sends one request and calls back with status and body, or with the error's code and message.
fn sends(options: &str, body: &str) -> String {
    format!(
        "function script(callback) {{
           const http = require('http'), https = require('https');
           const options = {options};
           const request = (options.protocol === 'https:' ? https : http).request(options, (response) => {{
             let text = '';
             response.on('data', (chunk) => {{ text += chunk; }});
             response.on('end', () => callback(null, [response.statusCode, text]));
             response.on('error', (error) => callback(null, [error.code, error.message]));
           }});
           request.on('error', (error) => callback(null, [error.code, error.message]));
           request.end({body});
         }}"
    )
}

fn to(port: u16, method: &str, path: &str) -> String {
    format!("{{ host: '127.0.0.1', port: {port}, method: '{method}', path: '{path}' }}")
}

fn only_request(record: &RunRecord) -> &contract::TraceEntry {
    let mut entries = record.trace.iter().filter(|entry| matches!(entry.kind, TraceKind::Http | TraceKind::Blocked));
    let entry = entries.next().expect("a request in the trace");
    assert!(entries.next().is_none());
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_write_is_held_back_and_shown() {
    let server = Raw::good();
    let scripts = scripts(&[server.port]);
    let post = sends(&to(server.port, "POST", "/users"), r#"'{"email":"a@example.com"}'"#);
    let (record, _) = scripts.alone_text(Writes::RolledBack, &post).await;
    assert_eq!(result(&record)[0], json!("ERR_SLUICE_REFUSED"), "{:?}", record.ending);
    assert!(matches!(record.ending, Ending::CalledBack { blocked: true, .. }));
    let entry = only_request(&record);
    let statement = entry.statement.as_ref().unwrap();
    assert_eq!((entry.kind, statement.effect), (TraceKind::Blocked, Effect::Refused));
    assert_eq!(statement.sql, format!("POST http://127.0.0.1:{}/users", server.port));
    assert!(statement.parameters.iter().any(|shown| shown.contains("a@example.com")), "{:?}", statement.parameters);
    assert_eq!(server.seen(), [""; 0], "nothing was sent");

    let (record, _) = scripts.alone_text(Writes::ReadOnly, &post).await;
    assert_eq!(result(&record)[0], json!("ERR_SLUICE_REFUSED"));
    assert!(result(&record)[1].as_str().unwrap().contains("read-only"));
    assert_eq!(server.seen(), [""; 0]);

    let (record, _) = scripts.alone_text(Writes::Committed, &post).await;
    assert_eq!(result(&record), json!([200, "ok"]));
    assert_eq!(only_request(&record).statement.as_ref().unwrap().effect, Effect::Committed);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_and_token_requests_pass() {
    let server = Raw::good();
    let scripts = scripts(&[server.port]);
    let token = r#"'grant_type=client_credentials&client_id=x'"#;
    for (method, path, body) in [("GET", "/users?q=1", ""), ("POST", "/oauth/token", token)] {
        let (record, _) = scripts.alone_text(Writes::RolledBack, &sends(&to(server.port, method, path), body)).await;
        assert_eq!(result(&record), json!([200, "ok"]), "{method}: {:?}", record.ending);
        let entry = only_request(&record);
        assert_eq!((entry.kind, entry.statement.as_ref().unwrap().effect), (TraceKind::Http, Effect::Read));
        assert!(entry.label.ends_with(" · 200 OK"), "{}", entry.label);
    }
    assert!(server.seen()[0].starts_with("GET /users?q=1 HTTP/1.1\r\n"), "{:?}", server.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_asked_for_every_hop() {
    let inside = Raw::good();
    let target = inside.port;
    let outside = Raw::answering(move |stream| {
        let head = format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{target}/\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
    });
    let scripts = scripts(&[outside.port]);
    for host in ["169.254.169.254", "[::ffff:169.254.169.254]", "0xa9fea9fe", "metadata.google.internal", "10.1.2.3"] {
        let text = sends(&format!("{{ host: '{host}', port: 80, method: 'GET', path: '/latest' }}"), "");
        let (record, _) = scripts.alone_text(Writes::Committed, &text).await;
        assert_eq!(result(&record)[0], json!("ERR_SLUICE_POLICY"), "{host}: {:?}", record.ending);
    }
    let fetch = format!(
        "async function script(callback) {{
           const error = await fetch('http://127.0.0.1:{}/').catch((error) => error);
           callback(null, [error.name, error.cause && error.cause.code]);
         }}",
        outside.port
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &fetch).await;
    assert_eq!(result(&record), json!(["TypeError", "ERR_SLUICE_POLICY"]), "{:?}", record.trace);
    assert_eq!((outside.seen().len(), inside.seen().len()), (1, 0), "the redirect was followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_verified_and_the_reason_is_named() {
    let server = Http::start();
    let mut scripts = scripts(&[server.tls_port]);
    scripts.configuration.push(("CA".to_owned(), server.certificate.clone()));
    let tls = |host: &str, more: &str| {
        sends(
            &format!("{{ protocol: 'https:', host: '{host}', port: {}, path: '/json', {more} }}", server.tls_port),
            "",
        )
    };
    for (host, more, expected) in [
        ("localhost", "ca: configuration.CA", json!(200)),
        ("localhost", "rejectUnauthorized: false", json!(200)),
        ("localhost", "", json!("DEPTH_ZERO_SELF_SIGNED_CERT")),
        ("localhost", "ca: configuration.CA, servername: 'other.example'", json!("ERR_TLS_CERT_ALTNAME_INVALID")),
    ] {
        let (record, _) = scripts.alone_text(Writes::RolledBack, &tls(host, more)).await;
        assert_eq!(result(&record)[0], expected, "{more}: {:?}", record.ending);
        let warned = record.warnings.iter().any(|warning| warning.rule == "tls_not_verified");
        assert_eq!(warned, more.contains("rejectUnauthorized"), "{more}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let pair = rcgen::KeyPair::generate().unwrap();
    std::fs::write(&certificate, parameters.self_signed(&pair).unwrap().pem()).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let server = Http::start_with(&certificate, &key);
    let mut scripts = scripts(&[server.tls_port]);
    scripts.configuration.push(("CA".to_owned(), std::fs::read_to_string(&certificate).unwrap()));
    let options =
        format!("{{ protocol: 'https:', host: 'localhost', port: {}, ca: configuration.CA }}", server.tls_port);
    let (record, _) = scripts.alone_text(Writes::RolledBack, &sends(&options, "")).await;
    assert_eq!(result(&record), json!(["CERT_HAS_EXPIRED", "certificate has expired"]));
}

/// Servers that do not play by the rules, with what the script is told.
#[tokio::test(flavor = "multi_thread")]
async fn every_exchange_ends_within_its_limit() {
    let slow = Raw::answering(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(100));
            if stream.write_all(b"x").is_err() {
                return;
            }
        }
    });
    let silent = Raw::answering(|_| std::thread::sleep(Duration::from_secs(10)));
    let rude = Raw::answering(|_| {});
    let half = Raw::answering(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
    });
    let other = Raw::answering(|stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
    });
    let big = Raw::answering(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n");
        let _ = stream.write_all(&vec![b'x'; 20_000_000]);
    });
    let mut scripts = scripts(&[slow.port, silent.port, rude.port, half.port, other.port, big.port]);
    scripts.limits.wall_ms = 1_000;
    for (server, expected) in [
        (&rude, json!("ECONNRESET")),
        (&half, json!("ECONNRESET")),
        (&other, json!("HPE_INVALID_CONSTANT")),
        (&big, json!("ERR_SLUICE_LIMIT")),
    ] {
        let (record, _) = scripts.alone_text(Writes::RolledBack, &sends(&to(server.port, "GET", "/"), "")).await;
        assert_eq!(result(&record)[0], expected, "{:?}", record.ending);
    }
    for server in [&slow, &silent] {
        let began = Instant::now();
        let (record, _) = scripts.alone_text(Writes::RolledBack, &sends(&to(server.port, "GET", "/"), "")).await;
        assert!(matches!(record.ending, Ending::TimedOut { .. }), "{:?}", record.ending);
        assert!(began.elapsed() < Duration::from_millis(1_600), "{:?}", began.elapsed());
        // A timeout of the script's own ends it sooner, and nothing goes on behind its back.
        let own = sends(&format!("{{ host: '127.0.0.1', port: {}, timeout: 200 }}", server.port), "").replace(
            "request.end()",
            "request.on('timeout', () => request.destroy(Object.assign(new Error('too slow'), { code: 'MINE' }))); request.end()",
        );
        let began = Instant::now();
        let (record, _) = scripts.alone_text(Writes::RolledBack, &own).await;
        assert_eq!(result(&record), json!(["MINE", "too slow"]), "{:?}", record.ending);
        assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());
    }
    let closed = acceptance::servers::free_port();
    scripts.allowed.push(Endpoint::Host { host: "127.0.0.1".to_owned(), port: closed });
    let (record, _) = scripts.alone_text(Writes::RolledBack, &sends(&to(closed, "GET", "/"), "")).await;
    assert_eq!(result(&record), json!(["ECONNREFUSED", format!("connect ECONNREFUSED 127.0.0.1:{closed}")]));
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }));
    assert_eq!(result(&record)[1], Value::from(format!("connect ECONNREFUSED 127.0.0.1:{closed}")));
}
