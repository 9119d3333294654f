//! A population's users on one thread: who waits for a user, and which users wait for something to do. No I/O, no clock.
//!
//! Idle seats are taken last in, first out: a small set of warm connections does most of the work, and seats that are not
//! needed stay idle until their servers close them, as spare users would.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// A seat's number in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat(pub(crate) u32);

/// An arrival on its way to a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// Its number in its population.
    pub(crate) number: u64,
    pub(crate) intended: Instant,
    /// When it was released to the lane.
    pub(crate) released: Instant,
}

/// What is to be done with an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    /// An idle seat takes it: wake that one.
    Idle(Seat),
    /// A new seat is made for it.
    New(Seat),
    /// It waits for a seat.
    Waits,
}

/// What a seat that has become free does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Free {
    /// Serves the arrival that has waited longest.
    Serve(Start),
    /// Waits.
    Idle,
}

/// A population's users on one thread.
#[derive(Debug)]
pub(crate) struct Lane {
    waiting: VecDeque<Start>,
    idle: Vec<Seat>,
    seats: u32,
    seats_max: u32,
    /// An arrival that waited longer is dropped.
    start_within: Duration,
}

impl Lane {
    pub(crate) fn new(seats_max: u32, start_within: Duration) -> Self {
        Self { waiting: VecDeque::new(), idle: Vec::new(), seats: 0, seats_max, start_within }
    }

    /// Finds a seat for an arrival.
    pub(crate) fn place(&mut self, start: Start) -> Placed {
        if let Some(seat) = self.idle.pop() {
            debug_assert!(self.waiting.is_empty(), "nobody waits while a seat is idle");
            Placed::Idle(seat)
        } else if self.seats < self.seats_max {
            self.seats += 1;
            Placed::New(Seat(self.seats - 1))
        } else {
            self.waiting.push_back(start);
            Placed::Waits
        }
    }

    /// A seat has become free. Expired arrivals must have been taken out before.
    pub(crate) fn free(&mut self, seat: Seat) -> Free {
        match self.waiting.pop_front() {
            Some(start) => Free::Serve(start),
            None => {
                self.idle.push(seat);
                Free::Idle
            }
        }
    }

    /// Takes out the longest waiting arrival if it has waited too long by `now`.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<Start> {
        let first = self.waiting.front()?;
        (now.saturating_duration_since(first.intended) > self.start_within).then(|| self.waiting.pop_front()).flatten()
    }

    /// Takes out any waiting arrival.
    pub(crate) fn give_up(&mut self) -> Option<Start> {
        self.waiting.pop_front()
    }

    pub(crate) fn is_waited_for(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Seats that exist.
    pub(crate) fn seats(&self) -> u32 {
        self.seats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(origin: Instant, number: u64, after_ms: u64) -> Start {
        let intended = origin + Duration::from_millis(after_ms);
        Start { number, intended, released: intended }
    }

    #[test]
    fn arrivals_take_idle_seats_then_new_ones_then_wait() {
        let origin = Instant::now();
        let mut lane = Lane::new(2, Duration::from_secs(1));
        assert_eq!(lane.place(start(origin, 0, 0)), Placed::New(Seat(0)));
        assert_eq!(lane.place(start(origin, 1, 0)), Placed::New(Seat(1)));
        assert_eq!(lane.place(start(origin, 2, 0)), Placed::Waits, "both seats are busy");
        assert_eq!(lane.free(Seat(1)), Free::Serve(start(origin, 2, 0)), "who is free serves who waits");
        assert_eq!(lane.free(Seat(0)), Free::Idle);
        assert_eq!(lane.free(Seat(1)), Free::Idle);
        assert_eq!(lane.place(start(origin, 3, 0)), Placed::Idle(Seat(1)), "the warmest seat comes first");
        assert_eq!(lane.seats(), 2);
    }

    #[test]
    fn arrivals_wait_in_order_and_not_for_ever() {
        let origin = Instant::now();
        let mut lane = Lane::new(1, Duration::from_millis(100));
        lane.place(start(origin, 0, 0));
        for number in 1..=3 {
            lane.place(start(origin, number, number * 50));
        }
        let late = origin + Duration::from_millis(201);
        assert_eq!(lane.expired(late).map(|start| start.number), Some(1));
        assert_eq!(lane.expired(late).map(|start| start.number), Some(2), "101 ms is more than 100");
        assert_eq!(lane.expired(late), None, "the third is in time");
        assert_eq!(lane.free(Seat(0)), Free::Serve(start(origin, 3, 150)));
        assert!(!lane.is_waited_for());
    }
}
