//! The modules a script can `require` (`node/modules.mjs` is the table's source), and the bytecode they are loaded from.

use rquickjs::{Ctx, FromJs, Function, Result, Value, qjs};

include!(concat!(env!("OUT_DIR"), "/bundles.rs"));
include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// A module of the surface. Its bundle has the same name.
pub(crate) struct Module {
    /// The name in `require('name')`; `require('name@1.2.3')` finds it too.
    pub(crate) name: &'static str,
    /// A piece that modules share; no script can require it.
    pub(crate) internal: bool,
    /// One of Node's own: `require('node:name')` works, and no version belongs to it.
    pub(crate) builtin: bool,
    /// The npm package and version that stands in, e.g. `pg 8.23.1`; empty for Node's own modules.
    pub(crate) stands_for: &'static str,
}

/// The module with this exact name (without `@version` and without `node:`).
pub(crate) fn find(name: &str) -> Option<&'static Module> {
    TABLE.iter().find(|module| module.name == name)
}

/// Why a module will never be there.
pub(crate) fn unavailable(name: &str) -> Option<&'static str> {
    UNAVAILABLE.iter().find(|(unavailable, _)| *unavailable == name).map(|(_, reason)| *reason)
}

/// Packages with a file for each function, and whose properties these are: `require('lodash/get')` is `get` of the whole. (`uuid`
/// had them up to version 7.)
static FOLDERS: &[(&str, &str)] = &[
    ("async", "async"),
    ("lodash", "lodash"),
    ("moment/locale", "internal/moment-files"),
    ("uuid", "uuid"),
    ("validator/lib", "validator"),
];

/// Files that a package names as its whole in `package.json`, less `.js` and `/index`.
static MAINS: &[(&str, &str)] = &[
    ("async/dist/async", "async"),
    ("bluebird/js/release/bluebird", "bluebird"),
    ("joi/lib", "joi"),
    ("lodash/lodash", "lodash"),
    ("moment/moment", "moment"),
    ("mongodb/lib", "mongodb"),
    ("node-fetch/lib", "node-fetch"),
    ("pg/lib", "pg"),
    ("q/q", "q"),
    ("qs/lib", "qs"),
    ("superagent/lib/node", "superagent"),
    ("tedious/lib/tedious", "tedious"),
    ("xml2js/lib/xml2js", "xml2js"),
];

/// What a script's `require` means.
pub(crate) enum Found<'a> {
    /// All that a module exports.
    Whole(&'static Module),
    /// A property of it that has a file of its own in the package.
    Part(&'static Module, &'a str),
    /// The package's `package.json`.
    Manifest(&'static Module),
}

impl Found<'_> {
    /// The module that answers.
    pub(crate) fn module(&self) -> &'static Module {
        match self {
            Found::Whole(module) | Found::Part(module, _) | Found::Manifest(module) => module,
        }
    }
}

/// What a script finds under a name (without `@version` and without `node:`): a module, or a file of a package.
pub(crate) fn found(name: &str) -> Option<Found<'_>> {
    let public = |name: &str| find(name).filter(|module| !module.internal);
    if let Some(module) = public(name) {
        return Some(Found::Whole(module));
    }
    if let Some(package) = name.strip_suffix("/package.json") {
        return public(package).filter(|module| !module.stands_for.is_empty()).map(Found::Manifest);
    }
    // Node finds a package's file without these, too.
    let file = name.strip_suffix(".js").filter(|file| file.contains('/')).unwrap_or(name);
    let file = file.strip_suffix("/index").unwrap_or(file);
    let main = MAINS.iter().find(|(main, _)| *main == file).map_or(file, |(_, package)| package);
    if let Some(module) = public(main).filter(|module| !module.builtin) {
        return Some(Found::Whole(module));
    }
    let (folder, part) = file.rsplit_once('/')?;
    let (_, whole) = FOLDERS.iter().find(|(known, _)| *known == folder)?;
    find(whole).map(|module| Found::Part(module, part))
}

/// The package of the surface inside which a name lies, e.g. `mysql` of `mysql/lib/Parser`.
pub(crate) fn package_of(name: &str) -> Option<&'static str> {
    let ends = name.match_indices('/').map(|(at, _)| &name[..at]);
    ends.filter_map(find).find(|module| !module.internal && !module.builtin).map(|module| module.name)
}

/// Versions that the platform dropped with its Node 18 (contract §7); scripts and templates still pin them.
static DROPPED: &[(&str, &[&str])] = &[
    ("axios", &["0.22.0"]),
    ("bcrypt", &["4.0.0"]),
    ("mongodb", &["3.1.4"]),
    ("mysql", &["2.15.0"]),
    ("pg", &["7.17.1"]),
    ("request", &["2.88.0"]),
    ("tedious", &["1.11.0", "6.6.2", "8.3.1", "9.2.1"]),
];

/// Whether `require('name@version')` fails on the platform's Node 18 and 22.
pub(crate) fn dropped(name: &str, version: &str) -> bool {
    DROPPED.iter().any(|(module, versions)| *module == name && versions.contains(&version))
}

/// What stands before a bundle's text on its first line.
pub(crate) const HEAD: &str = "(function (require, module, exports, host) {";

/// The text of a bundle.
pub(crate) fn text(bundle: &str) -> Option<String> {
    let index = TEXTS.binary_search_by_key(&bundle, |(name, ..)| name).ok()?;
    let (_, length, packed) = TEXTS[index];
    let mut text = vec![0; length];
    let (text, code) = zlib_rs::decompress_slice(&mut text, packed, zlib_rs::InflateConfig::default());
    (code == zlib_rs::ReturnCode::Ok).then(|| String::from_utf8(text.to_vec()).ok())?
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
