//! Finds ports that are free on all of the lab's addresses, or says which one is taken.

use crate::{LabError, addresses, addresses::Ports};
use std::net::{SocketAddr, TcpListener, UdpSocket};

const TRIES: u32 = 64;

/// The wanted port for users and three after it, or any four in a row that are free everywhere.
pub(crate) fn choose(regions: usize, has_edges: bool, wanted: Option<u16>) -> Result<Ports, LabError> {
    if let Some(port) = wanted {
        let ports = from(port).ok_or(LabError::NoFreePort { tried: 0 })?;
        return taken(regions, has_edges, ports)
            .map_or(Ok(ports), |(address, what)| Err(LabError::PortInUse { address, what }));
    }
    for _ in 0..TRIES {
        // The kernel proposes a port that is free on the first address.
        let proposed = TcpListener::bind("127.1.0.1:0").and_then(|listener| listener.local_addr()).map(|a| a.port());
        let Some(ports) = proposed.ok().and_then(from) else { continue };
        if taken(regions, has_edges, ports).is_none() {
            return Ok(ports);
        }
    }
    Err(LabError::NoFreePort { tried: TRIES })
}

fn from(users: u16) -> Option<Ports> {
    Some(Ports { users, peers: users.checked_add(1)?, links: users.checked_add(2)?, steering: users.checked_add(3)? })
}

/// The first address that can't be bound, and what it is for.
fn taken(regions: usize, has_edges: bool, ports: Ports) -> Option<(SocketAddr, String)> {
    let free = |address: SocketAddr| TcpListener::bind(address).is_ok();
    for region in 0..regions {
        for (address, what) in [(addresses::users(region, ports), "users"), (addresses::peers(region, ports), "peers")]
        {
            if !free(address) {
                return Some((address, format!("the {what} of region {}", region + 1)));
            }
        }
        for to in (0..regions).filter(|to| *to != region) {
            let address = addresses::link(region, to, ports);
            if !free(address) {
                return Some((address, format!("the link from region {} to region {}", region + 1, to + 1)));
            }
        }
    }
    let edges = if has_edges { regions } else { 0 };
    let mut of_edges = (0..edges).flat_map(|region| {
        let links = (0..regions).filter(move |to| *to != region).map(move |to| addresses::edge_link(region, to, ports));
        links.chain([addresses::edge(region, ports)])
    });
    if let Some(address) = of_edges.find(|address| !free(*address)) {
        return Some((address, "an edge or one of its links".to_owned()));
    }
    let steering = addresses::steering(ports);
    let busy = !free(steering) || UdpSocket::bind(steering).is_err();
    busy.then(|| (steering, "the steering's DNS".to_owned()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_what_it_is_for() {
        let free = choose(2, false, None).unwrap();
        let other = TcpListener::bind(addresses::users(1, free)).unwrap();
        let error = choose(2, false, Some(free.users)).unwrap_err().to_string();
        assert!(error.contains(&other.local_addr().unwrap().to_string()), "{error}");
        assert!(error.contains("the users of region 2"), "{error}");
        drop(other);
        assert_eq!(choose(2, false, Some(free.users)).unwrap(), free);
        let edge = TcpListener::bind(addresses::edge(1, free)).unwrap();
        assert_eq!(choose(2, false, Some(free.users)).unwrap(), free, "without edges their addresses are nobody's");
        let error = choose(2, true, Some(free.users)).unwrap_err().to_string();
        assert!(error.contains("an edge or one of its links"), "{error}");
        drop(edge);
    }
}
