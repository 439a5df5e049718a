//! The programs that tests start.

use std::path::PathBuf;

/// The path of a built program, e.g. `sluice-runner`: beside the running program, or one folder up (tests live in `deps/`).
pub fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a running program has a path");
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built (cargo build -p runner -p cli -p desktop)"))
}
