//! `export` and `import`.

use serde_json::json;

use crate::{Bench, snapshot};

#[test]
fn an_export_comes_back_in_every_format() {
    let (bench, _) = Bench::with_sample();
    for format in ["directory", "yaml", "directory-zip", "yaml-zip"] {
        let out = if format.ends_with("zip") { format!("{format}.zip") } else { format.to_owned() };
        let ran = bench.sluice(&["-w", "sample", "export", "--format", format, "--out", &out, "--json"], "");
        assert_eq!(ran.code, 0, "{ran:?}");
        let answer = ran.json();
        assert_eq!((&answer["written"], &answer["needs"]), (&json!(true), &json!(["SQLITE_FILE"])), "{answer}");
        let target = format!("ws-{format}");
        assert_eq!(bench.sluice(&["init", &target], "").code, 0);
        let seen = bench.sluice(&["-w", &target, "import", &out, "--preview", "--json"], "").json();
        assert_eq!((&seen["imported"], &seen["connections"][0]["exists"]), (&json!(false), &json!(false)));
        assert_eq!(seen["connections"][0]["secrets"], json!(["SQLITE_FILE"]));
        let taken = bench.sluice(&["-w", &target, "import", &out, "--json"], "");
        assert_eq!((taken.code, &taken.json()["imported"]), (0, &json!(true)), "{taken:?}");
        let login = "database-connections/legacy-users/login.js";
        let bytes = |root: &str| std::fs::read(bench.path(root).join(login)).unwrap();
        assert_eq!(bytes(&target), bytes("sample"));
        let before = snapshot(&bench.path(&target));
        let twice = bench.sluice(&["-w", &target, "import", &out, "--json"], "");
        assert_eq!((twice.code, twice.failure("legacy-users").as_str()), (2, "exists"));
        assert_eq!(snapshot(&bench.path(&target)), before);
        assert_eq!(bench.sluice(&["-w", &target, "import", &out, "--replace", "legacy-users"], "").code, 0);
    }
}

#[test]
fn another_bundle_is_replaced_only_when_that_is_said() {
    let (bench, _) = Bench::with_sample();
    for (format, out) in [("directory", "out"), ("yaml-zip", "out.zip")] {
        let export = |more: &[&str]| {
            bench.sluice(
                &[&["-w", "sample", "--json", "export", "--format", format, "--out", out][..], more].concat(),
                "",
            )
        };
        let login = bench.path("sample/database-connections/legacy-users/login.js");
        let text = std::fs::read_to_string(&login).unwrap();
        assert_eq!(export(&[]).code, 0);
        assert_eq!(export(&[]).code, 0, "the same again replaces nothing");
        std::fs::write(&login, format!("{text}\n// changed\n")).unwrap();
        let before = snapshot(bench.folder.path());
        let refused = export(&[]);
        assert_eq!((refused.code, refused.failure(out).as_str()), (2, "would_replace"), "{refused:?}");
        assert!(refused.stderr.contains("--replace"), "{refused:?}");
        if format == "directory" {
            refused.failure("1 file in it would be replaced or go: database-connections/legacy-users/login.js");
        }
        let bundles = |files: std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>| {
            files.into_iter().filter(|(path, _)| path.starts_with(bench.path(out))).collect::<Vec<_>>()
        };
        assert_eq!(bundles(snapshot(bench.folder.path())), bundles(before), "nothing was written");
        assert_eq!(export(&["--replace"]).code, 0);
        std::fs::write(&login, text).unwrap();
    }
}

#[test]
fn an_export_in_another_format_leaves_nothing_of_the_one_before() {
    let (bench, _) = Bench::with_sample();
    let export = |format: &str, more: &[&str]| {
        let words =
            [&["-w", "sample", "--json", "export", "--format", format, "--out", "sample/../out"][..], more].concat();
        bench.sluice(&words, "")
    };
    assert_eq!(export("directory", &[]).code, 0);
    let refused = export("yaml", &[]);
    assert_eq!((refused.code, refused.failure("out").as_str()), (2, "would_replace"), "{refused:?}");
    let out = bench.path("out").display().to_string();
    assert!(refused.stderr.contains(&out) && !refused.stderr.contains(".."), "a plain path: {refused:?}");
    assert!(refused.stderr.contains("database.json") && refused.stderr.contains("more"), "{refused:?}");
    bench.write("out/database-connections/legacy-users/login.js", "// mine now");
    let replaced = export("yaml", &["--replace"]);
    assert_eq!(replaced.code, 0, "{replaced:?}");
    assert!(bench.path("out/tenant.yaml").exists());
    let left: Vec<_> = snapshot(&bench.path("out/database-connections")).into_keys().collect();
    assert_eq!(left.len(), 1, "only what was changed by hand: {left:?}");
    let notes = replaced.json()["notes"].to_string();
    assert!(notes.contains("kept_edited") && notes.contains("legacy-users/login.js"), "{notes}");
}

#[test]
fn an_import_says_which_values_it_would_lose() {
    let (bench, _) = Bench::with_sample();
    let out = bench.path("bundle").display().to_string();
    assert_eq!(bench.sluice(&["-w", "sample", "export", "--out", &out], "").code, 0);
    let preview = bench.sluice(&["-w", "sample", "--json", "import", &out, "--preview"], "");
    let problems = preview.json()["problems"].clone();
    assert_eq!((preview.code, &problems[0]["code"]), (0, &json!("plain_value_lost")), "{preview:?}");
    assert!(problems[0]["message"].as_str().unwrap().contains("configuration.SQLITE_FILE"), "{preview:?}");
}

#[test]
fn a_secret_in_a_script_stops_the_export() {
    let bench = Bench::new();
    let script = "function g(id, callback) { var p = 'hunter2-hunter2'; callback(null); }";
    bench.workspace(
        &json!({"A": "@@PW@@"}),
        &[("login", script), ("get_user", "function g(id, callback) { callback(null); }")],
    );
    let mut command = bench.command(&["-w", "ws", "--json", "--secrets-from-env", "CI_", "export", "--out", "out"]);
    let ran = crate::finished(command.env("CI_PW", "hunter2-hunter2").spawn().unwrap(), Some(""));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.json()["refusals"][0]["code"], "secret_inside");
    assert!(ran.json()["refusals"][0]["path"].as_str().unwrap().ends_with("login.js"));
    assert!(
        !bench.path("out").exists() && !ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"),
        "{ran:?}"
    );
}

#[test]
fn hostile_and_foreign_files_are_no_bundles() {
    let bench = Bench::new();
    assert_eq!(bench.sluice(&["init", "ws"], "").code, 0);
    bench.write("bad.zip", "PK not a zip");
    bench.write("note.txt", "x");
    bench.write("dir/readme.md", "x");
    for (path, code) in
        [("bad.zip", "unreadable"), ("note.txt", "no_bundle"), ("dir", "no_bundle"), ("gone.zip", "not_found")]
    {
        let ran = bench.sluice(&["-w", "ws", "import", path, "--json"], "");
        assert_eq!((ran.code, ran.failure(path).as_str()), (2, code), "{ran:?}");
    }
}
