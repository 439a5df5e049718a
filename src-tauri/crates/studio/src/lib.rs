//! The verbs: everything an admin can do with a workspace, headless.
//!
//! The window and the command line are two faces of this crate and decide nothing themselves. [`Studio`] holds what
//! lasts longer than a workspace (runners, our own data); [`Workspace`] has the verbs, one module per noun. Answers are
//! plain data ([`view`]) that cannot hold a secret; failures are one type ([`StudioError`]) with a code, a message that
//! names the culprit, and a hint.
//!
//! Files are read afresh for every verb: what is on disk is the truth, and a `git pull` needs no reload.

mod arguments;
pub mod check;
mod connect;
mod count;
mod doctor;
mod error;
mod exchange;
mod findings;
mod flow;
mod leaks;
mod modules;
mod open;
mod policy;
mod report;
mod run;
pub mod sample;
mod scripts;
mod secrets;
mod settings;
mod templates;
mod values;
pub mod view;

pub use connect::StageSink;
pub use error::StudioError;
pub use flow::LoginRequest;
pub use modules::{UnknownModule, module, modules};
pub use open::{SecretsFrom, Studio, StudioOptions, Workspace};
pub use policy::SettingsChange;
pub use run::{EventSink, FileRequest, RunOptions, TryRequest};
pub use templates::{template, template_schema, templates};
