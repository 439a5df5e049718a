//! The forms in which keys come and go, as DER.

use rquickjs::{Ctx, Function, Object, Result};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _, EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _},
    pkcs8::{PrivateKeyInfo, SubjectPublicKeyInfoRef},
};
use sec1::{
    EcParameters, EcPrivateKey,
    der::{Decode as _, Encode as _, asn1::ObjectIdentifier},
    pkcs8::AssociatedOid as _,
};

use super::{Private, Public};
use crate::native::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("privateKey", Function::new(ctx.clone(), private_key)?)?;
    native.set("publicKey", Function::new(ctx.clone(), public_key)?)?;
    native.set("publicOf", Function::new(ctx.clone(), public_of)?)?;
    native.set("keyKind", Function::new(ctx.clone(), kind)?)?;
    native.set("keyDetails", Function::new(ctx.clone(), details)?)?;
    native.set("exportKey", Function::new(ctx, export)?)
}

/// PKCS#8 of a private key in any form; nothing when it is none.
fn private_key<'js>(ctx: Ctx<'js>, der: Bytes<'js>, form: String) -> Result<Option<Bytes<'js>>> {
    let der = copied(&der);
    let key = match form.as_str() {
        "pkcs1" => RsaPrivateKey::from_pkcs1_der(&der).ok().map(|key| Private::Rsa(Box::new(key))),
        "sec1" => from_sec1(&der),
        _ => Private::from_pkcs8(&der),
    };
    key.and_then(|key| key.pkcs8()).map(|pkcs8| Bytes::new(ctx, pkcs8)).transpose()
}

/// SPKI of a public key in any form, also of the one in a certificate; nothing when it is none.
fn public_key<'js>(ctx: Ctx<'js>, der: Bytes<'js>, form: String) -> Result<Option<Bytes<'js>>> {
    let der = copied(&der);
    let key = match form.as_str() {
        "pkcs1" => RsaPublicKey::from_pkcs1_der(&der).ok().map(Public::Rsa),
        "certificate" => {
            let certificate = x509_cert::Certificate::from_der(&der).ok();
            let spki = certificate.and_then(|it| it.tbs_certificate.subject_public_key_info.to_der().ok());
            spki.and_then(|spki| Public::from_spki(&spki))
        }
        _ => Public::from_spki(&der),
    };
    key.and_then(|key| key.spki()).map(|spki| Bytes::new(ctx, spki)).transpose()
}

fn public_of<'js>(ctx: Ctx<'js>, pkcs8: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let spki = Private::from_pkcs8(&copied(&pkcs8)).and_then(|key| key.public().spki());
    spki.map(|spki| Bytes::new(ctx, spki)).transpose()
}

/// Node's word for the kind of a key, by what its DER says alone: reading the key itself takes a multiplication on its curve.
fn kind(der: Bytes<'_>, private: bool) -> Option<&'static str> {
    let der = copied(&der);
    let algorithm = if private {
        PrivateKeyInfo::from_der(&der).ok()?.algorithm
    } else {
        SubjectPublicKeyInfoRef::from_der(&der).ok()?.algorithm
    };
    match algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => Some("rsa"),
        "1.2.840.10045.2.1" => Some("ec"),
        "1.3.101.110" => Some("x25519"),
        "1.3.101.112" => Some("ed25519"),
        _ => None,
    }
}

fn details<'js>(ctx: Ctx<'js>, spki: Bytes<'js>) -> Result<Option<Object<'js>>> {
    Public::from_spki(&copied(&spki)).map(|key| key.details(ctx)).transpose()
}

/// PKCS#1 or SEC1 of a key; nothing when its kind has no such form.
fn export<'js>(ctx: Ctx<'js>, der: Bytes<'js>, private: bool, form: String) -> Result<Option<Bytes<'js>>> {
    let der = copied(&der);
    let made = match (form.as_str(), private) {
        ("pkcs1", false) => match Public::from_spki(&der) {
            Some(Public::Rsa(key)) => key.to_pkcs1_der().ok().map(|document| document.as_bytes().to_vec()),
            _ => None,
        },
        ("pkcs1", true) => match Private::from_pkcs8(&der) {
            Some(Private::Rsa(key)) => key.to_pkcs1_der().ok().map(|document| document.as_bytes().to_vec()),
            _ => None,
        },
        _ => Private::from_pkcs8(&der).and_then(|key| sec1(&key)),
    };
    made.map(|der| Bytes::new(ctx, der)).transpose()
}

/// A curve's key by the curve it names: its length alone would also fit curves that are not here.
fn from_sec1(der: &[u8]) -> Option<Private> {
    let parameters = EcPrivateKey::from_der(der).ok()?.parameters?;
    match parameters.named_curve()? {
        p256::NistP256::OID => p256::SecretKey::from_sec1_der(der).ok().map(Private::P256),
        p384::NistP384::OID => p384::SecretKey::from_sec1_der(der).ok().map(Private::P384),
        p521::NistP521::OID => p521::SecretKey::from_sec1_der(der).ok().map(Private::P521),
        k256::Secp256k1::OID => k256::SecretKey::from_sec1_der(der).ok().map(Private::K256),
        _ => None,
    }
}

fn sec1(key: &Private) -> Option<Vec<u8>> {
    let written = |curve: ObjectIdentifier, der: &[u8]| {
        let key = EcPrivateKey::from_der(der).ok()?;
        EcPrivateKey { parameters: Some(EcParameters::NamedCurve(curve)), ..key }.to_der().ok()
    };
    match key {
        Private::P256(key) => written(p256::NistP256::OID, &key.to_sec1_der().ok()?),
        Private::P384(key) => written(p384::NistP384::OID, &key.to_sec1_der().ok()?),
        Private::P521(key) => written(p521::NistP521::OID, &key.to_sec1_der().ok()?),
        Private::K256(key) => written(k256::Secp256k1::OID, &key.to_sec1_der().ok()?),
        Private::Rsa(_) | Private::Ed25519(_) | Private::X25519(_) => None,
    }
}
