//! Errors as they are made: the engine's own get V8's words, and each its stack.
//!
//! The engine asks `Error.prepareStackTrace` for the stack of every error it makes or throws. Ours answers as the engine would,
//! and first rewords what the engine itself has worded, so no code of a script sees that. A script's own function of this name
//! is asked in its place, as in Node.

use std::{
    cell::Cell,
    ffi::{c_char, c_int},
    fmt::Write as _,
    rc::Rc,
};

use rquickjs::{Atom, Ctx, Function, Object, Result, Value, function::This, qjs};

use crate::{
    sources::{Source, Sources},
    text::Text,
    wording::{self, Told},
};

/// What the engine's stack may grow by while an error is looked at: a deep recursion has used up the rest.
const SPARE_STACK: usize = 256 << 10;
/// Frames the engine tells of at most.
const MAX_FRAMES: u32 = 64;
/// Classes of the errors that the engine words.
const CLASSES: [&str; 4] = ["TypeError", "ReferenceError", "RangeError", "SyntaxError"];

/// Bytes of stack that the engine may use.
pub(crate) type StackSize = Rc<Cell<usize>>;

/// The engine's own functions that tell of an error; the script may put others in their places.
struct Watch<'js> {
    size: StackSize,
    /// Getter of `Error.prototype.stack`.
    stack: Function<'js>,
    /// Methods of a call site: file, function, line, column.
    site: [Function<'js>; 4],
    error: Object<'js>,
    prototypes: Vec<(&'static str, Object<'js>)>,
    message: qjs::JSAtom,
    prepare: Atom<'js>,
}

/// The function that `prelude.js` calls once with the getter of `Error.prototype.stack` and the methods of a call site; gives
/// what the engine shall ask about each error.
pub(crate) fn watcher<'js>(ctx: &Ctx<'js>, size: StackSize) -> Result<Function<'js>> {
    Function::new(ctx.clone(), move |ctx: Ctx<'js>, stack: Function<'js>, site: Vec<Function<'js>>| {
        let prototypes = CLASSES.into_iter().map(|class| {
            ctx.globals()
                .get::<_, Object<'js>>(class)?
                .get::<_, Object<'js>>("prototype")
                .map(|prototype| (class, prototype))
        });
        let watch = Watch {
            size: Rc::clone(&size),
            stack,
            site: site.try_into().map_err(|_| rquickjs::Error::Unknown)?,
            error: ctx.globals().get("Error")?,
            prototypes: prototypes.collect::<Result<_>>()?,
            message: atom(&ctx, "message"),
            prepare: Atom::from_str(ctx.clone(), "prepareStackTrace")?,
        };
        // The engine calls it without a frame or a check of its own, so it runs where no script could run any more.
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, error: Value<'js>, sites: Value<'js>| {
            watch.made(&ctx, &error, sites)
        })
    })
}

