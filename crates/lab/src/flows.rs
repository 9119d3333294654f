//! What the kernel has to cut where it cuts a link: the connections of each, by their addresses. Pure.
//!
//! ```text
//!   users      127.65.0.0/16 ─────────────────────────────▶ 127.2.0.1 (and the edges there, 127.2.0.2 …)
//!   regions    127.1.0.1 (as 127.0.0.1) ──▶ 127.1.1.2 relay 127.1.1.2 ──▶ 127.2.0.1
//! ```
//!
//! A relayed link is cut on both sides of the relay, so that neither end hears from it what it would not hear over a wire. The
//! second side is known by the relay's own address, from which it opens there.

use crate::addresses::{self, Ports, Service};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
};
use wan::{
    LinkId,
    kernel::{Block, Flow},
};

/// The flows of each link between so many populations and regions; of a user's link the doors first.
pub(crate) fn flows(
    populations: usize,
    regions: usize,
    edges: u32,
    services: &[Service],
    ports: Ports,
) -> BTreeMap<LinkId, Vec<Flow>> {
    let users = (0..populations).flat_map(|population| (0..regions).map(move |region| (population, region)));
    let users = users.map(|(population, region)| {
        let openers = Block { address: addresses::population_address(population), prefix: 16 };
        let doors = (0..edges).map(|number| addresses::edge(region, number, ports));
        let doors = doors.chain([addresses::users(region, ports)]);
        let flows = doors.map(|door| Flow { openers, accepter: version_4(door) }).collect();
        (LinkId::User { population, region }, flows)
    });
    let pairs = (0..regions).flat_map(|from| (0..regions).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let peers = pairs.map(|(from, to)| {
        let flows = services.iter().flat_map(|service| {
            let relay = version_4(addresses::link(*service, from, to, ports));
            let accepter = version_4(addresses::service(*service, to, ports));
            [Flow { openers: Block::LOOPBACK, accepter: relay }, Flow { openers: Block::only(*relay.ip()), accepter }]
        });
        (LinkId::Peer { from, to }, flows.collect())
    });
    users.chain(peers).collect()
}

/// From where the relay opens the second side of a link, so that the kernel knows it.
pub(crate) fn source(listen: SocketAddr) -> IpAddr {
    listen.ip()
}

fn version_4(address: SocketAddr) -> SocketAddrV4 {
    match address.ip() {
        IpAddr::V4(ip) => SocketAddrV4::new(ip, address.port()),
        IpAddr::V6(_) => SocketAddrV4::new(Ipv4Addr::LOCALHOST, address.port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: Ports = Ports { users: 7400, peers: 7401, links: 7402, steering: 7453, postgres: 7404, nats: 7405 };

    fn text(flows: &[Flow]) -> Vec<String> {
        flows.iter().map(|flow| format!("{} > {}", flow.openers, flow.accepter)).collect()
    }

    #[test]
    fn a_link_is_all_that_its_users_open_and_both_sides_of_its_relay() {
        let flows = flows(2, 2, 1, &[Service::Peers, Service::Users], PORTS);
        let users = text(&flows[&LinkId::User { population: 1, region: 0 }]);
        assert_eq!(users, ["127.66.0.0/16 > 127.1.0.2:7400", "127.66.0.0/16 > 127.1.0.1:7400"]);
        let peers = text(&flows[&LinkId::Peer { from: 0, to: 1 }]);
        let expected = [
            "127.0.0.0/8 > 127.1.1.2:7402",
            "127.1.1.2/32 > 127.2.0.1:7401",
            "127.0.0.0/8 > 127.1.2.2:7402",
            "127.1.2.2/32 > 127.2.0.1:7400",
        ];
        assert_eq!(peers, expected);
        assert_eq!(flows.len(), 6);
    }
}
