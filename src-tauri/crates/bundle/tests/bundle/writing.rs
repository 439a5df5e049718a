//! Writing and importing: everything or nothing, and never over something else.

use bundle::{Format, add_script, import, plan, read, read_directory, set_configuration, write};
use contract::Action;

use crate::{GOOD, folder, lay_out, no_secret, snapshot};

#[test]
fn an_export_never_overwrites_what_is_no_bundle() {
    let source = folder(GOOD);
    let plan = plan(&read_directory(source.path()).unwrap().connections, Format::Directory, &no_secret);
    let other = folder(&[("notes.txt", b"mine"), ("notes.zip", b"mine"), ("folder.zip/x", b"mine")]);
    assert_eq!(write(&plan, Format::Directory, other.path(), true).unwrap_err().code(), "occupied");
    for name in ["notes.zip", "folder.zip"] {
        assert_eq!(write(&plan, Format::DirectoryZip, &other.path().join(name), true).unwrap_err().code(), "occupied");
    }
    let workspace = folder(GOOD);
    lay_out(workspace.path(), &[("sluice.toml", b"id = \"1\"\n")]);
    let before = snapshot(workspace.path());
    assert_eq!(write(&plan, Format::Directory, workspace.path(), true).unwrap_err().code(), "occupied");
    assert_eq!(snapshot(workspace.path()), before);
    assert_eq!(snapshot(other.path()).len(), 3);
}

#[test]
fn a_second_export_keeps_what_else_the_bundle_holds_and_drops_stale_scripts() {
    let source = folder(GOOD);
    let out = folder(&[("clients/app.json", b"{}"), ("database-connections/legacy-users/README.md", b"mine")]);
    let contents = read_directory(source.path()).unwrap();
    write(&plan(&contents.connections, Format::Directory, &no_secret), Format::Directory, out.path(), true).unwrap();
    let mut fewer = contents.connections.clone();
    fewer[0].scripts.remove(&Action::GetUser);
    let json = String::from_utf8(fewer[0].json_bytes.clone()).unwrap().replace(", \"get_user\": \"./get_user.js\"", "");
    fewer[0].json_bytes = json.clone().into_bytes();
    fewer[0].json = serde_json::from_str(&json).unwrap();
    write(&plan(&fewer, Format::Directory, &no_secret), Format::Directory, out.path(), true).unwrap();
    let names: Vec<_> = snapshot(out.path()).into_keys().collect();
    let folder = "database-connections/legacy-users";
    let expected = [
        "clients/app.json".to_owned(),
        format!("{folder}/README.md"),
        format!("{folder}/database.json"),
        format!("{folder}/login.js"),
        "mappings-needed.json".to_owned(),
        "sluice-export.json".to_owned(),
    ];
    assert_eq!(names, expected);
}

#[test]
fn another_bundle_is_replaced_only_on_demand() {
    let source = folder(GOOD);
    let contents = read_directory(source.path()).unwrap();
    for format in [Format::Directory, Format::Yaml, Format::DirectoryZip, Format::YamlZip] {
        let place = folder(&[]);
        let out = place.path().join(if format.is_zip() { "out.zip" } else { "out" });
        let planned = plan(&contents.connections, format, &no_secret);
        write(&planned, format, &out, false).unwrap();
        let first = snapshot(place.path());
        write(&planned, format, &out, false).unwrap_or_else(|error| panic!("the same again replaces nothing: {error}"));
        assert_eq!(snapshot(place.path()), first);
        // Another text, and a script less.
        let mut changed = contents.connections.clone();
        changed[0].scripts.get_mut(&Action::Login).unwrap().bytes = b"function login(a, b, callback) {}".to_vec();
        let other = plan(&changed, format, &no_secret);
        let error = write(&other, format, &out, false).unwrap_err();
        assert_eq!(error.code(), "would_replace");
        let told = error.to_string();
        assert!(told.contains(": 1 file in it would be replaced or go: ") && told.contains("login.js"), "{told}");
        assert_eq!(snapshot(place.path()), first, "nothing was written");
        write(&other, format, &out, true).unwrap();
        assert_ne!(snapshot(place.path()), first);
    }
    // A file that would go is named as well; one that is not ours is neither.
    let out = folder(&[("clients/app.json", b"{}"), ("database-connections/keep.txt", b"x")]);
    let directory = plan(&contents.connections, Format::Directory, &no_secret);
    write(&directory, Format::Directory, out.path(), false).unwrap();
    let mut fewer = contents.connections.clone();
    fewer[0].scripts.remove(&Action::GetUser);
    let json = String::from_utf8(fewer[0].json_bytes.clone()).unwrap().replace(", \"get_user\": \"./get_user.js\"", "");
    fewer[0].json = serde_json::from_str(&json).unwrap();
    fewer[0].json_bytes = json.into_bytes();
    let error = write(&plan(&fewer, Format::Directory, &no_secret), Format::Directory, out.path(), false)
        .unwrap_err()
        .to_string();
    assert!(error.contains("2 files") && error.contains("database.json") && error.contains("get_user.js"), "{error}");
}

