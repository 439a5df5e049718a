//! `require` (contract §7.2 E7).

mod nearest;

use std::{borrow::Cow, cell::RefCell, collections::HashMap, rc::Rc};

use rquickjs::{
    Ctx, Exception, Function, Object, Result, Value,
    function::{Func, Opt},
    object::Property,
    qjs,
};
use wire::{RuntimeProfile, SpanKind};

use crate::{
    host::Host,
    memory::Meter,
    shims::{self, Found, Module},
    sources::Sources,
    text::Text,
};

/// Modules that most scripts use, for those who ask for one that is not there.
const SOME: &str = "pg, mysql2, mongodb, axios, lodash";

/// Modules of one container, loaded at their first `require`.
pub(crate) struct Modules<'js> {
    host: Host<'js>,
    object: Object<'js>,
    loaded: RefCell<HashMap<&'static str, Object<'js>>>,
}

impl<'js> Modules<'js> {
    /// Modules that shims reach through `host`; none is loaded yet.
    pub(crate) fn new(ctx: &Ctx<'js>, host: &Host<'js>) -> Result<Rc<Modules<'js>>> {
        let object = host.object(ctx)?;
        // Part of a bundle that is read when its package first needs it (node/chunks.mjs).
        object.set("chunk", Func::from(|ctx: Ctx<'js>, name: Text| shims::function(&ctx, &name.0)))?;
        Ok(Rc::new(Modules { host: host.clone(), object, loaded: RefCell::default() }))
    }

    /// Puts `require` and the Node surface into the container; gives back what has to be called around runs: `begin` before each,
    /// with the name of the runtime to imitate, and `keepsConnections` after it.
    pub(crate) fn install(self: &Rc<Self>, ctx: &Ctx<'js>) -> Result<Object<'js>> {
        let own = Rc::clone(self);
        let require = Func::from(move |ctx: Ctx<'js>, id: Opt<Value<'js>>| {
            let name = own.checked(&ctx, id.0)?;
            own.require(&ctx, &name)
        });
        ctx.globals().set("require", require)?;
        self.bundle(ctx, "globals")?.get()
    }

    /// `require(request)` as a script calls it.
    fn require(self: &Rc<Self>, ctx: &Ctx<'js>, request: &str) -> Result<Value<'js>> {
        let (plain, builtin_only) = match request.strip_prefix("node:") {
            Some(plain) => (plain, true),
            None => (request, false),
        };
        let (name, version) = split_version(plain);
        let scripts = |module: &Module| module.builtin || !builtin_only;
        let found = shims::found(&name).filter(|found| scripts(found.module()));
        let Some(found) = found else { return Err(self.not_found(ctx, request, &name)) };
        let module = found.module();
        if let Some(version) = version {
            self.pinned(ctx, module, request, version)?;
        }
        let part = match found {
            Found::Whole(_) => None,
            Found::Part(_, part) => Some(part),
            Found::Manifest(_) => return manifest(ctx, module),
        };
        let whole = if self.loaded.borrow().contains_key(module.name) {
            self.bundle(ctx, module.name)?
        } else {
            self.host.span(SpanKind::Require, &format!("require {name}"), || self.bundle(ctx, module.name))?
        };
        let Some(part) = part else { return Ok(whole) };
        let exports = whole.as_object().map(|whole| whole.get::<_, Value<'js>>(part)).transpose()?;
        // What a package's whole has besides functions has no file there.
        let is_file = |exports: &Value<'js>| exports.is_function() || module.internal && exports.is_object();
        exports.filter(is_file).ok_or_else(|| self.not_found(ctx, request, &name))
    }

    /// The name in `require(id)`, or the error that Node throws.
    fn checked(self: &Rc<Self>, ctx: &Ctx<'js>, id: Option<Value<'js>>) -> Result<String> {
        let id = id.unwrap_or_else(|| Value::new_undefined(ctx.clone()));
        let given = if id.is_string() { Some(id.get::<Text>()?.0) } else { None };
        if let Some(name) = given.filter(|name| !name.is_empty()) {
            return Ok(name);
        }
        let errors: Object<'js> = self.bundle(ctx, "internal/errors")?.get()?;
        let error: Value<'js> = if id.is_string() {
            errors.get::<_, Function<'js>>("invalidArgValue")?.call(("id", id, "must be a non-empty string"))?
        } else {
            errors.get::<_, Function<'js>>("invalidArgType")?.call(("id", "string", id))?
        };
        Err(ctx.throw(error))
    }

    /// What a pinned version means: another one answers, or, where production has lost it, none.
    fn pinned(&self, ctx: &Ctx<'js>, module: &Module, request: &str, version: &str) -> Result<()> {
        let dropped = shims::dropped(module.name, version);
        if dropped && self.host.profile.get() != RuntimeProfile::Compatible {
            let reason = "the platform dropped this version with Node 18: pin one it has, or leave the version out";
            return Err(self.missing(ctx, request, reason));
        }
        if dropped || !module.stands_for.ends_with(&format!(" {version}")) {
            let stands_for = if module.stands_for.is_empty() { "Node's own module" } else { module.stands_for };
            let mut message = format!("require('{request}') is answered by {stands_for}");
            if dropped {
                message.push_str("; the platform dropped this version with Node 18, so there it fails: pin one it has");
            }
            self.host.warn("version_not_honoured", &message, crate::stack::line(ctx, &self.host.file.borrow()));
        }
        Ok(())
    }

    /// The exports of a bundle; it runs once per container.
    pub(crate) fn bundle(self: &Rc<Self>, ctx: &Ctx<'js>, bundle: &'static str) -> Result<Value<'js>> {
        let known = self.loaded.borrow().get(bundle).cloned();
        if let Some(module) = known {
            return module.get("exports");
        }
        let _pause = GarbagePause::new(ctx, &self.host.memory);
        let _loading = ctx.userdata::<Sources>().map(|sources| sources.loading());
        let function = shims::function(ctx, bundle)?;
        let module = Object::new(ctx.clone())?;
        let exports = Object::new(ctx.clone())?;
        module.set("exports", exports.clone())?;
        self.loaded.borrow_mut().insert(bundle, module.clone());
        let own = Rc::clone(self);
        let require = Function::new(ctx.clone(), move |ctx: Ctx<'js>, name: Text| own.inner(&ctx, &name.0))?;
        let ran = function.call::<_, Value<'js>>((require, module.clone(), exports, self.object.clone()));
        if let Err(error) = ran {
            self.loaded.borrow_mut().remove(bundle);
            return Err(error);
        }
        module.get("exports")
    }

    /// `require` inside a bundle: also the pieces no script can name.
    fn inner(self: &Rc<Self>, ctx: &Ctx<'js>, request: &str) -> Result<Value<'js>> {
        let name = request.strip_prefix("node:").unwrap_or(request);
        match shims::find(name) {
            Some(module) => self.bundle(ctx, module.name),
            None => {
                let reason = shims::unavailable(name).map(|reason| format!(" ({reason})")).unwrap_or_default();
                Err(thrown(ctx, &format!("Cannot find module '{request}'{reason}"), &[]))
            }
        }
    }

    /// What a script gets that asks for a module there is not; the run is told why.
    fn not_found(&self, ctx: &Ctx<'js>, request: &str, name: &str) -> rquickjs::Error {
        if let Some(reason) = shims::unavailable(name) {
            return self.missing(ctx, request, reason);
        }
        if request.starts_with(['.', '/']) {
            return self.missing(ctx, request, "a script is one text and has no files beside it");
        }
        self.missing(ctx, request, &unknown(name))
    }

    /// The error as Node throws it; `reason` goes beside it, for scripts may look at the text or show it.
    fn missing(&self, ctx: &Ctx<'js>, request: &str, reason: &str) -> rquickjs::Error {
        let file = self.host.file.borrow().clone();
        let message = format!("require('{request}') finds no module: {reason}");
        self.host.warn("module_not_found", &message, crate::stack::line(ctx, &file));
        thrown(ctx, &format!("Cannot find module '{request}'\nRequire stack:\n- {file}"), &[&file])
    }
}

/// Why there is no module of this name, and what its script may have meant.
fn unknown(name: &str) -> String {
    let package = shims::package_of(name);
    let mut near = nearest::nearest(name);
    near.retain(|known| Some(*known) != package);
    let meant = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(" or ")) };
    match package {
        Some(package) => format!("`{package}` is here, its inner files are not{meant}"),
        None => {
            let some = if near.is_empty() { format!(": {SOME} and more") } else { String::new() };
            format!("Sluice has no module of that name{meant}; `sluice modules` lists all{some}")
        }
    }
}

/// A package's `package.json`: what a script may ask of it.
fn manifest<'js>(ctx: &Ctx<'js>, module: &Module) -> Result<Value<'js>> {
    let described = Object::new(ctx.clone())?;
    if let Some((name, version)) = module.stands_for.split_once(' ') {
        described.set("name", name)?;
        described.set("version", version)?;
    }
    Ok(described.into_value())
}

