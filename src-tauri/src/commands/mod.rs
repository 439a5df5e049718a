//! Commands: one file per noun, each command a request, one call, and the error mapped.

pub(crate) mod bundles;
pub(crate) mod connections;
pub(crate) mod migration;
pub(crate) mod runs;
pub(crate) mod scripts;
pub(crate) mod secrets;
pub(crate) mod templates;
pub(crate) mod workspaces;

/// What a command answers.
pub(crate) type Answer<T> = Result<T, crate::ipc::WireError>;
