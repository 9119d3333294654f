//! The network of a run: a table of links, and the faults that lie over them.
//!
//! One link per population and region, and one per ordered pair of regions (the first opens the connection). Where the
//! plan doesn't emulate paths the links are transparent, so that a fault can still cut them.

mod effect;
mod handle;
mod traffic;
mod waiters;

#[cfg(test)]
mod tests;

pub use effect::{Ends, LinkId, effect, state};
pub use handle::LinkHandle;
pub(crate) use handle::{Effective, Shared};
pub(crate) use traffic::Counter;
pub use traffic::{Traffic, WayTraffic};

use crate::link::{Link, Overlay};
use plan::resolved::{FaultKind, PeerPath, Population, ResolvedPlan};
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::watch, time::Instant};
use units::{FaultName, RegionName, Seed};

/// All links of a run. Cheap to clone; all clones are the same network.
#[derive(Debug, Clone)]
pub struct Network {
    links: Arc<BTreeMap<LinkId, LinkHandle>>,
    ends: Arc<Ends>,
    /// Counts the changes of what faults do.
    changes: Arc<watch::Sender<u64>>,
}

impl Network {
    /// The network that a plan describes.
    #[must_use]
    pub fn from_plan(plan: &ResolvedPlan) -> Self {
        let ends = Ends::of_plan(plan);
        let links = links(&ends, &plan.populations, &plan.peer_paths);
        Self::from_links(ends, links, plan.seed.derive("network"))
    }

    /// A network of so many populations and regions whose links pass everything, and can be cut. Regions have no names.
    #[must_use]
    pub fn transparent(populations: usize, regions: usize) -> Self {
        let ends = Ends { populations, regions: vec![RegionName::new(""); regions] };
        let links = links(&ends, &[], &[]);
        Self::from_links(ends, links, Seed::new(0))
    }

    /// A network of the given links. Their slow jitter derives from the seed, by pair of places.
    #[must_use]
    pub fn from_links(ends: Ends, links: impl IntoIterator<Item = (LinkId, Link)>, seed: Seed) -> Self {
        let origin = Instant::now();
        let handle = |(id, link)| (id, LinkHandle::with_origin(link, drift_seed(id, seed), origin));
        let links = Arc::new(links.into_iter().map(handle).collect());
        Self { links, ends: Arc::new(ends), changes: Arc::new(watch::channel(0).0) }
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
    pub fn inject(&self, fault: &FaultName, kind: &FaultKind) -> usize {
        self.apply(fault, &effect(kind, &self.ends))
    }

    /// Lays overlays over links, in the name of a fault; says over how many. Links that the network hasn't are skipped.
    pub fn apply(&self, fault: &FaultName, overlays: &[(LinkId, Overlay)]) -> usize {
        let known = overlays.iter().filter_map(|(id, overlay)| Some((self.links.get(id)?, *overlay)));
        let count = known.map(|(handle, overlay)| handle.apply(fault, overlay)).count();
        self.changed();
        count
    }

    /// Heals a fault on all links; says on how many it lay. Harmless when there is nothing to heal.
    pub fn heal(&self, fault: &FaultName) -> usize {
        let count = self.links.values().filter(|handle| handle.remove(fault)).count();
        self.changed();
        count
    }

    /// Heals everything.
    pub fn heal_all(&self) {
        for handle in self.links.values() {
            for fault in handle.faults() {
                handle.remove(&fault);
            }
        }
        self.changed();
    }

    /// Lays exactly these overlays over the links, and no others: how a copy of this network in another process follows it.
    /// Links that the network hasn't are skipped.
    pub fn follow(&self, overlays: &[(FaultName, LinkId, Overlay)]) {
        for (id, handle) in self.links() {
            let wanted = overlays.iter().filter(|(_, over, _)| *over == id);
            let wanted: BTreeMap<&FaultName, Overlay> = wanted.map(|(fault, _, overlay)| (fault, *overlay)).collect();
            let there = handle.overlays();
            for (fault, _) in there.iter().filter(|(fault, _)| !wanted.contains_key(fault)) {
                handle.remove(fault);
            }
            for (fault, overlay) in wanted {
                if !there.iter().any(|(known, over)| known == fault && *over == overlay) {
                    handle.apply(fault, overlay);
                }
            }
        }
        self.changed();
    }

    /// What lies over which link, in order of the links.
    #[must_use]
    pub fn overlays(&self) -> Vec<(FaultName, LinkId, Overlay)> {
        let of = |(id, handle): (LinkId, &LinkHandle)| {
            handle.overlays().into_iter().map(move |(fault, overlay)| (fault, id, overlay))
        };
        self.links().flat_map(of).collect()
    }

    /// Told of each change of what faults do: by [`Self::apply`], [`Self::heal`] and their sisters. A change of a single
    /// [`LinkHandle`] is not seen.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
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

/// All links between those ends; transparent where there is no path.
fn links(ends: &Ends, populations: &[Population], peer_paths: &[PeerPath]) -> BTreeMap<LinkId, Link> {
    let regions = ends.regions.len();
    let user_path = |population: usize, region: usize| populations.get(population)?.paths.get(region);
    let users = (0..ends.populations).flat_map(|population| (0..regions).map(move |region| (population, region)));
    let mut links: BTreeMap<LinkId, Link> = users
        .map(|(population, region)| {
            let link = user_path(population, region).map_or_else(Link::transparent, Link::from_path);
            (LinkId::User { population, region }, link)
        })
        .collect();
    links.extend(ordered_pairs(regions).map(|(from, to)| (LinkId::Peer { from, to }, Link::transparent())));
    for PeerPath { from, to, path } in peer_paths {
        links.insert(LinkId::Peer { from: *from, to: *to }, Link::from_path(path));
        links.insert(LinkId::Peer { from: *to, to: *from }, Link::from_path(path));
    }
    links
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
