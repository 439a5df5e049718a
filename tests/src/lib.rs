//! What the acceptance tests share: real servers, the real Node, the built binaries.

pub mod servers;
pub mod stores;
