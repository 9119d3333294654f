//! Carries a resolved plan out: load, faults and the recording, conducted by one loop.
//!
//! ```text
//!            ┌────────── entries ──────────┐
//!   load ────┤                             ▼
//!   faults ──┤                        conductor ──▶ recorder (its own thread) ──▶ run directory
//!   lab ─────┘     schedule ──▶            │
//!                                          └──▶ observer (what a person is shown)
//! ```
//!
//! Map: [`conduct`] is the loop; [`schedule`] says what is due when (pure); `recorder` writes; [`StopLevel`] ends it early;
//! [`clock`] bounds what may be said of another machine's time (pure).
//!
//! Invariants: everything that happens is a [`record::Entry`] and passes through the one loop; the conductor holds no number
//! of its own; faults are healed before the recording ends, on every way out.

mod causes;
pub mod clock;
mod conductor;
mod recorder;
pub mod schedule;

pub use causes::with_sources;
pub use conductor::{EVENTS_MAX, Observation, RunEnd, RunError, RunSetup, StopLevel, conduct};
