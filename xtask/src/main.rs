//! One door for every task: `cargo xtask setup | run | test | bench | tidy | bindings | surface`.
//!
//! The same on every laptop and in CI, which calls `cargo xtask test` and nothing else.
#![allow(clippy::print_stdout)] // this program talks to people

mod parity;
mod setup;
mod step;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use step::{Step, TaskError, cargo, npm};

const USAGE: &str = "\
cargo xtask setup             install system and npm packages, bundle the Node surface, build the UI
cargo xtask run [FOLDER]      set up, build, and open the window (on the sample workspace without FOLDER)
cargo xtask test [--quick]    set up and run every check; --quick: unit tests only
cargo xtask bench [ROW]       figures as ratios, measured side by side in one run (release build)
cargo xtask tidy              check the invariants of the layout
cargo xtask bindings          write ui/src/ipc/bindings.ts from the Rust types
cargo xtask surface           write the table of modules and functions (runner/node/surface.json, SURFACE.md) from the code";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["setup"] => setup::everything(),
        ["run", rest @ ..] => run(rest),
        ["test"] => test(),
        ["test", "--quick"] => test_quick(),
        ["bench", rest @ ..] => bench(rest),
        ["tidy"] => tidy::check(),
        ["bindings"] => bindings(),
        ["surface"] => surface(),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies inside the repository")
}

/// Where cargo puts what it builds: one folder for all checkouts, in the user's cache, unless `CARGO_TARGET_DIR` says
/// otherwise. A second clone on the same machine then starts warm.
fn target_dir() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("CARGO_TARGET_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("sluice/target")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/sluice/target")))
        .unwrap_or_else(|| root().join("target"))
}

fn run(arguments: &[&str]) -> Result<(), TaskError> {
    setup::window()?;
    // The whole workspace, as the tests build it: what one command has built serves the other.
    Step::new("build", cargo(["build", "--workspace", "--bins"])).run()?;
    let binary = target_dir().join("debug").join(format!("sluice-desktop{}", std::env::consts::EXE_SUFFIX));
    let mut command = std::process::Command::new(binary);
    if arguments.is_empty() {
        command.arg("--sample");
    } else {
        command.args(arguments);
    }
    Step::new("open the window", command).run()
}

fn test() -> Result<(), TaskError> {
    setup::everything()?;
    tidy::check()?;
    Step::new("format", cargo(["fmt", "--all", "--check"])).run()?;
    Step::new("lint", cargo(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])).run()?;
    Step::new("lint the UI", npm("ui", ["run", "lint"])).run()?;
    Step::new("test the UI", npm("ui", ["test"])).run()?;
    let mut bundling = std::process::Command::new("node");
    bundling.arg("--test").current_dir(root().join("src-tauri/crates/runner/node"));
    Step::new("test the bundling of the Node surface", bundling).run()?;
    Step::new("build", cargo(["build", "--workspace", "--bins"])).run()?;
    parity::forget()?;
    Step::new("test", test_command(&["--workspace"])).run()?;
    parity::print()
}

fn test_quick() -> Result<(), TaskError> {
    setup::bundles()?;
    Step::new(
        "unit tests",
        test_command(&["--workspace", "--exclude", "acceptance", "--exclude", "desktop", "--lib", "--bins"]),
    )
    .run()
}

/// `cargo nextest` where it is installed, otherwise `cargo test`; one run names every test that fails.
fn test_command(selection: &[&str]) -> std::process::Command {
    let nextest = cargo(["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    let mut command = if nextest { cargo(["nextest", "run"]) } else { cargo(["test"]) };
    command.arg("--no-fail-fast").args(selection);
    command
}

fn bench(rows: &[&str]) -> Result<(), TaskError> {
    setup::everything()?;
    Step::new(
        "build for measuring",
        cargo(["build", "--release", "--package", "runner", "--package", "cli", "--package", "acceptance", "--bins"]),
    )
    .run()?;
    let mut command = std::process::Command::new(target_dir().join("release").join("bench"));
    command.args(rows).current_dir(root());
    Step::new("measure", command).run()
}

fn bindings() -> Result<(), TaskError> {
    setup::without_types()?;
    // The whole workspace: for one package alone its dependencies would be built anew, with fewer features.
    let mut command = cargo(["test", "--workspace", "--lib", "bindings_are_up_to_date"]);
    command.env("SLUICE_WRITE_BINDINGS", "1");
    Step::new("write ui/src/ipc/bindings.ts", command).run()
}

fn surface() -> Result<(), TaskError> {
    setup::everything()?;
    Step::new("build", cargo(["build", "--workspace", "--bins"])).run()?;
    let mut command = cargo(["test", "--workspace", "--test", "surface", "the_table_is_up_to_date"]);
    command.env("SLUICE_WRITE_SURFACE", "1");
    Step::new("write the surface table", command).run()
}
