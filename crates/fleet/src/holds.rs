//! Holding the load: whether that can be, and from when on. Pure: time comes in as a value, the time since the load's start.
//!
//! A hold is a piece of the load's shape ([`load::Hold`]), so it begins and ends at times that are still to come and that every agent
//! knows before: each computes its part of the held load alone, and the parts add up as those of the plan do.

use crate::message::HoldFormat;
use load::{HEARD_WITHIN, Hold, arrivals::Shape};
use plan::resolved::{LoadModel, ResolvedPlan};
use std::time::Duration;

/// Between the word and what it changes, besides how far the farthest agent is: the word travels, agents turn, threads hear of it.
const LEAD: Duration = Duration::from_millis(500);

/// The holds of a run's load.
pub(crate) struct Holds {
    shape: Shape,
    is_closed: bool,
    /// How long before an instant the farthest agent has to be told of it.
    notice: Duration,
    holds: Vec<Hold>,
}

impl Holds {
    /// None so far.
    pub(crate) fn of(plan: &ResolvedPlan, notice: Duration) -> Self {
        let is_closed = matches!(plan.load.model, LoadModel::Closed);
        Self { shape: Shape::new(&plan.load.stages), is_closed, notice, holds: Vec::new() }
    }

    /// Holds the load as soon as that can be; gives since when, and what it is held at, in arrivals or sessions a second.
    ///
    /// # Errors
    /// Why not, in words.
    pub(crate) fn hold(&mut self, now: Duration) -> Result<(Duration, f64), String> {
        let from = self.soonest(now)?;
        if self.is_closed {
            return Err("a closed load is so many users, not a rate: it can't be held".to_owned());
        }
        if self.holds.last().is_some_and(|hold| hold.to.is_none_or(|to| to > from)) {
            return Err("the load is held already".to_owned());
        }
        let shape = self.shape.held(&self.holds);
        if shape.is_constant_from(from) {
            return Err("the load doesn't change any more: there is nothing to hold".to_owned());
        }
        self.holds.push(Hold { from, to: None });
        Ok((from, shape.value(from)))
    }

    /// Lets the load go on as soon as that can be; gives since when.
    ///
    /// # Errors
    /// Why not, in words.
    pub(crate) fn end(&mut self, now: Duration) -> Result<Duration, String> {
        let soonest = self.soonest(now)?;
        let held = self.holds.last_mut().filter(|hold| hold.to.is_none()).ok_or("the load isn't held")?;
        let to = soonest.max(held.from);
        held.to = Some(to);
        Ok(to)
    }

    /// All of them, as agents are told.
    pub(crate) fn all(&self) -> Vec<HoldFormat> {
        self.holds.iter().map(|hold| (*hold).into()).collect()
    }

    /// From when on something can be changed: a whole millisecond, so that all agents read the same.
    fn soonest(&self, now: Duration) -> Result<Duration, String> {
        let soonest = now + self.notice + LEAD + HEARD_WITHIN;
        let soonest = Duration::from_millis(u64::try_from(soonest.as_millis()).unwrap_or(u64::MAX));
        if soonest >= self.shape.duration() { Err("the load is over, or about to end".to_owned()) } else { Ok(soonest) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use plan::Source;

    fn holds(load: &str) -> Holds {
        let text = format!(
            "version: 1\ntarget: {{chirp: {{regions: [us-east-1, eu-west-1], users: 20}}}}\nload: {{{load}, warm_up: 2s}}\n"
        );
        let source = Source { name: "plan.yaml".to_owned(), text };
        Holds::of(&plan::check(&source, wan::Atlas::embedded()).unwrap(), Duration::from_millis(40))
    }

    fn ramp() -> Holds {
        holds("stages: [{linear: {from: 10/s, to: 110/s, for: 100s}}]")
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_hold_begins_and_ends_when_the_farthest_agent_surely_knows_of_it() {
        let mut holds = ramp();
        let (from, rate) = holds.hold(millis(8_960)).unwrap();
        assert_eq!(from, millis(10_000));
        assert!((rate - 20.0).abs() < 1e-9, "{rate}");
        assert_eq!(holds.hold(millis(9_000)).unwrap_err(), "the load is held already");
        assert_eq!(holds.end(millis(8_970)), Ok(millis(10_010)), "its end is asked for before it has begun");
        assert_eq!(holds.end(millis(9_000)).unwrap_err(), "the load isn't held");
        assert_eq!(holds.all(), [HoldFormat { from_us: 10_000_000, to_us: Some(10_010_000) }]);
        let (_, rate) = holds.hold(millis(18_970)).unwrap();
        assert!((rate - 30.0).abs() < 1e-9, "the plan's time stood still for 10 ms: {rate}");
    }

    #[test]
    fn what_can_not_be_held_says_why() {
        assert!(ramp().hold(millis(98_990)).unwrap_err().starts_with("the load is over"));
        assert!(ramp().end(millis(5_000)).unwrap_err().starts_with("the load isn't held"));
        let constant = holds("rate: 10/s, for: 60s").hold(millis(5_000)).unwrap_err();
        assert!(constant.contains("nothing to hold"), "{constant}");
        let closed = holds("model: closed, users: 10, for: 60s").hold(millis(5_000)).unwrap_err();
        assert!(closed.starts_with("a closed load"), "{closed}");
    }
}
