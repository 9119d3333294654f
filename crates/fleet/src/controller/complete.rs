//! Up to which second what an agent has told is complete. Pure.
//!
//! An agent says how far it is complete ([`crate::message::Batch`]), and means all that it knew it was to generate. One that is cut off goes on
//! saying so of seconds in which it was to generate more: what a lost agent had, and nobody did then. So from the first second of what it
//! was told to take, its word counts only in batches that it cut after it had heard of that.
//!
//! ```text
//!   told to take more from second 23 on                      heard, its last batch was 50
//!   ───────┼──────────────────────────────────────────────────────┼──────────────────────▶ time
//!     … batch 48: complete up to 22 │ 49: up to 23 │ 50: up to 24 │ 51: up to 25
//!       counts for                22               22             22              25
//! ```

/// How far one agent is complete.
#[derive(Debug, Default)]
pub(super) struct Completeness {
    /// The last second that is.
    second: Option<u64>,
    /// What it said last: the second, and the batch that it said so in.
    said: Option<(u64, u64)>,
    takings: Vec<Taking>,
}

/// Something that an agent was told to take.
#[derive(Debug)]
struct Taking {
    /// The first second that it generates that in.
    from: u64,
    /// The number of the first [`crate::message::Tell`] that says so.
    told: u64,
    /// Its last batch when it had heard of it, or one later; `None`: it has not said that it has.
    heard_at: Option<u64>,
}

impl Completeness {
    /// Known up to that second.
    pub(super) fn until(second: Option<u64>) -> Self {
        Self { second, ..Self::default() }
    }

    /// From that second on it is told to generate more, in the [`crate::message::Tell`] of that number and those after it.
    pub(super) fn takes(&mut self, from: u64, told: u64) {
        self.takings.push(Taking { from, told, heard_at: None });
    }

    /// It has acted on that [`crate::message::Tell`], and its last batch was that one.
    pub(super) fn heard(&mut self, tell: u64, last_batch: u64) {
        for taking in self.takings.iter_mut().filter(|taking| taking.told <= tell) {
            taking.heard_at.get_or_insert(last_batch);
        }
    }

    /// It says in that batch that it is complete up to a second.
    pub(super) fn says(&mut self, second: u64, batch: u64) {
        self.said = Some((second, batch));
    }

    /// The last complete second, and the batch that says so, when that is news.
    pub(super) fn news(&mut self) -> Option<(u64, u64)> {
        let (said, batch) = self.said?;
        let knew = |taking: &&Taking| taking.heard_at.is_some_and(|last| batch > last);
        let unknown = self.takings.iter().filter(|taking| !knew(taking)).map(|taking| taking.from).min();
        let second = unknown.map_or(Some(said), |from| Some(said.min(from.checked_sub(1)?)))?;
        (Some(second) > self.second).then(|| {
            self.second = Some(second);
            (second, batch)
        })
    }

    /// The last complete second.
    #[cfg(test)]
    pub(super) fn second(&self) -> Option<u64> {
        self.second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is news after it has said so.
    fn after(agent: &mut Completeness, second: u64, batch: u64) -> Option<u64> {
        agent.says(second, batch);
        agent.news().map(|(second, _)| second)
    }

    #[test]
    fn what_an_agent_had_not_heard_of_it_did_not_mean() {
        let mut agent = Completeness::default();
        assert_eq!(after(&mut agent, 20, 47), Some(20));
        agent.takes(23, 7);
        assert_eq!(after(&mut agent, 22, 48), Some(22), "before that it is as it says");
        assert_eq!(after(&mut agent, 24, 50), None);
        agent.heard(6, 50);
        assert_eq!(agent.news(), None, "an earlier word");
        agent.heard(8, 50);
        assert_eq!(agent.news(), None, "it cut that batch before");
        assert_eq!(after(&mut agent, 23, 51), Some(23), "it goes back to what it has of the rest");
        assert_eq!(after(&mut agent, 22, 52), None, "what is complete stays complete");
        assert_eq!(after(&mut agent, 30, 53), Some(30));
    }

    #[test]
    fn a_batch_that_comes_before_the_word_that_it_was_heard_counts_then() {
        let mut agent = Completeness::until(Some(9));
        agent.takes(12, 3);
        assert_eq!(after(&mut agent, 15, 6), Some(11));
        agent.heard(3, 5);
        assert_eq!(agent.news(), Some((15, 6)));
        agent.takes(0, 4);
        assert_eq!(after(&mut agent, 16, 7), None, "nothing is before the first second");
    }
}
