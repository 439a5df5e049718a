//! What the window keeps between commands: the studio, the open workspace, the runs under way.

use std::path::PathBuf;
use std::sync::Arc;

use studio::{SecretsFrom, Studio, StudioError, StudioOptions, Workspace};
use tokio::sync::RwLock;

use crate::ipc::WireError;
use crate::runs::Runs;

/// What to open at start.
pub(crate) enum Start {
    /// The welcome screen.
    Welcome,
    /// The sample workspace, made on first use.
    Sample,
    /// The workspace in this folder.
    Folder(PathBuf),
}

impl Start {
    pub(crate) fn from_arguments() -> Start {
        match std::env::args_os().nth(1) {
            None => Start::Welcome,
            Some(argument) if argument == "--sample" => Start::Sample,
            Some(folder) => Start::Folder(folder.into()),
        }
    }
}

/// The state Tauri manages.
pub(crate) struct App {
    pub(crate) studio: Studio,
    pub(crate) runs: Runs,
    workspace: Arc<RwLock<Option<Workspace>>>,
}

impl App {
    pub(crate) async fn start(start: Start) -> Result<App, StudioError> {
        let studio = Studio::open(StudioOptions {
            data_dir: Studio::default_data_dir(),
            runner: None,
            warm_runners: 2,
            secrets: SecretsFrom::Vault,
        })
        .await?;
        let workspace = match start {
            Start::Welcome => None,
            Start::Sample => Some(studio.sample_workspace().await?),
            Start::Folder(folder) => Some(studio.workspace(&folder).await?),
        };
        Ok(App { studio, runs: Runs::default(), workspace: Arc::new(RwLock::new(workspace)) })
    }

    /// The open workspace.
    pub(crate) async fn workspace(&self) -> Result<Workspace, WireError> {
        self.workspace.read().await.clone().ok_or_else(WireError::no_workspace)
    }

    /// The open workspace, if there is one.
    pub(crate) async fn current(&self) -> Option<Workspace> {
        self.workspace.read().await.clone()
    }

    pub(crate) async fn open(&self, workspace: Workspace) {
        *self.workspace.write().await = Some(workspace);
    }
}
