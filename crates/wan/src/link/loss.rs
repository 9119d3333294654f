//! Loss, as what it costs: over a stream nothing is ever lost, so a lost segment is a delay, and no more is claimed.
//!
//! TCP repairs a loss in one of two ways, and which of them decides what a user feels (numbers of Linux; RFC 6298, RFC 8985):
//!
//! | the message | what was lost | it comes later by |
//! |---|---|---|
//! | one segment | it, k times in a row | (round trip + 200 ms) × (2^k − 1): the retransmission timer |
//! | several | one that at least three follow | one round trip: those behind it tell the sender |
//! | several | one of the last three | two round trips: the tail loss probe |
//!
//! Whatever is behind it in the stream waits with it (head of line). A message that waited for the timer also starts with a small
//! window again. A long transfer is slower all the time, not only at its losses: its rate is capped by the formula of Padhye et
//! al. (1998), which is what a stream with that loss can reach.
//!
//! **Bursts** follow Gilbert's model: a line is good or bad, everything sent while it is bad is lost, and it stays bad for `burst`
//! segments in the mean. Its share of loss stays what it is, in fewer and longer pieces. Independent loss is `burst` 1.
//!
//! **Not emulated.** Segments of acknowledgements, duplicates, reordering (a stream shows it as waiting, which is jitter), and
//! congestion that the loss itself would tell of. A corrupted packet fails its checksum, so it is a lost one.

use super::retransmission::{SEGMENT_ATTEMPTS_MAX, retransmission_timeout};
use super::rounds::SEGMENT_BYTES;
use std::time::Duration;
use units::{Bandwidth, Seed, Share};

/// Below this share the formula of long transfers says less than the window does.
const CAPPED_FROM: f64 = 0.001;

/// Segments that a way loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// How many of all segments.
    pub share: Share,
    /// How many are lost in a row, in the mean; at least 1.
    pub burst: u32,
}

/// What losses cost one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LossCost {
    /// It comes later by this.
    pub delay: Duration,
    /// The sender's timer fired: its window starts anew.
    pub restarts: bool,
}

/// One stream's luck on one way: the same seed has the same luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dice {
    seed: Seed,
    /// Wraps after four thousand million, which lets a luck come again that nobody remembers: a stream is small.
    thrown: u32,
    /// The line is in its bad state.
    bad: bool,
}

impl Default for Dice {
    fn default() -> Self {
        Self::new(Seed::new(0))
    }
}

impl Dice {
    /// The luck of that seed.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { seed, thrown: 0, bad: false }
    }

    /// Whether something of that probability happens.
    pub fn falls(&mut self, probability: f64) -> bool {
        self.thrown = self.thrown.wrapping_add(1);
        is_below(self.seed.derive_number(self.thrown.into()), probability)
    }
}

/// Whether a seed taken as a number in 0..1 is below `probability`.
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept on purpose")]
pub(super) fn is_below(seed: Seed, probability: f64) -> bool {
    ((seed.value() >> 11) as f64 / (1_u64 << 53) as f64) < probability
}

impl Loss {
    /// Both of two losses, one after the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let passes = (1.0 - self.share.fraction()) * (1.0 - other.share.fraction());
        Self { share: share(1.0 - passes), burst: self.burst.max(other.burst) }
    }

    /// That part of it.
    #[must_use]
    pub fn scaled(self, part: f64) -> Self {
        Self { share: share(self.share.fraction() * part), ..self }
    }

    /// Whether the next segment is lost.
    pub fn loses(&self, dice: &mut Dice) -> bool {
        let lost = self.share.fraction();
        if self.burst <= 1 || lost >= 1.0 {
            return dice.falls(lost);
        }
        let ends = 1.0 / f64::from(self.burst);
        let turns = if dice.bad { ends } else { lost * ends / (1.0 - lost) };
        if dice.falls(turns) {
            dice.bad = !dice.bad;
        }
        dice.bad
    }

    /// What a message of so many bytes pays on a link with that round trip.
    pub fn cost(&self, dice: &mut Dice, bytes: usize, round_trip: Duration) -> LossCost {
        let segments = bytes.div_ceil(SEGMENT_BYTES as usize).max(1);
        let lost_in_tail = |index: usize| index + 3 >= segments;
        let mut delay = Duration::ZERO;
        for index in 0..segments {
            if self.loses(dice) {
                let repair = match segments {
                    1 => Duration::ZERO,
                    _ if lost_in_tail(index) => round_trip * 2,
                    _ => round_trip,
                };
                // The only segment, and each that is lost again when it is repaired, waits for the timer.
                let first = u32::from(segments == 1);
                let again = (first..SEGMENT_ATTEMPTS_MAX).find(|_| !dice.falls(self.share.fraction()));
                let timeouts = again.unwrap_or(SEGMENT_ATTEMPTS_MAX);
                let waited = retransmission_timeout(round_trip).saturating_mul((1_u32 << timeouts) - 1);
                delay = delay.max(repair.saturating_add(waited));
            }
        }
        LossCost { delay, restarts: delay > round_trip * 2 }
    }

    /// What a long transfer can reach on a link with that round trip; `None`: the loss is too rare to cap it.
    #[must_use]
    pub fn rate_cap(&self, round_trip: Duration) -> Option<Bandwidth> {
        let lost = self.share.fraction();
        if lost < CAPPED_FROM {
            return None;
        }
        let timeout = retransmission_timeout(round_trip).as_secs_f64();
        let calm = round_trip.as_secs_f64() * (2.0 * 2.0 * lost / 3.0).sqrt();
        let timeouts = timeout * (3.0 * (3.0 * 2.0 * lost / 8.0).sqrt()).min(1.0) * lost * (1.0 + 32.0 * lost * lost);
        let bits = f64::from(SEGMENT_BYTES) * 8.0 / (calm + timeouts);
        Bandwidth::from_bits_per_second(bits as u64)
    }
}

