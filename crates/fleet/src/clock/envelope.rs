//! What many exchanges say together about the greatest that an offset can be.
//!
//! ```text
//!   offset                                 Each exchange is a cone: at `at` the offset was at most `limit`,
//!     │  ╲     ╱ ╲    ╱                    elsewhere at most that and the drift for the time between.
//!     │   ╲___╱___╲__╱    envelope         The envelope is the lowest of all. A cone whose point is on or above
//!     │    ╲ ╱  ╲  ╲╱                      another cone is nowhere below it: it says nothing and is dropped.
//!     └─────────────────▶ local time
//! ```
//!
//! The least that an offset can be is the same with both axes turned round, so one structure serves both.
//!
//! Everything is in whole nanoseconds and rounded so that the bound gets wider, never narrower. With readings below
//! 2^61 (73 years) no product here comes near the end of an `i128`.

use std::collections::VecDeque;

/// How many cones are kept; when there are more, the oldest goes. Only those that say something count.
const APEXES_MAX: usize = 256;

const MILLION: i128 = 1_000_000;

/// The point of a cone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Apex {
    /// Local time, in nanoseconds.
    pub(super) at: i128,
    /// The most that the offset was then, in nanoseconds.
    pub(super) limit: i128,
}

impl Apex {
    /// The same with both axes turned round: a lower limit becomes an upper one.
    pub(super) fn turned(self) -> Self {
        Self { at: -self.at, limit: -self.limit }
    }
}

/// The lowest of many cones.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    drift_ppm: i128,
    /// In the order in which they came.
    apexes: VecDeque<Apex>,
}

impl Envelope {
    /// Nothing is known.
    pub(super) fn new(drift_ppm: u32) -> Self {
        Self { drift_ppm: i128::from(drift_ppm), apexes: VecDeque::new() }
    }

    /// Takes a cone in, and drops those that say nothing beside it.
    pub(super) fn insert(&mut self, apex: Apex) {
        if self.ceiling(apex.at).is_some_and(|ceiling| ceiling <= apex.limit) {
            return;
        }
        let drift_ppm = self.drift_ppm;
        self.apexes.retain(|old| apex.limit + widening(drift_ppm, old.at - apex.at) > old.limit);
        if self.apexes.len() == APEXES_MAX {
            self.apexes.pop_front();
        }
        self.apexes.push_back(apex);
    }

    /// Drops what is further than `window` from `now`.
    pub(super) fn forget(&mut self, now: i128, window: i128) {
        self.apexes.retain(|apex| (now - apex.at).abs() <= window);
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.apexes.clear();
    }

    /// The most that the offset can be at that local time; none if nothing is known.
    pub(super) fn ceiling(&self, at: i128) -> Option<i128> {
        self.apexes.iter().map(|apex| apex.limit + widening(self.drift_ppm, at - apex.at)).min()
    }

    /// The earliest local time at which the remote clock can have read `reading`; none if nothing is known.
    ///
    /// A cone says that the remote clock reads at most `at + limit` at its point, and gains at most 1 + drift a
    /// second after it and loses at least 1 − drift a second before it. The latest answer of all cones counts.
    pub(super) fn earliest(&self, reading: i128) -> Option<i128> {
        let by_cone = |apex: &Apex| {
            let ahead = reading - apex.at - apex.limit;
            let rate = if ahead >= 0 { MILLION + self.drift_ppm } else { MILLION - self.drift_ppm };
            apex.at + (ahead * MILLION).div_euclid(rate)
        };
        self.apexes.iter().map(by_cone).max()
    }
}

/// What the drift may come to over that time, rounded up.
pub(super) fn widening(drift_ppm: i128, between: i128) -> i128 {
    (between.abs() * drift_ppm + MILLION - 1) / MILLION
}

#[cfg(test)]
mod tests {
    //! Cones one by one, with numbers that can be checked by hand.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    const SECOND: i128 = 1_000_000_000;

    fn of(apexes: &[(i128, i128)]) -> Envelope {
        let mut envelope = Envelope::new(200);
        for &(at, limit) in apexes {
            envelope.insert(Apex { at, limit });
        }
        envelope
    }

    #[test]
    fn a_cone_opens_by_the_drift_on_both_sides() {
        let envelope = of(&[(SECOND, 500)]);
        let cases = [
            ("at its point", SECOND, 500),
            ("a second later: 200 us more", 2 * SECOND, 200_500),
            ("a second earlier: as much", 0, 200_500),
            ("a nanosecond later: rounded up", SECOND + 1, 501),
        ];
        for (sentence, at, expected) in cases {
            assert_eq!(envelope.ceiling(at), Some(expected), "{sentence}");
        }
        assert_eq!(of(&[]).ceiling(0), None, "nothing is known");
    }

    #[test]
    fn what_says_nothing_is_dropped_and_what_says_something_is_kept() {
        type Apexes = &'static [(i128, i128)];
        let cases: [(&str, Apexes, usize); 4] = [
            ("a worse one at the same time", &[(0, 5), (0, 9)], 1),
            ("a better one drops the worse", &[(0, 9), (0, 5)], 1),
            ("one on the cone of the other", &[(0, 0), (SECOND, 200_000)], 1),
            ("one below the cone of the other", &[(0, 0), (SECOND, 199_999)], 2),
        ];
        for (sentence, apexes, expected) in cases {
            assert_eq!(of(apexes).apexes.len(), expected, "{sentence}");
        }
    }

    #[test]
    fn the_number_of_cones_is_limited_and_the_oldest_goes() {
        let steady: Vec<(i128, i128)> = (0..400).map(|second| (second * SECOND, second * 100_000)).collect();
        let envelope = of(&steady);
        assert_eq!(envelope.apexes.len(), APEXES_MAX);
        assert_eq!(envelope.apexes[0].at, 144 * SECOND);
    }

    #[test]
    fn a_remote_reading_is_found_again_on_both_sides_of_the_point() {
        let envelope = of(&[(10 * SECOND, 500)]);
        for at in [0, 5 * SECOND, 10 * SECOND, 10 * SECOND + 1, 99 * SECOND] {
            let greatest = at + envelope.ceiling(at).unwrap();
            let found = envelope.earliest(greatest).unwrap();
            assert!((at - 2..=at).contains(&found), "{found} is not {at}, to the rounding");
        }
    }
}
