//! Starts, limits, feeds and ends runners, answers their requests, and assembles the trace.
//!
//! A [`Sandbox`] keeps a few `sluice-runner` processes ready. [`Sandbox::run`] hands one a script, passes what the script
//! asks for to the legacy stores, watches the clock, and comes back with exactly one [`contract::Ending`], whatever the
//! script or the engine does. Everything in a [`RunRecord`] but its ending is redacted.
//!
//! This crate knows processes and the wire. It knows no engine, no database driver and no window.

mod columns;
mod containers;
mod derived;
mod endings;
mod error;
mod hashes;
mod places;
mod process;
mod record;
mod requests;
mod run;
mod runtimes;
mod secrets;
mod spec;
mod watch;

pub use containers::Sandbox;
pub use error::SandboxError;
pub use spec::{Engine, RunEvent, RunRecord, RunSpec, SandboxOptions, Watched};
