//! The real program with real processes: scenarios with the verdict they must give, a service that isn't Chirp, bad days.
//!
//! Two runs go on at the same time at most, and only one of them is judged by times ([`support::alone`], [`support::beside`]). Tests
//! wait for their turn: there have to be more of them at once than are [`support::alone`], which begin first, by their module's name;
//! `.cargo/config.toml` says how many.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod as_written;
mod bad_days;
mod cluster;
mod collisions;
mod elsewhere;
mod fleet;
mod given;
mod knee;
#[expect(dead_code, reason = "shared with the tests of what is written for servers")]
#[path = "../../../deploy/tests/nats_server/mod.rs"]
mod nats_server;
mod page;
mod plain_http;
mod servers;
mod support;
mod watched;
mod wrong_on_purpose;
