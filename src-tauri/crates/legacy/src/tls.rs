//! TLS towards servers: verified by default; an error names the reason in the words and with the codes of Node.

mod verifier;

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, ProtocolVersion};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, client::TlsStream};
use wire::{Fault, FaultKind, TlsOptions};

use crate::{
    fault::fault,
    progress::{self, Step},
};
use verifier::{Untrusted, Verifier};

/// What a script's TLS options ask for.
#[derive(Clone)]
pub(crate) struct TlsSettings {
    /// `rejectUnauthorized`, true unless the script says otherwise.
    pub(crate) verify: bool,
    /// Whether the certificate must name the host.
    pub(crate) check_host: bool,
    /// PEM texts that replace the system's roots.
    pub(crate) ca: Vec<String>,
    /// Client certificate and key, PEM.
    pub(crate) identity: Option<(String, SecretString)>,
    /// `servername`, when it differs from the host.
    pub(crate) server_name: Option<String>,
    /// The protocol that the handshake names (ALPN), where one must be named.
    pub(crate) application: Option<&'static [u8]>,
    /// No version after TLS 1.2.
    pub(crate) until_1_2: bool,
}

impl From<TlsOptions> for TlsSettings {
    fn from(asked: TlsOptions) -> TlsSettings {
        TlsSettings {
            verify: asked.reject_unauthorized != Some(false),
            check_host: true,
            ca: asked.ca,
            identity: asked.cert.zip(asked.key.map(SecretString::from)),
            server_name: asked.servername.filter(|name| !name.is_empty()),
            application: None,
            until_1_2: false,
        }
    }
}

impl TlsSettings {
    /// Reads the options that all Node packages share (`rejectUnauthorized`, `ca`, `cert`, `key`, `servername`).
    pub(crate) fn read(options: &Map<String, Value>, check_host: bool) -> TlsSettings {
        TlsSettings {
            verify: options.get("rejectUnauthorized") != Some(&Value::Bool(false)),
            check_host,
            ca: match options.get("ca") {
                Some(Value::Array(list)) => list.iter().filter_map(|pem| text(Some(pem))).collect(),
                one => text(one).into_iter().collect(),
            },
            identity: text(options.get("cert")).zip(text(options.get("key")).map(SecretString::from)),
            server_name: text(options.get("servername")),
            application: None,
            until_1_2: false,
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Wraps a stream in TLS with a server called `host`.
pub(crate) async fn wrap<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    settings: &TlsSettings,
    host: &str,
) -> Result<TlsStream<S>, Fault> {
    let name = settings.server_name.as_deref().unwrap_or(host).trim_matches(['[', ']']);
    let server = ServerName::try_from(name.to_owned())
        .map_err(|_| unusable("servername", &format!("`{name}` is no name a certificate could carry")))?;
    let mut config = config(settings)?;
    config.alpn_protocols.extend(settings.application.map(<[u8]>::to_vec));
    let connector = TlsConnector::from(Arc::new(config));
    progress::begins(Step::Handshake);
    let stream = connector.connect(server, stream).await.map_err(|error| failed(&error, name))?;
    progress::begins(Step::Secured);
    Ok(stream)
}

/// The version that client and server agreed on, as Node names it.
pub(crate) fn version(session: &ClientConnection) -> &'static str {
    match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLS",
    }
}

fn config(settings: &TlsSettings) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Verifier::new(settings, Arc::clone(&provider))?);
    let versions = if settings.until_1_2 { &[&rustls::version::TLS12] } else { rustls::DEFAULT_VERSIONS };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| unusable("ssl", &error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some((certificates, key)) = &settings.identity else { return Ok(builder.with_no_client_auth()) };
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
        .map_err(|error| unusable("key", &error.to_string()))?;
    builder
        .with_client_auth_cert(certificates_of("cert", certificates)?, key)
        .map_err(|error| unusable("cert", &error.to_string()))
}

fn certificates_of(option: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(option, &error.to_string()))
}

fn unusable(option: &str, why: &str) -> Fault {
    let mut found = fault(FaultKind::Tls, format!("{option} cannot be used for TLS: {why}"));
    found.hint = Some("Certificates and keys are given as PEM text (-----BEGIN …).".to_owned());
    found
}

