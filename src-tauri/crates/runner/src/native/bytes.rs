//! Text to bytes and back.

use rquickjs::{Ctx, Function, Object, Result, String as JsString, Value, qjs};

use super::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("utf8Encode", Function::new(ctx.clone(), utf8_encode)?)?;
    native.set("utf8Decode", Function::new(ctx.clone(), utf8_decode)?)?;
    native.set("utf8Valid", Function::new(ctx.clone(), |bytes: Bytes<'_>| str::from_utf8(&copied(&bytes)).is_ok())?)?;
    native.set("latin1Decode", Function::new(ctx.clone(), latin1_decode)?)?;
    native.set("base64Encode", Function::new(ctx.clone(), base64_encode)?)?;
    native.set("base64Decode", Function::new(ctx, base64_decode)?)
}

/// UTF-8 of a string; a lone surrogate becomes U+FFFD, as in Node.
fn utf8_encode<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> Result<Bytes<'js>> {
    let value: Value<'js> = text.into_value();
    let mut length = 0;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the engine's own copy is freed after ours is made.
    let mut bytes = unsafe {
        let text = qjs::JS_ToCStringLen(raw, &mut length, value.as_raw());
        if text.is_null() {
            return Err(rquickjs::Error::Exception);
        }
        let bytes = std::slice::from_raw_parts(text.cast::<u8>(), length).to_vec();
        qjs::JS_FreeCString(raw, text);
        bytes
    };
    // The engine writes a lone surrogate as three bytes ED A0…BF xx, which UTF-8 forbids.
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
            bytes[at..at + 3].copy_from_slice(&[0xEF, 0xBF, 0xBD]);
        }
    }
    Bytes::new(ctx, bytes)
}

/// The string of UTF-8 bytes; what is no UTF-8 becomes U+FFFD, one per maximal wrong part.
fn utf8_decode<'js>(ctx: Ctx<'js>, bytes: Bytes<'js>) -> Result<JsString<'js>> {
    JsString::from_str(ctx, &String::from_utf8_lossy(&copied(&bytes)))
}

fn latin1_decode<'js>(ctx: Ctx<'js>, bytes: Bytes<'js>) -> Result<JsString<'js>> {
    let text: String = copied(&bytes).into_iter().map(char::from).collect();
    JsString::from_str(ctx, &text)
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64_encode<'js>(ctx: Ctx<'js>, bytes: Bytes<'js>, url_safe: bool) -> Result<JsString<'js>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let bytes = copied(&bytes);
    JsString::from_str(ctx, &if url_safe { URL_SAFE_NO_PAD.encode(bytes) } else { STANDARD.encode(bytes) })
}

/// Decodes as Node's Buffer does: either alphabet, anything else skipped, the first `=` ends it.
fn base64_decode<'js>(ctx: Ctx<'js>, text: String) -> Result<Bytes<'js>> {
    Bytes::new(ctx, decode_leniently(text.as_bytes()))
}

fn decode_leniently(text: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    // Text as encoders write it; what follows is for the rest, which the library refuses.
    if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text) {
        return bytes;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut group, mut bits) = (0_u32, 0);
    for &byte in text {
        if byte == b'=' {
            break;
        }
        let position = |alphabet: &[u8; 64]| alphabet.iter().position(|&letter| letter == byte);
        let Some(value) = position(STANDARD).or_else(|| position(URL_SAFE)) else { continue };
        group = group << 6 | value as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::decode_leniently;

    #[test]
    fn base64_takes_both_alphabets_and_skips_what_is_neither() {
        assert_eq!(decode_leniently(b"aGVsbG8="), b"hello");
        assert_eq!(decode_leniently(b"aGVs\n bG8"), b"hello");
        assert_eq!(decode_leniently(b"-_+/"), [0xFB, 0xFF, 0xBF]);
        assert_eq!(decode_leniently(b"YQ==YQ=="), b"a");
    }
}
