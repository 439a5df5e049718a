//! Stories of a person at the real window, under a virtual display: the sample, a connection of one's own, what a connection's page
//! does, every screen in both colour schemes and two sizes, and scripts that would hold a window up.
//!
//! Pictures stay in `<target>/screenshots`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; the lints excuse test functions only, not what they call

mod first_minute;
mod hostile;
mod new_connection;
mod opening;
mod runtime;
mod screens;
mod settings;
mod stages;
mod steps;