/// The nearest share, at least none and at most all.
fn share(fraction: f64) -> Share {
    let parts = (fraction * 1e6).round().clamp(0.0, 1e6) as u32;
    Share::from_parts_per_million(parts).unwrap_or(Share::WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(percent: f64, burst: u32) -> Loss {
        Loss { share: share(percent / 100.0), burst }
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn as_many_are_lost_as_is_said_in_pieces_as_long_as_is_said() {
        for (percent, burst) in [(1.0, 1), (5.0, 1), (5.0, 4), (20.0, 10)] {
            let (loss, mut dice) = (loss(percent, burst), Dice::new(Seed::new(7)));
            let lost: Vec<bool> = (0..200_000).map(|_| loss.loses(&mut dice)).collect();
            let count = lost.iter().filter(|lost| **lost).count() as f64;
            let runs = lost.windows(2).filter(|pair| pair[1] && !pair[0]).count() as f64;
            let expected = 2_000.0 * percent;
            assert!((count / expected - 1.0).abs() < 0.1, "{percent} % in bursts of {burst}: {count}");
            let mean = if burst == 1 { 1.0 / (1.0 - percent / 100.0) } else { f64::from(burst) };
            assert!((count / runs / mean - 1.0).abs() < 0.1, "bursts of {burst}: {}", count / runs);
        }
    }

    #[test]
    fn a_single_segment_waits_for_the_timer_and_a_middle_one_for_a_round_trip() {
        let round_trip = ms(100);
        let costs = |bytes: usize| -> Vec<u128> {
            let (loss, mut dice) = (loss(20.0, 1), Dice::new(Seed::new(3)));
            let mut costs: Vec<u128> =
                (0..2_000).map(|_| loss.cost(&mut dice, bytes, round_trip).delay.as_millis()).collect();
            costs.sort_unstable();
            costs.dedup();
            costs
        };
        assert_eq!(costs(100)[..4], [0, 300, 900, 2_100], "(round trip + 200 ms) times 1, 3, 7");
        assert_eq!(
            costs(14_480)[..4],
            [0, 100, 200, 400],
            "a round trip, two in the tail, and the timer when it is lost again"
        );
    }

    #[test]
    fn long_transfers_are_as_slow_as_padhye_says() {
        for (round_trip, percent, mbits) in
            [(20, 1.0, 4.02), (80, 0.1, 3.93), (80, 1.0, 1.16), (150, 1.0, 0.64), (300, 1.0, 0.32)]
        {
            let cap = loss(percent, 1).rate_cap(ms(round_trip)).map_or(0.0, |cap| cap.bits_per_second() as f64 / 1e6);
            assert!((cap / mbits - 1.0).abs() < 0.02, "{round_trip} ms, {percent} %: {cap} and not {mbits} Mbit/s");
        }
        assert_eq!(loss(0.01, 1).rate_cap(ms(80)), None);
    }

    #[test]
    fn nothing_is_lost_where_no_loss_is_and_all_where_everything_is() {
        let mut dice = Dice::new(Seed::new(1));
        assert_eq!(loss(0.0, 1).cost(&mut dice, 100_000, ms(50)), LossCost::default());
        assert!(loss(100.0, 3).loses(&mut dice));
        assert_eq!(loss(10.0, 1).and(loss(10.0, 5)), loss(19.0, 5));
        assert_eq!(loss(10.0, 2).scaled(0.5), loss(5.0, 2));
    }
}