#[test]
fn another_format_replaces_the_whole_bundle() {
    let source = folder(GOOD);
    let contents = read_directory(source.path()).unwrap();
    let planned = |format| plan(&contents.connections, format, &no_secret);
    for (before, after) in [(Format::Directory, Format::Yaml), (Format::Yaml, Format::Directory)] {
        let place = folder(&[]);
        let out = place.path().join("out");
        write(&planned(before), before, &out, false).unwrap();
        let refused = write(&planned(after), after, &out, false).unwrap_err().to_string();
        let gone = planned(before).files.len() - 2; // the mappings and the list have the same names in both
        assert!(refused.contains(&format!(": {gone} files in it would be replaced or go: ")), "{refused}");
        assert_eq!(write(&planned(after), after, &out, true).unwrap().notes, []);
        let fresh = folder(&[]);
        let beside = fresh.path().join("out");
        write(&planned(after), after, &beside, false).unwrap();
        assert_eq!(snapshot(&out), snapshot(&beside), "as if it had been written into an empty place");
        let folders = std::fs::read_dir(&out).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
        assert_eq!(folders, 1, "no empty folder is left");
    }
}

#[test]
fn what_is_not_ours_or_was_changed_stays_and_is_told() {
    let source = folder(GOOD);
    let contents = read_directory(source.path()).unwrap();
    let place = folder(&[("victim.txt", b"mine")]);
    let out = place.path().join("out");
    let directory = plan(&contents.connections, Format::Directory, &no_secret);
    write(&directory, Format::Directory, &out, false).unwrap();
    let (edited, foreign) = ("database-connections/legacy-users/login.js", "database-connections/other/database.json");
    lay_out(&out, &[(edited, b"edited"), (foreign, b"{}"), ("clients/app.json", b"{}")]);
    // A list that names files elsewhere is not believed.
    let list = out.join("sluice-export.json");
    let text = std::fs::read_to_string(&list).unwrap();
    let digest = "3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff";
    std::fs::write(
        &list,
        text.replacen('{', "{\"x\": 1,", 1)
            .replace("\"mappings", &format!("\"../victim.txt\": \"{digest}\", \"mappings")),
    )
    .unwrap();
    let yaml = plan(&contents.connections, Format::Yaml, &no_secret);
    let notes = write(&yaml, Format::Yaml, &out, true).unwrap().notes;
    let told: Vec<_> = notes.iter().map(|note| (note.code, note.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("kept_edited", &*format!("1 file stays of the export before, changed since then: {edited}")),
            ("kept_foreign", &*format!("2 files stay that Sluice did not write: {foreign}, clients/app.json")),
        ]
    );
    let names: Vec<_> = snapshot(&out).into_keys().collect();
    for kept in [edited, foreign, "clients/app.json", "tenant.yaml", "databases/legacy-users/login.js"] {
        assert!(names.contains(&kept.to_owned()), "{kept} in {names:?}");
    }
    assert!(!names.iter().any(|name| name.ends_with("get_user.js") && name.starts_with("database-connections")));
    assert!(place.path().join("victim.txt").exists());
}

#[test]
fn a_path_is_told_without_steps_up() {
    let source = folder(GOOD);
    let place = folder(&[("ws/x", b""), ("b/notes.txt", b"mine")]);
    let plan = plan(&read_directory(source.path()).unwrap().connections, Format::Directory, &no_secret);
    let error = write(&plan, Format::Directory, &place.path().join("ws/./../b"), true).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} would be overwritten", place.path().join("b").display())), "{error}");
}

