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
//! else all. Each takes as much of the part as its weight says, which is exact for any number of them. All that it generated at the end is
//! handed on: what it had taken over before as well, and not what it had given away. One that is cut off may hear of it too late, or never:
//! until it has, its seconds from then on are not complete (`complete`).

use super::{Agents, Found, join::Handover, member::Member};
use crate::message::{Moved, PartFormat, Way};
use record::AgentNews;
use std::{collections::BTreeMap, time::Duration};
use units::{Part, RunTime, TooFine, duration::Text};

/// The word travels and threads come up in this.
pub(super) const LEAD: Duration = Duration::from_secs(2);

/// By population: a part, or nothing.
pub(super) type Shares = Vec<Option<Part>>;

/// Somebody who can take over.
#[derive(Debug, Clone)]
struct Taker {
    agent: usize,
    stands_somewhere: bool,
    emulated: Vec<bool>,
    weight: u64,
}

impl Agents {
    /// Gives what that agent generated to those that are left; gives what there is to record, and how in words.
    ///
    /// # Errors
    /// Why nobody can.
    pub(crate) fn take_over(&mut self, lost: usize, at: RunTime) -> Result<(Vec<Found>, String), String> {
        let shares = self.members[lost].holds.clone();
        if shares.iter().all(Option::is_none) {
            return Ok((Vec::new(), "nothing of the load was its share any more".to_owned()));
        }
        let begin = self.begun();
        let from = self.from(lost, at).max(begin).max(self.members[lost].settled());
        let mut found = self.unanswered(lost, from, at);
        if from >= begin + self.plan.load_duration() {
            return Ok((found, "its share is given to nobody: the load is nearly over".to_owned()));
        }
        let may = |member: &&Member| member.trouble.is_none() && !self.is_given(member.index);
        let takers: Vec<Taker> = self.left().filter(may).map(taker).collect();
        if takers.is_empty() {
            return Err("nobody is left to take over its share".to_owned());
        }
        let divided = divide(&shares, &self.members[lost].joined.emulated, &takers);
        let held = divided.iter().map(|(agent, more)| self.holding(*agent, more));
        let held: Result<Vec<Shares>, TooFine> = held.collect();
        let held = held.map_err(|error| format!("its share can't be given on: {error}"))?;
        let by: Vec<usize> = divided.keys().copied().collect();
        for ((agent, more), holds) in divided.into_iter().zip(held) {
            found.push(self.members[agent].takes(&more, from, holds, at));
        }
        let member = &mut self.members[lost];
        member.holds = vec![None; shares.len()];
        member.taken_over = Some(from.as_secs());
        found.push(member.news(at, AgentNews::TakenOver { second: from.as_secs(), by: by.clone() }));
        self.tell();
        let names: Vec<&str> = by.iter().map(|agent| self.members[*agent].name.as_str()).collect();
        let text = format!("{} generate its share from T+{} on", names.join(", "), Text(from.saturating_sub(begin)));
        Ok((found, text))
    }

    /// What an agent holds with more; what it was asked to give away and has not agreed to must come off that again.
    fn holding(&self, agent: usize, more: &Shares) -> Result<Shares, TooFine> {
        let holds = together(&self.members[agent].holds, more)?;
        let mut open = self.handovers.iter().filter(|handover| handover.giver == agent);
        open.try_for_each(|handover| handover.without(&holds).map(drop))?;
        Ok(holds)
    }

    /// When the load began, after the zero of the run's clock.
    pub(super) fn begun(&self) -> Duration {
        Duration::from_micros(self.wanted.begin_us.unwrap_or_default())
    }

    /// The whole second of the run from which on others generate what that agent did.
    fn from(&self, lost: usize, at: RunTime) -> Duration {
        let member = &self.members[lost];
        let has_stopped = member.over || member.trouble.is_some();
        let stops = if has_stopped { Duration::ZERO } else { self.plan.fleet.controller_loss_after };
        let farthest = self.left().map(|member| member.notice).max().unwrap_or_default();
        whole_second(at.since_start() + stops + LEAD + farthest + member.joined.clock_bound)
    }

    /// What a lost agent had been told to give away and had not agreed to. It may have done so: then nobody generates that until others
    /// take all of it over.
    fn unanswered(&mut self, lost: usize, until: Duration, at: RunTime) -> Vec<Found> {
        let member = &self.members[lost];
        let of_lost = self.handovers.extract_if(.., |handover| handover.giver == lost);
        let gap = |handover: Handover| {
            let (from, to) = (handover.from.as_secs(), until.as_secs().checked_sub(1)?);
            let reason = "it was lost while it gave away a part of its share".to_owned();
            (from <= to).then(|| member.news(at, AgentNews::Missing { from, to, reason }))
        };
        of_lost.filter_map(gap).collect()
    }
}

