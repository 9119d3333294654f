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
//!
//! A fault may hit some connections only ([`crate::link::Hits`]). Then each stream has its own view of the link, made when it looks
//! at a change and not before; what reset some of them is kept as a list, which a stream reads from where it looked last.

use super::{traffic::Traffic, traffic::TrafficCells, waiters::Waiters};
use crate::link::{Bottleneck, Drift, Hits, Link, LinkTime, Overlay, Stamp};
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
    /// How many connections have had luck of their own.
    lucky: AtomicU64,
    luck: Seed,
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
    /// What each stream's view is made of, where faults hit some of them only.
    selective: Option<Arc<Selective>>,
}

/// What a stream's own view of a link is made of.
#[derive(Debug)]
struct Selective {
    base: Link,
    laid: Vec<(FaultName, Laid)>,
    /// As many as there were changes at most, which the plan bounds.
    cuts: Vec<Cut>,
}

/// What lies over a link, and since when.
#[derive(Debug, Clone, Copy)]
struct Laid {
    overlay: Overlay,
    version: u64,
    since: LinkTime,
}

/// Connections that were reset once.
#[derive(Debug, Clone)]
struct Cut {
    fault: FaultName,
    hits: Hits,
    version: u64,
    since: LinkTime,
}

#[derive(Debug)]
struct Definition {
    base: Link,
    overlays: BTreeMap<FaultName, Laid>,
    cuts: Vec<Cut>,
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
        let effective = Arc::new(Effective::new(link, 0, 0, None));
        Self(Some(Arc::new(Shared {
            version: AtomicU64::new(0),
            definition: Mutex::new(Definition { base: link, overlays: BTreeMap::new(), cuts: Vec::new(), effective }),
            forward: Bottleneck::default(),
            backward: Bottleneck::default(),
            drift: Drift::new(seed),
            waiters: Waiters::default(),
            traffic: TrafficCells::default(),
            origin,
            lucky: AtomicU64::new(0),
            luck: seed.derive("luck"),
        })))
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
            definition.overlays.iter().map(|(fault, laid)| (fault.clone(), laid.overlay)).collect()
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
        if let Some(shared) = &self.0 {
            let since = shared.now();
            shared.redefine(|definition| definition.lay(fault, overlay, since));
        }
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

    /// The next connection, as the faults tell it from others.
    pub(crate) fn stamp(&self) -> Stamp {
        let number = self.lucky.fetch_add(1, Ordering::Relaxed);
        Stamp { version: self.version(), at: self.now(), luck: self.luck.derive_number(number) }
    }

    fn redefine(&self, change: impl FnOnce(&mut Definition)) {
        let mut definition = self.definition();
        change(&mut definition);
        let for_all = definition.overlays.values().filter(|laid| !laid.overlay.is_selective());
        let link = for_all.fold(definition.base, |link, laid| laid.overlay.over(link));
        let selective = definition.selective();
        let before = &definition.effective;
        if link == before.link && selective.is_none() && before.selective.is_none() {
            return;
        }
        let resets = before.resets + u64::from(link.rejects() && !before.link.rejects());
        let version = before.version + 1;
        definition.effective = Arc::new(Effective::new(link, version, resets, selective));
        self.version.store(version, Ordering::Release);
        drop(definition);
        self.waiters.wake_all();
    }

    fn definition(&self) -> MutexGuard<'_, Definition> {
        self.definition.lock().expect("nothing panics while it changes a link")
    }
}

impl Definition {
    fn lay(&mut self, fault: &FaultName, overlay: Overlay, since: LinkTime) {
        // The number of the change that this is.
        let version = self.effective.version + 1;
        let before = self.overlays.get(fault);
        let laid = before.map_or(Laid { overlay, version, since }, |laid| Laid { overlay, ..*laid });
        let resets_all = !overlay.is_selective() && !overlay.cuts;
        if before.is_none_or(|laid| !laid.overlay.resets()) && overlay.resets() && !resets_all {
            self.cuts.push(Cut { fault: fault.clone(), hits: overlay.hits, version, since });
        }
        self.overlays.insert(fault.clone(), laid);
    }

    /// What streams make their own views of; `None`: all have the same.
    fn selective(&self) -> Option<Arc<Selective>> {
        let differs = !self.cuts.is_empty() || self.overlays.values().any(|laid| laid.overlay.is_selective());
        differs.then(|| {
            let laid = self.overlays.iter().map(|(fault, laid)| (fault.clone(), *laid)).collect();
            Arc::new(Selective { base: self.base, laid, cuts: self.cuts.clone() })
        })
    }
}

impl Effective {
    fn new(link: Link, version: u64, resets: u64, selective: Option<Arc<Selective>>) -> Self {
        let (transparent, round_trip) = (link.is_transparent(), link.round_trip());
        Self { link, version, resets, transparent, round_trip, selective }
    }

    /// The link as that connection meets it.
    pub(crate) fn view(self: &Arc<Self>, connection: &Stamp) -> Arc<Self> {
        let Some(selective) = &self.selective else { return Arc::clone(self) };
        let hit = |fault: &FaultName, laid: &Laid| laid.overlay.hits.hit(connection, fault, laid.version, laid.since);
        let hits = selective.laid.iter().filter(|(fault, laid)| hit(fault, laid));
        let link = hits.fold(selective.base, |link, (_, laid)| laid.overlay.over(link));
        Arc::new(Self::new(link, self.version, self.resets, Some(Arc::clone(selective))))
    }

    /// Whether that connection, which looked at the link last in its change number `seen`, has been reset since.
    pub(crate) fn has_cut(&self, connection: &Stamp, seen: u64) -> bool {
        let cuts = self.selective.iter().flat_map(|selective| &selective.cuts).filter(|cut| cut.version > seen);
        let mut open = cuts.filter(|cut| connection.version < cut.version);
        open.any(|cut| cut.hits.hit(connection, &cut.fault, cut.version, cut.since))
    }
}
