//! Signatures: RSA with PKCS #1 v1.5 and PSS, ECDSA, Ed25519.

use ed25519_dalek::{Signer as _, Verifier as _};
use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use rand_core::OsRng;
use rquickjs::{Ctx, FromJs, Function, Object, Result, Value};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};

use super::{Private, Public, Refusal, answer, bytes};
use crate::native::{Bytes, copied, digest::Algorithm};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("sign", Function::new(ctx.clone(), sign)?)?;
    native.set("verify", Function::new(ctx, verify)?)
}

/// How a signature is made.
struct Options {
    /// `None` is for Ed25519, and the key's own choice elsewhere.
    digest: Option<String>,
    pss: bool,
    /// Bytes, or OpenSSL's -1 for the digest's length and -2 for as many as fit, or any that are found.
    salt_length: i32,
    /// Both numbers one after the other instead of DER.
    plain: bool,
}

impl<'js> FromJs<'js> for Options {
    fn from_js(_ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        let object = Object::from_value(value)?;
        Ok(Options {
            digest: object.get("digest")?,
            pss: object.get("pss")?,
            salt_length: object.get("saltLength")?,
            plain: object.get("plain")?,
        })
    }
}

impl Options {
    /// The digest's algorithm and the data's digest.
    fn digest(&self, data: &[u8]) -> std::result::Result<(Algorithm, Vec<u8>), Refusal> {
        let name = self.digest.as_deref().unwrap_or("sha256");
        let algorithm = Algorithm::named(name).ok_or("invalid digest")?;
        Ok((algorithm, algorithm.digest(data, algorithm.bytes())))
    }
}

/// Calls `$run::<D>($arguments)` for the digests signatures are made with.
macro_rules! with_digest {
    ($algorithm:expr, $run:ident($($argument:expr),*)) => {
        match $algorithm {
            Algorithm::Sha1 => Ok($run::<sha1::Sha1>($($argument),*)),
            Algorithm::Sha224 => Ok($run::<sha2::Sha224>($($argument),*)),
            Algorithm::Sha256 => Ok($run::<sha2::Sha256>($($argument),*)),
            Algorithm::Sha384 => Ok($run::<sha2::Sha384>($($argument),*)),
            Algorithm::Sha512 => Ok($run::<sha2::Sha512>($($argument),*)),
            _ => Err("invalid digest"),
        }
    };
}

/// Calls `$body` for the module, key and width of a curve's key, or `$rsa` and `$edwards`.
macro_rules! with_curve {
    ($Kind:ident, $key:expr, |$curve:ident, $own:ident, $width:ident| $body:expr, $rsa:expr, $edwards:expr) => {
        match $key {
            $Kind::P256($own) => {
                use p256 as $curve;
                let $width = 32;
                $body
            }
            $Kind::P384($own) => {
                use p384 as $curve;
                let $width = 48;
                $body
            }
            $Kind::P521($own) => {
                use p521 as $curve;
                let $width = 66;
                $body
            }
            $Kind::K256($own) => {
                use k256 as $curve;
                let $width = 32;
                $body
            }
            $Kind::Rsa(key) => $rsa(key),
            $Kind::Ed25519(key) => $edwards(key),
            $Kind::X25519(_) => Err("operation not supported for this keytype"),
        }
    };
}

/// The signature, or why there is none.
fn sign<'js>(ctx: Ctx<'js>, pkcs8: Bytes<'js>, data: Bytes<'js>, options: Options) -> Result<Value<'js>> {
    let outcome = Private::from_pkcs8(&copied(&pkcs8)).ok_or("unsupported").and_then(|key| {
        let data = copied(&data);
        with_curve!(
            Private,
            key,
            |curve, key, width| {
                let digest = padded(options.digest(&data)?.1, width);
                let signer = curve::ecdsa::SigningKey::from_slice(&key.to_bytes()).map_err(|_| "unsupported")?;
                let signature: curve::ecdsa::Signature = signer.sign_prehash(&digest).map_err(|_| "invalid digest")?;
                Ok(if options.plain { signature.to_bytes().to_vec() } else { signature.to_der().as_bytes().to_vec() })
            },
            |key: Box<RsaPrivateKey>| sign_rsa(&key, &data, &options),
            |key: ed25519_dalek::SigningKey| match options.digest {
                None => Ok(key.sign(&data).to_vec()),
                Some(_) => Err("invalid digest"),
            }
        )
    });
    bytes(&ctx, outcome)
}

