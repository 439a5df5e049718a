//! Powers modulo a number, for key exchanges that packages compute with a big-integer class of their own (SRP of Cognito).

use rquickjs::{Function, Object, Result};
use rsa::BigUint;

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    native.set("modPow", Function::new(native.ctx().clone(), mod_pow)?)
}

/// `base ^ exponent mod modulus`, all in hexadecimal without a sign; nothing when one is no number or the modulus is zero.
fn mod_pow(base: String, exponent: String, modulus: String) -> Option<String> {
    let number = |text: &str| BigUint::parse_bytes(text.as_bytes(), 16);
    let modulus = number(&modulus).filter(|modulus| *modulus != BigUint::default())?;
    Some(number(&base)?.modpow(&number(&exponent)?, &modulus).to_str_radix(16))
}

#[cfg(test)]
mod tests {
    fn power(base: &str, exponent: &str, modulus: &str) -> Option<String> {
        super::mod_pow(base.to_owned(), exponent.to_owned(), modulus.to_owned())
    }

    #[test]
    fn powers_of_known_numbers() {
        assert_eq!(power("3", "c8", "d").as_deref(), Some("9"));
        // Fermat: a^(p-1) is 1 for the prime 2^127 - 1, and a^p is a again.
        let prime = "7fffffffffffffffffffffffffffffff";
        assert_eq!(power("123456789abcdef", "7ffffffffffffffffffffffffffffffe", prime).as_deref(), Some("1"));
        assert_eq!(power("123456789abcdef", prime, prime).as_deref(), Some("123456789abcdef"));
        assert_eq!(power("2", "10", "0"), None);
        assert_eq!(power("-2", "10", "5"), None);
    }
}
