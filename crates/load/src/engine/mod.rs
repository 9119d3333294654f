//! The engine: one thread per core, and on each thread everything that its users need.
//!
//! ```text
//!  thread t                                                    (nothing here is shared with another thread)
//!  ┌──────────────────────────────────────────────────────────────────────────────┐
//!  │ schedules ──▶ release ──▶ lane per population ──▶ seat ──▶ journey ──▶ client  │──▶ sockets
//!  │ (arrivals n ≡ t)   ▲        waiting │ idle seats   ▲  └── done, free ──┘        │
//!  │   precise timer ───┘                └──── wakes ───┘         recorder          │──▶ entries, each second
//!  └──────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A **seat** is one user at a time: a task that is made when an arrival finds no idle one, up to the plan's number of users,
//! and then used again and again. An arrival is a few words in a queue; it allocates nothing and is no task.
//!
//! **What happens to an arrival** is counted exactly: started (a user took it), dropped (no user was free within
//! `start_within`), or unsent (the generator itself was that late, or the load was stopped). Whatever happens, these three add up
//! to what the plan intended.
//!
//! **The end.** When the load is over, waiting arrivals are still served within `start_within`, requests under way are
//! awaited, and a journey ends with the step it is at. When the load is stopped, waiting arrivals are unsent. Either way a
//! thread ends within `request_time_max` and a second.

mod core;
mod end;
mod journey;
mod lane;
mod pacer;
mod seat;
mod thread;

pub(crate) use thread::{Assignment, run};
