//! `resolver`, `[timelines]`, `[tombstones]`: what becomes of data, the same in every region.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;
use super::format::Number;
use crate::resolve::Resolver;

/// A day: longer than a partition that nobody mends.
const KEEP_MS: u64 = 24 * 3_600_000;
/// A year.
const KEEP_MS_MAX: u64 = 365 * KEEP_MS;

/// `[timelines]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelinesTable {
    celebrity_followers: Number,
}

/// `[tombstones]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TombstonesTable {
    keep_ms: Number,
}

/// What becomes of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DataRules {
    /// What becomes of concurrent updates.
    pub(crate) resolver: Resolver,
    /// Who has more followers is merged at read.
    pub(crate) celebrity_followers: u64,
    /// How long a tombstone is kept at least.
    pub(crate) tombstones_keep: Duration,
}

pub(super) fn check(
    resolver: Option<&Spanned<String>>,
    timelines: &TimelinesTable,
    tombstones: &TombstonesTable,
    mistakes: &mut Mistakes<'_>,
) -> DataRules {
    let keep_ms = mistakes.number("keep_ms", &tombstones.keep_ms, KEEP_MS, 1..=KEEP_MS_MAX);
    DataRules {
        resolver: resolver.map_or_else(Resolver::default, |name| named(name, mistakes)),
        celebrity_followers: mistakes.number(
            "celebrity_followers",
            &timelines.celebrity_followers,
            1000,
            0..=1_000_000,
        ),
        tombstones_keep: Duration::from_millis(keep_ms),
    }
}

fn named(name: &Spanned<String>, mistakes: &mut Mistakes<'_>) -> Resolver {
    name.get_ref().parse().unwrap_or_else(|error: crate::resolve::UnknownResolver| {
        let known: Vec<&str> = Resolver::ALL.iter().map(|resolver| resolver.name()).collect();
        mistakes.at(name.span(), error.to_string(), format!("there are: {}", known.join(", ")));
        Resolver::default()
    })
}
