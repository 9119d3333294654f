//! Finds ports that are free on all of the lab's addresses, or says which one is taken.

use crate::{
    LabError, addresses,
    addresses::{Ports, Service},
};
use plan::fault::ThirdParty;
use std::net::{SocketAddr, TcpListener, UdpSocket};

const TRIES: u32 = 64;

/// The wanted port for users and five after it, or any six in a row that are free everywhere.
pub(crate) fn choose(regions: usize, edges: u32, services: &[Service], wanted: Option<u16>) -> Result<Ports, LabError> {
    if let Some(port) = wanted {
        let ports = from(port).ok_or(LabError::NoFreePort { tried: 0 })?;
        return taken(regions, edges, services, ports)
            .map_or(Ok(ports), |(address, what)| Err(LabError::PortInUse { address, what }));
    }
    for _ in 0..TRIES {
        // The kernel proposes a port that is free on the first address.
        let proposed = TcpListener::bind("127.1.0.1:0").and_then(|listener| listener.local_addr()).map(|a| a.port());
        let Some(ports) = proposed.ok().and_then(from) else { continue };
        if taken(regions, edges, services, ports).is_none() {
            return Ok(ports);
        }
    }
    Err(LabError::NoFreePort { tried: TRIES })
}

fn from(users: u16) -> Option<Ports> {
    Some(Ports {
        users,
        peers: users.checked_add(1)?,
        links: users.checked_add(2)?,
        steering: users.checked_add(3)?,
        postgres: users.checked_add(4)?,
        nats: users.checked_add(5)?,
    })
}

/// The first address that can't be bound, and what it is for.
fn taken(regions: usize, edges: u32, services: &[Service], ports: Ports) -> Option<(SocketAddr, String)> {
    let free = |address: SocketAddr| TcpListener::bind(address).is_ok();
    let mut wanted = Vec::new();
    for region in 0..regions {
        let number = region + 1;
        wanted.push((addresses::users(region, ports), format!("the users of region {number}")));
        for edge in 0..edges {
            wanted.push((addresses::edge(region, edge, ports), format!("an edge at region {number}")));
            let what = format!("the conditions of an edge at region {number}");
            wanted.push((addresses::edge_admin(region, edge, ports), what));
        }
        for service in services.iter().filter(|service| **service != Service::Users) {
            wanted
                .push((addresses::service(*service, region, ports), format!("{} of region {number}", name(*service))));
        }
        for (to, service) in
            (0..regions).filter(|to| *to != region).flat_map(|to| services.iter().map(move |one| (to, *one)))
        {
            let what = format!("the link from region {number} to {} of region {}", name(service), to + 1);
            wanted.push((addresses::link(service, region, to, ports), what));
        }
    }
    wanted.push((addresses::steering_admin(ports), "the conditions of the steering".to_owned()));
    for party in ThirdParty::ALL {
        let what = format!("the third party for {}", party.as_str());
        wanted.push((addresses::third_party(party, ports), what.clone()));
        wanted.push((addresses::third_party_admin(party, ports), what));
    }
    if let Some(busy) = wanted.into_iter().find(|(address, _)| !free(*address)) {
        return Some(busy);
    }
    let steering = addresses::steering(ports);
    let busy = !free(steering) || UdpSocket::bind(steering).is_err();
    busy.then(|| (steering, "the steering's DNS".to_owned()))
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Peers => "the peers",
        Service::Users => "the users",
        Service::Postgres => "the PostgreSQL server",
        Service::Nats => "the NATS server",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    const PLAIN: &[Service] = &[Service::Peers];

    #[test]
    fn a_taken_port_is_named_with_what_it_is_for() {
        let free = choose(2, 0, PLAIN, None).unwrap();
        let other = TcpListener::bind(addresses::users(1, free)).unwrap();
        let error = choose(2, 0, PLAIN, Some(free.users)).unwrap_err().to_string();
        assert!(error.contains(&other.local_addr().unwrap().to_string()), "{error}");
        assert!(error.contains("the users of region 2"), "{error}");
        drop(other);
        assert_eq!(choose(2, 0, PLAIN, Some(free.users)).unwrap(), free);
        let edge = TcpListener::bind(addresses::edge(1, 0, free)).unwrap();
        assert_eq!(choose(2, 0, PLAIN, Some(free.users)).unwrap(), free, "without edges their addresses are nobody's");
        let error = choose(2, 1, &[Service::Peers, Service::Users], Some(free.users)).unwrap_err().to_string();
        assert!(error.contains("an edge at region 2"), "{error}");
        drop(edge);
        let database = TcpListener::bind(addresses::service(Service::Postgres, 0, free)).unwrap();
        assert_eq!(choose(2, 0, PLAIN, Some(free.users)).unwrap(), free, "without servers neither are theirs");
        let error = choose(2, 0, &[Service::Peers, Service::Postgres], Some(free.users)).unwrap_err().to_string();
        assert!(error.contains("the PostgreSQL server of region 1"), "{error}");
        drop(database);
    }
}
