//! Hashes, HMAC, PBKDF2 and HKDF by the names OpenSSL 3 knows.

use hmac::{Mac, SimpleHmac};
use rquickjs::{Ctx, Function, Object, Result};
use sha2::digest::{Digest, ExtendableOutput, Update, XofReader};

use super::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native
        .set("hashBytes", Function::new(ctx.clone(), |name: String| Algorithm::named(&name).map(Algorithm::bytes))?)?;
    native.set("hash", Function::new(ctx.clone(), hash)?)?;
    native.set("hmac", Function::new(ctx.clone(), hmac)?)?;
    native.set("hkdf", Function::new(ctx.clone(), hkdf)?)?;
    native.set("md5Rounds", Function::new(ctx.clone(), md5_rounds)?)?;
    native.set("pbkdf2", Function::new(ctx, pbkdf2)?)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Md5Sha1,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Shake128,
    Shake256,
    Ripemd160,
    Blake2b512,
    Blake2s256,
}

/// Calls `$run::<D>($arguments)` with the hash type of a fixed-size algorithm; `None` for the others.
macro_rules! with_digest {
    ($algorithm:expr, $run:ident($($argument:expr),*)) => {
        match $algorithm {
            Algorithm::Md5 => Some($run::<md5::Md5>($($argument),*)),
            Algorithm::Sha1 => Some($run::<sha1::Sha1>($($argument),*)),
            Algorithm::Sha224 => Some($run::<sha2::Sha224>($($argument),*)),
            Algorithm::Sha256 => Some($run::<sha2::Sha256>($($argument),*)),
            Algorithm::Sha384 => Some($run::<sha2::Sha384>($($argument),*)),
            Algorithm::Sha512 => Some($run::<sha2::Sha512>($($argument),*)),
            Algorithm::Sha512_224 => Some($run::<sha2::Sha512_224>($($argument),*)),
            Algorithm::Sha512_256 => Some($run::<sha2::Sha512_256>($($argument),*)),
            Algorithm::Sha3_224 => Some($run::<sha3::Sha3_224>($($argument),*)),
            Algorithm::Sha3_256 => Some($run::<sha3::Sha3_256>($($argument),*)),
            Algorithm::Sha3_384 => Some($run::<sha3::Sha3_384>($($argument),*)),
            Algorithm::Sha3_512 => Some($run::<sha3::Sha3_512>($($argument),*)),
            Algorithm::Ripemd160 => Some($run::<ripemd::Ripemd160>($($argument),*)),
            Algorithm::Blake2b512 => Some($run::<blake2::Blake2b512>($($argument),*)),
            Algorithm::Blake2s256 => Some($run::<blake2::Blake2s256>($($argument),*)),
            Algorithm::Md5Sha1 | Algorithm::Shake128 | Algorithm::Shake256 => None,
        }
    };
}

impl Algorithm {
    /// By OpenSSL's names, in any case.
    pub(super) fn named(name: &str) -> Option<Algorithm> {
        let name = name.to_ascii_lowercase();
        // OpenSSL knows these two with a slash only behind `RSA-`.
        match name.as_str() {
            "rsa-sha512/224" => return Some(Algorithm::Sha512_224),
            "rsa-sha512/256" => return Some(Algorithm::Sha512_256),
            _ => {}
        }
        let name = name.strip_prefix("rsa-").unwrap_or(&name);
        let name = name.strip_suffix("withrsaencryption").or_else(|| name.strip_suffix("withrsa")).unwrap_or(name);
        let name = name.strip_prefix("id-rsassa-pkcs1-v1_5-with-").unwrap_or(name);
        Some(match name {
            "md5" | "ssl3-md5" => Algorithm::Md5,
            "md5-sha1" => Algorithm::Md5Sha1,
            "sha1" | "sha-1" | "ssl3-sha1" | "sha1-2" => Algorithm::Sha1,
            "sha224" | "sha-224" | "sha2-224" => Algorithm::Sha224,
            "sha256" | "sha-256" | "sha2-256" => Algorithm::Sha256,
            "sha384" | "sha-384" | "sha2-384" => Algorithm::Sha384,
            "sha512" | "sha-512" | "sha2-512" => Algorithm::Sha512,
            "sha512-224" | "sha-512/224" | "sha2-512/224" => Algorithm::Sha512_224,
            "sha512-256" | "sha-512/256" | "sha2-512/256" => Algorithm::Sha512_256,
            "sha3-224" => Algorithm::Sha3_224,
            "sha3-256" => Algorithm::Sha3_256,
            "sha3-384" => Algorithm::Sha3_384,
            "sha3-512" => Algorithm::Sha3_512,
            "shake128" | "shake-128" => Algorithm::Shake128,
            "shake256" | "shake-256" => Algorithm::Shake256,
            "ripemd160" | "ripemd-160" | "ripemd" | "rmd160" => Algorithm::Ripemd160,
            "blake2b512" | "blake2b-512" => Algorithm::Blake2b512,
            "blake2s256" | "blake2s-256" => Algorithm::Blake2s256,
            _ => return None,
        })
    }

    pub(super) fn bytes(self) -> usize {
        fn size<D: Digest>() -> usize {
            <D as Digest>::output_size()
        }
        match self {
            Algorithm::Md5Sha1 => 36,
            Algorithm::Shake128 => 16,
            Algorithm::Shake256 => 32,
            fixed => with_digest!(fixed, size()).unwrap_or_default(),
        }
    }

