//! The character set in which a package writes its text.

use std::borrow::Cow;

/// How text becomes the bytes of a connection. npm `mysql` always writes UTF-8; mysql2 writes the encoding of its `charset`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    Utf8,
    /// Node's `latin1`: one byte for each of the first 256 characters. mysql2 writes `ascii` and `binary` like this, too.
    Latin1,
}

impl Encoding {
    /// As bytes. What Latin-1 does not have has been cut to a byte by the package before; here it is a question mark.
    pub(super) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Encoding::Latin1 if !text.is_ascii() => {
                text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect::<Vec<u8>>().into()
            }
            _ => text.as_bytes().into(),
        }
    }

    /// As text. What is no UTF-8 becomes U+FFFD.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_1_is_one_byte_for_each_letter() {
        let all: Vec<u8> = (0..=255).collect();
        let text = Encoding::Latin1.decode(&all);
        assert_eq!(text.chars().count(), 256);
        assert_eq!(Encoding::Latin1.encode(&text), all);
        assert_eq!(&*Encoding::Latin1.encode("é€"), b"\xe9?");
        assert_eq!(&*Encoding::Utf8.encode("é"), "é".as_bytes());
        assert_eq!(Encoding::Utf8.decode(b"a\xe9"), "a\u{fffd}");
    }
}
