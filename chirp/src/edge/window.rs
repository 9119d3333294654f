//! A count over the last ten seconds, in steps of one. Pure.

use std::time::Duration;

/// How many seconds are looked back, the current one included.
pub(super) const SECONDS: usize = 10;

/// Counts by second; what is older than ten of them is forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// (second, count), by second modulo ten.
    slots: [(u64, u64); SECONDS],
}

impl Window {
    /// One more.
    pub(super) fn add(&mut self, now: Duration) {
        let slot = &mut self.slots[(now.as_secs() % SECONDS as u64) as usize];
        if slot.0 != now.as_secs() {
            *slot = (now.as_secs(), 0);
        }
        slot.1 += 1;
    }

    /// How many there were.
    pub(super) fn sum(&self, now: Duration) -> u64 {
        let is_recent = |slot: &&(u64, u64)| slot.0 <= now.as_secs() && slot.0 + SECONDS as u64 > now.as_secs();
        self.slots.iter().filter(is_recent).map(|slot| slot.1).sum()
    }
}
