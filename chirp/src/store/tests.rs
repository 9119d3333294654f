#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod bench_region;
mod copies;
mod follows;
mod invalidating;
mod opening;
mod replication;
mod resolving;
mod timelines;
mod tombstones;
mod transfer;
mod trimming;
mod writing;

pub(super) use bench_region::{BenchRegion, name, now};
