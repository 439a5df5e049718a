//! Exports and imports.

use contract::Action;
use serde::{Deserialize, Serialize};

use super::Problem;

/// What an export would write, before it does.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ExportPreview {
    /// Files with their size in bytes.
    pub files: Vec<ExportFile>,
    /// Names the target's mapping must hold (contract §15.7 B2).
    pub needs: Vec<String>,
    /// Why the export is refused; empty when it may go out.
    pub refusals: Vec<Problem>,
    /// What the reader should know (odd names, tolerated differences).
    pub notes: Vec<Problem>,
}

/// One file of an export.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ExportFile {
    /// Path inside the bundle.
    pub path: String,
    /// Bytes.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
    pub bytes: f64,
}

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormat {
    /// A deploy-cli directory.
    Directory,
    /// A deploy-cli `tenant.yaml` with its script files.
    Yaml,
    /// The directory in a zip file.
    DirectoryZip,
    /// The YAML form in a zip file.
    YamlZip,
}

/// What an import holds, shown before anything is touched.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ImportPreview {
    /// Connections with their scripts.
    pub connections: Vec<ImportedConnection>,
    /// What is odd or will be refused.
    pub problems: Vec<Problem>,
}

/// A connection inside an import.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ImportedConnection {
    /// Name.
    pub name: String,
    /// Scripts it brings.
    pub scripts: Vec<Action>,
    /// Names of the secrets it refers to.
    pub secrets: Vec<String>,
    /// Whether the workspace has a connection of this name already.
    pub exists: bool,
}
