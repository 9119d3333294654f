//! Which of the whole load one process, or one thread, generates: a part of each population, or nothing of it.
//!
//! ```text
//!              europe   asia   africa
//!   agent 0    0 of 2   whole    –        each column is complete: every number of every population is somebody's,
//!   agent 1    1 of 2     –      –        and nobody else's
//!   agent 2      –        –    whole
//! ```
//!
//! **Per population**, since agents stand in places: who stands in Asia generates Asia and nothing else, while Europe may need
//! two. What a part decides is decided by numbers alone (arrival n of a population, the n-th of its users), so agents need no
//! coordinator, and the whole is the same for any number of them.
//!
//! **The ledger follows its population.** A write is sent from where its population is, so it belongs to whoever has that part
//! of the population; its reads and final reads belong to whoever made it. So one agent knows a write from its first to its last
//! read, and no value has to travel. A reader of another population than the writer's reads over that population's emulated
//! path, from the process of the writer.
//!
//! **Users of a population** (`users_max`) are shared by the same parts. A part with a higher index than there are users gets
//! none of them, and would then drop its arrivals, so every part has one at least: more parts than users means more users than
//! the plan says.

use units::{Part, Seed, TooFine};

/// A part of each population, or nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    populations: Vec<Option<Part>>,
}

/// A population whose parts are not exactly the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts of population {population} don't add up: {fault}")]
pub struct PartsError {
    /// Its index.
    pub population: usize,
    /// What is wrong.
    pub fault: PartsFault,
}

/// How parts can fail to be the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartsFault {
    /// They can't be compared.
    #[error(transparent)]
    TooFine(#[from] TooFine),
    /// A number is two agents'.
    #[error("number {0} is given twice")]
    Twice(u64),
    /// A number is nobody's.
    #[error("number {0} is nobody's")]
    Missing(u64),
}

impl Parts {
    /// These parts, by population index. Populations beyond the list are not generated.
    #[must_use]
    pub fn new(populations: Vec<Option<Part>>) -> Self {
        Self { populations }
    }

    /// The same part of each of so many populations.
    #[must_use]
    pub fn each(part: Part, populations: usize) -> Self {
        Self { populations: vec![Some(part); populations] }
    }

    /// All of each of so many populations.
    #[must_use]
    pub fn whole(populations: usize) -> Self {
        Self::each(Part::WHOLE, populations)
    }

    /// The part of that population; `None`: nothing.
    #[must_use]
    pub fn of(&self, population: usize) -> Option<&Part> {
        self.populations.get(population)?.as_ref()
    }

    /// Whether there is nothing to generate.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.populations.iter().all(Option::is_none)
    }

    /// Cuts each part into `count` smaller ones, for as many threads. `count` of 0 counts as 1.
    pub fn split(&self, count: usize) -> impl Iterator<Item = Self> {
        let count = count.max(1);
        let mut all = vec![Self { populations: vec![None; self.populations.len()] }; count];
        for (population, part) in self.populations.iter().enumerate() {
            for (one, part) in all.iter_mut().zip(part.iter().flat_map(|part| part.split(count))) {
                one.populations[population] = Some(part);
            }
        }
        all.into_iter()
    }

    /// How many users of a population are here when it has `users_max` in all: its part of them, and one at least.
    #[must_use]
    pub fn users(&self, population: usize, users_max: u32) -> u32 {
        let users = |part: &Part| u32::try_from(part.count_below(u64::from(users_max))).unwrap_or(users_max).max(1);
        self.of(population).map_or(0, users)
    }

    /// Into how many threads this can be cut so that each has a user of each population, where there are so many.
    #[must_use]
    pub fn threads_max(&self, users_max: u32) -> usize {
        let populations = 0..self.populations.len();
        let fewest = populations.map(|population| self.users(population, users_max)).filter(|users| *users > 0).min();
        fewest.unwrap_or(1) as usize
    }

    /// A seed that no other parts of the same run get from `seed`.
    #[must_use]
    pub(crate) fn own(&self, seed: Seed) -> Seed {
        let parts =
            self.populations.iter().enumerate().filter_map(|(population, part)| Some((population, part.as_ref()?)));
        parts.fold(seed, |seed, (population, part)| {
            let numbers = part.slots().iter().copied().chain([part.of()]);
            numbers.fold(seed.derive_number(population as u64), Seed::derive_number)
        })
    }

    /// Whether the parts of all agents are each of so many populations exactly once: each number is
    /// somebody's, and nobody else's.
    ///
    /// # Errors
    /// The first population for which they aren't.
    pub fn add_up(agents: &[Self], populations: usize) -> Result<(), PartsError> {
        for population in 0..populations {
            let parts = agents.iter().filter_map(|agent| agent.of(population));
            whole(parts).map_err(|fault| PartsError { population, fault })?;
        }
        Ok(())
    }
}

