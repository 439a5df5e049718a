//! The headline says how far a script came with its store: real servers, and places where there is none.

use std::net::TcpListener;

use acceptance::servers::{
    http::Http,
    mariadb::{self, MariaDb},
    postgres::{self, Postgres},
};

use crate::{Bench, Ran};

const NOT_REACHED: &str = "Legacy store not reached";
const NOT_LET_IN: &str = "Legacy store did not let the script in";
const NOT_SECURE: &str = "No secure connection to the legacy store";
const ENDED: &str = "Legacy store ended the connection";

fn run(bench: &Bench, body: &str, allowed: &str) -> Ran {
    let text = format!("function getByEmail(email, callback) {{\n{body}\n}}");
    bench.write("script.js", &text);
    bench.sluice(&["run", "script.js", "get_user", "--identifier", "a@b.c", "--allow", allowed], "")
}

/// The text begins with this headline, and the run counts as one of the store.
fn headline(ran: &Ran, headline: &str) {
    assert!(ran.stdout.starts_with(&format!("{headline}  (connection_failed, ")), "{headline}: {ran:?}");
    assert_eq!(ran.code, 4, "{ran:?}");
}

/// Connects with `pg` and these options, and asks for one row.
fn pg(options: &str) -> String {
    format!(
        "  const client = new (require('pg').Client)({{ host: '127.0.0.1', database: '{}', user: '{}', {options} }});
  client.on('error', () => {{}});
  client.connect((error) => error ? callback(error) : client.query('SELECT 1', (error) => callback(error, null)));",
        postgres::DATABASE,
        postgres::USER
    )
}

fn mysql(options: &str) -> String {
    format!(
        "  const db = require('mysql2').createConnection({{ host: '127.0.0.1', database: '{}', user: '{}', {options} }});
  db.on('error', () => {{}});
  db.query('SELECT 1', (error) => callback(error, null));",
        mariadb::DATABASE,
        mariadb::USER
    )
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn where_nobody_answers() {
    let bench = Bench::new();
    let closed = closed_port();
    let allowed = format!("127.0.0.1:{closed}");
    for body in [
        pg(&format!("port: {closed}")),
        mysql(&format!("port: {closed}")),
        format!("  require('axios').get('http://{allowed}/').then(() => callback(null), callback);"),
    ] {
        let ran = run(&bench, &body, &allowed);
        headline(&ran, NOT_REACHED);
        assert!(ran.stdout.contains("ECONNREFUSED"), "{ran:?}");
    }
    let ran = run(&bench, &pg("port: 5432, host: 'db.invalid'"), "db.invalid:5432");
    headline(&ran, NOT_REACHED);
    assert!(ran.stdout.contains("db.invalid"), "{ran:?}");
    // Somebody listens and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let allowed = format!("127.0.0.1:{port}");
    for body in [
        pg(&format!("port: {port}, connectionTimeoutMillis: 400")),
        mysql(&format!("port: {port}, connectTimeout: 400")),
    ] {
        headline(&run(&bench, &body, &allowed), NOT_REACHED);
    }
}

#[test]
fn where_the_server_says_no() {
    let bench = Bench::new();
    let server = Postgres::start();
    let allowed = format!("127.0.0.1:{}", server.port);
    let port = server.port;
    let wrong = run(&bench, &pg(&format!("port: {port}, password: 'wrong-password'")), &allowed);
    headline(&wrong, NOT_LET_IN);
    assert!(wrong.stdout.contains("password authentication failed"), "{wrong:?}");
    let password = postgres::PASSWORD;
    headline(
        &run(&bench, &pg(&format!("port: {port}, password: '{password}', database: 'nowhere'")), &allowed),
        NOT_LET_IN,
    );
    let good = run(&bench, &pg(&format!("port: {port}, password: '{password}'")), &allowed);
    assert!(good.stdout.starts_with("No such user  (not_found, "), "{good:?}");
    // It has no TLS, and the script wants it.
    let ran = run(&bench, &pg(&format!("port: {port}, password: '{password}', ssl: true")), &allowed);
    headline(&ran, NOT_SECURE);
    assert!(ran.stdout.contains("does not support SSL"), "{ran:?}");
    // An administrator ends the session while a statement runs.
    let body = pg(&format!("port: {port}, password: '{password}'")).replace("'SELECT 1'", "'SELECT pg_sleep(20)'");
    let ran = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&bench, &body, &allowed));
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' \
                   AND usename = 'app' AND wait_event = 'PgSleep'";
        while server.admin(end).trim() == "0" && !running.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        running.join().unwrap()
    });
    headline(&ran, ENDED);
}

#[test]
fn where_another_server_says_no() {
    let bench = Bench::new();
    let server = MariaDb::start();
    let allowed = format!("127.0.0.1:{}", server.port);
    let wrong = run(&bench, &mysql(&format!("port: {}, password: 'wrong-password'", server.port)), &allowed);
    headline(&wrong, NOT_LET_IN);
    assert!(wrong.stdout.contains("Access denied"), "{wrong:?}");
    let web = Http::start();
    let secure = format!("127.0.0.1:{}", web.tls_port);
    let body = format!("  require('axios').get('https://{secure}/json').then(() => callback(null), callback);");
    let ran = run(&bench, &body, &secure);
    headline(&ran, NOT_SECURE);
    assert!(ran.stdout.contains("self-signed"), "{ran:?}");
}
