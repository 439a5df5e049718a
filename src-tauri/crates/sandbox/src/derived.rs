//! What gives a password away as well as the password itself: its encodings, and hashes without salt and cost.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Passwords shorter than this have encodings that turn up by chance.
const SHORTEST: usize = 6;

/// The forms of a password, each with its name.
pub(crate) struct Derived {
    forms: Vec<(&'static str, SecretString)>,
}

impl Derived {
    pub(crate) fn of(password: &SecretString) -> Derived {
        let bytes = password.expose_secret().as_bytes();
        let mut forms = Vec::new();
        if bytes.len() >= SHORTEST {
            for (name, text) in [
                ("the base64 form", STANDARD_NO_PAD.encode(bytes)),
                ("the base64 form", URL_SAFE_NO_PAD.encode(bytes)),
                ("the hex form", hex::encode(bytes)),
            ] {
                forms.push((name, SecretString::from(text)));
            }
        }
        for (name, digest) in [
            ("an MD5 hash", Md5::digest(bytes).to_vec()),
            ("a SHA-1 hash", Sha1::digest(bytes).to_vec()),
            ("a SHA-256 hash", Sha256::digest(bytes).to_vec()),
            ("a SHA-384 hash", Sha384::digest(bytes).to_vec()),
            ("a SHA-512 hash", Sha512::digest(bytes).to_vec()),
        ] {
            let texts = [hex::encode(&digest), STANDARD_NO_PAD.encode(&digest), URL_SAFE_NO_PAD.encode(&digest)];
            forms.extend(texts.into_iter().map(|text| (name, SecretString::from(text))));
        }
        Derived { forms }
    }

    /// The name of the form that stands in `text`; hex counts in both cases.
    pub(crate) fn found_in(&self, text: &str) -> Option<&'static str> {
        let is_hex = |form: &str| form.bytes().all(|byte| byte.is_ascii_hexdigit());
        let lower = text.to_ascii_lowercase();
        let found = self.forms.iter().find(|(_, form)| {
            let form = form.expose_secret();
            if is_hex(form) { lower.contains(&form.to_ascii_lowercase()) } else { text.contains(form) }
        });
        found.map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_and_plain_hashes_are_known() {
        let derived = Derived::of(&"Pa55 word".into());
        let md5 = format!("{{MD5}}{}", hex::encode(Md5::digest("Pa55 word")));
        for (text, name) in [
            ("UGE1NSB3b3Jk", "the base64 form"),
            ("pw 5061353520776F7264", "the hex form"),
            (md5.as_str(), "an MD5 hash"),
        ] {
            assert_eq!(derived.found_in(text), Some(name), "{text}");
        }
        assert_eq!(derived.found_in(&STANDARD_NO_PAD.encode(Sha256::digest("Pa55 word"))), Some("a SHA-256 hash"));
        assert_eq!(derived.found_in("$2b$10$abcdefghijklmnopqrstuv Pa55"), None);
        assert_eq!(Derived::of(&"abc".into()).found_in("616263 YWJj"), None, "by chance");
    }
}
