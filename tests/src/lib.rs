//! What the acceptance tests share: real servers, the real Node, the built binaries.

mod binaries;
pub mod canary;
pub mod parity;
pub mod screen;
pub mod servers;
pub mod stores;

pub use binaries::binary;
