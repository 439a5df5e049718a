//! Texts of scripts and their versions.

use serde::Serialize;

/// The text of a script.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ScriptText {
    /// The text as it is on disk.
    pub text: String,
    /// Fingerprint of that text; hand it back on save so that a change from outside is noticed.
    pub revision: String,
    /// Typing that was journalled and never saved (after a crash), when it differs from `text`.
    pub unsaved: Option<String>,
}

/// What a save did.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SaveResult {
    /// Saved, and a version of it kept.
    Saved {
        /// Fingerprint of the new text.
        revision: String,
        /// Number of the version, from 1.
        version: u32,
        /// When, RFC 3339.
        saved_at: String,
    },
    /// The file changed outside since it was read; nothing was written.
    Conflict {
        /// What is on disk now.
        theirs: String,
        /// Its fingerprint; saving with it overwrites knowingly.
        revision: String,
    },
}

/// A kept version of a script.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct VersionView {
    /// Number, from 1.
    pub version: u32,
    /// When, RFC 3339.
    pub saved_at: String,
    /// Bytes.
    pub bytes: u32,
    /// The text.
    pub text: String,
}
