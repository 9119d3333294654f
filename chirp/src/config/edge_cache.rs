//! `[edge_cache]`: what edges may keep of answers. Off unless asked for, for a cache at one edge cannot
//! know what was written through another: with it, reading one's own writes holds at one edge only.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Semaphore;

use super::check::Mistakes;
use super::format::Number;
use crate::cache::Settings;

/// `[edge_cache]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EdgeCacheTable {
    ttl_ms: Number,
    stale_ms_max: Number,
    bytes_max: Number,
    answer_bytes_max: Number,
}

impl EdgeCacheTable {
    pub(super) fn check(&self, mistakes: &mut Mistakes<'_>) -> Settings {
        const HOUR_MS: u64 = 3_600_000;
        let mut number = |key: &str, value: &Number, default, range| mistakes.number(key, value, default, range);
        Settings {
            ttl: Duration::from_millis(number("ttl_ms", &self.ttl_ms, 0, 0..=HOUR_MS)),
            stale_max: Duration::from_millis(number("stale_ms_max", &self.stale_ms_max, 10_000, 0..=HOUR_MS)),
            bytes_max: number("bytes_max", &self.bytes_max, 64 << 20, 1..=1 << 40),
            answer_bytes_max: number("answer_bytes_max", &self.answer_bytes_max, 256 << 10, 1..=16 << 20) as usize,
            // Requests under way are bounded already.
            loads_max: Semaphore::MAX_PERMITS,
        }
    }
}
