//! Servers that mean harm, or are none: what they send ends in an error within its limits, and never ends this process.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use acceptance::stores::Scripts;
use contract::Ending;
use legacy::{Policy, Run, Session, SessionOptions, Writes};
use serde_json::json;
use tokio::task::JoinSet;
use wire::{Fault, FaultKind, Limits, Protocol, StoreKind, StoreReply, StoreRequest};

/// What a server says to whoever connects, after the first message of that side, and then, again and again, to the first statement.
struct Script {
    hello: Vec<u8>,
    welcome: Vec<u8>,
    answer: Vec<u8>,
    again: Vec<u8>,
}

/// Plays it to one client; `again` until the client hangs up.
fn server(script: Script) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = play(&mut stream, &script);
    });
    port
}

fn play(stream: &mut TcpStream, script: &Script) -> std::io::Result<()> {
    let mut heard = [0; 4096];
    stream.write_all(&script.hello)?;
    let _ = stream.read(&mut heard)?;
    stream.write_all(&script.welcome)?;
    if script.answer.is_empty() && script.again.is_empty() {
        return Ok(());
    }
    let _ = stream.read(&mut heard)?;
    stream.write_all(&script.answer)?;
    let mut drain = stream.try_clone()?;
    std::thread::spawn(move || {
        // A client that answers must not wait for this side to read.
        let mut heard = [0; 65_536];
        while matches!(drain.read(&mut heard), Ok(1..)) {}
    });
    let many = script.again.repeat(1 + (1 << 16) / script.again.len().max(1));
    while !script.again.is_empty() {
        stream.write_all(&many)?;
    }
    stream.shutdown(std::net::Shutdown::Write)
}

fn run(port: u16) -> Run {
    let policy = Policy::new(std::env::temp_dir(), vec![format!("127.0.0.1:{port}").parse().unwrap()]);
    let limits = Limits { query_bytes: 4 << 20, ..Limits::default() };
    Session::new(SessionOptions { policy, writes: Writes::Committed, limits }).begin_run()
}

/// Connects and asks; the first fault of either.
async fn fault(store: StoreKind, port: u16) -> Fault {
    let run = run(port);
    let parameters = json!({ "host": "127.0.0.1", "port": port, "user": "x", "password": "y", "database": "z" });
    let parameters = parameters.as_object().unwrap().clone();
    let client = match run.handle(StoreRequest::Connect { store, parameters }).await.reply {
        StoreReply::Connected { client, .. } => client,
        StoreReply::Failed { fault, .. } => return fault,
        _ => panic!("neither connected nor failed"),
    };
    let (sql, parameters) = ("SELECT 1".to_owned(), Vec::new());
    match run.handle(StoreRequest::Query { client, sql, parameters, protocol: Protocol::Simple }).await.reply {
        StoreReply::Failed { fault, .. } => fault,
        _ => panic!("an answer"),
    }
}

async fn ends(store: StoreKind, what: &str, script: Script, expected: FaultKind) {
    let began = Instant::now();
    let found = fault(store, server(script)).await;
    assert_eq!(found.kind, expected, "{what}: {found:?}");
    assert!(began.elapsed() < Duration::from_secs(20), "{what} took {:?}", began.elapsed());
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kib: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kib < 400 << 10, "{what} took {kib} KiB");
    }
}

