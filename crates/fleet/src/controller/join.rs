//! An agent joins a run that is under way: others give it some of what they generate, from a second on that is still to come.
//!
//! ```text
//!   controller   give ───▶ giver        from second s on
//!                agreed ◀─ giver        from s, or later where it heard of it too late
//!                take ───▶ newcomer     from s, or from the first second that it can
//!   ────────────────┼─────────┼──────────────┼────────────────────▶ time
//!        the giver generates it              s   the newcomer does
//! ```
//!
//! This is a take-over with another reason: the same shares, cut and put together in the same way, taken by the same word. What is
//! different is that the giver is there. So nothing need be missing; but it must have agreed before another begins, or both would
//! generate the same. A giver whose answer is late gives up its part at its own time, and what nobody generates meanwhile is named as
//! missing. One that is lost before it has answered is taken over with all that it had. When the newcomer is lost and others generate its
//! share before a giver has answered, that giver gets its part back.
//!
//! **Who gives.** Of each population those whose users are where the newcomer's are: who stands in the population's place, when the
//! newcomer stands there too; or everybody, when nobody stands there and the newcomer stands nowhere in particular. A population that is
//! emulated elsewhere stays there, though the newcomer stands in its place: its distances would change in the middle of the run. Each
//! gives so much that the newcomer has what its weight says.

use super::{
    Admitted, Agents, Failed, Found,
    member::Member,
    take_over::{LEAD, Shares, micros, together, whole_second},
};
use crate::{
    message::{Moved, PartFormat, Way},
    shares::is_same,
};
use record::{AgentEntry, AgentNews, Entry};
use std::{collections::BTreeMap, time::Duration};
use units::{Part, RunTime, TooFine, duration::Text};

/// All that somebody who joined is given was put together before anybody was asked, and nothing else is given to it meanwhile.
const FITS: &str = "parts that fit together all at once fit some by some";

/// What one agent gives to one that joined, until it has agreed.
#[derive(Debug, Clone)]
pub(super) struct Handover {
    pub(super) giver: usize,
    newcomer: usize,
    /// Which of the giver's gifts it is, from 0.
    number: usize,
    shares: Shares,
    /// The second that it was told.
    pub(super) from: Duration,
}

/// What came of giving.
#[derive(Debug, Default)]
pub(crate) struct HandedOver {
    /// To be recorded.
    pub(crate) found: Vec<Found>,
    /// To be said.
    pub(crate) said: Vec<String>,
    /// Agents that were lost before they got what was given to them.
    pub(crate) gone: Vec<Failed>,
}

/// What the giver agreed to.
struct Agreed {
    handover: Handover,
    from: Duration,
}

impl Agents {
    /// Whether an agent of that name is in the run.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }

    /// How many there are, with those that were lost: the number of the next.
    pub(crate) fn count(&self) -> usize {
        self.members.len()
    }

    /// Lets somebody join, and asks others to give it its share; gives what there is to record, and what to say.
    pub(crate) fn join(&mut self, admitted: Admitted, at: RunTime) -> (Vec<Found>, String) {
        let newcomer = self.members.len();
        let member = admitted.member(newcomer, self.sender.clone());
        let joined = AgentNews::Joined(Box::new(member.joined.clone()));
        let found = vec![Found::Entry(Entry::Agent(AgentEntry { at, agent: newcomer, news: joined }))];
        self.members.push(member);
        self.moves.more();
        (found, self.ask_for(newcomer, at))
    }

    /// Asks others to give a newcomer its share; gives what to say.
    pub(super) fn ask_for(&mut self, newcomer: usize, at: RunTime) -> String {
        let name = self.members[newcomer].name.clone();
        let from = self.handing_over(newcomer, at);
        if from + LEAD >= self.begun() + self.plan.load_duration() {
            return format!("{name} joined and gets no share: the load is nearly over");
        }
        let given = self.to_give(newcomer);
        if given.is_empty() {
            return format!("{name} joined and gets no share: nobody has any where it stands");
        }
        let givers: Vec<String> = given.keys().map(|giver| self.members[*giver].name.clone()).collect();
        for (giver, shares) in given {
            let member = &mut self.members[giver];
            let number = member.moved.iter().filter(|moved| moved.way == Way::Away).count();
            member.moved.push(Moved { way: Way::Away, from_us: micros(from), shares: PartFormat::of(&shares) });
            self.handovers.push(Handover { giver, newcomer, number, shares, from });
        }
        self.tell();
        let when = Text(from.saturating_sub(self.begun()));
        format!("{name} joined: {} give it a part of their shares from T+{when} on", givers.join(", "))
    }

