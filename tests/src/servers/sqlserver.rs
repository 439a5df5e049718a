//! A SQL Server of the test's own: `tests/fixtures/parity/tds-server.mjs` in Node speaks TDS and keeps its tables in SQLite. There is
//! no SQL Server to be had here that understands SQL; what stands in front of it (tedious, host, transactions) is the real thing.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    process::{Child, Command, Stdio},
};

use serde::Deserialize;
use tempfile::TempDir;

/// Who may log in.
pub const USER: &str = "app";
/// With this password.
pub const PASSWORD: &str = "app-secret-1";
/// The only database.
pub const DATABASE: &str = "legacy";

/// A running server on a loopback port.
pub struct SqlServer {
    child: Child,
    _folder: TempDir,
    /// Where it listens.
    pub port: u16,
    control: u16,
    /// The certificate, for `localhost` and 127.0.0.1, PEM.
    pub certificate: String,
}

#[derive(Deserialize)]
struct Ports {
    port: u16,
    control: u16,
}

impl SqlServer {
    /// Starts it and waits until it listens.
    pub fn start() -> SqlServer {
        let folder = tempfile::Builder::new().prefix("sluice-tds-").tempdir().expect("a temporary folder");
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        openssl.args(["-days", "2", "-subj", "/CN=localhost"]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"]);
        openssl.arg(&key).arg("-out").arg(&certificate);
        assert!(openssl.output().expect("openssl is installed").status.success(), "openssl makes a certificate");
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/tds-server.mjs"))
            .args([&certificate, &key])
            .env_remove("NODE_OPTIONS")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("the server says its ports");
        let ports: Ports = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let certificate = std::fs::read_to_string(certificate).expect("openssl wrote it");
        SqlServer { child, _folder: folder, port: ports.port, control: ports.control, certificate }
    }

    /// Ends all connections, and begins with an empty database and this T-SQL.
    pub fn reset(&self, sql: &str) {
        let answer = self.command(&format!("reset {sql}"));
        assert_eq!(answer, "ok", "the seed is valid");
    }

    /// All rows of all tables, with times left out.
    pub fn dump(&self) -> String {
        self.command("dump")
    }

    /// Every batch, call and transaction request since the reset.
    pub fn seen(&self) -> Vec<String> {
        serde_json::from_str(&self.command("seen")).expect("a list")
    }

    /// Cuts every connection.
    pub fn kill(&self) {
        self.command("kill");
    }

    fn command(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control)).expect("the control port listens");
        stream.write_all(command.as_bytes()).expect("a command is sent");
        stream.shutdown(Shutdown::Write).expect("the command ends");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for SqlServer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // its database lies in our folder
        let _ = self.child.wait();
    }
}
