//! The verbs: everything an admin can do, headless.
#![allow(missing_docs)]
pub mod check;
pub mod sample;
pub mod view;
