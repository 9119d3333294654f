//! The load generator against small servers of its own, over loopback.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod accounting;
mod connections;
mod fleet;
mod hold;
mod journeys;
mod ledger;
mod names;
mod outcomes;
mod paths;
mod routing;
mod sessions;
mod stall;
mod support;
mod tls;
