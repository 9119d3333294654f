//! Which links a fault touches, and what it does to each. Pure: the same list drives the in-process network and the relays.
//!
//! ```text
//!   users ── User { population, region } ──▶ region          forward: towards the region
//!   region a ── Peer { from: a, to: b } ──▶ region b         forward: a to b, on connections that a opened
//!   region b ── Peer { from: b, to: a } ──▶ region a         backward: a to b, on connections that b opened
//! ```
//!
//! "What a sends to b is cut" therefore is two overlays: forward on a's connections, backward on b's.
//!
//! Faults of processes and command hooks touch no link.

use crate::link::{Connections, Hits, Loss, Overlay, SEGMENT_BYTES, Slice, State, WayOverlay};
use plan::{
    fault::{
        CutManner, Established, LinkBytes, LinkDelay, LinkEnds, Middlebox, NoisyNeighbour, Partition, RegionIsolated,
    },
    resolved::{Direction, FaultKind, IsolatedFrom, Manner, ResolvedPlan},
};
use std::time::Duration;
use units::{Bandwidth, RegionName, Share};

/// Names a link of a plan, by the plan's indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkId {
    /// From the users of a population to a region.
    User {
        /// Population index.
        population: usize,
        /// Region index.
        region: usize,
    },
    /// On connections that one region opens to another.
    Peer {
        /// Index of the opening region.
        from: usize,
        /// Index of the accepting region.
        to: usize,
    },
}

/// Who is at the ends of a plan's links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ends {
    /// How many populations there are.
    pub populations: usize,
    /// The regions, by index.
    pub regions: Vec<RegionName>,
}

impl Ends {
    /// Those of a plan.
    #[must_use]
    pub fn of_plan(plan: &ResolvedPlan) -> Self {
        let regions = plan.regions.iter().map(|region| region.name.clone()).collect();
        Self { populations: plan.populations.len(), regions }
    }
}

/// What that fault does to the links between those ends. Empty when it touches none, or names a region that isn't there.
#[must_use]
pub fn effect(kind: &FaultKind, ends: &Ends) -> Vec<(LinkId, Overlay)> {
    let index = |name: &RegionName| ends.regions.iter().position(|region| region == name);
    let pair = |one: &RegionName, other: &RegionName, overlay: Overlay| match (index(one), index(other)) {
        (Some(one), Some(other)) => both_openers(one, other, overlay),
        _ => Vec::new(),
    };
    match kind {
        FaultKind::RegionIsolated(RegionIsolated { region, from, manner, established }) => {
            let overlay = cut(Direction::Both, *manner, *established);
            index(region).map(|region| ends.isolated(region, *from, overlay)).unwrap_or_default()
        }
        FaultKind::Partition(Partition { between, and, direction, manner, established }) => {
            pair(between, and, cut(*direction, *manner, *established))
        }
        FaultKind::NetworkSplit(split) => {
            let overlay = cut(Direction::Both, split.manner, split.established);
            split.pairs.iter().flat_map(|(one, other)| pair(one, other, overlay)).collect()
        }
        FaultKind::LinkDelay(LinkDelay { region, peer, delay, jitter }) => {
            ends.along(&LinkEnds { region: region.clone(), peer: peer.clone() }, Overlay::delay(*delay, *jitter))
        }
        kind => along(kind).map(|(link, overlay)| ends.along(link, overlay)).unwrap_or_default(),
    }
}

/// The link of a fault that is about one, and what it does to it; `None` for faults that are not about a link.
fn along(kind: &FaultKind) -> Option<(&LinkEnds, Overlay)> {
    let way = |way: WayOverlay| Overlay::both(way);
    let plain = WayOverlay::default();
    Some(match kind {
        FaultKind::LinkLoss(fault) => {
            let loss = Loss { share: fault.loss, burst: fault.burst };
            (&fault.link, way(WayOverlay { loss: Some(loss), ..plain }))
        }
        FaultKind::LinkBandwidth(fault) => (&fault.link, Overlay::bandwidth(fault.rate)),
        FaultKind::NoisyNeighbour(fault) => (&fault.link, neighbour(fault)),
        FaultKind::LinkStall(fault) => (&fault.link, Overlay::state(Direction::Both, State::Stall)),
        FaultKind::LinkMtu(fault) => (&fault.link, way(WayOverlay { mtu: Some(fault.bytes), ..plain })),
        FaultKind::LinkBytes(LinkBytes { link, does }) => {
            let overlay = match *does {
                Middlebox::Slice { bytes, pause } => WayOverlay { slice: Some(Slice { bytes, pause }), ..plain },
                Middlebox::Limit { bytes } => WayOverlay { limit: Some(bytes), ..plain },
                Middlebox::SlowClose { delay } => WayOverlay { close_delay: delay, ..plain },
            };
            (link, way(overlay))
        }
        FaultKind::ConnectSlow(fault) => (&fault.link, Overlay { connect_delay: fault.delay, ..Overlay::default() }),
        FaultKind::ConnectRefused(fault) => {
            let hits = some_of(Connections::New, fault.share);
            (&fault.link, Overlay { hits, ..Overlay::state(Direction::Both, State::Reject) })
        }
        FaultKind::ConnectionsCut(fault) => {
            let hits = some_of(Connections::Open, fault.share);
            let overlay = match fault.manner {
                CutManner::Reset => Overlay { cuts: true, ..Overlay::default() },
                CutManner::Silent => Overlay::state(Direction::Both, State::BlackHole),
            };
            (&fault.link, Overlay { hits, ..overlay })
        }
        _ => return None,
    })
}

