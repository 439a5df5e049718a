//! Real servers, started by a test on a free loopback port with data in a temporary folder, and ended with it.

pub mod api;
pub mod cloud;
pub mod http;
pub mod ldap;
pub mod mariadb;
pub mod mongodb;
pub mod mongodb_login;
pub mod names;
pub mod postgres;
pub mod sqlserver;

use std::net::TcpListener;

/// A loopback port that is free at this moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
    listener.local_addr().expect("a bound socket has an address").port()
}
