//! The rules of custom database connections as types and pure functions.
//!
//! Everything an identity platform promises or demands around action scripts lives here: which scripts exist and when
//! they are needed ([`Action`]), how a run can end ([`Ending`]), what that means ([`Outcome`]) and what the platform
//! would make of it ([`Verdict`]), what it can use of an answer ([`unusable`]), what a returned profile must look like
//! ([`profile`]), which
//! runtime it runs on ([`Runtime`]), and how a login moves a user
//! from the legacy store into the platform's ([`flow`]). Section numbers refer to the contract (`contract §3.2`).
//!
//! This crate does no I/O and knows no engine, database or window.
//!
//! ```
//! use contract::{Action, CallbackError, Ending, Outcome};
//! let ending = Ending::called_back(Some(CallbackError::new("WrongUsernameOrPasswordError").with_user_id("7")), vec![]);
//! assert_eq!(Outcome::of(Action::Login, &ending), Outcome::WrongPassword);
//! ```

mod action;
mod answer;
mod changes;
pub mod consistency;
mod doubts;
mod ending;
pub mod flow;
mod outcome;
pub mod profile;
mod runtime;
mod trace;
mod trouble;
mod verdict;
mod warning;

pub use action::{Action, ImportMode, Need};
pub use answer::{Unusable, unusable};
pub use doubts::doubts;
pub use ending::{CallbackError, Ending, Position, ScriptFault};
pub use outcome::Outcome;
pub use runtime::{REMOVED_GLOBALS, Runtime, UnknownRuntime, missing_global};
pub use trace::{
    ConsoleLevel, ConsoleLine, Effect, STAYS_IF_COMMITTED, Statement, TraceEntry, TraceKind, what_is_kept,
};
pub use trouble::{Dealings, Trouble, TroubleKind};
pub use verdict::{LogEvent, Migration, Verdict};
pub use warning::Warning;
