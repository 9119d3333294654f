//! By what a fault of a link is known: which probe shows it, and what the probe must have seen. Pure.
//!
//! | fault | probe | shown by |
//! |---|---|---|
//! | loss | as many connections as the share needs, a byte each | some of them waited as long as a retransmission takes, about as many as the share says |
//! | bandwidth | 20 connections at once | together they took what their bytes take at that rate, so it is shared |
//! | stall | a few | they open and nothing is answered |
//! | MTU | a byte, and a long write | the byte is answered, the write isn't |
//! | slices, slow close | bytes for ten pieces | the pauses between them; the end that comes later |
//! | limit | one byte more than it | reset |
//! | slow connect | a few | opening takes longer |
//! | refused | as many as the share needs | about that share is refused, the others are answered |
//! | cut | connections that were open before | about that share is reset, or silent; the others are answered |
//!
//! "About": between a third of what is expected and, for loss, three times that and ten. A pause of this very process makes
//! everything late at once, which is more than that and therefore no proof.

use plan::{
    fault::{CutManner, Manner, Middlebox},
    resolved::FaultKind,
};
use std::time::Duration;
use units::{Bandwidth, Share};
use wan::shaped::{PROBE_BYTES_MAX, PROBES_MAX, Probe, Probed};

/// This part of an added time, or of a transfer's, must be seen.
pub(super) const TIME_SEEN: f64 = 0.8;
/// Connections that share a thin link while it is measured.
const SHARING: u32 = 20;
/// How long they should take together, where that can be had.
const SHARING_TAKES: Duration = Duration::from_millis(500);
/// What each of them sends at most: a first window.
const SHARING_BYTES_MAX: u32 = 14_480;
/// Connections of which each waits for its own luck, at least.
const LUCKY_MIN: u32 = 400;
/// So many of them are to be hit: of thirty hardly ever a third or less is (Poisson: 7 in a million), which would look like an end.
const UNLUCKY: f64 = 30.0;
/// A wait at least as long as this is that of a retransmission timer.
const RETRANSMITTED: Duration = Duration::from_millis(180);
/// A few.
const FEW: u32 = 4;
/// More than fits into a packet of any link.
const LONG_WRITE: u32 = 4_000;
/// A probe over an intact link takes no longer than this, besides its round trips.
const GRACE: Duration = Duration::from_millis(700);

/// By what a fault of a link is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    Lossy(Share),
    Thin(Bandwidth),
    Stalled,
    Swallows,
    InPieces {
        bytes: u32,
        pause: Duration,
    },
    Limited(u64),
    ClosesLate(Duration),
    OpensLate(Duration),
    Refused(Share),
    /// Of connections that were open before: reset, or silent.
    Dead {
        share: Share,
        silent: bool,
    },
}

impl Sign {
    /// The sign of that fault; `None` for those that are known by reaching the other side or not, or by how long that takes.
    pub(super) fn of(kind: &FaultKind) -> Option<Self> {
        let stalled = |manner: Manner| (manner == Manner::Stall).then_some(Self::Stalled);
        match kind {
            FaultKind::RegionIsolated(fault) => stalled(fault.manner),
            FaultKind::Partition(fault) => stalled(fault.manner),
            FaultKind::NetworkSplit(fault) => stalled(fault.manner),
            FaultKind::LinkLoss(fault) => Some(Self::Lossy(fault.loss)),
            FaultKind::LinkBandwidth(fault) => Some(Self::Thin(fault.rate)),
            FaultKind::NoisyNeighbour(fault) => {
                let left = fault.capacity.bits_per_second() - fault.takes.bits_per_second();
                Bandwidth::from_bits_per_second(left).map(Self::Thin)
            }
            FaultKind::LinkStall(_) => Some(Self::Stalled),
            FaultKind::LinkMtu(_) => Some(Self::Swallows),
            FaultKind::LinkBytes(fault) => Some(match fault.does {
                Middlebox::Slice { bytes, pause } => Self::InPieces { bytes, pause },
                Middlebox::Limit { bytes } => Self::Limited(bytes),
                Middlebox::SlowClose { delay } => Self::ClosesLate(delay),
            }),
            FaultKind::ConnectSlow(fault) => Some(Self::OpensLate(fault.delay)),
            FaultKind::ConnectRefused(fault) => Some(Self::Refused(fault.share)),
            FaultKind::ConnectionsCut(fault) => {
                Some(Self::Dead { share: fault.share, silent: fault.manner == CutManner::Silent })
            }
            _ => None,
        }
    }

