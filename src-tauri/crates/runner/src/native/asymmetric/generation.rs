//! New keys and primes.

use num_bigint_dig::{BigUint, RandPrime as _, prime::probably_prime};
use rand_core::{OsRng, RngCore as _};
use rquickjs::{Ctx, Function, Object, Result, Value};
use rsa::RsaPrivateKey;

use super::{Private, Refusal, bytes, x25519};
use crate::native::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("generateRsa", Function::new(ctx.clone(), generate_rsa)?)?;
    native.set("generateOnCurve", Function::new(ctx.clone(), generate_on_curve)?)?;
    native.set("generatePrime", Function::new(ctx.clone(), generate_prime)?)?;
    native.set("isPrime", Function::new(ctx, is_prime)?)
}

/// PKCS#8 of a new RSA key. A run waits for it; the sandbox ends one that takes longer than the run may.
fn generate_rsa<'js>(ctx: Ctx<'js>, bits: usize, exponent: u32) -> Result<Value<'js>> {
    let made = if bits < 512 {
        Err("key size too small")
    } else if exponent < 3 || exponent.is_multiple_of(2) {
        Err("pub exponent out of range")
    } else {
        let key = RsaPrivateKey::new_with_exp(&mut OsRng, bits, &BigUint::from(exponent));
        key.ok().and_then(|key| Private::Rsa(Box::new(key)).pkcs8()).ok_or("unsupported")
    };
    bytes(&ctx, made)
}

/// PKCS#8 of a new key of a curve by Node's name.
fn generate_on_curve<'js>(ctx: Ctx<'js>, curve: String) -> Result<Value<'js>> {
    let key: std::result::Result<Private, Refusal> = match curve.as_str() {
        "prime256v1" => Ok(Private::P256(p256::SecretKey::random(&mut OsRng))),
        "secp384r1" => Ok(Private::P384(p384::SecretKey::random(&mut OsRng))),
        "secp521r1" => Ok(Private::P521(p521::SecretKey::random(&mut OsRng))),
        "secp256k1" => Ok(Private::K256(k256::SecretKey::random(&mut OsRng))),
        "ed25519" => {
            let mut secret = [0; 32];
            OsRng.fill_bytes(&mut secret);
            Ok(Private::Ed25519(ed25519_dalek::SigningKey::from_bytes(&secret)))
        }
        "x25519" => {
            let mut secret = [0; 32];
            OsRng.fill_bytes(&mut secret);
            Ok(Private::X25519(x25519::Secret(secret)))
        }
        _ => Err("unsupported"),
    };
    bytes(&ctx, key.and_then(|key| key.pkcs8().ok_or("unsupported")))
}

/// A prime of that many bits, big-endian; with `safe` half of what is below it is a prime too.
fn generate_prime<'js>(ctx: Ctx<'js>, bits: usize, safe: bool) -> Result<Bytes<'js>> {
    let prime = if safe { safe_prime(bits) } else { OsRng.gen_prime(bits) };
    Bytes::new(ctx, prime.to_bytes_be())
}

/// Primes that are tried before the costly tests: those above two and below 4096.
fn small_primes() -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for number in (3_u32..4096).step_by(2) {
        if found.iter().take_while(|&&prime| prime * prime <= number).all(|&prime| !number.is_multiple_of(prime)) {
            found.push(number);
        }
    }
    found
}

/// A prime of at least three bits, half of which is a prime too.
fn safe_prime(bits: usize) -> BigUint {
    let one = BigUint::from(1_u32);
    // Primes this small could be the number itself.
    let small = if bits < 16 { Vec::new() } else { small_primes() };
    // As the whole has no small factor, half of it leaves neither 0 nor (n - 1) / 2 behind.
    let plain = |half: &BigUint| {
        small.iter().all(|&prime| {
            let rest = half % prime;
            rest != BigUint::from(0_u32) && rest != BigUint::from((prime - 1) / 2)
        })
    };
    loop {
        let mut bytes = vec![0; bits.div_ceil(8)];
        OsRng.fill_bytes(&mut bytes);
        // Its half has one bit less; the highest is set, and the lowest.
        let random = BigUint::from_bytes_be(&bytes) % (&one << (bits - 1));
        let half: BigUint = random | (&one << (bits - 2)) | &one;
        let whole = (&half << 1) | &one;
        if plain(&half) && probably_prime(&half, 0) && probably_prime(&whole, 20) && probably_prime(&half, 20) {
            return whole;
        }
    }
}

fn is_prime(candidate: Bytes<'_>, rounds: usize) -> bool {
    probably_prime(&BigUint::from_bytes_be(&copied(&candidate)), rounds)
}
