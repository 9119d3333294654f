//! The wall clock of a region: the machine's, an offset from the configuration, and what conditions make of it.
//!
//! So a wrong clock is played: all of the region's stamps and heartbeats have it. It is the only place where Chirp
//! reads the time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::condition::{Condition, Conditions, Value};

/// A wall clock that may be wrong on purpose. Clones are wrong alike.
#[derive(Clone, Debug, Default)]
pub(crate) struct WallClock {
    offset_ms: i64,
    conditions: Conditions,
}

impl WallClock {
    /// The machine's clock and this many milliseconds (may be negative).
    pub(crate) fn with_offset_ms(offset_ms: i64) -> Self {
        Self { offset_ms, conditions: Conditions::default() }
    }

    /// The same, and what is wrong with it while the process runs.
    pub(crate) fn with_conditions(offset_ms: i64, conditions: &Conditions) -> Self {
        Self { offset_ms, conditions: conditions.clone() }
    }

    /// Milliseconds since 1970, never below 0.
    pub(crate) fn now_ms(&self) -> u64 {
        unix_millis().saturating_add_signed(self.offset_ms).saturating_add_signed(self.error_ms())
    }

    /// How wrong the conditions make it now.
    fn error_ms(&self) -> i64 {
        let conditions = [Condition::ClockOffset, Condition::ClockDrift, Condition::ClockStrobe];
        let errors = conditions.iter().filter_map(|condition| self.conditions.value(*condition));
        errors.map(|(value, elapsed)| error_ms(&value, elapsed)).sum()
    }
}

/// How wrong a clock is that has been made so for this long.
fn error_ms(value: &Value, elapsed: Duration) -> i64 {
    match value {
        Value::OffsetMs(ms) => *ms,
        Value::DriftPpm(ppm) => (elapsed.as_millis() as i64).saturating_mul(*ppm) / 1_000_000,
        Value::Strobe(delta, period) if (elapsed.as_micros() / period.as_micros()).is_multiple_of(2) => *delta,
        _ => 0,
    }
}

/// Milliseconds since 1970 by the machine's clock, without any offset.
pub(crate) fn unix_millis() -> u64 {
    unix_micros() / 1000
}

/// Microseconds since 1970 by the machine's clock, without any offset.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_by_an_offset_drifts_with_time_and_jumps_to_and_fro() {
        let strobe = Value::Strobe(500, Duration::from_millis(200));
        // (what, for how many milliseconds, error)
        let cases = [
            (Value::OffsetMs(-500), 0, -500),
            (Value::OffsetMs(-500), 10_000, -500),
            (Value::DriftPpm(1000), 0, 0),
            (Value::DriftPpm(1000), 10_000, 10),
            (Value::DriftPpm(-1000), 10_000, -10),
            (strobe.clone(), 199, 500),
            (strobe.clone(), 200, 0),
            (strobe, 400, 500),
            (Value::Nothing, 10_000, 0),
        ];
        for (value, ms, error) in cases {
            assert_eq!(error_ms(&value, Duration::from_millis(ms)), error, "{value:?} after {ms} ms");
        }
    }

    #[test]
    fn all_clones_of_a_clock_are_wrong_while_the_condition_holds_and_right_after_it() {
        let conditions = Conditions::default();
        let clock = WallClock::with_conditions(0, &conditions).clone();
        let ahead = || clock.now_ms().abs_diff(unix_millis()) > 1_800_000;
        assert!(!ahead());
        conditions.set_for_test(Condition::ClockOffset, Value::OffsetMs(3_600_000));
        assert!(ahead());
        conditions.clear(None, None);
        assert!(!ahead());
    }
}
