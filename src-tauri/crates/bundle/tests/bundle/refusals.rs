//! An export that would lose or leak something is refused with the reason (contract §15.7).

use bundle::{Format, Plan, plan, plan_selection, read_directory};

use crate::{GOOD, folder, lay_out, no_secret};

fn plan_of(json: &str, login: &[u8]) -> Plan {
    let root = folder(&[
        ("database-connections/a/database.json", json.as_bytes()),
        ("database-connections/a/login.js", login),
    ]);
    let contents = read_directory(root.path()).unwrap();
    plan(&contents.connections, Format::Directory, &no_secret)
}

fn with_options(options: &str) -> String {
    format!(r#"{{"name":"a","options":{{"customScripts":{{"login":"./login.js"}},{options}}}}}"#)
}

fn refused(plan: &Plan) -> Vec<&str> {
    plan.refusals.iter().map(|problem| problem.code).collect()
}

fn file<'a>(plan: &'a Plan, path: &str) -> &'a str {
    let found = plan.files.iter().find(|(name, _)| name == path);
    std::str::from_utf8(&found.unwrap_or_else(|| panic!("no {path} in {:?}", plan.files)).1).unwrap()
}

#[test]
fn scripts_that_would_be_lost_or_damaged() {
    let json = with_options("\"x\":1");
    let big = vec![b'x'; 100_001];
    for (script, code) in [
        (&b""[..], "empty_script"),
        (&big, "script_too_large"),
        (b"var a = '\xff';", "not_utf8"),
        (b"var a = @@db_host@@;", "placeholder_in_script"),
        (b"var a = '##HOST##';", "placeholder_in_script"),
    ] {
        let plan = plan_of(&json, script);
        assert_eq!(refused(&plan), [code]);
        assert!(plan.refusals[0].path.ends_with("a/login.js") && plan.refusals[0].hint.is_some());
    }
    assert!(refused(&plan_of(&json, &vec![b'x'; 100_000])).is_empty());
}