impl Member {
    /// When all that was agreed to move to it or from it has moved: until then another may still generate some of what it holds, and
    /// nobody what it gives.
    fn settled(&self) -> Duration {
        let moved = self.moved.iter().map(|moved| moved.from_us);
        Duration::from_micros(moved.chain(self.state.given.iter().copied()).max().unwrap_or_default())
    }

    /// It goes on with a share from then on, and `holds` is what it generates then.
    pub(super) fn takes(&mut self, shares: &Shares, from: Duration, holds: Shares, at: RunTime) -> Found {
        self.moved.push(Moved { way: Way::Here, from_us: micros(from), shares: PartFormat::of(shares) });
        self.complete.takes(from.as_secs(), self.told + 1);
        self.shares_since(from, holds, at)
    }

    /// What it generates is something else from then on.
    pub(super) fn shares_since(&mut self, from: Duration, holds: Shares, at: RunTime) -> Found {
        self.holds = holds;
        self.news(at, AgentNews::Shares { second: from.as_secs(), shares: self.holds.clone() })
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// That second, or the next if it isn't one.
pub(super) fn whole_second(after: Duration) -> Duration {
    Duration::from_secs(after.as_secs() + u64::from(after.subsec_nanos() > 0))
}

/// Both shares, population by population.
pub(super) fn together(one: &Shares, other: &Shares) -> Result<Shares, TooFine> {
    let both = |(one, other): (&Option<Part>, &Option<Part>)| match (one, other) {
        (Some(one), Some(other)) => one.with(other).map(Some),
        (one, other) => Ok(one.clone().or(other.clone())),
    };
    one.iter().zip(other).map(both).collect()
}

fn taker(member: &Member) -> Taker {
    let Member { index, joined, weight, .. } = member;
    let (stands_somewhere, emulated) = (joined.place.is_some(), joined.emulated.clone());
    Taker { agent: *index, stands_somewhere, emulated, weight: *weight }
}

/// Who takes what of those shares, by agent.
fn divide(shares: &Shares, emulated: &[bool], takers: &[Taker]) -> BTreeMap<usize, Shares> {
    let mut divided: BTreeMap<usize, Shares> = BTreeMap::new();
    for (population, share) in shares.iter().enumerate() {
        let Some(part) = share else { continue };
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
        let weights: Vec<u64> = chosen.iter().map(|taker| taker.weight).collect();
        for (taker, part) in chosen.iter().zip(part.shared(&weights)) {
            if part.is_some() {
                divided.entry(taker.agent).or_insert_with(|| vec![None; shares.len()])[population] = part;
            }
        }
    }
    divided
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use proptest::prelude::*;

    fn taker(agent: usize, stands_somewhere: bool, emulated: [bool; 2]) -> Taker {
        Taker { agent, stands_somewhere, emulated: emulated.to_vec(), weight: 1 }
    }

    /// Which agents take something of each population.
    fn who(shares: &[Option<Part>; 2], emulated: [bool; 2], takers: &[Taker]) -> [Vec<usize>; 2] {
        let divided = divide(&shares.to_vec(), &emulated, takers);
        [0, 1].map(|population| {
            divided.iter().filter(|(_, own)| own[population].is_some()).map(|(agent, _)| *agent).collect()
        })
    }

    #[test]
    fn who_stands_in_the_place_takes_over_then_who_stands_nowhere_then_all() {
        let here = |agent| taker(agent, true, [false, true]);
        let nowhere = |agent| taker(agent, false, [true, true]);
        let both = || [Part::new(0, 2), Part::new(1, 3)];
        assert_eq!(who(&both(), [false, true], &[here(1), nowhere(2), nowhere(3)]), [vec![1], vec![2, 3]]);
        assert_eq!(
            who(&both(), [false, true], &[nowhere(2), nowhere(3)]),
            [vec![2, 3], vec![2, 3]],
            "emulated from now on"
        );
        assert_eq!(who(&both(), [true, true], &[here(1)]), [vec![1], vec![1]], "there is nobody else");
        assert_eq!(
            who(&[None, Some(Part::WHOLE)], [true, true], &[nowhere(2)]),
            [vec![], vec![2]],
            "nothing of the first"
        );
    }

    proptest! {
        #[test]
        fn each_number_of_the_lost_part_is_somebodys_and_no_other_number_is(of in 1..9_u64, index: prop::sample::Index, weights in prop::collection::vec(1..5_u64, 1..7)) {
            let part = Part::new(index.index(of as usize) as u64, of).unwrap();
            let takers: Vec<Taker> = (0..).zip(&weights).map(|(agent, weight)| Taker { weight: *weight, ..taker(agent, false, [true, true]) }).collect();
            let divided = divide(&vec![Some(part.clone()), None], &[true, true], &takers);
            let parts: Vec<Part> = divided.values().map(|own| own[0].clone().unwrap()).collect();
            prop_assert_eq!(parts.len(), takers.len());
            for number in 0..500 {
                let owners = parts.iter().filter(|own| own.owns(number)).count();
                prop_assert_eq!(owners, usize::from(part.owns(number)), "number {}", number);
            }
        }
    }
}
