//! Where the users of each population really were, and how well other machines' clocks are known.

use record::{AgentJoined, AgentNews, Entry};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use units::Part;

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
        let mut agents: BTreeMap<usize, &AgentJoined> = BTreeMap::new();
        for entry in entries {
            let Entry::Agent(entry) = entry else { continue };
            match &entry.news {
                AgentNews::Joined(joined) => {
                    agents.insert(entry.agent, joined);
                    places.clock_bound = places.clock_bound.max(joined.clock_bound);
                    places.generates(joined, &joined.shares);
                }
                AgentNews::Shares { shares, .. } => {
                    if let Some(joined) = agents.get(&entry.agent) {
                        places.generates(joined, shares);
                    }
                }
                _ => {}
            }
        }
        places
    }

    fn generates(&mut self, joined: &AgentJoined, shares: &[Option<Part>]) {
        for (population, share) in shares.iter().enumerate() {
            let is_emulated = joined.emulated.get(population).copied().unwrap_or(true);
            match (&joined.place, is_emulated) {
                _ if share.is_none() => {}
                (Some(place), false) => {
                    self.real.entry(population).or_default().insert(place.clone());
                }
                _ => {
                    self.emulated.insert(population);
                }
            }
        }
    }

    /// Where a population's users really were; `None`: their paths were emulated, or they were where the controller is.
    pub(crate) fn real(&self, population: usize) -> Option<Vec<String>> {
        let real = self.real.get(&population).filter(|_| !self.emulated.contains(&population));
        real.map(|places| places.iter().cloned().collect())
    }
}