/// While it lives, the engine does not look for cycles of garbage. It would after each growth of the heap by half, and what a
/// module brings when it loads is no garbage.
struct GarbagePause<'a> {
    runtime: *mut qjs::JSRuntime,
    memory: &'a Meter,
    /// Bytes out at which the engine looks next; the engine's own measure.
    threshold: usize,
}

impl<'a> GarbagePause<'a> {
    fn new(ctx: &Ctx<'_>, memory: &'a Meter) -> GarbagePause<'a> {
        // SAFETY: the runtime belongs to this context and lives as long as the process.
        let (runtime, threshold) = unsafe {
            let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
            let threshold = qjs::JS_GetGCThreshold(runtime);
            qjs::JS_SetGCThreshold(runtime, usize::MAX as _);
            (runtime, threshold as usize)
        };
        GarbagePause { runtime, memory, threshold }
    }
}

impl Drop for GarbagePause<'_> {
    fn drop(&mut self) {
        // As the engine sets it after a look; a pause within another one leaves the outer one on.
        let used = usize::try_from(self.memory.used()).unwrap_or(usize::MAX);
        let threshold = self.threshold.max(used.saturating_add(used / 2));
        // SAFETY: as above.
        unsafe { qjs::JS_SetGCThreshold(self.runtime, threshold as _) };
    }
}

