//! What can be said of the faults while a run goes on: the rules of the verdict, on what is known so far.
//!
//! Nothing is found here in another way than the verdict finds it in the end: the same functions search the same counts per tenth of
//! a second, up to the last second that is complete. So a mark that is said while the run goes on is the verdict's, unless later
//! data moves it. Three things are not in it, and come with the verdict: response times (a recovery may end later for being slow),
//! what a whole recovery window will say (two good seconds are enough to say it for now), and what the ledger's final reads find.

use crate::{
    evidence::{Evidence, Requests, Tenths, Timeline, start_of},
    findings::{Failback, Length, MarkKind, Operations, Recovery, Span},
    rules::{error_budget, failback, fault, home, recovery},
};
use plan::resolved::{Fault, ResolvedPlan};
use record::{Event, EventKind, Integrity, Interval, Recording};
use std::{sync::Arc, time::Duration};
use units::RunTime;

/// Good for this long: recovered, for now.
pub(super) const WELL_AFTER: Duration = Duration::from_secs(2);
/// Time behind the planned end in which requests may still be counted.
const AFTER_LOAD: Duration = Duration::from_secs(600);

/// An instant of a fault's time line, as far as is known.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkNow {
    /// The fault, by its position in the plan; those that were given come after them.
    pub fault: usize,
    /// Which turn of it, from 0.
    pub turn: u32,
    /// The population it holds for; `None`: for all.
    pub population: Option<usize>,
    /// Which.
    pub kind: MarkKind,
    /// When.
    pub at: RunTime,
    /// How far the true instant may lie to either side.
    pub error: Option<Duration>,
    /// Who says so.
    pub source: String,
}

/// What is found of one time that a fault came.
#[derive(Debug, Clone)]
pub(super) struct OutageNow {
    pub(super) targets: Vec<usize>,
    pub(super) recoveries: Vec<Recovery>,
    pub(super) failbacks: Vec<Failback>,
    pub(super) marks: Vec<MarkNow>,
}

/// What is found of the run.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// By population.
    pub(super) homes: Vec<Option<usize>>,
    pub(super) outages: Vec<OutageNow>,
    /// By population: from each outage's impact to its recovery, overlaps once.
    pub(super) affected: Vec<Duration>,
    /// By population: the first impact.
    pub(super) impact: Vec<Option<RunTime>>,
    /// By population: time in which less than half succeeded.
    pub(super) down: Vec<Duration>,
    /// By population: the part of thirty days' error budget that is spent, and what of is promised.
    pub(super) spent: Vec<Option<(f64, f64)>>,
    /// What is measured, so far.
    pub(super) measured: Option<Span>,
}

/// Events and counts, from the run's start.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    /// The plan, and no entries.
    recording: Recording,
    events: Vec<Event>,
    requests: Option<Arc<Requests>>,
}

impl Faults {
    pub(super) fn of(plan: ResolvedPlan) -> Self {
        let recording =
            Recording { manifest: None, plan_text: None, plan, entries: Vec::new(), integrity: Integrity::default() };
        Self { recording, events: Vec::new(), requests: None }
    }

    pub(super) fn plan(&self) -> &ResolvedPlan {
        &self.recording.plan
    }

    pub(super) fn event(&mut self, event: &Event) {
        if let EventKind::FaultGiven(given) = &event.kind {
            self.given(given);
        }
        let at = self.events.partition_point(|known| known.at <= event.at);
        self.events.insert(at, event.clone());
    }

    /// A fault that the plan didn't have; whoever plays a recording has it among the plan's already.
    fn given(&mut self, fault: &Fault) {
        let faults = &mut self.recording.plan.faults;
        if !faults.iter().any(|known| known.name == fault.name) {
            faults.push(fault.clone());
        }
    }

    pub(super) fn interval(&mut self, interval: &Interval) {
        let plan = &self.recording.plan;
        let requests = self.requests.get_or_insert_with(|| {
            let first = interval.second.saturating_sub(2);
            let seconds = (plan.load_duration() + AFTER_LOAD).as_secs();
            Arc::new(Requests::none(plan, Tenths::new(first, usize::try_from(seconds).unwrap_or(usize::MAX / 10))))
        });
        // What lies outside of the load's time is for the verdict to complain of.
        let _ = Arc::get_mut(requests).expect("nobody else holds it between two findings").count_in(interval);
    }

    /// What is found by `now`, everything before the second `complete` being known.
    pub(super) fn find(&self, now: RunTime, complete: u64) -> Found {
        let plan = &self.recording.plan;
        let populations = plan.populations.len();
        let none = Found {
            homes: vec![None; populations],
            affected: vec![Duration::ZERO; populations],
            impact: vec![None; populations],
            down: vec![Duration::ZERO; populations],
            spent: vec![None; populations],
            ..Found::default()
        };
        let Some(requests) = &self.requests else { return none };
        let events: Vec<&Event> = self.events.iter().filter(|event| event.at <= now).collect();
        let mut timeline = Timeline::until_end(plan, now, &events);
        if timeline.load_started.is_none() {
            return none;
        }
        timeline.measured_until = timeline.measured_until.min(start_of(complete)).max(timeline.measured_from);
        timeline.baseline =
            timeline.baseline.map(|baseline| Span { to: baseline.to.min(start_of(complete)), ..baseline });
        timeline.baseline = timeline.baseline.filter(|baseline| baseline.from < baseline.to);
        let homes = (0..populations).map(|population| home::home(requests, &timeline, population)).collect();
        let evidence = Evidence::so_far(&self.recording, events, timeline, Arc::clone(requests), homes);
        found(&evidence, none)
    }
}

