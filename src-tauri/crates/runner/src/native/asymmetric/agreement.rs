//! Secrets that two sides come to: Diffie-Hellman on the curves of signatures, and X25519.

use rand_core::OsRng;
use rquickjs::{Ctx, Function, Object, Result, Value};

use super::{Private, Public, bytes};
use crate::native::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("agree", Function::new(ctx.clone(), agree)?)?;
    native.set("curveSecret", Function::new(ctx.clone(), curve_secret)?)?;
    native.set("curvePoint", Function::new(ctx.clone(), curve_point)?)?;
    native.set("curvePointAs", Function::new(ctx.clone(), curve_point_as)?)?;
    native.set("curveAgree", Function::new(ctx, curve_agree)?)
}

/// The first coordinate of a public key times a secret one of the same curve.
macro_rules! product {
    ($curve:ident, $secret:expr, $public:expr) => {{
        use $curve::elliptic_curve::point::AffineCoordinates as _;
        ($public.to_projective() * *$secret.to_nonzero_scalar()).to_affine().x().to_vec()
    }};
}

/// Runs `$body` with the crate of a curve by Node's name; nothing for others.
macro_rules! with_curve {
    ($name:expr, |$curve:ident| $body:expr) => {
        match $name {
            "prime256v1" => {
                use p256 as $curve;
                $body
            }
            "secp384r1" => {
                use p384 as $curve;
                $body
            }
            "secp521r1" => {
                use p521 as $curve;
                $body
            }
            "secp256k1" => {
                use k256 as $curve;
                $body
            }
            _ => None,
        }
    };
}

/// What a private and a public key come to, or why that cannot be.
fn agree<'js>(ctx: Ctx<'js>, pkcs8: Bytes<'js>, spki: Bytes<'js>) -> Result<Value<'js>> {
    let shared = match (Private::from_pkcs8(&copied(&pkcs8)), Public::from_spki(&copied(&spki))) {
        (Some(Private::P256(own)), Some(Public::P256(other))) => Ok(product!(p256, own, other)),
        (Some(Private::P384(own)), Some(Public::P384(other))) => Ok(product!(p384, own, other)),
        (Some(Private::P521(own)), Some(Public::P521(other))) => Ok(product!(p521, own, other)),
        (Some(Private::K256(own)), Some(Public::K256(other))) => Ok(product!(k256, own, other)),
        (Some(Private::X25519(own)), Some(Public::X25519(other))) => {
            own.shared(&other).ok_or("failed during derivation")
        }
        _ => Err("different parameters"),
    };
    bytes(&ctx, shared)
}

/// A new secret number of a curve.
fn curve_secret<'js>(ctx: Ctx<'js>, curve: String) -> Result<Option<Bytes<'js>>> {
    let secret = with_curve!(curve.as_str(), |curve| Some(curve::SecretKey::random(&mut OsRng).to_bytes().to_vec()));
    secret.map(|secret| Bytes::new(ctx, secret)).transpose()
}

/// The public point of a secret number, uncompressed; nothing when it is none of the curve's.
fn curve_point<'js>(ctx: Ctx<'js>, curve: String, secret: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let secret = copied(&secret);
    let point = with_curve!(curve.as_str(), |curve| {
        use curve::elliptic_curve::sec1::ToEncodedPoint as _;
        let key = curve::SecretKey::from_slice(&secret).ok();
        key.map(|key| key.public_key().to_encoded_point(false).as_bytes().to_vec())
    });
    point.map(|point| Bytes::new(ctx, point)).transpose()
}

/// A point in the other form, or checked; nothing when it is not on the curve.
fn curve_point_as<'js>(
    ctx: Ctx<'js>,
    curve: String,
    point: Bytes<'js>,
    compressed: bool,
) -> Result<Option<Bytes<'js>>> {
    let point = copied(&point);
    let point = with_curve!(curve.as_str(), |curve| {
        use curve::elliptic_curve::sec1::ToEncodedPoint as _;
        let key = curve::PublicKey::from_sec1_bytes(&point).ok();
        key.map(|key| key.to_encoded_point(compressed).as_bytes().to_vec())
    });
    point.map(|point| Bytes::new(ctx, point)).transpose()
}

/// What a secret number and a point come to; nothing when either is none of the curve's.
fn curve_agree<'js>(ctx: Ctx<'js>, curve: String, secret: Bytes<'js>, point: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let (secret, point) = (copied(&secret), copied(&point));
    let shared = with_curve!(curve.as_str(), |curve| {
        let key = curve::SecretKey::from_slice(&secret).ok();
        let other = curve::PublicKey::from_sec1_bytes(&point).ok();
        key.zip(other).map(|(key, other)| product!(curve, key, other))
    });
    shared.map(|shared| Bytes::new(ctx, shared)).transpose()
}
