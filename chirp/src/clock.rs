//! The hybrid logical clock.
//!
//! A wall clock alone cannot order writes of several regions: one that is 200 ms behind would stamp
//! an answer before the question. A counter alone orders, but says nothing about time. The hybrid
//! clock (Kulkarni et al., 2014) is both: 44 bits of wall milliseconds and 20 bits of counter in one
//! number, so that "the later of two" and "the next one" are plain integer operations, and a counter
//! that overflows simply moves on to the next millisecond.
//!
//! ```text
//! tick     last = max(last + 1, now)                        a local write
//! observe  last = max(last, min(remote, now + bound))       a write of another region was applied
//! ```
//!
//! **The bound.** A remote stamp further ahead of our wall clock than `ahead_max` is a wrong clock
//! over there, and following it would infect us for good. Such a write is still applied, with the
//! stamp that it has: a write is never dropped for its time. Only our clock refuses to follow it past
//! the bound; the caller counts and logs it. The price: our next post may sort below that one. It
//! costs no write, for a profile change is stamped above the value that it replaces
//! ([`Clock::tick_above`]).
//!
//! The clock reads no time itself: `now_ms` comes in as a value.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::RegionName;
use crate::text_form;

const COUNTER_BITS: u32 = 20;
const COUNTER_MAX: u64 = (1 << COUNTER_BITS) - 1;
/// The last wall millisecond that fits (in the year 2527).
const WALL_MS_MAX: u64 = (1 << (64 - COUNTER_BITS)) - 1;

/// Wall milliseconds since 1970 and a counter, in one number that sorts as the pair does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct HybridTime(u64);

impl HybridTime {
    /// The first instant of a wall millisecond; later ones than the year 2527 are that year's end.
    pub(crate) fn at_wall_ms(wall_ms: u64) -> Self {
        Self(wall_ms.min(WALL_MS_MAX) << COUNTER_BITS)
    }

    /// From the number that [`Self::packed`] gave.
    pub(crate) fn from_packed(packed: u64) -> Self {
        Self(packed)
    }

    /// The number to store and to sort by.
    pub(crate) fn packed(self) -> u64 {
        self.0
    }

    /// The wall part, in milliseconds since 1970.
    pub(crate) fn wall_ms(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    /// The counter within the millisecond.
    pub(crate) fn counter(self) -> u64 {
        self.0 & COUNTER_MAX
    }

    fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A hybrid time and the region that gave it: unique, and a total order that all regions agree on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stamp {
    /// When, by the hybrid clock of `region`.
    pub(crate) time: HybridTime,
    /// Who gave the stamp; breaks ties.
    pub(crate) region: RegionName,
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall_ms, counter) = (self.time.wall_ms(), self.time.counter());
        write!(formatter, "{wall_ms}.{counter}@{}", self.region)
    }
}

/// A text that is not `wall milliseconds . counter @ region`.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a stamp of the form 1763766000123.0@eu-west-1")]
pub(crate) struct StampError {
    text: String,
}

impl FromStr for Stamp {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (time, region) = text.split_once('@')?;
            let (wall, counter) = time.split_once('.')?;
            let wall_ms: u64 = wall.parse().ok().filter(|wall| *wall <= WALL_MS_MAX)?;
            let counter: u64 = counter.parse().ok().filter(|counter| *counter <= COUNTER_MAX)?;
            let time = HybridTime((wall_ms << COUNTER_BITS) | counter);
            Some(Self { time, region: RegionName::parse(region).ok()? })
        };
        parse().ok_or_else(|| StampError { text: text.to_owned() })
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::read(deserializer, str::parse)
    }
}

/// The hybrid clock of one region. One owner (the storage writer), so it needs no lock.
#[derive(Debug)]
pub(crate) struct Clock {
    region: RegionName,
    last: HybridTime,
    ahead_max: Duration,
    /// The last stamp, if the hybrid part is taken away.
    bare: Option<HybridTime>,
}

impl Clock {
    /// A clock that goes on after `last`, the newest stamp that the region has stored.
    pub(crate) fn new(region: RegionName, last: HybridTime, ahead_max: Duration) -> Self {
        Self { region, last, ahead_max, bare: None }
    }

    /// The newest time that was given or observed.
    pub(crate) fn last(&self) -> HybridTime {
        self.last
    }

    /// Takes the hybrid part away, or gives it back: from now on stamps are what the wall clock says, and a number
    /// where that would give one twice. Nothing that was seen is remembered in them.
    pub(crate) fn trust_the_wall(&mut self, trusts: bool) {
        self.bare = trusts.then(|| self.bare.unwrap_or_default());
    }

    /// The stamp of a local write: after everything given and observed so far.
    pub(crate) fn tick(&mut self, now_ms: u64) -> Stamp {
        self.tick_above(now_ms, None)
    }

    /// The stamp of a local write that replaces a value stamped `replaced`: always above it, even if
    /// that one lies beyond the bound. The clock itself does not follow.
    pub(crate) fn tick_above(&mut self, now_ms: u64, replaced: Option<&Stamp>) -> Stamp {
        if let Some(bare) = &mut self.bare {
            *bare = if bare.wall_ms() == now_ms { bare.next() } else { HybridTime::at_wall_ms(now_ms) };
            return Stamp { time: *bare, region: self.region.clone() };
        }
        self.last = self.last.next().max(HybridTime::at_wall_ms(now_ms));
        let mut stamp = Stamp { time: self.last, region: self.region.clone() };
        if let Some(replaced) = replaced
            && *replaced >= stamp
        {
            stamp.time = replaced.time.next();
        }
        stamp
    }

    /// Takes note of a remote time, up to the bound. Answers by how much the remote time is ahead of
    /// `now_ms` when it is further ahead than the bound allows.
    pub(crate) fn observe(&mut self, now_ms: u64, remote: HybridTime) -> Option<Duration> {
        let ahead = Duration::from_millis(remote.wall_ms().saturating_sub(now_ms));
        if ahead <= self.ahead_max {
            self.last = self.last.max(remote);
            return None;
        }
        let bound_ms = now_ms.saturating_add(self.ahead_max.as_millis() as u64);
        self.last = self.last.max(HybridTime::at_wall_ms(bound_ms));
        Some(ahead)
    }
}

#[cfg(test)]
mod tests;
