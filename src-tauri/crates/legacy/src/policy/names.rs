//! Which names may be looked up, and what a look-up opens.
//!
//! A name may be asked for when it is an allowed host, on whatever port: who may connect to a host may know its addresses. For
//! `_service._proto.NAME` that is NAME, since such records say where a service of that host is.
//!
//! A `mongodb+srv://` address names one host, and its SRV records name the servers behind it. Asking people to list those too
//! would be asking for the addresses of a cluster whose provider moves them. So what an allowed host's SRV record names counts as
//! allowed, at the record's port, for this session, under the driver's own rule: the server has to lie in the host's parent domain
//! (`cluster0.abc.example` may name `shard1.abc.example`, never `abc.attacker.example`). Addresses are checked as always.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use wire::Fault;

use super::{Endpoint, Policy, is_odd};
use crate::{fault::blocked, session::lock};

/// Hosts and ports that SRV records named. Clones are the same list.
pub(super) type Named = Arc<Mutex<BTreeSet<(String, u16)>>>;

impl Policy {
    /// The same, with a name server of the test's own in place of the system's.
    pub fn asking(self, name_server: SocketAddr) -> Policy {
        Policy { name_server: Some(name_server), ..self }
    }

    /// The same without what look-ups have opened so far: each session has its own.
    pub(crate) fn afresh(self) -> Policy {
        Policy { named: Named::default(), ..self }
    }

    /// The name server to ask in place of the system's.
    pub(crate) fn name_server(&self) -> Option<SocketAddr> {
        self.name_server
    }

    /// Refuses a name that is none of an allowed host.
    pub(crate) fn check_name(&self, asked: &str) -> Result<(), Fault> {
        let name = host_of(asked);
        if name.parse::<std::net::IpAddr>().is_err() && is_odd(&name) {
            return Err(blocked(
                &format!("\"{asked}\" is no name of a host, and is not looked up"),
                "check its spelling",
            ));
        }
        let listed =
            self.allowed.iter().any(|endpoint| matches!(endpoint, Endpoint::Host { host, .. } if *host == name));
        if listed || lock(&self.named).iter().any(|(host, _)| *host == name) {
            return Ok(());
        }
        if let Some(Endpoint::Host { host, port }) = Policy::wanted(asked) {
            return self.check_host(&host, port);
        }
        Err(blocked(
            &format!("{name} is not among the hosts this connection may reach, so it is not looked up"),
            &format!("allow it with its port if it is the legacy store (--allow {name}:PORT)"),
        ))
    }

    /// What would have to be allowed for a look-up, where the name tells the port: `mongodb+srv://` leaves out 27017.
    pub(crate) fn wanted(asked: &str) -> Option<Endpoint> {
        let host = service_of(asked)?;
        let port = match asked.split('.').next()? {
            "_mongodb" => 27017,
            "_ldap" => 389,
            "_ldaps" => 636,
            _ => return None,
        };
        Some(Endpoint::Host { host, port })
    }

    /// An SRV record of an allowed host was found. False when it leads outside the host's domain, and opens nothing.
    pub(crate) fn named_by_srv(&self, asked: &str, target: &str, port: u16) -> bool {
        let (Some(host), target) = (service_of(asked), bare(target)) else { return false };
        let Some((_, parent)) = host.split_once('.') else { return false };
        // A bare top-level domain would open everything below it.
        let inside = parent.contains('.') && target.strip_suffix(parent).is_some_and(|head| head.ends_with('.'));
        if inside {
            lock(&self.named).insert((target, port));
        }
        inside
    }

    /// Whether an SRV record has opened this host and port.
    pub(super) fn is_named(&self, host: &str, port: u16) -> bool {
        lock(&self.named).contains(&(host.to_owned(), port))
    }
}

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// NAME of `_service._proto.NAME`.
fn service_of(asked: &str) -> Option<String> {
    let (_, rest) = asked.strip_prefix('_')?.split_once('.')?;
    let (_, host) = rest.strip_prefix('_')?.split_once('.')?;
    Some(bare(host))
}

fn host_of(asked: &str) -> String {
    service_of(asked).unwrap_or_else(|| bare(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allowed: &[&str]) -> Policy {
        Policy::new("/nowhere".into(), allowed.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn only_allowed_hosts_are_looked_up() {
        let policy = policy(&["cluster0.abc.example:27017"]);
        for name in ["cluster0.abc.example", "Cluster0.abc.example.", "_mongodb._tcp.cluster0.abc.example"] {
            policy.check_name(name).unwrap();
        }
        for name in
            ["abc.example", "_mongodb._tcp.other.abc.example", "secret.attacker.example", "0x7f.1", "", "a b.example"]
        {
            assert_eq!(policy.check_name(name).unwrap_err().kind, wire::FaultKind::Policy, "{name}");
        }
        let refused = policy.check_name("_mongodb._tcp.other.abc.example").unwrap_err();
        assert!(refused.hint.unwrap().contains("--allow other.abc.example:27017"));
    }

    #[test]
    fn an_srv_record_opens_servers_of_the_same_domain_at_its_port_for_this_session() {
        let policy = policy(&["cluster0.abc.example:27017", "top.example:27017"]);
        let asked = "_mongodb._tcp.cluster0.abc.example";
        assert!(policy.named_by_srv(asked, "shard1.abc.example.", 27018));
        policy.check_host("shard1.abc.example", 27018).unwrap();
        policy.check_name("shard1.abc.example").unwrap();
        assert!(policy.check_host("shard1.abc.example", 22).is_err());
        for outside in
            ["shard1.abd.example", "evilabc.example", "abc.example", "abc.example.attacker.example", "localhost"]
        {
            assert!(!policy.named_by_srv(asked, outside, 27017), "{outside}");
            assert!(policy.check_host(outside, 27017).is_err(), "{outside}");
        }
        assert!(!policy.named_by_srv("_mongodb._tcp.top.example", "other.example", 27017));
        assert!(policy.clone().afresh().check_host("shard1.abc.example", 27018).is_err());
    }
}
