//! `clock`: the wall clock of a region is wrong.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        section::section,
        units_read::{ClockOffset, Time},
        values::{Decimal, NameText},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

/// An offset that is smaller can't be told from the way to the probe and back.
const OFFSET_MS_MIN: u64 = 50;
/// The largest offset: an hour.
const OFFSET_MS_MAX: u64 = 3_600_000;
/// The largest drift: a tenth.
const DRIFT_PPM_MAX: f64 = 100_000.0;

section! {
    /// The wall clock of a region is off, goes too fast or too slow, or jumps to and fro. Chirp only.
    ClockText "clock" (exactly one of "offset", "drift_ppm", "strobe") {
        /// Which region.
        required "region" region: NameText;
        /// It is ahead by so much, or behind (`-5s`): 50ms to 1h. At the moment of a failover this is a step.
        optional "offset" offset: ClockOffset;
        /// From the injection on it goes so many millionths too fast, or too slow (`-20000`): up to 100000.
        optional "drift_ppm" drift_ppm: Decimal;
        /// It jumps ahead by so much (or back) and back again.
        optional "strobe" strobe: ClockOffset;
        /// How often it jumps, 100ms to 10m; for `strobe` only.
        optional "every" every: Time<100, 600_000>;
    }
}

/// The wall clock of a region is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Which region.
    pub region: RegionName,
    /// How.
    pub error: ClockError,
}

/// How a clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockError {
    /// It is ahead by so much, or behind.
    Offset {
        /// Milliseconds.
        ms: i64,
    },
    /// It goes too fast, or too slow.
    Drift {
        /// Millionths.
        ppm: i64,
    },
    /// It jumps to and fro.
    Strobe {
        /// By how many milliseconds.
        ms: i64,
        /// How often.
        #[serde(with = "units::duration")]
        every: Duration,
    },
}

impl Clock {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "clock",
        group: Group::Clock,
        covers: &["E1", "E2", "E3", "E4"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the clock of its region",
        needs: "the processes and the storage of its region",
    };
}

impl Kind for Clock {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        let needs = [Thing::processes([&self.region]), Thing::parts("storage", [&self.region])].concat();
        Claims { takes: vec![Thing::part("clock", &self.region)], needs }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let region = &self.region;
        let length = |ms: i64| time(Duration::from_millis(ms.unsigned_abs()));
        match self.error {
            ClockError::Offset { ms } => {
                format!("the clock of {region} is {} {}", length(ms), if ms < 0 { "behind" } else { "ahead" })
            }
            ClockError::Drift { ppm } => {
                let way = if ppm < 0 { "slow" } else { "fast" };
                format!("the clock of {region} goes {} millionths too {way}", ppm.unsigned_abs())
            }
            ClockError::Strobe { ms, every } => {
                format!("the clock of {region} jumps by {} every {}", length(ms), time(every))
            }
        }
    }
}

impl KindText for ClockText {
    type Kind = Clock;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Clock> {
        resolver.needs_lab(Clock::ABOUT.name, "the lab's regions have clocks of their own", span, ground);
        let region = resolver.region(ground, &self.region);
        let every = resolver.only_with(&self.every, self.strobe.is_written(), "every", "strobe", self.place());
        for offset in [&self.offset, &self.strobe] {
            let Some(ClockOffset(ms)) = offset.value() else { continue };
            if !(OFFSET_MS_MIN..=OFFSET_MS_MAX).contains(&ms.unsigned_abs()) {
                let mistake = Mistake::new(Code::OutOfRange, offset.span_or(self.place()), "out of range for a clock");
                resolver.add(mistake.hint("50ms to 1h, ahead or behind: -5s"));
            }
        }
        if let Some(Decimal(ppm)) = self.drift_ppm.value()
            && (ppm.abs() < 1.0 || ppm.abs() > DRIFT_PPM_MAX || ppm.fract() != 0.0)
        {
            let mistake =
                Mistake::new(Code::OutOfRange, self.drift_ppm.span_or(self.place()), "out of range for a drift");
            resolver.add(mistake.hint("whole millionths, 1 to 100000, or below zero for too slow"));
        }
        let error = if let Some(ClockOffset(ms)) = self.offset.value() {
            ClockError::Offset { ms: *ms }
        } else if let Some(Decimal(ppm)) = self.drift_ppm.value() {
            ClockError::Drift { ppm: *ppm as i64 }
        } else {
            ClockError::Strobe { ms: self.strobe.value()?.0, every: every.flatten()?.0 }
        };
        Some(Clock { region: region?, error })
    }
}
