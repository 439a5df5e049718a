//! Texts of scripts: read, kept while typing, saved as versions.

use contract::Action;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::StudioError;
use crate::open::Workspace;
use crate::run::script_text;
use crate::view::{SaveResult, ScriptText, VersionView};

impl Workspace {
    /// The text of a script, and typing that a crash left unsaved.
    pub async fn read_script(&self, connection: &str, action: Action) -> Result<ScriptText, StudioError> {
        let text = script_text(&self.find(connection)?, action)?;
        let key = self.script_key(connection, action);
        let draft = self.studio.inner.store.draft(&key).await?;
        let unsaved = draft.map(|draft| draft.text).filter(|draft| *draft != text);
        Ok(ScriptText { revision: revision(&text), text, unsaved })
    }

    /// Saves a script and keeps it as a version. `read_revision` is the fingerprint of the text the edit began with;
    /// when the file says something else by now, nothing is written.
    pub async fn save_script(
        &self,
        connection: &str,
        action: Action,
        text: &str,
        read_revision: Option<&str>,
    ) -> Result<SaveResult, StudioError> {
        let found = self.find(connection)?;
        let store = &self.studio.inner.store;
        let key = self.script_key(connection, action);
        match found.scripts.get(&action) {
            Some(script) => {
                let theirs = script_text(&found, action)?;
                let on_disk = revision(&theirs);
                if read_revision.is_some_and(|read| read != on_disk) && theirs != text {
                    return Ok(SaveResult::Conflict { theirs, revision: on_disk });
                }
                if store.versions(&key).await?.is_empty() {
                    store.add_version(&key, &theirs).await?; // what was there before the first save can be restored
                }
                bundle::write_file(&script.path, text.as_bytes())?;
            }
            None => {
                let folder = self.root.join(&found.folder);
                bundle::write_file(&folder.join(action.file_name()), text.as_bytes())?;
                let listed = bundle::add_script(&found, action, &format!("./{}", action.file_name()))?;
                bundle::write_file(&folder.join("database.json"), &listed)?;
            }
        }
        let version = store.add_version(&key, text).await?;
        store.drop_draft(&key).await?;
        Ok(SaveResult::Saved {
            revision: revision(text),
            version: version.version,
            saved_at: Timestamp::now().to_string(),
        })
    }

    /// Journals what is being typed, so that a crash loses nothing.
    pub async fn keep_draft(
        &self,
        connection: &str,
        action: Action,
        text: &str,
        read_revision: &str,
    ) -> Result<(), StudioError> {
        let key = self.script_key(connection, action);
        Ok(self.studio.inner.store.keep_draft(&key, text, read_revision).await?)
    }

    /// Forgets journalled typing.
    pub async fn drop_draft(&self, connection: &str, action: Action) -> Result<(), StudioError> {
        Ok(self.studio.inner.store.drop_draft(&self.script_key(connection, action)).await?)
    }

    /// Kept versions of a script, newest first.
    pub async fn script_versions(&self, connection: &str, action: Action) -> Result<Vec<VersionView>, StudioError> {
        let versions = self.studio.inner.store.versions(&self.script_key(connection, action)).await?;
        let view = |version: store::Version| VersionView {
            version: version.version,
            saved_at: version.saved_at.to_string(),
            bytes: version.text.len() as u32,
            text: version.text,
        };
        Ok(versions.into_iter().map(view).collect())
    }
}

/// Fingerprint of a text: enough to notice a change from outside.
fn revision(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..8])
}
