//! What several agents notice of one thing is said once.
//!
//! Each agent's users meet the same change of steering, and the first success of a population through a region is the first for
//! each agent. A recording with six of each would look like six moves. So an event of this kind is dropped when another agent has
//! said the same of the same population a moment before. Nothing else is ever dropped.

use record::{Event, EventKind};
use std::{collections::BTreeMap, time::Duration};
use units::RunTime;

/// What agents say within this of each other is one thing: names live for some seconds, and agents ask apart from each other.
const SAME_WITHIN: Duration = Duration::from_secs(15);

/// By population and region: who said it last, and when.
#[derive(Debug)]
pub(super) struct Moves {
    /// There is nobody else to say the same.
    alone: bool,
    served: BTreeMap<(usize, usize), (usize, RunTime)>,
    steered: BTreeMap<(usize, Option<usize>), (usize, RunTime)>,
}

impl Moves {
    /// Of so many agents.
    pub(super) fn of(agents: usize) -> Self {
        Self { alone: agents < 2, served: BTreeMap::new(), steered: BTreeMap::new() }
    }

    /// There is one more agent.
    pub(super) fn more(&mut self) {
        self.alone = false;
    }

    /// Whether this is news. Also says which agent's generator is meant where it says how it is.
    pub(super) fn take(&mut self, agent: usize, event: &mut Event) -> bool {
        match event.kind {
            _ if self.alone => true,
            EventKind::ServedByStarted { population, region } => {
                is_news(&mut self.served, (population, region), agent, event.at)
            }
            EventKind::SteeringChanged { population, to, .. } => {
                is_news(&mut self.steered, (population, to), agent, event.at)
            }
            EventKind::GeneratorSaturated(_) => {
                event.source = format!("agent {}", agent + 1);
                event.text = format!("agent {}: {}", agent + 1, event.text);
                true
            }
            _ => true,
        }
    }
}

fn is_news<K: Ord>(said: &mut BTreeMap<K, (usize, RunTime)>, what: K, agent: usize, at: RunTime) -> bool {
    let apart = |other: RunTime| at.saturating_since(other).max(other.saturating_since(at));
    let known = said.get(&what).is_some_and(|(who, when)| *who != agent && apart(*when) < SAME_WITHIN);
    if !known {
        said.insert(what, (agent, at));
    }
    !known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seconds: u64, kind: EventKind) -> Event {
        Event::new(RunTime::from(Duration::from_secs(seconds)), kind, "load", "it")
    }

    #[test]
    fn the_same_move_is_said_once_and_a_later_one_again() {
        let mut moves = Moves::of(3);
        let mut take = |agent, seconds, region| {
            let kind = EventKind::ServedByStarted { population: 0, region };
            moves.take(agent, &mut event(seconds, kind))
        };
        assert!(take(0, 10, 1));
        assert!(!take(1, 11, 1), "another agent's users came there too");
        assert!(take(1, 11, 0), "another region");
        assert!(take(0, 12, 1), "the same agent knows what it says");
        assert!(take(1, 40, 1), "much later it is another move");
    }

    #[test]
    fn a_generator_is_told_from_the_others() {
        let mut moves = Moves::of(3);
        let mut said = event(3, EventKind::GeneratorSaturated(true));
        assert!(moves.take(2, &mut said));
        assert_eq!((said.source.as_str(), said.text.as_str()), ("agent 3", "agent 3: it"));
    }
}
