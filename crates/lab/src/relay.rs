//! The lab's relay: one process for all links between regions, and the task that asks it in the faults' name.
//!
//! Several listeners may carry one link: the regions' own traffic, and that of an edge to a region elsewhere. They share no
//! bandwidth, for a link between data centres has room for both, but a fault of the link is one for all of them, and what
//! passed over it is their sum.

use crate::{
    LabError, LabOptions,
    addresses::{self, Ports},
    process::{OpenProcess, Program},
};
use fault::{LinkBytes, RelayPort, RelayRequest};
use plan::resolved::ResolvedPlan;
use std::collections::BTreeMap;
use tokio::{sync::mpsc, task::JoinHandle};
use units::Seed;
use wan::{
    LinkId, Network, Overlay,
    relay::{
        Client, ClientError,
        control::{LinkSetup, Status},
    },
};

const REQUESTS_MAX: usize = 16;

/// Starts the relay with every link between two regions; answers how to ask it, and the task that does.
pub(crate) async fn start(
    plan: &ResolvedPlan,
    network: &Network,
    ports: Ports,
    options: &LabOptions,
) -> Result<(RelayPort, JoinHandle<()>), LabError> {
    let kinds: &'static [Kind] = if crate::edges::wanted(plan) { &[Kind::Peers, Kind::Edge] } else { &[Kind::Peers] };
    let setups = network
        .links()
        .flat_map(|(id, link)| kinds.iter().filter_map(move |kind| setup(*kind, id, link.base(), ports)));
    let links: Vec<LinkSetup> = setups.collect();
    let program = Program {
        name: "relay".to_owned(),
        command: vec![options.program.display().to_string(), "relay".to_owned()],
        log: options.folder.join("relay.log"),
    };
    let (port, requests) = mpsc::channel(REQUESTS_MAX);
    if links.is_empty() {
        // A single region has no links; faults between regions are refused by the plan's check.
        return Ok((port, tokio::spawn(async {})));
    }
    let (process, output, input) = OpenProcess::start(&program)?;
    let failed = |error: ClientError| LabError::Start { name: "relay".to_owned(), reason: error.to_string() };
    let seed: Seed = plan.seed.derive("relay");
    let (client, _) = Client::start(output, input, seed, links).await.map_err(failed)?;
    let task = tokio::spawn(obey(client, requests, process, kinds));
    Ok((port, task))
}

/// What a listener carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What regions say to each other.
    Peers,
    /// What an edge asks a region elsewhere.
    Edge,
}

/// What the relay is told of one link; users' links are none of its business.
fn setup(kind: Kind, id: LinkId, link: wan::Link, ports: Ports) -> Option<LinkSetup> {
    let LinkId::Peer { from, to } = id else { return None };
    let (listen, forward_to) = match kind {
        Kind::Peers => (addresses::link(from, to, ports), addresses::peers(to, ports)),
        Kind::Edge => (addresses::edge_link(from, to, ports), addresses::users(to, ports)),
    };
    Some(LinkSetup { name: name(kind, from, to), listen, forward_to, link: link.into() })
}

fn name(kind: Kind, from: usize, to: usize) -> String {
    match kind {
        Kind::Peers => format!("{from}-{to}"),
        Kind::Edge => format!("{from}-{to} edge"),
    }
}

/// Between which regions a link of that name is.
fn ends(name: &str) -> Option<(usize, usize)> {
    let (from, to) = name.split(' ').next()?.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// Asks the relay what the faults want, until nobody can want anything any more.
async fn obey<R, W>(
    mut client: Client<R, W>,
    mut requests: mpsc::Receiver<RelayRequest>,
    process: OpenProcess,
    kinds: &'static [Kind],
) where
    R: tokio::io::AsyncRead + Unpin,
    W: tokio::io::AsyncWrite + Unpin,
{
    while let Some(request) = requests.recv().await {
        let (result, reply) = match request {
            RelayRequest::Apply { fault, overlays, lease, reply } => {
                (client.apply(&fault, lease, &by_name(kinds, &overlays)).await, reply)
            }
            RelayRequest::Renew { fault, reply } => (client.renew(&fault).await, reply),
            RelayRequest::Remove { fault, reply } => (client.remove(&fault).await, reply),
            RelayRequest::Traffic { reply } => {
                let status = client.status().await.map_err(|error| error.to_string());
                let _ = reply.send(status.map(|status| traffic(&status)));
                continue;
            }
        };
        // An asker that gave up needs no answer.
        let _ = reply.send(result.map_err(|error| error.to_string()));
    }
    // Closes the relay's input: it heals everything and ends.
    drop(client);
    process.end().await;
}

fn by_name(kinds: &[Kind], overlays: &[(LinkId, Overlay)]) -> Vec<(String, Overlay)> {
    let named = |(id, overlay): &(LinkId, Overlay)| match *id {
        LinkId::Peer { from, to } => kinds.iter().map(|kind| (name(*kind, from, to), *overlay)).collect(),
        LinkId::User { .. } => Vec::new(),
    };
    overlays.iter().flat_map(named).collect()
}

/// What has passed, by link: the sum over its listeners.
fn traffic(status: &Status) -> Vec<LinkBytes> {
    let mut links: BTreeMap<(usize, usize), LinkBytes> = BTreeMap::new();
    for link in &status.links {
        let Some((from, to)) = ends(&link.name) else { continue };
        let sum = links.entry((from, to)).or_insert(LinkBytes { from, to, forward: 0, backward: 0 });
        sum.forward += link.traffic.forward.bytes;
        sum.backward += link.traffic.backward.bytes;
    }
    links.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wan::relay::control::{LinkStatus, TrafficFormat, WayTrafficFormat};

    fn passed(name: &str, forward: u64, backward: u64) -> LinkStatus {
        let way = |bytes| WayTrafficFormat { bytes, ..WayTrafficFormat::default() };
        let traffic = TrafficFormat { forward: way(forward), backward: way(backward), ..TrafficFormat::default() };
        LinkStatus { name: name.to_owned(), link: wan::Link::default().into(), connections: 0, traffic }
    }

    #[test]
    fn the_bytes_of_a_link_are_those_of_all_its_listeners() {
        let links = vec![
            passed(&name(Kind::Peers, 0, 1), 10, 1),
            passed(&name(Kind::Edge, 0, 1), 200, 20),
            passed(&name(Kind::Peers, 1, 0), 3_000, 300),
        ];
        let found = traffic(&Status { links, faults: Vec::new() });
        let expected = [(0, 1, 210, 21), (1, 0, 3_000, 300)];
        assert_eq!(found, expected.map(|(from, to, forward, backward)| LinkBytes { from, to, forward, backward }));
    }

    #[test]
    fn a_fault_of_a_link_lies_over_everything_that_it_carries() {
        let overlays = [(LinkId::Peer { from: 0, to: 2 }, Overlay::default())];
        let names = |kinds| by_name(kinds, &overlays).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&[Kind::Peers]), ["0-2"]);
        assert_eq!(names(&[Kind::Peers, Kind::Edge]), ["0-2", "0-2 edge"]);
    }
}
