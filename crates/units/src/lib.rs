//! The small values everything else is made of: names, rates, shares, parts, durations with units, instants of a run, seeds.
//!
//! Map: [`RegionName`] and its sisters (ids), [`Rate`], [`Share`], [`Part`] (some of what is numbered), [`Bandwidth`], [`duration`] (text form of
//! [`std::time::Duration`]), [`RunTime`] (time on the run's own clock), [`Seed`] (one per run, children by name).
//!
//! Invariants: no I/O, no clock, no async. Each text form is exact: what is printed parses back to the same value.

mod bandwidth;
pub mod duration;
mod name;
mod part;
mod rate;
mod run_time;
mod seed;
#[macro_use]
mod share;
mod text;

pub use bandwidth::Bandwidth;
pub use name::{FaultName, JourneyName, PopulationName, RegionName, StepName};
pub use part::{Part, TooFine};
pub use rate::Rate;
pub use run_time::RunTime;
pub use seed::Seed;
pub use share::Share;
pub use text::UnitError;
