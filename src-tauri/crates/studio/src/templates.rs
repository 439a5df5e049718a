//! Templates: the sets in `scripts/`, shipped inside the program, and new connections made from them (contract §14).

use bundle::ConfigurationValue;

use crate::StudioError;
use crate::open::Workspace;
use crate::view::{ConnectionView, TemplateView};

/// The name every set has in its `connection.json`.
const PLACEHOLDER: &str = "\"legacy-users\"";
/// The platform's limit for a connection's name (contract §8.1).
const MAX_NAME: usize = 128;

/// One folder of `scripts/`.
struct Set {
    key: &'static str,
    name: &'static str,
    needs: &'static str,
    modules: &'static [&'static str],
    connection: &'static str,
    schema: (&'static str, &'static str),
    scripts: [(&'static str, &'static str); 9],
}

macro_rules! text {
    ($key:literal, $file:literal) => {
        include_str!(concat!("../../../../scripts/", $key, "/", $file))
    };
}

macro_rules! set {
    ($key:literal, $name:literal, $modules:expr, $schema:literal, $needs:literal) => {
        Set {
            key: $key,
            name: $name,
            needs: $needs,
            modules: &$modules,
            connection: text!($key, "connection.json"),
            schema: ($schema, text!($key, $schema)),
            scripts: [
                ("login.js", text!($key, "login.js")),
                ("get_user.js", text!($key, "get_user.js")),
                ("create.js", text!($key, "create.js")),
                ("verify.js", text!($key, "verify.js")),
                ("change_password.js", text!($key, "change_password.js")),
                ("delete.js", text!($key, "delete.js")),
                ("change_email.js", text!($key, "change_email.js")),
                ("count_users.js", text!($key, "count_users.js")),
                ("list_users.js", text!($key, "list_users.js")),
            ],
        }
    };
}

const SETS: [Set; 13] = [
    set!("postgres", "PostgreSQL", ["pg", "bcrypt"], "schema.sql", "A users table with bcrypt hashes."),
    set!("mysql", "MySQL and MariaDB", ["mysql", "bcrypt"], "schema.sql", "A users table with bcrypt hashes."),
    set!(
        "sqlserver",
        "SQL Server and Azure SQL",
        ["tedious", "bcrypt"],
        "schema.sql",
        "A users table with bcrypt hashes, and a login for SQL Server authentication. For Azure SQL the host is NAME.database.windows.net."
    ),
    set!(
        "mongodb",
        "MongoDB",
        ["mongodb", "bcrypt"],
        "schema.js",
        "A collection of users with bcrypt hashes, and unique indexes on e-mail and username."
    ),
    set!(
        "sqlite",
        "SQLite",
        ["sqlite3", "bcrypt", "argon2"],
        "schema.sql",
        "A database file; to try things out, since the platform reaches no files. Six kinds of password hash."
    ),
    set!(
        "ldap",
        "LDAP directory",
        ["ldapjs", "bcrypt"],
        "schema.ldif",
        "Entries of people, and a service account that may read them; to write, one that may write. Active Directory for Login and Get User."
    ),
    set!(
        "basic-auth",
        "Web service with Basic authentication",
        [],
        "schema.md",
        "An HTTPS service that takes a user's own credentials at /profile, and a service account for everything else."
    ),
    set!(
        "json-api",
        "JSON API (fetch)",
        [],
        "schema.md",
        "An HTTPS API with an OAuth 2.0 token endpoint: grants password and client_credentials."
    ),
    set!("json-api-axios", "JSON API (axios)", ["axios"], "schema.md", "The same API as for fetch, called with axios."),
    set!(
        "auth0-tenant",
        "Another Auth0 tenant",
        [],
        "schema.md",
        "A machine-to-machine application there, with the grants Password and Client Credentials and the Management API's user scopes."
    ),
    set!(
        "aspnet-identity",
        "ASP.NET Identity 2 and ASP.NET Core Identity",
        ["tedious"],
        "schema.sql",
        "The table AspNetUsers in SQL Server; hashes of version 2 and version 3. IDENTITY_VERSION is core or 2."
    ),
    set!(
        "aspnet-simple-membership-mvc4",
        "ASP.NET SimpleMembership (MVC4)",
        ["tedious"],
        "schema.sql",
        "The tables UserProfile and webpages_Membership in SQL Server, where the username is the e-mail address."
    ),
    set!(
        "aspnet-membership-mvc3",
        "ASP.NET Membership, Universal Providers (MVC3)",
        ["tedious"],
        "schema.sql",
        "The tables Applications, Users and Memberships in SQL Server, with hashed passwords (PasswordFormat 1)."
    ),
];

/// Every template, in the order to offer them.
pub fn templates() -> Result<Vec<TemplateView>, StudioError> {
    SETS.iter().map(view).collect()
}

/// One template.
pub fn template(key: &str) -> Result<TemplateView, StudioError> {
    view(find(key)?)
}

