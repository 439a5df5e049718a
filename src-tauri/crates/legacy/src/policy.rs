//! What a connection may reach (design §6).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

mod names;

use url::Url;
use wire::Fault;

use crate::{
    SafeRequest,
    fault::{self, blocked},
};

/// The hosts and files that a connection may reach. Loopback and private networks are reachable when listed; link-local
/// and cloud metadata addresses never are.
#[derive(Debug, Clone)]
pub struct Policy {
    root: PathBuf,
    folder: Option<PathBuf>,
    allowed: Vec<Endpoint>,
    /// What SRV records of allowed hosts named, see [`names`].
    named: names::Named,
    /// Requests that only ask, whatever their method.
    safe_requests: Vec<SafeRequest>,
    /// Asked instead of the system's name servers; tests only.
    name_server: Option<SocketAddr>,
}

/// A host with port, or a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A host by the name (or address) the script uses, and a port.
    Host {
        /// Name or address, without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// A SQLite file, or a folder with such files.
    File(PathBuf),
}

/// A text names no endpoint.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" names neither host:port nor a file")]
pub struct EndpointError(String);

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Host { host, port } if host.contains(':') => {
                write!(formatter, "[{host}]:{port}")
            }
            Endpoint::Host { host, port } => write!(formatter, "{host}:{port}"),
            Endpoint::File(path) => write!(formatter, "{}", path.display()),
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Endpoint, EndpointError> {
        let wrong = || EndpointError(text.to_owned());
        if text.is_empty() {
            return Err(wrong());
        }
        if let Some((host, port)) = text.rsplit_once(':')
            && let Ok(port) = port.parse()
        {
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            return match bare {
                Some(address) if address.parse::<Ipv6Addr>().is_ok() => {
                    Ok(Endpoint::Host { host: address.to_ascii_lowercase(), port })
                }
                // A text no host can have would be allowed in vain.
                None if host.parse::<Ipv4Addr>().is_ok() || !is_odd(host) => {
                    Ok(Endpoint::Host { host: host.to_ascii_lowercase(), port })
                }
                _ => Err(wrong()),
            };
        }
        Ok(Endpoint::File(PathBuf::from(text)))
    }
}

impl Policy {
    /// A policy for a workspace: SQLite files inside `root` are allowed, and what `allowed` lists.
    pub fn new(root: PathBuf, allowed: Vec<Endpoint>) -> Policy {
        Policy {
            root,
            folder: None,
            allowed,
            named: names::Named::default(),
            safe_requests: Vec::new(),
            name_server: None,
        }
    }

    /// The same, with requests that only ask, so that a safe try sends them.
    pub fn with_safe_requests(self, safe_requests: Vec<SafeRequest>) -> Policy {
        Policy { safe_requests, ..self }
    }

    /// Whether the admin says that a request only asks.
    pub(crate) fn is_safe_request(&self, method: &str, url: &Url) -> bool {
        self.safe_requests.iter().any(|known| known.covers(method, url))
    }

    /// The same, with the connection's own folder, against which relative SQLite paths resolve first.
    pub fn in_folder(self, folder: PathBuf) -> Policy {
        Policy { folder: Some(folder), ..self }
    }

    /// Refuses a host that is not listed, or that is written in a way only an attacker would.
    pub(crate) fn check_host(&self, host: &str, port: u16) -> Result<(), Fault> {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if name.starts_with('/') {
            return Err(blocked(
                &format!("\"{host}\" is a Unix socket; only TCP hosts can be reached, as on the platform"),
                "use a host and a port",
            ));
        }
        if let Ok(address) = name.parse::<IpAddr>() {
            Policy::check_address(host, address)?;
        } else if is_odd(&name) {
            return Err(blocked(
                &format!("\"{host}\" is an unusual spelling of an address and is never connected to"),
                "write a host name, or the address as four decimal numbers",
            ));
        } else if METADATA_NAMES.contains(&name.trim_end_matches('.')) {
            return Err(never(host));
        }
        let listed = self
            .allowed
            .iter()
            .any(|endpoint| matches!(endpoint, Endpoint::Host { host, port: open } if *host == name && *open == port));
        if listed || self.is_named(&name, port) {
            return Ok(());
        }
        let endpoint = Endpoint::Host { host: name, port };
        Err(blocked(
            &format!("{endpoint} is not among the hosts this connection may reach"),
            &format!("allow {endpoint} for this connection if it is the legacy store (--allow {endpoint})"),
        ))
    }

