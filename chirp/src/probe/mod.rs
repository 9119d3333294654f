//! Health checks from outside: what the geo-DNS and the edges ask regions (and the geo-DNS the edges).
//!
//! ```text
//!  check (one question) --finding--> health (rise and fall) --state--> whoever sends users somewhere
//! ```
//!
//! **Deep or shallow.** `/healthz` takes the way of a user's write; `/livez` says only that the process runs.
//! The shallow check stays green when the disk is gone, and that is why the deep one is the default; it is
//! there for those who want a region that can still read to keep its users.
//!
//! **A statement is not a failure.** A region that says of itself that it is draining (an operator took it
//! out) or passive (another one is the writer) is well; it is just not a target now. Such a word is
//! believed at once, in both directions, while "it failed" needs several results in a row.

mod check;
mod health;
mod prober;

#[cfg(test)]
mod tests;

pub(crate) use check::CheckKind;
pub(crate) use health::{Health, State, Thresholds};
pub(crate) use prober::{ProbeSettings, run};