/// What a template's scripts expect to find in the store: the file's name and its text.
pub fn template_schema(key: &str) -> Result<(&'static str, &'static str), StudioError> {
    Ok(find(key)?.schema)
}

impl Workspace {
    /// Makes a connection from a template; `name` is the connection's, and must be free.
    pub async fn add_from_template(&self, template: &str, name: &str) -> Result<ConnectionView, StudioError> {
        let set = find(template)?;
        check_name(name)?;
        if bundle::read_directory(&self.root)?.connection(name).is_some() {
            return Err(StudioError::ConnectionExists { name: name.to_owned() });
        }
        bundle::import(&read(set, name)?, &self.root, &[])?;
        self.connection(name).await
    }
}

fn find(key: &str) -> Result<&'static Set, StudioError> {
    SETS.iter().find(|set| set.key == key).ok_or_else(|| {
        let known: Vec<&str> = SETS.iter().map(|set| set.key).collect();
        StudioError::BadArgument {
            argument: key.to_owned(),
            problem: format!("there is no such template; there are {}", known.join(", ")),
        }
    })
}

/// Letters, digits and single hyphens between them (contract §8.1).
fn check_name(name: &str) -> Result<(), StudioError> {
    let legal = name.split('-').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()));
    if legal && name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(StudioError::BadArgument {
        argument: name.to_owned(),
        problem: format!(
            "a connection's name has letters, digits and single hyphens between them, {MAX_NAME} characters at most"
        ),
    })
}

/// The set as a bundle of one connection.
fn read(set: &Set, name: &str) -> Result<bundle::Contents, StudioError> {
    let io = |cause| StudioError::Io { path: std::env::temp_dir(), cause };
    let folder = tempfile::tempdir().map_err(io)?;
    let connection = folder.path().join("database-connections").join(name);
    std::fs::create_dir_all(&connection).map_err(io)?;
    let json = set.connection.replace(PLACEHOLDER, &format!("\"{name}\""));
    std::fs::write(connection.join("database.json"), json).map_err(io)?;
    for (file, text) in set.scripts {
        std::fs::write(connection.join(file), text).map_err(io)?;
    }
    Ok(bundle::read_directory(folder.path())?)
}

fn view(set: &Set) -> Result<TemplateView, StudioError> {
    let contents = read(set, "template")?;
    let entries: Vec<_> = contents.connections.iter().flat_map(bundle::Connection::configuration).collect();
    let secret = |entry: &bundle::ConfigurationEntry| match &entry.value {
        ConfigurationValue::Reference(name) => Some(name.clone()),
        _ => None,
    };
    Ok(TemplateView {
        key: set.key.to_owned(),
        name: set.name.to_owned(),
        needs: set.needs.to_owned(),
        modules: set.modules.iter().map(|module| (*module).to_owned()).collect(),
        secrets: entries.iter().filter_map(secret).collect(),
        configuration: entries.into_iter().map(|entry| entry.key).collect(),
        schema: set.schema.0.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_of_scripts_is_offered_with_what_it_requires() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../scripts");
        let mut folders: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let mut keys: Vec<&str> = SETS.iter().map(|set| set.key).collect();
        folders.sort();
        keys.sort_unstable();
        assert_eq!(folders, keys);
        for set in &SETS {
            let mut required: Vec<&str> = set
                .scripts
                .iter()
                .flat_map(|(_, text)| text.split("require('").skip(1).filter_map(|rest| rest.split('\'').next()))
                .filter(|module| !["crypto", "util"].contains(module))
                .collect();
            required.sort_unstable();
            required.dedup();
            let mut said = set.modules.to_vec();
            said.sort_unstable();
            assert_eq!(required, said, "{}", set.key);
        }
    }

    #[test]
    fn a_template_reads_as_a_sound_bundle_under_any_name() {
        for set in &SETS {
            let contents = read(set, "my-users").unwrap();
            assert_eq!(contents.problems, [], "{}", set.key);
            let connection = contents.connection("my-users").unwrap();
            assert_eq!(connection.json["realms"], serde_json::json!(["my-users"]));
            assert_eq!(connection.scripts.keys().copied().collect::<Vec<_>>(), contract::Action::DEPLOYABLE);
            assert_eq!(connection.tools.len(), 2);
        }
        let offered = templates().unwrap();
        let postgres = offered.iter().find(|template| template.key == "postgres").unwrap();
        assert_eq!(postgres.secrets, ["PG_USER", "PG_PASSWORD"]);
        assert!(postgres.configuration.contains(&"PG_HOST".to_owned()));
    }

    #[test]
    fn names_are_the_platforms() {
        for good in ["a", "my-users-2", "A1"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "a b", "../a", "é", &"x".repeat(129)] {
            assert_eq!(check_name(bad).unwrap_err().code(), "bad_argument", "{bad}");
        }
        assert!(find("oracle").err().unwrap().to_string().contains("sqlserver"));
    }
}