fn whole<'p>(parts: impl Iterator<Item = &'p Part>) -> Result<(), PartsFault> {
    let mut all: Option<Part> = None;
    for part in parts {
        all = Some(match all {
            None => part.clone(),
            Some(all) if all.without(part)?.as_ref() == Some(&all) => all.with(part)?,
            Some(all) => return Err(PartsFault::Twice(first(|number| all.owns(number) && part.owns(number)))),
        });
    }
    match all {
        Some(all) if all == Part::WHOLE => Ok(()),
        all => Err(PartsFault::Missing(first(|number| all.as_ref().is_none_or(|all| !all.owns(number))))),
    }
}

/// The first number of which that is true: of some it is.
fn first(is_so: impl Fn(u64) -> bool) -> u64 {
    (0..).find(|number| is_so(*number)).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use proptest::prelude::*;

    /// Any fleet of up to five agents, with so many populations cut and given out in any way that is the whole.
    pub(crate) fn fleet(populations: usize) -> impl Strategy<Value = Vec<Parts>> {
        let given = |agents: usize| (1..=agents, Just((0..agents).collect::<Vec<_>>()).prop_shuffle());
        let fleet = move |agents: usize| {
            prop::collection::vec(given(agents), populations).prop_map(move |columns| {
                let mut fleet = vec![Parts::new(vec![None; columns.len()]); agents];
                for (population, (cut, order)) in columns.iter().enumerate() {
                    for (index, agent) in order.iter().take(*cut).enumerate() {
                        fleet[*agent].populations[population] = Part::new(index as u64, *cut as u64);
                    }
                }
                fleet
            })
        };
        (1..6_usize).prop_flat_map(fleet)
    }

    proptest! {
        #[test]
        fn any_complete_fleet_adds_up_and_none_without_one_of_its_parts(fleet in fleet(3), agent: prop::sample::Index, population in 0..3_usize) {
            prop_assert_eq!(Parts::add_up(&fleet, 3), Ok(()));
            let mut fleet = fleet;
            let agent = agent.index(fleet.len());
            let taken = fleet[agent].populations[population].take();
            prop_assert_eq!(Parts::add_up(&fleet, 3).is_err(), taken.is_some());
        }

        #[test]
        fn threads_cut_parts_and_users_as_a_fleet_does(fleet in fleet(2), threads in 1..5_usize, users_max in 20..500_u32) {
            let threads: Vec<Parts> = fleet.iter().flat_map(|agent| agent.split(threads)).collect();
            prop_assert_eq!(Parts::add_up(&threads, 2), Ok(()));
            let users: u32 = threads.iter().map(|thread| thread.users(0, users_max)).sum();
            prop_assert_eq!(users, users_max);
        }
    }

    fn part(index: u64, of: u64) -> Option<Part> {
        Some(Part::new(index, of).unwrap())
    }

    #[test]
    fn only_each_population_exactly_once_is_the_whole() {
        let one = |parts: Vec<Option<Part>>| parts.into_iter().map(|part| Parts::new(vec![part])).collect::<Vec<_>>();
        let table: [(&str, Vec<Parts>, Result<(), PartsFault>); 8] = [
            ("one agent with everything", one(vec![part(0, 1)]), Ok(())),
            ("agents in any order, one without", one(vec![part(2, 3), None, part(0, 3), part(1, 3)]), Ok(())),
            ("nobody has it", one(vec![None, None]), Err(PartsFault::Missing(0))),
            ("the last part is missing", one(vec![part(0, 3), part(1, 3)]), Err(PartsFault::Missing(2))),
            ("a part in the middle is missing", one(vec![part(0, 3), part(2, 3)]), Err(PartsFault::Missing(1))),
            ("a part is there twice", one(vec![part(0, 2), part(1, 2), part(1, 2)]), Err(PartsFault::Twice(1))),
            ("cut in two ways", one(vec![part(0, 2), part(1, 3)]), Err(PartsFault::Twice(4))),
            ("cut in two ways that fit", one(vec![part(1, 4), part(0, 2), part(3, 4)]), Ok(())),
        ];
        for (sentence, agents, expected) in table {
            assert_eq!(Parts::add_up(&agents, 1).map_err(|error| error.fault), expected, "{sentence}");
        }
        let error = Parts::add_up(&[Parts::whole(1)], 2).unwrap_err();
        assert_eq!(error.to_string(), "the parts of population 1 don't add up: number 0 is nobody's");
    }

    #[test]
    fn users_are_shared_by_the_same_parts_and_no_part_is_without() {
        let users = |index, of| Parts::new(vec![part(index, of), None]).users(0, 10);
        assert_eq!((0..3).map(|index| users(index, 3)).collect::<Vec<_>>(), [4, 3, 3]);
        assert_eq!(users(11, 12), 1, "who gets arrivals needs somebody for them");
        assert_eq!(Parts::new(vec![part(0, 3), None]).users(1, 10), 0, "nothing of a population needs nobody");
        assert_eq!(Parts::each(part(1, 3).unwrap(), 2).threads_max(10), 3);
        assert_eq!(Parts::new(vec![None]).threads_max(10), 1);
    }
}
