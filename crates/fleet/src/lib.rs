//! Carries a resolved plan out: a controller, and the agents that generate the load.
//!
//! ```text
//!            ┌──────────── controller ────────────┐
//!   plan ──▶ shares ──▶ assignments ──▶ link ──▶ agent ──▶ load engine
//!                                        │         │
//!   recorder ◀── once, in order ◀───── link ◀── batches (numbered, spooled until stored)
//!      ▲  ▲
//!   faults lab      schedule ──▶ conductor ──▶ observer (what a person is shown)
//! ```
//!
//! Map: [`conduct`] is the loop, [`resume()`] goes on with a run whose controller was killed; [`schedule`] says what is due when (pure);
//! `recorder` writes; [`control`] is what is asked of a run while it goes on; [`StopLevel`] and the `stop_guard` end it early;
//! `holds` says when the load can be held (pure).
//! [`message`] is what travels, [`link`] what carries it, [`merge`] takes each batch once (pure). [`agent`] is the other end;
//! `controller` knows the agents; [`local`] starts them on this machine. [`station`] is an agent that stands elsewhere and serves one
//! run after the other; [`roster`] listens who is there, [`shares`] says who generates what (pure), [`mod@enlist`] makes recruits of
//! them. [`monotonic`] is the clock that processes of one machine share, and [`clock`] bounds what may be said of another machine's
//! time (pure).
//!
//! Invariants: a run in one process is a fleet of one agent on a channel, there is no second path; everything that happens is a
//! [`record::Entry`] and passes through the one loop; the conductor holds no number of its own; each batch is in the recording
//! exactly once, and an agent keeps it until it is; faults are healed before the recording ends, on every way out.

pub mod agent;
mod causes;
pub mod clock;
mod conductor;
pub mod control;
mod controller;
mod door;
pub mod enlist;
mod holds;
pub mod link;
pub mod local;
pub mod merge;
pub mod message;
pub mod monotonic;
mod recorder;
mod resume;
pub mod roster;
pub mod schedule;
pub mod shares;
pub mod station;
mod stop_guard;

pub use causes::with_sources;
pub use conductor::{EVENTS_MAX, Observation, RunEnd, RunError, RunSetup, StopLevel, conduct};
pub use controller::{AssembleError, Recruit};
pub use resume::{ResumeError, Resumed, resume};
