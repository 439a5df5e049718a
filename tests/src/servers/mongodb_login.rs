//! A server that lets in by PLAIN and MONGODB-X509 and tells what was sent: `tests/fixtures/parity/mongodb-login-server.mjs` in Node,
//! under TLS. There is no server to be had here that offers them.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde::Deserialize;
use tempfile::TempDir;

/// A running server.
pub struct MongoLogin {
    child: Child,
    _folder: TempDir,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// Its certificate, for `localhost`, PEM.
    pub certificate: String,
    /// The certificate of the client that it lets in, PEM.
    pub client_certificate: String,
    /// That client's key, PEM.
    pub client_key: String,
}

#[derive(Deserialize)]
struct Ports {
    port: u16,
}

impl MongoLogin {
    /// Starts it and waits until it listens.
    pub fn start() -> MongoLogin {
        let folder = tempfile::Builder::new().prefix("sluice-mongodb-login-").tempdir().expect("a temporary folder");
        let (certificate, key) = certified("localhost");
        let (client_certificate, client_key) = certified("app-client");
        let place = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("the folder is ours");
            path
        };
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/mongodb-login-server.mjs"))
            .args([place("server.pem", &certificate), place("key.pem", &key), place("client.pem", &client_certificate)])
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("the server says its port");
        let ports: Ports = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        MongoLogin { child, _folder: folder, port: ports.port, certificate, client_certificate, client_key }
    }
}

impl Drop for MongoLogin {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it keeps nothing
        let _ = self.child.wait();
    }
}

/// A certificate of its own making for a name, and its key.
fn certified(name: &str) -> (String, String) {
    let mut parameters = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    let pair = rcgen::KeyPair::generate().expect("a key");
    (parameters.self_signed(&pair).expect("a certificate").pem(), pair.serialize_pem())
}
