//! One HTTP exchange: what `http`, `https`, `fetch` and the packages on top of them ask for, and what comes back.

use serde::{Deserialize, Serialize};

use crate::TlsOptions;

/// A request, complete: the host sends it as it is, follows no redirect and decodes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole address, `http:` or `https:`.
    pub url: String,
    /// Names and values in the order in which they are sent. `host`, and with a body `content-length`, are added when missing.
    pub headers: Vec<(String, String)>,
    /// Base64.
    #[serde(default)]
    pub body: Option<String>,
    /// What the script's agent or options say about TLS; nothing means verified, by the system's roots.
    #[serde(default)]
    pub tls: Option<TlsOptions>,
    /// Longest wait for TCP and TLS; the run's own limit when missing.
    #[serde(default)]
    pub connect_timeout_ms: Option<u64>,
}

/// What the server answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HttpResponse {
    /// `1.1` or `1.0`.
    pub http_version: String,
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub status_text: String,
    /// Names and values in the server's order.
    pub headers: Vec<(String, String)>,
    /// Base64; still encoded as `content-encoding` says.
    pub body: String,
    /// Whether the body came whole; false when the server went away in the middle of it.
    pub complete: bool,
    /// Who answered.
    pub address: String,
    /// At which port.
    pub port: u16,
    /// Over TLS.
    pub tls: bool,
}
