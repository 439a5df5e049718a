//! Opening: the studio itself, and workspaces.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contract::Action;
use sandbox::{Sandbox, SandboxOptions};
use store::{ConnectionKey, ScriptKey, Store};
use vault::Vault;

use crate::settings::Settings;
use crate::view::{ConfigurationView, ConnectionView, Problem, ScriptView, WorkspaceView};
use crate::{StudioError, sample};

/// How a studio is set up.
pub struct StudioOptions {
    /// Where our own data lives; [`Studio::default_data_dir`] for the installed app.
    pub data_dir: PathBuf,
    /// The `sluice-runner` binary; none to look beside this program.
    pub runner: Option<PathBuf>,
    /// Runners started ahead of need.
    pub warm_runners: usize,
    /// Where secrets come from.
    pub secrets: SecretsFrom,
}

/// Where secrets come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsFrom {
    /// The vault the admin chose on this machine; the OS keychain by default.
    Vault,
    /// Environment variables with this prefix (CI).
    Environment(String),
}

/// What lasts longer than a workspace: runners, our own data.
#[derive(Clone)]
pub struct Studio {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) data_dir: PathBuf,
    pub(crate) sandbox: Sandbox,
    pub(crate) store: Store,
    secrets: SecretsFrom,
}

/// An open workspace; its methods are the verbs.
#[derive(Clone)]
pub struct Workspace {
    pub(crate) studio: Studio,
    pub(crate) root: PathBuf,
    pub(crate) vault: Vault,
    id: String,
}

impl Studio {
    /// The folder for our own data on this system, `SLUICE_DATA_DIR` first.
    pub fn default_data_dir() -> PathBuf {
        if let Some(folder) = std::env::var_os("SLUICE_DATA_DIR").filter(|folder| !folder.is_empty()) {
            return PathBuf::from(folder);
        }
        directories::ProjectDirs::from("dev", "sluice", "Sluice")
            .map_or_else(|| PathBuf::from(".sluice"), |folders| folders.data_local_dir().to_owned())
    }

    /// Opens the studio. Call it inside a tokio runtime.
    pub async fn open(options: StudioOptions) -> Result<Studio, StudioError> {
        let runner = match options.runner {
            Some(runner) => runner,
            None => Sandbox::runner_beside_current_exe()?,
        };
        let sandbox = Sandbox::new(SandboxOptions { runner, warm: options.warm_runners })?;
        create_private_dir(&options.data_dir)?;
        let store = Store::open(&options.data_dir).await?;
        let inner = Inner { data_dir: options.data_dir, sandbox, store, secrets: options.secrets };
        Ok(Studio { inner: Arc::new(inner) })
    }

    /// Opens the workspace in this folder.
    pub async fn workspace(&self, path: &Path) -> Result<Workspace, StudioError> {
        let root = path
            .canonicalize()
            .map_err(|cause| StudioError::NoWorkspace { path: path.to_owned(), reason: cause.to_string() })?;
        let holds_connections = root.join("database-connections").is_dir() || root.join("sluice.toml").is_file();
        if !holds_connections {
            return Err(StudioError::NoWorkspace {
                path: root,
                reason: "it has no database-connections folder".into(),
            });
        }
        let id = Settings::read(&root)?.id(&root);
        let vault = match &self.inner.secrets {
            SecretsFrom::Vault => Vault::open(&self.inner.data_dir, &id).await?,
            SecretsFrom::Environment(prefix) => Vault::from_environment(prefix),
        };
        self.inner.store.remember_workspace(&root.display().to_string()).await?;
        Ok(Workspace { studio: self.clone(), root, vault, id })
    }

    /// Makes an empty workspace in this folder and opens it.
    pub async fn init(&self, path: &Path) -> Result<Workspace, StudioError> {
        let io = |cause| StudioError::Io { path: path.to_owned(), cause };
        // Before looking: `a/../b` leads nowhere until `a` is there.
        std::fs::create_dir_all(path).map_err(io)?;
        if path.join("sluice.toml").exists() || path.join("database-connections").exists() {
            return Err(StudioError::BadArgument {
                argument: path.display().to_string(),
                problem: "there is a workspace already".into(),
            });
        }
        std::fs::create_dir_all(path.join("database-connections")).map_err(io)?;
        Settings::default().write(path)?;
        self.workspace(path).await
    }

    /// Makes the sample workspace in this folder and opens it.
    pub async fn init_sample(&self, path: &Path) -> Result<Workspace, StudioError> {
        let folder = path.to_owned();
        let made = tokio::task::spawn_blocking(move || sample::create(&folder)).await;
        made.map_err(|panic| StudioError::Io { path: path.to_owned(), cause: std::io::Error::other(panic) })??;
        self.workspace(path).await
    }