impl<'js> Watch<'js> {
    fn made(&self, ctx: &Ctx<'js>, error: &Value<'js>, sites: Value<'js>) -> Value<'js> {
        let own = {
            let _spare = Spare::new(ctx, self.size.get());
            self.reword(ctx, error, &sites);
            match self.prepared_by_script(ctx) {
                Some(own) => own,
                // What is no object is thrown without a stack.
                None if !error.is_object() => return Value::new_null(ctx.clone()),
                None => return self.trace(ctx, &sites),
            }
        };
        let stack = own.call((This(self.error.clone()), error.clone(), sites));
        stack.unwrap_or_else(|_| failed(ctx))
    }

    fn prepared_by_script(&self, ctx: &Ctx<'js>) -> Option<Function<'js>> {
        let found = self.error.get::<_, Value<'js>>(self.prepare.clone());
        found.inspect_err(|_| drop(ctx.catch())).ok()?.into_function()
    }

    /// The stack as the engine writes it.
    fn trace(&self, ctx: &Ctx<'js>, sites: &Value<'js>) -> Value<'js> {
        let mut trace = String::new();
        for index in 0..MAX_FRAMES {
            let Some(site) = item(ctx, sites, index) else { break };
            let function = self.ask(&site, 1);
            let function = text(ctx, &function);
            trace.push_str("    at ");
            trace.push_str(function.as_deref().filter(|name| !name.is_empty()).unwrap_or("<anonymous>"));
            let file = self.ask(&site, 0);
            let file = text(ctx, &file);
            // Where a pattern is, as V8 says it.
            let pattern = file.as_deref().and_then(|file| {
                let (source, offset) = self.place(ctx, &site, file)?;
                source.shown_at(offset)
            });
            let told = pattern.or_else(|| self.number(&site, 2).zip(self.number(&site, 3))).unzip();
            match (file, told.0, told.1) {
                (None, ..) => trace.push_str(" (native)\n"),
                (Some(file), Some(line), Some(column)) => drop(writeln!(trace, " ({file}:{line}:{column})")),
                (Some(file), ..) => drop(writeln!(trace, " ({file})")),
            }
        }
        // SAFETY: the pointer and the length are those of a live string; the value is owned by what is returned.
        unsafe {
            let raw = qjs::JS_NewStringLen(ctx.as_raw().as_ptr(), trace.as_ptr().cast::<c_char>(), trace.len() as _);
            if qjs::JS_IsException(raw) { failed(ctx) } else { Value::from_raw(ctx.clone(), raw) }
        }
    }

    /// Gives an error that the engine has just made the message it has in V8.
    fn reword(&self, ctx: &Ctx<'js>, error: &Value<'js>, sites: &Value<'js>) {
        let Some(object) = error.as_object().filter(|_| error.is_error()) else { return };
        let Some(prototype) = object.get_prototype() else { return };
        let Some((class, _)) = self.prototypes.iter().find(|(_, known)| *known == prototype) else { return };
        let Some(message) = self.own_message(ctx, object).filter(|message| wording::is_engines(message)) else {
            return;
        };
        // With a stack it was made earlier, and has come past again.
        if !self.stack.call::<_, Value<'js>>((This(error.clone()),)).is_ok_and(|stack| stack.is_undefined()) {
            return;
        }
        let mut native = None;
        let mut place = None;
        let mut caller = None;
        let mut function = None;
        for index in 0..2 {
            let Some(site) = item(ctx, sites, index) else { break };
            let name = text(ctx, &self.ask(&site, 1)).unwrap_or_default();
            match text(ctx, &self.ask(&site, 0)) {
                None if index == 0 => native = Some(name),
                None => {}
                Some(file) => {
                    place = self.place(ctx, &site, &file);
                    function = Some(name);
                    caller = item(ctx, sites, index + 1).and_then(|site| {
                        let file = text(ctx, &self.ask(&site, 0))?;
                        self.place(ctx, &site, &file)
                    });
                    break;
                }
            }
        }
        let told = Told {
            class,
            message: &message,
            native: native.as_deref(),
            function: function.as_deref().unwrap_or_default(),
            place: place.as_ref().map(|(source, offset): &(Rc<Source>, u32)| (&**source, *offset)),
            caller: caller.as_ref().map(|(source, offset): &(Rc<Source>, u32)| (&**source, *offset)),
            is_global: &|path| self.is_global(ctx, path),
        };
        let Some(reworded) = wording::as_v8(&told) else { return };
        // SAFETY: the string's pointer and length are those of a live text; the engine takes the value over.
        unsafe {
            let raw = ctx.as_raw().as_ptr();
            let value = qjs::JS_NewStringLen(raw, reworded.as_ptr().cast::<c_char>(), reworded.len() as _);
            let flags = (qjs::JS_PROP_WRITABLE | qjs::JS_PROP_CONFIGURABLE) as c_int;
            if qjs::JS_IsException(value)
                || qjs::JS_DefinePropertyValue(raw, object.as_raw(), self.message, value, flags) < 0
            {
                ctx.catch();
            }
        }
    }

    /// Where a call site is in a text that is known.
    fn place(&self, ctx: &Ctx<'js>, site: &Value<'js>, file: &str) -> Option<(Rc<Source>, u32)> {
        let (line, column) = self.number(site, 2).zip(self.number(site, 3))?;
        let source = ctx.userdata::<Sources>()?.find(file)?;
        source.offset(line, column).map(|offset| (source, offset))
    }

    /// The message that is the error's own and a text; asks no getter.
    fn own_message(&self, ctx: &Ctx<'js>, error: &Object<'js>) -> Option<String> {
        let value = own(ctx, error, self.message)?;
        value.is_string().then(|| text(ctx, &value))?
    }

