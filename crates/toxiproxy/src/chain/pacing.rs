//! The toxics that decide when data goes on: latency, bandwidth, slicer.
//!
//! Each counts from when something should have happened and not from when the timer came round, so that a late timer
//! delays one chunk and not the sum of them.

use super::{
    Front,
    queue::{Item, Queue},
    stage::Step,
};
use crate::model::Pacer;
use rand_chacha::{ChaCha8Rng, rand_core::Rng};
use std::time::Duration;

/// A slice of a paced chunk takes at most so long, so that a change of the rate is soon felt.
const SLICE_MAX: Duration = Duration::from_millis(100);

/// Goes on at once.
pub(super) fn pass(queue: &mut Queue) -> Step {
    queue.pop().map_or(Step::Wait(None), Step::Pass)
}

/// Passes the first item if its time has come.
fn pass_at(queue: &mut Queue, at: Duration, now: Duration) -> Step {
    if at <= now { pass(queue) } else { Step::Wait(Some(at)) }
}

/// Each chunk goes on a delay after it arrived: uniform in [L − J, L + J), never before the one in front of it. An end goes on
/// right behind the data.
#[derive(Debug)]
pub(super) struct Latency {
    chance: ChaCha8Rng,
    /// When the first item goes on.
    at: Option<Duration>,
}

impl Latency {
    pub(super) fn new(chance: ChaCha8Rng) -> Self {
        Self { chance, at: None }
    }

    /// The delay of what waits is drawn anew.
    pub(super) fn forget(&mut self) {
        self.at = None;
    }

    pub(super) fn step(&mut self, queue: &mut Queue, latency: Duration, jitter: Duration, now: Duration) -> Step {
        let Some(Item { what, stamp, .. }) = queue.first() else { return Step::Wait(None) };
        if matches!(what, Front::End(_)) {
            return pass(queue);
        }
        let stamp = *stamp;
        let at = *self.at.get_or_insert_with(|| stamp + drawn(&mut self.chance, latency, jitter));
        match pass_at(queue, at, now) {
            Step::Pass(item) => {
                self.at = None;
                Step::Pass(Item { stamp: at, ..item })
            }
            step => step,
        }
    }
}

/// Uniform in [mean − spread, mean + spread), and not below nothing.
pub(crate) fn drawn(chance: &mut ChaCha8Rng, mean: Duration, spread: Duration) -> Duration {
    if spread.is_zero() {
        return mean;
    }
    let unit = chance.next_u32() as f64 / (f64::from(u32::MAX) + 1.0);
    (mean + spread.mul_f64(2.0 * unit)).saturating_sub(spread)
}

/// Bytes go on when they would have been sent at the rate. Each connection has the rate, unless a pacer is shared.
#[derive(Debug, Default)]
pub(super) struct Bandwidth {
    free_at: Duration,
    /// Length of the slice that is being sent, and when it has been.
    slice: Option<(usize, Duration)>,
}

impl Bandwidth {
    /// What is being sent starts anew.
    pub(super) fn forget(&mut self, now: Duration) {
        *self = Self { free_at: now, slice: None };
    }

    /// A rate of 0 lets nothing on but an end that nothing waits before.
    pub(super) fn step(&mut self, queue: &mut Queue, rate: u64, shared: Option<&Pacer>, now: Duration) -> Step {
        let Some(item) = queue.first() else { return Step::Wait(None) };
        if matches!(item.what, Front::End(_)) {
            return pass(queue);
        }
        if rate == 0 {
            return Step::Wait(None);
        }
        let (entered, length) = (item.entered, item.len());
        let (count, at) = *self.slice.get_or_insert_with(|| {
            let most = (rate as f64 * SLICE_MAX.as_secs_f64()) as usize;
            let count = length.min(most.max(1));
            let lasts = Duration::from_secs_f64(count as f64 / rate as f64);
            let at = match shared {
                Some(pacer) => pacer.reserve(entered, lasts),
                None => self.free_at.max(entered) + lasts,
            };
            (count, at)
        });
        if at > now {
            return Step::Wait(Some(at));
        }
        self.free_at = at;
        self.slice = None;
        queue.pop_part(count).map_or(Step::Wait(None), Step::Pass)
    }
}

/// Data goes on in pieces whose lengths are uniform around a mean, with a delay between two.
#[derive(Debug)]
pub(super) struct Slicer {
    chance: ChaCha8Rng,
    next_at: Duration,
}

impl Slicer {
    pub(super) fn new(chance: ChaCha8Rng) -> Self {
        Self { chance, next_at: Duration::ZERO }
    }

    pub(super) fn forget(&mut self, now: Duration) {
        self.next_at = self.next_at.min(now);
    }

    pub(super) fn step(
        &mut self,
        queue: &mut Queue,
        average: u64,
        variation: u64,
        delay: Duration,
        now: Duration,
    ) -> Step {
        let Some(Item { entered, .. }) = queue.first() else { return Step::Wait(None) };
        let at = self.next_at.max(*entered);
        if at > now {
            return Step::Wait(Some(at));
        }
        self.next_at = at + delay;
        let least = average.saturating_sub(variation).max(1);
        let most = average.saturating_add(variation).max(1);
        let count = least + self.chance.next_u64() % (most - least + 1);
        queue.pop_part(count as usize).map_or(Step::Wait(None), Step::Pass)
    }
}
