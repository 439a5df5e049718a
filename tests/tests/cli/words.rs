//! What a person reads: the cause behind a package's few words, what was held back, and what never shows.

use acceptance::servers::http::Http;

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
        ran.stdout.contains(&format!("ECONNREFUSED {closed}")) && ran.stdout.contains("Nothing listens"),
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
        ran.stdout.contains("Cannot find module 'oracledb' (the platform dropped it on 2023-06-21)"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("Sluice has"), "{}", ran.stdout);
    let ran = run(&bench, "require('axois');", &[]);
    assert!(ran.stdout.contains("axios") && !ran.stdout.contains("aws-sdk/"), "{}", ran.stdout);
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
