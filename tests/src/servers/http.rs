//! An HTTP and HTTPS server of the test's own: `tests/fixtures/parity/http-server.mjs` in Node, with a certificate made for it.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde::Deserialize;
use tempfile::TempDir;

/// A running server on two loopback ports.
pub struct Http {
    child: Child,
    /// Goes away with the server.
    folder: Option<TempDir>,
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

impl Http {
    /// Starts it and waits until it listens.
    pub fn start() -> Http {
        let folder = tempfile::Builder::new().prefix("sluice-http-").tempdir().expect("a temporary folder");
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        openssl.args(["-days", "2", "-subj", "/CN=localhost"]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
        openssl
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate);
        assert!(openssl.output().expect("openssl is installed").status.success(), "openssl makes a certificate");
        let mut server = Http::start_with(&certificate, &key);
        server.folder = Some(folder);
        server
    }

    /// The same with a certificate of the test's making.
    pub fn start_with(certificate: &Path, key: &Path) -> Http {
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/http-server.mjs"))
            .args([certificate, key])
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("the server says its ports");
        let ports: Ports = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let certificate = std::fs::read_to_string(certificate).expect("openssl wrote it");
        Http { child, folder: None, port: ports.http, tls_port: ports.https, certificate }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it keeps nothing
        let _ = self.child.wait();
    }
}
