//! Messages between the sandbox (host) and a runner (child process).
//!
//! A frame is a 4-byte little-endian length and that many bytes of JSON. The host sends [`ToRunner`] on the runner's
//! stdin, the runner answers with [`FromRunner`] on its stdout. One [`Job`] is one run; a runner whose container is kept
//! takes further jobs after [`FromRunner::Ended`].
//!
//! This crate does no I/O of its own: it knows bytes, not pipes.

mod frame;
mod http;
mod job;
mod names;
mod report;
mod socket;
mod store;

pub use frame::{FrameError, MAX_FRAME, decode, encode, frame_length};
pub use http::{HttpRequest, HttpResponse};
pub use job::{Job, Limits, Purpose, RuntimeProfile, ToRunner};
pub use names::{NameRecord, NameRequest};
pub use report::{ConsoleMethod, Ended, FromRunner, Isolation, Shape, SpanKind, WireError, WirePosition};
pub use socket::{SocketReply, SocketRequest, SocketStore, TlsOptions};
pub use store::{
    Cell, Column, Fault, FaultKind, Parameter, Protocol, ResultSet, StoreKind, StoreReply, StoreRequest, Transaction,
};
