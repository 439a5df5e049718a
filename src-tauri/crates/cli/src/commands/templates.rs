//! `new`: templates, and connections made from them.

use super::Scene;
use crate::error::CliError;
use crate::text;

/// Lists the templates, shows what one's scripts expect to find (neither needs a workspace), or makes a connection.
pub(super) async fn new(
    scene: &Scene<'_>,
    template: Option<String>,
    name: Option<String>,
    schema: bool,
) -> Result<u8, CliError> {
    match (template, name) {
        (None, _) => {
            let all = studio::templates()?;
            scene.answers.give(&all, || text::templates(&all))?;
            Ok(0)
        }
        (Some(key), _) if schema => {
            let (file, text) = studio::template_schema(&key)?;
            scene.answers.give(&serde_json::json!({"file": file, "text": text}), || text.to_owned())?;
            Ok(0)
        }
        (Some(key), Some(name)) => make(scene, &key, &name).await,
        (Some(key), None) => {
            let problem = format!("the connection from the template {key} has no name");
            Err(CliError::usage(problem, "write sluice new TEMPLATE NAME"))
        }
    }
}

async fn make(scene: &Scene<'_>, key: &str, name: &str) -> Result<u8, CliError> {
    let made = scene.workspace().await?.add_from_template(key, name).await?;
    let template = studio::template(key)?;
    scene.answers.give(&made, || text::from_template(&made, &template))?;
    Ok(0)
}
