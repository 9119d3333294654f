//! The envelope of every fault: when it comes and goes, how it is held, how it is proven, whom it spares.
//!
//! ```text
//!   start_jitter        ramp.on          ramp.off
//!   |~~~~~~~|        ____/‾‾‾‾‾‾‾‾‾‾‾\____            ____/‾‾‾‾‾‾‾‾‾‾‾\____
//!   at    start      |------- for -------|            |------- for -------|
//!                    |------------- repeat.every -----|                   until
//!                    turn 1                           turn 2
//! ```
//!
//! One shape serves a fault that comes once, one that rises, a link that flaps and a loss that rolls over the regions.

use super::{About, FaultKind, claims::Claims};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{FaultName, PopulationName, RegionName, Seed};

/// Changes of a ramp at most: each is told to everybody who applies the fault.
const RAMP_STEPS_MAX: u128 = 20;
/// A ramp changes no more often than this.
const RAMP_STEP_MS_MIN: u128 = 250;

/// Something the plan breaks: inject, prove it took effect, heal, prove it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name, unique in the plan.
    pub name: FaultName,
    /// What breaks.
    pub kind: FaultKind,
    /// When it is injected at the earliest, after the load's start. [`Fault::start`] has the jitter in it.
    #[serde(with = "units::duration")]
    pub at: Duration,
    /// It is injected up to this much later; the run's seed decides.
    #[serde(with = "units::duration", default)]
    pub start_jitter: Duration,
    /// How long it lasts, each time.
    #[serde(with = "units::duration", rename = "for")]
    pub duration: Duration,
    /// How it rises and falls.
    #[serde(default)]
    pub ramp: Ramp,
    /// How often it comes.
    #[serde(default)]
    pub repeat: Repeat,
    /// Who is not hit.
    #[serde(default)]
    pub exempt: Exempt,
    /// Whoever applies it heals it by itself when it isn't renewed for this long.
    #[serde(with = "units::duration")]
    pub lease: Duration,
    /// Which proofs are wanted.
    #[serde(default)]
    pub verify: Verify,
    /// The longest that the proof of effect and the proof of removal may each take.
    #[serde(with = "units::duration")]
    pub verify_within: Duration,
}

impl Fault {
    /// A fault that comes once, at once, and hits everybody it is about; with the plan's own defaults for lease and proofs.
    #[must_use]
    pub fn new(name: FaultName, kind: FaultKind, at: Duration, duration: Duration) -> Self {
        Self {
            name,
            kind,
            at,
            start_jitter: Duration::ZERO,
            duration,
            ramp: Ramp::default(),
            repeat: Repeat::default(),
            exempt: Exempt::default(),
            lease: Duration::from_secs(15),
            verify: Verify::default(),
            verify_within: Duration::from_secs(10).min(duration),
        }
    }

    /// When it is injected, after the load's start, in a run with that seed.
    #[must_use]
    pub fn start(&self, seed: Seed) -> Duration {
        let nanos = u64::try_from(self.start_jitter.as_nanos()).unwrap_or(u64::MAX);
        let die = seed.derive("fault start").derive(self.name.as_str()).value();
        self.at + Duration::from_nanos(if nanos == 0 { 0 } else { die % nanos })
    }

    /// When something is made ready for it, after the load's start, in a run with that seed; `None`: it needs nothing of the kind.
    #[must_use]
    pub fn prepared(&self, seed: Seed) -> Option<Duration> {
        let lead = self.kind.lead();
        (!lead.is_zero()).then(|| self.start(seed).saturating_sub(lead))
    }

    /// When it is healed, after the load's start, in a run with that seed.
    #[must_use]
    pub fn until(&self, seed: Seed) -> Duration {
        self.start(seed) + self.lasts()
    }

    /// When it is healed at the latest, whatever the seed.
    #[must_use]
    pub fn latest_until(&self) -> Duration {
        self.at + self.start_jitter + self.lasts()
    }

