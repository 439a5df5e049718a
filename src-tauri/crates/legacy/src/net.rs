//! Names, addresses and TCP: looked up once, checked, and connected to exactly those.

use std::{io, net::SocketAddr, time::Duration};

use tokio::net::{TcpStream, lookup_host};
use wire::Fault;

use crate::{Policy, driver::Target, fault};

/// The checked addresses of a host that the policy allows.
pub(crate) async fn resolve(policy: &Policy, host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    policy.check_host(host, port)?;
    let found: Vec<SocketAddr> = match lookup_host((host.trim_start_matches('[').trim_end_matches(']'), port)).await {
        Ok(found) => found.collect(),
        Err(_) => return Err(fault::name_not_found(host)),
    };
    if found.is_empty() {
        return Err(fault::name_not_found(host));
    }
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        Policy::check_address(host, address.ip())?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// Connects to the first address that answers, and words failure as Node does.
pub(crate) async fn dial(target: &Target<'_>) -> Result<TcpStream, Fault> {
    let mut failures = Vec::new();
    let share = target.connect_timeout / u32::try_from(target.addresses.len().max(1)).unwrap_or(1);
    for &address in target.addresses {
        match dial_one(address, share).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failures.push((address, error.kind(), error.raw_os_error())),
        }
    }
    Err(fault::connect_failed(&failures))
}

async fn dial_one(address: SocketAddr, wait: Duration) -> io::Result<TcpStream> {
    let stream = tokio::time::timeout(wait, TcpStream::connect(address))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}
