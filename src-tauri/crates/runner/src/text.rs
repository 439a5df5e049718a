//! JavaScript strings as Rust strings.

use rquickjs::{Ctx, Error, FromJs, Result, Value, qjs};

/// A value as text, as `String(value)` gives it. Lone surrogates become U+FFFD.
pub(crate) struct Text(pub(crate) String);

impl<'js> FromJs<'js> for Text {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Text> {
        let raw = ctx.as_raw().as_ptr();
        let mut length = 0;
        // SAFETY: the pointer is valid for `length` bytes until it is freed here.
        unsafe {
            let bytes = qjs::JS_ToCStringLen2(raw, &mut length, value.as_raw(), false);
            if bytes.is_null() {
                return Err(Error::Exception);
            }
            let copy = std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize).to_vec();
            qjs::JS_FreeCString(raw, bytes);
            Ok(Text(decode(copy)))
        }
    }
}

/// The engine writes a lone surrogate as three bytes ED A0…BF xx, which UTF-8 forbids.
fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut bytes = error.into_bytes();
        for at in 0..bytes.len().saturating_sub(2) {
            if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
                bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// `text` cut to at most `limit` bytes, at a character's end.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
