//! The web services that the templates for HTTP call: `tests/fixtures/templates/api-server.mjs` in Node.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde::Deserialize;

/// A running server on a loopback port, with users of its own.
pub struct Api {
    child: Child,
    /// Port of `http:`.
    pub port: u16,
}

/// The service account for Basic authentication.
pub const USER: &str = "service";
/// Its password.
pub const PASSWORD: &str = "söme p@ss:word";
/// The client at the token endpoint.
pub const CLIENT_ID: &str = "client";
/// Its secret.
pub const CLIENT_SECRET: &str = "s3cret&=";

#[derive(Deserialize)]
struct Listening {
    port: u16,
}

impl Api {
    /// Starts it and waits until it listens.
    pub fn start() -> Api {
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/templates/api-server.mjs"))
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("the server says its port");
        let Listening { port } = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Api { child, port }
    }

    /// Everything it holds, as JSON; another text only after a write.
    pub fn state(&self) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        stream.write_all(b"GET /state HTTP/1.0\r\n\r\n").expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("an answer has a body")
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it keeps nothing
        let _ = self.child.wait();
    }
}
