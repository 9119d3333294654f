//! What a lost agent generated goes on with the others: who takes how much of it, and from when on.
//!
//! ```text
//!   complete ───────┤   lost    told        second from which on others generate it
//!   ────────────────┼────┼───────┼───────────────┼──────────────────────────▶ time
//!                   └── missing, and named ──────┘   complete again
//! ```
//!
//! **From when.** From a whole second in the future, so that everybody has heard of it and is ready. An agent whose process or link has
//! ended generates nothing any more. One that was only not heard of may still hear, and generates load until it has heard nothing for
//! `controller_loss_after`: then others begin so much later. So nothing is generated twice.
//!
//! **Who.** Agents that stand in a population's place take over from one that stood there; else those that stand nowhere in particular;
//! else all. Each takes an equal part of the part, which is exact for any number of them. What an agent had taken over before is
//! handed on like its own share.

use super::{Agents, Found, member::Member};
use crate::message::TakenShares;
use record::AgentNews;
use std::{collections::BTreeMap, time::Duration};
use units::{RunTime, duration::Text};

/// The word travels and threads come up in this.
const LEAD: Duration = Duration::from_secs(2);

/// By population: part (index, of), or nothing.
type Shares = Vec<Option<(u64, u64)>>;

/// Somebody who can take over.
#[derive(Debug, Clone)]
struct Taker {
    agent: usize,
    stands_somewhere: bool,
    emulated: Vec<bool>,
}

impl Agents {
    /// Gives what that agent generated to those that are left; gives what there is to record, and how in words.
    ///
    /// # Errors
    /// Why nobody can.
    pub(crate) fn take_over(&mut self, lost: usize, at: RunTime) -> Result<(Vec<Found>, String), String> {
        if std::mem::replace(&mut self.members[lost].taken_over, true) {
            return Ok((Vec::new(), "others generate its share already".to_owned()));
        }
        let begin = Duration::from_micros(self.wanted.begin_us.unwrap_or_default());
        let from = self.from(lost, at, begin);
        if from >= begin + self.plan.load_duration() {
            return Ok((Vec::new(), "its share is given to nobody: the load is nearly over".to_owned()));
        }
        let takers: Vec<Taker> = self.left().filter(|member| member.trouble.is_none()).map(taker).collect();
        if takers.is_empty() {
            return Err("nobody is left to take over its share".to_owned());
        }
        let Member { joined, taken, .. } = &self.members[lost];
        let all: Vec<Shares> =
            std::iter::once(&joined.shares).chain(taken.iter().map(|taken| &taken.shares)).cloned().collect();
        let emulated = joined.emulated.clone();
        let mut by = Vec::new();
        for shares in &all {
            for (agent, shares) in divide(shares, &emulated, &takers) {
                by.push(agent);
                let from_us = u64::try_from(from.as_micros()).unwrap_or(u64::MAX);
                self.members[agent].taken.push(TakenShares { from_us, shares });
            }
        }
        by.sort_unstable();
        by.dedup();
        self.tell();
        let names: Vec<&str> = by.iter().map(|agent| self.members[*agent].name.as_str()).collect();
        let text = format!("{} generate its share from T+{} on", names.join(", "), Text(from.saturating_sub(begin)));
        let news = AgentNews::TakenOver { second: from.as_secs(), by };
        Ok((vec![self.members[lost].news(at, news)], text))
    }

    /// The whole second of the run from which on others generate what that agent did; the load begins at `begin`.
    fn from(&self, lost: usize, at: RunTime, begin: Duration) -> Duration {
        let member = &self.members[lost];
        let has_stopped = member.over || member.trouble.is_some();
        let stops = if has_stopped { Duration::ZERO } else { self.plan.fleet.controller_loss_after };
        let farthest = self.left().map(|member| member.notice).max().unwrap_or_default();
        let from = (at.since_start() + stops + LEAD + farthest + member.joined.clock_bound).max(begin);
        Duration::from_secs(from.as_secs() + u64::from(from.subsec_nanos() > 0))
    }
}

