//! What a connection's scripts may reach, what kind of store it is, and what its runs imitate.

use std::path::{Path, PathBuf};

use contract::Runtime;
use legacy::{Endpoint, Policy, SafeRequest};

use crate::StudioError;
use crate::open::Workspace;
use crate::settings::Settings;
use crate::view::{ConnectionView, Environment};

/// What changes in a connection's settings; what is none or empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Hosts (`name:port`) and files its scripts may reach from now on.
    pub allow: Vec<String>,
    /// Those they may no longer reach, as the settings list them.
    pub disallow: Vec<String>,
    /// Requests of its scripts that only ask although their method may write, as `POST https://api.example/login`: a safe try
    /// sends them from now on.
    pub add_safe_requests: Vec<String>,
    /// Those that are held back again, as the settings list them.
    pub remove_safe_requests: Vec<String>,
    /// The runtime its runs imitate.
    pub runtime: Option<Runtime>,
    /// What kind of store it has.
    pub environment: Option<Environment>,
    /// Whether its scripts are kept from writing.
    pub read_only: Option<bool>,
}

impl Workspace {
    /// Changes a connection's settings: all of it, or nothing where a part makes no sense. After a change of runtime its
    /// container is left behind: the next run starts a new one.
    pub async fn change_settings(
        &self,
        connection: &str,
        change: &SettingsChange,
    ) -> Result<ConnectionView, StudioError> {
        self.find(connection)?;
        let mut settings = Settings::read(&self.root)?;
        let mut mine = settings.connection(connection);
        for text in &change.disallow {
            let named = text.parse::<Endpoint>().map_or_else(|_| text.clone(), |endpoint| endpoint.to_string());
            let before = mine.allow.len();
            mine.allow.retain(|allowed| *allowed != named && allowed != text);
            if mine.allow.len() == before {
                let list = mine.allow.join(", ");
                let allowed = if list.is_empty() { "nothing is".to_owned() } else { format!("allowed are {list}") };
                let problem = format!("it is not allowed in the settings of {connection}; {allowed}");
                return Err(StudioError::BadArgument { argument: text.clone(), problem });
            }
        }
        for text in &change.allow {
            let endpoint = endpoint(text, &self.root)?.to_string();
            if !mine.allow.contains(&endpoint) {
                mine.allow.push(endpoint);
            }
        }
        for text in &change.remove_safe_requests {
            let before = mine.safe_requests.len();
            let named = text.parse::<SafeRequest>().ok();
            mine.safe_requests.retain(|request| Some(request) != named.as_ref());
            if mine.safe_requests.len() == before {
                let list = mine.safe_requests.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let safe = if list.is_empty() { "nothing is".to_owned() } else { format!("safe are {list}") };
                let problem = format!("it is not a safe request in the settings of {connection}; {safe}");
                return Err(StudioError::BadArgument { argument: text.clone(), problem });
            }
        }
        for text in &change.add_safe_requests {
            let request = safe_request(text)?;
            if !mine.safe_requests.contains(&request) {
                mine.safe_requests.push(request);
            }
        }
        mine.runtime = change.runtime.unwrap_or(mine.runtime);
        mine.environment = change.environment.unwrap_or(mine.environment);
        mine.read_only = change.read_only.unwrap_or(mine.read_only);
        settings.set_connection(connection, &mine);
        settings.write(&self.root)?;
        self.connection(connection).await
    }

    /// Lets a connection's scripts reach a host (`name:port`) or a file.
    pub async fn allow(&self, connection: &str, endpoint: &str) -> Result<ConnectionView, StudioError> {
        let change = SettingsChange { allow: vec![endpoint.to_owned()], ..SettingsChange::default() };
        self.change_settings(connection, &change).await
    }

    /// Takes back that a connection's scripts may reach a host or a file, as the settings list it.
    pub async fn disallow(&self, connection: &str, endpoint: &str) -> Result<ConnectionView, StudioError> {
        let change = SettingsChange { disallow: vec![endpoint.to_owned()], ..SettingsChange::default() };
        self.change_settings(connection, &change).await
    }

    /// Says that a request of a connection's scripts only asks: `POST https://api.example/login`.
    pub async fn add_safe_request(&self, connection: &str, request: &str) -> Result<ConnectionView, StudioError> {
        let change = SettingsChange { add_safe_requests: vec![request.to_owned()], ..SettingsChange::default() };
        self.change_settings(connection, &change).await
    }

    /// Holds a request back again, as the settings list it.
    pub async fn remove_safe_request(&self, connection: &str, request: &str) -> Result<ConnectionView, StudioError> {
        let change = SettingsChange { remove_safe_requests: vec![request.to_owned()], ..SettingsChange::default() };
        self.change_settings(connection, &change).await
    }