    /// What is asked of the link, whose round trip is this at most.
    pub(super) fn probe(self, round_trip: Duration) -> Probe {
        let within = |extra: Duration| (4 * round_trip + GRACE + extra).min(wan::shaped::PROBE_WITHIN_MAX);
        let few = |bytes: u32, extra| Probe { connections: FEW, bytes, within: within(extra) };
        match self {
            Self::Lossy(share) => Probe { connections: lucky(share), bytes: 1, within: within(Duration::ZERO) },
            Self::Thin(rate) => Probe {
                connections: SHARING,
                bytes: sharing_bytes(rate),
                within: within(4 * transmission(rate, u64::from(SHARING * sharing_bytes(rate)))),
            },
            Self::Stalled => few(1, Duration::ZERO),
            Self::Swallows => few(LONG_WRITE, Duration::ZERO),
            Self::InPieces { bytes, pause } => few(pieces_bytes(bytes), pause * 40),
            Self::Limited(bytes) => few(u32::try_from(bytes + 1).unwrap_or(PROBE_BYTES_MAX), Duration::from_secs(2)),
            Self::ClosesLate(delay) | Self::OpensLate(delay) => few(1, delay * 2),
            Self::Refused(share) | Self::Dead { share, .. } => {
                Probe { connections: enough(share), bytes: 1, within: within(Duration::ZERO) }
            }
        }
    }

    /// How many connections have to be open before, for what is about those.
    pub(super) fn canaries(self) -> u32 {
        match self {
            Self::Dead { share, .. } => enough(share),
            _ => 0,
        }
    }

    /// What shows it on a link with that round trip, in words, or what was seen instead.
    pub(super) fn shown(self, probed: &[Probed], round_trip: Duration) -> Result<String, String> {
        let seen = Seen::of(probed);
        let is = |holds: bool, what: String| if holds { Ok(what) } else { Err(seen.to_string()) };
        match self {
            Self::Lossy(share) => {
                let waited = seen.waited(RETRANSMITTED);
                let expected = f64::from(seen.count) * hit(share);
                let likely =
                    f64::from(waited) >= (expected / 3.0).max(1.0) && f64::from(waited) <= 3.0 * expected + 10.0;
                is(likely, format!("{waited} of {} probes waited as for a retransmission", probed.len()))
            }
            Self::Thin(rate) => {
                let bytes = u64::from(SHARING * sharing_bytes(rate));
                let (slowest, fastest) = (seen.answered.last(), seen.connected.first());
                let took = slowest.zip(fastest).map(|(slowest, fastest)| slowest.saturating_sub(*fastest));
                let least = transmission(rate, bytes).mul_f64(TIME_SEEN);
                let text =
                    |took: Duration| format!("{bytes} bytes at once took {} ms each way and back", took.as_millis());
                // Not one answer in all that time: the link is still thinner, which another fault may have made it.
                is(took.is_some_and(|took| took >= least), took.map_or_else(String::new, text))
            }
            Self::Stalled => {
                is(seen.silent == seen.count, format!("{} connections opened and heard nothing", seen.count))
            }
            Self::Swallows => is(seen.silent == seen.count, format!("{} long writes were swallowed", seen.count)),
            Self::InPieces { pause, .. } => {
                let least = (pause * 9).mul_f64(TIME_SEEN);
                is(seen.fastest(round_trip + least), format!("ten pieces took at least {} ms", least.as_millis()))
            }
            Self::Limited(bytes) => {
                is(seen.reset == seen.count, format!("{} connections were reset after {bytes} bytes", seen.count))
            }
            Self::ClosesLate(delay) => {
                let least = delay.mul_f64(TIME_SEEN);
                let late = seen.closed.first().is_some_and(|closed| *closed >= round_trip / 2 + least);
                is(late, format!("{} connections closed later by at least {} ms", seen.count, least.as_millis()))
            }
            Self::OpensLate(delay) => {
                let least = delay.mul_f64(TIME_SEEN);
                let late = seen.connected.first().is_some_and(|connected| *connected >= round_trip + least);
                is(late, format!("{} connections took at least {} ms to open", seen.count, least.as_millis()))
            }
            Self::Refused(share) => is(
                about(seen.refused, seen.count, share),
                format!("{} of {} connections were refused", seen.refused, seen.count),
            ),
            Self::Dead { share, silent: false } => is(
                about(seen.reset, seen.count, share),
                format!("{} of {} open connections were reset", seen.reset, seen.count),
            ),
            Self::Dead { share, silent: true } => is(
                about(seen.silent, seen.count, share),
                format!("{} of {} open connections are silent", seen.silent, seen.count),
            ),
        }
    }

