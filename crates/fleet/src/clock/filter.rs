//! The filter: exchanges go in, an offset with its bound comes out, for any instant, in both directions.
//!
//! The remote clock reads `R` when the local one reads `l`; the offset is `R − l`. An exchange gives one upper cone (the
//! message there was received no earlier than `sent + floor`) and one lower cone (the answer was sent no later than
//! `received − floor`), see [`super::envelope`]. Readings are cut off, not rounded, by whoever writes them into a
//! message, so each may be late by [`RESOLUTION`]; the cones are wider by that.

use super::envelope::{Apex, Envelope, widening};
use super::reading::{LocalReading, Offset, Reading, RemoteReading, Stamp};
use std::time::Duration;

/// How fast two clocks may run apart, in millionths: what the bound grows by between exchanges.
pub const DRIFT_PPM_MAX: u32 = 200;
/// The step of readings: nobody who writes one down cuts off more than this.
pub const RESOLUTION: Duration = Duration::from_micros(1);
/// What is older counts no more: by then drift alone has made it 120 ms wide.
pub const WINDOW: Duration = Duration::from_secs(10 * 60);
/// Readings beyond this are no clock's (73 years), and could make sums overflow.
const READING_MAX: u64 = 1 << 61;
const MILLION: i128 = 1_000_000;

/// One exchange of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When the question was sent.
    pub sent: LocalReading,
    /// When it was received.
    pub remote_received: RemoteReading,
    /// When the answer was sent.
    pub remote_sent: RemoteReading,
    /// When it was received.
    pub received: LocalReading,
}

/// What is assumed of the path and of the two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockLimits {
    /// The least that a message takes in either direction: what light needs for the distance. Zero is always right.
    pub floor: Duration,
    /// How fast the clocks may run apart, in millionths.
    pub drift_ppm: u32,
    /// The step of readings.
    pub resolution: Duration,
    /// How long an exchange counts.
    pub window: Duration,
}

impl Default for ClockLimits {
    fn default() -> Self {
        Self { floor: Duration::ZERO, drift_ppm: DRIFT_PPM_MAX, resolution: RESOLUTION, window: WINDOW }
    }
}

/// How far the remote clock is ahead of the local one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The middle of what is possible.
    pub offset: Offset,
    /// How far the truth may be from there, on either side.
    pub bound: Duration,
}

/// What an exchange said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It fits to what was known.
    Consistent,
    /// It can't be true together with what was known: everything older is forgotten.
    Stepped(Step),
}

/// A clock that was set, or that does not run at a clock's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the remote clock moved by {by} ± {bound:.6} s against this one within {within:.1} s: it was set, or runs at a rate \
     that is no clock's",
    bound = bound.as_secs_f64(), within = within.as_secs_f64()
)]
pub struct Step {
    /// By how much the offset changed; positive when the remote clock went ahead.
    pub by: Offset,
    /// How far that may be from the truth.
    pub bound: Duration,
    /// How long before it was noticed everything was still right: since the exchange before.
    pub within: Duration,
}

/// Why an exchange says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The answer came before the question.
    #[error("the answer was received {0:?} before the question was sent, by one clock")]
    LocalBackwards(Duration),
    /// The remote clock went back between the two readings of one exchange: it was set back. Nothing older counts any more.
    #[error("the remote clock went back by at least {0:?} between question and answer: it was set")]
    RemoteBackwards(Duration),
    /// The messages were faster than light, so the floor is wrong or the remote clock was set within the exchange.
    #[error(
        "a round trip of {round_trip:?} on a path whose messages take at least {floor:?} each way: the remote end does not \
         stand where it says, or its clock was set meanwhile"
    )]
    FasterThanFloor {
        /// What it took, without the time that the remote end needed for its answer.
        round_trip: Duration,
        /// What a message takes at least.
        floor: Duration,
    },
    /// A later exchange has been heard already.
    #[error("an exchange that began later was heard before this one")]
    Overtaken,
    /// Readings that no clock has.
    #[error("a reading is more than 73 years from its clock's zero")]
    Unreal,
}

/// Why an instant can't be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// There was no exchange yet.
    #[error("no exchange with the other clock yet")]
    NoSample,
    /// The instant may lie before the last step.
    #[error("the instant may lie before the clock was set, and nobody knows when that was")]
    BeforeStep,
}

