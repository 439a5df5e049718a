//! `sluice connect` where the script's own package connects: the steps of a web service.

use acceptance::servers::http::Http;
use serde_json::{Value, json};

use super::{Bench, Ran};

/// A bench whose Get User asks `path` of the server, with what `options` say about the request.
fn asking(server: &Http, url: &str, options: &str) -> Bench {
    let bench = Bench::new();
    let script = format!(
        "async function getByEmail(email, callback) {{\n  try {{\n    const response = await require('axios').get(configuration.URL, \
         {options});\n    callback(null, {{ user_id: '1', email, seen: response.status }});\n  }} catch (error) {{ callback(error); }}\n}}"
    );
    bench.workspace(&json!({"URL": url, "CA": server.certificate}), &[("get_user", &script)]);
    bench
}

fn connect(bench: &Bench, allowed: &str) -> Ran {
    bench.sluice(&["-w", "ws", "connect", "c", "--allow", allowed, "--json"], "")
}

/// Names and states of the steps, and what the named one says.
fn steps(ran: &Ran, named: &str) -> (Vec<String>, String) {
    let json = ran.json();
    let stages = json.as_array().unwrap_or_else(|| panic!("no steps in {ran:?}"));
    let text = |stage: &Value, key: &str| stage[key].as_str().unwrap_or_default().to_owned();
    let all = stages.iter().map(|stage| format!("{} {}", text(stage, "stage"), text(stage, "state"))).collect();
    let detail = stages.iter().find(|stage| stage["stage"] == named).map(|stage| text(stage, "detail"));
    (all, detail.unwrap_or_else(|| panic!("no step {named} in {ran:?}")))
}

#[test]
fn a_web_service_is_tested_step_by_step() {
    let server = Http::start();
    let plain = format!("127.0.0.1:{}", server.port);
    let bench = asking(&server, &format!("http://{plain}/basic"), "{ auth: { username: 'ada', password: 'secret' } }");
    let ran = connect(&bench, &plain);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (found, answer) = steps(&ran, "query");
    let expected = [
        "name lookup passed",
        "TCP passed",
        "TLS skipped",
        "authentication passed",
        "rights skipped",
        "schema skipped",
        "query passed",
    ];
    assert_eq!(found, expected);
    assert!(answer.starts_with("GET answered 200 OK"), "{answer}");
    assert!(!ran.stdout.contains("secret"), "{ran:?}");

    let wrong = asking(&server, &format!("http://{plain}/basic"), "{ auth: { username: 'ada', password: 'no' } }");
    let ran = connect(&wrong, &plain);
    assert_eq!(ran.code, 4, "{ran:?}");
    let (found, why) = steps(&ran, "authentication");
    assert_eq!(found[3..], ["authentication failed", "rights skipped", "schema skipped", "query skipped"]);
    assert!(why.contains("401"), "{why}");

    let lost = asking(&server, &format!("http://{plain}/status/404"), "{ auth: { username: 'ada', password: 'no' } }");
    let (found, answer) = steps(&connect(&lost, &plain), "query");
    assert_eq!(found[3..], ["authentication warned", "rights skipped", "schema skipped", "query warned"]);
    assert!(answer.starts_with("GET answered 404"), "{answer}");

    let refused = connect(&bench, "127.0.0.1:1");
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(steps(&refused, "policy").0[0], "policy failed");
}

#[test]
fn tls_says_what_is_wrong_with_a_certificate() {
    let server = Http::start();
    let secure = format!("127.0.0.1:{}", server.tls_port);
    let url = format!("https://{secure}/json");
    let ran = connect(&asking(&server, &url, "{}"), &secure);
    assert_eq!(ran.code, 4, "{ran:?}");
    let (found, why) = steps(&ran, "TLS");
    assert_eq!(found[..4], ["name lookup passed", "TCP passed", "TLS failed", "authentication skipped"]);
    assert!(why.contains("self-signed") || why.contains("unable to verify"), "{why}");

    let agent = "{ httpsAgent: new (require('https').Agent)({ ca: configuration.CA }) }";
    let ran = connect(&asking(&server, &url, agent), &secure);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(steps(&ran, "TLS").1.contains("certificate verified"), "{ran:?}");

    let lax = "{ httpsAgent: new (require('https').Agent)({ rejectUnauthorized: false }) }";
    let ran = connect(&asking(&server, &url, lax), &secure);
    assert!(steps(&ran, "TLS").0.contains(&"TLS warned".to_owned()), "{ran:?}");
}

#[test]
fn a_script_that_only_writes_has_nothing_to_test_and_hears_why() {
    let server = Http::start();
    let plain = format!("127.0.0.1:{}", server.port);
    let bench = Bench::new();
    let script = "function getByEmail(email, callback) {\n  require('axios').post(configuration.URL, { email }).then(() => callback(null), callback);\n}";
    bench.workspace(&json!({"URL": format!("http://{plain}/echo")}), &[("get_user", script)]);
    let ran = connect(&bench, &plain);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("held back") || ran.stderr.contains("read-only"), "{ran:?}");
}

#[test]
fn a_connection_that_comes_to_no_query_has_failed() {
    // Somebody listens and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let allowed = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let bench = Bench::new();
    let script = "async function getByEmail(email, callback) {\n  const { MongoClient } = require('mongodb');\n  const client = new \
                  MongoClient(configuration.URI, { serverSelectionTimeoutMS: 1500 });\n  try { await client.connect(); callback(null); } \
                  catch (error) { callback(error); } finally { await client.close(); }\n}";
    bench.workspace(&json!({"URI": format!("mongodb://{allowed}/app?replicaSet=rs0")}), &[("get_user", script)]);
    let ran = connect(&bench, &allowed);
    assert_eq!(ran.code, 4, "{ran:?}");
    let (found, why) = steps(&ran, "authentication");
    assert_eq!(found[..4], ["name lookup passed", "TCP passed", "TLS skipped", "authentication failed"]);
    assert!(why.contains("Server selection timed out"), "{why}");
}

#[test]
fn a_script_that_fails_before_it_connects_says_so() {
    let bench = Bench::new();
    let script = "function getByEmail(email, callback) {\n  const { MongoClient } = require('mongodb');\n  try { new MongoClient('localhost:1').connect(callback); } catch (error) { callback(error); }\n}";
    bench.workspace(&json!({}), &[("get_user", script)]);
    let ran = connect(&bench, "localhost:1");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("Invalid scheme"), "{ran:?}");
}
