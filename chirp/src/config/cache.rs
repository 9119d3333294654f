//! `[cache]`: what regions may keep of answers. Off unless asked for: with the embedded engine a read costs
//! about what the cache costs, and what is read in another region may be as old as `away_ttl_ms`.

use std::time::Duration;

use serde::Deserialize;

use super::check::Mistakes;
use super::format::Number;
use crate::cache::Settings;

/// `[cache]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CacheTable {
    ttl_ms: Number,
    away_ttl_ms: Number,
    stale_ms_max: Number,
    bytes_max: Number,
    answer_bytes_max: Number,
    loads_max: Number,
    heartbeat_age_ms_max: Number,
}

/// What a region may keep of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegionCache {
    /// Of what its own engine says.
    pub(crate) here: Settings,
    /// Of what other regions say.
    pub(crate) away: Settings,
    /// A kept answer is marked if whoever writes has not been heard for longer.
    pub(crate) heartbeat_age_max: Duration,
}

impl CacheTable {
    pub(super) fn check(&self, mistakes: &mut Mistakes<'_>) -> RegionCache {
        const HOUR_MS: u64 = 3_600_000;
        let mut number = |key: &str, value: &Number, default, range| mistakes.number(key, value, default, range);
        let here = Settings {
            ttl: Duration::from_millis(number("ttl_ms", &self.ttl_ms, 0, 0..=HOUR_MS)),
            stale_max: Duration::from_millis(number("stale_ms_max", &self.stale_ms_max, 10_000, 0..=HOUR_MS)),
            bytes_max: number("bytes_max", &self.bytes_max, 64 << 20, 1..=1 << 40),
            answer_bytes_max: number("answer_bytes_max", &self.answer_bytes_max, 256 << 10, 1..=16 << 20) as usize,
            loads_max: number("loads_max", &self.loads_max, 64, 1..=100_000) as usize,
        };
        let away_ttl = number("away_ttl_ms", &self.away_ttl_ms, 0, 0..=HOUR_MS);
        let heartbeat_age = number("heartbeat_age_ms_max", &self.heartbeat_age_ms_max, 5000, 1..=HOUR_MS);
        RegionCache {
            here,
            away: Settings { ttl: Duration::from_millis(away_ttl), ..here },
            heartbeat_age_max: Duration::from_millis(heartbeat_age),
        }
    }
}
