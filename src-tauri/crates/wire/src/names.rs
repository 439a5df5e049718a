//! Look-ups of names: Node's `dns`, and the SRV records of `mongodb+srv://`.

use serde::{Deserialize, Serialize};

/// What is asked about a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRequest {
    /// The name, for [`NameRecord::Reverse`] an address.
    pub name: String,
    /// Which records.
    pub record: NameRecord,
}

/// Which records, and how each is answered in `StoreReply::Names`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameRecord {
    /// As a connection would find its addresses (`getaddrinfo`): `{address, family}`.
    Address,
    /// `{address, ttl}`
    A,
    /// `{address, ttl}`
    Aaaa,
    /// A name.
    Cname,
    /// `{priority, exchange}`
    Mx,
    /// A name.
    Ns,
    /// A name.
    Ptr,
    /// `{nsname, hostmaster, serial, refresh, retry, expire, minttl}`
    Soa,
    /// `{name, port, priority, weight}`
    Srv,
    /// A list of texts.
    Txt,
    /// Names of an address.
    Reverse,
}