    /// Whether the path leads from the global object to a function.
    fn is_global(&self, ctx: &Ctx<'js>, path: &[&str]) -> bool {
        let mut value = ctx.globals().into_value();
        for name in path.iter().take(3) {
            let Some(object) = value.as_object() else { return false };
            let name = atom(ctx, name);
            let found = own(ctx, object, name);
            // SAFETY: made above, and used no more.
            unsafe { qjs::JS_FreeAtom(ctx.as_raw().as_ptr(), name) };
            let Some(found) = found else { return false };
            value = found;
        }
        value.is_function()
    }

    fn ask(&self, site: &Value<'js>, what: usize) -> Value<'js> {
        let ctx = site.ctx();
        // SAFETY: function and receiver live, and no argument is read; the value is owned by what is returned.
        unsafe {
            let (method, site) = (self.site[what].as_raw(), site.as_raw());
            let raw = qjs::JS_Call(ctx.as_raw().as_ptr(), method, site, 0, std::ptr::null_mut());
            if qjs::JS_IsException(raw) { failed(ctx) } else { Value::from_raw(ctx.clone(), raw) }
        }
    }

    fn number(&self, site: &Value<'js>, what: usize) -> Option<u32> {
        self.ask(site, what).as_int().and_then(|number| u32::try_from(number).ok())
    }
}

/// While it lives, the engine's stack is larger.
struct Spare {
    runtime: *mut qjs::JSRuntime,
    size: usize,
}

impl Spare {
    fn new(ctx: &Ctx<'_>, size: usize) -> Spare {
        // SAFETY: the runtime belongs to this context and lives as long as the process.
        unsafe {
            let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
            qjs::JS_SetMaxStackSize(runtime, (size + SPARE_STACK) as _);
            Spare { runtime, size }
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { qjs::JS_SetMaxStackSize(self.runtime, self.size as _) };
    }
}

/// What the engine keeps as a stack where it has none: then it does not ask again.
fn failed<'js>(ctx: &Ctx<'js>) -> Value<'js> {
    ctx.catch();
    Value::new_null(ctx.clone())
}

/// A property's name as the engine keeps it.
fn atom(ctx: &Ctx<'_>, name: &str) -> qjs::JSAtom {
    // SAFETY: pointer and length are those of a live text.
    unsafe { qjs::JS_NewAtomLen(ctx.as_raw().as_ptr(), name.as_ptr().cast::<c_char>(), name.len() as _) }
}

/// An object's own value, unless a getter gives it.
fn own<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: qjs::JSAtom) -> Option<Value<'js>> {
    let raw = ctx.as_raw().as_ptr();
    let mut found = qjs::JSPropertyDescriptor {
        flags: 0,
        value: qjs::JS_UNDEFINED,
        getter: qjs::JS_UNDEFINED,
        setter: qjs::JS_UNDEFINED,
    };
    // SAFETY: the engine fills the descriptor where it answers 1; what it holds is owned here.
    unsafe {
        if qjs::JS_GetOwnProperty(raw, &mut found, object.as_raw(), name) <= 0 {
            ctx.catch();
            return None;
        }
        let value = Value::from_raw(ctx.clone(), found.value);
        let getter = found.flags & qjs::JS_PROP_GETSET as c_int != 0;
        qjs::JS_FreeValue(raw, found.getter);
        qjs::JS_FreeValue(raw, found.setter);
        (!getter).then_some(value)
    }
}

/// An array's element; none at its end.
fn item<'js>(ctx: &Ctx<'js>, array: &Value<'js>, index: u32) -> Option<Value<'js>> {
    if !array.is_array() {
        return None;
    }
    // SAFETY: the array lives; the value is owned by what is returned.
    let value = unsafe {
        let raw = qjs::JS_GetPropertyUint32(ctx.as_raw().as_ptr(), array.as_raw(), index);
        Value::from_raw(ctx.clone(), raw)
    };
    value.is_object().then_some(value)
}

fn text<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<String> {
    let text = value.is_string().then(|| value.get::<Text>())?;
    text.inspect_err(|_| drop(ctx.catch())).ok().map(|text| text.0)
}
