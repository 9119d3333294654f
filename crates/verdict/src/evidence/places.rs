//! Where the users of each population really were, and how well other machines' clocks are known.

use record::{AgentNews, Entry};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Where users were.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// By population: the places of agents that generated it over the real network.
    real: BTreeMap<usize, BTreeSet<String>>,
    /// Populations that some agent generated over emulated paths.
    emulated: BTreeSet<usize>,
    /// By so much can the stamps of the worst agent be off; zero: all were on the controller's machine.
    pub(crate) clock_bound: Duration,
}

impl Places {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut places = Self::default();
        for entry in entries {
            let Entry::Agent(entry) = entry else { continue };
            let AgentNews::Joined(joined) = &entry.news else { continue };
            places.clock_bound = places.clock_bound.max(joined.clock_bound);
            for (population, share) in joined.shares.iter().enumerate() {
                let is_emulated = joined.emulated.get(population).copied().unwrap_or(true);
                match (&joined.place, is_emulated) {
                    _ if share.is_none() => {}
                    (Some(place), false) => {
                        places.real.entry(population).or_default().insert(place.clone());
                    }
                    _ => {
                        places.emulated.insert(population);
                    }
                }
            }
        }
        places
    }

    /// Where a population's users really were; `None`: their paths were emulated, or they were where the controller is.
    pub(crate) fn real(&self, population: usize) -> Option<Vec<String>> {
        let real = self.real.get(&population).filter(|_| !self.emulated.contains(&population));
        real.map(|places| places.iter().cloned().collect())
    }
}
