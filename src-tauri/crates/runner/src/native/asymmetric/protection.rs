//! Private keys under a passphrase: the encrypted form of PKCS#8, with the schemes of PKCS#5 version 2.

use pkcs5::{EncryptionScheme, pbes2};
use rand_core::{OsRng, RngCore as _};
use rquickjs::{Ctx, Function, Object, Result, Value};
use sec1::der::{Decode as _, Encode as _, Reader as _, SliceReader, asn1::OctetStringRef};

use super::{Refusal, bytes};
use crate::native::{Bytes, copied};

/// OpenSSL's own number of rounds.
const ROUNDS: u32 = 2048;

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("protectKey", Function::new(ctx.clone(), protect)?)?;
    native.set("unprotectKey", Function::new(ctx, unprotect)?)
}

/// The encrypted form of a PKCS#8 key. `bits` are AES's, in CBC; 64 stands for triple DES.
fn protect<'js>(ctx: Ctx<'js>, pkcs8: Bytes<'js>, passphrase: Bytes<'js>, bits: u32) -> Result<Value<'js>> {
    bytes(&ctx, protected(&copied(&pkcs8), &copied(&passphrase), bits))
}

fn protected(pkcs8: &[u8], passphrase: &[u8], bits: u32) -> std::result::Result<Vec<u8>, Refusal> {
    let (mut salt, mut iv, mut half) = ([0; 16], [0; 16], [0; 8]);
    OsRng.fill_bytes(&mut salt);
    OsRng.fill_bytes(&mut iv);
    OsRng.fill_bytes(&mut half);
    let kdf = pbes2::Pbkdf2Params::hmac_with_sha256(ROUNDS, &salt).map_err(|_| "unsupported")?;
    let encryption = match bits {
        64 => pbes2::EncryptionScheme::DesEde3Cbc { iv: &half },
        128 => pbes2::EncryptionScheme::Aes128Cbc { iv: &iv },
        192 => pbes2::EncryptionScheme::Aes192Cbc { iv: &iv },
        _ => pbes2::EncryptionScheme::Aes256Cbc { iv: &iv },
    };
    let scheme = EncryptionScheme::from(pbes2::Parameters { kdf: kdf.into(), encryption });
    let text = scheme.encrypt(passphrase, pkcs8).map_err(|_| "unsupported")?;
    written(&scheme, &text).ok_or("unsupported")
}

/// `SEQUENCE { scheme, OCTET STRING }` (RFC 5958 §3).
fn written(scheme: &EncryptionScheme<'_>, text: &[u8]) -> Option<Vec<u8>> {
    let members = [scheme.to_der().ok()?, OctetStringRef::new(text).ok()?.to_der().ok()?].concat();
    sec1::der::asn1::AnyRef::new(sec1::der::Tag::Sequence, &members).ok()?.to_der().ok()
}

/// The PKCS#8 key inside an encrypted one, or why there is none.
fn unprotect<'js>(ctx: Ctx<'js>, der: Bytes<'js>, passphrase: Bytes<'js>) -> Result<Value<'js>> {
    bytes(&ctx, unprotected(&copied(&der), &copied(&passphrase)))
}

fn unprotected(der: &[u8], passphrase: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let read = || {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|reader| Ok((EncryptionScheme::decode(reader)?, OctetStringRef::decode(reader)?)))
    };
    let (scheme, text) = read().map_err(|_: sec1::der::Error| "unsupported")?;
    scheme.decrypt(passphrase, text.as_bytes()).map_err(|error| match error {
        pkcs5::Error::DecryptFailed | pkcs5::Error::EncryptFailed => "bad decrypt",
        _ => "unsupported",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_with_its_passphrase_only() {
        for bits in [64, 128, 192, 256] {
            let key = protected(b"a key", b"secret", bits).unwrap();
            assert_eq!(unprotected(&key, b"secret").as_deref(), Ok(b"a key".as_slice()));
            assert!(unprotected(&key, b"other").is_err() || unprotected(&key, b"other").as_deref() != Ok(b"a key"));
        }
        assert_eq!(unprotected(b"nonsense", b"x"), Err("unsupported"));
    }
}
