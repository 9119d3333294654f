//! Deployments compared: what each costs its users every day, what they pay when a region dies, and what is lost.
//!
//! ```text
//!   candidates ──▶ (each is run by the binary) ──▶ Run: findings, bytes on the links, conflicts
//!                                                      │
//!                       prices ──▶ Row::of  ◀──────────┘
//!                                     │
//!                                  Comparison ──▶ theory: does each row come out as the books say?
//! ```
//!
//! Map: [`candidates`] is the list of deployments and the plan that each of them gets; [`run`] is what was measured of one;
//! [`row`] turns that into figures; [`cost`] prices it; [`theory`] says what was to be expected; [`columns`] names the
//! figures once for every rendering.
//!
//! Invariants: pure. A row without data says why and is never dropped. Percentiles come from merged histograms
//! ([`verdict`] merges them), never from other percentiles. What was not measured can't be expected: inconclusive.

pub mod candidates;
pub mod columns;
mod comparison;
pub mod cost;
mod figure;
pub mod row;
pub mod run;
pub mod theory;

pub use candidates::Candidate;
pub use comparison::{Comparison, FORMAT, Setting};
pub use cost::{PriceError, PriceList};
pub use row::Row;
pub use run::Run;
