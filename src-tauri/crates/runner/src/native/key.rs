//! scrypt.

use rquickjs::{Ctx, Function, Object, Result};

use super::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    native.set("scrypt", Function::new(native.ctx().clone(), scrypt)?)
}

/// The derived key, or nothing when the parameters are none for scrypt. The shim has checked them against `maxmem`.
fn scrypt<'js>(
    ctx: Ctx<'js>,
    password: Bytes<'js>,
    salt: Bytes<'js>,
    log_n: u8,
    r: u32,
    p: u32,
    length: usize,
) -> Result<Option<Bytes<'js>>> {
    let Ok(parameters) = ::scrypt::Params::new(log_n, r, p, ::scrypt::Params::RECOMMENDED_LEN) else { return Ok(None) };
    let mut key = vec![0; length];
    if length > 0 && ::scrypt::scrypt(&copied(&password), &copied(&salt), &parameters, &mut key).is_err() {
        return Ok(None);
    }
    Bytes::new(ctx, key).map(Some)
}
