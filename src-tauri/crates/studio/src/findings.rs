//! The verb behind `sluice check`: gathers what the static rules need.

use bundle::ConfigurationValue;
use contract::Warning;
use vault::Redactor;

use crate::StudioError;
use crate::check::{self, Shapes};
use crate::open::Workspace;
use crate::settings::Settings;
use crate::view::Finding;

impl Workspace {
    /// Everything the static rules find in a connection, or in all of them and the files around them.
    pub async fn check(&self, name: Option<&str>) -> Result<Vec<Finding>, StudioError> {
        let contents = bundle::read_directory(&self.root)?;
        let mut findings = check::files(&contents);
        if let Some(name) = name {
            if !findings.iter().any(|finding| finding.connection == name) {
                self.find(name)?;
            }
            findings.retain(|finding| finding.connection == name);
        }
        let settings = Settings::read(&self.root)?;
        // Any connection's secret may stand in any file, as for an export.
        let redactor = Redactor::new(self.known_secrets(&contents.connections).await.values);
        let mut unseen: Vec<(String, Vec<String>)> = Vec::new();
        for connection in
            contents.connections.iter().filter(|connection| name.is_none_or(|name| connection.name == name))
        {
            let mut shapes = Shapes::new();
            for (action, script) in &connection.scripts {
                let text = String::from_utf8_lossy(&script.bytes);
                shapes.insert(*action, self.studio.inner.sandbox.inspect(&action.file_name(), &text).await?);
            }
            let runtime = settings.connection(&connection.name).runtime;
            let (missing, why) = self.missing_secrets(connection).await;
            findings.extend(check::connection(connection, &shapes, &missing, runtime));
            findings.extend(check::in_clear(connection, &|bytes| redactor.found_in(bytes)));
            if let Some(why) = why {
                match unseen.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, connections)) => connections.push(connection.name.clone()),
                    None => unseen.push((why, vec![connection.name.clone()])),
                }
            }
        }
        // A locked keychain is one reason, however many connections it hides secrets of.
        findings.extend(unseen.into_iter().map(|(why, connections)| Finding {
            connection: connections.join(", "),
            action: None,
            severity: "warning".to_owned(),
            warning: Warning::new("secrets_unseen", format!("whether every secret has a value is not known: {why}")),
        }));
        Ok(findings)
    }

    /// Names the connection refers to that certainly have no value; and why that is not known of others.
    async fn missing_secrets(&self, connection: &bundle::Connection) -> (Vec<String>, Option<String>) {
        let (mut missing, mut unseen) = (Vec::new(), None);
        for entry in connection.configuration() {
            if let ConfigurationValue::Reference(name) = entry.value
                && let Err(error) = self.vault.get(&connection.name, &name).await
            {
                match error.code() {
                    "missing" => missing.push(name),
                    // The next name would hear the same, in the end after a time-out each.
                    "locked" | "denied" | "absent" | "slow" => return (missing, Some(error.to_string())),
                    _ => unseen = Some(error.to_string()),
                }
            }
        }
        (missing, unseen)
    }
}
