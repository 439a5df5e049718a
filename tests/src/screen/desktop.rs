//! A virtual display and a private D-Bus session with an unlocked keychain, for as long as the value lives.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What every program on this desktop gets as environment, and nothing else.
pub struct Desktop {
    home: tempfile::TempDir,
    display: String,
    bus: String,
    children: Vec<Child>,
}

impl Desktop {
    /// Starts all of it, with a screen of 1440 by 900.
    pub fn start() -> Desktop {
        Desktop::with_screen(1440, 900)
    }

    /// Starts all of it, with a screen of this size in pixels.
    pub fn with_screen(width: u32, height: u32) -> Desktop {
        let home = tempfile::Builder::new().prefix("sluice-desktop-").tempdir().expect("a temp folder");
        for folder in ["run", "data", "cache", "config"] {
            let path = home.path().join(folder);
            std::fs::create_dir(&path).expect("a fresh folder");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("our own folder");
        }
        let mut desktop = Desktop { home, display: String::new(), bus: String::new(), children: Vec::new() };
        desktop.start_display(width, height);
        desktop.start_bus();
        desktop.start_keychain();
        desktop
    }

    /// The home folder of this desktop.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sluice's data folder on this desktop.
    pub fn data_dir(&self) -> PathBuf {
        self.home().join("data/sluice")
    }

    /// A command that sees this desktop and nothing of the outer one.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.home());
        command.env("LANG", "C.UTF-8");
        command.env("XDG_RUNTIME_DIR", self.home().join("run"));
        command.env("XDG_DATA_HOME", self.home().join("data"));
        command.env("XDG_CACHE_HOME", self.home().join("cache"));
        command.env("XDG_CONFIG_HOME", self.home().join("config"));
        command.env("SLUICE_DATA_DIR", self.data_dir());
        command.env("GIO_USE_VFS", "local");
        if !self.display.is_empty() {
            command.env("DISPLAY", &self.display);
        }
        if !self.bus.is_empty() {
            command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        }
        command
    }

    /// Saves a picture of the whole display as PNG.
    pub fn screenshot(&self, path: &Path) {
        let status = self.command("import").args(["-window", "root"]).arg(path).status();
        assert!(status.is_ok_and(|status| status.success()), "no screenshot at {}", path.display());
    }

    /// Types a path into the system's file dialog and confirms it.
    pub async fn answer_file_dialog(&self, path: &Path) {
        let xdotool = |arguments: &[&str]| {
            let output = self.command("xdotool").args(arguments).output().expect("xdotool is installed");
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        // The dialog is the second window of the app; there is no window manager to give it the focus.
        let begin = Instant::now();
        let dialog = loop {
            let windows = xdotool(&["search", "--onlyvisible", "--class", "sluice-desktop"]);
            if let Some(dialog) = windows.lines().find(|id| xdotool(&["getwindowname", id]) != "Sluice") {
                break dialog.to_owned();
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "no file dialog; there is: {windows:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        // It is mapped before it listens; what is typed too early is lost, and then typed again.
        let is_open =
            || xdotool(&["search", "--onlyvisible", "--class", "sluice-desktop"]).lines().any(|id| id == dialog);
        while is_open() {
            assert!(begin.elapsed() < Duration::from_secs(20), "the file dialog does not take {}", path.display());
            tokio::time::sleep(Duration::from_millis(500)).await;
            xdotool(&["windowfocus", "--sync", &dialog]);
            xdotool(&["key", "ctrl+a"]);
            xdotool(&["type", "--delay", "5", &path.display().to_string()]);
            xdotool(&["key", "Return"]);
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
    }

    fn start_display(&mut self, width: u32, height: u32) {
        let mut command = self.command("Xvfb");
        let screen = format!("{width}x{height}x24");
        command.args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Xvfb is installed");
        let number = first_line(&mut child);
        self.display = format!(":{}", number.trim());
        self.children.push(child);
    }

    fn start_bus(&mut self) {
        let mut command = self.command("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("dbus-daemon is installed");
        self.bus = first_line(&mut child).trim().to_owned();
        self.children.push(child);
    }

    fn start_keychain(&mut self) {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("gnome-keyring-daemon is installed");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(b"desktop-test").expect("the daemon reads its password");
        drop(stdin);
        self.children.push(child);
        let ready = || {
            let names = "org.freedesktop.DBus.ListNames";
            let call = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", names];
            let output = self.command("dbus-send").args(call).output().expect("dbus-send is installed");
            String::from_utf8_lossy(&output.stdout).contains("org.freedesktop.secrets")
        };
        wait_until("the keychain owns its name on the bus", Duration::from_secs(10), ready);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill(); // it may be gone already
            let _ = child.wait();
        }
    }
}

/// Waits for something that has to come true soon.
pub(super) fn wait_until(what: &str, limit: Duration, ready: impl Fn() -> bool) {
    let begin = Instant::now();
    while !ready() {
        assert!(begin.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    assert!(!line.is_empty(), "the program said nothing and ended");
    line
}
