//! `sluice settings`: what `sluice.toml` keeps of a connection, written as the window writes it.

use acceptance::servers::http::Http;
use serde_json::json;

use crate::Bench;

const GET_USER: &str =
    "function g(id, callback) {\n  require('axios').get(configuration.URL).then(() => callback(null), callback);\n}";

fn toml(bench: &Bench) -> String {
    std::fs::read_to_string(bench.path("ws/sluice.toml")).unwrap_or_default()
}

#[test]
fn an_allowed_host_is_kept_and_taken_back() {
    let server = Http::start();
    let allowed = format!("127.0.0.1:{}", server.port);
    let bench = Bench::new();
    bench.workspace(&json!({"URL": format!("http://{allowed}/json")}), &[("get_user", GET_USER)]);
    let look = || {
        let ran = bench.sluice(&["-w", "ws", "--json", "try", "c", "get_user", "--identifier", "a"], "");
        ran.json()["outcome"].clone()
    };
    assert_eq!(look(), "blocked_by_policy");
    let told = bench.sluice(&["-w", "ws", "try", "c", "get_user", "--identifier", "a"], "").stdout;
    assert!(told.contains(&format!("`sluice settings c --allow {allowed}` keeps it allowed")), "{told}");
    let set = bench.sluice(&["-w", "ws", "--json", "settings", "c", "--allow", &allowed], "");
    assert_eq!((set.code, &set.json()["allowed"]), (0, &json!([allowed])), "{set:?}");
    assert!(toml(&bench).contains(&format!("allow = [\"{allowed}\"]")), "{}", toml(&bench));
    assert_eq!(look(), "not_found", "it is allowed from now on");
    let shown = bench.sluice(&["-w", "ws", "settings", "c"], "");
    assert!(shown.stdout.contains(&format!("may reach    {allowed}")), "{}", shown.stdout);
    let back = bench.sluice(&["-w", "ws", "--json", "settings", "c", "--disallow", &allowed], "");
    assert_eq!((back.code, &back.json()["allowed"]), (0, &json!([])), "{back:?}");
    assert_eq!(look(), "blocked_by_policy");
    let twice = bench.sluice(&["-w", "ws", "--json", "settings", "c", "--disallow", &allowed], "");
    assert_eq!((twice.code, twice.failure(&allowed).as_str()), (2, "bad_argument"));
}

#[test]
fn the_runtime_and_the_kind_of_store_are_kept() {
    let bench = Bench::new();
    // An old global: there in the compatible runtime, gone in the others.
    let script = "function g(id, callback) { callback(null, {user_id: _.identity('1'), email: id}); }";
    bench.workspace(&json!({}), &[("get_user", script)]);
    bench.write("ws/sluice.toml", "# ours\nid = \"abc\"\n");
    let look = |more: &[&str]| {
        let arguments = ["-w", "ws", "--json", "try", "c", "get_user", "--identifier", "a@b.c"];
        bench.sluice(&[&arguments[..], more].concat(), "")
    };
    assert_eq!(look(&[]).json()["outcome"], "success");
    let settings = ["-w", "ws", "--json", "settings", "c"];
    let set = bench.sluice(
        &[&settings[..], &["--runtime", "node22", "--environment", "production", "--read-only", "true"]].concat(),
        "",
    );
    let view = set.json();
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(
        (&view["runtime"], &view["environment"], &view["read_only"]),
        (&json!("node22"), &json!("production"), &json!(true))
    );
    assert!(toml(&bench).starts_with("# ours\nid = \"abc\"\n"), "{}", toml(&bench));
    let strict = look(&[]).json();
    assert_eq!((&strict["outcome"], &strict["engine"]["runtime"]), (&json!("script_error"), &json!("node22")));
    let create = bench.sluice(&["-w", "ws", "--json", "try", "c", "delete", "--id", "1", "--commit"], "");
    assert_eq!((create.code, create.failure("read-only").as_str()), (2, "read_only"), "{create:?}");
    let before = toml(&bench);
    let shown = bench.sluice(&settings, "");
    assert_eq!((shown.code, shown.json()["runtime"].clone(), toml(&bench)), (0, json!("node22"), before));
}