    /// Opens the sample workspace in the data folder, making it on first use.
    pub async fn sample_workspace(&self) -> Result<Workspace, StudioError> {
        let path = self.inner.data_dir.join("sample");
        if path.join("sluice.toml").is_file() { self.workspace(&path).await } else { self.init_sample(&path).await }
    }

    /// Workspaces opened before, latest first; those whose folder is gone are left out.
    pub async fn recent_workspaces(&self) -> Result<Vec<String>, StudioError> {
        let recent = self.inner.store.recent_workspaces().await?;
        Ok(recent.into_iter().filter(|path| Path::new(path).is_dir()).collect())
    }
}

impl Workspace {
    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The workspace as the window lists it.
    pub async fn view(&self) -> Result<WorkspaceView, StudioError> {
        let contents = bundle::read_directory(&self.root)?;
        let settings = Settings::read(&self.root)?;
        let connections = contents.connections.iter().map(|connection| self.connection_view(connection, &settings));
        Ok(WorkspaceView {
            path: self.root.display().to_string(),
            name: self.root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            id: self.id.clone(),
            connections: connections.collect(),
            problems: contents.problems.iter().map(problem_view).collect(),
            sample: sample::of(&self.root),
        })
    }

    /// One connection as the window lists it.
    pub async fn connection(&self, name: &str) -> Result<ConnectionView, StudioError> {
        Ok(self.connection_view(&self.find(name)?, &Settings::read(&self.root)?))
    }

    fn connection_view(&self, connection: &bundle::Connection, settings: &Settings) -> ConnectionView {
        let mine = settings.connection(&connection.name);
        let mode = connection.import_mode();
        let script = |action: Action| {
            let script = connection.scripts.get(&action);
            ScriptView {
                action,
                present: script.is_some(),
                need: action.need(mode),
                path: script.map(|script| self.shown(&script.path)),
            }
        };
        ConnectionView {
            name: connection.name.clone(),
            environment: mine.environment,
            read_only: mine.read_only,
            runtime: mine.runtime,
            import_mode: mode,
            script_context: connection.script_context(),
            scripts: Action::ALL.into_iter().map(script).collect(),
            configuration: connection.configuration().into_iter().map(configuration_view).collect(),
            allowed: mine.allow,
            safe_requests: mine.safe_requests.iter().map(ToString::to_string).collect(),
            counts_users: self.root.join(&connection.folder).join(crate::count::COUNT_SCRIPT).is_file(),
        }
    }

    /// A connection by name; a connection that is there but broken is told apart from one that is not there.
    pub(crate) fn find(&self, name: &str) -> Result<bundle::Connection, StudioError> {
        let contents = bundle::read_directory(&self.root)?;
        let known = contents.connections.iter().map(|connection| connection.name.clone()).collect();
        if let Some(connection) = contents.connections.into_iter().find(|connection| connection.name == name) {
            return Ok(connection);
        }
        let folder = format!("database-connections/{name}/");
        // What is wrong with database.json explains everything else that is wrong there.
        let mut problems: Vec<_> =
            contents.problems.into_iter().filter(|problem| problem.path.starts_with(&folder)).collect();
        problems.sort_by_key(|problem| !problem.path.ends_with("/database.json"));
        match problems.into_iter().next() {
            Some(bundle::Problem { path, message, hint, .. }) => Err(StudioError::BrokenFile { path, message, hint }),
            None => Err(StudioError::UnknownConnection { name: name.to_owned(), known }),
        }
    }

    pub(crate) fn key(&self, connection: &str) -> ConnectionKey {
        ConnectionKey { workspace: self.id.clone(), connection: connection.to_owned() }
    }

    pub(crate) fn script_key(&self, connection: &str, action: Action) -> ScriptKey {
        ScriptKey { workspace: self.id.clone(), connection: connection.to_owned(), file: action.file_name() }
    }

    /// A path as shown to people: relative to the workspace.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

pub(crate) fn problem_view(problem: &bundle::Problem) -> Problem {
    Problem {
        path: problem.path.clone(),
        code: problem.code.to_string(),
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}

fn configuration_view(entry: bundle::ConfigurationEntry) -> ConfigurationView {
    let (secret, plain) = match entry.value {
        bundle::ConfigurationValue::Reference(name) => (Some(name), None),
        bundle::ConfigurationValue::Plain(text) => (None, Some(text)),
        bundle::ConfigurationValue::Null => (None, None),
    };
    ConfigurationView { key: entry.key, secret, plain }
}

fn create_private_dir(path: &Path) -> Result<(), StudioError> {
    let io = |cause| StudioError::Io { path: path.to_owned(), cause };
    std::fs::create_dir_all(path).map_err(io)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
    }
    Ok(())
}
