//! The lab's relay: one process for all links between regions, and the task that asks it in the faults' name.

use crate::{
    LabError, LabOptions,
    addresses::{self, Ports},
    process::{OpenProcess, Program},
};
use fault::{RelayPort, RelayRequest};
use plan::resolved::ResolvedPlan;
use tokio::{sync::mpsc, task::JoinHandle};
use units::Seed;
use wan::{
    LinkId, Network, Overlay,
    relay::{Client, ClientError, control::LinkSetup},
};

const REQUESTS_MAX: usize = 16;

/// Starts the relay with every link between two regions; answers how to ask it, and the task that does.
pub(crate) async fn start(
    plan: &ResolvedPlan,
    network: &Network,
    ports: Ports,
    options: &LabOptions,
) -> Result<(RelayPort, JoinHandle<()>), LabError> {
    let links: Vec<LinkSetup> = network.links().filter_map(|(id, link)| setup(id, link.base(), ports)).collect();
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
    let task = tokio::spawn(obey(client, requests, process));
    Ok((port, task))
}

/// What the relay is told of one link; users' links are none of its business.
fn setup(id: LinkId, link: wan::Link, ports: Ports) -> Option<LinkSetup> {
    let LinkId::Peer { from, to } = id else { return None };
    Some(LinkSetup {
        name: name(from, to),
        listen: addresses::link(from, to, ports),
        forward_to: addresses::peers(to, ports),
        link: link.into(),
    })
}

fn name(from: usize, to: usize) -> String {
    format!("{from}-{to}")
}

/// Asks the relay what the faults want, until nobody can want anything any more.
async fn obey<R, W>(mut client: Client<R, W>, mut requests: mpsc::Receiver<RelayRequest>, process: OpenProcess)
where
    R: tokio::io::AsyncRead + Unpin,
    W: tokio::io::AsyncWrite + Unpin,
{
    while let Some(request) = requests.recv().await {
        let (result, reply) = match request {
            RelayRequest::Apply { fault, overlays, lease, reply } => {
                (client.apply(&fault, lease, &by_name(&overlays)).await, reply)
            }
            RelayRequest::Renew { fault, reply } => (client.renew(&fault).await, reply),
            RelayRequest::Remove { fault, reply } => (client.remove(&fault).await, reply),
        };
        // An asker that gave up needs no answer.
        let _ = reply.send(result.map_err(|error| error.to_string()));
    }
    // Closes the relay's input: it heals everything and ends.
    drop(client);
    process.end().await;
}

fn by_name(overlays: &[(LinkId, Overlay)]) -> Vec<(String, Overlay)> {
    let named = |(id, overlay): &(LinkId, Overlay)| match id {
        LinkId::Peer { from, to } => Some((name(*from, *to), *overlay)),
        LinkId::User { .. } => None,
    };
    overlays.iter().filter_map(named).collect()
}
