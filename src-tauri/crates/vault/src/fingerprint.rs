//! Keyed fingerprints: they tell two values apart and reveal nothing about either.

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::VaultError;

/// The random key behind all fingerprints of a machine. Kept where the secrets are, never beside the fingerprints.
pub(crate) struct FingerprintKey(Zeroizing<[u8; 32]>);

impl FingerprintKey {
    /// A new random key.
    pub(crate) fn random() -> Result<FingerprintKey, VaultError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| VaultError::Failed { detail: format!("the system gives no random numbers: {error}") })?;
        Ok(FingerprintKey(bytes))
    }

    /// The key as it is kept.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }

    /// The key as it was kept.
    pub(crate) fn from_text(text: &str) -> Option<FingerprintKey> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut_slice()).ok()?;
        Some(FingerprintKey(bytes))
    }

    /// The fingerprint of a value, e.g. `7f3a91c0`: HMAC-SHA-256, truncated.
    pub(crate) fn of(&self, value: &SecretString) -> String {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.0.as_slice()).expect("HMAC takes keys of any length");
        mac.update(value.expose_secret().as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..4])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_under_one_key_and_different_under_another() {
        let (one, other) = (FingerprintKey::random().unwrap(), FingerprintKey::random().unwrap());
        let value = SecretString::from("hunter2hunter2");
        assert_eq!(one.of(&value), FingerprintKey::from_text(&one.to_text()).unwrap().of(&value));
        assert_ne!(one.of(&value), other.of(&value));
        assert_ne!(one.of(&value), one.of(&SecretString::from("hunter2hunter3")));
        assert_eq!(one.of(&value).len(), 8);
    }
}
