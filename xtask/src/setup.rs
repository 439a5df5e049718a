//! What a new machine needs: system packages, npm packages, the bundled Node surface, the built UI.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::step::{Step, TaskError, npm};
use crate::{root, target_dir};

/// Debian packages of the window.
const WINDOW_PACKAGES: [&str; 4] = [
    "libwebkit2gtk-4.1-dev",
    "pkg-config",
    "gcc",
    "libc6-dev", // the engine and SQLite are C
];

/// Debian packages of the tests.
const TEST_PACKAGES: [&str; 15] = [
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "x11-utils",
    "xdotool",
    "imagemagick", // the window test and its screenshots
    "dbus",
    "gnome-keyring",
    "libsecret-tools", // the keychain test
    "postgresql",
    "mariadb-server",
    "slapd",
    "openssl",      // the stores and their certificates
    "python3-venv", // the MongoDB-wire server comes from PyPI
    "procps",
];

/// Installed as it comes, slapd would set up a directory of its own and serve it on port 389 of every interface. The tests run
/// theirs by themselves.
const NO_DIRECTORY: &str = "echo slapd slapd/no_configuration boolean true | debconf-set-selections";

/// Folders with npm packages that only tests use.
const TEST_FOLDERS: [&str; 2] = [ORACLE, "tests/fixtures/deploy-cli"];

/// The real npm packages of the parity suite.
const ORACLE: &str = "tests/fixtures/parity";

/// Everything `test` and `bench` need.
pub(crate) fn everything() -> Result<(), TaskError> {
    system_packages(&[&WINDOW_PACKAGES[..], &TEST_PACKAGES[..]].concat())?;
    TEST_FOLDERS.into_iter().try_for_each(npm_packages)?;
    mongodb_server()?;
    bundles()
}

/// What the window needs: no servers, no oracle.
pub(crate) fn window() -> Result<(), TaskError> {
    system_packages(&WINDOW_PACKAGES)?;
    bundles()
}

/// What compiling the Rust side needs.
pub(crate) fn bundles() -> Result<(), TaskError> {
    npm_packages("src-tauri/crates/runner/node")?;
    bundle_node_surface()?;
    npm_packages("ui")?;
    build_ui()
}

/// The same for writing the bindings: a UI that does not fit the Rust types yet is no obstacle.
pub(crate) fn without_types() -> Result<(), TaskError> {
    npm_packages("src-tauri/crates/runner/node")?;
    bundle_node_surface()?;
    npm_packages("ui")?;
    if root().join("ui/dist/index.html").is_file() {
        return Ok(());
    }
    Step::new("bundle the UI", npm("ui", ["exec", "vite", "build"])).run()
}