    /// Whether the link is whole again: every connection is answered, and nothing shows the fault.
    pub(super) fn gone(self, probed: &[Probed], round_trip: Duration) -> Result<String, String> {
        let seen = Seen::of(probed);
        if seen.answered.len() < probed.len() || probed.is_empty() {
            return Err(seen.to_string());
        }
        match self.shown(probed, round_trip) {
            Ok(still) => Err(still),
            Err(_) => Ok(format!("{} probes were answered as before", probed.len())),
        }
    }
}

/// The part of the connections that meets loss: two packets of the handshake and two of the exchange.
fn hit(share: Share) -> f64 {
    1.0 - (1.0 - share.fraction()).powi(4)
}

/// Connections of which [`UNLUCKY`] are hit.
fn lucky(share: Share) -> u32 {
    ((UNLUCKY / hit(share)).ceil() as u32).clamp(LUCKY_MIN, PROBES_MAX)
}

/// At least a third of what is expected, and all where all are.
fn about(hit: u32, count: u32, share: Share) -> bool {
    let expected = f64::from(count) * share.fraction();
    count > 0 && (f64::from(hit) >= (expected / 3.0).max(1.0)) && (share != Share::WHOLE || hit == count)
}

/// Connections of which about twenty are hit.
fn enough(share: Share) -> u32 {
    ((20.0 / share.fraction().max(0.01)).ceil() as u32).clamp(20, PROBES_MAX)
}

fn sharing_bytes(rate: Bandwidth) -> u32 {
    let all = rate.bytes_per_second() * SHARING_TAKES.as_secs_f64();
    ((all / f64::from(SHARING)) as u32).clamp(1, SHARING_BYTES_MAX)
}

fn pieces_bytes(bytes: u32) -> u32 {
    bytes.saturating_mul(10).min(PROBE_BYTES_MAX)
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a probe are few")]
fn transmission(rate: Bandwidth, bytes: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 / rate.bytes_per_second())
}

/// What became of the connections of a probe, counted; times in order.
#[derive(Debug, Default)]
struct Seen {
    count: u32,
    connected: Vec<Duration>,
    answered: Vec<Duration>,
    closed: Vec<Duration>,
    refused: u32,
    reset: u32,
    silent: u32,
    unopened: u32,
}

impl Seen {
    fn of(probed: &[Probed]) -> Self {
        let mut seen = Self { count: u32::try_from(probed.len()).unwrap_or(u32::MAX), ..Self::default() };
        for one in probed {
            match *one {
                Probed::Answered { connected, answered, closed } => {
                    seen.connected.push(connected);
                    seen.answered.push(answered);
                    seen.closed.extend(closed);
                }
                Probed::Refused => seen.refused += 1,
                Probed::Reset => seen.reset += 1,
                Probed::Silent => seen.silent += 1,
                Probed::Unopened => seen.unopened += 1,
            }
        }
        seen.connected.sort();
        seen.answered.sort();
        seen.closed.sort();
        seen
    }

    /// How many waited for so much longer than most, opening or being answered, or for too long.
    fn waited(&self, longer: Duration) -> u32 {
        let late = |times: &[Duration]| {
            let usual = times.get(times.len() / 2).copied().unwrap_or_default();
            times.iter().filter(|time| **time >= usual + longer).count() as u32
        };
        late(&self.connected) + late(&self.answered) + self.silent + self.unopened
    }

