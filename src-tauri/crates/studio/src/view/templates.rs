//! Templates: sets of action scripts to begin a connection with.

use serde::Serialize;

/// A set of scripts for one kind of legacy store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct TemplateView {
    /// What it is asked for by, e.g. `postgres`.
    pub key: String,
    /// What people call the store.
    pub name: String,
    /// What the store must be or have, in a sentence.
    pub needs: String,
    /// npm modules the scripts require, beside Node's own.
    pub modules: Vec<String>,
    /// Keys of `configuration` to fill in.
    pub configuration: Vec<String>,
    /// Secrets they refer to, to be set before the first run.
    pub secrets: Vec<String>,
    /// The file that describes what the scripts expect to find, e.g. `schema.sql`.
    pub schema: String,
}
