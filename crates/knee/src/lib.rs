//! The knee: the largest load that still keeps a plan's objectives, with its interval; and the headroom: the largest that keeps
//! them although any one region is lost.
//!
//! ```text
//!   Range ──▶ Search ──▶ Ask (factor) ──▶ scaled plan ──▶ (the binary runs and judges it) ──▶ Findings
//!                ▲                                                                            │
//!                └───────────────────────────── Seen (held, broke, …) ◀───────────────────────┘
//!                                   Search + steps ──▶ Knee: the sentence, the table, the verdict
//! ```
//!
//! Map: [`search`] decides which load is tried next and what that says of the knee; [`scale`] makes the plan of a step, [`loss`]
//! the variants in which a region is lost; [`seen`] reads a step's findings; [`knee`] is the value that every rendering draws.
//!
//! Invariants: pure. A step whose load could not be generated or measured is never the target's limit. What breaks is
//! repeated before it counts. The interval is what was seen: a load that held, and a load that broke twice.

pub mod knee;
pub mod loss;
pub mod scale;
pub mod search;
pub mod seen;

pub use knee::{FORMAT, Faults, Knee, Made, Setting, State, Step};
pub use loss::{Loss, losses};
pub use search::{Ask, Range, RangeError, Search};
pub use seen::Seen;