    /// Says what kind of store a connection has, and whether its scripts may write at all.
    pub async fn set_environment(
        &self,
        connection: &str,
        environment: Environment,
        read_only: bool,
    ) -> Result<ConnectionView, StudioError> {
        let change =
            SettingsChange { environment: Some(environment), read_only: Some(read_only), ..SettingsChange::default() };
        self.change_settings(connection, &change).await
    }

    /// Says which runtime a connection's runs imitate.
    pub async fn set_runtime(&self, connection: &str, runtime: Runtime) -> Result<ConnectionView, StudioError> {
        let change = SettingsChange { runtime: Some(runtime), ..SettingsChange::default() };
        self.change_settings(connection, &change).await
    }

    /// Throws the connection's container away: the next run starts with an empty `global` (contract §7.2 E5).
    pub async fn recycle(&self, connection: &str) -> Result<(), StudioError> {
        self.find(connection)?;
        self.studio.inner.sandbox.recycle(&self.container(connection)).await;
        Ok(())
    }

    /// What the sandbox knows the connection's container by.
    pub(crate) fn container(&self, connection: &str) -> String {
        format!("{}/{connection}", self.root.display())
    }
}

/// The policy of a connection: files inside the workspace, what its settings allow (`kept`), and what is allowed for one run
/// (`given`).
pub(crate) fn policy(folder: PathBuf, root: &Path, kept: &[String], given: &[String]) -> Result<Policy, StudioError> {
    let kept = kept.iter().map(|text| text.parse().map_err(|_| neither(text)));
    let given = given.iter().map(|text| endpoint(text, root));
    let allowed = kept.chain(given).collect::<Result<Vec<_>, _>>()?;
    Ok(Policy::new(root.to_owned(), allowed).in_folder(folder))
}

/// A host or a file as typed by an admin. A file has to be there, so that a mistyped host does not pass for one.
fn endpoint(text: &str, root: &Path) -> Result<Endpoint, StudioError> {
    match text.parse() {
        Ok(Endpoint::File(path)) if !root.join(&path).exists() => Err(neither(text)),
        Ok(endpoint) => Ok(endpoint),
        Err(_) => Err(neither(text)),
    }
}

/// A request as typed by an admin. What is kept in `sluice.toml` is for everybody to read, so no password may stand in it.
fn safe_request(text: &str) -> Result<SafeRequest, StudioError> {
    let bad = |problem: &str| StudioError::BadArgument { argument: text.to_owned(), problem: problem.to_owned() };
    let request: SafeRequest = text.parse().map_err(|_| {
        bad("it is no method and address, as in POST https://api.example/login; the address covers what lies below it")
    })?;
    let place = request.to_string();
    let authority =
        place.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if authority.contains('@') {
        return Err(StudioError::BadArgument {
            argument: place.split("://").next().unwrap_or_default().to_owned(),
            problem: "the address has a user and a password in it; leave them out, they are not compared".to_owned(),
        });
    }
    Ok(request)
}

fn neither(text: &str) -> StudioError {
    StudioError::BadArgument {
        argument: text.to_owned(),
        problem: "it is neither a host with its port, as in db.example:5432 or [::1]:5432, nor a file that is there"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_safe_request_names_method_and_address_and_no_password() {
        assert_eq!(safe_request(" post  https://a.example/x ").unwrap().to_string(), "POST https://a.example/x");
        for (bad, words) in [
            ("", "no method and address"),
            ("https://a.example/x", "no method and address"),
            ("POST /login", "no method and address"),
            ("POST https://u:hidden@a.example/x", "leave them out"),
        ] {
            let error = safe_request(bad).unwrap_err();
            assert!(error.code() == "bad_argument" && error.to_string().contains(words), "{bad}: {error}");
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
    }

    #[test]
    fn a_mistyped_host_is_no_file() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("users.db"), "").unwrap();
        for good in ["db.example:5432", "[::1]:5432", "127.0.0.1:1", "users.db"] {
            assert_eq!(endpoint(good, root.path()).unwrap().to_string(), good);
        }
        for bad in ["", "nonsense", "db.example", "db.example:99999", "https://db.example:443", "*:5432", "127.1:80"] {
            let error = endpoint(bad, root.path()).unwrap_err();
            assert!(error.code() == "bad_argument" && error.to_string().contains("db.example:5432"), "{bad}: {error}");
        }
        // A file of the settings may come back.
        assert!(policy(PathBuf::new(), root.path(), &["gone.db".to_owned()], &[]).is_ok());
    }
}
