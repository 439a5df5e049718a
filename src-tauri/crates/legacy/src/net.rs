//! Names, addresses and TCP: looked up once, checked, and connected to exactly those.

use std::{io, net::SocketAddr, time::Duration};

use tokio::net::TcpStream;
use wire::Fault;

use crate::{
    Policy,
    driver::Target,
    fault, names,
    progress::{self, Step},
};

/// The checked addresses of a host that the policy allows.
pub(crate) async fn resolve(policy: &Policy, host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    policy.check_host(host, port).map_err(|refused| fault::not_connected(refused, host, None, port))?;
    let found: Vec<SocketAddr> = names::addresses(policy, host.trim_start_matches('[').trim_end_matches(']'))
        .await
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect();
    if found.is_empty() {
        return Err(fault::name_not_found(host));
    }
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        Policy::check_address(host, address.ip())
            .map_err(|refused| fault::not_connected(refused, host, Some(address.ip()), port))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// Connects to the first address that answers, and words failure as Node does.
pub(crate) async fn dial(target: &Target<'_>) -> Result<TcpStream, Fault> {
    progress::begins(Step::Dial);
    let mut failures = Vec::new();
    let share = target.connect_timeout / u32::try_from(target.addresses.len().max(1)).unwrap_or(1);
    for &address in target.addresses {
        match dial_one(address, share).await {
            Ok(stream) => {
                progress::begins(Step::Connected);
                return Ok(stream);
            }
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

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    /// A name's answers may change between the check and the connection: only what was checked is connected to.
    #[tokio::test]
    async fn a_connection_goes_to_the_checked_addresses_and_asks_no_name_server_again() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let addresses = [listener.local_addr().unwrap()];
        let target = Target {
            parameters: &Map::new(),
            host: "nobody-knows-this-name.invalid",
            addresses: &addresses,
            connect_timeout: Duration::from_secs(2),
            reached: &|_, _| {},
        };
        assert_eq!(dial(&target).await.unwrap().peer_addr().unwrap(), addresses[0]);
    }
}