    /// Every connection was answered, and none before that.
    fn fastest(&self, least: Duration) -> bool {
        self.answered.len() as u32 == self.count && self.answered.first().is_some_and(|first| *first >= least)
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let span = |times: &[Duration]| match (times.first(), times.last()) {
            (Some(first), Some(last)) => format!(" in {} to {} ms", first.as_millis(), last.as_millis()),
            _ => String::new(),
        };
        let Self { count, refused, reset, silent, unopened, .. } = self;
        write!(formatter, "of {count} probes {} were answered{}", self.answered.len(), span(&self.answered))?;
        write!(formatter, ", {refused} refused, {reset} reset, {silent} heard nothing, {unopened} did not open")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(50);

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn answered(connected: u64, took: u64, closed: u64) -> Probed {
        Probed::Answered { connected: ms(connected), answered: ms(took), closed: Some(ms(closed)) }
    }

    fn mixed(count: usize, other: Probed, others: usize) -> Vec<Probed> {
        let mut probed = vec![answered(50, 50, 25); count];
        probed[..others].fill(other);
        probed
    }

    #[test]
    fn what_is_rare_takes_more_probes() {
        let probes = |share: &str| Sign::Lossy(share.parse().unwrap_or(Share::WHOLE)).probe(ROUND_TRIP).connections;
        assert_eq!(["10%", "2%", "1%", "0.5%", "0.1%"].map(probes), [400, 400, 762, 1_512, PROBES_MAX]);
    }

    #[test]
    fn each_sign_is_seen_where_it_is_and_not_where_it_is_not() {
        let share = |percent: u32| Share::from_parts_per_million(percent * 10_000).unwrap_or(Share::WHOLE);
        let rate = Bandwidth::from_bits_per_second(1_000_000).expect("more than none");
        let slices = Sign::InPieces { bytes: 10, pause: ms(10) };
        let dead = |percent, silent| Sign::Dead { share: share(percent), silent };
        let late = answered(50, 300, 25);
        let cases = [
            (Sign::Lossy(share(1)), mixed(400, late, 16), true),
            (Sign::Lossy(share(1)), mixed(400, late, 0), false),
            // Everything late at once is this process, not the link.
            (Sign::Lossy(share(1)), mixed(400, late, 190), false),
            // 62,500 bytes at 1 Mbit/s take 500 ms.
            (Sign::Thin(rate), mixed(20, answered(50, 560, 25), 1), true),
            (Sign::Thin(rate), mixed(20, answered(50, 200, 25), 1), false),
            (Sign::Stalled, vec![Probed::Silent; 4], true),
            (Sign::Stalled, vec![Probed::Unopened; 4], false),
            (Sign::Stalled, mixed(4, Probed::Silent, 3), false),
            (Sign::Swallows, vec![Probed::Silent; 4], true),
            (slices, vec![answered(50, 140, 25); 4], true),
            (slices, vec![answered(50, 100, 25); 4], false),
            (Sign::Limited(100), vec![Probed::Reset; 4], true),
            (Sign::Limited(100), mixed(4, Probed::Reset, 3), false),
            (Sign::ClosesLate(ms(100)), vec![answered(50, 50, 130); 4], true),
            (Sign::ClosesLate(ms(100)), vec![answered(50, 50, 90); 4], false),
            (Sign::OpensLate(ms(100)), vec![answered(150, 50, 25); 4], true),
            (Sign::OpensLate(ms(100)), mixed(4, answered(150, 50, 25), 3), false),
            (Sign::Refused(share(20)), mixed(100, Probed::Refused, 20), true),
            (Sign::Refused(share(20)), mixed(100, Probed::Refused, 3), false),
            (Sign::Refused(share(100)), mixed(20, Probed::Refused, 19), false),
            (dead(50, false), mixed(40, Probed::Reset, 20), true),
            (dead(50, false), mixed(40, Probed::Silent, 20), false),
            (dead(50, true), mixed(40, Probed::Silent, 20), true),
        ];
        for (sign, probed, shown) in cases {
            let found = sign.shown(&probed, ROUND_TRIP);
            assert_eq!(found.is_ok(), shown, "{sign:?}: {found:?}");
            assert!(!shown || sign.gone(&probed, ROUND_TRIP).is_err(), "{sign:?} is shown and gone");
            let whole = mixed(400, Probed::Reset, 0);
            assert!(sign.gone(&whole, ROUND_TRIP).is_ok(), "{sign:?} is not gone from a whole link");
        }
    }
}
