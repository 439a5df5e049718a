//! Servers that are slow, silent, or something else, and one that dies in the middle: each an outcome with a cause, in time.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use acceptance::{
    servers::{free_port, ldap::Ldap},
    stores::{Scripts, result},
};
use contract::{Ending, TraceKind};
use legacy::{Endpoint, Writes};
use serde_json::json;

use super::{allowed, doing, operations, scripts, told};

/// Answers whatever comes first on a connection.
fn answering(answer: impl Fn(&mut TcpStream) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                answer(&mut stream);
            });
        }
    });
    port
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82][..], &length, content].concat()
}

/// An answer to the first request of a client of ldapjs.
fn message(operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&[2, 1, 1][..], operation].concat())
}

fn entry(name: &str) -> Vec<u8> {
    message(&element(0x64, &[element(4, name.as_bytes()), element(0x30, &[])].concat()))
}

fn done() -> Vec<u8> {
    message(&element(0x65, &[10, 1, 0, 4, 0, 4, 0]))
}

fn at(port: u16) -> Scripts {
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = allowed(&[port]);
    scripts.configuration.push(("URL".to_owned(), format!("ldap://127.0.0.1:{port}")));
    scripts.limits.wall_ms = 1_000;
    scripts
}

const SEARCH: &str = "await search('dc=example,dc=org', { scope: 'sub' });";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_is_a_connection_that_failed() {
    for (port, came) in [
        (answering(|_| {}), "before it answered"),
        (answering(|stream| drop(stream.write_all(&entry("dc=a")))), "in the middle of its answer (23 bytes came)"),
    ] {
        let (record, _) = at(port).alone_text(Writes::RolledBack, &doing(SEARCH)).await;
        assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
        let seen = result(&record);
        assert_eq!(seen[0][1], json!("ConnectionError"), "{seen}");
        let line = told(operations(&record)[0]);
        assert!(line.ends_with(&format!("the server ended the connection {came}")), "{line}");
    }
    // In the middle of an entry.
    let port = answering(|stream| drop(stream.write_all(&[entry("dc=a"), entry("dc=b")[..9].to_vec()].concat())));
    let (record, _) = at(port).alone_text(Writes::RolledBack, &doing(SEARCH)).await;
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
    assert_eq!(result(&record)[0], json!(["client", "ECONNRESET", "read ECONNRESET"]), "{:?}", result(&record));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_directory_is_told_to_be_none() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        &[0x30, 0x80, 1, 1, 0],
        &[0x30, 3, 4, 1, 0],
    ] {
        let port = answering(move |stream| {
            let _ = stream.write_all(answer);
            std::thread::sleep(Duration::from_secs(5));
        });
        let (record, _) = at(port).alone_text(Writes::RolledBack, &doing(SEARCH)).await;
        let seen = result(&record);
        assert!(seen[0][2].as_str().unwrap().starts_with("no LDAP is spoken there"), "{seen}");
        assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_ends_with_the_limits_of_run_or_script() {
    let silent = answering(|_| std::thread::sleep(Duration::from_secs(10)));
    let slow = answering(|stream| {
        for number in 0..100 {
            std::thread::sleep(Duration::from_millis(100));
            if stream.write_all(&entry(&format!("cn={number}"))).is_err() {
                return;
            }
        }
    });
    for port in [silent, slow] {
        let scripts = at(port);
        let began = Instant::now();
        let (record, _) = scripts.alone_text(Writes::RolledBack, &doing(SEARCH)).await;
        let Ending::TimedOut { last_awaited, .. } = &record.ending else { panic!("{:?}", record.ending) };
        assert_eq!(last_awaited.as_deref(), Some(format!("ldapjs 127.0.0.1:{port}").as_str()));
        assert!(began.elapsed() < Duration::from_millis(1_800), "{:?}", began.elapsed());
        // The script's own limit of time ends it sooner.
        let own = doing(SEARCH).replace("timeout: 4000", "timeout: 200");
        let began = Instant::now();
        let (record, _) = scripts.alone_text(Writes::RolledBack, &own).await;
        let seen = result(&record);
        assert_eq!(seen[0], json!(["search", "TimeoutError", 80, "request timeout (client interrupt)", 0]), "{seen}");
        assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    }
    // A handshake that nobody answers: the client's connectTimeout.
    let script = format!(
        "function script(callback) {{
           const client = require('ldapjs').createClient({{ url: 'ldaps://127.0.0.1:{silent}', connectTimeout: 200 }});
           client.on('error', (error) => callback(null, [error.name, error.message]));
         }}"
    );
    let began = Instant::now();
    let (record, _) = at(silent).alone_text(Writes::RolledBack, &script).await;
    assert_eq!(result(&record), json!(["ConnectionError", "connectTimeout: connection timeout"]));
    assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_entries_come_at_once_and_one_more_is_too_many() {
    let sending = |count: u32| {
        answering(move |stream| {
            let entries: Vec<u8> = (0..count).flat_map(|number| entry(&format!("cn={number}"))).collect();
            let _ = stream.write_all(&[entries, done()].concat());
            std::thread::sleep(Duration::from_secs(10));
        })
    };
    for (count, expected) in [
        (10_000, json!(["search", 10_000])),
        (10_001, json!(["search", "AdminLimitExceededError", 11, "limit reached: 10000 entries per search", 10_000])),
    ] {
        let port = sending(count);
        let mut scripts = at(port);
        scripts.limits.wall_ms = 20_000;
        let began = Instant::now();
        let (record, _) = scripts.alone_text(Writes::RolledBack, &doing(SEARCH)).await;
        assert_eq!(result(&record)[0], expected, "{:?}", record.ending);
        println!("{count} entries: {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_between_two_requests_is_told() {
    let server = Ldap::start();
    let scripts = scripts(&server);
    let script = doing(
        "await search('dc=example,dc=org', {});
         await new Promise((resolve) => setTimeout(resolve, 400));
         await search('dc=example,dc=org', {});",
    );
    let running = scripts.alone_text(Writes::RolledBack, &script);
    let killing = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        server.kill();
    };
    let ((record, _), ()) = tokio::join!(running, killing);
    let seen = result(&record);
    assert_eq!(seen[0], json!(["search", 1]), "{seen}");
    assert_eq!(seen.as_array().unwrap().last().unwrap()[1], json!("ConnectionError"), "{seen}");
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nobody_listens_is_told_as_node_tells_it() {
    let closed = free_port();
    let mut scripts = at(closed);
    scripts.allowed.push(Endpoint::Host { host: "nowhere.invalid".to_owned(), port: 389 });
    for (url, expected) in [
        (
            format!("ldap://127.0.0.1:{closed}"),
            json!(["ECONNREFUSED", format!("connectRefused: connect ECONNREFUSED 127.0.0.1:{closed}")]),
        ),
        ("ldap://nowhere.invalid".to_owned(), json!(["ENOTFOUND", "getaddrinfo ENOTFOUND nowhere.invalid"])),
    ] {
        let script = format!(
            "function script(callback) {{
               const client = require('ldapjs').createClient({{ url: '{url}' }});
               client.on('error', (error) => callback(null, [error.code, error.message]));
             }}"
        );
        let (record, _) = scripts.alone_text(Writes::RolledBack, &script).await;
        assert_eq!(result(&record), expected);
        assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
        let connect = record.trace.iter().find(|entry| entry.kind == TraceKind::Connect).unwrap();
        assert!(connect.error.is_some(), "{connect:?}");
    }
}
