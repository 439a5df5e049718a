//! A real MariaDB for one test: own data folder, own port, gone at the end.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::free_port;

/// A running server with a database and two users.
pub struct MariaDb {
    child: Child,
    folder: TempDir,
    /// Its port on 127.0.0.1.
    pub port: u16,
}

/// The user the scripts log in as; may do everything in `app`.
pub const USER: &str = "app_user";
/// A user that may only read `app`.
pub const READER: &str = "app_reader";
/// The password of both.
pub const PASSWORD: &str = "m4ria-Pass w'ord";
/// The database.
pub const DATABASE: &str = "app";

impl MariaDb {
    /// Starts a server and waits until it answers.
    pub fn start() -> MariaDb {
        MariaDb::start_with(&[])
    }

    /// The same, with further options of `mariadbd`.
    pub fn start_with(options: &[String]) -> MariaDb {
        let folder = tempfile::Builder::new().prefix("mariadb-").tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        copy_folder(&template(), &data);
        fs::create_dir(folder.path().join("tmp")).expect("a folder can be made");
        give_to_server(folder.path());
        for _ in 0..5 {
            let port = free_port();
            let mut child = launch(folder.path(), port, options);
            if answers(&mut child, port) {
                let server = MariaDb { child, folder, port };
                server.set_up();
                return server;
            }
            let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            // Another process took the port in between; anything else is a fault of the set-up.
            assert!(log.contains("Address already in use"), "mariadbd did not come up:\n{log}");
        }
        panic!("no free port for mariadbd in five attempts");
    }

    /// Runs statements as root in `app`, and gives their rows: a line each, columns divided by tabs.
    pub fn sql(&self, sql: &str) -> String {
        self.root(&format!("USE {DATABASE};\n{sql}"))
    }

    /// A fresh database `app`, brought to a state by SQL.
    pub fn reset(&self, seed: &str) {
        self.root(&format!(
            "DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE}; USE {DATABASE}; SET sql_mode = '';\n{seed}"
        ));
    }

    fn root(&self, sql: &str) -> String {
        let mut client = Command::new("mariadb")
            .args(["--no-defaults", "--user=root", "--default-character-set=utf8mb4", "--batch", "--skip-column-names"])
            .arg(format!("--socket={}", self.folder.path().join("s").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mariadb runs (Debian package mariadb-client)");
        client.stdin.take().expect("stdin is piped").write_all(sql.as_bytes()).expect("mariadb reads");
        let output = client.wait_with_output().expect("mariadb ends");
        assert!(output.status.success(), "{}\n{sql}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Everything in `app` as SQL: definitions (without the next auto-increment value, which no rollback undoes) and rows
    /// in the order of the primary key.
    pub fn dump(&self) -> String {
        let output = Command::new("mariadb-dump")
            .args(["--no-defaults", "--user=root", "--order-by-primary", "--skip-comments", "--skip-extended-insert"])
            .args(["--routines", "--triggers", "--skip-dump-date"])
            .arg(format!("--socket={}", self.folder.path().join("s").display()))
            .arg(DATABASE)
            .output()
            .expect("mariadb-dump runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let without_counter = |line: &str| match line.split_once(" AUTO_INCREMENT=") {
            Some((head, tail)) => head.to_owned() + tail.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => line.to_owned(),
        };
        text.lines().map(without_counter).collect::<Vec<_>>().join("\n")
    }

    /// Ends the server at once, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().expect("mariadbd can be ended");
        self.child.wait().expect("mariadbd ends");
    }

    fn set_up(&self) {
        let password = PASSWORD.replace('\'', "''");
        self.root(&format!(
            "CREATE DATABASE IF NOT EXISTS {DATABASE};
             CREATE USER '{USER}'@'%' IDENTIFIED BY '{password}'; GRANT ALL ON {DATABASE}.* TO '{USER}'@'%';
             CREATE USER '{READER}'@'%' IDENTIFIED BY '{password}'; GRANT SELECT ON {DATABASE}.* TO '{READER}'@'%';"
        ));
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // Its data is thrown away: no reason to wait for a tidy end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(folder: &Path, port: u16, options: &[String]) -> Child {
    Command::new("mariadbd")
        .env("PATH", search_path())
        .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"])
        .args(["--innodb-buffer-pool-size=32M", "--performance-schema=OFF", "--innodb-log-file-size=8M"])
        .args(["--skip-name-resolve", "--character-set-server=utf8mb4"])
        .arg(format!("--datadir={}", folder.join("data").display()))
        // Not the machine's: a server that starts there removes the temporary tables of every other one.
        .arg(format!("--tmpdir={}", folder.join("tmp").display()))
        .arg(format!("--socket={}", folder.join("s").display()))
        .arg(format!("--pid-file={}", folder.join("pid").display()))
        .arg(format!("--log-error={}", folder.join("log").display()))
        .arg(format!("--port={port}"))
        .args(options)
        .args(as_user())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mariadbd starts (Debian package mariadb-server)")
}

/// Waits for the port to answer; false when the process ended instead.
fn answers(child: &mut Child, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if child.try_wait().expect("a child can be asked").is_some() {
            return false;
        }
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("mariadbd on port {port} does not answer within 60 s");
}

/// An initialised data folder, made once per target folder and copied for every server: initialising takes seconds.
fn template() -> PathBuf {
    let tests = std::env::current_exe().expect("the test has a path");
    let target = tests.ancestors().nth(3).expect("a test lies in target/debug/deps");
    let template = target.join("servers").join("mariadb");
    if template.exists() {
        return template;
    }
    let folder = tempfile::Builder::new().prefix("mariadb-new-").tempdir().expect("a temporary folder");
    give_to_server(folder.path());
    let output = Command::new("mariadb-install-db")
        .env("PATH", search_path())
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg("--innodb-log-file-size=8M")
        .arg(format!("--datadir={}", folder.path().join("data").display()))
        .args(as_user())
        .output()
        .expect("mariadb-install-db runs (Debian package mariadb-server)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let fresh = target.join("servers").join(format!("mariadb-{}", std::process::id()));
    copy_folder(&folder.path().join("data"), &fresh);
    // Another process may have been faster: then its template serves.
    if fs::rename(&fresh, &template).is_err() {
        fs::remove_dir_all(&fresh).expect("our own copy can be removed");
    }
    template
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the template is readable") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file can be copied");
        }
    }
}

/// The server refuses to run as root: it runs as the package's own user, which then needs the folder.
fn as_user() -> Vec<String> {
    if server_user().is_some() { vec!["--user=mysql".to_owned()] } else { Vec::new() }
}

fn server_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if fs::metadata("/proc/self").map(|own| own.uid()).unwrap_or(1) != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the list of users");
    let line = users.lines().find(|line| line.starts_with("mysql:")).expect("the user mysql of mariadb-server");
    let mut numbers = line.split(':').skip(2).map(|field| field.parse().expect("a number"));
    Some((numbers.next().expect("a user id"), numbers.next().expect("a group id")))
}

fn give_to_server(folder: &Path) {
    let Some((user, group)) = server_user() else { return };
    std::os::unix::fs::chown(folder, Some(user), Some(group)).expect("root may give files away");
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            give_to_server(&path);
        } else {
            std::os::unix::fs::chown(&path, Some(user), Some(group)).expect("root may give files away");
        }
    }
}

fn search_path() -> String {
    let own = std::env::var("PATH").unwrap_or_default();
    format!("{own}:/usr/sbin:/usr/local/sbin")
}