fn found(evidence: &Evidence<'_>, mut found: Found) -> Found {
    found.homes.clone_from(&evidence.homes);
    let timeline = &evidence.timeline;
    found.measured = Some(Span { from: timeline.measured_from, to: timeline.measured_until });
    let began = (0..timeline.outages.len()).filter(|outage| timeline.outages[*outage].began().is_some());
    found.outages = began.map(|outage| outage_now(evidence, outage)).collect();
    let tenths = evidence.requests.tenths;
    let measured = tenths.index(timeline.measured_from)..evidence.end_tenth();
    for population in 0..found.homes.len() {
        let all = found.outages.iter().flat_map(|outage| &outage.recoveries);
        let its = all.filter(|one| one.population == population);
        let span = |one: &Recovery| one.impact.map(|from| Span { from, to: from + so_far(evidence, one).0 });
        let spans: Vec<Span> = its.filter_map(span).collect();
        found.impact[population] = spans.iter().map(|span| span.from).min();
        found.affected[population] = Span::covered(spans).0;
        found.down[population] = recovery::down(evidence.stream(population, Operations::All), measured.clone()).0;
        found.spent[population] = error_budget::spent_so_far(evidence, population);
    }
    found
}

/// How long it has taken so far.
fn so_far(evidence: &Evidence<'_>, one: &Recovery) -> Length {
    let until_now = |impact| Length::between(impact, evidence.timeline.measured_until);
    one.time
        .or_else(|| Some(Length::between(one.impact?, well_since(evidence, one)?)))
        .unwrap_or_else(|| one.impact.map_or_else(Length::default, until_now))
}

/// Since when its operations of that class are good: for a whole window, or for two seconds so far.
fn well_since(evidence: &Evidence<'_>, one: &Recovery) -> Option<RunTime> {
    one.recovered.or_else(|| {
        let looked_good = one.impact? + one.at_least?.0;
        (evidence.timeline.measured_until.saturating_since(looked_good) >= WELL_AFTER).then_some(looked_good)
    })
}

fn outage_now(evidence: &Evidence<'_>, outage: usize) -> OutageNow {
    let times = &evidence.timeline.outages[outage];
    let targets = evidence.targets(outage);
    let recoveries = fault::recoveries(evidence, outage);
    let failbacks = failback::failbacks(evidence, outage, &recoveries);
    let mut marks = Vec::new();
    let is_hit = |population: &usize| {
        let is_home = evidence.homes[*population].is_some_and(|home| targets.contains(&home));
        is_home || recoveries.iter().any(|one| one.population == *population && one.impact.is_some())
    };
    let hit: Vec<usize> = (0..evidence.homes.len()).filter(is_hit).collect();
    // Without anybody hit there are still the fault's own marks.
    let each = hit.iter().copied().map(Some).chain(hit.is_empty().then_some(None));
    for (first, population) in each.enumerate().map(|(index, population)| (index == 0, population)) {
        for mark in fault::marks(evidence, outage, population, &recoveries, &failbacks) {
            let is_of_all = matches!(
                mark.kind,
                MarkKind::Injecting | MarkKind::Active | MarkKind::Detected | MarkKind::Healing | MarkKind::Healed
            );
            if is_of_all && !first || mark.kind == MarkKind::Recovered {
                continue;
            }
            let (Some(at), Some(source)) = (mark.at, mark.source) else { continue };
            let error = mark.error.map(|error| error.0);
            let population = population.filter(|_| !is_of_all);
            marks.push(MarkNow {
                fault: times.fault,
                turn: times.number,
                population,
                kind: mark.kind,
                at,
                error,
                source,
            });
        }
        if let Some((population, at)) = population.and_then(|one| Some((one, all_well(evidence, &recoveries, one)?))) {
            marks.push(MarkNow {
                fault: times.fault,
                turn: times.number,
                population: Some(population),
                kind: MarkKind::Recovered,
                at,
                error: Some(Duration::from_millis(100)),
                source: "load".to_owned(),
            });
        }
    }
    OutageNow { targets, recoveries, failbacks, marks }
}

/// Since when all operations of a population that was hit are good.
fn all_well(evidence: &Evidence<'_>, recoveries: &[Recovery], population: usize) -> Option<RunTime> {
    let hit = recoveries.iter().filter(|one| one.population == population && one.impact.is_some());
    let well: Vec<Option<RunTime>> = hit.map(|one| well_since(evidence, one)).collect();
    well.into_iter().collect::<Option<Vec<RunTime>>>()?.into_iter().max()
}
