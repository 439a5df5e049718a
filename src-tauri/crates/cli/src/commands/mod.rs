//! One function per command: take the arguments, call one verb, give the answer.

mod bundles;
mod migration;
mod modules;
mod runs;
mod secrets;
mod settings;
mod templates;
mod workspace;

use studio::{SecretsFrom, Studio, StudioOptions, Workspace};
use tokio_util::sync::CancellationToken;

use crate::answer::Answers;
use crate::arguments::{Command, Sluice};
use crate::error::CliError;
use crate::input;

/// What every command has at hand.
struct Scene<'a> {
    studio: Studio,
    folder: std::path::PathBuf,
    answers: &'a Answers,
    cancel: CancellationToken,
}

/// Performs the command and answers its exit code.
pub(crate) async fn perform(arguments: Sluice, answers: &Answers, cancel: CancellationToken) -> Result<u8, CliError> {
    if let Command::Modules { name } = &arguments.command {
        return modules::modules(answers, name.as_deref());
    }
    let secrets = match arguments.secrets_from_env {
        Some(prefix) => SecretsFrom::Environment(prefix),
        None => SecretsFrom::Vault,
    };
    let options = StudioOptions { data_dir: Studio::default_data_dir(), runner: None, warm_runners: 0, secrets };
    let studio = Studio::open(options).await?;
    let scene = Scene { studio, folder: arguments.workspace, answers, cancel };
    match arguments.command {
        Command::Init { dir, sample } => workspace::init(&scene, &dir, sample).await,
        Command::New { template, name, schema } => templates::new(&scene, template, name, schema).await,
        Command::List => workspace::list(&scene).await,
        Command::Modules { name } => modules::modules(answers, name.as_deref()),
        Command::Check { connection } => workspace::check(&scene, connection.as_deref()).await,
        Command::Connect { connection, allow } => workspace::connect(&scene, &connection, &allow).await,
        Command::Try { connection, action, with } => runs::try_script(&scene, connection, action, with).await,
        Command::Run { file, action, with } => runs::run_file(&scene, file, action, with).await,
        Command::Flow { connection, operation, with } => migration::flow(&scene, connection, operation, with).await,
        Command::Count { connection, watch, every, allow } => {
            migration::count(&scene, &connection, watch.then_some(every), &allow).await
        }
        Command::Settings { connection, change } => settings::settings(&scene, &connection, change).await,
        Command::Secret(command) => secrets::secret(&scene, command).await,
        Command::Export { connections, format, out, replace } => {
            bundles::export(&scene, &connections, format, &out, replace).await
        }
        Command::Import { path, replace, preview } => bundles::import(&scene, &path, &replace, preview).await,
    }
}

impl Scene<'_> {
    async fn workspace(&self) -> Result<Workspace, CliError> {
        Ok(self.studio.workspace(&self.folder).await?)
    }

    /// The workspace with its secrets at hand: a sealed file is unlocked first, when somebody can be asked.
    async fn workspace_with_secrets(&self) -> Result<Workspace, CliError> {
        let workspace = self.workspace().await?;
        if input::can_ask() {
            let state = workspace.vault_state().await;
            if state.backend == "sealed_file" && state.state == "locked" {
                workspace.unlock_vault(input::secret("passphrase of the sealed file")?).await?;
            }
        }
        Ok(workspace)
    }
}
