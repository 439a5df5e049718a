//! `secret set | list | remove | keep`.

use serde_json::json;
use studio::Workspace;
use studio::view::SecretView;
use vault::BackendChoice;

use super::Scene;
use crate::answer::say;
use crate::arguments::{Place, Secret, SecretOf};
use crate::error::CliError;
use crate::{input, text};

pub(super) async fn secret(scene: &Scene<'_>, command: Secret) -> Result<u8, CliError> {
    match command {
        Secret::Set { name, of } => {
            let workspace = scene.workspace_with_secrets().await?;
            let connection = connection(&workspace, of).await?;
            let value = input::secret(&format!("value of {name}"))?;
            let known = workspace.list_secrets(&connection).await?.iter().any(|secret| secret.name == name);
            let set = workspace.set_secret(&connection, &name, value).await?;
            if !known {
                say(&format!(
                    "{name} is new: scripts of {connection} read it as configuration.{name} (in database.json)"
                ));
            }
            scene.answers.give(&set, || format!("{name} of {connection} is set{}\n", text::fingerprint(&set)))?;
        }
        Secret::List { of } => {
            let workspace = scene.workspace_with_secrets().await?;
            let state = workspace.vault_state().await;
            let mut lists: Vec<(String, Vec<SecretView>)> = Vec::new();
            for name in connections(&workspace, of).await? {
                let secrets = workspace.list_secrets(&name).await?;
                lists.push((name, secrets));
            }
            let document = json!({
                "vault": state,
                "connections": lists.iter().map(|(name, secrets)| json!({"connection": name, "secrets": secrets})).collect::<Vec<_>>(),
            });
            scene.answers.give(&document, || text::secrets(&state, &lists))?;
        }
        Secret::Remove { name, of } => {
            let workspace = scene.workspace_with_secrets().await?;
            let connection = connection(&workspace, of).await?;
            let secrets = workspace.list_secrets(&connection).await?;
            let Some(secret) = secrets.iter().find(|secret| secret.name == name) else {
                let known = secrets.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>().join(", ");
                let message = format!("{connection} has no secret named {name}; it has: {known}");
                return Err(CliError::usage(message, "`sluice secret list` shows them"));
            };
            workspace.remove_secret(&connection, &name).await?;
            if !secret.used_by.is_empty() {
                say(&format!(
                    "configuration.{} still refers to {name}: runs stop until it has a value again, or the key is taken out of database.json",
                    secret.used_by.join(", configuration.")
                ));
            }
            let document = json!({"connection": connection, "removed": name});
            scene.answers.give(&document, || format!("{name} of {connection} is removed\n"))?;
        }
        Secret::Keep { place } => {
            let workspace = scene.workspace().await?;
            let (choice, passphrase) = match place {
                Place::Keychain => (BackendChoice::Keychain, None),
                Place::SealedFile => (BackendChoice::SealedFile, Some(input::secret("passphrase of the sealed file")?)),
                Place::AskEachTime => (BackendChoice::AskEachTime, None),
            };
            let state = workspace.choose_vault(choice, passphrase).await?;
            scene.answers.give(&state, || format!("{}\n", state.message))?;
        }
    }
    Ok(0)
}

/// The connection named, or the only one there is.
async fn connection(workspace: &Workspace, of: SecretOf) -> Result<String, CliError> {
    let mut names = connections(workspace, of).await?;
    match names.len() {
        1 => Ok(names.remove(0)),
        0 => Err(CliError::usage("the workspace has no connections".to_owned(), "import a bundle, or make a sample")),
        _ => Err(CliError::usage(format!("whose secret is it: {}?", names.join(", ")), "name it with --connection")),
    }
}

async fn connections(workspace: &Workspace, of: SecretOf) -> Result<Vec<String>, CliError> {
    match of.connection {
        Some(name) => Ok(vec![workspace.connection(&name).await?.name]),
        None => Ok(workspace.view().await?.connections.into_iter().map(|connection| connection.name).collect()),
    }
}
