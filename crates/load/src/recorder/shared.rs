//! The few words that all threads of a run share. None is touched per request.

use crate::arrivals::{Parts, Shape};
use record::Histogram;
use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use units::RunTime;

/// What all threads of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// By population: where it was last said to go.
    announced: Vec<Announced>,
    /// By population and region: microseconds of the last success that was published, plus one; 0: never.
    served: Vec<AtomicU64>,
    /// Send lags of each thread since somebody looked.
    lags: Vec<Mutex<Histogram>>,
    stop: AtomicBool,
    /// What others go on with, and from when after the start of the load.
    given: RwLock<Vec<(Duration, Parts)>>,
    gives: AtomicBool,
    /// What the load is like since somebody held it, and how often that was said.
    shape: RwLock<Option<Arc<Shape>>>,
    shapes: AtomicU64,
}

#[derive(Debug, Default)]
struct Announced {
    /// Region index + 1; 0: not yet.
    region: AtomicU64,
    /// Microseconds.
    at: AtomicU64,
}

impl Shared {
    pub(crate) fn new(populations: usize, regions: usize, threads: usize) -> Self {
        Self {
            announced: (0..populations).map(|_| Announced::default()).collect(),
            served: (0..populations * regions).map(|_| AtomicU64::new(0)).collect(),
            lags: (0..threads).map(|_| Mutex::default()).collect(),
            stop: AtomicBool::new(false),
            given: RwLock::default(),
            gives: AtomicBool::new(false),
            shape: RwLock::default(),
            shapes: AtomicU64::new(0),
        }
    }

    /// Others go on with these parts from then on, after the start of the load.
    pub(crate) fn give(&self, from: Duration, parts: Parts) {
        // A thread that panicked while it looked has changed nothing.
        self.given.write().unwrap_or_else(PoisonError::into_inner).push((from, parts));
        self.gives.store(true, Ordering::Release);
    }

    /// From when on number `n` of a population is somebody else's, after the start of the load; `None`: it isn't.
    pub(crate) fn given(&self, population: usize, n: u64) -> Option<Duration> {
        if !self.gives.load(Ordering::Acquire) {
            return None;
        }
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        let owned = given.iter().filter(|(_, parts)| parts.of(population).is_some_and(|part| part.owns(n)));
        owned.map(|(from, _)| *from).min()
    }

    /// The load is like that now, the same as before until some time that is still to come.
    pub(crate) fn reshape(&self, shape: Arc<Shape>) {
        // A thread that panicked while it looked has changed nothing.
        *self.shape.write().unwrap_or_else(PoisonError::into_inner) = Some(shape);
        self.shapes.fetch_add(1, Ordering::Release);
    }

    /// What the load is like, if that is news to who has followed it so far.
    pub(crate) fn shape_after(&self, followed: &Cell<u64>) -> Option<Arc<Shape>> {
        let shapes = self.shapes.load(Ordering::Acquire);
        if followed.replace(shapes) == shapes {
            return None;
        }
        self.shape.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the load early.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Where a population was last said to go.
    pub(crate) fn announced(&self, population: usize) -> Option<usize> {
        let region = self.announced.get(population)?.region.load(Ordering::Relaxed);
        usize::try_from(region).ok()?.checked_sub(1)
    }

    /// A population goes to a region now: whether nobody said so before, and the last such word is `apart` ago.
    pub(crate) fn announce(&self, population: usize, region: Option<usize>, at: RunTime, apart: Duration) -> bool {
        let Some(announced) = self.announced.get(population) else { return false };
        let last = RunTime::from_micros(announced.at.load(Ordering::Relaxed));
        let first = announced.region.load(Ordering::Relaxed) == 0;
        if !first && at.saturating_since(last) < apart {
            return false;
        }
        let code = region.map_or(0, |region| region as u64 + 1);
        let news = announced.region.swap(code, Ordering::Relaxed) != code;
        if news {
            announced.at.store(at.as_micros(), Ordering::Relaxed);
        }
        news
    }

    /// A success of that population and region; gives the last one that was published before.
    pub(crate) fn serves(&self, index: usize, at: RunTime) -> Option<RunTime> {
        let before = self.served[index].fetch_max(at.as_micros() + 1, Ordering::Relaxed);
        before.checked_sub(1).map(RunTime::from_micros)
    }

    /// Hands over a thread's send lags of a second.
    pub(crate) fn lag(&self, thread: usize, lags: &mut Histogram) {
        if let Some(cell) = self.lags.get(thread) {
            cell.lock().expect("nothing panics while it merges lags").merge(lags);
        }
        lags.clear();
    }

    /// The send lags of all threads since the last call.
    pub(crate) fn take_lags(&self) -> Histogram {
        let mut all = Histogram::new();
        for cell in &self.lags {
            let mut lags = cell.lock().expect("nothing panics while it merges lags");
            all.merge(&lags);
            lags.clear();
        }
        all
    }
}
