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
            let slice = std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize);
            let text = String::from_utf8_lossy(slice).into_owned();
            qjs::JS_FreeCString(raw, bytes);
            Ok(Text(text))
        }
    }
}

/// `text` cut to at most `limit` bytes, at a character's end.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
