//! Generates load the way the world does: users turn up when the plan says, whatever happened to the users before them, each
//! over its own path, and every request is measured from when it was intended.
//!
//! Map:
//! - [`arrivals`]: when users turn up, as pure functions. Threads and agents compute their own part.
//! - `script`: the plan's journeys, made ready to be walked.
//! - `answer`, `client`, `resolve`, `world`: one request from its name to its judged answer, over links from [`wan`].
//! - `engine`: threads, lanes, seats, pacing. `recorder`: what happened, added up per second, as [`record::Entry`].
//! - `ledger`: probe writes and who reads them back.
//! - `health`, [`limits`]: whether the generator itself can be trusted, while it runs and before it starts.
//! - [`start`] puts them together; [`prepare`] does all of it but starting.
//!
//! Invariants: this crate knows nothing of regions failing. On the hot path threads share nothing, nothing is locked, and no
//! bookkeeping allocates. Every wait ends: requests by their total time, a thread by `request_time_max` and a second after its
//! load. Whoever calls [`start`] says when the load begins and ends in the recording (`LoadStarted`, `LoadEnded`): with several
//! agents no single one of them knows.

pub mod addresses;
mod alarm;
mod answer;
pub mod arrivals;
mod client;
mod engine;
mod error;
mod health;
mod ledger;
pub mod limits;
mod recorder;
mod resolve;
mod running;
mod script;
mod setup;
mod world;

#[cfg(test)]
#[path = "../tests/load/support/plans.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with the integration tests, which use all of it")]
mod plans;

pub use addresses::{BaseUrl, EntryAddress, RegionAddress, Scheme, TargetAddresses, UserAddress};
pub use arrivals::{Hold, Parts, PartsError, PartsFault};
pub use error::LoadError;
pub use health::LiveCounts;
pub use ledger::FinalReads;
pub use running::{HEARD_WITHIN, LoadHandle, PreparedLoad, RunningLoad, prepare, start};
pub use setup::{Setup, TakeOver, stamp};
