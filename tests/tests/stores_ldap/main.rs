//! LDAP as a legacy store: what the trace tells, what a safe try holds back, limits, servers that do not play by the rules, the
//! staged connection test.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod accounts;
mod rude;
mod stages;

use acceptance::{
    servers::ldap::{self, Ldap},
    stores::{Scripts, error, result},
};
use contract::{Effect, Ending, TraceEntry, TraceKind};
use legacy::{Endpoint, Writes};
use sandbox::RunRecord;
use serde_json::json;

fn allowed(ports: &[u16]) -> Vec<Endpoint> {
    let at = |host: &str, port: &u16| Endpoint::Host { host: host.to_owned(), port: *port };
    ports.iter().flat_map(|port| [at("127.0.0.1", port), at("localhost", port)]).collect()
}

fn scripts(server: &Ldap) -> Scripts {
    let mut scripts = Scripts::of("postgres");
    scripts.allowed = allowed(&[server.port, server.tls_port]);
    let pairs = [
        ("URL", format!("ldap://127.0.0.1:{}", server.port)),
        ("TLS_URL", format!("ldaps://localhost:{}", server.tls_port)),
        ("NAMED_URL", format!("ldap://localhost:{}", server.port)),
        ("CA", server.ca.clone()),
        ("ADMIN_PASSWORD", ldap::ADMIN_PASSWORD.to_owned()),
        ("READER_PASSWORD", ldap::READER_PASSWORD.to_owned()),
    ];
    scripts.configuration = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    scripts
}

/// A script that does things one after the other with promises (`bind`, `search`, `call`) and calls back with all that came.
fn doing(steps: &str) -> String {
    format!(
        "async function script(callback) {{
           const ldap = require('ldapjs');
           const seen = [];
           const client = ldap.createClient({{ url: configuration.URL, timeout: 4000 }});
           client.on('error', (error) => seen.push(['client', error.code, error.message]));
           const call = (name, ...values) => new Promise((resolve) => client[name](...values, (error, ...more) => {{
             seen.push(error ? [name, error.name, error.code, error.message] : [name, 'ok', ...more.filter((value) => typeof value !== 'object')]);
             resolve();
           }}));
           const bind = (name, password) => call('bind', name, password);
           const search = (base, options) => new Promise((resolve) => client.search(base, options, (error, res) => {{
             if (error) {{ seen.push(['search', error.name, error.message]); return resolve([]); }}
             const found = [];
             res.on('searchEntry', (entry) => found.push(entry.object));
             res.on('error', (failure) => {{ seen.push(['search', failure.name, failure.code, failure.message, found.length]); resolve(found); }});
             res.on('end', () => {{ seen.push(['search', found.length]); resolve(found); }});
           }}));
           const admin = () => bind('{admin}', configuration.ADMIN_PASSWORD);
           const reader = () => bind('{reader}', configuration.READER_PASSWORD);
           {steps}
           client.unbind();
           callback(null, seen);
         }}",
        admin = ldap::ADMIN,
        reader = ldap::READER,
    )
}

fn operations(record: &RunRecord) -> Vec<&TraceEntry> {
    record.trace.iter().filter(|entry| matches!(entry.kind, TraceKind::Query | TraceKind::Blocked)).collect()
}

/// What a line of the trace says: label, text, parameters, rows, effect, error.
fn told(entry: &TraceEntry) -> String {
    let statement = entry.statement.as_ref().unwrap();
    let error = entry.error.as_deref().unwrap_or("-");
    let (rows, effect) = (statement.rows, statement.effect);
    format!(
        "{} | {} | {} | {rows:?} | {effect:?} | {error}",
        entry.label,
        statement.sql,
        statement.parameters.join(" ; ")
    )
}

