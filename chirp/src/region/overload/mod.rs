//! Load shedding: a region takes in what it can do in time, and refuses the rest at once.
//!
//! ```text
//!  request ──▶ place among all (in_flight_max)? ──▶ place in its class (limit)? ──▶ work ──▶ took how long?
//!                  │ no                                 │ no                                    │
//!                  └────────── 503, Retry-After ◀───────┘             limit ◀── standing delay ─┘
//! ```
//!
//! Without it, a region that gets more than it can do lets all wait until their time is over: it works as hard
//! as it can, and nobody gets an answer in time. Refused at once, the rest is soon served, and who was refused
//! still has time to try elsewhere.
//!
//! Two classes with limits of their own (`limit`): reads go on while writes wait for a disk or another region.
//! Their places come out of one number, `in_flight_max`, which is also what holds in the first moments of a
//! stall, before any request has ended.
//!
//! **Never shed**: health checks and metrics (a region that is full is not broken, and who takes it for dead
//! makes the others full), replication, leases and votes, names, administration. They don't come here.

mod limit;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use tokio::time::Instant;

use crate::config::Limits;
use crate::defects::{Defect, Defects};
use limit::Limit;

/// What requests are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It changes nothing.
    Read,
    /// It waits for the disk, and maybe for other regions.
    Write,
}

impl Class {
    pub(super) const ALL: [Self; 2] = [Self::Read, Self::Write];

    pub(super) fn of(method: &Method) -> Self {
        if matches!(*method, Method::GET | Method::HEAD) { Self::Read } else { Self::Write }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    /// There are as many as there may ever be.
    #[error("{0} requests are under way")]
    All(usize),
    /// More of its class would only wait.
    #[error("{in_flight} {}s are under way, and they wait for each other", .class.name())]
    Class {
        /// Which.
        class: Class,
        /// How many.
        in_flight: usize,
    },
}

impl Full {
    /// For the count.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::All(_) => "in_flight_max",
            Self::Class { .. } => "delay",
        }
    }
}

/// Who is let in.
#[derive(Debug)]
pub(super) struct Overload {
    gate: Mutex<Gate>,
    started: Instant,
}

/// The same without a clock.
#[derive(Debug)]
struct Gate {
    in_flight_max: usize,
    defects: Defects,
    reads: Lane,
    writes: Lane,
}

#[derive(Debug)]
struct Lane {
    in_flight: usize,
    limit: Limit,
}

/// A request that was let in. Dropping it makes room.
#[derive(Debug)]
pub(super) struct Place<'a> {
    overload: &'a Overload,
    class: Class,
    began: Duration,
    is_told: bool,
}

impl Overload {
    /// Nobody is in.
    pub(super) fn new(limits: &Limits, defects: &Defects) -> Self {
        Self { gate: Mutex::new(Gate::new(limits, defects)), started: Instant::now() }
    }

    /// Lets a request in, or not.
    pub(super) fn enter(&self, class: Class) -> Result<Place<'_>, Full> {
        self.gate().enter(class)?;
        Ok(Place { overload: self, class, began: self.started.elapsed(), is_told: false })
    }

    /// Requests under way.
    pub(super) fn in_flight(&self) -> usize {
        self.gate().in_flight()
    }

    /// How many of a class may be under way now.
    pub(super) fn limit(&self, class: Class) -> usize {
        self.gate().lane(class).limit.places()
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    fn new(limits: &Limits, defects: &Defects) -> Self {
        let lane = |deadline| Lane { in_flight: 0, limit: Limit::new(limits.in_flight_max, deadline) };
        Self {
            in_flight_max: limits.in_flight_max,
            defects: defects.clone(),
            reads: lane(limits.read_deadline),
            writes: lane(limits.write_deadline),
        }
    }

    fn enter(&mut self, class: Class) -> Result<(), Full> {
        let is_open = self.defects.has(Defect::NoLoadShedding);
        let (all, most) = (self.in_flight(), self.in_flight_max);
        let lane = self.lane(class);
        let has_place = lane.limit.admits(lane.in_flight);
        // DEFECT no-load-shedding
        if !is_open {
            if all >= most {
                return Err(Full::All(most));
            }
            if !has_place {
                return Err(Full::Class { class, in_flight: lane.in_flight });
            }
        }
        lane.in_flight += 1;
        Ok(())
    }

    /// One has ended; none: nobody knows how long it would have taken.
    fn leave(&mut self, class: Class, now: Duration, took: Option<Duration>) {
        let lane = self.lane(class);
        if let Some(took) = took {
            lane.limit.ended(now, took);
        }
        lane.in_flight -= 1;
    }

    fn in_flight(&self) -> usize {
        self.reads.in_flight + self.writes.in_flight
    }

    fn lane(&mut self, class: Class) -> &mut Lane {
        match class {
            Class::Read => &mut self.reads,
            Class::Write => &mut self.writes,
        }
    }
}

impl Place<'_> {
    /// It is answered. A refusal that came at once says nothing about how long work takes.
    pub(super) fn answered(mut self, is_success: bool) {
        let now = self.overload.started.elapsed();
        let took = now.saturating_sub(self.began);
        let mut gate = self.overload.gate();
        let is_long = took > gate.lane(self.class).limit.delay_max();
        gate.leave(self.class, now, (is_success || is_long).then_some(took));
        self.is_told = true;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        // Its user went away, or its deadline came first: it took at least so long.
        let now = self.overload.started.elapsed();
        let took = now.saturating_sub(self.began);
        let mut gate = self.overload.gate();
        let is_long = took > gate.lane(self.class).limit.delay_max();
        gate.leave(self.class, now, is_long.then_some(took));
    }
}