fn system_packages(wanted: &[&'static str]) -> Result<(), TaskError> {
    if !cfg!(target_os = "linux") || !on_path("dpkg-query") {
        return Ok(()); // other systems bring their web view and need no packages; the README says what their tests lack
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let install: Vec<&str> =
        ["apt-get", "install", "--yes", "--no-install-recommends"].into_iter().chain(missing.iter().copied()).collect();
    let has_directory = missing.contains(&"slapd");
    let quiet = if has_directory { format!("sudo sh -c '{NO_DIRECTORY}' && ") } else { String::new() };
    let line = format!("sudo apt-get update && {quiet}sudo {}", install.join(" "));
    let Some(mut prefix) = privileges() else {
        return Err(TaskError::Missing { what: format!("system packages are missing: {}", missing.join(", ")), line });
    };
    prefix.push("env".into());
    prefix.push("DEBIAN_FRONTEND=noninteractive".into());
    let command = |words: &[&str]| {
        let mut all = prefix.clone();
        all.extend(words.iter().map(|word| (*word).to_owned()));
        let mut command = Command::new(&all[0]);
        command.args(&all[1..]);
        command
    };
    Step::new("package lists", command(&["apt-get", "update", "--quiet"])).run()?;
    if has_directory {
        Step::new("slapd without a directory of its own", command(&["sh", "-c", NO_DIRECTORY])).run()?;
    }
    Step::new("system packages", command(&install)).run()
}

/// The server that speaks MongoDB's protocol in the tests, from PyPI, in an environment of its own in the target folder
/// (`tests/src/servers/mongodb.rs` starts it).
const MONGODB_SERVER: &str = "secantusdb==0.7.0b3";

fn mongodb_server() -> Result<(), TaskError> {
    let folder = target_dir().join("servers").join(MONGODB_SERVER.replace("==", "-"));
    if !cfg!(unix) || folder.join("bin/secantusd-py").is_file() {
        return Ok(());
    }
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv", "--clear"]).arg(&folder);
    Step::new("an environment for the MongoDB-wire server", environment).run()?;
    let mut install = Command::new(folder.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check", MONGODB_SERVER]);
    Step::new("the MongoDB-wire server", install).run()
}

/// How to run something as root: not at all, through sudo without a question, or no way.
fn privileges() -> Option<Vec<String>> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8_lossy(&id.stdout).trim() == "0" {
        return Some(Vec::new());
    }
    let quiet = Command::new("sudo").args(["-n", "true"]).output().ok()?;
    quiet.status.success().then(|| vec!["sudo".to_owned(), "-n".to_owned()])
}

fn installed(package: &str) -> bool {
    let output = Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]).output();
    output.is_ok_and(|output| output.stdout == b"installed")
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// `npm ci`, when the lock file is newer than what is installed.
fn npm_packages(folder: &str) -> Result<(), TaskError> {
    let base = root().join(folder);
    let lock = base.join("package-lock.json");
    if !lock.is_file() || modified(&base.join("node_modules/.package-lock.json")) >= modified(&lock) {
        return Ok(());
    }
    let mut command = npm(folder, ["ci", "--no-audit", "--no-fund"]);
    if folder == ORACLE {
        // sqlite3 compiles itself, with the headers that came with Node: nothing is fetched from beside the registry.
        command.env("npm_config_build_from_source", "true");
        if let Some(prefix) = node_headers() {
            command.env("npm_config_nodedir", prefix);
        }
    }
    Step::new(&format!("npm packages of {folder}"), command).run()
}

/// The folder Node is installed in, when its headers are there, too.
fn node_headers() -> Option<PathBuf> {
    let output = Command::new("node").args(["-p", "process.execPath"]).output().ok()?;
    let program = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let prefix = program.parent()?.parent()?;
    prefix.join("include/node/node.h").is_file().then(|| prefix.to_owned())
}

/// Bundles `runner/node` for the engine, when a source is newer than the bundles.
fn bundle_node_surface() -> Result<(), TaskError> {
    let folder = "src-tauri/crates/runner/node";
    let base = root().join(folder);
    // The surface table is made of the bundles.
    let made = ["dist", "node_modules", "surface.json", "SURFACE.md"];
    if newest(&base, &made) <= modified(&base.join("dist/modules.json")) {
        return Ok(());
    }
    let mut command = Command::new("node");
    command.arg("build.mjs").current_dir(&base);
    Step::new("bundle the Node surface", command).run()
}

/// Builds the UI, when a source is newer than the build.
fn build_ui() -> Result<(), TaskError> {
    let base = root().join("ui");
    if !base.join("package.json").is_file()
        || newest(&base, &["dist", "node_modules"]) <= modified(&base.join("dist/index.html"))
    {
        return Ok(());
    }
    Step::new("build the UI", npm("ui", ["run", "build"])).run()
}

/// When a file was last changed; long ago for a file that is not there.
fn modified(path: &Path) -> SystemTime {
    path.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The newest file below a folder.
fn newest(folder: &Path, without: &[&str]) -> SystemTime {
    let Ok(entries) = folder.read_dir() else { return SystemTime::UNIX_EPOCH };
    entries
        .flatten()
        .filter(|entry| !without.iter().any(|name| entry.file_name() == *name))
        .map(|entry| if entry.path().is_dir() { newest(&entry.path(), without) } else { modified(&entry.path()) })
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