fn taker(member: &Member) -> Taker {
    let joined = &member.joined;
    Taker { agent: member.index, stands_somewhere: joined.place.is_some(), emulated: joined.emulated.clone() }
}

/// Who takes what of those shares, by agent.
fn divide(shares: &Shares, emulated: &[bool], takers: &[Taker]) -> BTreeMap<usize, Shares> {
    let mut divided: BTreeMap<usize, Shares> = BTreeMap::new();
    for (population, share) in shares.iter().enumerate() {
        let Some((index, of)) = *share else { continue };
        let is_emulated = |emulated: &[bool]| emulated.get(population).copied().unwrap_or(true);
        let those = |wanted: &dyn Fn(&Taker) -> bool| takers.iter().filter(|taker| wanted(taker)).collect::<Vec<_>>();
        let choices = [
            // Who stands in the place, if the lost one did.
            those(&|taker| !is_emulated(emulated) && !is_emulated(&taker.emulated)),
            those(&|taker| is_emulated(&taker.emulated) && !taker.stands_somewhere),
            those(&|taker| is_emulated(&taker.emulated)),
            those(&|_| true),
        ];
        let chosen = choices.into_iter().find(|takers| !takers.is_empty()).unwrap_or_default();
        let count = chosen.len() as u64;
        for (nested, taker) in (0..).zip(chosen) {
            let own = divided.entry(taker.agent).or_insert_with(|| vec![None; shares.len()]);
            own[population] = Some((index + of * nested, of * count));
        }
    }
    divided
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use load::Part;
    use proptest::prelude::*;

    fn taker(agent: usize, stands_somewhere: bool, emulated: [bool; 2]) -> Taker {
        Taker { agent, stands_somewhere, emulated: emulated.to_vec() }
    }

    /// Which agents take something of each population.
    fn who(shares: [Option<(u64, u64)>; 2], emulated: [bool; 2], takers: &[Taker]) -> [Vec<usize>; 2] {
        let divided = divide(&shares.to_vec(), &emulated, takers);
        [0, 1].map(|population| {
            divided.iter().filter(|(_, own)| own[population].is_some()).map(|(agent, _)| *agent).collect()
        })
    }

    #[test]
    fn who_stands_in_the_place_takes_over_then_who_stands_nowhere_then_all() {
        let here = |agent| taker(agent, true, [false, true]);
        let nowhere = |agent| taker(agent, false, [true, true]);
        let both = [Some((0, 2)), Some((1, 3))];
        assert_eq!(who(both, [false, true], &[here(1), nowhere(2), nowhere(3)]), [vec![1], vec![2, 3]]);
        assert_eq!(
            who(both, [false, true], &[nowhere(2), nowhere(3)]),
            [vec![2, 3], vec![2, 3]],
            "emulated from now on"
        );
        assert_eq!(who(both, [true, true], &[here(1)]), [vec![1], vec![1]], "there is nobody else");
        assert_eq!(who([None, Some((0, 1))], [true, true], &[nowhere(2)]), [vec![], vec![2]], "nothing of the first");
    }

    proptest! {
        #[test]
        fn each_number_of_the_lost_part_is_somebodys_and_no_other_number_is(of in 1..9_u64, index: prop::sample::Index, takers in 1..7_usize) {
            let part = Part::new(index.index(of as usize) as u64, of).unwrap();
            let takers: Vec<Taker> = (0..takers).map(|agent| taker(agent, false, [true, true])).collect();
            let divided = divide(&vec![Some((part.index(), part.of())), None], &[true, true], &takers);
            let parts: Vec<Part> = divided.values().map(|own| own[0].unwrap()).map(|(index, of)| Part::new(index, of).unwrap()).collect();
            prop_assert_eq!(parts.len(), takers.len());
            for number in 0..500 {
                let owners = parts.iter().filter(|own| own.owns(number)).count();
                prop_assert_eq!(owners, usize::from(part.owns(number)), "number {}", number);
            }
        }
    }
}
