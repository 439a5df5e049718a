//! What a person reads: the cause behind a package's few words, what was held back, and what never shows.

use acceptance::servers::{
    http::Http,
    sqlserver::{PASSWORD, SqlServer, USER},
};

use crate::Bench;

const TOKEN: &str = "fetched-token-9988";

/// Runs a script that is handed `email` and `callback`.
fn run(bench: &Bench, body: &str, more: &[&str]) -> crate::Ran {
    let file = bench.write("script.js", &format!("async function script(email, callback) {{\n{body}\n}}"));
    let arguments = ["run", file.to_str().unwrap(), "get_user", "--identifier", "ada@example.test"];
    bench.sluice(&[&arguments[..], more].concat(), "")
}

#[test]
fn what_is_held_back_shows_the_request_and_the_way_out() {
    let server = Http::start();
    let allowed = format!("127.0.0.1:{}", server.port);
    let bench = Bench::new();
    let body = format!(
        "await fetch('http://{allowed}/echo', {{ method: 'POST', headers: {{ authorization: 'Bearer {TOKEN}', 'x-part': 'one' }}, body: email }})
           .then(() => callback(null), callback);"
    );
    let ran = run(&bench, &body, &["--allow", &allowed]);
    assert_eq!(ran.code, 4, "{ran:?}");
    for told in [
        "held back: POST",
        "Run it with commit",
        "--commit",
        "x-part: one",
        "ada@example.test",
        "authorization: Bearer (hidden)",
    ] {
        assert!(ran.stdout.contains(told), "{told} is missing: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(TOKEN), "{}", ran.stdout);
    let sent = run(&bench, &body, &["--allow", &allowed, "--commit", "--json"]);
    assert_eq!(sent.code, 1, "{sent:?}");
    assert!(!sent.stdout.contains(TOKEN), "{}", sent.stdout);
    let refused = run(&bench, &body.replace("POST", "PUT"), &["--commit"]);
    assert!(refused.stdout.contains(&format!("--allow {allowed}")), "{}", refused.stdout);
}

#[test]
fn a_package_that_says_little_is_helped_out() {
    let server = Http::start();
    let secure = format!("127.0.0.1:{}", server.tls_port);
    let bench = Bench::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().to_string();
    drop(listener);
    let ask = |url: &str| format!("await fetch('{url}').then(() => callback(null), callback);");
    let ran = run(&bench, &ask(&format!("https://{secure}/json")), &["--allow", &secure]);
    assert!(ran.stdout.contains("fetch failed") && ran.stdout.contains("self-signed certificate"), "{}", ran.stdout);
    let ran = run(&bench, &ask(&format!("http://{closed}/")), &["--allow", &closed]);
    assert!(
        ran.stdout.contains(&format!("fetch failed (cause: connect ECONNREFUSED {closed})"))
            && ran.stdout.contains("Nothing listens"),
        "{}",
        ran.stdout
    );
    let waiting = "const { MongoClient } = require('mongodb');\n  new MongoClient('mongodb://127.0.0.1:1/').connect().then(() => callback(null), callback);";
    let ran = run(&bench, waiting, &["--allow", "127.0.0.1:1", "--timeout", "2"]);
    assert!(
        ran.stdout.contains("still running after 2 s") && ran.stdout.contains("ECONNREFUSED 127.0.0.1:1"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_module_the_platform_dropped_is_told_in_one_sentence() {
    let bench = Bench::new();
    let ran = run(&bench, "require('oracledb');", &[]);
    assert!(
        ran.stdout
            .contains("require('oracledb') finds no module: the platform dropped it on 2023-06-21 [module_not_found]"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("Sluice has"), "{}", ran.stdout);
    // The message has lines of its own, once.
    let told: Vec<&str> = ran.stdout.lines().skip_while(|line| !line.contains("Cannot find module")).take(4).collect();
    assert!(told[0].contains("Cannot find module 'oracledb' [MODULE_NOT_FOUND] (line 2"), "{}", ran.stdout);
    assert!(told[1].ends_with("Require stack:") && told[2].ends_with("- script.js"), "{}", ran.stdout);
    assert!(told[3].trim_start().starts_with("at "), "{}", ran.stdout);
    let ran = run(&bench, "require('axois');", &[]);
    assert!(ran.stdout.contains("axios") && !ran.stdout.contains("aws-sdk/"), "{}", ran.stdout);
}

#[test]
fn what_goes_to_stderr_is_no_error_of_ours() {
    let bench = Bench::new();
    let printed = "console.error('one'); process.stderr.write('two\\n'); require('debug').enable('x'); require('debug')('x')('three');\n  callback(null);";
    let ran = run(&bench, printed, &[]);
    for line in ["one", "two", "x three"] {
        let shown = |there: &str| there.starts_with("  stderr: ") && there.ends_with(line);
        assert!(ran.stdout.lines().any(shown), "{line} in {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("error: "), "{}", ran.stdout);
}

#[test]
fn a_workspace_is_not_made_over_another_by_a_roundabout_path() {
    let (bench, _) = Bench::with_sample();
    let settings = || std::fs::read_to_string(bench.path("sample/sluice.toml")).unwrap();
    let before = settings();
    let ran = bench.sluice(&["init", "sample/nothere/../../sample"], "");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(settings(), before);
}

#[test]
fn two_callbacks_are_told_with_their_stacks_under_the_warning() {
    let bench = Bench::new();
    let ran = run(&bench, "callback(null, {user_id: '1', email});\n  callback(null);", &[]);
    let told: Vec<&str> =
        ran.stdout.lines().skip_while(|line| !line.contains("callback was called twice")).take(5).collect();
    assert!(told[0].starts_with("  line 3: ") && told[0].ends_with("[callback_twice]"), "{}", ran.stdout);
    assert!(told[1] == "    first call:" && told[2].starts_with("        at "), "{}", ran.stdout);
    assert!(told[3] == "    second call:" && told[4].starts_with("        at "), "{}", ran.stdout);
}

#[test]
fn a_taken_name_is_said_without_an_option_there_is_not() {
    let (bench, _) = Bench::with_sample();
    let ran = bench.sluice(&["-w", "sample", "--json", "new", "sqlite", "legacy-users"], "");
    assert_eq!((ran.code, ran.failure("legacy-users").as_str()), (2, "exists"));
    assert!(ran.stderr.contains("Choose another name") && !ran.stderr.contains("--replace"), "{ran:?}");
}

/// Users have no such document.
#[test]
fn no_message_cites_the_contract() {
    let bench = Bench::new();
    let ran = run(&bench, "console.log('x');", &[]);
    assert!(ran.stdout.contains("callback_missing") && !ran.stdout.contains('§'), "{}", ran.stdout);
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !["node_modules", "node", "tests", "target"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
                let cited: Vec<&str> = code
                    .filter(|line| ["contract §", "design §", "ux §"].iter().any(|words| line.contains(words)))
                    .collect();
                assert!(cited.is_empty(), "{}: {cited:?}", path.display());
            }
        }
    }
}

/// A write before a procedure that commits by itself is not called rolled back.
#[test]
fn a_write_that_a_procedure_committed_is_told_as_kept() {
    let server = SqlServer::start();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/sqlserver/schema.sql");
    let user = "INSERT INTO dbo.users (email, password) VALUES ('ada@example.com', 'x');";
    let seed = std::fs::read_to_string(schema).unwrap() + user;
    server.reset(&seed);
    let bench = Bench::new();
    let body = format!(
        "const {{ Connection, Request }} = require('tedious');
         const authentication = {{ type: 'default', options: {{ userName: '{USER}', password: '{PASSWORD}' }} }};
         const options = {{ port: {}, database: 'legacy', encrypt: false }};
         const connection = new Connection({{ server: '127.0.0.1', authentication, options }});
         connection.connect((error) => {{
           if (error) return callback(error);
           const run = (sql, next) => connection.execSqlBatch(new Request(sql, next));
           run(\"UPDATE dbo.users SET nickname = 'before'\", () => run('EXEC commits_by_itself', () =>
             run(\"UPDATE dbo.users SET nickname = 'after'\", () => {{ connection.close(); callback(null); }})));
         }});",
        server.port
    );
    let allowed = format!("127.0.0.1:{}", server.port);
    let ran = run(&bench, &body, &["--allow", &allowed]);
    let line = |part: &str| {
        let found = ran.stdout.lines().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {}", ran.stdout)).to_owned()
    };
    let before = line("'before'");
    assert!(before.contains("(committed") && before.ends_with("· kept: committed by a procedure after it"), "{before}");
    assert!(line("EXEC").contains("COMMITTED by the procedure itself"), "{}", ran.stdout);
    assert!(line("'after'").contains("(rolled back"), "{}", ran.stdout);

    server.reset(&seed);
    let json = run(&bench, &body, &["--allow", &allowed, "--json"]).json();
    let entries = json["trace"].as_array().unwrap().iter();
    let effects: Vec<&str> = entries.filter_map(|entry| entry["statement"]["effect"].as_str()).collect();
    assert_eq!(effects, ["committed", "committed", "rolled_back"], "{json:#}");
}

#[test]
fn a_cause_is_told_with_its_error_and_without_secrets() {
    let bench = Bench::new();
    let body = "callback(new Error('no answer', { cause: new Error('code ' + configuration.PIN, { cause: Object.assign(new Error('hung up'), { code: 'EPIPE' }) }) }));";
    let script = format!("function getByEmail(email, callback) {{ {body} }}");
    bench.workspace(&serde_json::json!({ "PIN": "@@PIN@@" }), &[("get_user", &script)]);
    let sluice = |arguments: &[&str]| {
        let mut command = bench.command(&[&["-w", "ws", "--secrets-from-env", "CI_"], arguments].concat());
        crate::finished(command.env("CI_PIN", "s3cret-pin-4711").spawn().unwrap(), Some(""))
    };
    let ran = sluice(&["try", "c", "get_user", "--identifier", "x"]);
    let json = sluice(&["try", "c", "get_user", "--identifier", "x", "--json"]);
    let connect = sluice(&["connect", "c"]);
    let message = json.json()["error"]["message"].as_str().unwrap().to_owned();
    for said in [&ran.stdout, &message, &connect.stderr] {
        assert!(said.contains("no answer (cause: code ") && said.contains("; cause: hung up [EPIPE])"), "{said}");
        assert!(!said.contains("4711"), "{said}");
    }
    assert!(![ran, json, connect].iter().any(|ran| format!("{ran:?}").contains("4711")));

    let fetch = "async function getByEmail(email, callback) { await fetch('http://127.0.0.1:1/').then(() => callback(null), callback); }";
    bench.workspace(&serde_json::json!({}), &[("get_user", fetch)]);
    let connect = bench.sluice(&["-w", "ws", "connect", "c", "--allow", "127.0.0.1:1"], "");
    assert!(connect.stderr.contains("TypeError: fetch failed (cause: bad port)"), "{connect:?}");
}

#[test]
fn a_cause_is_told_in_every_form_and_nothing_twice() {
    let bench = Bench::new();
    for (error, said) in [
        (
            "new Error('a', { cause: new AggregateError([new Error('first'), new Error('second')], '') })",
            "a (cause: first)",
        ),
        ("new Error('a', { cause: { status: 502 } })", "a (cause: {\"status\":502})"),
        ("new Error('a', { cause: 'why' })", "a (cause: why)"),
        ("new Error('a', { cause: Object.assign(new Error(''), { code: 'ENOENT' }) })", "a (cause: ENOENT)"),
        ("new Error('b failed: a', { cause: new Error('a') })", "b failed: a"),
        ("Object.assign(new Error('a'), { cause: null })", "a"),
        ("(() => { const a = new Error('a'); a.cause = new Error('b', { cause: a }); return a; })()", "a (cause: b)"),
        ("new Error('a', { cause: { get message() { throw 1; }, toJSON() { throw 2; } } })", "a"),
    ] {
        for body in [format!("callback({error});"), format!("throw {error};")] {
            let ran = run(&bench, &body, &["--json"]);
            assert_eq!(ran.json()["error"]["message"], said, "{body}: {ran:?}");
        }
    }
}
