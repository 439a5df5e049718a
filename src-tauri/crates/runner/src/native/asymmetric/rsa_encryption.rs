//! Encryption with RSA: OAEP, and PKCS #1 v1.5 for encrypting only, as Node has it.

use rand_core::OsRng;
use rquickjs::{Ctx, Function, Object, Result, Value};
use rsa::{Oaep, Pkcs1v15Encrypt};

use super::{Private, Public, Refusal, bytes};
use crate::native::{Bytes, copied, digest::Algorithm};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("rsaEncrypt", Function::new(ctx.clone(), encrypt)?)?;
    native.set("rsaDecrypt", Function::new(ctx, decrypt)?)
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
