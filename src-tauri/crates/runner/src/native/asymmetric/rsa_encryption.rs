//! Encryption with RSA: OAEP, PKCS #1 v1.5 for encrypting and for what a private key made, and no padding at all.

use rand_core::OsRng;
use rquickjs::{Ctx, Function, Object, Result, Value};
use rsa::{BigUint, Oaep, Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPublicKey, hazmat, traits::PublicKeyParts as _};

use super::{Private, Public, Refusal, bytes};
use crate::native::{Bytes, copied, digest::Algorithm};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("rsaEncrypt", Function::new(ctx.clone(), encrypt)?)?;
    native.set("rsaDecrypt", Function::new(ctx.clone(), decrypt)?)?;
    native.set("rsaPublic", Function::new(ctx.clone(), public)?)?;
    native.set("rsaPrivate", Function::new(ctx, private)?)
}

/// `digest` is OAEP's; without one the padding is PKCS #1 v1.5.
fn encrypt<'js>(
    ctx: Ctx<'js>,
    spki: Bytes<'js>,
    data: Bytes<'js>,
    digest: Option<String>,
    label: Option<String>,
) -> Result<Value<'js>> {
    let outcome = match Public::from_spki(&copied(&spki)) {
        Some(Public::Rsa(key)) => match digest {
            None => key.encrypt(&mut OsRng, Pkcs1v15Encrypt, &copied(&data)).map_err(|_| "data too large for key size"),
            Some(digest) => oaep(&digest, label).and_then(|padding| {
                key.encrypt(&mut OsRng, padding, &copied(&data)).map_err(|_| "data too large for key size")
            }),
        },
        _ => Err("operation not supported for this keytype"),
    };
    bytes(&ctx, outcome)
}

fn decrypt<'js>(
    ctx: Ctx<'js>,
    pkcs8: Bytes<'js>,
    data: Bytes<'js>,
    digest: String,
    label: Option<String>,
) -> Result<Value<'js>> {
    let outcome = match Private::from_pkcs8(&copied(&pkcs8)) {
        Some(Private::Rsa(key)) => oaep(&digest, label).and_then(|padding| {
            key.decrypt_blinded(&mut OsRng, padding, &copied(&data)).map_err(|_| "oaep decoding error")
        }),
        _ => Err("operation not supported for this keytype"),
    };
    bytes(&ctx, outcome)
}

/// The public key's half of RSA itself: without a padding, or off what `private` padded.
fn public<'js>(ctx: Ctx<'js>, spki: Bytes<'js>, data: Bytes<'js>, padded: bool) -> Result<Value<'js>> {
    let outcome = match Public::from_spki(&copied(&spki)) {
        Some(Public::Rsa(key)) => whole(&key, &copied(&data), padded)
            .map(|number| filled(&number.modpow(key.e(), key.n()), key.size()))
            .and_then(|bytes| if padded { unpadded(&bytes) } else { Ok(bytes) }),
        _ => Err("operation not supported for this keytype"),
    };
    bytes(&ctx, outcome)
}

/// The private key's half of RSA itself: without a padding, or with that of signatures.
fn private<'js>(ctx: Ctx<'js>, pkcs8: Bytes<'js>, data: Bytes<'js>, padded: bool) -> Result<Value<'js>> {
    let outcome = match Private::from_pkcs8(&copied(&pkcs8)) {
        Some(Private::Rsa(key)) if padded => key
            .sign_with_rng(&mut OsRng, Pkcs1v15Sign::new_unprefixed(), &copied(&data))
            .map_err(|_| "data too large for key size"),
        Some(Private::Rsa(key)) => whole(&key.to_public_key(), &copied(&data), false).and_then(|number| {
            let made = hazmat::rsa_decrypt_and_check(&*key, Some(&mut OsRng), &number).map_err(|_| "internal error")?;
            Ok(filled(&made, key.size()))
        }),
        _ => Err("operation not supported for this keytype"),
    };
    bytes(&ctx, outcome)
}

/// Data as a number below the modulus; it has to have the modulus's length, or may be `shorter`.
fn whole(key: &RsaPublicKey, data: &[u8], shorter: bool) -> std::result::Result<BigUint, Refusal> {
    let number = BigUint::from_bytes_be(data);
    match data.len().cmp(&key.size()) {
        std::cmp::Ordering::Less if shorter => Ok(number),
        std::cmp::Ordering::Less => Err("data too small for key size"),
        std::cmp::Ordering::Greater => Err("data too large for key size"),
        std::cmp::Ordering::Equal if number >= *key.n() => Err("data too large for modulus"),
        std::cmp::Ordering::Equal => Ok(number),
    }
}

fn filled(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; length.saturating_sub(bytes.len())], bytes].concat()
}

/// What follows `00 01 FF … FF 00`, with at least eight FF.
fn unpadded(bytes: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let filling = bytes.strip_prefix(&[0]).ok_or("invalid padding")?;
    let filling = filling.strip_prefix(&[1]).ok_or("block type is not 01")?;
    let end = filling.iter().position(|byte| *byte != 0xFF).ok_or("null before block missing")?;
    let text = filling[end..].strip_prefix(&[0]).ok_or("bad fixed header decrypt")?;
    if end < 8 { Err("bad pad byte count") } else { Ok(text.to_vec()) }
}

fn oaep(digest: &str, label: Option<String>) -> std::result::Result<Oaep, Refusal> {
    let mut oaep = match Algorithm::named(digest) {
        Some(Algorithm::Sha1) => Oaep::new::<sha1::Sha1>(),
        Some(Algorithm::Sha224) => Oaep::new::<sha2::Sha224>(),
        Some(Algorithm::Sha256) => Oaep::new::<sha2::Sha256>(),
        Some(Algorithm::Sha384) => Oaep::new::<sha2::Sha384>(),
        Some(Algorithm::Sha512) => Oaep::new::<sha2::Sha512>(),
        _ => return Err("invalid digest"),
    };
    oaep.label = label;
    Ok(oaep)
}
