//! What faults can act on, as plain handles: the target's addresses, the emulated network, the relay between regions, the
//! lab's processes. An attached target has just the first (and the second, where paths are emulated).

use crate::{
    FaultError,
    door::{Door, Tls},
};
use plan::{fault::ThirdParty, resolved::ResolvedPlan};
use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use units::{FaultName, RegionName, Share};
use wan::{
    LinkId, Overlay,
    kernel::Cuts,
    shaped::{Probe, Probed},
};

/// What faults can act on.
#[derive(Clone)]
pub struct Environment {
    /// The regions, in the resolved plan's order.
    pub regions: Vec<RegionName>,
    /// Where users reach each region, by region index; empty when unknown.
    pub user_addresses: Vec<Vec<SocketAddr>>,
    /// How many populations there are.
    pub populations: usize,
    /// The users' emulated links.
    pub network: wan::Network,
    /// Where one region reaches another (from index, to index), through the relay.
    pub peer_addresses: BTreeMap<(usize, usize), SocketAddr>,
    /// The relay that carries the links between regions.
    pub relay: Option<RelayPort>,
    /// The kernel that cuts links, where the plan wants that.
    pub kernel: Option<Cuts>,
    /// The lab's processes.
    pub processes: Option<ProcessPort>,
    /// The processes of a lab's Chirp, which can be made wrong while they run.
    pub chirp: Option<ChirpPorts>,
    /// The program that is started to hold a command hook, with its first arguments (`landfall hold-fault`).
    pub holder: Vec<String>,
    /// Where the hooks' own output goes.
    pub hook_log: PathBuf,
    /// The folder hooks run in: the plan's own, so that its relative paths hold.
    pub hook_folder: PathBuf,
    /// What hooks find in their environment besides the plan's own variables.
    pub hook_variables: BTreeMap<String, String>,
}

impl Environment {
    /// What is there before any target is: a plan's regions and populations, and the links of its users. Hooks would run in that
    /// folder; nobody holds them.
    #[must_use]
    pub fn of(plan: &ResolvedPlan, network: wan::Network, folder: &Path) -> Self {
        Self {
            regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
            user_addresses: Vec::new(),
            populations: plan.populations.len(),
            network,
            peer_addresses: BTreeMap::new(),
            relay: None,
            kernel: None,
            processes: None,
            chirp: None,
            holder: Vec::new(),
            hook_log: folder.join("hooks.log"),
            hook_folder: folder.to_owned(),
            hook_variables: BTreeMap::new(),
        }
    }

    /// The index of a region.
    #[must_use]
    pub fn region(&self, name: &RegionName) -> Option<usize> {
        self.regions.iter().position(|region| region == name)
    }

    /// How somebody comes in where users do.
    pub(crate) fn door(&self, address: SocketAddr) -> Door {
        self.chirp.as_ref().map_or_else(|| address.into(), |chirp| chirp.door(address))
    }

    /// Asks whoever owns the lab's processes, and waits for the answer; `what` needs them.
    pub(crate) async fn ask_lab<T>(
        &self,
        what: &'static str,
        request: impl FnOnce(oneshot::Sender<Result<T, String>>) -> ProcessRequest,
    ) -> Result<T, FaultError> {
        let port = self.processes.as_ref().ok_or(FaultError::NotPossible { what, needs: "processes of its own" })?;
        let (reply, answer) = oneshot::channel();
        port.send(request(reply)).await.map_err(|_| FaultError::Process("the lab is gone".to_owned()))?;
        let answer = answer.await.map_err(|_| FaultError::Process("the lab gave no answer".to_owned()))?;
        answer.map_err(FaultError::Process)
    }

    /// The id of the process of a region.
    pub(crate) async fn process_of(&self, region: &RegionName) -> Result<u32, FaultError> {
        let part = Part::Region(region.clone());
        self.ask_lab("this fault", |reply| ProcessRequest::Id { part, reply }).await
    }
}

/// Where the processes of Chirp are told what is to be wrong with them, and asked for what it takes to see that it is.
#[derive(Debug, Clone)]
pub struct ChirpPorts {
    /// Where each region's process is asked by its peers, and told, by region index.
    pub regions: Vec<SocketAddr>,
    /// Where each region's process is asked by users, by region index.
    pub users: Vec<SocketAddr>,
    /// Where the edges at each region's place are told, by region index; none at each where there are none.
    pub edges: Vec<Vec<SocketAddr>>,
    /// Where the geo-DNS is told.
    pub steering: SocketAddr,
    /// Where the geo-DNS answers.
    pub resolver: SocketAddr,
    /// The name that it answers for.
    pub name: String,
    /// What it leads users to at each region's place, by region index.
    pub targets: Vec<SteeringTarget>,
    /// Where users are served at each region's place, by region index: by its edges, or by itself where there are none.
    pub doors: Vec<Vec<SocketAddr>>,
    /// How hands are shaken with these doors; `None`: users come in without TLS.
    pub tls: Option<Tls>,
    /// How often it checks the health of each.
    pub health_interval: Duration,
    /// An address in each network that users ask from.
    pub askers: Vec<Ipv4Addr>,
    /// The lab's third parties; empty where there are none.
    pub third_parties: BTreeMap<ThirdParty, ThirdPartyPort>,
}

impl ChirpPorts {
    /// How somebody comes in at one of its addresses: with TLS where it is a door of users that has it.
    #[must_use]
    pub fn door(&self, address: SocketAddr) -> Door {
        let is_door = self.doors.iter().flatten().any(|door| *door == address);
        let tls = if is_door { self.tls.clone() } else { None };
        Door { address, tls }
    }
}

