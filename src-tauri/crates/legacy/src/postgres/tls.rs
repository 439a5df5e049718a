//! TLS towards the server: verified by default; an error names the reason in the words and with the codes of Node.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use secrecy::ExposeSecret;
use serde_json::{Map, json};
use wire::{Fault, FaultKind};

use super::fault;
use super::settings::TlsSettings;

/// What rustls needs to connect as the script asked.
pub(crate) fn config(settings: &TlsSettings) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if settings.verify {
        let roots = if settings.ca.is_empty() { system_roots() } else { Arc::new(own_roots(&settings.ca)?) };
        let inner = WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
            .build()
            .map_err(|error| broken("ca", &error.to_string()))?;
        Arc::new(Verifier { inner, check_host: settings.check_host })
    } else {
        Arc::new(Unverified { provider: provider.clone() })
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| broken("ssl", &error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some((certificate, key)) = &settings.identity else { return Ok(builder.with_no_client_auth()) };
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| broken("cert", &error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
        .map_err(|error| broken("key", &error.to_string()))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| broken("cert", &error.to_string()))
}

/// The name to ask for and to check.
pub(crate) fn server_name(settings: &TlsSettings, host: &str) -> Result<ServerName<'static>, Fault> {
    let name = settings.server_name.as_deref().unwrap_or(host).to_owned();
    ServerName::try_from(name.clone()).map_err(|_| broken("servername", &format!("`{name}` is no host name")))
}

/// The fault for a handshake that failed.
pub(crate) fn failed(error: &std::io::Error, host: &str) -> Fault {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return fault::io(error);
    };
    let (code, message, hint) = match error {
        rustls::Error::InvalidCertificate(reason) => reasons(reason, host),
        other => (
            "EPROTO",
            format!("TLS with {host} failed: {other}"),
            "The server and Sluice share no TLS version or cipher.",
        ),
    };
    let mut fields = Map::new();
    fields.insert("code".to_owned(), json!(code));
    Fault { kind: FaultKind::Tls, message, code: Some(code.to_owned()), fields, hint: Some(hint.to_owned()) }
}

fn reasons(reason: &CertificateError, host: &str) -> (&'static str, String, &'static str) {
    use CertificateError as Reason;
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
            format!("Hostname/IP does not match certificate's altnames: {host} is not in the certificate"),
            "The certificate is made for another name: connect by that name.",
        ),
        Reason::Other(other) if other.0.is::<SelfSigned>() => (
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "self-signed certificate".to_owned(),
            "Give the certificate in ssl.ca, so that it is known; rejectUnauthorized: false would trust anybody.",
        ),
        Reason::UnknownIssuer => (
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "unable to verify the first certificate".to_owned(),
            "The certificate's authority is unknown here: give its certificate in ssl.ca.",
        ),
        Reason::Revoked => {
            ("CERT_REVOKED", "certificate revoked".to_owned(), "The server's certificate was withdrawn.")
        }
        other => {
            ("CERT_UNTRUSTED", format!("the server's certificate is not accepted: {other}"), "Renew the certificate.")
        }
    }
}

fn broken(option: &str, why: &str) -> Fault {
    fault::plain(
        FaultKind::Tls,
        format!("ssl.{option} cannot be used: {why}"),
        Some("Certificates and keys are given as PEM text (-----BEGIN …)."),
    )
}

fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS
        .get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Arc::new(roots)
        })
        .clone()
}

fn own_roots(list: &[String]) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    for pem in list {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| broken("ca", &error.to_string()))?;
            roots.add(certificate).map_err(|error| broken("ca", &error.to_string()))?;
        }
    }
    if roots.is_empty() { Err(broken("ca", "it holds no certificate")) } else { Ok(roots) }
}

/// Marks a certificate that vouches for itself.
#[derive(Debug, thiserror::Error)]
#[error("self-signed certificate")]
struct SelfSigned;

/// WebPKI, but telling a self-signed certificate from an unknown authority, as OpenSSL does.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    check_host: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.inner.verify_server_cert(leaf, chain, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_host => Ok(ServerCertVerified::assertion()),
            // Whatever an authority of the same name here would say: nobody else signed it.
            Err(rustls::Error::InvalidCertificate(reason)) if !has_own_words(&reason) && vouches_for_itself(leaf) => {
                let reason = CertificateError::Other(rustls::OtherError(Arc::new(SelfSigned)));
                Err(rustls::Error::InvalidCertificate(reason))
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether a reason is about the certificate itself rather than about who signed it.
fn has_own_words(reason: &CertificateError) -> bool {
    use CertificateError as Reason;
    matches!(
        reason,
        Reason::Expired
            | Reason::ExpiredContext { .. }
            | Reason::NotValidYet
            | Reason::NotValidYetContext { .. }
            | Reason::NotValidForName
            | Reason::NotValidForNameContext { .. }
    )
}

fn vouches_for_itself(leaf: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(leaf).is_ok_and(|certificate| certificate.issuer() == certificate.subject())
}

/// `rejectUnauthorized: false`: encrypted, but with whomever answers. The script asked for it; the run reports it.
#[derive(Debug)]
struct Unverified {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
