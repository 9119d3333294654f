//! The steps of a search: the plan of each, what its findings show, and what all of them come to.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod loss;
mod scale;
mod seen;
mod told;
mod world;
