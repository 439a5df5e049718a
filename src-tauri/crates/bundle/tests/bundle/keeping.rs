//! An export never takes somebody's work away: what was changed or added in a bundle stays, and is told.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use bundle::{Format, Plan, Written, plan, read, read_directory, write};

use crate::{GOOD, folder, lay_out, no_secret, snapshot};

const LOGIN: &str = "database-connections/legacy-users/login.js";

fn planned(format: Format) -> Plan {
    plan(&read_directory(folder(GOOD).path()).unwrap().connections, format, &no_secret)
}

/// The plan of a workspace whose login script is another.
fn with_login(format: Format, text: &[u8]) -> Plan {
    let source = folder(GOOD);
    lay_out(source.path(), &[(LOGIN, text)]);
    plan(&read_directory(source.path()).unwrap().connections, format, &no_secret)
}

fn codes(written: &Written) -> Vec<(&str, &str)> {
    written.notes.iter().map(|note| (note.code, note.message.rsplit_once(": ").unwrap().1)).collect()
}

/// Puts files into a zip that is there, over those of the same name.
fn change_zip(path: &Path, files: &[(&str, &[u8])]) {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut all: std::collections::BTreeMap<String, Vec<u8>> = std::collections::BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).unwrap();
        all.insert(entry.name().unwrap().into_owned(), bytes);
    }
    all.extend(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
    let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in all {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn an_edited_file_is_not_overwritten() {
    let place = folder(&[]);
    let out = place.path().join("out");
    write(&planned(Format::Directory), Format::Directory, &out, false).unwrap();
    let added = "database-connections/legacy-users/verify.js";
    lay_out(&out, &[(LOGIN, b"// mine"), (added, b"// mine as well")]);
    let mut new = with_login(Format::Directory, b"// new");
    new.files.push((added.to_owned(), b"// ours".to_vec()));
    let before = snapshot(&out);
    for replace in [false, true] {
        let error = write(&new, Format::Directory, &out, replace).unwrap_err();
        let told = error.to_string();
        assert_eq!(error.code(), "would_lose", "{told}");
        assert!(told.contains("2 files in it were changed or added after the export before"), "{told}");
        assert!(told.ends_with(&format!("{LOGIN}, {added}")), "{told}");
        assert!(error.hint().unwrap().contains("move them away"));
        assert_eq!(snapshot(&out), before, "nothing was written");
    }
    // What the export would write anyway is nobody's loss; what was moved away is not there.
    lay_out(&out, &[(LOGIN, b"// new")]);
    fs::remove_file(out.join(added)).unwrap();
    assert_eq!(write(&new, Format::Directory, &out, true).unwrap().notes, []);
    assert_eq!(fs::read(out.join(added)).unwrap(), b"// ours");
}

#[test]
fn a_list_that_was_damaged_vouches_for_nothing() {
    let place = folder(&[]);
    let out = place.path().join("out");
    write(&planned(Format::Directory), Format::Directory, &out, false).unwrap();
    fs::write(out.join(bundle::LIST_FILE), "{").unwrap();
    let error = write(&with_login(Format::Directory, b"// new"), Format::Directory, &out, true).unwrap_err();
    assert_eq!(error.code(), "would_lose");
}

#[test]
fn a_bundle_of_others_is_replaced_by_name() {
    let out = folder(GOOD);
    let new = with_login(Format::Directory, b"// new");
    let refused = write(&new, Format::Directory, out.path(), false).unwrap_err();
    assert!(refused.code() == "would_replace" && refused.to_string().contains("login.js"), "{refused}");
    let written = write(&new, Format::Directory, out.path(), true).unwrap();
    let told = codes(&written);
    assert!(told.iter().any(|(code, files)| *code == "replaced_foreign" && files.contains(LOGIN)), "{told:?}");
    assert_eq!(fs::read(out.path().join(LOGIN)).unwrap(), b"// new");
}

#[test]
fn files_beside_a_bundle_are_named() {
    let place = folder(&[]);
    let out = place.path().join("out");
    write(&planned(Format::Directory), Format::Directory, &out, false).unwrap();
    lay_out(&out, &[("NOTES.md", b"n"), ("actions/x.json", b"{}"), (".git/HEAD", b"r"), ("tenant.yaml/x", b"")]);
    let written = write(&with_login(Format::Directory, b"// new"), Format::Directory, &out, true).unwrap();
    assert_eq!(codes(&written), [("kept_foreign", "tenant.yaml/x, NOTES.md, actions/x.json")]);
    assert_eq!(snapshot(&out)["NOTES.md"], b"n");
}

#[test]
fn an_edited_file_is_still_known_after_other_exports() {
    let place = folder(&[]);
    let out = place.path().join("out");
    write(&planned(Format::Directory), Format::Directory, &out, false).unwrap();
    let original = fs::read(out.join(LOGIN)).unwrap();
    lay_out(&out, &[(LOGIN, b"// mine")]);
    for replace in [true, false] {
        let written = write(&planned(Format::Yaml), Format::Yaml, &out, replace).unwrap();
        assert_eq!(codes(&written), [("kept_edited", LOGIN)]);
    }
    let error = write(&planned(Format::Directory), Format::Directory, &out, true).unwrap_err();
    assert!(error.code() == "would_lose" && error.to_string().ends_with(LOGIN), "{error}");
    // As it was written it is a file of an export, and goes with it.
    lay_out(&out, &[(LOGIN, &original)]);
    let written = write(&planned(Format::Yaml), Format::Yaml, &out, true).unwrap();
    assert_eq!((written.changed.len(), codes(&written)), (2, vec![]), "{written:?}"); // it, and the list
    assert!(!out.join("database-connections").exists());
}

#[test]
fn the_same_export_again_leaves_files_alone() {
    let place = folder(&[]);
    for format in [Format::Directory, Format::Yaml, Format::DirectoryZip, Format::YamlZip] {
        let out = place.path().join(if format.is_zip() { format!("{format:?}.zip") } else { format!("{format:?}") });
        let first = write(&planned(format), format, &out, false).unwrap();
        assert_eq!(first.changed.len(), planned(format).files.len());
        // A file that is written anew has another time.
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        let files: Vec<_> = match format.is_zip() {
            true => vec![out.clone()],
            false => snapshot(&out).into_keys().map(|path| out.join(path)).collect(),
        };
        for file in &files {
            fs::File::options().append(true).open(file).unwrap().set_modified(old).unwrap();
        }
        let touched = || files.iter().filter(|file| fs::metadata(file).unwrap().modified().unwrap() != old).count();
        for replace in [false, true] {
            assert_eq!(write(&planned(format), format, &out, replace).unwrap(), Written::default());
            assert_eq!(touched(), 0, "{format:?}");
        }
        let written = write(&with_login(format, b"// new"), format, &out, true).unwrap();
        assert_eq!(written.changed.len(), 2, "the script and the list: {written:?}");
        assert_eq!(touched(), if format.is_zip() { 1 } else { 2 });
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_bundle_are_no_way_around() {
    let place = folder(&[("elsewhere/login.js", b"// mine"), ("other.js", b"// mine")]);
    let out = place.path().join("out");
    write(&planned(Format::Directory), Format::Directory, &out, false).unwrap();
    let new = with_login(Format::Directory, b"// new");
    fs::remove_file(out.join(LOGIN)).unwrap();
    std::os::unix::fs::symlink(place.path().join("other.js"), out.join(LOGIN)).unwrap();
    assert_eq!(write(&new, Format::Directory, &out, true).unwrap_err().code(), "would_lose");
    fs::remove_dir_all(out.join("database-connections/legacy-users")).unwrap();
    std::os::unix::fs::symlink(place.path().join("elsewhere"), out.join("database-connections/legacy-users")).unwrap();
    assert_eq!(write(&new, Format::Directory, &out, true).unwrap_err().code(), "would_lose");
    assert_eq!(fs::read(place.path().join("elsewhere/login.js")).unwrap(), b"// mine");
}

#[test]
fn a_zip_is_treated_as_a_folder() {
    let place = folder(&[]);
    let zip = |name: &str| place.path().join(name);
    // Nobody's zip but ours.
    write(&planned(Format::DirectoryZip), Format::DirectoryZip, &zip("ours.zip"), false).unwrap();
    fs::write(zip("theirs.zip"), b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    change_zip(&zip("theirs.zip"), &[("database-connections/a/database.json", b"{}"), ("photo.jpg", b"x")]);
    let before = fs::read(zip("theirs.zip")).unwrap();
    let error = write(&planned(Format::DirectoryZip), Format::DirectoryZip, &zip("theirs.zip"), true).unwrap_err();
    assert!(error.code() == "occupied" && error.to_string().contains("no export of Sluice"), "{error}");
    assert_eq!(fs::read(zip("theirs.zip")).unwrap(), before);
    // What was added stays, what was edited is not overwritten.
    change_zip(&zip("ours.zip"), &[("NOTES.md", b"mine")]);
    let new = with_login(Format::DirectoryZip, b"// new");
    let written = write(&new, Format::DirectoryZip, &zip("ours.zip"), true).unwrap();
    assert_eq!(codes(&written), [("kept_foreign", "NOTES.md")]);
    change_zip(&zip("ours.zip"), &[(LOGIN, b"// mine")]);
    let error = write(&new, Format::DirectoryZip, &zip("ours.zip"), true).unwrap_err();
    assert!(error.code() == "would_lose" && error.to_string().ends_with(LOGIN), "{error}");
    let written = write(&planned(Format::YamlZip), Format::YamlZip, &zip("ours.zip"), true).unwrap();
    assert_eq!(codes(&written), [("kept_edited", LOGIN), ("kept_foreign", "NOTES.md")]);
    let mut archive = zip::ZipArchive::new(fs::File::open(zip("ours.zip")).unwrap()).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("NOTES.md").unwrap(), &mut text).unwrap();
    assert_eq!(text, "mine");
    assert!(archive.by_name("tenant.yaml").is_ok() && archive.by_name(LOGIN).is_ok());
}

#[test]
fn a_zip_has_a_name_that_an_import_takes() {
    let place = folder(&[]);
    let out = place.path().join("bundle");
    let error = write(&planned(Format::YamlZip), Format::YamlZip, &out, true).unwrap_err();
    assert_eq!(error.code(), "no_zip_name");
    assert!(error.hint().unwrap().ends_with("bundle.zip") && !out.exists());
    let out = place.path().join("Bundle.ZIP");
    write(&planned(Format::DirectoryZip), Format::DirectoryZip, &out, true).unwrap();
    assert_eq!(read(&out).unwrap().connections.len(), 1);
}