/// Whether the signature is right, or why that cannot be said.
fn verify<'js>(
    ctx: Ctx<'js>,
    spki: Bytes<'js>,
    data: Bytes<'js>,
    signature: Bytes<'js>,
    options: Options,
) -> Result<Value<'js>> {
    let outcome = Public::from_spki(&copied(&spki)).ok_or("unsupported").and_then(|key| {
        let (data, signature) = (copied(&data), copied(&signature));
        with_curve!(
            Public,
            key,
            |curve, key, width| {
                let digest = padded(options.digest(&data)?.1, width);
                let point = key.to_sec1_bytes();
                let verifier = curve::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| "unsupported")?;
                let read = if options.plain {
                    curve::ecdsa::Signature::from_slice(&signature)
                } else {
                    curve::ecdsa::Signature::from_der(&signature)
                };
                // Of the two numbers that are right, some curves' crates take the lower only.
                let lower = read.map(|signature| signature.normalize_s().unwrap_or(signature));
                Ok(lower.is_ok_and(|signature| verifier.verify_prehash(&digest, &signature).is_ok()))
            },
            |key: RsaPublicKey| verify_rsa(&key, &data, &signature, &options),
            |key: ed25519_dalek::VerifyingKey| match options.digest {
                None => {
                    let read = ed25519_dalek::Signature::from_slice(&signature);
                    Ok(read.is_ok_and(|signature| key.verify(&data, &signature).is_ok()))
                }
                Some(_) => Err("invalid digest"),
            }
        )
    });
    answer(ctx, outcome)
}

/// A digest that is shorter than the curve, as the number it is.
fn padded(digest: Vec<u8>, width: usize) -> Vec<u8> {
    [vec![0; width.saturating_sub(digest.len())], digest].concat()
}

/// As many bytes of salt as fit beside a digest.
fn most_salt(key: &impl rsa::traits::PublicKeyParts, digest: usize) -> Option<usize> {
    (key.n().bits() - 1).div_ceil(8).checked_sub(digest + 2)
}

fn pkcs1<D: sha2::Digest + rsa::pkcs8::AssociatedOid>() -> Pkcs1v15Sign {
    Pkcs1v15Sign::new::<D>()
}

fn pss<D>(salt: usize) -> Pss
where
    D: 'static + sha2::Digest + sha2::digest::DynDigest + Send + Sync,
{
    Pss::new_with_salt::<D>(salt)
}

fn sign_rsa(key: &RsaPrivateKey, data: &[u8], options: &Options) -> std::result::Result<Vec<u8>, Refusal> {
    let (algorithm, digest) = options.digest(data)?;
    let most = most_salt(key, digest.len()).ok_or("digest too big for rsa key")?;
    let signed = if options.pss {
        let salt = match options.salt_length {
            -1 => digest.len(),
            length => usize::try_from(length).unwrap_or(most),
        };
        if salt > most {
            return Err("data too large for key size");
        }
        key.sign_with_rng(&mut OsRng, with_digest!(algorithm, pss(salt))?, &digest)
    } else {
        key.sign_with_rng(&mut OsRng, with_digest!(algorithm, pkcs1())?, &digest)
    };
    signed.map_err(|_| "digest too big for rsa key")
}

fn verify_rsa(
    key: &RsaPublicKey,
    data: &[u8],
    signature: &[u8],
    options: &Options,
) -> std::result::Result<bool, Refusal> {
    let (algorithm, digest) = options.digest(data)?;
    if !options.pss {
        return Ok(key.verify(with_digest!(algorithm, pkcs1())?, &digest, signature).is_ok());
    }
    let Some(most) = most_salt(key, digest.len()) else { return Ok(false) };
    let lengths: Vec<usize> = match options.salt_length {
        -1 => vec![digest.len()],
        // Any length is right; these two are what signers choose.
        -2 => [digest.len(), most].into_iter().chain(0..most).collect(),
        length => vec![usize::try_from(length).unwrap_or(most)],
    };
    for salt in lengths.into_iter().filter(|salt| *salt <= most) {
        if key.verify(with_digest!(algorithm, pss(salt))?, &digest, signature).is_ok() {
            return Ok(true);
        }
    }
    Ok(false)
}
