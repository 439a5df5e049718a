//! What a run leaves in its record: order, times, redaction, warnings about leaks, shapes.

mod trial;

use std::sync::Mutex;

use contract::{ConsoleLevel, TraceKind};
use sandbox::{RunEvent, Watched};
use secrecy::SecretString;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use trial::{result, run, run_in, sandbox, session, spec, warnings};
use vault::Redactor;

#[tokio::test]
async fn secrets_are_masked_in_everything_but_the_ending() {
    let secret = "s3cr3t-canary-value";
    let mut spec = spec(
        "function login(email, password, callback) { console.log('with', configuration.KEY, password); \
         callback(null, { user_id: '1', note: configuration.KEY }); }",
    );
    spec.configuration = vec![("KEY".to_owned(), SecretString::from(secret))];
    let redactor = Redactor::new([SecretString::from(secret), SecretString::from("Pa55 word")]);
    let heard = Mutex::new(Vec::new());
    let hear = |event: RunEvent| heard.lock().unwrap().push(event);
    let record = sandbox(0).run(spec, &session(), &redactor, &hear, CancellationToken::new()).await.unwrap();
    let said = format!("{:?} {:?} {:?} {:?}", record.console, record.trace, record.warnings, heard.lock().unwrap());
    assert!(!said.contains(secret) && !said.contains("Pa55"), "{said}");
    assert!(record.console[0].text.starts_with("with "), "{}", record.console[0].text);
    assert_eq!(result(&record)["note"], json!(secret), "the ending is the flow's own");
}

#[tokio::test]
async fn leaks_of_the_typed_password_are_warned_of() {
    let mut spec = spec(
        "function login(email, password, callback) { console.error({ email, password }); \
         callback(null, { user_id: '1', app_metadata: { password } }); }",
    );
    spec.watched = Watched {
        identifier: Some("ada@example.test".to_owned()),
        password: Some(SecretString::from("Pa55 word")),
        secrets: Vec::new(),
    };
    let record = run_in(&sandbox(0), spec).await;
    assert_eq!(warnings(&record, "password_in_log").len(), 1);
    assert_eq!(warnings(&record, "password_in_profile").len(), 1);
    assert!(warnings(&record, "password_in_profile")[0].message.contains("app_metadata.password"));
}

#[tokio::test]
async fn console_lines_and_trace_come_as_events_in_order() {
    let heard = Mutex::new(Vec::new());
    let hear = |event: RunEvent| heard.lock().unwrap().push(event);
    let script = "function login(email, password, callback) { console.info('one'); require('lodash'); console.warn('two'); callback(null, { user_id: '1' }); }";
    let record =
        sandbox(0).run(spec(script), &session(), &Redactor::none(), &hear, CancellationToken::new()).await.unwrap();
    let heard = heard.into_inner().unwrap();
    let console: Vec<_> = record.console.iter().map(|line| (line.level, line.text.as_str())).collect();
    assert_eq!(console, [(ConsoleLevel::Info, "one"), (ConsoleLevel::Warn, "two")]);
    let kinds: Vec<_> = record.trace.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [TraceKind::Runner, TraceKind::Require, TraceKind::Callback]);
    assert_eq!(record.trace[2].label, "callback(null, profile)");
    assert_eq!(heard.len(), record.console.len() + record.trace.len());
    assert!(record.trace.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms), "{:?}", record.trace);
    assert!(record.engine.name.starts_with("quickjs-ng "));
    assert!(record.engine.peak_bytes > 50_000 && record.engine.peak_bytes < 8 << 20, "{}", record.engine.peak_bytes);
}

#[tokio::test]
async fn console_is_cut_at_its_limit_and_says_so() {
    let mut spec = spec(
        "function login(e, p, callback) { for (let i = 0; i < 100; i++) console.log('x'.repeat(100)); callback(null, 1); }",
    );
    spec.limits.console_bytes = 1_000;
    let record = run_in(&sandbox(0), spec).await;
    let bytes: usize = record.console.iter().map(|line| line.text.len()).sum();
    assert!(bytes < 1_200, "{bytes}");
    assert!(record.console.last().unwrap().text.contains("1000 bytes"), "{:?}", record.console.last());
    assert_eq!(warnings(&record, "console_truncated").len(), 1);
}

#[tokio::test]
async fn shapes_are_read_without_calling() {
    let sandbox = sandbox(0);
    let shape =
        sandbox.inspect("login.js", "async function login(a, b, callback) { while (true) {} }").await.unwrap().unwrap();
    assert_eq!((shape.name.as_str(), shape.parameters, shape.is_async, shape.open_ended), ("login", 3, true, false));
    let shape = sandbox.inspect("login.js", "// c\n(a, { b } = {}, ...rest) => 1").await.unwrap().unwrap();
    assert_eq!((shape.name.as_str(), shape.parameters, shape.is_async, shape.open_ended), ("", 1, false, true));
    let fault = sandbox.inspect("login.js", "function login( {").await.unwrap().unwrap_err();
    assert_eq!(fault.class, "SyntaxError");
    let fault = sandbox.inspect("login.js", "(() => { while (true) {} })()").await.unwrap().unwrap_err();
    assert!(fault.message.contains("2000 ms"), "{}", fault.message);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nothing_of_a_run_shows_from_outside_and_the_walls_stand() {
    let sandbox = sandbox(1);
    let pid = loop {
        if let Some(pid) = sandbox.waiting().first() {
            break *pid;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap();
    assert!(read("environ").is_empty());
    let arguments = String::from_utf8(read("cmdline")).unwrap();
    assert!(arguments.trim_end_matches('\0').ends_with("sluice-runner"), "{arguments}");
    let status = String::from_utf8(read("status")).unwrap();
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!(
        (field("Seccomp:").as_str(), field("NoNewPrivs:").as_str(), field("Threads:").as_str()),
        ("2", "1", "1")
    );
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    assert_eq!(descriptors, 3, "stdin, stdout, stderr");
    let record =
        run("function login(e, p, callback) { callback(null, [Object.keys(process.env), process.argv]); }").await;
    assert_eq!(result(&record)[0], json!([]));
    for layer in [
        "seccomp",
        "no_new_privs",
        "death_signal",
        "empty_environment",
        "rlimit_as",
        "rlimit_cpu",
        "no_inherited_files",
    ] {
        assert!(
            record.engine.isolation.in_force.iter().any(|held| held == layer),
            "{layer}: {:?}",
            record.engine.isolation
        );
    }
}

#[tokio::test]
async fn a_missing_runner_is_named() {
    let options = sandbox::SandboxOptions { runner: "/nowhere/sluice-runner".into(), warm: 0 };
    let error = sandbox::Sandbox::new(options).err().unwrap();
    assert_eq!(error.code(), "runner_missing");
    assert!(error.to_string().contains("/nowhere/sluice-runner") && error.hint().contains("cargo build"));
}
