//! How many lines one place in the code may write: some at once, then a few per minute, and the next one
//! that is let through says how many were not.
//!
//! Per place and not in all: what happens ten thousand times must not drown what happens once. The number
//! of places is that of the program's log statements, so the table is bounded. `debug` and `trace` are not
//! limited: whoever asks for them wants all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;

/// Lines of one place that may come at once.
const BURST: u32 = 20;
/// After that, one line per this long.
const REFILL: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Place {
    left: u32,
    /// Up to when refills have been counted.
    counted: Instant,
    suppressed: u64,
}

/// Remembers what each place has written.
#[derive(Debug, Default)]
pub(super) struct Limit(Mutex<HashMap<Identifier, Place>>);

impl Limit {
    /// Whether a place may write a line now; if so, how many of its lines were left out since its last one.
    pub(super) fn allow(&self, place: Identifier, now: Instant) -> Option<u64> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Place { left: BURST, counted: now, suppressed: 0 };
        places.entry(place).or_insert_with(fresh).allow(now)
    }
}

impl Place {
    fn allow(&mut self, now: Instant) -> Option<u64> {
        let refills = now.saturating_duration_since(self.counted).as_nanos() / REFILL.as_nanos();
        let refills = u32::try_from(refills).unwrap_or(u32::MAX);
        if self.left.saturating_add(refills) >= BURST {
            (self.left, self.counted) = (BURST, now);
        } else {
            self.left += refills;
            self.counted += REFILL * refills;
        }
        if self.left == 0 {
            self.suppressed += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_repeats_itself_is_cut_short_and_says_how_much_was_left_out() {
        let start = Instant::now();
        let mut place = Place { left: BURST, counted: start, suppressed: 0 };
        let allowed = (0..1000).filter_map(|_| place.allow(start)).count();
        assert_eq!(allowed, BURST as usize);
        assert_eq!(place.allow(start + REFILL / 2), None);
        assert_eq!(place.allow(start + REFILL), Some(981), "all that was left out is told");
        assert_eq!(place.allow(start + REFILL), None);
        let day = Duration::from_secs(24 * 3600);
        let a_day = (0..24 * 3600 * 10).filter_map(|tenth| place.allow(start + REFILL + day / 864_000 * tenth)).count();
        assert_eq!(a_day, 8639, "ten lines per second for a day become one per ten seconds");
        let quiet = start + day * 3;
        assert_eq!((0..100).filter_map(|_| place.allow(quiet)).count(), BURST as usize, "quiet gives the burst back");
    }
}
