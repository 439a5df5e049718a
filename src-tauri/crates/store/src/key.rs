//! What rows belong to.

/// A connection of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionKey {
    /// The workspace's stable id.
    pub workspace: String,
    /// The connection's name.
    pub connection: String,
}

impl ConnectionKey {
    /// The key of a connection.
    pub fn new(workspace: impl Into<String>, connection: impl Into<String>) -> ConnectionKey {
        ConnectionKey { workspace: workspace.into(), connection: connection.into() }
    }

    /// The key of one of its scripts.
    pub fn script(&self, file: impl Into<String>) -> ScriptKey {
        ScriptKey { workspace: self.workspace.clone(), connection: self.connection.clone(), file: file.into() }
    }
}

/// A script file of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScriptKey {
    /// The workspace's stable id.
    pub workspace: String,
    /// The connection's name.
    pub connection: String,
    /// The file's name, e.g. `login.js`.
    pub file: String,
}
