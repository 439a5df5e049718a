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
    let verifier = Arc::new(Verifier { chain: chain(settings, &provider)?, check_host: settings.check_host, provider });
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

/// The verifier of the chain; none when the script switched verification off.
fn chain(settings: &TlsSettings, provider: &Arc<CryptoProvider>) -> Result<Option<Arc<WebPkiServerVerifier>>, Fault> {
    if !settings.verify {
        return Ok(None);
    }
    let mut roots = RootCertStore::empty();
    if settings.ca.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        for pem in &settings.ca {
            roots.add_parsable_certificates(certificates_of(pem)?);
        }
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build().map(Some).map_err(
        |error| {
            failed(
                &format!("no certificate to trust: {error}"),
                Some("Give ssl.ca a PEM text, or install the system's certificates."),
            )
        },
    )
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
        match chain.verify_server_cert(leaf, intermediates, name, ocsp, now) {
            // The name comes after the chain: who gets here has a good chain.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_host => Ok(ServerCertVerified::assertion()),
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                let all = std::iter::once(leaf).chain(intermediates);
                let words = if is_self_signed(leaf) {
                    "self-signed certificate"
                } else if all.clone().any(|certificate| is_self_signed(certificate)) {
                    "self-signed certificate in certificate chain"
                } else {
                    "unable to verify the first certificate"
                };
                Err(rustls::Error::General(words.to_owned()))
            }
            verdict => verdict,
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
fn is_self_signed(certificate: &[u8]) -> bool {
    let names = || {
        let (body, _) = element(element(certificate)?.0.content)?;
        let (first, mut rest) = element(body.content)?;
        if first.tag == 0xA0 {
            rest = element(rest)?.1; // the serial number, after an explicit version
        }
        let (_, rest) = element(rest)?; // signature algorithm
        let (issuer, rest) = element(rest)?;
        let (_, rest) = element(rest)?; // validity
        let (subject, _) = element(rest)?;
        Some(issuer.content == subject.content)
    };
    names().unwrap_or(false)
}

/// An element of DER.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

/// The first element, and what follows it.
fn element(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, after) = input.split_first()?;
    let (&first, after) = after.split_first()?;
    let (length, after) = if first < 0x80 {
        (usize::from(first), after)
    } else {
        let (digits, after) = after.split_at_checked(usize::from(first & 0x7F)).filter(|(d, _)| d.len() <= 4)?;
        (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), after)
    };
    let (content, rest) = after.split_at_checked(length)?;
    Some((Element { tag, content }, rest))
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
