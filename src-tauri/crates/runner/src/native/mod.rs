//! What shims reach as `host.native`: hashes and encodings, computed inside the runner.

use rquickjs::{Ctx, Object, Result};

use crate::host::Host;

/// Makes the object that shims see as `host.native`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, _host: &Host<'js>) -> Result<Object<'js>> {
    Object::new(ctx.clone())
}
