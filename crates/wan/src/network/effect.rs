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
//! A region's loss and a command hook touch no link: processes are killed, commands are run.

use crate::link::{Overlay, State};
use plan::{
    fault::{LinkDelay, Partition, RegionIsolated},
    resolved::{Direction, FaultKind, IsolatedFrom, Manner, ResolvedPlan},
};
use units::RegionName;

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
    match kind {
        FaultKind::RegionLoss(_) | FaultKind::Command(_) => Vec::new(),
        FaultKind::RegionIsolated(RegionIsolated { region, from, manner }) => {
            index(region).map(|region| ends.isolated(region, *from, *manner)).unwrap_or_default()
        }
        FaultKind::Partition(Partition { between, and, direction, manner }) => match (index(between), index(and)) {
            (Some(between), Some(and)) => both_openers(between, and, Overlay::state(*direction, state(*manner))),
            _ => Vec::new(),
        },
        FaultKind::LinkDelay(LinkDelay { region, peer, delay, jitter }) => {
            let overlay = Overlay::delay(*delay, *jitter);
            match (index(region), peer.as_ref().map(index)) {
                (Some(region), None) => ends.users_of(region, overlay),
                (Some(region), Some(Some(peer))) => both_openers(region, peer, overlay),
                _ => Vec::new(),
            }
        }
    }
}

/// The state that a manner of cutting means.
#[must_use]
pub fn state(manner: Manner) -> State {
    match manner {
        Manner::Drop => State::BlackHole,
        Manner::Reject => State::Reject,
    }
}

impl Ends {
    fn isolated(&self, region: usize, from: IsolatedFrom, manner: Manner) -> Vec<(LinkId, Overlay)> {
        let overlay = Overlay::state(Direction::Both, state(manner));
        let users = (from != IsolatedFrom::Peers).then(|| self.users_of(region, overlay));
        let peers = (from != IsolatedFrom::Users).then(|| self.peers_of(region, overlay));
        users.into_iter().chain(peers).flatten().collect()
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
