//! Instants of a run as people read them: UTC by the wall clock of the run's start.
//!
//! A recording whose manifest is damaged has no wall clock; its instants are then `T+12.3s`, never a made-up time of day.

use jiff::{Timestamp, tz::TimeZone};
use units::RunTime;

/// Where the run's clock stands on the wall's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    started: Option<Timestamp>,
}

impl Clock {
    /// From microseconds since 1970-01-01 UTC at the run's start; `None` or a value past the year 9999: unknown.
    #[must_use]
    pub fn new(started_unix_us: Option<u64>) -> Self {
        let micros = started_unix_us.and_then(|micros| i64::try_from(micros).ok());
        Self { started: micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()) }
    }

    /// Whether there is a wall clock.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.started.is_some()
    }

    /// `14:02:00.3`, or `T+32.3s`. Cut to tenths, not rounded: an event is never shown before it happened by rounding up.
    #[must_use]
    pub fn time_of_day(self, at: RunTime) -> String {
        self.format(at, "%H:%M:%S%.1f").unwrap_or_else(|| Self::since_start(at))
    }

    /// `14:02:00`, or `T+32.3s`.
    #[must_use]
    pub fn second_of_day(self, at: RunTime) -> String {
        self.format(at, "%H:%M:%S").unwrap_or_else(|| Self::since_start(at))
    }

    /// `2026-11-21T14:02:20Z`, or `T+32.3s`.
    #[must_use]
    pub fn stamp(self, at: RunTime) -> String {
        self.format(at, "%Y-%m-%dT%H:%M:%SZ").unwrap_or_else(|| Self::since_start(at))
    }

    /// `2026-11-21 14:02`, or `T+32.3s`.
    #[must_use]
    pub fn date_and_minute(self, at: RunTime) -> String {
        self.format(at, "%Y-%m-%d %H:%M").unwrap_or_else(|| Self::since_start(at))
    }

    /// The first instant from `at` on whose wall clock is a whole multiple of `step_us`; of the run's own clock where there
    /// is no other.
    pub(crate) fn next_round(self, at: RunTime, step_us: u64) -> RunTime {
        let started = self.started.map_or(0, |started| u64::try_from(started.as_microsecond()).unwrap_or(0));
        let past = (started.saturating_add(at.as_micros())) % step_us.max(1);
        RunTime::from_micros(at.as_micros().saturating_add(if past == 0 { 0 } else { step_us - past }))
    }

    /// `T+32.3s`: seconds since the run's start, cut to tenths.
    #[must_use]
    pub fn since_start(at: RunTime) -> String {
        let tenths = at.as_micros() / 100_000;
        format!("T+{}.{}s", tenths / 10, tenths % 10)
    }

    fn format(self, at: RunTime, form: &str) -> Option<String> {
        let offset = i64::try_from(at.as_micros()).ok()?;
        let micros = self.started?.as_microsecond().checked_add(offset)?;
        let zoned = Timestamp::from_microsecond(micros).ok()?.to_zoned(TimeZone::UTC);
        Some(zoned.strftime(form).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T14:01:28Z.
    const STARTED: u64 = 1_795_269_688_000_000;

    #[test]
    fn an_instant_is_utc_by_the_start_of_the_run() {
        let clock = Clock::new(Some(STARTED));
        let at = RunTime::from_micros(32_379_999);
        assert_eq!(clock.time_of_day(at), "14:02:00.3", "cut, not rounded");
        assert_eq!(clock.second_of_day(at), "14:02:00");
        assert_eq!(clock.stamp(at), "2026-11-21T14:02:00Z");
        assert_eq!(clock.date_and_minute(at), "2026-11-21 14:02");
    }

    #[test]
    fn without_a_wall_clock_an_instant_counts_from_the_start() {
        for unknown in [None, Some(u64::MAX), Some(i64::MAX as u64)] {
            let clock = Clock::new(unknown);
            assert!(!clock.is_known(), "{unknown:?}");
            assert_eq!(clock.time_of_day(RunTime::from_micros(32_379_999)), "T+32.3s");
            assert_eq!(clock.stamp(RunTime::START), "T+0.0s");
        }
    }

    #[test]
    fn an_instant_past_the_calendar_falls_back_too() {
        let clock = Clock::new(Some(STARTED));
        assert_eq!(clock.time_of_day(RunTime::from_micros(u64::MAX)), "T+18446744073709.5s");
    }
}
