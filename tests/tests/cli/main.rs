//! The real `sluice`, from outside: arguments, stdin, exit codes, JSON, and what it says when something is wrong.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod bad_input;
mod bundles_kept;
mod exchange;
mod faults;
mod migration;
mod modules;
mod options;
mod places;
mod runs;
mod settings;
mod stages;
mod vaults;
mod words;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::binary;
use serde_json::{Value, json};

/// Longest a command may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A data folder and a place for workspaces, of one test.
struct Bench {
    folder: tempfile::TempDir,
}

/// What a command left behind.
#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// The one JSON document on stdout.
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The failure's code, after checking that it is told on both channels and with the culprit's name.
    fn failure(&self, culprit: &str) -> String {
        let json = self.json();
        let message = json["error"]["message"].as_str().unwrap_or_else(|| panic!("no error in {self:?}"));
        assert!(message.contains(culprit), "{culprit} is not named in {self:?}");
        assert!(self.stderr.contains(message), "stderr lacks the message: {self:?}");
        json["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap() }
    }

    /// A bench with the sample workspace in `sample`.
    fn with_sample() -> (Bench, Value) {
        let bench = Bench::new();
        let made = bench.sluice(&["init", "--sample", "--json", bench.path("sample").to_str().unwrap()], "");
        assert_eq!(made.code, 0, "{made:?}");
        let view = made.json();
        (bench, view)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A workspace `ws` with one connection `c` of these scripts.
    fn workspace(&self, configuration: &Value, scripts: &[(&str, &str)]) -> PathBuf {
        let listed: serde_json::Map<String, Value> =
            scripts.iter().map(|(key, _)| ((*key).to_owned(), json!(format!("./{key}.js")))).collect();
        let database = json!({"name": "c", "strategy": "auth0", "options": {"enabledDatabaseCustomization": true,
            "import_mode": true, "configuration": configuration, "customScripts": listed}});
        self.write("ws/database-connections/c/database.json", &format!("{database:#}\n"));
        for (key, text) in scripts {
            self.write(&format!("ws/database-connections/c/{key}.js"), text);
        }
        self.path("ws")
    }

    /// The command, in an environment of its own: no display, no D-Bus, no keychain.
    fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(&binary("sluice"), arguments)
    }

    fn command_of(&self, sluice: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(sluice);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("SLUICE_DATA_DIR", self.path("data"))
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn sluice(&self, arguments: &[&str], stdin: &str) -> Ran {
        finished(self.command(arguments).spawn().unwrap(), Some(stdin))
    }
}

/// Feeds stdin (or leaves it open), waits, and ends what does not end.
fn finished(mut child: Child, stdin: Option<&str>) -> Ran {
    let mut pipe = child.stdin.take().unwrap();
    let kept_open = match stdin {
        Some(text) => {
            // A command that needs no input may be gone already.
            let _ = pipe.write_all(text.as_bytes());
            drop(pipe);
            None
        }
        None => Some(pipe),
    };
    let (out, err) = (drained(child.stdout.take().unwrap()), drained(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("still running after {PATIENCE:?}: {:?}", err.join());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    drop(kept_open);
    Ran { code: status.code().unwrap_or(-1), stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

fn drained(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

/// Sends Ctrl-C.
fn interrupt(child: &Child) {
    let status = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(status.success());
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Every file below a folder with its bytes.
fn snapshot(root: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    files
}
