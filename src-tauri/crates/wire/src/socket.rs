//! Sockets: for stores whose npm package speaks the store's own protocol inside the sandbox (`tedious`, `mongodb`, `ldapjs`).
//!
//! The host is no blind pipe: it knows each protocol's messages, asks the policy, holds back what a safe try must not let
//! through, and answers a message with the server's whole answer. So a script has no raw sockets, and a message has a place
//! in the trace as a statement has.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Whose protocol a socket carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketStore {
    /// SQL Server: TDS, through `tedious` and `mssql`.
    Sqlserver,
    /// MongoDB: OP_MSG, through `mongodb`.
    Mongodb,
    /// LDAP, through `ldapjs`.
    Ldap,
}

/// What a package asks of its socket.
#[derive(Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SocketRequest {
    /// Connect.
    Open {
        /// Whose protocol.
        store: SocketStore,
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// TLS from the first byte; none is a plain socket.
        #[serde(default)]
        tls: Option<TlsOptions>,
        /// Longest wait for TCP and TLS; the run's own limit when missing.
        #[serde(default)]
        connect_timeout_ms: Option<u64>,
    },
    /// Go on under TLS (LDAP's StartTLS, TDS after its pre-login).
    Secure {
        /// From [`SocketReply::client`].
        client: u32,
        /// The name the certificate must carry.
        host: String,
        /// What else the script says about it.
        tls: TlsOptions,
    },
    /// Send bytes; a whole message is answered by the server's whole answer, a part of one by nothing.
    Exchange {
        /// From [`SocketReply::client`].
        client: u32,
        /// Base64.
        bytes: String,
    },
    /// Send a whole message past an exchange under way, which it ends (TDS attention). Has no answer of its own.
    Interrupt {
        /// From [`SocketReply::client`].
        client: u32,
        /// Base64.
        bytes: String,
    },
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SocketReply {
    /// The socket's number within the run.
    pub client: u32,
    /// What the server sent, base64.
    pub bytes: String,
    /// The server has hung up behind these bytes.
    pub ended: bool,
    /// Of an opened socket: `address`, `family`, `port`; of a secured one: `protocol`, `cipher`.
    pub info: Map<String, Value>,
}

/// TLS options of a request or a socket, PEM texts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsOptions {
    /// False trusts whoever answers.
    pub reject_unauthorized: Option<bool>,
    /// Replaces the system's roots.
    pub ca: Vec<String>,
    /// Client certificate.
    pub cert: Option<String>,
    /// Its key.
    pub key: Option<String>,
    /// The name to ask for and to check, when it differs from the address.
    pub servername: Option<String>,
}
