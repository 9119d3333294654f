//! Each batch exactly once and in order, whatever the link does. Pure.
//!
//! ```text
//!   taken 1 2 3 │ next 4 │ waiting 6 7 │       5 comes again and again until it is there: 4 and 5 are asked for
//! ```
//!
//! A number below the next one was taken before: it is dropped. The next one is taken, with all that waited for it. A later one
//! waits, at most [`WAITING_MAX`] of them: what doesn't fit is dropped and comes again, for the agent keeps it until it is told
//! that it is stored.
//!
//! An agent may make one batch of several that it *never sent*; such a batch stands for all their numbers. As none of them was on
//! its way, it can't overlap with anything taken; one that does is a defect and is refused.

use crate::message::Batch;
use std::collections::BTreeMap;

/// Batches that wait for an earlier one at most, per agent.
pub const WAITING_MAX: usize = 64;

/// The batches of one agent on their way into the recording.
#[derive(Debug, Clone)]
pub struct Inbox {
    instance: String,
    next: u64,
    waiting: BTreeMap<u64, Batch>,
}

/// A batch that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It is another agent's.
    #[error("a batch of instance {found} came over the link of instance {expected}: two agents have one name")]
    Instance {
        /// Whose link it is.
        expected: String,
        /// Who sent the batch.
        found: String,
    },
    /// It stands for numbers that were taken, and for others.
    #[error("batch {number} to {through} overlaps with what was taken up to {taken}")]
    Overlap {
        /// Its first number.
        number: u64,
        /// Its last number.
        through: u64,
        /// What was taken.
        taken: u64,
    },
}

impl Inbox {
    /// Nothing was taken yet.
    #[must_use]
    pub fn new(instance: String) -> Self {
        Self::after(instance, 0)
    }

    /// Everything up to that number was taken before.
    #[must_use]
    pub fn after(instance: String, taken: u64) -> Self {
        Self { instance, next: taken + 1, waiting: BTreeMap::new() }
    }

    /// Takes a batch; gives all that are next, in order.
    ///
    /// # Errors
    /// One that can't be this agent's next; nothing has changed then.
    pub fn take(&mut self, batch: Batch) -> Result<Vec<Batch>, MergeError> {
        if batch.instance != self.instance {
            return Err(MergeError::Instance { expected: self.instance.clone(), found: batch.instance });
        }
        let (number, through) = (batch.number, batch.through);
        if through < self.next {
            return Ok(Vec::new());
        }
        if number < self.next || through < number {
            return Err(MergeError::Overlap { number, through, taken: self.taken() });
        }
        if number > self.next {
            let known = self.waiting.contains_key(&number);
            if known || self.waiting.len() < WAITING_MAX {
                self.waiting.insert(number, batch);
            }
            return Ok(Vec::new());
        }
        self.next = through + 1;
        let mut ready = vec![batch];
        while let Some(batch) = self.waiting.remove(&self.next) {
            self.next = batch.through + 1;
            ready.push(batch);
        }
        Ok(ready)
    }

    /// The last number that was taken; 0: none.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.next - 1
    }

    /// Numbers that are missed, as `last` was sent or something later is waiting; at most [`WAITING_MAX`] of them.
    #[must_use]
    pub fn missing(&self, last: u64) -> Vec<u64> {
        let last = self.waiting.last_key_value().map_or(last, |(number, _)| last.max(*number));
        let mut waiting = self.waiting.values().peekable();
        let mut missing = Vec::new();
        let mut number = self.next;
        while number <= last && missing.len() < WAITING_MAX {
            match waiting.next_if(|batch| batch.number == number) {
                Some(batch) => number = batch.through + 1,
                None => {
                    missing.push(number);
                    number += 1;
                }
            }
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use proptest::prelude::*;

    fn batch(number: u64, through: u64) -> Batch {
        let lines = (number..=through).map(|number| format!("{number}\n")).collect();
        Batch { instance: "a".to_owned(), number, through, complete: None, lines }
    }

    #[test]
    fn another_agents_batch_and_one_that_overlaps_are_refused() {
        let mut inbox = Inbox::new("a".to_owned());
        let stranger = Batch { instance: "b".to_owned(), ..batch(1, 1) };
        assert!(matches!(inbox.take(stranger), Err(MergeError::Instance { .. })));
        assert_eq!(inbox.take(batch(1, 2)).unwrap().len(), 1);
        assert!(matches!(inbox.take(batch(2, 3)), Err(MergeError::Overlap { taken: 2, .. })));
        assert!(inbox.take(batch(1, 1)).unwrap().is_empty(), "taken before, as a part of a larger one");
        assert_eq!(inbox.taken(), 2);
    }

    #[test]
    fn gaps_are_named() {
        let mut inbox = Inbox::new("a".to_owned());
        for (number, through) in [(3, 4), (7, 7)] {
            assert!(inbox.take(batch(number, through)).unwrap().is_empty());
        }
        assert_eq!(inbox.missing(0), [1, 2, 5, 6]);
        assert_eq!(inbox.missing(9), [1, 2, 5, 6, 8, 9]);
    }

    proptest! {
        /// A link that loses, doubles, delays and reorders, and an agent that sends again what is missed.
        #[test]
        fn each_batch_is_taken_exactly_once_and_in_order(
            lengths in prop::collection::vec(1_u64..4, 1..40),
            weather in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4), 0..200),
        ) {
            let mut sent = Vec::new();
            let mut next = 1;
            for length in lengths {
                sent.push(batch(next, next + length - 1));
                next += length;
            }
            let last = next - 1;
            let mut inbox = Inbox::new("a".to_owned());
            let mut taken = String::new();
            let mut arrive = |inbox: &mut Inbox, batch: Batch| {
                inbox.take(batch).unwrap().into_iter().for_each(|batch| taken.push_str(&batch.lines));
            };
            for (which, fate) in weather {
                let one = which.get(&sent).clone();
                // Lost, delivered, or delivered twice, in any order.
                (0..fate.saturating_sub(1)).for_each(|_| arrive(&mut inbox, one.clone()));
            }
            // The link is fair in the end: what is missed is sent again, a bounded number of times.
            for _ in 0..=sent.len() {
                for number in inbox.missing(last) {
                    if let Some(one) = sent.iter().find(|batch| (batch.number..=batch.through).contains(&number)) {
                        arrive(&mut inbox, one.clone());
                    }
                }
            }
            prop_assert_eq!(inbox.missing(last), Vec::<u64>::new());
            let all: String = (1..=last).map(|number| format!("{number}\n")).collect();
            prop_assert_eq!(taken, all);
        }
    }
}
