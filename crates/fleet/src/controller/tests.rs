//! Whatever becomes of agents and links, no number is two agents' in any second, and where one is nobody's, that second is named; and what
//! a lost agent still tells is taken once.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::{Agents, Found, Member, Wanted, moves::Moves, take_over::Shares};
use crate::{
    agent,
    link::{Distance, Incoming},
    message::{Batch, FromAgent, MissingSeconds, Moved, PartFormat, Phase, State, ToAgent, Way},
    shares::is_emulated,
};
use plan::{Source, resolved::ResolvedPlan};
use proptest::prelude::*;
use record::{AgentJoined, AgentNews, ArrivalCounts, Entry};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use units::{Part, RunTime};

/// Seconds of load; it begins with the run.
const SECONDS: u64 = 60;
/// An agent that hears nothing for so long stops, in milliseconds: longer than what is given is told ahead, so that some agree too late.
const LOSS_AFTER: u64 = 8_000;
/// Of the simulated time, in milliseconds.
const STEP: u64 = 250;
/// Numbers of arrivals that are looked at.
const NUMBERS: u64 = 120;

pub(super) fn plan() -> Arc<ResolvedPlan> {
    let text = format!(
        "version: 1\nname: shares\ntarget:\n  endpoints: {{us-east-1: \"http://192.0.2.1\"}}\n  emulate_paths: true\n\
         populations:\n  - {{name: ohio, place: us-east-2, share: 70%}}\n  - {{name: dublin, place: eu-west-1, share: 30%}}\n\
         load: {{model: open, rate: 90/s, for: {SECONDS}s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n\
         objectives: [{{availability: {{min: 99%}}}}]\nfleet: {{on_agent_loss: take-over, controller_loss_after: {LOSS_AFTER}ms}}\n"
    );
    let source = Source { name: "shares.yaml".to_owned(), text };
    Arc::new(plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

pub(super) fn joined(plan: &ResolvedPlan, index: usize, place: Option<&str>, shares: Shares) -> AgentJoined {
    AgentJoined {
        name: format!("a{index}"),
        instance: format!("i{index}"),
        place: place.map(str::to_owned),
        version: "0.1.0".to_owned(),
        host: "h".to_owned(),
        clock_bound: Duration::ZERO,
        shares,
        emulated: plan.populations.iter().map(|population| is_emulated(population, place)).collect(),
    }
}

/// What an agent generates from some second on, but for what it gave away later.
struct Load {
    from: u64,
    shares: Shares,
    given: Vec<(u64, Shares)>,
}

/// An agent as it behaves, with what it hears.
struct Model {
    told: mpsc::Receiver<ToAgent>,
    loads: Vec<Load>,
    moved: usize,
    state: State,
    /// Batches that were not sent yet.
    kept: Vec<Batch>,
    heard: u64,
    /// Its link carries nothing in this time, in milliseconds.
    cut: std::ops::Range<u64>,
    dies: Option<u64>,
    stopped: Option<u64>,
}

impl Model {
    fn hear(&mut self, now: u64) {
        let Some(ToAgent::Tell(tell)) = std::iter::from_fn(|| self.told.try_recv().ok()).last() else { return };
        self.heard = now;
        self.state.heard = tell.number;
        if tell.lost {
            self.stop(now);
        }
        for moved in tell.moved.iter().skip(self.moved) {
            self.follow(moved, now);
        }
        self.moved = tell.moved.len();
    }

    fn follow(&mut self, moved: &Moved, now: u64) {
        let shares = PartFormat::read(&moved.shares).unwrap();
        let from = moved.from_us / 1_000_000;
        if moved.way == Way::Here {
            self.loads.push(Load { from, shares, given: Vec::new() });
            return;
        }
        // As `agent` does it.
        let from = from.max((now + 500).div_ceil(1_000));
        self.loads.iter_mut().for_each(|load| load.given.push((from, shares.clone())));
        self.state.given.push(from * 1_000_000);
    }

    /// Puts each second that is over into a batch, and calls it complete: of what it knows that it is to generate it is.
    fn keep(&mut self, instance: &str, now: u64) {
        let until = self.stopped.map_or(now, |stopped| stopped.min(now)) / 1_000;
        for number in self.state.last_batch + 1..=until {
            let instance = instance.to_owned();
            let complete = number.checked_sub(1);
            self.kept.push(Batch { instance, number, through: number, complete, lines: String::new() });
        }
        self.state.last_batch = self.state.last_batch.max(until);
    }

    fn stop(&mut self, now: u64) {
        if self.stopped.is_none() {
            self.stopped = Some(now);
            let reason = "it stopped".to_owned();
            self.state.trouble = Some(reason.clone());
            self.state.missing.push(MissingSeconds { from: now / 1_000, to: SECONDS, reason });
        }
    }

    fn generates(&self, second: u64, population: usize, number: u64) -> bool {
        let owns = |shares: &Shares| shares[population].as_ref().is_some_and(|part| part.owns(number));
        let of = |load: &Load| {
            load.from <= second
                && owns(&load.shares)
                && !load.given.iter().any(|(from, given)| *from <= second && owns(given))
        };
        self.loads.iter().any(of)
    }

    /// Whether it has ended or stopped before that time.
    fn is_over(&self, at: u64) -> bool {
        self.dies.into_iter().chain(self.stopped).any(|over| over <= at)
    }
}

/// What happens to an agent: when it comes, its weight, when its link is cut and for how long, and when it dies.
#[derive(Debug, Clone)]
struct Fate {
    joins: Option<u64>,
    place: Option<&'static str>,
    weight: u64,
    cut: (u64, u64),
    dies: Option<u64>,
}

fn fate(joins: impl Strategy<Value = Option<u64>>) -> impl Strategy<Value = Fate> {
    let place = prop::sample::select(vec![None, None, Some("us-east-2"), Some("eu-west-1")]);
    let cut = (0..50_000_u64, prop_oneof![Just(0), 0..5_000_u64, 0..30_000_u64]);
    let dies = prop::option::weighted(0.3, 1_000..55_000_u64);
    (joins, place, 1..6_u64, cut, dies).prop_map(|(joins, place, weight, cut, dies)| Fate {
        joins,
        place,
        weight,
        cut,
        dies,
    })
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let (first, later) = (
        prop::collection::vec(fate(Just(None)), 1..4),
        prop::collection::vec(fate((0..50_000_u64).prop_map(Some)), 0..4),
    );
    (first, later).prop_map(|(first, later)| first.into_iter().chain(later).collect())
}

/// The controller and agents, in simulated time.
struct World {
    plan: Arc<ResolvedPlan>,
    agents: Agents,
    models: Vec<Model>,
    base: Instant,
    mourned: Vec<usize>,
    news: Vec<(usize, AgentNews)>,
    is_over: bool,
}

impl World {
    fn new(fates: &[Fate]) -> Self {
        let (plan, (sender, incoming)) = (plan(), mpsc::channel(1));
        let wanted = Wanted { begin_us: Some(0), ..Wanted::default() };
        let agents = Agents {
            members: Vec::new(),
            incoming,
            plan: Arc::clone(&plan),
            wanted,
            told: Instant::now(),
            moves: Moves::of(2),
            sender,
            handovers: Vec::new(),
        };
        let base = Instant::now();
        let mut world =
            Self { plan, agents, models: Vec::new(), base, mourned: Vec::new(), news: Vec::new(), is_over: false };
        let first: Vec<&Fate> = fates.iter().filter(|fate| fate.joins.is_none()).collect();
        let weights: Vec<u64> = first.iter().map(|fate| fate.weight).collect();
        for (fate, part) in first.iter().zip(Part::WHOLE.shared(&weights)) {
            world.enter(fate, vec![part; 2], 0);
        }
        world
    }

    fn enter(&mut self, fate: &Fate, shares: Shares, now: u64) {
        let index = self.agents.members.len();
        let (outgoing, told) = mpsc::channel(64);
        let joined = joined(&self.plan, index, fate.place, shares.clone());
        let mut member = Member::new(index, joined, (outgoing, Distance::Here), fate.weight, None);
        member.heard = self.base + Duration::from_millis(now);
        self.agents.members.push(member);
        let cut = now + fate.cut.0..now + fate.cut.0 + fate.cut.1;
        let loads = vec![Load { from: 0, shares, given: Vec::new() }];
        let state = State { phase: Phase::Running, ..State::default() };
        self.models.push(Model {
            told,
            loads,
            moved: 0,
            state,
            kept: Vec::new(),
            heard: now,
            cut,
            dies: fate.dies.filter(|dies| *dies > now),
            stopped: None,
        });
    }

    fn step(&mut self, now: u64) {
        let at = RunTime::from(Duration::from_millis(now));
        for index in 0..self.models.len() {
            let instance = self.agents.members[index].joined.instance.clone();
            let model = &mut self.models[index];
            if model.dies.is_some_and(|dies| dies <= now) {
                if !self.agents.members[index].over {
                    // What it had kept is still on its disk.
                    self.send(index, at);
                    let found = self.agents.take(index, Incoming::Over("killed".to_owned()), at);
                    self.found(found);
                }
                continue;
            }
            let is_cut = model.cut.contains(&now);
            if !is_cut {
                // What it hears now it answers later, if it can.
                model.state.number += 1;
                let state = FromAgent::State(Box::new(model.state.clone()));
                self.send(index, at);
                let found = self.agents.take(index, Incoming::Message(state), at);
                self.found(found);
                self.agents.members[index].heard = self.base + Duration::from_millis(now);
                self.models[index].hear(now);
            }
            let model = &mut self.models[index];
            if now - model.heard >= LOSS_AFTER {
                model.stop(now);
            }
            model.keep(&instance, now);
        }
        let found = self.agents.tick(self.base + Duration::from_millis(now), at);
        self.found(found);
        self.agents.tell();
        let handed = self.agents.hand_over(at);
        self.found(handed.found);
        let gone: Vec<usize> = handed.gone.iter().map(|failed| failed.agent).collect();
        let failed = self.agents.lost().into_iter().chain(self.agents.troubles()).map(|failed| failed.agent);
        let failed: Vec<usize> = failed.filter(|agent| !self.mourned.contains(agent)).collect();
        self.mourned.extend(&failed);
        for agent in failed.into_iter().chain(gone) {
            match self.agents.take_over(agent, at) {
                Ok((found, _)) => self.found(found),
                Err(_) => self.is_over = true,
            }
        }
    }

    /// An agent's batches come.
    fn send(&mut self, index: usize, at: RunTime) {
        for batch in std::mem::take(&mut self.models[index].kept) {
            let found = self.agents.take(index, Incoming::Message(FromAgent::Batch(batch)), at);
            self.found(found);
        }
    }

    /// All links are whole again, and everybody tells what is left.
    fn settle(&mut self, from: u64) {
        self.models.iter_mut().for_each(|model| model.cut = 0..0);
        (from..from + 2_000).step_by(STEP as usize).for_each(|now| self.step(now));
    }

    /// As `Agents::join` does, for an agent that is ready.
    fn join(&mut self, fate: &Fate, now: u64) {
        self.enter(fate, vec![None; 2], now);
        let newcomer = self.agents.members.len() - 1;
        self.agents.ask_for(newcomer, RunTime::from(Duration::from_millis(now)));
    }

    /// What becomes of these agents, and when the run has ended, in milliseconds.
    fn play(fates: &[Fate]) -> (Self, u64) {
        let mut world = Self::new(fates);
        let mut until = SECONDS * 1_000;
        for now in (0..SECONDS * 1_000).step_by(STEP as usize) {
            for fate in fates.iter().filter(|fate| fate.joins.is_some_and(|joins| joins / STEP == now / STEP)) {
                world.join(fate, now);
            }
            world.step(now);
            if world.is_over {
                // Nobody is left: the run ends.
                until = now;
                break;
            }
        }
        world.settle(until);
        (world, until)
    }

    /// Of each second, population and number: how many agents may generate it, and how many certainly do.
    fn owners(&self, until: u64) -> impl Iterator<Item = (u64, usize, u64, usize, usize)> {
        let numbers = (0..2).flat_map(|population| (0..NUMBERS).map(move |number| (population, number)));
        let all = (0..until / 1_000)
            .flat_map(move |second| numbers.clone().map(move |(population, number)| (second, population, number)));
        all.map(|(second, population, number)| {
            let own = || self.models.iter().filter(move |model| model.generates(second, population, number));
            let may = own().filter(|model| !model.is_over(second * 1_000)).count();
            let does = own().filter(|model| !model.is_over((second + 1) * 1_000 - 1)).count();
            (second, population, number, may, does)
        })
    }

    fn found(&mut self, found: Vec<Found>) {
        for found in found {
            if let Found::Entry(Entry::Agent(entry)) = found {
                self.news.push((entry.agent, entry.news));
            }
        }
    }

    /// Seconds of which something is missing by what is recorded, first and last: as the verdict reads it.
    fn named(&self) -> Vec<(u64, u64)> {
        (0..self.models.len()).flat_map(|agent| self.named_of(agent)).collect()
    }

    fn named_of(&self, agent: usize) -> Vec<(u64, u64)> {
        let (mut complete, mut taken_over, mut from, mut missing) = (None, None, None, Vec::new());
        for (_, news) in self.news.iter().filter(|(of, _)| *of == agent) {
            match news {
                AgentNews::Complete { second, .. } => complete = complete.max(Some(*second)),
                AgentNews::TakenOver { second, .. } => taken_over = taken_over.max(Some(*second)),
                AgentNews::Shares { second, .. } => from = Some(from.map_or(*second, |from: u64| from.min(*second))),
                AgentNews::Missing { from, to, .. } => missing.push((*from, *to)),
                _ => {}
            }
        }
        if self.agents.members[agent].over {
            missing.push((complete.map_or(0, |second| second + 1), u64::MAX));
        }
        let came_late = self.agents.members[agent].joined.shares.iter().all(Option::is_none);
        let first = if came_late { from.unwrap_or(u64::MAX) } else { 0 };
        let last = taken_over.map_or(u64::MAX, |second| second - 1);
        missing.into_iter().map(|(from, to)| (from.max(first), to.min(last))).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn every_number_is_one_agents_in_every_second_or_that_second_is_named(fates in fates()) {
        let (world, until) = World::play(&fates);
        let named = world.named();
        for (second, population, number, may, does) in world.owners(until) {
            prop_assert!(may <= 1, "number {number} of {population} is {may} agents' in second {second}");
            let is_named = named.iter().any(|(from, to)| (*from..=*to).contains(&second));
            prop_assert!(does == 1 || is_named, "number {number} of {population} is nobody's in second {second}, which is not named");
        }
    }
}

/// One is asked to give and cut off; who was to get it dies, and others take over what that one had; then the first agrees, too late.
#[test]
fn what_is_given_to_one_who_is_gone_goes_back_to_who_gave_it() {
    let quiet = Fate { joins: None, place: None, weight: 1, cut: (0, 0), dies: None };
    let (world, until) = World::play(&[
        quiet.clone(),
        Fate { cut: (10_000, 6_500), ..quiet.clone() },
        Fate { joins: Some(10_000), dies: Some(13_000), ..quiet },
    ]);
    let ways: Vec<Way> = world.agents.members[1].moved.iter().map(|moved| moved.way).collect();
    assert_eq!(ways, [Way::Away, Way::Here, Way::Here], "it gives, takes over of the lost one, and gets its own back");
    let nobodys = |(second, _, _, may, does): (u64, usize, u64, usize, usize)| {
        assert!(may <= 1, "something is {may} agents' in second {second}");
        (does == 0).then_some(second)
    };
    let nobodys: BTreeSet<u64> = world.owners(until).filter_map(nobodys).collect();
    let named: BTreeSet<u64> = world.named_of(1).into_iter().flat_map(|(from, to)| from..=to).collect();
    assert_eq!(named, [17].into(), "what was nobody's after it had agreed, until it could go on");
    assert!(nobodys.contains(&17) && nobodys.last() == Some(&17), "{nobodys:?}");
}

/// Batch `number` of an agent: what it generated in that second.
fn batch(number: u64, instance: &str) -> Batch {
    let row = ArrivalCounts { second: number, intended: 1, started: 1, ..ArrivalCounts::default() };
    let mut lines = String::new();
    record::batch::write(&Entry::Arrivals(row), &mut lines);
    Batch { instance: instance.to_owned(), number, through: number, complete: number.checked_sub(1), lines }
}

proptest! {
    /// An agent with a batch for each second is cut off, counted as lost, taken over, and comes back with what it kept.
    #[test]
    fn what_a_lost_agent_tells_late_is_taken_once_and_nothing_that_is_others(
        batches in 1..30_u64, before in prop::collection::vec(1..30_u64, 0..40), after in prop::collection::vec(1..30_u64, 0..40),
        taken_over in prop::option::of(1..30_u64),
    ) {
        let plan = plan();
        let joined = joined(&plan, 0, None, vec![Some(Part::WHOLE); 2]);
        let (outgoing, _told) = mpsc::channel(1);
        let mut member = Member::new(0, joined, (outgoing, Distance::Here), 1, None);
        let mut moves = Moves::of(2);
        let mut recorded = Vec::new();
        let mut hear = |member: &mut Member, message: FromAgent| {
            for found in member.take(Incoming::Message(message), &plan, &mut moves, RunTime::START) {
                match found {
                    Found::Line(Entry::Arrivals(row), _) => recorded.push(row.second),
                    Found::Entry(Entry::Agent(entry)) if entry.news == AgentNews::Drained => recorded.push(u64::MAX),
                    _ => {}
                }
            }
        };
        let mut send = |member: &mut Member, numbers: &[u64]| {
            numbers.iter().filter(|number| **number <= batches).for_each(|number| hear(member, FromAgent::Batch(batch(*number, "i0"))));
        };
        send(&mut member, &before);
        let known = member.inbox.taken();
        prop_assert!(member.lose("nothing was heard of it".to_owned(), RunTime::START).is_some());
        prop_assert!(!member.is_telling(), "nobody waits for it");
        // Nothing that was recorded is another's: others begin later.
        member.taken_over = taken_over.map(|second| second.max(known + 1));
        send(&mut member, &after);
        let rest: Vec<u64> = (1..=batches).collect();
        send(&mut member, &rest);
        hear(&mut member, FromAgent::State(Box::new(State { number: 1, phase: Phase::Ended, last_batch: batches, ..State::default() })));
        prop_assert!(member.drained && member.lose("again".to_owned(), RunTime::START).is_none());
        let own = (1..=batches).filter(|second| member.taken_over.is_none_or(|others| *second < others));
        prop_assert_eq!(recorded, own.chain([u64::MAX]).collect::<Vec<_>>());
        prop_assert_eq!(member.complete.second(), batches.checked_sub(1));
    }
}

#[test]
fn a_lost_agent_that_is_heard_again_is_told_that_it_is_lost_and_waited_for() {
    let mut world = World::new(&[
        Fate { joins: None, place: None, weight: 1, cut: (2_000, 20_000), dies: None },
        Fate { joins: None, place: None, weight: 1, cut: (0, 0), dies: None },
    ]);
    for now in (0..30_000).step_by(STEP as usize) {
        world.step(now);
        let lost = world.agents.members[0].lost.is_some();
        assert_eq!(lost, now >= 2_000 - STEP + LOSS_AFTER + 10_000, "at {now} ms");
        assert_eq!(world.agents.members[0].is_telling(), !lost || now >= 22_000, "at {now} ms");
    }
    assert_eq!(world.models[0].stopped, Some(2_000 - STEP + LOSS_AFTER));
    assert!(agent::STATE_EVERY >= Duration::from_millis(STEP), "an agent speaks so often");
}
