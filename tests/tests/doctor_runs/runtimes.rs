//! Runtimes (contract §7): what old ones had works and is reported, and fails as in production where that is asked for.

use contract::{Action, Outcome, REMOVED_GLOBALS, Runtime};
use serde_json::{Value, json};
use studio::RunOptions;
use studio::view::RunReport;

use crate::{Desk, IDENTIFIER, allowing, closed_port, found, get_user_text, get_user_with, none, only};

async fn on(runtime: Runtime, body: &str) -> RunReport {
    get_user_with(body, RunOptions { runtime: Some(runtime), ..RunOptions::default() }).await
}

/// The value of an expression.
async fn value(runtime: Runtime, expression: &str) -> Value {
    let report = on(runtime, &format!("  callback(null, {{ user_id: '1', value: {expression} }});")).await;
    report.result.unwrap_or_else(|| panic!("{expression}: {:?}", report.error))["value"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn globals_of_old_work_and_are_reported_or_are_missing_with_a_reason() {
    let none_here = ["azure_storage", "couchbase", "cql", "ip", "Knex", "Pubnub", "q", "xmldom", "xpath"];
    for (name, instead) in REMOVED_GLOBALS {
        if matches!(name, "querystring" | "crypto") {
            continue; // below
        }
        let report = on(Runtime::Compatible, &format!("\n  const used = {name};\n  callback(null);")).await;
        let warning = only(&report, "implicit_global");
        assert!(warning.message.contains(instead) && warning.message.contains("Node 16"), "{}", warning.message);
        assert_eq!(warning.line, Some(3), "{name}");
        if none_here.contains(&name) {
            let error = report.error.unwrap();
            assert_eq!((error.class.as_str(), error.message), ("ReferenceError", format!("{name} is not defined")));
            assert!(error.hint.unwrap().contains("Node 16"));
        } else {
            assert_eq!(report.outcome, Outcome::NotFound, "{name}: {:?}", report.error);
        }
    }
    assert_eq!(value(Runtime::Compatible, "querystring.stringify({ a: 1 })").await, json!("a=1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn globals_of_old_fail_as_in_production() {
    let typeofs: Vec<String> = REMOVED_GLOBALS.iter().map(|(name, _)| format!("typeof {name}")).collect();
    for runtime in [Runtime::Node18, Runtime::Node22] {
        let mut kinds = value(runtime, &format!("[{}]", typeofs.join(", "))).await;
        // The one name that came back with another meaning.
        let crypto = REMOVED_GLOBALS.iter().position(|(name, _)| *name == "crypto").unwrap();
        let web = kinds[crypto].take();
        assert_eq!(web, json!(if runtime == Runtime::Node22 { "object" } else { "undefined" }));
        assert!(kinds.as_array().unwrap().iter().all(|kind| kind.is_null() || kind == "undefined"), "{kinds}");
        let report = on(runtime, "  request('http://127.0.0.1/', callback);").await;
        let error = report.error.as_ref().unwrap();
        assert_eq!(
            (error.class.as_str(), error.message.as_str(), error.line),
            ("ReferenceError", "request is not defined", Some(2))
        );
        assert!(error.hint.as_ref().unwrap().contains("require('request')"));
        assert_eq!(only(&report, "implicit_global").line, Some(2));
        assert_eq!(report.engine.runtime, runtime);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crypto_is_told_apart_by_what_is_used() {
    let report = on(
        Runtime::Compatible,
        "  const web = [typeof crypto.subtle.digest, crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(3)).length];\n  \
         callback(null, { user_id: '1', web });",
    )
    .await;
    assert_eq!(report.result.as_ref().unwrap()["web"], json!(["function", 36, 3]));
    none(&report, "implicit_global");
    let body =
        "  const hash = crypto.createHash('md5').update('x').digest('hex');\n  callback(null, { user_id: '1', hash });";
    let report = on(Runtime::Compatible, body).await;
    assert_eq!(report.result.as_ref().unwrap()["hash"], json!("9dd4e461268c8034f5c8564e155c67a6"));
    let warning = only(&report, "implicit_global");
    assert!(warning.message.contains("require('crypto').createHash") && warning.line == Some(2), "{warning:?}");
    assert_eq!(on(Runtime::Node22, body).await.outcome, Outcome::ScriptError);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_globals_behave_as_old_scripts_use_them() {
    let value = |expression| value(Runtime::Compatible, expression);
    assert_eq!(value("_.pick({ a: 1, b: 2 }, 'a')").await, json!({"a": 1}));
    assert_eq!(value("xtend({ a: 1 }, { b: 2 })").await, json!({"a": 1, "b": 2}));
    assert_eq!(value("jwt.decode(jwt.sign({ a: 1 }, 's')).a").await, json!(1));
    assert_eq!(
        value("[ObjectID('507f1f77bcf86cd799439011').toString(), new ObjectID() instanceof ObjectID, ObjectID.isValid('x')]").await,
        json!(["507f1f77bcf86cd799439011", true, false])
    );
    assert_eq!(
        value("[typeof sqlserver.connect, sqlserver.Types === sqlserver.TYPES, typeof sqlserver.Request, typeof sqlserver.Connection]").await,
        json!(["function", true, "function", "function"])
    );
    let pools = value(
        "mysql_pool({ host: 'a' }) === mysql_pool({ host: 'a' }) && mysql_pool({ host: 'a' }) !== mysql_pool({ host: 'b' })",
    );
    assert_eq!(pools.await, json!(true));
    // What npm easy-pbkdf2 0.0.2 makes of this password and salt, by crypto.pbkdf2Sync('pw', 'c2FsdA==', 16, 256, 'sha1').
    let hashed = on(
        Runtime::Compatible,
        "  pbkdf2.secureHash('pw', '10.c2FsdA==', (error, hash, salt) => {\n    \
         const same = require('crypto').pbkdf2Sync('pw', 'c2FsdA==', 16, 256, 'sha1').toString('base64') === hash;\n    \
         callback(error, { user_id: '1', same, salt });\n  });",
    )
    .await;
    let result = hashed.result.unwrap();
    assert_eq!((&result["same"], &result["salt"]), (&json!(true), &json!("10.c2FsdA==")));
}

#[tokio::test(flavor = "multi_thread")]
async fn mongo_tells_that_its_server_is_down() {
    let port = closed_port();
    let url = format!("mongodb://127.0.0.1:{port}/users?serverSelectionTimeoutMS=300");
    let two = get_user_with(&format!("  mongo('{url}', (error, db) => callback(error, db));"), allowing(port)).await;
    assert_eq!(two.outcome, Outcome::ConnectionFailed, "{:?}", two.error);
    let one =
        get_user_with(&format!("  mongo('{url}', function (db) {{ callback(null, db); }});"), allowing(port)).await;
    assert_eq!(one.outcome, Outcome::ConnectionFailed, "thrown, since this callback takes no error: {:?}", one.error);
    let wrong = on(Runtime::Compatible, "  mongo('http://127.0.0.1/', callback);").await;
    assert_eq!(wrong.error.unwrap().message, "invalid mongodb url");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_production_has_lost() {
    let pinned = "\n  require('pg@7.17.1');\n  require('pg@7.17.1');\n  callback(null);";
    let warning = on(Runtime::Compatible, pinned).await;
    let warning = only(&warning, "version_not_honoured");
    assert!(
        warning.message.contains("is answered by pg 8.") && warning.message.contains("there it fails"),
        "{warning:?}"
    );
    assert_eq!(warning.line, Some(3));
    for runtime in [Runtime::Node18, Runtime::Node22] {
        let report = on(runtime, pinned).await;
        let error = report.error.unwrap();
        assert_eq!((error.code.as_deref(), error.line), (Some("MODULE_NOT_FOUND"), Some(3)));
        assert!(error.message.starts_with("Cannot find module 'pg@7.17.1'"), "{}", error.message);
        let kept = on(runtime, "  require('pg@8.7.1');\n  callback(null);").await;
        assert_eq!(kept.outcome, Outcome::NotFound);
        assert!(only(&kept, "version_not_honoured").message.contains("is answered by pg 8."));
    }
    let old = on(Runtime::Compatible, "  'use npm';\n  callback(null);").await;
    assert_eq!(only(&old, "use_npm").line, Some(2));
    none(&on(Runtime::Node22, "  callback(null); // 'use npm'").await, "use_npm");
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_connect_went_with_pg_7() {
    let script = "\n  callback(null, { user_id: typeof require('pg').connect });";
    let compatible = on(Runtime::Compatible, script).await;
    assert_eq!(only(&compatible, "pg_before_7").line, Some(3));
    assert_eq!(compatible.result.unwrap()["user_id"], "function");
    for runtime in [Runtime::Node18, Runtime::Node22] {
        let report = on(runtime, script).await;
        none(&report, "pg_before_7");
        assert_eq!(report.result.unwrap()["user_id"], "undefined");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_intl_is_said_where_it_goes_beyond_the_common_forms() {
    let common =
        "\n  callback(null, { user_id: (1234.5).toLocaleString() + new Date(0).toLocaleDateString('de-DE') });";
    none(&on(Runtime::Compatible, common).await, "no_intl");
    let beyond = "\n  callback(null, { user_id: (1234.5).toLocaleString('ja-JP') });";
    let report = on(Runtime::Compatible, beyond).await;
    let warning = only(&report, "no_intl");
    assert!(warning.message.starts_with("Number.prototype.toLocaleString"), "{warning:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_after_a_version_is_a_part_of_the_package() {
    let script = "\n  const v4 = require('uuid@3.3.2/v4');\n  callback(null, { user_id: v4() });";
    let report = on(Runtime::Compatible, script).await;
    assert!(only(&report, "version_not_honoured").message.contains("uuid@3.3.2/v4"));
    assert_eq!(report.result.unwrap()["user_id"].as_str().unwrap().len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn node_18_lacks_what_is_newer() {
    let newer = "[typeof File, typeof navigator, typeof CustomEvent, typeof crypto, typeof Iterator, typeof [].toSorted, typeof \
                 Object.groupBy, typeof Promise.withResolvers, typeof new Set().union, typeof ''.isWellFormed, typeof \
                 [].values().map].filter((kind) => kind !== 'undefined').length";
    assert_eq!(value(Runtime::Node18, newer).await, json!(0));
    assert_eq!(value(Runtime::Node22, newer).await, json!(11));
    assert_eq!(value(Runtime::Compatible, newer).await, json!(11));
    let newest = "[typeof Promise.try, typeof RegExp.escape, typeof Error.isError, typeof Uint8Array.fromHex, typeof Math.f16round]";
    for runtime in Runtime::ALL {
        let kinds = value(runtime, newest).await;
        assert!(kinds.as_array().unwrap().iter().all(|kind| kind == "undefined"), "{runtime}: {kinds}");
        let shared = "[typeof [].findLast, typeof structuredClone, typeof fetch, typeof [].at]";
        assert_eq!(value(runtime, shared).await, json!(["function", "function", "function", "function"]), "{runtime}");
        let major = if runtime == Runtime::Node18 { "v18." } else { "v22." };
        assert!(value(runtime, "process.version").await.as_str().unwrap().starts_with(major));
    }
}

/// Our own modules must not miss what is taken from scripts.
#[tokio::test(flavor = "multi_thread")]
async fn the_modules_work_on_every_runtime() {
    let body = "  const crypto = require('crypto');
  const out = [Buffer.from('616263', 'hex').toString('hex'), new URL('http://a/\\ud800').href, require('querystring').escape('ä'),
    new TextDecoder('utf-16le').decode(Uint8Array.of(0, 216)), require('util').inspect(new Set([1])), new Blob(['a']).size,
    require('util').types.isNativeError(new Error('x')), crypto.createHash('sha1').update('x').digest('hex').length];
  const db = new (require('sqlite3').Database)('users.sqlite');
  db.get('select ? as a', ['x'], (error, row) => db.close(async () => {
    const stream = new Response('body').body.getReader();
    const read = await stream.read();
    out.push(row.a, Buffer.from(read.value).toString());
    callback(error, { user_id: '1', out });
  }));";
    let expected = on(Runtime::Compatible, body).await.result.unwrap();
    assert_eq!(expected["out"][0], json!("616263"));
    for runtime in [Runtime::Node18, Runtime::Node22] {
        let report = on(runtime, body).await;
        assert_eq!(report.result.unwrap_or_else(|| panic!("{:?}", report.error)), expected, "{runtime}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_keeps_its_runtime_and_a_run_may_take_another() {
    let text = get_user_text("callback(null, { user_id: typeof request, email: email, email_verified: true });");
    let desk = Desk::new(&[(Action::GetUser, &text)]).await;
    let kind = |report: &RunReport| report.result.as_ref().unwrap()["user_id"].clone();
    assert_eq!(kind(&desk.attempt(Action::GetUser).await), json!("function"));
    let view = desk.workspace.set_runtime("c", Runtime::Node22).await.unwrap();
    assert_eq!(view.runtime, Runtime::Node22);
    let file = desk.folder.path().join("ws/sluice.toml");
    assert!(std::fs::read_to_string(&file).unwrap().contains("runtime = \"node22\""));
    let report = desk.attempt(Action::GetUser).await;
    assert_eq!((kind(&report), report.engine.runtime), (json!("undefined"), Runtime::Node22));
    let lenient = RunOptions { runtime: Some(Runtime::Compatible), ..RunOptions::default() };
    let report = desk.try_for(Action::GetUser, IDENTIFIER, lenient).await;
    assert_eq!((kind(&report), report.engine.runtime), (json!("function"), Runtime::Compatible));
    assert_eq!(found(&report, "implicit_global").len(), 1);
    std::fs::write(&file, "[connections.c]\nruntime = \"node16\"\n").unwrap();
    let error = desk.workspace.connection("c").await.unwrap_err();
    assert!(error.to_string().contains("line 2: connections.c.runtime: \"node16\" is none of"), "{error}");
    assert_eq!(error.code(), "broken_settings");
}
