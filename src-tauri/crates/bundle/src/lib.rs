//! Bundles of connections as auth0-deploy-cli reads and writes them: parse, check, write (contract §15).
//!
//! A workspace is a deploy-cli directory, so [`read_directory`] is also what opens a workspace. [`read`] takes bundles
//! from elsewhere and trusts nothing in them. [`plan`] decides what an export holds without being able to write it;
//! [`write`] writes it. Unknown keys and script bytes survive; secrets leave only as names.
//!
//! ```
//! let folder = std::env::temp_dir().join("no-such-bundle.zip");
//! assert_eq!(bundle::read(&folder).unwrap_err().code(), "not_found");
//! ```
//!
//! This crate has no network code, knows no vault and never sees a secret's value.

mod archive;
mod directory;
mod edit;
mod error;
mod files;
mod json;
mod layout;
mod manifest;
mod model;
mod names;
pub mod placeholder;
mod plan;
mod read;
mod render;
mod source;
mod target;
mod write;
mod yaml;

pub use directory::read_directory;
pub use edit::{add_script, set_configuration};
pub use error::BundleError;
pub use files::write_file;
pub use manifest::LIST_FILE;
pub use model::{ConfigurationEntry, ConfigurationValue, Connection, Contents, Problem, Script, Severity, TOOL_FILES};
pub use plan::{Format, MAPPINGS_FILE, MAX_SCRIPT, PATCH_FOLDER, Plan, plan, plan_selection};
pub use read::read;
pub use write::{Written, import, write};