    /// Has those take who may: all their givers have agreed, or could not be waited for any longer. Gives what there is to record, and
    /// what to say, and who was lost meanwhile: what it was given is nobody's.
    pub(crate) fn hand_over(&mut self, at: RunTime) -> HandedOver {
        let mut all = HandedOver { found: self.hand_back(at), ..HandedOver::default() };
        let newcomers = self.handovers.iter().map(|handover| handover.newcomer);
        let mut newcomers: Vec<usize> = newcomers.filter(|newcomer| !self.is_replaced(*newcomer)).collect();
        newcomers.dedup();
        for newcomer in newcomers {
            let of_it = || self.handovers.iter().filter(|handover| handover.newcomer == newcomer);
            let is_late = |handover: &Handover| at.since_start() + LEAD >= handover.from;
            if of_it().all(|handover| self.agreed(handover).is_some() || is_late(handover)) {
                let agreed = self.take_agreed(newcomer);
                let (found, text) = self.hand_to(newcomer, &agreed, at);
                let is_gone = text.is_some() && self.members[newcomer].lost.is_some();
                let text_of = || format!("{} was lost before its share came", self.members[newcomer].name);
                all.gone.extend(is_gone.then(|| Failed { agent: newcomer, text: text_of() }));
                all.found.extend(found);
                all.said.extend(text);
            }
        }
        all
    }

    /// What somebody agreed too late to give to one who was lost, and whose share others have taken over, goes back to who gave it. Nobody
    /// generates it meanwhile. One that can't go on is taken over with it.
    fn hand_back(&mut self, at: RunTime) -> Vec<Found> {
        let end = self.begun() + self.plan.load_duration();
        let (mut found, mut waiting) = (Vec::new(), Vec::new());
        for handover in std::mem::take(&mut self.handovers) {
            let giver = &self.members[handover.giver];
            let agreed = self.agreed(&handover).filter(|_| giver.trouble.is_none() && giver.lost.is_none());
            let Some(given) = agreed.filter(|_| self.is_replaced(handover.newcomer)) else {
                waiting.push(handover);
                continue;
            };
            let from = whole_second(at.since_start() + LEAD / 2 + giver.notice).max(given);
            if given < from {
                let reason = "what it gave away was nobody's: who was to take it was lost".to_owned();
                let (from, to) = (given.as_secs(), from.as_secs() - 1);
                found.push(giver.news(at, AgentNews::Missing { from, to, reason }));
            }
            if from < end {
                let giver = &mut self.members[handover.giver];
                let holds = giver.holds.clone();
                found.push(giver.takes(&handover.shares, from, holds, at));
            }
        }
        self.handovers = waiting;
        if !found.is_empty() {
            self.tell();
        }
        found
    }

    /// Whether others generate what it did.
    fn is_replaced(&self, agent: usize) -> bool {
        self.members[agent].taken_over.is_some()
    }

    /// Whether others have yet to give it something: what it will hold is open until then.
    pub(super) fn is_given(&self, agent: usize) -> bool {
        self.handovers.iter().any(|handover| handover.newcomer == agent)
    }

    /// From when on the giver doesn't generate it; `None`: it has not said so yet.
    fn agreed(&self, handover: &Handover) -> Option<Duration> {
        let given = &self.members[handover.giver].state.given;
        given.get(handover.number).map(|from| Duration::from_micros(*from))
    }

    fn take_agreed(&mut self, newcomer: usize) -> Vec<Agreed> {
        let (agreed, waiting) = std::mem::take(&mut self.handovers)
            .into_iter()
            .partition::<Vec<_>, _>(|handover| handover.newcomer == newcomer && self.agreed(handover).is_some());
        self.handovers = waiting;
        let with_its_time = |handover: Handover| Some(Agreed { from: self.agreed(&handover)?, handover });
        agreed.into_iter().filter_map(with_its_time).collect()
    }

