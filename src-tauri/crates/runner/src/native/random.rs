//! Randomness of the operating system.

use rquickjs::{Ctx, Exception, Function, Object, Result};

use super::Bytes;

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("randomBytes", Function::new(ctx.clone(), random_bytes)?)?;
    native.set("equal", Function::new(ctx, equal)?)
}

fn random_bytes<'js>(ctx: Ctx<'js>, length: usize) -> Result<Bytes<'js>> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|error| Exception::throw_message(&ctx, &format!("no randomness: {error}")))?;
    Bytes::new(ctx, bytes)
}

/// Compares bytes of equal length in constant time.
fn equal(left: Bytes<'_>, right: Bytes<'_>) -> bool {
    use subtle::ConstantTimeEq as _;
    super::copied(&left).ct_eq(&super::copied(&right)).into()
}
