//! What shims reach as `host.native`: hashes and encodings, computed inside the runner.
//!
//! Natives check nothing a script can get wrong: the shims in `node/` do, with Node's own error codes. What only a native
//! can find out (unknown digest, no memory) comes back as a text or as nothing, for the shim to turn into Node's error.

mod asymmetric;
mod bytes;
mod cipher;
mod digest;
mod engine;
mod key;
mod modular;
mod password;
mod random;
mod url;
mod zlib;

use rquickjs::{Ctx, Object, Result, TypedArray};

use crate::host::Host;

/// Bytes as shims see them.
type Bytes<'js> = TypedArray<'js, u8>;

/// Makes the object that shims see as `host.native`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, host: &Host<'js>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    asymmetric::register(&native)?;
    bytes::register(&native)?;
    cipher::register(&native)?;
    digest::register(&native)?;
    engine::register(&native, host)?;
    key::register(&native)?;
    modular::register(&native)?;
    password::register(&native)?;
    random::register(&native)?;
    url::register(&native)?;
    zlib::register(&native)?;
    Ok(native)
}

/// A copy of a script's bytes; empty when the buffer was detached.
fn copied(bytes: &Bytes<'_>) -> Vec<u8> {
    // SAFETY: no JavaScript runs between here and the copy.
    unsafe { bytes.as_bytes() }.map(<[u8]>::to_vec).unwrap_or_default()
}
