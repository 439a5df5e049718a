//! Services in the cloud, of the test's own: `tests/fixtures/parity/cloud-server.mjs` in Node, with a certificate made for it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
};

use serde::Deserialize;
use tempfile::TempDir;

/// A running server on two loopback ports; it starts as after a reset.
pub struct Cloud {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    /// Goes away with the server.
    _folder: TempDir,
    /// Port of `http:`.
    pub port: u16,
    /// Port of `https:`.
    pub tls_port: u16,
    /// The certificate, for `localhost` and 127.0.0.1, PEM.
    pub certificate: String,
}

#[derive(Deserialize)]
struct Ports {
    http: u16,
    https: u16,
}

impl Cloud {
    /// Starts it and waits until it listens.
    pub fn start() -> Cloud {
        let folder = tempfile::Builder::new().prefix("sluice-cloud-").tempdir().expect("a temporary folder");
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        openssl.args(["-days", "2", "-subj", "/CN=localhost"]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
        openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        assert!(openssl.output().expect("openssl is installed").status.success(), "openssl makes a certificate");
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/cloud-server.mjs"))
            .args([&certificate, &key])
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let input = child.stdin.take().expect("a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let ports: Ports = line(&mut output);
        let certificate = std::fs::read_to_string(certificate).expect("openssl wrote it");
        Cloud {
            child,
            pipes: Mutex::new((input, output)),
            _folder: folder,
            port: ports.http,
            tls_port: ports.https,
            certificate,
        }
    }

    /// Forgets every request and what they changed.
    pub fn reset(&self) {
        self.told("reset");
    }

    /// Every request since the reset, as the service understood it, and what is stored: JSON.
    pub fn dump(&self) -> serde_json::Value {
        self.told("dump")
    }

    fn told(&self, command: &str) -> serde_json::Value {
        let mut pipes = self.pipes.lock().expect("no test panics while it holds the pipes");
        writeln!(pipes.0, "{command}").expect("the server reads");
        line(&mut pipes.1)
    }
}

fn line<T: serde::de::DeserializeOwned>(output: &mut BufReader<ChildStdout>) -> T {
    let mut line = String::new();
    output.read_line(&mut line).expect("the server answers");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it keeps nothing
        let _ = self.child.wait();
    }
}