    /// From its first injection to its last healing.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        self.repeat.every * (self.repeat.times - 1) + self.duration
    }

    /// Whether somebody has a reason to be led elsewhere while it lasts.
    #[must_use]
    pub fn moves_users(&self) -> bool {
        !self.kind.taken_from_users().is_empty()
    }

    /// What happens each time it comes, in order. Offsets count from its start.
    pub fn turns(&self) -> impl Iterator<Item = Turn> + '_ {
        let regions = self.kind.regions();
        (0..self.repeat.times).map(move |number| {
            let starts = self.repeat.every * number;
            let region = self.repeat.rolling.then(|| regions[number as usize % regions.len()]);
            let ends = starts + self.duration;
            Turn {
                number,
                kind: region.and_then(|region| self.kind.as_kind().only(region)).unwrap_or_else(|| self.kind.clone()),
                rise: steps(self.ramp.on).map(|(after, part)| (starts + after, Strength(part))).collect(),
                fall: steps(self.ramp.off)
                    .map(|(after, part)| (ends - self.ramp.off + after, Strength(1_000 - part)))
                    .filter(|(_, strength)| *strength != Strength::NONE)
                    .collect(),
                ends,
            }
        })
    }
}

/// Instants of a rise and the thousandths reached with each; the last are all of them, in less than `over`.
fn steps(over: Duration) -> impl Iterator<Item = (Duration, u16)> {
    let count = (over.as_millis() / RAMP_STEP_MS_MIN).clamp(1, RAMP_STEPS_MAX) as u32;
    (0..count).map(move |step| (over * step / count, (1_000 * (step + 1) / count) as u16))
}

/// What happens one time that a fault comes. Offsets count from the fault's start.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Which time, from 0.
    pub number: u32,
    /// What breaks this time: the fault's kind, or that on one of its regions where it rolls over them.
    pub kind: FaultKind,
    /// How it rises: at least one step, the first when it is injected, the last of full strength.
    pub rise: Vec<(Duration, Strength)>,
    /// How it falls before it is healed; empty where it is healed at once.
    pub fall: Vec<(Duration, Strength)>,
    /// When it is healed.
    pub ends: Duration,
}

impl Turn {
    /// When it is injected.
    #[must_use]
    pub fn starts(&self) -> Duration {
        self.rise.first().map_or(Duration::ZERO, |(after, _)| *after)
    }
}

/// How much of a fault is there, in thousandths of what the plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strength(u16);

impl Strength {
    /// Nothing of it.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const FULL: Self = Self(1_000);

    /// As a part of 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

/// How a fault rises and falls. Both lie inside of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// From nothing to its full strength.
    #[serde(with = "units::duration")]
    pub on: Duration,
    /// From its full strength to nothing.
    #[serde(with = "units::duration")]
    pub off: Duration,
}

/// How often a fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// At least once.
    pub times: u32,
    /// From one injection to the next; longer than the fault lasts.
    #[serde(with = "units::duration")]
    pub every: Duration,
    /// Each time it hits the next of its regions, and not all of them.
    #[serde(default)]
    pub rolling: bool,
}

impl Default for Repeat {
    fn default() -> Self {
        Self { times: 1, every: Duration::ZERO, rolling: false }
    }
}

/// Who is not hit by a fault.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    /// The links of these users stay whole.
    pub populations: Vec<PopulationName>,
    /// The links with these regions stay whole.
    pub regions: Vec<RegionName>,
}

impl Exempt {
    /// Nobody is spared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.populations.is_empty() && self.regions.is_empty()
    }
}

/// Which proofs of a fault are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// That it has its effect.
    pub effect: Proving,
    /// That the effect is gone.
    pub removal: Proving,
}

/// Whether something is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proving {
    /// It is proven by measuring; where that fails the verdict is inconclusive.
    #[default]
    Prove,
    /// It is not tried, so the verdict is inconclusive: for looking around.
    Skip,
    /// It is not tried, and the plan takes it for granted that the command did what it says. The report says so.
    Assume,
}

impl FaultKind {
    /// What the kind says of itself.
    #[must_use]
    pub fn about(&self) -> About {
        self.as_kind().about()
    }

    /// The name of the kind as written in plans.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.about().name
    }

    /// The regions it is aimed at.
    #[must_use]
    pub fn regions(&self) -> Vec<&RegionName> {
        self.as_kind().regions()
    }

    /// The regions that it takes from users, in whole or in part: who is at home there has a reason to be led elsewhere.
    #[must_use]
    pub fn taken_from_users(&self) -> Vec<&RegionName> {
        self.as_kind().taken_from_users()
    }

    /// How long before it comes something must be made ready for it; zero for most.
    #[must_use]
    pub fn lead(&self) -> Duration {
        self.as_kind().lead()
    }

    /// What it takes and needs, in a target of these regions.
    pub(crate) fn claims(&self, regions: &[RegionName]) -> Claims {
        self.as_kind().claims(regions)
    }

    /// What it breaks, in words; `time` writes lengths of time.
    #[must_use]
    pub fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        self.as_kind().words(time)
    }
}
