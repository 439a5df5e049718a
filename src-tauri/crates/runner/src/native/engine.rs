//! What only the engine knows about a value; `util.inspect` and `util.types` ask.

use rquickjs::{Array, Ctx, Function, Object, Promise, Proxy, Result, Value, promise::PromiseState, qjs};

use crate::host::Host;

pub(super) fn register<'js>(native: &Object<'js>, host: &Host<'js>) -> Result<()> {
    let ctx = native.ctx().clone();
    let memory = std::rc::Rc::clone(&host.memory);
    native.set("memoryUsed", Function::new(ctx.clone(), move || memory.used() as f64)?)?;
    native.set("promiseDetails", Function::new(ctx.clone(), promise_details)?)?;
    native.set("proxyDetails", Function::new(ctx, proxy_details)?)
}

/// `[0]` pending, `[1, value]` fulfilled, `[2, reason]` rejected; nothing for what is no promise.
fn promise_details<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Result<Option<Array<'js>>> {
    let Some(promise) = value.into_promise() else { return Ok(None) };
    let details = Array::new(ctx.clone())?;
    match promise.state() {
        PromiseState::Pending => details.set(0, 0)?,
        PromiseState::Resolved => {
            details.set(0, 1)?;
            details.set(1, settled(&ctx, &promise))?;
        }
        PromiseState::Rejected => {
            details.set(0, 2)?;
            details.set(1, settled(&ctx, &promise))?;
        }
    }
    Ok(Some(details))
}

fn settled<'js>(ctx: &Ctx<'js>, promise: &Promise<'js>) -> Value<'js> {
    // SAFETY: the engine hands out a new reference to the result of a settled promise.
    unsafe { Value::from_raw(ctx.clone(), qjs::JS_PromiseResult(ctx.as_raw().as_ptr(), promise.as_raw())) }
}

/// `[target, handler]`; nothing for what is no proxy.
fn proxy_details<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Result<Option<Array<'js>>> {
    // SAFETY: only looks at the value's class.
    if !unsafe { qjs::JS_IsProxy(value.as_raw()) } {
        return Ok(None);
    }
    let Some(proxy) = value.into_proxy() else { return Ok(None) };
    let details = Array::new(ctx)?;
    details.set(0, Proxy::target(&proxy)?)?;
    details.set(1, Proxy::handler(&proxy)?)?;
    Ok(Some(details))
}
