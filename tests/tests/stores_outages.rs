//! Outages: which of them explains how a run ended, and what is told of servers that do not answer, whatever they speak.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use acceptance::{servers::free_port, stores::Scripts};
use contract::{Action, Ending, Outcome, TraceEntry, TraceKind};
use legacy::{Endpoint, Reach, Writes};
use sandbox::RunRecord;

/// A server on a free port; `answer` gets each connection and its number, from 0.
fn serving(answer: impl Fn(&mut TcpStream, usize) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (answer, count) = (std::sync::Arc::new(answer), AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), std::sync::Arc::clone(&answer));
            let number = count.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || answer(&mut stream, number));
        }
    });
    port
}

/// Takes every connection and says nothing.
fn silent() -> u16 {
    serving(|_, _| std::thread::sleep(Duration::from_secs(20)))
}

fn answer(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

async fn run(ports: &[u16], wall_ms: u64, body: &str) -> RunRecord {
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = ports.iter().map(|&port| Endpoint::Host { host: "127.0.0.1".to_owned(), port }).collect();
    scripts.limits.wall_ms = wall_ms;
    let text = format!("async function script(callback) {{ {body} }}");
    scripts.alone_text(Writes::RolledBack, &text).await.0
}

fn outcome(record: &RunRecord) -> Outcome {
    Outcome::of(Action::GetUser, &record.ending)
}

fn cause(record: &RunRecord) -> (String, String) {
    let cause = record.cause.clone().unwrap_or_else(|| panic!("no cause: {:?}\n{:#?}", record.ending, record.trace));
    (cause.message, cause.hint.unwrap_or_default())
}

/// The lines of the trace that tell of something that failed.
fn failed(record: &RunRecord) -> Vec<&TraceEntry> {
    record.trace.iter().filter(|entry| entry.error.is_some()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_error_stands_for_itself_once_a_store_has_answered() {
    let (closed, good) = (free_port(), serving(|stream, _| answer(stream)));
    let down = format!("await fetch('http://127.0.0.1:{closed}/').catch(() => {{}});");
    let up = format!("await fetch('http://127.0.0.1:{good}/');");
    for (body, expected) in [
        (format!("{down} callback(new Error('db down'));"), Outcome::ConnectionFailed),
        (format!("{down} throw new Error('db down');"), Outcome::ConnectionFailed),
        (format!("{up} {down} callback(new Error('db down'));"), Outcome::ConnectionFailed),
        (format!("{down} {up} callback(new Error('no such group'));"), Outcome::ScriptError),
        (format!("{down} {up} throw new Error('no such group');"), Outcome::ScriptError),
        (format!("{down} {up} callback(new Error('store not connected'));"), Outcome::ConnectionFailed),
    ] {
        let record = run(&[closed, good], 5_000, &body).await;
        assert_eq!(outcome(&record), expected, "{body}\n{:?}", record.ending);
        assert_eq!(record.cause.is_some(), expected == Outcome::ConnectionFailed, "{body}");
    }
    // The answer about the user may still be wrong: the other store's part of it is missing.
    let record =
        run(&[closed, good], 5_000, &format!("{down} {up} callback(new WrongUsernameOrPasswordError('1', 'wrong'));"))
            .await;
    assert!(matches!(record.ending, Ending::CalledBack { connection_failed: true, .. }), "{:?}", record.ending);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_same_place_ends_its_outage() {
    let flaky = || {
        serving(|stream, number| {
            if number > 0 {
                answer(stream);
            }
        })
    };
    let get = |port: u16| {
        format!(
            "const get = () => require('axios').get('http://127.0.0.1:{port}/');
             const kept = await get().catch((error) => error); await get();"
        )
    };
    for (body, expected) in [
        ("callback(new Error('no connection between the two'));", Outcome::ScriptError),
        ("callback(kept);", Outcome::ConnectionFailed),
        ("callback(new Error('first: ' + kept.message));", Outcome::ConnectionFailed),
        ("await get(); callback(new WrongUsernameOrPasswordError('1', 'wrong'));", Outcome::WrongPassword),
    ] {
        let port = flaky();
        let record = run(&[port], 5_000, &format!("{} {body}", get(port))).await;
        assert_eq!(outcome(&record), expected, "{body}\n{:?}", record.ending);
        let settled = expected != Outcome::ConnectionFailed;
        assert!(
            matches!(record.ending, Ending::CalledBack { connection_failed, .. } if connection_failed != settled),
            "{body}\n{:?}",
            record.ending
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_the_script_gives_up_stands_in_the_trace() {
    let port = silent();
    let url = format!("'http://127.0.0.1:{port}/'");
    for (body, expected) in [
        (format!("require('axios').get({url}, {{ timeout: 250 }}).catch(callback);"), Outcome::ConnectionFailed),
        (format!("fetch({url}, {{ signal: AbortSignal.timeout(250) }}).catch(callback);"), Outcome::ConnectionFailed),
        (format!("require('request')({url}, {{ timeout: 250 }}, callback);"), Outcome::ConnectionFailed),
        (
            format!(
                "const request = require('http').get({url}); request.on('error', callback);
                 setTimeout(() => request.destroy(new Error('my own reasons')), 250);"
            ),
            Outcome::ScriptError,
        ),
    ] {
        let record = run(&[port], 5_000, &body).await;
        assert_eq!(outcome(&record), expected, "{body}\n{:?}", record.ending);
        let [line] = failed(&record)[..] else { panic!("{body}: {:#?}", record.trace) };
        let error = line.error.as_deref().unwrap();
        let told = format!("127.0.0.1:{port} took the request and did not answer; the script gave up after ");
        let after = error.strip_prefix(&told).and_then(|rest| rest.strip_suffix(" ms"));
        let after: u32 = after.unwrap_or_else(|| panic!("{error}")).parse().unwrap();
        assert!((200..2_000).contains(&after), "{error}");
        assert_eq!((line.kind, line.label.as_str()), (TraceKind::Http, format!("GET 127.0.0.1:{port}").as_str()));
        if expected == Outcome::ConnectionFailed {
            assert_eq!(cause(&record).0, error);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_answer_and_one_that_is_too_large_are_told() {
    let half = serving(|stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
    });
    let record = run(
        &[half],
        5_000,
        &format!(
            "fetch('http://127.0.0.1:{half}/').then((it) => it.text()).catch(() => callback(new Error('api down')));"
        ),
    )
    .await;
    let told = "the server ended the connection in the middle of the body: 4 of 1000 bytes came";
    assert_eq!(failed(&record)[0].error.as_deref(), Some(told));
    assert_eq!((outcome(&record), cause(&record).0.as_str()), (Outcome::ConnectionFailed, told));

    let big = serving(|stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n");
        let _ = stream.write_all(&vec![b'x'; 20_000_000]);
    });
    let get = format!("await require('axios').get('http://127.0.0.1:{big}/').catch(() => {{}});");
    let record = run(&[big], 5_000, &format!("{get} callback(new Error('api failed'));")).await;
    assert_eq!(outcome(&record), Outcome::ScriptError, "{:?}", record.ending);
    assert_eq!(cause(&record).0, "limit reached: 10485760 bytes per HTTP response body");
    assert_eq!(record.cause.unwrap().reach, Reach::Limit);
    let good = serving(|stream, _| answer(stream));
    let other = format!("{get} await fetch('http://127.0.0.1:{good}/'); callback(new Error('api failed'));");
    let record = run(&[big, good], 5_000, &other).await;
    assert_eq!(record.cause, None, "another answer came since, and the error does not name the limit");
}

/// How a script asks a store that speaks `driver`, at port PORT, with what the store should have been.
const ASKS: [(&str, &str, &str); 7] = [
    (
        "mongodb",
        "const { MongoClient } = require('mongodb');
         await new MongoClient('mongodb://127.0.0.1:PORT/x').connect().catch(callback);",
        "a MongoDB server",
    ),
    (
        "mssql",
        "require('mssql').connect({ server: '127.0.0.1', port: PORT, user: 'a', password: 'bcdefg', database: 'x' }).catch(callback);",
        "a SQL Server",
    ),
    (
        "ldapjs",
        "const client = require('ldapjs').createClient({ url: 'ldap://127.0.0.1:PORT' });
         client.on('error', callback); client.bind('cn=a', 'bcdefg', callback);",
        "a directory",
    ),
    (
        "ldaps",
        "const client = require('ldapjs').createClient({ url: 'ldaps://127.0.0.1:PORT' });
         client.on('error', callback); client.bind('cn=a', 'bcdefg', callback);",
        "does that port speak TLS?",
    ),
    (
        "pg",
        "new (require('pg').Client)({ host: '127.0.0.1', port: PORT, user: 'a', password: 'bcdefg', database: 'x' }).connect(callback);",
        "a PostgreSQL server",
    ),
    (
        "mysql",
        "require('mysql').createConnection({ host: '127.0.0.1', port: PORT, user: 'a', password: 'bcdefg' }).connect(callback);",
        "a MySQL server",
    ),
    ("http", "fetch('http://127.0.0.1:PORT/').catch(callback);", "is the server up"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_named_with_the_stage_that_hangs() {
    let port = silent();
    for (driver, body, expected) in ASKS {
        let record = run(&[port], 1_500, &body.replace("PORT", &port.to_string())).await;
        let (message, hint) = cause(&record);
        assert!(message.contains(&format!("127.0.0.1:{port}")), "{driver}: {message}");
        assert!(hint.contains(expected), "{driver}: {hint}");
        // `pg` is told before the time is up, by an error of Node's.
        let stage = match driver {
            "pg" => format!("connect ETIMEDOUT 127.0.0.1:{port}"),
            "ldaps" => "does not answer the TLS handshake".to_owned(),
            "http" => "took the request and did not answer".to_owned(),
            _ => "took the connection and then said nothing".to_owned(),
        };
        assert!(message.contains(&stage), "{driver}: {message}");
        let told: Vec<_> = failed(&record).iter().filter_map(|entry| entry.error.clone()).collect();
        assert!(told.iter().any(|error| error.contains(&stage)), "{driver}: {told:?}");
        let expected = if driver == "pg" { Outcome::ConnectionFailed } else { Outcome::Timeout };
        assert_eq!(outcome(&record), expected, "{driver}: {:?}", record.ending);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_out_of_the_script_on_a_silent_store_is_an_outage() {
    let port = silent();
    for (driver, body) in [
        ("mongodb", ASKS[0].1.replace("PORT/x", "PORT/x?serverSelectionTimeoutMS=500")),
        ("mssql", ASKS[1].1.replace("user:", "connectionTimeout: 500, user:")),
        ("ldapjs", ASKS[2].1.replace("PORT'", "PORT', timeout: 500, connectTimeout: 500")),
        ("mysql", ASKS[5].1.replace("user:", "connectTimeout: 500, user:")),
    ] {
        let record = run(&[port], 2_000, &body.replace("PORT", &port.to_string())).await;
        assert_eq!(outcome(&record), Outcome::ConnectionFailed, "{driver}: {:?}", record.ending);
        assert!(cause(&record).1.contains("is it a"), "{driver}: {:?}", record.cause);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_of_a_closed_port_are_one_line_and_end_before_the_run() {
    let port = free_port();
    let body = format!("mongo('mongodb://127.0.0.1:{port}/x', (error, db) => callback(error));");
    let record = run(&[port], 9_000, &body).await;
    assert_eq!(outcome(&record), Outcome::ConnectionFailed, "{:?}", record.ending);
    assert_eq!(cause(&record).0, format!("connect ECONNREFUSED 127.0.0.1:{port}"));
    let [line] = failed(&record)[..] else { panic!("{:#?}", record.trace) };
    let times = line.label.strip_prefix(&format!("mongodb 127.0.0.1:{port} · "));
    let times: u32 = times.and_then(|rest| rest.strip_suffix(" times")).unwrap().parse().unwrap();
    assert!((5..=15).contains(&times) && line.ms > 3_000.0, "{line:?}");
}
