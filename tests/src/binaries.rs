//! The programs that tests start.

use std::path::PathBuf;

/// The path of a built program, e.g. `sluice-runner`: in the target folder of the running test.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("test binaries live in target/debug/deps");
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: build it first (cargo build -p runner -p cli -p desktop)", path.display());
    path
}