/// `pg@8.7.1` is `pg` and `8.7.1`; a scope's `@` is part of the name, and so is a path after the version: `uuid@3.3.2/v4` is
/// `uuid/v4` and `3.3.2`.
fn split_version(request: &str) -> (Cow<'_, str>, Option<&str>) {
    let Some((at, _)) = request.char_indices().skip(1).find(|(_, character)| *character == '@') else {
        return (request.into(), None);
    };
    let (name, version) = (&request[..at], &request[at + 1..]);
    match version.find('/') {
        Some(path) => (format!("{name}{}", &version[path..]).into(), Some(&version[..path])),
        None => (name.into(), Some(version)),
    }
}

/// An error as Node's loader throws it; `stack` has the files that asked, the last one first.
fn thrown(ctx: &Ctx<'_>, message: &str, stack: &[&str]) -> rquickjs::Error {
    let made = Exception::from_message(ctx.clone(), message).and_then(|error| {
        // The engine's own comes as one that is listed.
        error.as_object().remove("message")?;
        error.as_object().prop("message", Property::from(message).writable().configurable())?;
        error.as_object().set("code", "MODULE_NOT_FOUND")?;
        if !stack.is_empty() {
            error.as_object().set("requireStack", stack.to_vec())?;
        }
        Ok(error.throw())
    });
    made.unwrap_or_else(|error| error)
}

#[cfg(test)]
mod tests {
    use super::{split_version, unknown};

    #[test]
    fn what_is_not_there_is_told_apart() {
        assert_eq!(unknown("mysql/lib/Parser"), "`mysql` is here, its inner files are not");
        assert_eq!(
            unknown("axois"),
            "Sluice has no module of that name (did you mean axios?); `sluice modules` lists all"
        );
        assert!(unknown("aws-sdk/clients/dynamo").contains("(did you mean aws-sdk/clients/dynamodb?)"));
        assert!(
            unknown("left-pad").ends_with("`sluice modules` lists all: pg, mysql2, mongodb, axios, lodash and more")
        );
    }

    #[test]
    fn a_version_is_what_follows_the_at() {
        assert_eq!(split_version("pg@8.7.1"), ("pg".into(), Some("8.7.1")));
        assert_eq!(split_version("pg"), ("pg".into(), None));
        assert_eq!(split_version("@scope/name@1.0.0"), ("@scope/name".into(), Some("1.0.0")));
        assert_eq!(split_version("uuid@3.3.2/v4"), ("uuid/v4".into(), Some("3.3.2")));
    }
}