/// From when on what is known holds: after a step, not before.
#[derive(Debug, Clone, Copy)]
struct Since {
    local: i128,
    remote: i128,
}

/// What is known of one remote clock.
#[derive(Debug, Clone)]
pub struct ClockFilter {
    limits: ClockLimits,
    upper: Envelope,
    /// Turned round.
    lower: Envelope,
    last: Option<Sample>,
    since: Option<Since>,
    steps: u32,
}

impl ClockFilter {
    /// Nothing is known.
    #[must_use]
    pub fn new(limits: ClockLimits) -> Self {
        let envelope = Envelope::new(limits.drift_ppm);
        Self { limits, upper: envelope.clone(), lower: envelope, last: None, since: None, steps: 0 }
    }

    /// Takes an exchange in.
    ///
    /// # Errors
    /// When it says nothing; what is known stays as it was, but for a remote clock that went back.
    pub fn feed(&mut self, sample: Sample) -> Result<Heard, Refused> {
        match self.check(&sample) {
            Ok(()) => {}
            Err(refused @ Refused::RemoteBackwards(_)) => {
                self.begin_anew(&sample);
                return Err(refused);
            }
            Err(refused) => return Err(refused),
        }
        let (upper, lower) = self.cones(&sample);
        let step = self.contradiction(upper, lower, &sample);
        if step.is_some() {
            self.begin_anew(&sample);
        }
        self.upper.insert(upper);
        self.lower.insert(lower.turned());
        let (now, window) = (nanos(sample.received), nanos_of(self.limits.window));
        self.upper.forget(now, window);
        self.lower.forget(-now, window);
        self.last = Some(sample);
        Ok(step.map_or(Heard::Consistent, Heard::Stepped))
    }

    /// How far the remote clock is ahead when the local one reads `at`.
    ///
    /// # Errors
    /// When nothing is known of that instant.
    pub fn estimate(&self, at: LocalReading) -> Result<Estimate, Unknown> {
        let at = nanos(at);
        let (low, high) = self.offsets(at).ok_or(Unknown::NoSample)?;
        if self.since.is_some_and(|since| at < since.local) {
            return Err(Unknown::BeforeStep);
        }
        let (offset, bound) = middle(low, high);
        Ok(Estimate { offset: Offset::from_nanos(offset), bound })
    }

    /// When it was, by the local clock, that the remote one read `at`.
    ///
    /// # Errors
    /// When nothing is known of that instant.
    pub fn to_local(&self, at: RemoteReading) -> Result<Stamp<LocalReading>, Unknown> {
        let at = nanos(at);
        let latest = self.lower.earliest(-at - nanos_of(self.limits.resolution)).map(|turned| -turned);
        let (low, high) = self.upper.earliest(at).zip(latest).ok_or(Unknown::NoSample)?;
        if self.since.is_some_and(|since| at <= since.remote) {
            return Err(Unknown::BeforeStep);
        }
        let (at, bound) = middle(low, high);
        Ok(Stamp { at: LocalReading::from_nanos(at), bound })
    }

    /// What the remote clock read when the local one read `at`.
    ///
    /// # Errors
    /// When nothing is known of that instant.
    pub fn to_remote(&self, at: LocalReading) -> Result<Stamp<RemoteReading>, Unknown> {
        let Estimate { offset, bound } = self.estimate(at)?;
        let remote = RemoteReading::from_nanos(at.as_nanos().saturating_add(offset.as_nanos()));
        Ok(Stamp { at: remote, bound: bound.saturating_add(self.limits.resolution) })
    }

    /// How often the remote clock stepped since the filter was made or restarted.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Forgets everything: the remote process, and maybe its machine, is another one now.
    pub fn restart(&mut self) {
        *self = Self::new(self.limits);
    }

