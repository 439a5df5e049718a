//! Compiles the JavaScript that ships inside the runner to QuickJS bytecode: `src/prelude.js` (ours, always there) and one
//! file per requireable module, `node/dist/*.js` (made by `node/build.mjs`). The result is `$OUT_DIR/bundles.rs`:
//! `static BUNDLES: &[(&str, &[u8])]`, sorted by name, and `static TEXTS: &[(&str, usize, &[u8])]` with each text's length and
//! its deflated bytes: what an error message shows of a failed expression comes from there (`sources`). The table of modules (`dist/table.rs`) goes beside it.
//!
//! A bundle is a CommonJS text. It is compiled as the sloppy function
//! `(function (require, module, exports, host) { … })`, so its lines keep their numbers.

use std::{
    env,
    error::Error,
    ffi::CString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use rquickjs::{Context, Ctx, Runtime, qjs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let dist = root.join("node/dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/prelude.js");
    println!("cargo:rerun-if-changed=node/dist");
    println!("cargo:rerun-if-changed=node/build.mjs");

    let mut sources = vec![("prelude".to_owned(), root.join("src/prelude.js"))];
    if !dist.join("table.rs").is_file() {
        return Err(format!("{} is missing: run `cargo xtask setup`", dist.join("table.rs").display()).into());
    }
    fs::copy(dist.join("table.rs"), out.join("table.rs"))?;
    for entry in fs::read_dir(&dist)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            println!("cargo:rerun-if-changed={}", path.display());
            sources.push((bundle_name(&path)?, path));
        }
    }
    sources.sort();

    let runtime = Runtime::new()?;
    runtime.set_max_stack_size(6 << 20);
    let context = Context::full(&runtime)?;
    let mut table = String::from("static BUNDLES: &[(&str, &[u8])] = &[\n");
    let mut texts = String::from("static TEXTS: &[(&str, usize, &[u8])] = &[\n");
    for (name, path) in sources {
        let text = fs::read_to_string(&path)?;
        let bytes =
            context.with(|ctx| compile(&ctx, &name, &text)).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = format!("{}.bytecode", name.replace('/', "+"));
        fs::write(out.join(&file), bytes)?;
        fs::write(out.join(format!("{file}.text")), packed(&text)?)?;
        let length = text.len();
        writeln!(texts, "    ({name:?}, {length}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}.text\"))),")?;
        writeln!(table, "    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))),")?;
    }
    table.push_str("];\n");
    texts.push_str("];\n");
    table.push_str(&texts);
    fs::write(out.join("bundles.rs"), table)?;
    Ok(())
}

/// `dist/mysql2+promise.js` is the bundle `mysql2/promise`.
fn bundle_name(path: &Path) -> Result<String, Box<dyn Error>> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a bundle's file name is not UTF-8")?;
    Ok(stem.replace('+', "/"))
}

fn packed(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = vec![0; zlib_rs::compress_bound(text.len())];
    let (bytes, code) = zlib_rs::compress_slice(&mut bytes, text.as_bytes(), zlib_rs::DeflateConfig::default());
    if code == zlib_rs::ReturnCode::Ok { Ok(bytes.to_vec()) } else { Err("a bundle cannot be deflated".into()) }
}

fn compile(ctx: &Ctx<'_>, name: &str, text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let source = CString::new(format!("(function (require, module, exports, host) {{{text}\n}})"))?;
    let file = CString::new(format!("sluice:{name}"))?;
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: source is NUL-terminated and its length excludes the NUL; every value made here is freed here.
    unsafe {
        let code = qjs::JS_Eval(raw, source.as_ptr(), source.as_bytes().len() as _, file.as_ptr(), flags as _);
        if qjs::JS_IsException(code) {
            let caught = ctx.catch();
            let error = caught.as_exception().map_or_else(|| format!("{caught:?}"), ToString::to_string);
            return Err(error.into());
        }
        let mut length = 0;
        let write = qjs::JS_WRITE_OBJ_BYTECODE | qjs::JS_WRITE_OBJ_STRIP_SOURCE;
        let bytes = qjs::JS_WriteObject(raw, &mut length, code, write as _);
        qjs::JS_FreeValue(raw, code);
        if bytes.is_null() {
            return Err("no bytecode came out".into());
        }
        let mut copy = std::slice::from_raw_parts(bytes, length as usize).to_vec();
        qjs::js_free(raw, bytes.cast());
        // In place of the checksum after the version: not to be checked. The bytes lie in the program itself.
        copy.get_mut(1..5).ok_or("bytecode without a header")?.fill(0xFF);
        Ok(copy)
    }
}
