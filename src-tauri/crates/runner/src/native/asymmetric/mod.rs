//! Private and public keys: RSA, the NIST curves, secp256k1, Ed25519 and X25519. Shims hold a key as DER, PKCS#8 or SPKI, and
//! pass it each time.

mod agreement;
mod formats;
mod generation;
mod jwk;
mod protection;
mod rsa_encryption;
mod signatures;
mod x25519;

use rquickjs::{Ctx, IntoJs, Object, Result, Value};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _},
    traits::PublicKeyParts as _,
};

use super::Bytes;

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    agreement::register(native)?;
    formats::register(native)?;
    generation::register(native)?;
    jwk::register(native)?;
    protection::register(native)?;
    rsa_encryption::register(native)?;
    signatures::register(native)
}

/// What a key could not be used for, in a word the shim knows.
type Refusal = &'static str;

/// A private key.
enum Private {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    P521(p521::SecretKey),
    K256(k256::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
    X25519(x25519::Secret),
}

/// A public key.
enum Public {
    Rsa(RsaPublicKey),
    P256(p256::PublicKey),
    P384(p384::PublicKey),
    P521(p521::PublicKey),
    K256(k256::PublicKey),
    Ed25519(ed25519_dalek::VerifyingKey),
    X25519(x25519::Point),
}

impl Private {
    fn from_pkcs8(der: &[u8]) -> Option<Private> {
        let rsa = RsaPrivateKey::from_pkcs8_der(der).ok().map(|key| Private::Rsa(Box::new(key)));
        rsa.or_else(|| p256::SecretKey::from_pkcs8_der(der).ok().map(Private::P256))
            .or_else(|| p384::SecretKey::from_pkcs8_der(der).ok().map(Private::P384))
            .or_else(|| p521::SecretKey::from_pkcs8_der(der).ok().map(Private::P521))
            .or_else(|| k256::SecretKey::from_pkcs8_der(der).ok().map(Private::K256))
            .or_else(|| ed25519_dalek::SigningKey::from_pkcs8_der(der).ok().map(Private::Ed25519))
            .or_else(|| x25519::Secret::from_pkcs8(der).map(Private::X25519))
    }

    fn pkcs8(&self) -> Option<Vec<u8>> {
        let document = match self {
            Private::Rsa(key) => key.to_pkcs8_der(),
            Private::P256(key) => key.to_pkcs8_der(),
            Private::P384(key) => key.to_pkcs8_der(),
            Private::P521(key) => key.to_pkcs8_der(),
            Private::K256(key) => key.to_pkcs8_der(),
            // Without the public key, as OpenSSL writes it.
            Private::Ed25519(key) => {
                let secret_key = key.to_bytes();
                ed25519_dalek::ed25519::pkcs8::KeypairBytes { secret_key, public_key: None }.to_pkcs8_der()
            }
            Private::X25519(key) => return key.pkcs8(),
        };
        document.ok().map(|document| document.as_bytes().to_vec())
    }

    fn public(&self) -> Public {
        match self {
            Private::Rsa(key) => Public::Rsa(key.to_public_key()),
            Private::P256(key) => Public::P256(key.public_key()),
            Private::P384(key) => Public::P384(key.public_key()),
            Private::P521(key) => Public::P521(key.public_key()),
            Private::K256(key) => Public::K256(key.public_key()),
            Private::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            Private::X25519(key) => Public::X25519(key.point()),
        }
    }
}

impl Public {
    fn from_spki(der: &[u8]) -> Option<Public> {
        let rsa = RsaPublicKey::from_public_key_der(der).ok().map(Public::Rsa);
        rsa.or_else(|| p256::PublicKey::from_public_key_der(der).ok().map(Public::P256))
            .or_else(|| p384::PublicKey::from_public_key_der(der).ok().map(Public::P384))
            .or_else(|| p521::PublicKey::from_public_key_der(der).ok().map(Public::P521))
            .or_else(|| k256::PublicKey::from_public_key_der(der).ok().map(Public::K256))
            .or_else(|| ed25519_dalek::VerifyingKey::from_public_key_der(der).ok().map(Public::Ed25519))
            .or_else(|| x25519::Point::from_spki(der).map(Public::X25519))
    }

    fn spki(&self) -> Option<Vec<u8>> {
        let document = match self {
            Public::Rsa(key) => key.to_public_key_der(),
            Public::P256(key) => key.to_public_key_der(),
            Public::P384(key) => key.to_public_key_der(),
            Public::P521(key) => key.to_public_key_der(),
            Public::K256(key) => key.to_public_key_der(),
            Public::Ed25519(key) => key.to_public_key_der(),
            Public::X25519(point) => return point.spki(),
        };
        document.ok().map(|document| document.as_bytes().to_vec())
    }

    /// `{ kind, namedCurve }` or `{ kind, modulusLength, publicExponent }`, as Node names them.
    fn details<'js>(&self, ctx: Ctx<'js>) -> Result<Object<'js>> {
        let details = Object::new(ctx)?;
        let (kind, curve) = match self {
            Public::Rsa(key) => {
                details.set("modulusLength", key.n().bits() as u32)?;
                details.set("publicExponent", key.e().to_string())?;
                ("rsa", None)
            }
            Public::P256(_) => ("ec", Some("prime256v1")),
            Public::P384(_) => ("ec", Some("secp384r1")),
            Public::P521(_) => ("ec", Some("secp521r1")),
            Public::K256(_) => ("ec", Some("secp256k1")),
            Public::Ed25519(_) => ("ed25519", None),
            Public::X25519(_) => ("x25519", None),
        };
        details.set("kind", kind)?;
        if let Some(curve) = curve {
            details.set("namedCurve", curve)?;
        }
        Ok(details)
    }
}

/// The value, or the word that says why there is none.
fn answer<'js, T: IntoJs<'js>>(ctx: Ctx<'js>, outcome: std::result::Result<T, Refusal>) -> Result<Value<'js>> {
    match outcome {
        Ok(value) => value.into_js(&ctx),
        Err(refusal) => refusal.into_js(&ctx),
    }
}

fn bytes<'js>(ctx: &Ctx<'js>, outcome: std::result::Result<Vec<u8>, Refusal>) -> Result<Value<'js>> {
    match outcome {
        Ok(made) => Bytes::new(ctx.clone(), made).map(rquickjs::TypedArray::into_value),
        Err(refusal) => refusal.into_js(ctx),
    }
}
