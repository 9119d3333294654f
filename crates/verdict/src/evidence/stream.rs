//! Requests of one population and class, counted per tenth of a second in which they were intended.

use std::{collections::BTreeMap, ops::Range};
use units::RunTime;

const TENTH_MICROS: u64 = 100_000;

/// Which tenth of a second is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenths {
    /// The first second.
    first_second: u64,
    count: usize,
}

impl Tenths {
    /// Those of `seconds` seconds from `first_second` on.
    pub(crate) fn new(first_second: u64, seconds: usize) -> Self {
        Self { first_second, count: seconds * 10 }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The tenth that holds the instant; those before the first count as it, those behind the last as the count.
    pub(crate) fn index(&self, at: RunTime) -> usize {
        let since = at.as_micros().saturating_sub(self.first_second * 1_000_000) / TENTH_MICROS;
        usize::try_from(since).unwrap_or(usize::MAX).min(self.count)
    }

    /// The instant at which a tenth begins.
    pub(crate) fn time(&self, index: usize) -> RunTime {
        RunTime::from_micros(self.first_second * 1_000_000 + index as u64 * TENTH_MICROS)
    }

    /// The first tenth of a second of the run; `None` outside.
    pub(crate) fn of_second(&self, second: u64) -> Option<usize> {
        let offset = second.checked_sub(self.first_second)?;
        let index = usize::try_from(offset).ok()?.checked_mul(10)?;
        (index < self.count).then_some(index)
    }

    /// The first second.
    pub(crate) fn first_second(&self) -> u64 {
        self.first_second
    }
}

/// Counts per tenth.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stream {
    ok: Vec<u32>,
    failed: Vec<u32>,
    /// Successes per region; `None`: unknown which.
    by_region: BTreeMap<Option<usize>, Vec<u32>>,
}

/// Requests of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) ok: u64,
    pub(crate) failed: u64,
}

impl Counts {
    pub(crate) fn requests(self) -> u64 {
        self.ok + self.failed
    }

    /// ok ÷ requests; `None`: no requests.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn success(self) -> Option<f64> {
        (self.requests() > 0).then(|| self.ok as f64 / self.requests() as f64)
    }
}

impl Stream {
    pub(crate) fn new(tenths: Tenths) -> Self {
        Self { ok: vec![0; tenths.len()], failed: vec![0; tenths.len()], by_region: BTreeMap::new() }
    }

    /// Adds requests to the tenths that begin with `at`.
    pub(crate) fn add(&mut self, at: usize, counts: &[u32; 10], is_ok: bool, region: Option<usize>) {
        let length = self.ok.len();
        let add_to = |list: &mut Vec<u32>| {
            for (slot, count) in list[at..].iter_mut().zip(counts) {
                *slot = slot.saturating_add(*count);
            }
        };
        if is_ok {
            add_to(&mut self.ok);
            add_to(self.by_region.entry(region).or_insert_with(|| vec![0; length]));
        } else {
            add_to(&mut self.failed);
        }
    }

    /// Requests of those tenths.
    pub(crate) fn counts(&self, range: Range<usize>) -> Counts {
        Counts { ok: sum(&self.ok, range.clone()), failed: sum(&self.failed, range) }
    }

    /// Failed requests of one tenth.
    pub(crate) fn failed_in(&self, tenth: usize) -> u32 {
        self.failed.get(tenth).copied().unwrap_or(0)
    }

    /// Successes of those tenths served by that region.
    pub(crate) fn served_by(&self, region: usize, range: Range<usize>) -> u64 {
        self.by_region.get(&Some(region)).map_or(0, |list| sum(list, range))
    }

    /// Successes of those tenths by region, only those that have any; known regions by index, unknown first.
    pub(crate) fn served(&self, range: &Range<usize>) -> Vec<(Option<usize>, u64)> {
        let sums = self.by_region.iter().map(|(region, list)| (*region, sum(list, range.clone())));
        sums.filter(|(_, count)| *count > 0).collect()
    }
}

fn sum(list: &[u32], range: Range<usize>) -> u64 {
    let to = range.end.min(list.len());
    let from = range.start.min(to);
    list[from..to].iter().map(|count| u64::from(*count)).sum()
}
