//! The network of a run: a table of links, and the faults that lie over them.
//!
//! One link per population and region, and one per ordered pair of regions (the first opens the connection). Where the
//! plan doesn't emulate paths the links are transparent, so that a fault can still cut them.

mod effect;
mod handle;
mod traffic;
mod waiters;

pub use effect::{LinkId, effect, state};
pub use handle::LinkHandle;
pub(crate) use handle::{Effective, Shared};
pub(crate) use traffic::Counter;
pub use traffic::{Traffic, WayTraffic};

use crate::link::{Link, Overlay};
use plan::resolved::{FaultKind, ResolvedPlan};
use std::collections::BTreeMap;
use tokio::time::Instant;
use units::{FaultName, Seed};

/// All links of a run. Cheap to clone; all clones are the same network.
#[derive(Debug, Clone)]
pub struct Network {
    links: std::sync::Arc<BTreeMap<LinkId, LinkHandle>>,
}

impl Network {
    /// The network that a plan describes.
    #[must_use]
    pub fn from_plan(plan: &ResolvedPlan) -> Self {
        let users = plan.populations.iter().enumerate().flat_map(|(population, users)| {
            let link = move |region| users.paths.get(region).map_or_else(Link::transparent, Link::from_path);
            (0..plan.regions.len()).map(move |region| (LinkId::User { population, region }, link(region)))
        });
        let mut links: BTreeMap<LinkId, Link> = users.collect();
        for (from, to) in ordered_pairs(plan.regions.len()) {
            links.insert(LinkId::Peer { from, to }, Link::transparent());
        }
        for peer in &plan.peer_paths {
            let link = Link::from_path(&peer.path);
            links.insert(LinkId::Peer { from: peer.from, to: peer.to }, link);
            links.insert(LinkId::Peer { from: peer.to, to: peer.from }, link);
        }
        Self::from_links(links, plan.seed.derive("network"))
    }

    /// A network of so many populations and regions whose links pass everything, and can be cut.
    #[must_use]
    pub fn transparent(populations: usize, regions: usize) -> Self {
        let users =
            (0..populations).flat_map(|population| (0..regions).map(move |region| LinkId::User { population, region }));
        let peers = ordered_pairs(regions).map(|(from, to)| LinkId::Peer { from, to });
        Self::from_links(users.chain(peers).map(|id| (id, Link::transparent())), Seed::new(0))
    }

    /// A network of the given links. Their slow jitter derives from the seed, by pair of places.
    #[must_use]
    pub fn from_links(links: impl IntoIterator<Item = (LinkId, Link)>, seed: Seed) -> Self {
        let origin = Instant::now();
        let handle = |(id, link)| (id, LinkHandle::with_origin(link, drift_seed(id, seed), origin));
        Self { links: std::sync::Arc::new(links.into_iter().map(handle).collect()) }
    }

    /// The link from a population's users to a region.
    ///
    /// # Panics
    /// When the network hasn't that link: a stream without its path would look like a fast region.
    #[must_use]
    pub fn user_link(&self, population: usize, region: usize) -> LinkHandle {
        self.link(LinkId::User { population, region })
    }

    /// The link of connections that one region opens to another.
    ///
    /// # Panics
    /// When the network hasn't that link.
    #[must_use]
    pub fn peer_link(&self, from: usize, to: usize) -> LinkHandle {
        self.link(LinkId::Peer { from, to })
    }

    /// The link with that name.
    ///
    /// # Panics
    /// When the network hasn't that link.
    #[must_use]
    pub fn link(&self, id: LinkId) -> LinkHandle {
        self.links.get(&id).cloned().expect("the network has a link for each pair of its plan")
    }

    /// All links, in order of their names.
    pub fn links(&self) -> impl Iterator<Item = (LinkId, &LinkHandle)> {
        self.links.iter().map(|(id, handle)| (*id, handle))
    }

    /// Injects what a fault of the plan does to links; says to how many. Zero: it touches none.
    pub fn inject(&self, fault: &FaultName, kind: &FaultKind, plan: &ResolvedPlan) -> usize {
        self.apply(fault, &effect(kind, plan))
    }

    /// Lays overlays over links, in the name of a fault; says over how many. Links that the network hasn't are skipped.
    pub fn apply(&self, fault: &FaultName, overlays: &[(LinkId, Overlay)]) -> usize {
        let known = overlays.iter().filter_map(|(id, overlay)| Some((self.links.get(id)?, *overlay)));
        known.map(|(handle, overlay)| handle.apply(fault, overlay)).count()
    }

    /// Heals a fault on all links; says on how many it lay. Harmless when there is nothing to heal.
    pub fn heal(&self, fault: &FaultName) -> usize {
        self.links.values().filter(|handle| handle.remove(fault)).count()
    }

    /// Heals everything.
    pub fn heal_all(&self) {
        for handle in self.links.values() {
            for fault in handle.faults() {
                handle.remove(&fault);
            }
        }
    }

    /// The faults that lie over any link: empty is the proof that nothing is left behind.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultName> {
        let mut faults: Vec<_> = self.links.values().flat_map(LinkHandle::faults).collect();
        faults.sort();
        faults.dedup();
        faults
    }
}

fn ordered_pairs(regions: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..regions).flat_map(move |from| (0..regions).map(move |to| (from, to))).filter(|(from, to)| from != to)
}

/// Both links between two regions drift together: it is one path.
fn drift_seed(id: LinkId, seed: Seed) -> Seed {
    let (kind, one, other) = match id {
        LinkId::User { population, region } => ("user", population, region),
        LinkId::Peer { from, to } => ("peer", from.min(to), from.max(to)),
    };
    seed.derive(kind).derive_number(one as u64).derive_number(other as u64)
}
