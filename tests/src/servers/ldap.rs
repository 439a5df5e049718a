//! A real OpenLDAP server (`slapd`) for one test: own configuration and data in a temporary folder, own ports, gone at the end.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::free_port;

/// A running server with a small directory: people, groups, 250 entries for paging, a referral to elsewhere.
pub struct Ldap {
    child: Mutex<Option<Child>>,
    folder: TempDir,
    /// Port of `ldap:` (and StartTLS).
    pub port: u16,
    /// Port of `ldaps:`.
    pub tls_port: u16,
    /// The CA that signed the server's certificate for `localhost` and 127.0.0.1, PEM.
    pub ca: String,
}

/// The directory's top.
pub const BASE: &str = "dc=example,dc=org";
/// The account that may do everything.
pub const ADMIN: &str = "cn=admin,dc=example,dc=org";
/// Its password.
pub const ADMIN_PASSWORD: &str = "adm1n-Pass w'ord";
/// An account that may search, and write nothing.
pub const READER: &str = "cn=reader,dc=example,dc=org";
/// Its password.
pub const READER_PASSWORD: &str = "re4der-Pass";
/// The password of `uid=ada,ou=people`; the directory has its salted SHA-1 (RFC 2307 `{SSHA}`).
pub const ADA_PASSWORD: &str = "correct horse";

/// Where Debian's package has it.
const PROGRAM: &str = "/usr/sbin/slapd";

impl Ldap {
    /// Starts a server with a certificate of a CA of its own, and waits until it answers.
    pub fn start() -> Ldap {
        let folder = tempfile::Builder::new().prefix("slapd-").tempdir().expect("a temporary folder");
        make_certificates(folder.path());
        Ldap::begin(folder)
    }

    /// The same with a certificate and key of the test's making, PEM.
    pub fn start_with(certificate: &str, key: &str) -> Ldap {
        let folder = tempfile::Builder::new().prefix("slapd-").tempdir().expect("a temporary folder");
        for (name, text) in [("server.pem", certificate), ("server.key", key), ("ca.pem", certificate)] {
            fs::write(folder.path().join(name), text).expect("a file of ours");
        }
        Ldap::begin(folder)
    }

    fn begin(folder: TempDir) -> Ldap {
        // AppArmor profiles go by path: some systems let the program read no configuration outside /etc, a copy may.
        fs::copy(PROGRAM, folder.path().join("slapd")).expect("slapd is installed (Debian package slapd)");
        fs::write(folder.path().join("slapd.conf"), configuration(folder.path())).expect("a file of ours");
        let ca = fs::read_to_string(folder.path().join("ca.pem")).expect("the certificate of the CA");
        let mut server = Ldap { child: Mutex::new(None), folder, port: 0, tls_port: 0, ca };
        server.fill();
        for _ in 0..5 {
            (server.port, server.tls_port) = (free_port(), free_port());
            if server.launch() {
                return server;
            }
        }
        panic!("slapd does not come up:\n{}", fs::read_to_string(server.folder.path().join("log")).unwrap_or_default());
    }

    /// The directory as it was at first.
    pub fn reset(&self) {
        self.kill();
        self.fill();
        assert!(self.launch(), "slapd comes up again on its ports");
    }

    /// The whole directory as LDIF, without what differs from time to time (entry numbers, change times).
    pub fn dump(&self) -> String {
        let output = self.tool("cat", &["-o", "ldif-wrap=no"], b"");
        let operational = [
            "structuralObjectClass:",
            "entryUUID:",
            "creatorsName:",
            "createTimestamp:",
            "entryCSN:",
            "modifiersName:",
            "modifyTimestamp:",
            "contextCSN:",
        ];
        let text = String::from_utf8_lossy(&output.stdout);
        let kept = text.lines().filter(|line| !operational.iter().any(|name| line.starts_with(name)));
        kept.collect::<Vec<_>>().join("\n")
    }

    /// Ends the server at once, as a crash would.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = child.kill(); // its data is thrown away, or filled anew
            let _ = child.wait();
        }
    }

    fn fill(&self) {
        let data = self.folder.path().join("data");
        if data.exists() {
            fs::remove_dir_all(&data).expect("our own data");
        }
        fs::create_dir(&data).expect("a folder of ours");
        self.tool("add", &[], directory().as_bytes());
    }

    /// `slapadd` and `slapcat` are the same program.
    fn tool(&self, name: &str, options: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(self.folder.path().join("slapd"))
            .args(["-T", name, "-f"])
            .arg(self.folder.path().join("slapd.conf"))
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("slapd's tools run");
        child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "slap{name}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// False when it ended instead of answering: another process may have taken a port.
    fn launch(&self) -> bool {
        let log = fs::File::create(self.folder.path().join("log")).expect("a file of ours");
        let mut child = Command::new(self.folder.path().join("slapd"))
            .args([
                "-d",
                "0",
                "-h",
                &format!("ldap://127.0.0.1:{} ldaps://127.0.0.1:{}", self.port, self.tls_port),
                "-f",
            ])
            .arg(self.folder.path().join("slapd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("slapd starts");
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline && child.try_wait().expect("a child can be asked").is_none() {
            if TcpStream::connect(("127.0.0.1", self.tls_port)).is_ok() {
                *self.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = child.kill(); // it has ended, or hangs
        let _ = child.wait();
        false
    }
}

impl Drop for Ldap {
    fn drop(&mut self) {
        self.kill();
    }
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
# As Active Directory: a name without a password is let in as nobody (RFC 4513 §5.1.2).
allow bind_anon_dn
sizelimit unlimited
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix \"{BASE}\"
rootdn \"{ADMIN}\"
rootpw \"{ADMIN_PASSWORD}\"
directory {folder}/data
dbnosync
access to attrs=userPassword by self write by anonymous auth by * none
access to * by self write by users read by anonymous read
"
    )
}

/// The directory's first state, LDIF. Passwords of people are `{SSHA}` of what the constants say.
fn directory() -> String {
    let mut text = include_str!("../../fixtures/ldap/directory.ldif").to_owned();
    for number in 1..=250 {
        // Writing to a String cannot fail.
        let _written = write!(
            text,
            "\ndn: uid=u{number:03},ou=many,{BASE}\nobjectClass: inetOrgPerson\nuid: u{number:03}\ncn: User {number}\nsn: {number}\n"
        );
    }
    text
}

fn make_certificates(folder: &Path) {
    let file = |name: &str| -> PathBuf { folder.join(name) };
    let openssl = |options: &[&str], more: &[(&str, &str)]| {
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ]);
        openssl.args(options);
        for (option, name) in more {
            openssl.arg(option).arg(file(name));
        }
        let output = openssl.output().expect("openssl is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let authority = ["-subj", "/CN=Directory CA", "-addext", "basicConstraints=critical,CA:TRUE"];
    openssl(&authority, &[("-keyout", "ca.key"), ("-out", "ca.pem")]);
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    let server = ["-subj", "/CN=localhost", "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE"];
    openssl(&server, &[("-CA", "ca.pem"), ("-CAkey", "ca.key"), ("-keyout", "server.key"), ("-out", "server.pem")]);
}
