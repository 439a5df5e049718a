//! The sample workspace: a SQLite legacy store with a thousand users who do not exist, and the scripts that read it.
//!
//! `users.tsv` beside this module is made by `cargo run -p studio --example generate_sample`; hashing a thousand
//! passwords takes a minute, copying the result takes milliseconds.

use std::fmt::Write as _;
use std::path::Path;

use bundle::BundleError;

use crate::view::{SampleUser, SampleView};

/// The sample's connection.
const CONNECTION: &str = "legacy-users";
/// The legacy store, beside `sluice.toml`.
const DATABASE: &str = "legacy.sqlite";
/// Marks a workspace as the sample.
const MARK: &str = "sample = true";

const USERS: &str = include_str!("users.tsv");
const SCHEMA: &str = include_str!("../../../../../scripts/sqlite/schema.sql");

/// The connection's files, from the templates for SQLite.
const FILES: [(&str, &str); 10] = [
    ("database.json", include_str!("../../../../../scripts/sqlite/connection.json")),
    ("login.js", include_str!("../../../../../scripts/sqlite/login.js")),
    ("get_user.js", include_str!("../../../../../scripts/sqlite/get_user.js")),
    ("create.js", include_str!("../../../../../scripts/sqlite/create.js")),
    ("verify.js", include_str!("../../../../../scripts/sqlite/verify.js")),
    ("change_password.js", include_str!("../../../../../scripts/sqlite/change_password.js")),
    ("delete.js", include_str!("../../../../../scripts/sqlite/delete.js")),
    ("change_email.js", include_str!("../../../../../scripts/sqlite/change_email.js")),
    ("count_users.js", include_str!("../../../../../scripts/sqlite/count_users.js")),
    ("list_users.js", include_str!("../../../../../scripts/sqlite/list_users.js")),
];

/// Known users, one per password format. Their passwords are public by design.
const KNOWN: [(&str, &str, &str); 6] = [
    ("ivan.fairweather@harbor.example", "Keel-gravel-18", "bcrypt $2b$"),
    ("olga.fairweather@example.org", "Canal-lagoon-47", "bcrypt $2y$"),
    ("emil.castillo@post.example", "Inlet-anchor-20", "ASP.NET Identity v3"),
    ("freya.sato@harbor.example", "Harbour-jetty-72", "Django PBKDF2-SHA256"),
    ("oskar.mbeki@example.com", "Basin-harbour-50", "salted SHA-256"),
    ("tariq.kruger@example.org", "Anchor-ferry-24", "argon2id"),
];

/// Makes the sample workspace in a folder that is empty or not there yet.
pub fn create(folder: &Path) -> Result<SampleView, BundleError> {
    let folder = &std::path::absolute(folder).map_err(|error| BundleError::io(folder, error))?;
    let failed = |error| BundleError::io(folder, error);
    if folder.exists() && folder.read_dir().map_err(failed)?.next().is_some() {
        return Err(BundleError::Occupied { path: folder.clone(), reason: "it is not empty".to_owned() });
    }
    std::fs::create_dir_all(folder.parent().unwrap_or(folder)).map_err(failed)?;
    // Built beside its place and renamed into it: no half-made workspace is ever there.
    let beside = folder.parent().unwrap_or(folder);
    let built = tempfile::Builder::new().prefix(".sluice-").tempdir_in(beside).map_err(failed)?;
    fill(built.path(), folder)?;
    std::fs::rename(built.path(), folder).map_err(failed)?;
    drop(built.keep());
    Ok(view())
}

/// The sample's view, when the workspace in this folder is one.
pub fn of(root: &Path) -> Option<SampleView> {
    let settings = std::fs::read_to_string(root.join("sluice.toml")).ok()?;
    settings.lines().any(|line| line.trim() == MARK).then(view)
}

fn view() -> SampleView {
    let user = |(identifier, password, format): (&str, &str, &str)| SampleUser {
        identifier: identifier.to_owned(),
        password: password.to_owned(),
        format: format.to_owned(),
    };
    SampleView { connection: CONNECTION.to_owned(), users: KNOWN.map(user).to_vec() }
}

fn fill(root: &Path, shown: &Path) -> Result<(), BundleError> {
    let connection = root.join("database-connections").join(CONNECTION);
    let failed = |error| BundleError::io(shown, error);
    std::fs::create_dir_all(&connection).map_err(failed)?;
    for (name, text) in FILES {
        std::fs::write(connection.join(name), text).map_err(failed)?;
    }
    legacy::create_database(&root.join(DATABASE), &sql())
        .map_err(|error| BundleError::io(&shown.join(DATABASE), error.cause))?;
    let settings = format!(
        "# Settings of this workspace. No secrets belong here.\nid = \"{}\"\n{MARK}\n\n[connections.{CONNECTION}]\nenvironment = \"development\"\n",
        uuid::Uuid::new_v4()
    );
    std::fs::write(root.join("sluice.toml"), settings).map_err(failed)?;
    open_up(root).map_err(failed)
}

/// The schema and a row per user.
fn sql() -> String {
    let mut sql = format!("{SCHEMA}\n");
    for line in USERS.lines() {
        let fields: Vec<String> = line.split('\t').map(literal).collect();
        let [email, verified, username, given, family, password, created, last] = &fields[..] else { continue };
        let written = writeln!(
            sql,
            "INSERT INTO users (email, email_verified, username, given_name, family_name, name, nickname, password, created_at, last_login) \
             VALUES ({email}, {verified}, {username}, {given}, {family}, {given} || ' ' || {family}, {given}, {password}, {created}, {last});"
        );
        written.expect("a String takes every text");
    }
    sql
}

fn literal(field: &str) -> String {
    if field.is_empty() { "NULL".to_owned() } else { format!("'{}'", field.replace('\'', "''")) }
}

/// Temporary folders are private; the sample has the rights of any other folder.
#[cfg(unix)]
fn open_up(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_up(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[path = "../../examples/generate_sample/people.rs"]
mod people;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_what_the_generator_makes() {
        let lines: Vec<&str> = USERS.lines().collect();
        assert_eq!(lines.len(), people::COUNT as usize);
        for (number, line) in (0..).zip(&lines) {
            let person = people::person(number);
            // Hashing all of them takes a minute; every format is regenerated twice, the rest without its hash.
            let hash = match number {
                0..6 | 994..1000 => people::hash(number, &person.password),
                _ => line.split('\t').nth(5).unwrap().to_owned(),
            };
            assert_eq!(*line, person.line(&hash), "line {}", number + 1);
        }
    }

    #[test]
    fn known_users_have_the_passwords_that_are_shown() {
        for (number, user) in (0..).zip(view().users) {
            let person = people::person(number);
            assert_eq!((user.identifier, user.password), (person.email, person.password));
            assert_eq!(user.format, people::FORMATS[number as usize]);
        }
    }

    #[test]
    fn the_sample_opens_without_problems() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a/sample");
        let start = std::time::Instant::now();
        let view = create(&root).unwrap();
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
        let contents = bundle::read_directory(&root).unwrap();
        assert_eq!(contents.problems, []);
        let connection = contents.connection(&view.connection).unwrap();
        assert_eq!(connection.import_mode(), contract::ImportMode::On);
        assert_eq!(connection.scripts.keys().copied().collect::<Vec<_>>(), contract::Action::DEPLOYABLE);
        assert_eq!(connection.tools.len(), 2);
        assert_eq!(of(&root).unwrap().users.len(), 6);
        assert_eq!(create(&root).unwrap_err().code(), "occupied");
        assert!(of(folder.path()).is_none());
    }
}
