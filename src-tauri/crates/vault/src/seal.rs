//! Sealing bytes with age: for an identity of our own, or for a passphrase.

use age::scrypt;
use age::secrecy::SecretString as Passphrase;
use age::x25519::Identity;
use age::{DecryptError, EncryptError};
use zeroize::Zeroizing;

/// Work of the passphrase's key derivation (scrypt, log2 N): about half a second and 128 MiB.
const WORK: u8 = 17;

/// A key to sealed files, as text `AGE-SECRET-KEY-1…`.
pub(crate) fn identity_of(text: &str) -> Option<Identity> {
    text.trim().parse().ok()
}

/// Seals for an identity.
pub(crate) fn seal(identity: &Identity, plain: &[u8]) -> Result<Vec<u8>, EncryptError> {
    age::encrypt(&identity.to_public(), plain)
}

/// Opens what was sealed for an identity.
pub(crate) fn open(identity: &Identity, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    age::decrypt(identity, sealed).map(Zeroizing::new)
}

/// Seals for a passphrase.
pub(crate) fn seal_with(passphrase: Passphrase, plain: &[u8]) -> Result<Vec<u8>, EncryptError> {
    let mut recipient = scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK);
    age::encrypt(&recipient, plain)
}

/// Opens what was sealed for a passphrase.
pub(crate) fn open_with(passphrase: Passphrase, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut identity = scrypt::Identity::new(passphrase);
    // The file may come from a faster machine; what we write ourselves is below this.
    identity.set_max_work_factor(WORK + 3);
    age::decrypt(&identity, sealed).map(Zeroizing::new)
}
