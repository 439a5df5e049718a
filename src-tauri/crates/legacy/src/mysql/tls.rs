//! TLS as the Node packages do it: on when the script sets `ssl`, the chain verified unless it says
//! `rejectUnauthorized: false`, the host's name checked only with mysql2's `verifyIdentity`.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use secrecy::ExposeSecret;
use tokio_rustls::TlsConnector;
use wire::{Fault, FaultKind};

use super::{packet::Transport, settings::TlsSettings};
use crate::fault::fault;

/// Wraps `transport`. The fault's words are OpenSSL's, which Node shows; its hint says what to do.
pub(super) async fn wrap(
    transport: Box<dyn Transport>,
    settings: &TlsSettings,
    host: &str,
) -> Result<Box<dyn Transport>, Fault> {
    let provider = Arc::new(ring::default_provider());
    let name = settings.server_name.as_deref().unwrap_or(host).trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(name)
        .map_err(|_| failed(&format!("\"{host}\" is no name a certificate could carry"), None))?;
    let named = settings.ca.iter().map(|pem| certificates_of(pem)).collect::<Result<Vec<_>, _>>()?.concat();
    let chain = if settings.verify { Some(chain(&named, &provider)?) } else { None };
    let verifier = Arc::new(Verifier { chain, named, check_host: settings.check_host, provider });
    let config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error.to_string(), None))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match &settings.identity {
        None => config.with_no_client_auth(),
        Some((certificates, key)) => {
            let certificates = certificates_of(certificates)?;
            let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
                .map_err(|error| failed(&format!("ssl.key: {error}"), None))?;
            config
                .with_client_auth_cert(certificates, key)
                .map_err(|error| failed(&format!("ssl.cert and ssl.key: {error}"), None))?
        }
    };
    match TlsConnector::from(Arc::new(config)).connect(name, transport).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(worded(&error)),
    }
}

/// The verifier of the chain, by the script's authorities or else by the system's.
fn chain(
    named: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Fault> {
    let mut roots = RootCertStore::empty();
    if named.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        roots.add_parsable_certificates(named.iter().cloned());
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    verifier.map_err(|error| {
        let hint = "Give ssl.ca a PEM text, or install the system's certificates.";
        failed(&format!("no certificate to trust: {error}"), Some(hint))
    })
}

fn certificates_of(pem: &str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(&format!("a certificate in ssl is no PEM text: {error}"), None))
}

/// Checks the chain, and the name only when asked.
#[derive(Debug)]
struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of `ssl.ca`.
    named: Vec<CertificateDer<'static>>,
    check_host: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        let reason = match chain.verify_server_cert(leaf, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(reason)) => reason,
            verdict => return verdict,
        };
        match reason {
            // The name comes after the chain: who gets here has a good chain.
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } if !self.check_host => {
                Ok(ServerCertVerified::assertion())
            }
            // An authority that serves by itself: OpenSSL takes it when ssl.ca holds that very certificate.
            CertificateError::Other(other) if is_authority_as_server(&other) => {
                if !self.named.contains(&leaf.clone().into_owned()) {
                    return Err(rustls::Error::General("self-signed certificate".to_owned()));
                }
                let certificate = webpki::EndEntityCert::try_from(leaf);
                if self.check_host && !certificate.is_ok_and(|leaf| leaf.verify_is_valid_for_subject_name(name).is_ok())
                {
                    return Err(rustls::Error::InvalidCertificate(CertificateError::NotValidForName));
                }
                Ok(ServerCertVerified::assertion())
            }
            CertificateError::UnknownIssuer => {
                let words = if is_self_signed(leaf) {
                    "self-signed certificate"
                } else if intermediates.iter().any(is_self_signed) {
                    "self-signed certificate in certificate chain"
                } else {
                    "unable to verify the first certificate"
                };
                Err(rustls::Error::General(words.to_owned()))
            }
            reason => Err(rustls::Error::InvalidCertificate(reason)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether issuer and subject of a certificate are the same name.
fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate).is_ok_and(|certificate| certificate.issuer() == certificate.subject())
}

/// Whether the only complaint is that the certificate is an authority's. Its dates have been checked before that.
fn is_authority_as_server(other: &rustls::OtherError) -> bool {
    matches!(other.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}

fn worded(error: &std::io::Error) -> Fault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let ca = "Give ssl.ca the certificate of the authority that signed the server's (PEM). With \
              rejectUnauthorized: false anyone between here and there could read the passwords.";
    match inner {
        Some(rustls::Error::General(words)) => failed(words, Some(ca)),
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => failed("certificate has expired", Some("The server's certificate has to be renewed.")),
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => failed(
            "Hostname/IP does not match certificate's altnames",
            Some("The certificate is for another name: connect by that name, or set ssl.servername."),
        ),
        Some(other) => failed(&other.to_string(), Some(ca)),
        None => failed(&error.to_string(), Some("The server ended the TLS handshake.")),
    }
}

fn failed(words: &str, hint: Option<&str>) -> Fault {
    let mut fault = fault(FaultKind::Tls, words);
    fault.code = Some("HANDSHAKE_SSL_ERROR".to_owned());
    fault.hint = hint.map(str::to_owned);
    fault
}