/// The fault for a handshake that failed.
fn failed(error: &io::Error, host: &str) -> Fault {
    let (code, message, hint) = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(reason)) => reason_of(reason, host),
        Some(rustls::Error::InvalidMessage(_)) => (
            "ERR_SSL_WRONG_VERSION_NUMBER",
            "error:0A00010B:SSL routines:ssl3_get_record:wrong version number".to_owned(),
            "What answers there speaks no TLS: is it the right port, and does the server have TLS at all?",
        ),
        Some(other) => (
            "EPROTO",
            format!("TLS with {host} failed: {other}"),
            "The server and Sluice share no TLS version or cipher, or the server speaks no TLS.",
        ),
        None => (
            "ECONNRESET",
            "Client network socket disconnected before secure TLS connection was established".to_owned(),
            "The server ended the TLS handshake.",
        ),
    };
    let mut found = fault(FaultKind::Tls, message);
    found.code = Some(code.to_owned());
    if code == "ERR_SSL_WRONG_VERSION_NUMBER" {
        found.fields.insert("library".to_owned(), json!("SSL routines"));
        found.fields.insert("reason".to_owned(), json!("wrong version number"));
    }
    found.fields.insert("code".to_owned(), json!(code));
    found.hint = Some(hint.to_owned());
    found
}

fn reason_of(reason: &CertificateError, host: &str) -> (&'static str, String, &'static str) {
    use CertificateError as Reason;
    let name_it = "Give the certificate (or that of the authority that signed it) in ca, so that it is known; \
                   rejectUnauthorized: false would trust anybody between here and there.";
    match reason {
        Reason::Expired | Reason::ExpiredContext { .. } => (
            "CERT_HAS_EXPIRED",
            "certificate has expired".to_owned(),
            "The server's certificate has run out: renew it.",
        ),
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => (
            "CERT_NOT_YET_VALID",
            "certificate is not yet valid".to_owned(),
            "The server's certificate starts later: check both clocks.",
        ),
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => (
            "ERR_TLS_CERT_ALTNAME_INVALID",
            other_name(reason, host),
            "The certificate is made for another name: connect by that name, or set servername.",
        ),
        Reason::Other(other) => match other.0.downcast_ref::<Untrusted>() {
            Some(untrusted) => (untrusted.code(), untrusted.to_string(), name_it),
            None => (
                "CERT_UNTRUSTED",
                format!("the server's certificate is not accepted: {other}"),
                "Renew the certificate.",
            ),
        },
        Reason::Revoked => {
            ("CERT_REVOKED", "certificate revoked".to_owned(), "The server's certificate was withdrawn.")
        }
        other => {
            ("CERT_UNTRUSTED", format!("the server's certificate is not accepted: {other}"), "Renew the certificate.")
        }
    }
}

/// Node's words for a certificate of another name.
fn other_name(reason: &CertificateError, host: &str) -> String {
    let presented: &[String] = match reason {
        CertificateError::NotValidForNameContext { presented, .. } => presented,
        _ => &[],
    };
    // rustls shows names as `DnsName("a.example")` and `IpAddress(127.0.0.1)`.
    let inside = |kind: &str| {
        let names = presented.iter().filter_map(move |name| {
            Some(name.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')')?.trim_matches('"').to_owned())
        });
        names.collect::<Vec<_>>()
    };
    let (names, addresses) = (inside("DnsName"), inside("IpAddress"));
    if host.parse::<std::net::IpAddr>().is_ok() {
        let list = addresses.join(", ");
        return format!(
            "Hostname/IP does not match certificate's altnames: IP: {host} is not in the cert's list: {list}"
        );
    }
    let names = names.iter().map(|name| format!("DNS:{name}"));
    let all = names.chain(addresses.iter().map(|address| format!("IP Address:{address}"))).collect::<Vec<_>>();
    let all = all.join(", ");
    format!("Hostname/IP does not match certificate's altnames: Host: {host}. is not in the cert's altnames: {all}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_is_told_in_nodes_words() {
        let server = ServerName::try_from("b.example").unwrap();
        let presented = vec!["DnsName(\"a.example\")".to_owned(), "IpAddress(127.0.0.1)".to_owned()];
        let reason = CertificateError::NotValidForNameContext { expected: server, presented };
        assert_eq!(
            other_name(&reason, "b.example"),
            "Hostname/IP does not match certificate's altnames: Host: b.example. is not in the cert's altnames: \
             DNS:a.example, IP Address:127.0.0.1"
        );
        assert_eq!(
            other_name(&reason, "10.0.0.1"),
            "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the cert's list: 127.0.0.1"
        );
    }

    #[test]
    fn options_are_verified_unless_the_script_says_otherwise() {
        let read = |options: Value| TlsSettings::read(options.as_object().unwrap(), true);
        assert!(read(json!({})).verify && read(json!({"ca": "x"})).verify);
        assert!(!read(json!({"rejectUnauthorized": false})).verify);
        assert_eq!(read(json!({"ca": ["a", "b"]})).ca, ["a", "b"]);
    }
}