    /// The digest of `data`; `length` counts for SHAKE only.
    pub(super) fn digest(self, data: &[u8], length: usize) -> Vec<u8> {
        fn fixed<D: Digest>(data: &[u8]) -> Vec<u8> {
            D::digest(data).to_vec()
        }
        fn extendable<D: Default + Update + ExtendableOutput>(data: &[u8], length: usize) -> Vec<u8> {
            let mut hasher = D::default();
            hasher.update(data);
            let mut output = vec![0; length];
            hasher.finalize_xof().read(&mut output);
            output
        }
        match self {
            Algorithm::Md5Sha1 => [fixed::<md5::Md5>(data), fixed::<sha1::Sha1>(data)].concat(),
            Algorithm::Shake128 => extendable::<sha3::Shake128>(data, length),
            Algorithm::Shake256 => extendable::<sha3::Shake256>(data, length),
            other => with_digest!(other, fixed(data)).unwrap_or_default(),
        }
    }
}

fn hash<'js>(ctx: Ctx<'js>, name: String, data: Bytes<'js>, length: usize) -> Result<Option<Bytes<'js>>> {
    Algorithm::named(&name).map(|algorithm| Bytes::new(ctx, algorithm.digest(&copied(&data), length))).transpose()
}

fn hmac<'js>(ctx: Ctx<'js>, name: String, key: Bytes<'js>, data: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let Some(algorithm) = Algorithm::named(&name) else { return Ok(None) };
    let (key, data) = (copied(&key), copied(&data));
    with_digest!(algorithm, authenticate(&key, &data)).map(|code| Bytes::new(ctx, code)).transpose()
}

fn authenticate<D: Digest + sha2::digest::core_api::BlockSizeUser>(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut code = <SimpleHmac<D> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    Mac::update(&mut code, data);
    code.finalize().into_bytes().to_vec()
}

fn pbkdf2<'js>(
    ctx: Ctx<'js>,
    name: String,
    password: Bytes<'js>,
    salt: Bytes<'js>,
    rounds: u32,
    length: usize,
) -> Result<Option<Bytes<'js>>> {
    let Some(algorithm) = Algorithm::named(&name) else { return Ok(None) };
    let (password, salt) = (copied(&password), copied(&salt));
    with_digest!(algorithm, derive(&password, &salt, rounds, length)).map(|key| Bytes::new(ctx, key)).transpose()
}

fn derive<D>(password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Vec<u8>
where
    D: Digest + sha2::digest::core_api::BlockSizeUser + Clone + Sync,
{
    let mut key = vec![0; length];
    pbkdf2::pbkdf2::<SimpleHmac<D>>(password, salt, rounds, &mut key).expect("HMAC takes keys of any length");
    key
}

/// phpass's rounds: `rounds` times the MD5 of the digest so far and the password.
fn md5_rounds<'js>(ctx: Ctx<'js>, digest: Bytes<'js>, password: Bytes<'js>, rounds: u32) -> Result<Bytes<'js>> {
    Bytes::new(ctx, stretched(copied(&digest), &copied(&password), rounds))
}

fn stretched(mut digest: Vec<u8>, password: &[u8], rounds: u32) -> Vec<u8> {
    for _ in 0..rounds {
        let round = md5::Md5::new().chain_update(&digest).chain_update(password).finalize();
        digest.clear();
        digest.extend_from_slice(&round);
    }
    digest
}

/// A key of `length` bytes, which is at most 255 digests.
fn hkdf<'js>(
    ctx: Ctx<'js>,
    name: String,
    secret: Bytes<'js>,
    salt: Bytes<'js>,
    info: Bytes<'js>,
    length: usize,
) -> Result<Option<Bytes<'js>>> {
    let Some(algorithm) = Algorithm::named(&name) else { return Ok(None) };
    let (secret, salt, info) = (copied(&secret), copied(&salt), copied(&info));
    let key = with_digest!(algorithm, expand(&secret, &salt, &info, length)).flatten();
    key.map(|key| Bytes::new(ctx, key)).transpose()
}

fn expand<D>(secret: &[u8], salt: &[u8], info: &[u8], length: usize) -> Option<Vec<u8>>
where
    D: Digest + sha2::digest::core_api::BlockSizeUser + Clone,
{
    let mut key = vec![0; length];
    ::hkdf::SimpleHkdf::<D>::new(Some(salt), secret).expand(info, &mut key).ok().map(|()| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(name: &str, data: &[u8]) -> String {
        let algorithm = Algorithm::named(name).unwrap();
        hex::encode(algorithm.digest(data, algorithm.bytes()))
    }

    #[test]
    fn known_answers() {
        assert_eq!(hex("md5", b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex("RSA-SHA1", b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex("SHA-256", b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hex("rmd160", b"abc"), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        assert_eq!(hex("shake128", b""), "7f9c2ba4e88f827d616045507605853e");
        assert_eq!(hex("md5-sha1", b"abc").len(), 72);
        assert_eq!(Algorithm::named("md4"), None);
    }

    #[test]
    fn rounds_of_md5_take_the_last_digest_before_the_password() {
        let once = Algorithm::Md5.digest(&[b"digest".as_slice(), b"password"].concat(), 16);
        assert_eq!(stretched(b"digest".to_vec(), b"password", 1), once);
        let twice = Algorithm::Md5.digest(&[once.as_slice(), b"password"].concat(), 16);
        assert_eq!(stretched(b"digest".to_vec(), b"password", 2), twice);
    }

    #[test]
    fn hmac_of_rfc_4231_case_2_and_pbkdf2_of_rfc_6070_case_2() {
        let code = authenticate::<sha2::Sha256>(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(code), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let key = derive::<sha1::Sha1>(b"password", b"salt", 2, 20);
        assert_eq!(hex::encode(key), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    }
}