    /// The newcomer takes what was agreed.
    fn hand_to(&mut self, newcomer: usize, agreed: &[Agreed], at: RunTime) -> (Vec<Found>, Option<String>) {
        let (Some(first), Some(last)) =
            (agreed.iter().map(|one| one.from).min(), agreed.iter().map(|one| one.from).max())
        else {
            return (Vec::new(), None);
        };
        let member = &self.members[newcomer];
        let soonest = whole_second(at.since_start() + LEAD / 2 + member.notice);
        let from = if soonest > last { soonest } else { last };
        let mut found = Vec::new();
        let mut all: Shares = vec![None; self.plan.populations.len()];
        for Agreed { handover, from } in agreed {
            let giver = &mut self.members[handover.giver];
            let rest = handover.without(&giver.holds).expect(FITS);
            found.push(giver.shares_since(*from, rest, at));
            all = together(&all, &handover.shares).expect(FITS);
        }
        let member = &mut self.members[newcomer];
        let holds = together(&member.holds, &all).expect(FITS);
        // From the first second on it answers for it.
        let mut news = member.takes(&all, from, holds, at);
        if let Found::Entry(Entry::Agent(AgentEntry { news: AgentNews::Shares { second, .. }, .. })) = &mut news {
            *second = first.as_secs();
        }
        found.push(news);
        if first < from {
            let reason = "it heard too late of what was given to it".to_owned();
            let (from, to) = (first.as_secs(), from.as_secs() - 1);
            found.push(member.news(at, AgentNews::Missing { from, to, reason }));
        }
        let (name, when) = (member.name.clone(), Text(from.saturating_sub(self.begun())));
        let text = format!("{name} generates {} from T+{when} on", self.told(&all));
        self.tell();
        (found, Some(text))
    }

    /// Shares, for people.
    fn told(&self, shares: &Shares) -> String {
        let told = |(population, part): (usize, &Option<Part>)| {
            let (part, name) = (part.as_ref()?, &self.plan.populations.get(population)?.name);
            Some(format!("{}/{} of {name}", part.slots().len(), part.of()))
        };
        shares.iter().enumerate().filter_map(told).collect::<Vec<_>>().join(", ")
    }

    /// The second from which on a newcomer takes what all have agreed to give, when nothing is slow.
    fn handing_over(&self, newcomer: usize, at: RunTime) -> Duration {
        let slowest = self.left().map(|member| member.notice).max().unwrap_or_default();
        let bounds = self.left().map(|member| member.joined.clock_bound).max().unwrap_or_default();
        whole_second(at.since_start() + slowest + LEAD + self.members[newcomer].notice + LEAD + bounds)
    }

    /// By giver, what it is to give.
    fn to_give(&self, newcomer: usize) -> BTreeMap<usize, Shares> {
        let populations = self.plan.populations.len();
        let mut given: BTreeMap<usize, Shares> = BTreeMap::new();
        for population in 0..populations {
            let givers = self.givers(population, newcomer);
            let weights = [givers.iter().map(|giver| giver.weight).sum(), self.members[newcomer].weight];
            let mut all: Option<Part> = None;
            for giver in givers {
                let Some(part) = &giver.holds[population] else { continue };
                // Who has a part that is cut as finely as can be keeps it.
                let [Some(_), Some(own)] = &part.shared(&weights)[..] else { continue };
                let Ok(with) = all.as_ref().map_or(Ok(own.clone()), |all| all.with(own)) else { continue };
                all = Some(with);
                given.entry(giver.index).or_insert_with(|| vec![None; populations])[population] = Some(own.clone());
            }
        }
        given
    }

    /// Those of whose part of a population a newcomer gets some.
    fn givers(&self, population: usize, newcomer: usize) -> Vec<&Member> {
        let origin = self.plan.populations[population].origin.as_str();
        let stands_there = |member: &Member| member.joined.place.as_deref().is_some_and(|place| is_same(place, origin));
        let may = |member: &&Member| {
            member.index != newcomer
                && member.trouble.is_none()
                && member.holds[population].is_some()
                && !self.is_giving(member.index)
        };
        let holders: Vec<&Member> = self.left().filter(may).collect();
        let (there, elsewhere): (Vec<_>, Vec<_>) = holders.into_iter().partition(|member| stands_there(member));
        let one = &self.members[newcomer];
        match (stands_there(one), &one.joined.place) {
            (true, _) => there,
            (false, None) if there.is_empty() => elsewhere,
            (false, _) => Vec::new(),
        }
    }

    /// Whether it was asked to give something away and hasn't answered: what it holds is open until then.
    fn is_giving(&self, agent: usize) -> bool {
        self.handovers.iter().any(|handover| handover.giver == agent)
    }
}

impl Handover {
    /// What is left of a share without what is handed over.
    pub(super) fn without(&self, holds: &Shares) -> Result<Shares, TooFine> {
        let rest = |(holds, given): (&Option<Part>, &Option<Part>)| match (holds, given) {
            (Some(holds), Some(given)) => holds.without(given),
            (holds, _) => Ok(holds.clone()),
        };
        holds.iter().zip(&self.shares).map(rest).collect()
    }
}