    /// Refuses addresses that no legacy store has.
    pub(crate) fn check_address(host: &str, address: IpAddr) -> Result<(), Fault> {
        let forbidden = match address {
            IpAddr::V4(v4) => is_forbidden_v4(v4),
            IpAddr::V6(v6) => is_forbidden_v6(v6),
        };
        if forbidden { Err(never(host)) } else { Ok(()) }
    }

    /// The real path of a SQLite file that exists and may be opened.
    pub(crate) fn check_file(&self, file: &str) -> Result<PathBuf, Fault> {
        let real = self.find(Path::new(file)).ok_or_else(|| {
            let mut missing =
                fault::fault(wire::FaultKind::Connection, "SQLITE_CANTOPEN: unable to open database file");
            missing.code = Some("SQLITE_CANTOPEN".to_owned());
            missing.fields.insert("errno".to_owned(), 14.into());
            missing.hint = Some(format!("there is no file \"{file}\"; a missing database file is never created"));
            missing
        })?;
        let inside = |folder: &Path| folder.canonicalize().is_ok_and(|folder| real.starts_with(folder));
        let granted = self.allowed.iter().any(|endpoint| match endpoint {
            Endpoint::File(path) if path.is_relative() => inside(&self.root.join(path)),
            Endpoint::File(path) => inside(path),
            Endpoint::Host { .. } => false,
        });
        if granted || inside(&self.root) {
            return Ok(real);
        }
        let place = real.display();
        Err(blocked(
            &format!("{place} is outside the workspace, and not among the files this connection may open"),
            &format!("allow the file for this connection if it is the legacy store (--allow {place})"),
        ))
    }

    /// The file behind a path, links resolved; relative paths against the connection's folder, then the root.
    fn find(&self, path: &Path) -> Option<PathBuf> {
        let bases = self.folder.iter().chain([&self.root]);
        let real = bases.map(|base| base.join(path)).find_map(|path| path.canonicalize().ok())?;
        real.is_file().then_some(real)
    }
}

const METADATA_NAMES: [&str; 4] =
    ["metadata.google.internal", "metadata.goog", "metadata", "instance-data.ec2.internal"];

fn never(host: &str) -> Fault {
    blocked(
        &format!("\"{host}\" is a link-local, cloud metadata or reserved address and is never connected to"),
        "no permission opens these addresses",
    )
}

/// Whether a resolver would take this text for a number: `0x7f.1`, `2130706433`, `0177.0.0.1`, `127.1`.
fn is_odd(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").is_some_and(|digits| digits.chars().all(|digit| digit.is_ascii_hexdigit()));
    last.is_empty()
        || hex
        || last.chars().all(|digit| digit.is_ascii_digit())
        || !name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_'))
}

fn is_forbidden_v4(address: Ipv4Addr) -> bool {
    const METADATA: [Ipv4Addr; 3] =
        [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
    address.is_link_local()
        || address.octets()[0] == 0
        || address.is_multicast()
        || address.octets()[0] >= 240
        || METADATA.contains(&address)
}

fn is_forbidden_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let low =
        |high: u16, low: u16| Ipv4Addr::new((high >> 8) as u8, (high & 255) as u8, (low >> 8) as u8, (low & 255) as u8);
    // IPv4 in IPv6's clothes: mapped, compatible, NAT64, 6to4.
    let inner = match parts {
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] => Some(low(a, b)),
        [0, 0, 0, 0, 0, 0, a, b] if a != 0 => Some(low(a, b)),
        _ => None,
    };
    inner.is_some_and(is_forbidden_v4)
        || address.is_unspecified()
        || address.is_multicast()
        || parts[0] & 0xffc0 == 0xfe80
        || parts[0] & 0xffc0 == 0xfec0
        || parts[..3] == [0xfd00, 0xec2, 0]
}

#[cfg(test)]
mod tests;
