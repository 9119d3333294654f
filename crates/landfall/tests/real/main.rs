//! The real program with real processes: scenarios with the verdict they must give, a service that isn't Chirp, bad days.
//!
//! One test at a time boots a lab ([`support::alone`]): two of them on a small machine would disturb each other.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod bad_days;
mod cluster;
mod collisions;
mod elsewhere;
mod fleet;
mod knee;
mod plain_http;
mod scenarios;
mod servers;
mod support;
