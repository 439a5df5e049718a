//! WebPKI with OpenSSL's manners: a certificate named in `ca` is trusted by itself, and what is not trusted is told apart.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use wire::Fault;

use super::{TlsSettings, certificates_of, unusable};

/// Why nobody vouches for a certificate, in OpenSSL's words.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum Untrusted {
    #[error("self-signed certificate")]
    SelfSigned,
    #[error("self-signed certificate in certificate chain")]
    SelfSignedInChain,
    #[error("unable to verify the first certificate")]
    UnknownIssuer,
}

impl Untrusted {
    /// Node's code for it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Untrusted::SelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
            Untrusted::SelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
            Untrusted::UnknownIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        }
    }
}

/// Checks the chain unless the script says not to, and the name where the Node package does.
#[derive(Debug)]
pub(super) struct Verifier {
    /// None: `rejectUnauthorized: false`, encrypted with whomever answers; the run reports it.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of `ca`.
    named: Vec<CertificateDer<'static>>,
    check_host: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(settings: &TlsSettings, provider: Arc<CryptoProvider>) -> Result<Verifier, Fault> {
        let named = settings.ca.iter().map(|pem| certificates_of("ca", pem)).collect::<Result<Vec<_>, _>>()?.concat();
        if named.is_empty() && !settings.ca.is_empty() {
            return Err(unusable("ca", "it holds no certificate"));
        }
        let chain = if settings.verify { Some(chain(&named, &provider)?) } else { None };
        Ok(Verifier { chain, named, check_host: settings.check_host, provider })
    }

    /// What is wrong with a certificate's name, where that counts.
    fn other_name(&self, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> Option<CertificateError> {
        let verdict = webpki::EndEntityCert::try_from(leaf)
            .and_then(|certificate| certificate.verify_is_valid_for_subject_name(name));
        match verdict {
            Err(webpki::Error::CertNotValidForName(names)) if self.check_host => {
                let expected = names.expected.to_owned();
                Some(CertificateError::NotValidForNameContext { expected, presented: names.presented })
            }
            Err(_) if self.check_host => Some(CertificateError::NotValidForName),
            _ => None,
        }
    }
}

/// The verifier of the chain, by the script's authorities or else by the system's.
fn chain(
    named: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Fault> {
    let roots = if named.is_empty() {
        system_roots()
    } else {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(named.iter().cloned());
        Arc::new(roots)
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
    verifier.map_err(|error| unusable("ca", &format!("there is no certificate to trust: {error}")))
}

fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    };
    Arc::clone(ROOTS.get_or_init(load))
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
        let untrusted = |why: Untrusted| Err(invalid(CertificateError::Other(OtherError(Arc::new(why)))));
        match reason {
            // The name comes after the chain: who gets here has a good chain.
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } if !self.check_host => {
                Ok(ServerCertVerified::assertion())
            }
            // An authority that serves by itself: OpenSSL takes it when `ca` holds that very certificate.
            CertificateError::Other(other) if is_authority_as_server(&other) => {
                if !self.named.contains(&leaf.clone().into_owned()) {
                    return untrusted(Untrusted::SelfSigned);
                }
                self.other_name(leaf, name).map_or(Ok(ServerCertVerified::assertion()), |reason| Err(invalid(reason)))
            }
            // Whatever an authority of the same name here would say: nobody else signed it.
            reason if is_self_signed(leaf) && !is_about_itself(&reason) => untrusted(Untrusted::SelfSigned),
            CertificateError::UnknownIssuer if intermediates.iter().any(is_self_signed) => {
                untrusted(Untrusted::SelfSignedInChain)
            }
            CertificateError::UnknownIssuer => untrusted(Untrusted::UnknownIssuer),
            reason => Err(invalid(reason)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn invalid(reason: CertificateError) -> rustls::Error {
    rustls::Error::InvalidCertificate(reason)
}

/// Whether a reason is about the certificate itself rather than about who signed it.
fn is_about_itself(reason: &CertificateError) -> bool {
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

/// Whether issuer and subject of a certificate are the same name.
fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate).is_ok_and(|certificate| certificate.issuer() == certificate.subject())
}

/// Whether the only complaint is that the certificate is an authority's. Its dates have been checked before that.
fn is_authority_as_server(other: &OtherError) -> bool {
    matches!(other.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}
