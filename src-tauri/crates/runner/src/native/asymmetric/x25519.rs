//! Keys of X25519 (RFC 7748) and their DER (RFC 8410); the arithmetic is curve25519-dalek's.

use curve25519_dalek::MontgomeryPoint;
use rsa::pkcs8::{
    AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfo, SubjectPublicKeyInfoRef,
    der::{
        Decode as _, Encode as _,
        asn1::{BitStringRef, OctetStringRef},
    },
};

const X25519: AlgorithmIdentifierRef<'static> =
    AlgorithmIdentifierRef { oid: ObjectIdentifier::new_unwrap("1.3.101.110"), parameters: None };

/// A secret number, before it is clamped.
pub(super) struct Secret(pub(super) [u8; 32]);

/// A public point.
pub(super) struct Point(pub(super) [u8; 32]);

impl Secret {
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Secret> {
        let info = PrivateKeyInfo::from_der(der).ok().filter(|info| info.algorithm == X25519)?;
        let octets = OctetStringRef::from_der(info.private_key).ok()?;
        octets.as_bytes().try_into().ok().map(Secret)
    }

    pub(super) fn pkcs8(&self) -> Option<Vec<u8>> {
        let octets = OctetStringRef::new(&self.0).ok()?.to_der().ok()?;
        PrivateKeyInfo::new(X25519, &octets).to_der().ok()
    }

    pub(super) fn point(&self) -> Point {
        Point(MontgomeryPoint::mul_base_clamped(self.0).to_bytes())
    }

    /// What both sides come to; nothing for a point of small order, with which that is always zero.
    pub(super) fn shared(&self, other: &Point) -> Option<Vec<u8>> {
        let shared = MontgomeryPoint(other.0).mul_clamped(self.0).to_bytes();
        (shared != [0; 32]).then(|| shared.to_vec())
    }
}

impl Point {
    pub(super) fn from_spki(der: &[u8]) -> Option<Point> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok().filter(|info| info.algorithm == X25519)?;
        info.subject_public_key.as_bytes()?.try_into().ok().map(Point)
    }

    pub(super) fn spki(&self) -> Option<Vec<u8>> {
        let subject_public_key = BitStringRef::from_bytes(&self.0).ok()?;
        SubjectPublicKeyInfoRef { algorithm: X25519, subject_public_key }.to_der().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_rfc_7748_and_an_exchange() {
        let number = |text: &str| hex::decode(text).unwrap().try_into().unwrap();
        let alice = Secret([7; 32]);
        let bob = Secret(number("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        assert_eq!(alice.shared(&bob.point()), bob.shared(&alice.point()));
        assert_eq!(hex::encode(bob.point().0), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        assert!(alice.shared(&Point([0; 32])).is_none());
        let der = bob.pkcs8().unwrap();
        assert_eq!(Secret::from_pkcs8(&der).unwrap().0, bob.0);
        assert_eq!(Point::from_spki(&bob.point().spki().unwrap()).unwrap().0, bob.point().0);
    }
}