fn ended_well(record: &RunRecord) -> bool {
    matches!(record.ending, Ending::CalledBack { connection_failed: false, blocked: false, .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_told_without_its_password() {
    let server = Ldap::start();
    let mut scripts = scripts(&server);
    scripts.configuration.push(("ADA".to_owned(), ldap::ADA_PASSWORD.to_owned()));
    let script = doing(
        "await reader();
         await search('ou=people,dc=example,dc=org', { scope: 'sub', filter: '(|(uid=ada)(cn=a\\\\2ab))', attributes: ['uid', 'mail'] });
         await call('compare', 'uid=ada,ou=people,dc=example,dc=org', 'sn', 'lovelace');
         await call('compare', 'uid=ada,ou=people,dc=example,dc=org', 'sn', 'byron');
         await search('ou=nowhere,dc=example,dc=org', { scope: 'one' });
         await call('exop', '1.3.6.1.4.1.4203.1.11.3');
         await bind('uid=ada,ou=people,dc=example,dc=org', configuration.ADA);
         await bind('uid=ada,ou=people,dc=example,dc=org', 'n0t hers');",
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &script).await;
    assert!(ended_well(&record), "{:?}", record.ending);
    let lines: Vec<String> = operations(&record).into_iter().map(told).collect();
    let ada = "uid=ada,ou=people,dc=example,dc=org";
    // ldapjs reads names and writes them anew, but not those of binds.
    let spaced = "uid=ada, ou=people, dc=example, dc=org";
    assert_eq!(
        lines,
        [
            "ldapjs bind | bind cn=reader,dc=example,dc=org | simple, with a password | None | Read | -".to_owned(),
            "ldapjs search | search ou=people,dc=example,dc=org sub (|(uid=ada)(cn=a\\2ab)) | uid ; mail | Some(1) | Read | -"
                .to_owned(),
            format!("ldapjs compare · true | compare {spaced} sn | lovelace | None | Read | -"),
            format!("ldapjs compare · false | compare {spaced} sn | byron | None | Read | -"),
            "ldapjs search | search ou=nowhere,dc=example,dc=org one (objectclass=*) |  | Some(0) | Read | noSuchObject (32)"
                .to_owned(),
            "ldapjs exop | exop 1.3.6.1.4.1.4203.1.11.3 (who am I) |  | None | Read | -".to_owned(),
            format!("ldapjs bind | bind {ada} | simple, with a password | None | Read | -"),
            format!("ldapjs bind | bind {ada} | simple, with a password | None | Read | invalidCredentials (49)"),
        ]
    );
    let all = format!("{:?} {:?}", record.trace, record.warnings);
    for password in [ldap::READER_PASSWORD, ldap::ADA_PASSWORD, "n0t hers"] {
        assert!(!all.contains(password), "{password} stands in the trace");
    }
    let connects: Vec<&str> = record
        .trace
        .iter()
        .filter(|entry| entry.kind == TraceKind::Connect)
        .map(|entry| entry.label.as_str())
        .collect();
    assert_eq!(connects, [format!("ldapjs 127.0.0.1:{}", server.port)]);
}

const WRITES: &str = "await admin();
     await call('add', 'uid=new,ou=people,dc=example,dc=org', { objectClass: ['inetOrgPerson'], cn: 'New', sn: 'New', userPassword: 'h1dden' });
     await call('modify', 'uid=ada,ou=people,dc=example,dc=org', new ldap.Change({ operation: 'replace', modification: { userPassword: 'h1dden' } }));
     await call('modifyDN', 'uid=grace,ou=people,dc=example,dc=org', 'uid=hopper');
     await call('del', 'uid=nopass,ou=people,dc=example,dc=org');
     await search('ou=people,dc=example,dc=org', { scope: 'sub', filter: '(|(uid=new)(uid=hopper))' });";

#[tokio::test(flavor = "multi_thread")]
async fn what_may_write_is_held_back_and_shown() {
    let server = Ldap::start();
    let scripts = scripts(&server);
    let before = server.dump();
    let script = doing(&format!("{WRITES} await call('exop', '1.3.6.1.4.1.4203.1.11.1');"));
    let place = format!("127.0.0.1:{}", server.port);

    let (record, _) = scripts.alone_text(Writes::RolledBack, &script).await;
    assert!(
        matches!(record.ending, Ending::CalledBack { blocked: true, connection_failed: false, .. }),
        "{:?}",
        record.ending
    );
    let seen = result(&record);
    let held = format!(
        "held back: \"add uid=new, ou=people, dc=example, dc=org\" may change something at {place}, and a directory has no rollback"
    );
    assert_eq!(seen[1], json!(["add", "UnwillingToPerformError", 53, held]));
    for place in 2..=4 {
        assert_eq!(seen[place][1], json!("UnwillingToPerformError"), "{seen}");
    }
    assert_eq!((&seen[5], &seen[6][2]), (&json!(["search", 0]), &json!(53)), "{seen}");
    assert_eq!(server.dump(), before, "nothing was sent");
    let blocked: Vec<String> =
        operations(&record).into_iter().filter(|entry| entry.kind == TraceKind::Blocked).map(told).collect();
    assert_eq!(blocked.len(), 5, "{blocked:?}");
    assert_eq!(
        blocked[0],
        format!(
            "ldapjs add | add uid=new, ou=people, dc=example, dc=org | objectClass: inetOrgPerson ; cn: New ; sn: New ; userPassword: •••• | None | Refused | {held}"
        )
    );
    assert!(blocked[1].contains("| replace userPassword: •••• |"), "{blocked:?}");
    assert!(blocked[2].contains("modifyDN uid=grace,ou=people,dc=example,dc=org to uid=hopper"), "{blocked:?}");
    assert!(!format!("{:?}", record.trace).contains("h1dden"));

    let (record, _) = scripts.alone_text(Writes::ReadOnly, &script).await;
    let seen = result(&record);
    assert!(
        seen[4][3].as_str().unwrap().starts_with("refused before it was sent: this connection is read-only"),
        "{seen}"
    );
    assert_eq!(server.dump(), before);

    let (record, _) = scripts.alone_text(Writes::Committed, &doing(WRITES)).await;
    assert!(ended_well(&record), "{:?}", record.ending);
    assert_eq!(result(&record)[5], json!(["search", 2]), "{:?}", result(&record));
    let effects: Vec<Effect> =
        operations(&record).iter().map(|entry| entry.statement.as_ref().unwrap().effect).collect();
    use Effect::{Committed, Read};
    assert_eq!(effects, [Read, Committed, Committed, Committed, Committed, Read]);
    let after = server.dump();
    assert!(after != before && after.contains("dn: uid=hopper,") && !after.contains("uid=nopass"), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_passes_by_what_knows_the_messages() {
    let server = Ldap::start();
    let scripts = scripts(&server);
    let before = server.dump();
    // Bytes of a script's own making: a delete behind a search in one piece, in two pieces, past the queue, and no LDAP at all.
    let raw = |how: &str| {
        doing(&format!(
            "await admin();
             const name = Buffer.from('uid=nopass,ou=people,dc=example,dc=org');
             const message = (id, operation) => Buffer.concat([Buffer.from([0x30, operation.length + 3, 2, 1, id]), operation]);
             const del = message(9, Buffer.concat([Buffer.from([0x4a, name.length]), name]));
             const whoami = message(8, Buffer.concat([Buffer.from([0x77, 25, 0x80, 23]), Buffer.from('1.3.6.1.4.1.4203.1.11.3')]));
             const socket = client._socket;
             {how}
             await new Promise((resolve) => setTimeout(resolve, 150));"
        ))
    };
    for how in [
        "socket.write(del);",
        "socket.write(Buffer.concat([whoami, del]));",
        "socket.write(del.subarray(0, 10)); socket.write(del.subarray(10));",
        "socket.interrupt(del);",
        "socket.write(Buffer.from('GET / HTTP/1.1'));",
        "socket.write(Buffer.concat([Buffer.from([0x30, 0x80]), del]));",
        "const two = Buffer.concat([del, Buffer.from([0])]); two[1] += 1; socket.write(two);",
    ] {
        scripts.alone_text(Writes::RolledBack, &raw(how)).await;
        assert_eq!(server.dump(), before, "{how}");
    }
    scripts
        .alone_text(Writes::Committed, &raw("socket.write(del.subarray(0, 10)); socket.write(del.subarray(10));"))
        .await;
    assert!(!server.dump().contains("uid=nopass"), "the bytes are a delete that works");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_an_answer_and_an_empty_one_a_warning() {
    let server = Ldap::start();
    let scripts = scripts(&server);
    let login = |password: &str| {
        format!(
            "function login(callback) {{
               const client = require('ldapjs').createClient({{ url: configuration.URL }});
               client.bind('uid=ada,ou=people,dc=example,dc=org', {password}, (error) => {{
                 client.unbind();
                 callback(error ? new WrongUsernameOrPasswordError('ada') : null, {{ user_id: 'ada' }});
               }});
             }}"
        )
    };
    let (record, _) = scripts.alone_text(Writes::RolledBack, &login("'wrong'")).await;
    assert_eq!(error(&record).class, "WrongUsernameOrPasswordError");
    assert!(ended_well(&record), "{:?}", record.ending);
    assert!(told(operations(&record)[0]).ends_with("invalidCredentials (49)"), "{:?}", record.trace);

    let (record, _) = scripts.alone_text(Writes::RolledBack, &login("''")).await;
    assert_eq!(result(&record), json!({ "user_id": "ada" }), "the server lets anybody in");
    let label = &operations(&record)[0].label;
    assert!(label.contains("let in without a password, as nobody"), "{label}");
    let warned = record.warnings.iter().find(|warning| warning.rule == "ldap_bind_without_password").unwrap();
    assert!(warned.message.contains("uid=ada,ou=people,dc=example,dc=org"), "{}", warned.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_limits_and_the_connection_goes_on() {
    let server = Ldap::start();
    let mut scripts = scripts(&server);
    scripts.limits.query_rows = 100;
    let script = doing(
        "await search('ou=many,dc=example,dc=org', { scope: 'one' });
         await search('ou=many,dc=example,dc=org', { scope: 'one', filter: '(uid=u00*)' });
         await search('ou=many,dc=example,dc=org', { scope: 'one', paged: { pageSize: 80 } });",
    );
    let (record, _) = scripts.alone_text(Writes::RolledBack, &script).await;
    let limit = "limit reached: 100 entries per search";
    let seen = result(&record);
    assert_eq!(seen[0], json!(["search", "AdminLimitExceededError", 11, limit, 100]), "{seen}");
    // Late entries of the search that was given up are nobody's.
    assert_eq!((&seen[1], &seen[2]), (&json!(["search", 9]), &json!(["search", 250])), "{seen}");
    assert!(told(operations(&record)[0]).ends_with(&format!("| Some(100) | Read | {limit}")), "{:?}", record.trace);

    scripts.limits.query_rows = 10_000;
    scripts.limits.query_bytes = 5_000;
    let (record, _) = scripts.alone_text(Writes::RolledBack, &script).await;
    let seen = result(&record);
    let limit = "limit reached: 5000 bytes per search";
    assert_eq!((&seen[0][1], &seen[0][3]), (&json!("AdminLimitExceededError"), &json!(limit)), "{seen}");
    assert_eq!(seen[1], json!(["search", 9]), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_a_scripts_own_is_refused_in_words() {
    let text = "function script(callback) {
      const ldap = require('ldapjs');
      try { ldap.createServer(); callback(null, 'made'); } catch (error) { callback(null, [error.code, error.message]); }
    }";
    let (record, _) = Scripts::of("postgres").alone_text(Writes::RolledBack, text).await;
    let told = result(&record);
    assert_eq!(told[0], json!("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"));
    assert!(told[1].as_str().unwrap().contains("a script listens on no port"), "{told}");
}
