//! A PostgreSQL server of the test's own.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::free_port;

/// The role scripts connect as. It owns the database `app`, and is no superuser.
pub const USER: &str = "app";
/// Its password.
pub const PASSWORD: &str = "app-Passw0rd-7391";
/// A role that may read and nothing else.
pub const READER: &str = "reader";
/// Its password.
pub const READER_PASSWORD: &str = "reader-Passw0rd-2846";
/// The database.
pub const DATABASE: &str = "app";

/// A running server: TCP on loopback with SCRAM passwords, a socket in its folder for the test itself. Ends on drop.
pub struct Postgres {
    process: Child,
    folder: TempDir,
    binaries: PathBuf,
    /// Its port on 127.0.0.1.
    pub port: u16,
}

impl Postgres {
    /// Starts a server without TLS.
    pub fn start() -> Postgres {
        Postgres::launch(false)
    }

    /// Starts a server with TLS and a certificate of its own for `localhost`, see [`Postgres::certificate`].
    pub fn start_with_tls() -> Postgres {
        Postgres::launch(true)
    }

    fn launch(tls: bool) -> Postgres {
        let binaries = binaries();
        let folder = tempfile::Builder::new().prefix("sluice-pg-").tempdir().expect("a temporary folder");
        give_away(folder.path());
        let data = folder.path().join("data");
        let mut initdb = Command::new(binaries.join("initdb"));
        initdb.args(["--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres"]);
        initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256", "-D"]).arg(&data);
        run(unprivileged(&mut initdb));
        if tls {
            make_certificate(folder.path());
        }
        let port = free_port();
        let mut server = Command::new(binaries.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            server.args(["-c", setting]);
        }
        server.args(["-c", "timezone=UTC", "-c", "log_timezone=UTC", "-c", "max_connections=40"]);
        server.arg("-c").arg(format!("unix_socket_directories={}", folder.path().display()));
        if tls {
            for (setting, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
                server.arg("-c").arg(format!("{setting}={}", folder.path().join(file).display()));
            }
            server.args(["-c", "ssl=on"]);
        }
        let log = fs::File::create(folder.path().join("log")).expect("a log file");
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = unprivileged(&mut server).spawn().expect("the server's binary starts");
        let started = Postgres { process, folder, binaries, port };
        started.wait_until_ready();
        started.admin(&format!(
            "create role {USER} login password '{PASSWORD}'; create role {READER} login password '{READER_PASSWORD}'"
        ));
        started.admin(&format!("create database {DATABASE} owner {USER}"));
        started
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let socket = self.folder.path().join(format!(".s.PGSQL.{}", self.port));
        loop {
            if socket.exists() {
                let answer = self.psql("postgres", "postgres").arg("-c").arg("select 1").output();
                if answer.is_ok_and(|output| output.status.success()) {
                    return;
                }
            }
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL did not start:\n{}", log());
            thread::sleep(Duration::from_millis(25));
        }
    }

    /// Runs SQL as superuser in the maintenance database.
    pub fn admin(&self, sql: &str) -> String {
        self.text("postgres", "postgres", sql)
    }

    /// Runs SQL as the owner of the database, and returns rows as `a|b` lines.
    pub fn sql(&self, sql: &str) -> String {
        self.text(USER, DATABASE, sql)
    }

    /// Empties the database and runs `schema` in it. [`READER`] may read all of it.
    pub fn reset(&self, schema: &str) {
        self.sql(&format!(
            "drop schema if exists public cascade; create schema public; {schema};
             grant usage on schema public to {READER}; grant select on all tables in schema public to {READER}"
        ));
    }

    /// The database as text: definitions and rows. Positions of sequences are left out (they survive a rollback, and
    /// are compared with [`Postgres::sql`] where it matters), and so is what differs between two dumps of the same.
    pub fn dump(&self) -> String {
        let mut command = Command::new(self.binaries.join("pg_dump"));
        command.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string(), "-U", "postgres", DATABASE]);
        let text = run(&mut command);
        let kept = text.lines().filter(|line| {
            !line.starts_with("SELECT pg_catalog.setval")
                && !line.starts_with("\\restrict")
                && !line.starts_with("\\unrestrict")
        });
        kept.collect::<Vec<_>>().join("\n")
    }

    /// The `postgres://` URL of a role, with `options` behind the question mark.
    pub fn url(&self, user: &str, password: &str, options: &str) -> String {
        let question = if options.is_empty() { "" } else { "?" };
        format!("postgres://{user}:{password}@127.0.0.1:{}/{DATABASE}{question}{options}", self.port)
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("the log was made at the start")
    }

    /// The server's own certificate, PEM.
    pub fn certificate(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.crt")).expect("the server was started with TLS")
    }

    fn psql(&self, user: &str, database: &str) -> Command {
        let mut command = Command::new(self.binaries.join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-U", user]);
        command.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
        command
    }

    fn text(&self, user: &str, database: &str, sql: &str) -> String {
        run(self.psql(user, database).arg("-c").arg(sql)).trim_end().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing of it is kept, so there is no need for an orderly shutdown; its own children end with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The newest installed server's binaries.
fn binaries() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, path)| path.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path).expect("PostgreSQL's server is not installed (cargo xtask setup installs it)")
}

/// PostgreSQL refuses to run as root; then it runs as the system's `postgres` user.
fn unprivileged(command: &mut Command) -> &mut Command {
    match identity() {
        Some((user, group)) => command.uid(user).gid(group).current_dir("/"),
        None => command,
    }
}

fn give_away(path: &Path) {
    if let Some((user, group)) = identity() {
        chown(path, Some(user), Some(group)).expect("root may give a file away");
    }
}

/// The `postgres` user's ids, when this process is root's.
fn identity() -> Option<(u32, u32)> {
    let own = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").ok()?);
    if own != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("a system has users");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("the server's package makes its user");
    let ids: Vec<u32> = line.split(':').skip(2).take(2).filter_map(|id| id.parse().ok()).collect();
    Some((*ids.first()?, *ids.get(1)?))
}

fn make_certificate(folder: &Path) {
    let (key, certificate) = (folder.join("server.key"), folder.join("server.crt"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    command.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"]).arg(&key).arg("-out").arg(&certificate);
    run(&mut command);
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("our own file");
    give_away(&key);
    give_away(&certificate);
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().expect("the program is installed");
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{} failed: {said}", command.get_program().to_string_lossy());
    String::from_utf8_lossy(&stdout).into_owned()
}
