//! What a connection's scripts may reach, what kind of store it is, and what its runs imitate.

use std::path::{Path, PathBuf};

use contract::Runtime;
use legacy::Policy;

use crate::open::Workspace;
use crate::settings::Settings;
use crate::view::{ConnectionView, Environment};
use crate::{StudioError, run};

impl Workspace {
    /// Lets a connection's scripts reach a host (`name:port`) or a file.
    pub async fn allow(&self, connection: &str, endpoint: &str) -> Result<ConnectionView, StudioError> {
        let endpoint = run::endpoint(endpoint)?.to_string();
        self.change(connection, |mine| {
            if !mine.allow.contains(&endpoint) {
                mine.allow.push(endpoint.clone());
            }
        })
        .await
    }

    /// Says what kind of store a connection has, and whether its scripts may write at all.
    pub async fn set_environment(
        &self,
        connection: &str,
        environment: Environment,
        read_only: bool,
    ) -> Result<ConnectionView, StudioError> {
        self.change(connection, |mine| {
            mine.environment = environment;
            mine.read_only = read_only;
        })
        .await
    }

    /// Says which runtime a connection's runs imitate. Its container is left behind: the next run starts a new one.
    pub async fn set_runtime(&self, connection: &str, runtime: Runtime) -> Result<ConnectionView, StudioError> {
        self.change(connection, |mine| mine.runtime = runtime).await
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

    async fn change(
        &self,
        connection: &str,
        change: impl FnOnce(&mut crate::settings::ConnectionSettings),
    ) -> Result<ConnectionView, StudioError> {
        self.find(connection)?;
        let mut settings = Settings::read(&self.root)?;
        let mut mine = settings.connection(connection);
        change(&mut mine);
        settings.set_connection(connection, &mine);
        settings.write(&self.root)?;
        self.connection(connection).await
    }
}

/// The policy of a connection: files inside the workspace, and what is allowed by name.
pub(crate) fn policy<'a>(
    folder: PathBuf,
    root: &Path,
    allowed: impl Iterator<Item = &'a String>,
) -> Result<Policy, StudioError> {
    let allowed = allowed.map(|text| run::endpoint(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(Policy::new(root.to_owned(), allowed).in_folder(folder))
}
