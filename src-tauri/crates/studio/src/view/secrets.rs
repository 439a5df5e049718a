//! The vault as the window may know it.

use serde::Serialize;

/// State of the vault as a whole.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct VaultView {
    /// `keychain`, `sealed_file`, `ask_each_time`, `environment`.
    pub backend: String,
    /// `unlocked`, `locked`, `denied`, `absent`, `slow`.
    pub state: String,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A secret as the window may know it: never its value.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct SecretView {
    /// Its name.
    pub name: String,
    /// Configuration keys that refer to it.
    pub used_by: Vec<String>,
    /// `set`, `missing`, `lost_entry`, `unknown` (vault not readable).
    pub state: String,
    /// When it was set, RFC 3339.
    pub set_at: Option<String>,
    /// Keyed fingerprint, e.g. `7f3a`.
    pub fingerprint: Option<String>,
}
