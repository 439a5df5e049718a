//! The legacy stores: what a script's clients reach, and what becomes of their writes.
//!
//! A [`Session`] spans one run, or the runs of one flow. Its [`Run`]s answer the requests of a script
//! ([`Run::handle`]): they check them against the [`Policy`], open real connections, and, unless told otherwise, see to
//! it that everything is undone at the end ([`Session::finish`], safe try, design §6).
//!
//! This crate knows databases and their drivers. It knows no script engine, no window, no secrets' origin, and writes
//! nothing into a legacy store that the script did not ask for.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use legacy::{Policy, Session, SessionOptions, Writes};
//! let policy = Policy::new(std::env::temp_dir(), vec!["127.0.0.1:5432".parse().unwrap()]);
//! let session = Session::new(SessionOptions { policy, writes: Writes::RolledBack, limits: wire::Limits::default() });
//! let run = session.begin_run();
//! assert!(run.close().await.is_empty());
//! assert_eq!(session.finish().await.rolled_back, 0);
//! # });
//! ```
// A fault crosses the wire whole and is rare; boxing it in every signature would buy nothing.
#![allow(clippy::result_large_err)]

mod classify;
mod configured;
mod create;
mod dialect;
mod driver;
mod engines;
mod fault;
mod http;
mod ldap;
mod mongodb;
mod mysql;
mod names;
mod net;
mod place;
mod policy;
mod postgres;
mod progress;
mod safe;
mod scan;
mod session;
mod socket;
mod sqlite;
mod sqlserver;
mod stage;
mod tls;
mod trace;
mod upstream;

pub use configured::Configured;
pub use create::{CreateError, create_database};
pub use http::{SafeRequest, SafeRequestError};
pub use policy::{Endpoint, EndpointError, Policy};
pub use progress::Progress;
pub use session::{
    Cause, Facts, Finish, Handled, Kept, Observed, Opened, Outages, Reach, Run, Session, SessionOptions, Unanswered,
    Writes,
};
pub use stage::{Stage, StageName, StageState, test_connection};