#[test]
fn zips_are_the_same_every_time() {
    let source = folder(GOOD);
    let contents = read_directory(source.path()).unwrap();
    let plan = plan(&contents.connections, Format::YamlZip, &no_secret);
    let (a, b) = (source.path().join("a.zip"), source.path().join("sub/b.zip"));
    write(&plan, Format::YamlZip, &a, true).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2100)); // zip times have a grain of two seconds
    write(&plan, Format::YamlZip, &b, true).unwrap();
    assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
}

#[test]
fn an_import_keeps_bytes_and_replaces_only_what_was_named() {
    let source = folder(GOOD);
    let contents = read(source.path()).unwrap();
    let workspace = folder(&[]);
    import(&contents, workspace.path(), &[]).unwrap();
    assert_eq!(snapshot(workspace.path()), snapshot(source.path()), "byte for byte");
    let login = "database-connections/legacy-users/login.js";
    lay_out(workspace.path(), &[(login, b"edited")]);
    let error = import(&contents, workspace.path(), &[]).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("exists", "the workspace already has legacy-users".to_owned()));
    assert_eq!(std::fs::read(workspace.path().join(login)).unwrap(), b"edited");
    import(&contents, workspace.path(), &["legacy-users".to_owned()]).unwrap();
    assert_eq!(snapshot(workspace.path()), snapshot(source.path()));
}

#[test]
fn an_import_from_yaml_becomes_a_directory() {
    let source = folder(&[
        ("b/tenant.yaml", b"clients: []\ndatabases:\n  - name: y\n    options:\n      passwordPolicy: good\n      customScripts:\n        login: ./databases/y/login.js\n        get_user: ./databases/y/odd name.js\n"),
        ("b/databases/y/login.js", b"L"),
        ("b/databases/y/odd name.js", b"G"),
    ]);
    let contents = read(&source.path().join("b")).unwrap();
    assert_eq!(contents.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["other_resources"]);
    let workspace = folder(&[]);
    import(&contents, workspace.path(), &[]).unwrap();
    let back = read_directory(workspace.path()).unwrap();
    assert!(back.problems.is_empty(), "{:?}", back.problems);
    let connection = back.connection("y").unwrap();
    assert_eq!(connection.scripts[&Action::GetUser].file, "./get_user.js");
    assert_eq!(connection.scripts[&Action::GetUser].bytes, b"G");
    assert_eq!(connection.options().unwrap()["passwordPolicy"], "good");
}

#[test]
fn a_bundle_with_a_lost_script_is_not_imported() {
    let mut files = GOOD.to_vec();
    files.remove(1);
    let contents = read(folder(&files).path()).unwrap();
    let workspace = folder(&[]);
    let error = import(&contents, workspace.path(), &[]).unwrap_err();
    assert_eq!(error.code(), "refused");
    assert!(error.to_string().contains("login.js"), "{error}");
    assert!(snapshot(workspace.path()).is_empty());
}

#[test]
fn edits_keep_every_other_byte() {
    let source = folder(GOOD);
    let contents = read_directory(source.path()).unwrap();
    let connection = contents.connection("legacy-users").unwrap();
    let text = String::from_utf8(GOOD[0].1.to_vec()).unwrap();
    let edit = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(
        edit(set_configuration(connection, "DB_HOST", Some("@@H@@")).unwrap()),
        text.replace("db.example", "@@H@@")
    );
    assert_eq!(
        edit(set_configuration(connection, "NEW", Some("n")).unwrap()),
        text.replace("\"OLD\": null }", "\"OLD\": null, \"NEW\": \"n\" }")
    );
    assert_eq!(
        edit(set_configuration(connection, "DB_HOST", None).unwrap()),
        text.replace("\"DB_HOST\": \"db.example\", ", "")
    );
    let added = edit(add_script(connection, Action::Verify, "./verify.js").unwrap());
    assert_eq!(added, text.replace("\"./get_user.js\" }", "\"./get_user.js\", \"verify\": \"./verify.js\" }"));
}
