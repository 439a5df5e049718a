//! Servers without data, for cases about protocols alone.

use std::net::{Ipv6Addr, SocketAddr};

use legacy::Endpoint;

use super::Database;
use crate::servers::{
    mongodb_login,
    names::{self, Record},
};

/// A MongoDB server for logging in; scripts find `MONGO_LOGIN_PORT`, `MONGO_LOGIN_CA` (for localhost), and the certificate and key
/// of a client that is let in, `MONGO_LOGIN_CERT` and `MONGO_LOGIN_KEY`.
pub struct MongoLogin(pub mongodb_login::MongoLogin);

impl Database for MongoLogin {
    fn reset(&self, _seed: &str) {}

    fn dump(&self) -> String {
        String::new()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        let values = [
            ("MONGO_LOGIN_PORT", self.0.port.to_string()),
            ("MONGO_LOGIN_CA", self.0.certificate.clone()),
            ("MONGO_LOGIN_CERT", self.0.client_certificate.clone()),
            ("MONGO_LOGIN_KEY", self.0.client_key.clone()),
        ];
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint::Host { host: "localhost".to_owned(), port: self.0.port }]
    }
}

/// A name server; scripts find `DNS_SERVER`, and Sluice asks it by itself.
pub struct Names(SocketAddr);

/// The names that it knows, and some that it does not.
const NAMES: [&str; 17] = [
    "abc.example",
    "db.abc.example",
    "many.abc.example",
    "six.abc.example",
    "mail.abc.example",
    "texts.abc.example",
    "alias.abc.example",
    "refused.abc.example",
    "broken.abc.example",
    "nosuch.abc.example",
    "7.0.0.10.in-addr.arpa",
    "9.0.0.10.in-addr.arpa",
    "10.0.0.7",
    "10.0.0.9",
    "2001:db8::6",
    "localhost",
    "db.invalid",
];

impl Names {
    /// Starts it.
    pub fn start() -> Names {
        let six = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 6);
        let reversed = "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
        Names(names::start(vec![
            ("db.abc.example", Record::A([10, 0, 0, 7])),
            ("db.abc.example", Record::Txt(&["v=1"])),
            ("many.abc.example", Record::A([10, 0, 0, 1])),
            ("many.abc.example", Record::A([10, 0, 0, 2])),
            ("six.abc.example", Record::Aaaa(six)),
            ("mail.abc.example", Record::Mx { priority: 5, exchange: "mx1.abc.example" }),
            ("mail.abc.example", Record::Mx { priority: 10, exchange: "mx2.abc.example" }),
            ("texts.abc.example", Record::Txt(&["one", "two"])),
            ("texts.abc.example", Record::Txt(&["grün"])),
            ("_ldap._tcp.db.abc.example", Record::Srv { port: 389, target: "dc.abc.example" }),
            ("alias.abc.example", Record::Cname("db.abc.example")),
            ("abc.example", Record::Ns("ns.abc.example")),
            ("abc.example", Record::Soa("ns.abc.example", "admin.abc.example")),
            ("7.0.0.10.in-addr.arpa", Record::Ptr("db.abc.example")),
            (reversed, Record::Ptr("six.abc.example")),
            ("refused.abc.example", Record::Code(5)),
            ("broken.abc.example", Record::Code(2)),
        ]))
    }
}

impl Database for Names {
    fn reset(&self, _seed: &str) {}

    fn dump(&self) -> String {
        String::new()
    }

    fn configuration(&self) -> Vec<(String, String)> {
        vec![("DNS_SERVER".to_owned(), self.0.to_string())]
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        NAMES.map(|name| Endpoint::Host { host: name.to_owned(), port: 1 }).to_vec()
    }

    fn name_server(&self) -> Option<SocketAddr> {
        Some(self.0)
    }
}