#[test]
fn what_cannot_be_a_host_is_refused_and_nothing_is_kept() {
    let bench = Bench::new();
    bench.workspace(&json!({}), &[("get_user", GET_USER), ("login", GET_USER)]);
    for text in ["nonsense", "db.example", "db.example:99999", "https://db.example:443", "*:5432", ":5432"] {
        for arguments in [
            &["-w", "ws", "--json", "settings", "c", "--runtime", "node18", "--allow", text][..],
            &["-w", "ws", "--json", "try", "c", "get_user", "--identifier", "a", "--allow", text],
            &["-w", "ws", "--json", "flow", "c", "login", "--identifier", "a", "--password-stdin", "--allow", text],
            &["-w", "ws", "--json", "connect", "c", "--allow", text],
            &[
                "--json",
                "run",
                "ws/database-connections/c/get_user.js",
                "get_user",
                "--identifier",
                "a",
                "--allow",
                text,
            ],
        ] {
            let ran = bench.sluice(arguments, "x");
            assert_eq!((ran.code, ran.failure(text).as_str()), (2, "bad_argument"), "{arguments:?}: {ran:?}");
            assert!(ran.stderr.contains("db.example:5432"), "it says what is expected: {ran:?}");
        }
    }
    assert_eq!(toml(&bench), "");
    bench.write("ws/sluice.toml", "[connections.c]\nallow = [\"http://db\"]\n");
    let ran = bench.sluice(&["-w", "ws", "--json", "list"], "");
    assert_eq!(ran.code, 0, "a text without a port may be a file: {ran:?}");
    bench.write("ws/sluice.toml", "[connections.c]\nallow = [\"http://db:1\"]\n");
    let ran = bench.sluice(&["-w", "ws", "--json", "list"], "");
    assert_eq!((ran.code, ran.failure("line 2").as_str()), (2, "broken_settings"), "{ran:?}");
}

#[test]
fn a_request_that_only_asks_is_named_and_taken_back() {
    let server = Http::start();
    let allowed = format!("127.0.0.1:{}", server.port);
    let bench = Bench::new();
    let posts = "function g(id, callback) {\n  require('axios').post(configuration.URL + '/echo', { id }).then(() => callback(null), callback);\n}";
    bench.workspace(&json!({"URL": format!("http://{allowed}")}), &[("get_user", posts)]);
    assert_eq!(bench.sluice(&["-w", "ws", "settings", "c", "--allow", &allowed], "").code, 0);
    let look =
        |more: &[&str]| bench.sluice(&[&["-w", "ws", "try", "c", "get_user", "--identifier", "a"], more].concat(), "");
    let held = look(&[]);
    let request = format!("POST http://{allowed}/echo");
    assert!(held.code == 4 && held.stdout.contains("held back: POST"), "{held:?}");
    assert!(
        held.stdout.contains(&format!("`sluice settings c --safe-request '{request}'` does so as well")),
        "{held:?}"
    );
    let set = bench.sluice(&["-w", "ws", "--json", "settings", "c", "--safe-request", &request], "");
    assert_eq!((set.code, &set.json()["safe_requests"]), (0, &json!([request])), "{set:?}");
    assert!(toml(&bench).contains(&format!("safe_requests = [\"{request}\"]")), "{}", toml(&bench));
    assert_eq!(look(&["--json"]).json()["outcome"], "not_found", "it is sent");
    let shown = bench.sluice(&["-w", "ws", "settings", "c"], "").stdout;
    assert!(shown.contains(&format!("only ask     {request}")), "{shown}");
    for (more, culprit) in [
        (["--safe-request", "/echo"], "no method and address"),
        (["--safe-request", "POST http://u:pw@a.example/"], "leave them out"),
        (["--hold-back", "POST http://other.example/"], "safe are POST"),
    ] {
        let refused = bench.sluice(&[&["-w", "ws", "--json", "settings", "c"][..], &more].concat(), "");
        assert_eq!((refused.code, refused.failure(culprit).as_str()), (2, "bad_argument"), "{refused:?}");
        assert!(!refused.stdout.contains(":pw@"), "{refused:?}");
    }
    let back = bench.sluice(&["-w", "ws", "--json", "settings", "c", "--hold-back", &request], "");
    assert_eq!((back.code, &back.json()["safe_requests"]), (0, &json!([])), "{back:?}");
    assert_eq!(look(&[]).code, 4);
}
