//! The lab's plan of addresses: all in 127.0.0.0/8, each region and each population with a network of its own.
//!
//! Region *i* (from 0) has 127.(1+i).0.0/16: its processes listen on 127.(1+i).0.1, and it reaches region *j* at
//! 127.(1+i).1.(1+j), where the relay listens. The edges at its place, if there are any, are at 127.(1+i).0.2 and after, and reach the
//! users' side of region *j* at 127.(1+i).2.(1+j), through the relay as well. So do the region's PostgreSQL server, at
//! 127.(1+i).3.(1+j), and its NATS server, at 127.(1+i).4.(1+j). Population *k* has 127.(65+k).0.0/16: the steering tells
//! from the asker's address where it is. The steering itself is at 127.64.0.53, third parties from 127.64.0.71 on.
//!
//! All regions share one port for users, because a DNS answer names an address and no port.

use plan::fault::ThirdParty;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Regions that fit.
pub const REGIONS_MAX: usize = 60;
/// Edges at each region's place that fit.
pub const EDGES_MAX: u32 = 8;
/// Populations that fit.
pub const POPULATIONS_MAX: usize = 150;

/// The ports a lab uses, the same on each address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Users reach every region here.
    pub users: u16,
    /// Peers reach every region here (the relay forwards to it).
    pub peers: u16,
    /// The relay listens here for each link.
    pub links: u16,
    /// The steering answers DNS here.
    pub steering: u16,
    /// Each region's PostgreSQL server listens here, where it has one.
    pub postgres: u16,
    /// Each region's NATS server listens here, where it has one.
    pub nats: u16,
}

/// What a region's others reach at it over a link, each with listeners of its own at the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The region's process, for its peers.
    Peers,
    /// The region's process, for users whom an edge elsewhere sends.
    Users,
    /// The region's PostgreSQL server.
    Postgres,
    /// The region's NATS server.
    Nats,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Peers, Self::Users, Self::Postgres, Self::Nats];

    const fn third_number(self) -> u8 {
        match self {
            Self::Peers => 1,
            Self::Users => 2,
            Self::Postgres => 3,
            Self::Nats => 4,
        }
    }
}

/// Where users reach a region.
#[must_use]
pub fn users(region: usize, ports: Ports) -> SocketAddr {
    SocketAddr::new(region_host(region), ports.users)
}

/// Where a region serves that.
#[must_use]
pub fn service(service: Service, region: usize, ports: Ports) -> SocketAddr {
    let port = match service {
        Service::Peers => ports.peers,
        Service::Users => ports.users,
        Service::Postgres => ports.postgres,
        Service::Nats => ports.nats,
    };
    SocketAddr::new(region_host(region), port)
}

/// Where a process at the place of region `from` reaches that of region `to`: the relay listens there.
#[must_use]
pub fn link(service: Service, from: usize, to: usize, ports: Ports) -> SocketAddr {
    let host = Ipv4Addr::new(127, network(1, from), service.third_number(), network(1, to));
    SocketAddr::new(IpAddr::V4(host), ports.links)
}

/// Where an edge at a region's place serves users, by its number there.
#[must_use]
pub fn edge(region: usize, number: u32, ports: Ports) -> SocketAddr {
    let last = u8::try_from(number + 2).expect("the plan's limits keep edges within their region's network");
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, network(1, region), 0, last)), ports.users)
}

/// Where the steering answers.
#[must_use]
pub fn steering(ports: Ports) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 64, 0, 53)), ports.steering)
}

/// Where the steering is told what is to be wrong with it.
#[must_use]
pub fn steering_admin(ports: Ports) -> SocketAddr {
    SocketAddr::new(steering(ports).ip(), ports.peers)
}

/// Where regions call a third party. It is outside of all regions, and no link leads there.
#[must_use]
pub fn third_party(party: ThirdParty, ports: Ports) -> SocketAddr {
    let number = match party {
        ThirdParty::Previews => 71,
        ThirdParty::Media => 72,
        ThirdParty::Pushes => 73,
    };
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 64, 0, number)), ports.users)
}

/// Where a third party is told what is to be wrong with it.
#[must_use]
pub fn third_party_admin(party: ThirdParty, ports: Ports) -> SocketAddr {
    SocketAddr::new(third_party(party, ports).ip(), ports.peers)
}

/// Where an edge at a region's place is told what is to be wrong with it.
#[must_use]
pub fn edge_admin(region: usize, number: u32, ports: Ports) -> SocketAddr {
    SocketAddr::new(edge(region, number, ports).ip(), ports.peers)
}

/// The network of a population, in CIDR notation.
#[must_use]
pub fn population_network(population: usize) -> String {
    format!("{}/16", population_address(population))
}

/// The address of a population's network: the first of its /16.
#[must_use]
pub fn population_address(population: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, plan::resolved::population_network(population), 0, 0)
}

fn region_host(region: usize) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, network(1, region), 0, 1))
}

fn network(first: u8, index: usize) -> u8 {
    u8::try_from(index + usize::from(first)).expect("the plan's limits keep regions and populations within 127.0.0.0/8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const PORTS: Ports = Ports { users: 7400, peers: 7401, links: 7402, steering: 7453, postgres: 7404, nats: 7405 };

    #[test]
    fn no_address_is_given_twice_and_all_are_loopback() {
        let mut all = Vec::new();
        for region in 0..REGIONS_MAX {
            all.extend(Service::ALL.map(|one| service(one, region, PORTS)));
            all.extend((0..EDGES_MAX).map(|number| edge(region, number, PORTS)));
            all.extend((0..EDGES_MAX).map(|number| edge_admin(region, number, PORTS)));
            let others = || (0..REGIONS_MAX).filter(|to| *to != region);
            all.extend(others().flat_map(|to| Service::ALL.map(|one| link(one, region, to, PORTS))));
        }
        all.push(steering(PORTS));
        all.push(steering_admin(PORTS));
        all.extend(ThirdParty::ALL.map(|party| third_party(party, PORTS)));
        all.extend(ThirdParty::ALL.map(|party| third_party_admin(party, PORTS)));
        for population in 0..POPULATIONS_MAX {
            all.push(SocketAddr::new(
                IpAddr::V4(Ipv4Addr::new(127, plan::resolved::population_network(population), 0, 1)),
                0,
            ));
        }
        assert!(all.iter().all(|address| address.ip().is_loopback()));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn a_population_asks_from_its_own_network() {
        assert_eq!(population_network(3), "127.68.0.0/16");
    }
}
