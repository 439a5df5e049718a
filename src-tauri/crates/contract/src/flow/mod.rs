//! Flows across scripts and stores, as pure state machines (contract §9).
//!
//! A flow says which step comes next and is told what the step brought; `studio` carries the steps out.

mod login;

pub use login::{LoginEnd, LoginFlow, LoginStep};
