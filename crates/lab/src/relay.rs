//! The lab's relay: one process for all links between regions, and the task that asks it in the faults' name.
//!
//! Several listeners may carry one link: the regions' own traffic, that of an edge to a region elsewhere, that of the
//! regions' PostgreSQL or NATS servers. They share no bandwidth, for a link between data centres has room for all of them,
//! but a fault of the link is one for all, and what passed over it is their sum.

use crate::{
    LabError, LabOptions,
    addresses::{self, Ports, Service},
    flows,
    process::{OpenProcess, Program},
};
use fault::{LinkBytes, RelayPort, RelayRequest};
use plan::resolved::{LinkCuts, ResolvedPlan, Target};
use std::collections::{BTreeMap, VecDeque};
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

/// Starts the relay with every link between two regions; answers how to ask it, and the task that does. Where the kernel cuts
/// links, it opens what it relays from where it listens.
pub(crate) async fn start(
    plan: &ResolvedPlan,
    network: &Network,
    ports: Ports,
    options: &LabOptions,
) -> Result<(RelayPort, JoinHandle<()>), LabError> {
    let services = crate::servers::services(plan);
    let cut_by_kernel = matches!(&plan.target, Target::Chirp(chirp) if chirp.cuts == LinkCuts::Kernel);
    let chosen = &services;
    let setups = network
        .links()
        .flat_map(|(id, link)| chosen.iter().filter_map(move |service| setup(*service, id, link.base(), ports)));
    let is_known = |setup: LinkSetup| match cut_by_kernel {
        true => LinkSetup { source: Some(flows::source(setup.listen)), ..setup },
        false => setup,
    };
    let links: Vec<LinkSetup> = setups.map(is_known).collect();
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
    let task = tokio::spawn(obey(client, requests, process, services));
    Ok((port, task))
}

/// What the relay is told of one link; users' links are none of its business.
fn setup(service: Service, id: LinkId, link: wan::Link, ports: Ports) -> Option<LinkSetup> {
    let LinkId::Peer { from, to } = id else { return None };
    let (listen, forward_to) = (addresses::link(service, from, to, ports), addresses::service(service, to, ports));
    Some(LinkSetup { name: name(service, from, to), listen, forward_to, source: None, link: link.into() })
}

fn name(service: Service, from: usize, to: usize) -> String {
    match service {
        Service::Peers => format!("{from}-{to}"),
        Service::Users => format!("{from}-{to} edge"),
        Service::Postgres => format!("{from}-{to} postgres"),
        Service::Nats => format!("{from}-{to} nats"),
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
    services: Vec<Service>,
) where
    R: tokio::io::AsyncRead + Unpin,
    W: tokio::io::AsyncWrite + Unpin,
{
    let mut waiting = VecDeque::new();
    loop {
        let next = match waiting.pop_front() {
            Some(request) => Some(request),
            None => requests.recv().await,
        };
        let Some(request) = next else { break };
        let (result, reply) = match request {
            RelayRequest::Apply { fault, overlays, lease, reply } => {
                (client.apply(&fault, lease, &by_name(&services, &overlays)).await, reply)
            }
            RelayRequest::Renew { fault, reply } => (client.renew(&fault).await, reply),
            RelayRequest::Remove { fault, reply } => (client.remove(&fault).await, reply),
            RelayRequest::Probe { links, probe, reply } => {
                let probing = client.probe(peer_names(&links), probe);
                let probed = unless_healing(probing, &mut requests, &mut waiting).await;
                let _ = reply.send(probed);
                continue;
            }
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

/// Measuring may take seconds, healing must not wait for it: what is to be taken away comes first, everything else in its turn.
/// The relay's own answer to what nobody waits for any more is passed over by its number.
async fn unless_healing<T>(
    probing: impl Future<Output = Result<T, ClientError>>,
    requests: &mut mpsc::Receiver<RelayRequest>,
    waiting: &mut VecDeque<RelayRequest>,
) -> Result<T, String> {
    let mut probing = std::pin::pin!(probing);
    loop {
        tokio::select! {
            probed = &mut probing => return probed.map_err(|error| error.to_string()),
            Some(request) = requests.recv(), if waiting.len() < REQUESTS_MAX => {
                let heals = matches!(request, RelayRequest::Remove { .. });
                if heals {
                    waiting.push_front(request);
                    return Err("a fault was healed meanwhile".to_owned());
                }
                waiting.push_back(request);
            }
        }
    }
}

/// The regions' own links of that list.
fn peer_names(links: &[LinkId]) -> Vec<String> {
    let name = |id: &LinkId| match *id {
        LinkId::Peer { from, to } => Some(name(Service::Peers, from, to)),
        LinkId::User { .. } => None,
    };
    links.iter().filter_map(name).collect()
}

fn by_name(services: &[Service], overlays: &[(LinkId, Overlay)]) -> Vec<(String, Overlay)> {
    let named = |(id, overlay): &(LinkId, Overlay)| match *id {
        LinkId::Peer { from, to } => services.iter().map(|service| (name(*service, from, to), *overlay)).collect(),
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
            passed(&name(Service::Peers, 0, 1), 10, 1),
            passed(&name(Service::Users, 0, 1), 200, 20),
            passed(&name(Service::Postgres, 0, 1), 40_000, 4_000),
            passed(&name(Service::Peers, 1, 0), 3_000, 300),
        ];
        let found = traffic(&Status { links, faults: Vec::new() });
        let expected = [(0, 1, 40_210, 4_021), (1, 0, 3_000, 300)];
        assert_eq!(found, expected.map(|(from, to, forward, backward)| LinkBytes { from, to, forward, backward }));
    }

    #[test]
    fn a_fault_of_a_link_lies_over_everything_that_it_carries() {
        let overlays = [(LinkId::Peer { from: 0, to: 2 }, Overlay::default())];
        let names =
            |services: &[Service]| by_name(services, &overlays).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&[Service::Peers]), ["0-2"]);
        assert_eq!(names(&[Service::Peers, Service::Users]), ["0-2", "0-2 edge"]);
    }
}
