//! The modules a script can `require`, and the bytecode they are loaded from.

use rquickjs::{Ctx, FromJs, Function, Result, Value, qjs};

include!(concat!(env!("OUT_DIR"), "/bundles.rs"));

/// A module a script can `require`.
pub(crate) struct Module {
    /// The name in `require('name')`; `require('name@1.2.3')` finds it too.
    pub(crate) name: &'static str,
    /// The bundle that holds it (file `node/dist/<bundle>.js`).
    pub(crate) bundle: &'static str,
    /// What it stands in for, e.g. `pg 8.23.1`; empty for Node's own modules.
    pub(crate) stands_for: &'static str,
}

/// Every requireable module.
pub(crate) static TABLE: &[Module] = &[];

/// The module with this exact name (without `@version` and without `node:`).
pub(crate) fn find(name: &str) -> Option<&'static Module> {
    TABLE.iter().find(|module| module.name == name)
}

/// The bundle of this name: modules have one, and so do pieces that several of them share.
pub(crate) fn bundle(name: &str) -> Option<&'static str> {
    BUNDLES.binary_search_by_key(&name, |(name, _)| name).ok().map(|index| BUNDLES[index].0)
}

/// Whether the runner carries this bundle.
pub(crate) fn has_bundle(name: &str) -> bool {
    bundle(name).is_some()
}

/// The function `(require, module, exports, host)` of a bundle, not yet called.
pub(crate) fn function<'js>(ctx: &Ctx<'js>, bundle: &str) -> Result<Function<'js>> {
    let Ok(index) = BUNDLES.binary_search_by_key(&bundle, |(name, _)| name) else {
        return Err(rquickjs::Error::new_loading(bundle));
    };
    let bytes = BUNDLES[index].1;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the bytes were written by build.rs with this very engine; JS_EvalFunction takes the value over.
    let value = unsafe {
        let code = qjs::JS_ReadObject(raw, bytes.as_ptr(), bytes.len() as _, qjs::JS_READ_OBJ_BYTECODE as _);
        if qjs::JS_IsException(code) {
            return Err(rquickjs::Error::Exception);
        }
        let value = qjs::JS_EvalFunction(raw, code);
        if qjs::JS_IsException(value) {
            return Err(rquickjs::Error::Exception);
        }
        Value::from_raw(ctx.clone(), value)
    };
    Function::from_js(ctx, value)
}