/// Where a third party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThirdPartyPort {
    /// Where regions call it.
    pub calls: SocketAddr,
    /// Where it is told what is to be wrong with it.
    pub admin: SocketAddr,
}

/// What the geo-DNS leads users to at a region's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SteeringTarget {
    /// What it is called there; of several edges, the first one.
    pub name: String,
    /// Its address; of several edges, those of all.
    pub addresses: Vec<Ipv4Addr>,
}

/// A part of the lab that runs as a process with everything that it started.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A region.
    Region(RegionName),
    /// An edge at a region's place: which of those there, from 0.
    Edge(RegionName, u32),
    /// The geo-DNS with its health checks.
    Steering,
    /// A third party, which is none of Chirp's.
    ThirdParty(ThirdParty),
}

impl Part {
    /// These regions.
    #[must_use]
    pub fn regions(regions: &[RegionName]) -> Vec<Self> {
        regions.iter().cloned().map(Self::Region).collect()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(region) => write!(formatter, "{region}"),
            Self::Edge(region, number) => write!(formatter, "edge {} at {region}", number + 1),
            Self::Steering => write!(formatter, "the geo-DNS"),
            Self::ThirdParty(party) => write!(formatter, "the third party for {}", party.as_str()),
        }
    }
}

/// Another version of what a part of the lab runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What is run instead of `landfall chirp`: program and first arguments; empty: the same.
    pub program: Vec<String>,
    /// What it is told besides.
    pub arguments: Vec<String>,
}

/// A request to whoever owns the lab's processes.
#[derive(Debug)]
pub enum ProcessRequest {
    /// Kill every process of these with SIGKILL, all at once; answered when they are gone.
    Kill {
        /// Which.
        parts: Vec<Part>,
        /// What was killed, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// Let the processes of these run that part of the time: none of it, some, or all of it again.
    Throttle {
        /// Which.
        parts: Vec<Part>,
        /// The part of the time.
        running: Share,
        /// What was done, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// Keep a copy of the data of these regions as it is now; one that was kept before is forgotten.
    KeepData {
        /// Which; regions only.
        parts: Vec<Part>,
        /// What was copied, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// Put the kept copies in the place of the data of these regions, which must not run.
    PutBackData {
        /// Which; regions only.
        parts: Vec<Part>,
        /// What was done, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// Let the processes of these open so many more descriptors and no more, or as many as before.
    LimitDescriptors {
        /// Which.
        parts: Vec<Part>,
        /// How many more; `None`: as before.
        left: Option<u32>,
        /// What was done, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// Stop these in order and start them again, all at once, as another version or as their own; answered when they serve. Those that
    /// run their own are left as they are when it is wanted again.
    Replace {
        /// Which.
        parts: Vec<Part>,
        /// What is run from then on; `None`: their own.
        release: Option<Release>,
        /// What was done, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
    /// Tell the id of the process of a part, to see what the kernel counts for it.
    Id {
        /// Which.
        part: Part,
        /// Its id, or why there is none.
        reply: oneshot::Sender<Result<u32, String>>,
    },
    /// Start these again, all at once; answered when they serve. Those that run are left as they are.
    Start {
        /// Which.
        parts: Vec<Part>,
        /// What was started, in words.
        reply: oneshot::Sender<Result<String, String>>,
    },
}

/// The way to whoever owns the lab's processes.
pub type ProcessPort = mpsc::Sender<ProcessRequest>;

/// A request to whoever owns the relay between the regions.
#[derive(Debug)]
pub enum RelayRequest {
    /// Lay overlays over links, held for that long unless renewed.
    Apply {
        /// In whose name.
        fault: FaultName,
        /// What is laid over which link between regions.
        overlays: Vec<(LinkId, Overlay)>,
        /// The relay removes them by itself after this long without a renewal.
        lease: Duration,
        /// Done, or why not.
        reply: oneshot::Sender<Result<(), String>>,
    },
    /// Renew the lease.
    Renew {
        /// Of which fault.
        fault: FaultName,
        /// Done, or why not.
        reply: oneshot::Sender<Result<(), String>>,
    },
    /// Remove what was laid over links.
    Remove {
        /// In whose name.
        fault: FaultName,
        /// Done, or why not.
        reply: oneshot::Sender<Result<(), String>>,
    },
    /// Measure links between regions by using them.
    Probe {
        /// Which links.
        links: Vec<LinkId>,
        /// How.
        probe: Probe,
        /// What became of each connection, in the order of the links, or why they can't be measured.
        reply: oneshot::Sender<Result<Vec<Vec<Probed>>, String>>,
    },
    /// Tell how much has passed so far.
    Traffic {
        /// For each link between regions, or why it can't be told.
        reply: oneshot::Sender<Result<Vec<LinkBytes>, String>>,
    },
}

/// How many bytes have passed over a link between regions, all its connections together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkBytes {
    /// Region index of the side that opens connections.
    pub from: usize,
    /// Region index of the side that accepts them.
    pub to: usize,
    /// Bytes from the opening side.
    pub forward: u64,
    /// Bytes from the accepting side.
    pub backward: u64,
}

/// The way to whoever owns the relay.
pub type RelayPort = mpsc::Sender<RelayRequest>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_one_place_are_told_apart_by_one_scheme() {
        let edges = [0, 1].map(|number| Part::Edge("eu-west-1".into(), number).to_string());
        assert_eq!(edges, ["edge 1 at eu-west-1", "edge 2 at eu-west-1"]);
    }
}