#[test]
fn script_keys() {
    let unknown = r#"{"name":"a","options":{"customScripts":{"log_in":"./login.js"}}}"#;
    assert_eq!(refused(&plan_of(unknown, b"x")), ["unknown_script_key"]); // O24
    let missing = r#"{"name":"a","options":{"customScripts":{"login":"./login.js","verify":"./v.js"}}}"#;
    assert_eq!(refused(&plan_of(missing, b"x")), ["missing_script"]);
    assert_eq!(refused(&plan_of(r#"{"name":"a","options":{"customScripts":{}}}"#, b"x")), ["empty_scripts"]);
    assert!(refused(&plan_of(r#"{"name":"a","options":{}}"#, b"x")).is_empty(), "a plain database is no custom one");
}

#[test]
fn undocumented_scripts_go_into_a_patch_with_the_whole_options() {
    let root = folder(&[
        (
            "database-connections/a/database.json",
            br#"{"name":"a","options":{"import_mode":false,"configuration":{"K":"v"},"customScripts":{"login":"./login.js","change_username":"./u.js"}}}"#,
        ),
        ("database-connections/a/login.js", b"L"),
        ("database-connections/a/u.js", b"U\n\"q\""),
    ]);
    let contents = read_directory(root.path()).unwrap();
    let plan = plan(&contents.connections, Format::Directory, &no_secret);
    assert!(plan.refusals.is_empty());
    let patch: serde_json::Value = serde_json::from_str(file(&plan, "api-patches/a.json")).unwrap();
    let expected = serde_json::json!({"options": {"import_mode": false, "configuration": {"K": "@@K@@"},
        "customScripts": {"login": "L", "change_username": "U\n\"q\""}}});
    assert_eq!(patch, expected);
    let json = file(&plan, "database-connections/a/database.json");
    assert!(json.contains("login") && !json.contains("change_username"));
    assert!(plan.notes.iter().any(|note| note.code == "api_patch"));
}

#[test]
fn values_never_leave_and_their_names_are_listed() {
    let plan = plan_of(
        &with_options(r###""configuration":{"dbHost":"h","n":5,"PW":"##PW##","gone":null},"d":"##ENV##-x""###),
        b"x",
    );
    assert!(refused(&plan).is_empty());
    assert_eq!(plan.needs, ["DBHOST", "ENV", "N", "PW"]);
    let json: serde_json::Value = serde_json::from_str(file(&plan, "database-connections/a/database.json")).unwrap();
    let expected = serde_json::json!({"dbHost": "@@DBHOST@@", "n": "@@N@@", "PW": "@@PW@@", "gone": null});
    assert_eq!(json["options"]["configuration"], expected);
    let needed: serde_json::Value = serde_json::from_str(file(&plan, "mappings-needed.json")).unwrap();
    assert_eq!(needed["needed"]["DBHOST"], serde_json::json!(["a"]));
}

#[test]
fn lower_case_names_would_go_up_verbatim() {
    let plan = plan_of(&with_options(r#""configuration":{"PW":"@@db_pw@@"}"#), b"x");
    assert_eq!(refused(&plan), ["placeholder_lower_case"]);
    assert!(plan.refusals[0].hint.as_ref().unwrap().contains("DB_PW"));
}

#[test]
fn two_plain_values_never_share_a_name() {
    let json = |name: &str| format!(r#"{{"name":"{name}","options":{{"configuration":{{"HOST":"{name}.example"}}}}}}"#);
    let (a, b) = (json("a"), json("b"));
    let root = folder(&[
        ("database-connections/a/database.json", a.as_bytes()),
        ("database-connections/b/database.json", b.as_bytes()),
    ]);
    let contents = read_directory(root.path()).unwrap();
    let plan = plan(&contents.connections, Format::Yaml, &no_secret);
    assert_eq!(plan.needs, ["B_HOST", "HOST"]);
    assert!(file(&plan, "tenant.yaml").contains("HOST: \"@@B_HOST@@\""));
}

#[test]
fn known_secrets_are_found_in_any_file() {
    let root = folder(GOOD);
    let contents = read_directory(root.path()).unwrap();
    let known = |bytes: &[u8]| bytes.windows(8).any(|window| window == b"callback");
    let plan = plan(&contents.connections, Format::Directory, &known);
    let mut paths: Vec<_> = plan.refusals.iter().map(|problem| (problem.code, problem.path.as_str())).collect();
    paths.sort_unstable();
    let folder = "database-connections/legacy-users";
    let expected = [format!("{folder}/get_user.js"), format!("{folder}/login.js")];
    assert_eq!(paths, expected.each_ref().map(|path| ("secret_inside", path.as_str())));
    let out = root.path().join("out");
    assert_eq!(bundle::write(&plan, Format::Directory, &out, true).unwrap_err().code(), "refused");
    assert!(!out.exists());
}

#[test]
fn a_folder_that_cannot_be_read_stops_exports_of_it() {
    let root = folder(GOOD);
    let other = br#"{"name":"other","options":{}}"#;
    lay_out(
        root.path(),
        &[
            ("database-connections/broken/database.json", b"{"),
            ("database-connections/other/database.json", other),
            ("database-connections/second/database.json", other),
        ],
    );
    let contents = read_directory(root.path()).unwrap();
    let plan = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        plan_selection(&contents, &names, Format::Directory, &no_secret)
    };
    assert_eq!(refused(&plan(&[])), ["broken_json", "duplicate_name"]);
    assert_eq!(refused(&plan(&["legacy-users"])), [""; 0], "only the chosen one counts");
    assert_eq!(refused(&plan(&["other"])), ["duplicate_name"]);
    assert_eq!(refused(&plan(&["legacy-users", "broken"])), ["unknown_connection", "broken_json"]);
    let unknown = plan(&["who"]);
    assert_eq!(refused(&unknown), ["unknown_connection"]);
    let told = &unknown.refusals[0];
    assert!(told.path == "who" && told.message.contains("there is legacy-users, other"), "{told:?}");
}
