//! When users turn up: pure functions of the plan, the seed and the part of the load that is ours.
//!
//! ```text
//!  stages ──▶ Shape: how many were due by then, and its inverse ──▶ Schedule: the n-th arrival's intended time
//!                 └─▶ Users: who is there at what time (closed model)
//! ```
//!
//! Nothing here looks at a clock. An arrival's time depends on its number alone, so the load can be cut into any number of
//! parts (agents, threads): who has arrival n is told by n alone, and the parts add up to the whole ([`units::Part`], [`Parts`]).

mod draws;
mod parts;
mod schedule;
mod session;
mod shape;
mod users;

#[cfg(test)]
mod tests;

pub use draws::Draws;
#[cfg(test)]
pub(crate) use parts::tests::fleet;
pub use parts::{Parts, PartsError, PartsFault};
pub use schedule::{Arrival, Schedule};
pub use session::journeys_in_session;
pub use shape::{Hold, Shape};
pub use users::{ClosedUser, Users};
