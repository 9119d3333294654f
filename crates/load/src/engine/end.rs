//! How a thread's load ends: by itself, or because it was stopped; in any case within a bound.

use super::core::{Core, Stage};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

/// What requests may take beyond their time: time-outs are found a few milliseconds late, and a busy thread is later still.
const GRACE: Duration = Duration::from_secs(1);

/// Watches for the end of one thread's load.
#[derive(Debug)]
pub(super) struct Ending {
    /// When the last arrival has come.
    load_end: Instant,
    start_within: Duration,
    request_time_max: Duration,
    /// When the thread ends whatever is still under way.
    bound: Option<Instant>,
}

/// What a thread left undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LeftOver {
    /// Requests that were still under way when their time was over.
    pub(crate) requests: u64,
}

impl Ending {
    pub(super) fn new(load_end: Instant, start_within: Duration, request_time_max: Duration) -> Self {
        Self { load_end, start_within, request_time_max, bound: None }
    }

    /// Moves the load on towards its end; says what is left when it is over.
    pub(super) fn advance(&mut self, core: &Rc<Core>, stopped: bool, now: Instant) -> Option<LeftOver> {
        if stopped && core.stage.get() != Stage::Stopped {
            // What the plan wanted until now was intended; nobody will send it.
            core.release(now.min(self.load_end));
            core.stage.set(Stage::Stopped);
            core.give_up();
            self.bound = Some(now + self.request_time_max + GRACE);
        }
        if core.stage.get() == Stage::Offered && now >= self.load_end {
            core.release(self.load_end);
            core.stage.set(Stage::Ending);
            self.bound = Some(now + self.start_within + self.request_time_max + GRACE);
        }
        if core.stage.get() == Stage::Offered {
            return None;
        }
        for population in 0..core.populations.len() {
            core.expire(population, now);
        }
        let out_of_time = self.bound.is_some_and(|bound| now >= bound);
        if core.is_busy() && !out_of_time {
            return None;
        }
        core.give_up();
        Some(LeftOver { requests: core.populations.iter().map(|population| population.in_flight.get()).sum() })
    }
}
