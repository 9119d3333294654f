//! A link that lives: shared by all streams on it, changed while bytes are on it.
//!
//! ```text
//!   fault, plan ──▶ Definition (base + overlays) ──▶ Effective, version n+1 ──▶ wake all waiting streams
//!                                                        ▲
//!   stream: remembers version n, compares one word per poll ──┘
//! ```
//!
//! A stream keeps the last effective link it saw and compares the version on each poll, so an unchanged link costs one
//! atomic load that is in every core's cache. Streams that wait are woken at each change, on whichever thread they live.
//!
//! A stream that nobody polls during a change must not miss a reset: each change into [`crate::State::Reject`] raises the
//! link's count of resets, and a stream that was opened under another count is dead, whatever the link does now.

use super::{traffic::Traffic, traffic::TrafficCells, waiters::Waiters};
use crate::link::{Bottleneck, Drift, Link, LinkTime, Overlay};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use units::{FaultName, Seed};

/// A link shared by its streams. Cheap to clone; all clones are the same link.
#[derive(Debug, Clone)]
pub struct LinkHandle(Option<Arc<Shared>>);

/// What the streams of a link share.
#[derive(Debug)]
pub(crate) struct Shared {
    version: AtomicU64,
    definition: Mutex<Definition>,
    pub(crate) forward: Bottleneck,
    pub(crate) backward: Bottleneck,
    pub(crate) drift: Drift,
    pub(crate) waiters: Waiters,
    pub(crate) traffic: TrafficCells,
    origin: Instant,
}

/// The link as it behaves now.
#[derive(Debug)]
pub(crate) struct Effective {
    pub(crate) link: Link,
    pub(crate) version: u64,
    /// How often the link has begun to reject.
    pub(crate) resets: u64,
    pub(crate) transparent: bool,
    pub(crate) round_trip: Duration,
}

#[derive(Debug)]
struct Definition {
    base: Link,
    overlays: BTreeMap<FaultName, Overlay>,
    effective: Arc<Effective>,
}

impl LinkHandle {
    /// A link of its own. The seed decides its slow jitter; links with the same seed and age move together.
    #[must_use]
    pub fn new(link: Link, seed: Seed) -> Self {
        Self::with_origin(link, seed, Instant::now())
    }

    /// No link at all: streams pass straight through, and nothing can be changed or counted. For a target that is reached
    /// over the real network.
    #[must_use]
    pub fn unshaped() -> Self {
        Self(None)
    }

    pub(super) fn with_origin(link: Link, seed: Seed, origin: Instant) -> Self {
        let effective = Arc::new(Effective::new(link, 0, 0));
        Self(Some(Arc::new(Shared {
            version: AtomicU64::new(0),
            definition: Mutex::new(Definition { base: link, overlays: BTreeMap::new(), effective }),
            forward: Bottleneck::default(),
            backward: Bottleneck::default(),
            drift: Drift::new(seed),
            waiters: Waiters::default(),
            traffic: TrafficCells::default(),
            origin,
        })))
    }

    /// Whether there is a link that can be changed.
    #[must_use]
    pub fn is_shaped(&self) -> bool {
        self.0.is_some()
    }

    /// The link as it behaves now: base and all overlays.
    #[must_use]
    pub fn link(&self) -> Link {
        self.0.as_ref().map_or_else(Link::transparent, |shared| shared.effective().link)
    }

    /// The link without overlays.
    #[must_use]
    pub fn base(&self) -> Link {
        self.0.as_ref().map_or_else(Link::transparent, |shared| shared.definition().base)
    }

    /// The faults that lie over the link, by name.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultName> {
        self.0.iter().flat_map(|shared| shared.definition().overlays.keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// What lies over the link, by fault.
    #[must_use]
    pub fn overlays(&self) -> Vec<(FaultName, Overlay)> {
        let all = |shared: &Arc<Shared>| {
            let definition = shared.definition();
            definition.overlays.iter().map(|(fault, overlay)| (fault.clone(), *overlay)).collect()
        };
        self.0.as_ref().map(all).unwrap_or_default()
    }

    /// Replaces the base. Bytes on the way keep the instant at which they arrive. No effect on an unshaped link.
    pub fn set(&self, link: Link) {
        self.update(|base| *base = link);
    }

    /// Changes the base.
    pub fn update(&self, change: impl FnOnce(&mut Link)) {
        self.redefine(|definition| change(&mut definition.base));
    }

    /// Lays what a fault does over the link, replacing what the same fault did before.
    pub fn apply(&self, fault: &FaultName, overlay: Overlay) {
        self.redefine(|definition| {
            definition.overlays.insert(fault.clone(), overlay);
        });
    }

    /// Takes away what a fault did. Harmless when there is nothing; true when there was.
    pub fn remove(&self, fault: &FaultName) -> bool {
        let mut found = false;
        self.redefine(|definition| found = definition.overlays.remove(fault).is_some());
        found
    }

    /// What has passed so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.0.as_ref().map_or_else(Traffic::default, |shared| shared.traffic.sum())
    }

    pub(crate) fn shared(&self) -> Option<&Arc<Shared>> {
        self.0.as_ref()
    }

    fn redefine(&self, change: impl FnOnce(&mut Definition)) {
        if let Some(shared) = &self.0 {
            shared.redefine(change);
        }
    }
}

impl Shared {
    /// The number of the link's latest change.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn effective(&self) -> Arc<Effective> {
        Arc::clone(&self.definition().effective)
    }

    /// Now, on the link's clock.
    pub(crate) fn now(&self) -> LinkTime {
        LinkTime::ORIGIN.plus(Instant::now().saturating_duration_since(self.origin))
    }

    /// An instant of the link's clock as one to sleep until; `None` for [`LinkTime::NEVER`].
    pub(crate) fn instant(&self, time: LinkTime) -> Option<Instant> {
        (time != LinkTime::NEVER).then(|| self.origin + Duration::from_nanos(time.as_nanos()))
    }

    fn redefine(&self, change: impl FnOnce(&mut Definition)) {
        let mut definition = self.definition();
        change(&mut definition);
        let link = definition.overlays.values().fold(definition.base, |link, overlay| overlay.over(link));
        let before = &definition.effective;
        if link == before.link {
            return;
        }
        let resets = before.resets + u64::from(link.rejects() && !before.link.rejects());
        let version = before.version + 1;
        definition.effective = Arc::new(Effective::new(link, version, resets));
        self.version.store(version, Ordering::Release);
        drop(definition);
        self.waiters.wake_all();
    }

    fn definition(&self) -> MutexGuard<'_, Definition> {
        self.definition.lock().expect("nothing panics while it changes a link")
    }
}

impl Effective {
    fn new(link: Link, version: u64, resets: u64) -> Self {
        Self { link, version, resets, transparent: link.is_transparent(), round_trip: link.round_trip() }
    }
}