    fn check(&self, sample: &Sample) -> Result<(), Refused> {
        let (sent, received) = (sample.sent.as_nanos(), sample.received.as_nanos());
        let (remote_received, remote_sent) = (sample.remote_received.as_nanos(), sample.remote_sent.as_nanos());
        if [sent, remote_received, remote_sent, received].iter().any(|nanos| nanos.unsigned_abs() > READING_MAX) {
            return Err(Refused::Unreal);
        }
        if received < sent {
            return Err(Refused::LocalBackwards(Duration::from_nanos(received.abs_diff(sent))));
        }
        if self.last.is_some_and(|last| sample.sent <= last.sent) {
            return Err(Refused::Overtaken);
        }
        if remote_sent < remote_received {
            return Err(Refused::RemoteBackwards(Duration::from_nanos(remote_sent.abs_diff(remote_received))));
        }
        let (upper, lower) = self.cones(sample);
        if self.alone(upper, lower.at) < lower.limit {
            let round_trip = i128::from(received - sent) - i128::from(remote_sent - remote_received);
            return Err(Refused::FasterThanFloor { round_trip: duration(round_trip), floor: self.limits.floor });
        }
        Ok(())
    }

    /// The upper and the lower cone of an exchange.
    fn cones(&self, sample: &Sample) -> (Apex, Apex) {
        // Light does not wait for a local clock that is slow, so the floor is shorter by that. One nanosecond more for
        // the drift within the resolution.
        let floor = nanos_of(self.limits.floor) * (MILLION - i128::from(self.limits.drift_ppm)) / MILLION;
        let resolution = nanos_of(self.limits.resolution) + 1;
        let there = nanos(sample.sent) + floor;
        let back = nanos(sample.received) - floor;
        let upper = Apex { at: there, limit: nanos(sample.remote_received) + resolution - there };
        let lower = Apex { at: back, limit: nanos(sample.remote_sent) - resolution - back };
        (upper, lower)
    }

    /// The step that an exchange shows, if it and what is known can't both be true.
    ///
    /// Functions whose slope is limited fit through limits if they fit through each pair of them, so looking at the two
    /// points is enough.
    fn contradiction(&self, upper: Apex, lower: Apex, sample: &Sample) -> Option<Step> {
        let last = self.last?;
        let is_below = -self.lower.ceiling(-upper.at)? > upper.limit;
        let is_above = self.upper.ceiling(lower.at)? < lower.limit;
        if !is_below && !is_above {
            return None;
        }
        let now = nanos(sample.received);
        let (known_low, known_high) = self.offsets(now)?;
        let (low, high) = (-self.alone(lower.turned(), -now), self.alone(upper, now));
        let (by, bound) = middle(low - known_high, high - known_low);
        let within = duration(now - nanos(last.sent));
        Some(Step { by: Offset::from_nanos(by), bound, within })
    }

    /// Forgets what was before a step that this exchange shows.
    ///
    /// A clock that was set back shows readings that it has shown before. So the readings that it can have shown before
    /// the step are not converted any more.
    fn begin_anew(&mut self, sample: &Sample) {
        let local = nanos(sample.received);
        let shown = self.upper.ceiling(local).map_or(i128::MIN, |ceiling| local + ceiling);
        let remote = shown.max(nanos(sample.remote_received)).max(nanos(sample.remote_sent));
        let before = self.since.map_or(i128::MIN, |since| since.remote);
        self.since = Some(Since { local, remote: remote.max(before) });
        self.steps = self.steps.saturating_add(1);
        self.last = Some(*sample);
        self.upper.clear();
        self.lower.clear();
    }

    /// What one cone says by itself.
    fn alone(&self, apex: Apex, at: i128) -> i128 {
        apex.limit + widening(i128::from(self.limits.drift_ppm), at - apex.at)
    }

    /// The least and the most that the offset can be at that local time.
    fn offsets(&self, at: i128) -> Option<(i128, i128)> {
        let low = -self.lower.ceiling(-at)?;
        let high = self.upper.ceiling(at)?;
        Some((low, high))
    }
}

/// The middle of an interval and how far its ends are from there.
fn middle(low: i128, high: i128) -> (i64, Duration) {
    let middle = (low + high).div_euclid(2);
    let middle = middle.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    (middle as i64, duration((high - middle).max(middle - low)))
}

fn nanos(reading: impl Reading) -> i128 {
    i128::from(reading.as_nanos())
}

fn nanos_of(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::from(u64::MAX)).min(i128::from(u64::MAX))
}

fn duration(nanos: i128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
}
