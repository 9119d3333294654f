//! The load generator against small servers of its own, over loopback.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod accounting;
mod ledger;
mod outcomes;
mod support;