/// One message of PostgreSQL.
fn pg(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = i32::try_from(content.len() + 4).unwrap().to_be_bytes();
    [&[tag], &length[..], content].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_server_that_floods_or_lies_is_left() {
    use FaultKind::{Connection, Limit};
    let welcome = [pg(b'R', &[0; 4]), pg(b'Z', b"I")].concat();
    let notice = pg(b'N', b"SNOTICE\0MHello\0\0");
    let column = pg(b'T', b"\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
    let none = Vec::new;
    for (what, answer, again, expected) in [
        ("notices for ever", none(), notice, Limit),
        ("empty results for ever", none(), pg(b'I', b""), Limit),
        ("results for ever", none(), pg(b'C', b"SELECT 0\0"), Limit),
        ("columns for ever", none(), column.clone(), Limit),
        ("rows of nothing for ever", column, pg(b'D', b"\0\0"), Limit),
        ("parameters for ever", none(), pg(b'S', b"a\0b\0"), Limit),
        ("a length of 2 GiB", [&b"D"[..], &i32::MAX.to_be_bytes()].concat(), none(), Limit),
        ("a negative length", vec![b'D', 0xff, 0xff, 0xff, 0xff], none(), Connection),
        ("a row shorter than it says", pg(b'D', b"\0\x02\0\0\0\x09x"), none(), Connection),
        ("a cell of negative length", pg(b'D', b"\0\x01\x80\0\0\0"), none(), Connection),
        ("columns that are not there", pg(b'T', b"\xff\xffa"), none(), Connection),
        ("an error without an end", pg(b'E', b"SERROR\0M"), none(), Connection),
        ("a message cut short", b"D\0\0\0\x20ab".to_vec(), none(), Connection),
        ("noise", b"\x80\x13HTTP/1.1 400\r\n\r\n".repeat(20), none(), Limit),
    ] {
        let script = Script { hello: Vec::new(), welcome: welcome.clone(), answer, again };
        ends(StoreKind::Postgres, what, script, expected).await;
    }
    let parameter = pg(b'S', format!("{}\0b\0", "a".repeat(1000)).as_bytes());
    let welcome = [pg(b'R', &[0; 4]), parameter.repeat(20_000)].concat();
    let script = Script { hello: Vec::new(), welcome, answer: Vec::new(), again: Vec::new() };
    ends(StoreKind::Postgres, "a start-up that goes on", script, Connection).await;
}

/// One packet of MySQL.
fn mysql(sequence: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&length[..3], &[sequence], content].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_server_that_floods_or_lies_is_left() {
    use FaultKind::{Connection, Limit};
    let greeting = [
        &b"\x0a8.0.0\0\x01\0\0\0abcdefgh\0"[..],
        &[0xff, 0xf7, 45, 2, 0, 0xff, 0x81, 21],
        &[0; 10],
        b"ijklmnopqrst\0mysql_native_password\0",
    ]
    .concat();
    let ok = |status: u8| mysql(2, &[0, 0, 0, status, 0, 0, 0]);
    let column = mysql(2, b"\x03def\0\0\0\x01a\0\x0c\x21\0\x01\0\0\0\xfd\0\0\0\0\0");
    let end = mysql(3, &[0xfe, 0, 0, 2, 0]);
    let set = [mysql(1, &[1]), column.clone(), end.clone()].concat();
    let none = Vec::new;
    for (what, answer, again, expected) in [
        ("files for ever", none(), mysql(1, &[0xfb, b'x']), Connection),
        ("results for ever", none(), ok(8), Limit),
        ("sets of nothing for ever", none(), [set.clone(), mysql(4, &[0xfe, 0, 0, 8, 0])].concat(), Limit),
        ("rows of nothing for ever", set.clone(), mysql(4, &[0xfb]), Limit),
        ("columns for ever", mysql(1, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), column, Limit),
        (
            "a value longer than its row",
            [set.clone(), mysql(4, &[0xfe, 255, 255, 255, 255, 255, 255, 255, 255])].concat(),
            none(),
            Connection,
        ),
        ("a row of 16 MiB", [set, vec![0xff, 0xff, 0xff, 4]].concat(), none(), Limit),
        ("a packet cut short", vec![0x20, 0, 0, 1, b'a'], none(), Connection),
        ("noise", b"\x13HTTP/1.1 400\r\n\r\n".repeat(20), none(), Connection),
        ("an empty packet", mysql(1, &[]), none(), Connection),
    ] {
        let script = Script { hello: mysql(0, &greeting), welcome: ok(2), answer, again };
        ends(StoreKind::Mysql, what, script, expected).await;
    }
    for (what, hello) in [
        ("a greeting cut short", mysql(0, &greeting[..20])),
        ("no greeting", mysql(0, &[])),
        ("a greeting of 2^24 bytes", vec![0xff, 0xff, 0xff, 0]),
        ("noise", b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
    ] {
        let script = Script { hello, welcome: Vec::new(), answer: Vec::new(), again: Vec::new() };
        let began = Instant::now();
        let found = fault(StoreKind::Mysql, server(script)).await;
        assert_eq!(found.kind, Connection, "{what}: {found:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
    }
}

/// How a package connects to `port`; `done` takes its error.
const PACKAGES: [(&str, &str); 3] = [
    (
        "ldapjs",
        "const client = require('ldapjs').createClient({ url: `ldap://127.0.0.1:${port}` });
         client.once('error', done);
         client.bind('cn=x', 'y', done);",
    ),
    (
        "mongodb",
        "const { MongoClient } = require('mongodb');
         const options = { serverSelectionTimeoutMS: 800, directConnection: true };
         new MongoClient(`mongodb://127.0.0.1:${port}/x`, options).connect().then(() => done(null), done);",
    ),
    (
        "tedious",
        "const { Connection } = require('tedious');
         const authentication = { type: 'default', options: { userName: 'x', password: 'y' } };
         const options = { port, connectTimeout: 1500, encrypt: false };
         const connection = new Connection({ server: '127.0.0.1', authentication, options });
         connection.on('connect', done);
         connection.connect();",
    ),
];

/// A server that says the same to everybody and every message, and then stays silent or hangs up.
fn parrot(says: Vec<u8>, hangs_up: bool) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, says) = (stream.unwrap(), says.clone());
            std::thread::spawn(move || {
                let mut heard = [0; 65_536];
                while matches!(stream.read(&mut heard), Ok(1..)) {
                    if stream.write_all(&says).is_err() || hangs_up {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_get_an_error_from_servers_that_speak_something_else() {
    let head =
        |length: i32| [&length.to_le_bytes()[..], &[1, 0, 0, 0, 1, 0, 0, 0], &2013_i32.to_le_bytes(), &[0; 5]].concat();
    let deep = {
        let mut levels = Vec::new();
        for level in 0..200_000_i32 {
            levels.extend((5 + (200_000 - level) * 8).to_le_bytes());
            levels.extend([3, b'a', 0]);
        }
        levels.extend([5, 0, 0, 0, 0]);
        levels.resize(levels.len() + 200_000, 0);
        [head(i32::try_from(21 + levels.len()).unwrap()), levels].concat()
    };
    let says = [
        ("nothing", Vec::new()),
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("zeros", vec![0; 4096]),
        ("ones", vec![0xff; 4096]),
        ("an LDAP message of 4 GiB", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1]),
        ("an LDAP message without an end", vec![0x30, 0x80, 2, 1, 1]),
        ("an LDAP answer of nothing", vec![0x30, 0x05, 2, 1, 1, 0x61, 0]),
        ("a MongoDB message of 2 GiB", head(i32::MAX)),
        ("a MongoDB message of negative length", head(-1)),
        ("a MongoDB message of nothing", head(21)),
        ("MongoDB documents within each other", deep),
        ("a TDS packet of nothing", vec![4, 1, 0, 8, 0, 0, 1, 0]),
        ("a TDS packet of less", vec![4, 1, 0, 0, 0, 0, 1, 0]),
        ("a TDS prelogin out of bounds", vec![4, 1, 0, 14, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (
            "TDS tokens without an end",
            [&[4, 1, 0, 20, 0, 0, 1, 0][..], &[0xaa, 0xff, 0xff, 0x81, 0xff, 0xfe, 0xe3, 1, 0, 8, 0xd1, 9]].concat(),
        ),
    ];
    for (what, bytes) in says {
        let doors = [true, false].map(|hangs_up| (hangs_up, parrot(bytes.clone(), hangs_up)));
        let mut scripts = Scripts::of("postgres");
        scripts.limits.wall_ms = 3_000;
        scripts.allowed = doors.map(|(_, port)| format!("127.0.0.1:{port}").parse().unwrap()).to_vec();
        let scripts = Arc::new(scripts);
        let mut runs = JoinSet::new();
        for ((package, connects), (hangs_up, port)) in
            PACKAGES.iter().flat_map(|package| doors.map(|door| (package, door)))
        {
            let scripts = Arc::clone(&scripts);
            let text = format!(
                "function script(callback) {{
                   const port = {port};
                   let told = false;
                   const done = (error) => {{
                     if (told) return;
                     told = true;
                     callback(null, error ? String(error.message) : 'connected');
                   }};
                   {connects}
                 }}"
            );
            runs.spawn(async move {
                let began = Instant::now();
                let (record, _) = scripts.alone_text(Writes::RolledBack, &text).await;
                assert!(began.elapsed() < Duration::from_secs(20), "{package} {what} {:?}", began.elapsed());
                match &record.ending {
                    Ending::CalledBack { results, .. } => {
                        assert_ne!(results, &[json!("connected")], "{package} {what}")
                    }
                    // ldapjs has no time-out of its own for a server that says nothing it understands.
                    Ending::TimedOut { .. } => assert!(!hangs_up, "{package} {what}"),
                    other => panic!("{package} {what}: {other:?}"),
                }
            });
        }
        while let Some(ran) = runs.join_next().await {
            ran.unwrap();
        }
    }
}