fn some_of(connections: Connections, share: Share) -> Hits {
    Hits { connections, share, older_than: Duration::ZERO }
}

/// What is left of a link, and the queue that a packet finds there: the mean wait behind packets of one length that come at
/// random (M/D/1), load / (2 × (1 − load)) of the time that one takes.
#[expect(clippy::cast_precision_loss, reason = "a bandwidth is far below 2^53")]
fn neighbour(fault: &NoisyNeighbour) -> Overlay {
    let (capacity, takes) = (fault.capacity.bits_per_second(), fault.takes.bits_per_second());
    let load = takes as f64 / capacity as f64;
    let packet = f64::from(SEGMENT_BYTES) * 8.0 / capacity as f64;
    let wait = Duration::from_secs_f64((packet * load / (2.0 * (1.0 - load))).min(1.0));
    let bandwidth = Bandwidth::from_bits_per_second(capacity.saturating_sub(takes));
    Overlay::both(WayOverlay { bandwidth, delay: wait, ..WayOverlay::default() })
}

/// A cut in that manner, with what it does to open connections.
fn cut(direction: Direction, manner: Manner, established: Established) -> Overlay {
    let overlay = Overlay::state(direction, state(manner));
    match established {
        Established::Keep => overlay,
        // A link that rejects resets them by itself.
        Established::Cut if manner == Manner::Reject => overlay,
        Established::Cut => Overlay { cuts: true, ..overlay },
        Established::NewOnly => Overlay { hits: some_of(Connections::New, Share::WHOLE), ..overlay },
    }
}

/// The state that a manner of cutting means.
#[must_use]
pub fn state(manner: Manner) -> State {
    match manner {
        Manner::Drop => State::BlackHole,
        Manner::Reject => State::Reject,
        Manner::Stall => State::Stall,
    }
}

impl Ends {
    fn isolated(&self, region: usize, from: IsolatedFrom, overlay: Overlay) -> Vec<(LinkId, Overlay)> {
        let users = (from != IsolatedFrom::Peers).then(|| self.users_of(region, overlay));
        let peers = (from != IsolatedFrom::Users).then(|| self.peers_of(region, overlay));
        users.into_iter().chain(peers).flatten().collect()
    }

    /// The overlay, as seen from the region, on its link to its peer or on those of its users.
    fn along(&self, link: &LinkEnds, overlay: Overlay) -> Vec<(LinkId, Overlay)> {
        let index = |name: &RegionName| self.regions.iter().position(|region| region == name);
        match (index(&link.region), link.peer.as_ref().map(index)) {
            (Some(region), None) => self.users_of(region, overlay),
            (Some(region), Some(Some(peer))) => both_openers(region, peer, overlay),
            _ => Vec::new(),
        }
    }

    fn users_of(&self, region: usize, overlay: Overlay) -> Vec<(LinkId, Overlay)> {
        (0..self.populations).map(|population| (LinkId::User { population, region }, overlay)).collect()
    }

    fn peers_of(&self, region: usize, overlay: Overlay) -> Vec<(LinkId, Overlay)> {
        let peers = (0..self.regions.len()).filter(|peer| *peer != region);
        peers.flat_map(|peer| both_openers(region, peer, overlay)).collect()
    }
}

/// The overlay, as seen from `one`, on the connections of both.
fn both_openers(one: usize, other: usize, overlay: Overlay) -> Vec<(LinkId, Overlay)> {
    vec![(LinkId::Peer { from: one, to: other }, overlay), (LinkId::Peer { from: other, to: one }, overlay.reversed())]
}
