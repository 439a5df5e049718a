//! What the verbs answer: plain data for the window and the command line. Nothing here can hold a secret value.

mod exchange;
mod findings;
mod migration;
mod modules;
mod run;
mod scripts;
mod secrets;
mod templates;
mod workspace;

pub use exchange::{ExportFile, ExportFormat, ExportPreview, ImportPreview, ImportedConnection};
pub use findings::{Finding, StageView};
pub use migration::{CountsView, FailureCount, Figure, FlowReport, SeriesPoint};
pub use modules::{FunctionView, GlobalView, ModuleDetails, ModuleView, ModulesView, UnavailableView};
pub use run::{EngineView, RunError, RunEvent, RunReport, TryArguments};
pub use scripts::{SaveResult, ScriptText, VersionView};
pub use secrets::{SecretView, VaultView};
pub use templates::TemplateView;
pub use workspace::{
    ConfigurationView, ConnectionView, Environment, Problem, SampleUser, SampleView, ScriptView, WorkspaceView,
};
