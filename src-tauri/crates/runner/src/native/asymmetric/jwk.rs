//! Keys as JSON (RFC 7517, 7518, 8037): the members that are numbers, in base64url.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rquickjs::{Ctx, Function, Object, Result};
use rsa::{
    BigUint, RsaPrivateKey, RsaPublicKey,
    traits::{PrivateKeyParts as _, PublicKeyParts as _},
};
use sec1::point::EncodedPoint;

use super::{
    Private, Public,
    x25519::{Point, Secret},
};
use crate::native::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("keyToJwk", Function::new(ctx.clone(), to_jwk)?)?;
    native.set("keyFromJwk", Function::new(ctx, from_jwk)?)
}

/// The members of a key, in Node's order.
fn to_jwk<'js>(ctx: Ctx<'js>, der: Bytes<'js>, private: bool) -> Result<Option<Object<'js>>> {
    let der = copied(&der);
    let members = if private {
        Private::from_pkcs8(&der).map(|key| private_members(&key))
    } else {
        Public::from_spki(&der).map(|key| public_members(&key))
    };
    let Some(members) = members else { return Ok(None) };
    let jwk = Object::new(ctx)?;
    for (name, value) in members {
        jwk.set(name, value)?;
    }
    Ok(Some(jwk))
}

type Members = Vec<(&'static str, String)>;

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn public_members(key: &Public) -> Members {
    let point = |curve: &str, bytes: &[u8]| {
        // An uncompressed point: one byte that says so, then both coordinates.
        let (x, y) = bytes[1..].split_at(bytes.len() / 2);
        vec![("kty", "EC".to_owned()), ("x", encoded(x)), ("y", encoded(y)), ("crv", curve.to_owned())]
    };
    let edwards = |curve: &str, x: &[u8]| vec![("crv", curve.to_owned()), ("x", encoded(x)), ("kty", "OKP".to_owned())];
    match key {
        Public::Rsa(key) => vec![
            ("kty", "RSA".to_owned()),
            ("n", encoded(key.n().to_bytes_be())),
            ("e", encoded(key.e().to_bytes_be())),
        ],
        Public::P256(key) => point("P-256", EncodedPoint::from(key).as_bytes()),
        Public::P384(key) => point("P-384", EncodedPoint::from(key).as_bytes()),
        Public::P521(key) => point("P-521", EncodedPoint::from(key).as_bytes()),
        Public::K256(key) => point("secp256k1", EncodedPoint::from(key).as_bytes()),
        Public::Ed25519(key) => edwards("Ed25519", key.as_bytes()),
        Public::X25519(key) => edwards("X25519", &key.0),
    }
}

fn private_members(key: &Private) -> Members {
    let mut members = public_members(&key.public());
    match key {
        Private::Rsa(key) => {
            let mut put = |name, number: Option<BigUint>| {
                members.extend(number.map(|number| (name, encoded(number.to_bytes_be()))));
            };
            put("d", Some(key.d().clone()));
            put("p", key.primes().first().cloned());
            put("q", key.primes().get(1).cloned());
            put("dp", key.dp().cloned());
            put("dq", key.dq().cloned());
            put("qi", key.crt_coefficient());
        }
        Private::P256(key) => members.push(("d", encoded(key.to_bytes()))),
        Private::P384(key) => members.push(("d", encoded(key.to_bytes()))),
        Private::P521(key) => members.push(("d", encoded(key.to_bytes()))),
        Private::K256(key) => members.push(("d", encoded(key.to_bytes()))),
        Private::Ed25519(key) => members.insert(1, ("d", encoded(key.to_bytes()))),
        Private::X25519(key) => members.insert(1, ("d", encoded(key.0))),
    }
    members
}

/// PKCS#8 with `private`, else SPKI, of the members of a key the shim has checked; nothing when they make none.
fn from_jwk<'js>(ctx: Ctx<'js>, jwk: Object<'js>, private: bool) -> Result<Option<Bytes<'js>>> {
    let member = |name: &str| {
        let text: Option<String> = jwk.get(name).ok();
        text.and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())
    };
    let der = if private {
        private_of(&jwk, &member).and_then(|key| key.pkcs8())
    } else {
        public_of(&jwk, &member).and_then(|key| key.spki())
    };
    der.map(|der| Bytes::new(ctx, der)).transpose()
}

fn private_of(jwk: &Object<'_>, member: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Private> {
    let number = |name: &str| member(name).map(|bytes| BigUint::from_bytes_be(&bytes));
    let d = member("d")?;
    Some(match (jwk.get::<_, String>("kty").ok()?.as_str(), jwk.get::<_, String>("crv").unwrap_or_default().as_str()) {
        ("RSA", _) => {
            let primes = vec![number("p")?, number("q")?];
            Private::Rsa(Box::new(
                RsaPrivateKey::from_components(number("n")?, number("e")?, number("d")?, primes).ok()?,
            ))
        }
        (_, "P-256") => Private::P256(p256::SecretKey::from_slice(&d).ok()?),
        (_, "P-384") => Private::P384(p384::SecretKey::from_slice(&d).ok()?),
        (_, "P-521") => Private::P521(p521::SecretKey::from_slice(&d).ok()?),
        (_, "secp256k1") => Private::K256(k256::SecretKey::from_slice(&d).ok()?),
        (_, "Ed25519") => Private::Ed25519(ed25519_dalek::SigningKey::from_bytes(&d.try_into().ok()?)),
        (_, "X25519") => Private::X25519(Secret(d.try_into().ok()?)),
        _ => return None,
    })
}

fn public_of(jwk: &Object<'_>, member: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Public> {
    let number = |name: &str| member(name).map(|bytes| BigUint::from_bytes_be(&bytes));
    let point = || Some([vec![4], member("x")?, member("y")?].concat());
    Some(match (jwk.get::<_, String>("kty").ok()?.as_str(), jwk.get::<_, String>("crv").unwrap_or_default().as_str()) {
        ("RSA", _) => Public::Rsa(RsaPublicKey::new(number("n")?, number("e")?).ok()?),
        (_, "P-256") => Public::P256(p256::PublicKey::from_sec1_bytes(&point()?).ok()?),
        (_, "P-384") => Public::P384(p384::PublicKey::from_sec1_bytes(&point()?).ok()?),
        (_, "P-521") => Public::P521(p521::PublicKey::from_sec1_bytes(&point()?).ok()?),
        (_, "secp256k1") => Public::K256(k256::PublicKey::from_sec1_bytes(&point()?).ok()?),
        (_, "X25519") => Public::X25519(Point(member("x")?.try_into().ok()?)),
        (_, "Ed25519") => {
            Public::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(&member("x")?.try_into().ok()?).ok()?)
        }
        _ => return None,
    })
}
