//! The surface table: what scripts can use, and how it relates to Node.

use serde::Serialize;

/// Everything scripts can use, without the functions.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ModulesView {
    /// The version of Node the table is compared with, e.g. `20.20`.
    pub node: String,
    /// What `require` gives, by name.
    pub modules: Vec<ModuleView>,
    /// Names without `require`; what the language has in full is left out.
    pub globals: Vec<GlobalView>,
    /// What differs beyond single modules.
    pub differences: Vec<String>,
    /// Names that will never be there.
    pub unavailable: Vec<UnavailableView>,
}

/// A module.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ModuleView {
    /// What `require` is called with.
    pub name: String,
    /// `builtin` (one of Node's own) or `package`.
    pub kind: String,
    /// `package` (the real npm package), `polyfill` (an npm polyfill of Node's own module) or `bridged` (over natives or the host).
    pub status: String,
    /// The npm package that stands in.
    pub package: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// How many of real Node's functions are there.
    pub present: u32,
    /// How many are not.
    pub absent: u32,
    /// What is known to differ, one sentence each.
    pub differences: Vec<String>,
}

/// A name without `require`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct GlobalView {
    /// The name.
    pub name: String,
    /// Who promises it: `global` (Node), `language`, `contract` (the platform), `implicit` (the platform before Node 16).
    pub kind: String,
    /// `bridged`, `polyfill` or `absent`.
    pub status: String,
    /// The module it is, where it is one.
    pub module: Option<String>,
    /// What is known to differ, one sentence each.
    pub differences: Vec<String>,
}

/// A module or a global with its functions; an implicit global has both.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct ModuleDetails {
    /// The module.
    pub module: Option<ModuleView>,
    /// The global.
    pub global: Option<GlobalView>,
    /// Its functions, by name.
    pub functions: Vec<FunctionView>,
}

/// A function.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct FunctionView {
    /// `f`, `C#method`, `C.f`, or `()` for the module itself when it is called.
    pub name: String,
    /// `real` (npm's own code), `polyfill`, `bridged`, `absent` (Node has it, scripts here have not) or `extra`.
    pub status: String,
}

/// A name no script can require.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct UnavailableView {
    /// The name.
    pub name: String,
    /// Why.
    pub reason: String,
}
