//! The histories' findings: every property with what was put to the test, what broke it and when, and how old reads were.
//!
//! Each check runs for itself: one that crashes leaves its property unmeasured and the others intact. `history` has the checks,
//! with the definitions; here they are counted by period and listed.
//!
//! A violation belongs to the period in which it *showed*: the end of its last operation. It is **across a switch** when the
//! operations of the session at which it showed were answered by different regions: the user was moved, and the promise did not
//! move along.

use super::percentile::percentile;
use crate::{
    evidence::{Evidence, Outage, TracedWrite, instant},
    findings::{
        HistoryFinding, Length, LossPeriod, OperationLine, Percentile, PropertyFinding, Span, Staleness, Violation,
    },
    guard::Guard,
    history::{
        Breach, Tested, begun, counter, cycles, deletes, delivery, linear, lists, order, session_of, sessions, split,
        staleness, updates,
    },
    words,
};
use plan::{
    fault::{FaultKind, IsolatedFrom},
    resolved::Property,
};
use record::{Histogram, LedgerAction, LedgerOperation, Reader, WriteOutcome};
use std::{collections::BTreeMap, time::Duration};
use units::{RegionName, RunTime};

/// Counts of reads by how many versions they were behind; the last is for all further ones.
const VERSIONS_TOLD: usize = 6;

/// What the histories show; `None` when the plan has no ledger and nothing was recorded of one.
pub(crate) fn history(evidence: &Evidence<'_>, guard: &mut Guard) -> Option<HistoryFinding> {
    let history = &evidence.history;
    if evidence.plan.ledger.is_none() && evidence.ledger.writes.is_empty() && history.is_empty() {
        return None;
    }
    let mut tested = check_all(evidence, guard);
    let properties = Property::ALL.into_iter().map(|property| {
        let told = tested.remove(&property).unwrap_or_default();
        property_finding(evidence, property, told)
    });
    let properties: Vec<PropertyFinding> = properties.collect();
    let staleness = guard.check("staleness", |_| Vec::new(), || stale(evidence));
    let switched = history.sessions().filter(|session| has_switched(session)).count() as u64;
    let mut finding = HistoryFinding {
        operations: history.operations().count() as u64,
        unknown: history.operations().filter(|one| one.outcome == WriteOutcome::Unknown).count() as u64,
        sessions: history.sessions().count() as u64,
        switched_sessions: switched,
        keys: history.keys().count() as u64,
        taken_inside_cuts: taken_inside_cuts(evidence),
        clock: "every order is by the monotonic clock of the agent that made both operations; none is claimed between agents"
            .to_owned(),
        properties,
        staleness,
        text: String::new(),
    };
    finding.text = told(&finding);
    Some(finding)
}

/// What a check says of properties.
type Said<'a> = Vec<(Property, Tested<'a>)>;

/// Runs each check under its own name. One that crashes leaves what it is about undecided, whatever others say of that.
fn check_all<'a>(evidence: &Evidence<'a>, guard: &mut Guard) -> BTreeMap<Property, Tested<'a>> {
    use Property::{
        Duplicates, Linearizability, ListAnomalies, LostUpdates, Miscounts, MissingDeliveries, MonotonicReads,
        MonotonicWrites, ReadYourWrites, Resurrected, ReusedIds, SplitWrites, WritesFollowReads,
    };
    let history = &evidence.history;
    let mut tested: BTreeMap<Property, Tested<'a>> = BTreeMap::new();
    let mut run = |name: &str, about: &[Property], check: &dyn Fn() -> Said<'a>| {
        let crashed = |_: &str| about.iter().map(|property| (*property, Tested::crashed())).collect();
        for (property, said) in guard.check(name, crashed, check) {
            let sum = tested.remove(&property).unwrap_or_default();
            tested.insert(property, sum.and(said));
        }
    };
    run("sessions", &[ReadYourWrites, MonotonicReads], &|| {
        let found = sessions::check(history);
        vec![(ReadYourWrites, found.read_your_writes), (MonotonicReads, found.monotonic_reads)]
    });
    run("updates", &[LostUpdates, MonotonicWrites, WritesFollowReads], &|| {
        let found = updates::check(history);
        vec![
            (LostUpdates, found.lost_updates),
            (MonotonicWrites, found.monotonic_writes),
            (WritesFollowReads, found.writes_follow_reads),
        ]
    });
    run("order", &[MonotonicWrites, WritesFollowReads, ListAnomalies], &|| {
        let found = order::check(history);
        vec![
            (MonotonicWrites, found.monotonic_writes),
            (WritesFollowReads, found.writes_follow_reads),
            (ListAnomalies, found.one_order),
        ]
    });
    // Of list anomalies the others count the same reads, put to the test in another way.
    let again = |found: Tested<'a>| Tested { checked: 0, ..found };
    run("lists", &[Duplicates, ListAnomalies], &|| {
        let found = lists::check(history);
        vec![(Duplicates, found.duplicates), (ListAnomalies, again(found.impossible))]
    });
    run("cycles", &[ListAnomalies], &|| vec![(ListAnomalies, again(cycles::check(history)))]);
    run("linearizability", &[Linearizability], &|| vec![(Linearizability, linear::check(history))]);
    run("deletes", &[Resurrected], &|| vec![(Resurrected, deletes::check(history))]);
    run("counters", &[Miscounts], &|| vec![(Miscounts, counter::check(history))]);
    run("deliveries", &[MissingDeliveries], &|| vec![(MissingDeliveries, delivery::check(history))]);
    run("split writes", &[SplitWrites], &|| vec![(SplitWrites, split::check(history, &cuts(evidence)))]);
    run("ids", &[ReusedIds], &|| vec![(ReusedIds, reused_ids(evidence))]);
    tested
}

/// Stretches in which some regions could not reach others.
fn cuts(evidence: &Evidence<'_>) -> Vec<split::Cut> {
    let cut = |(index, times): (usize, &Outage)| {
        let (side, apart) = sides(evidence, &evidence.kind(index))?;
        let from = instant(&times.active)?;
        let to = times.mending().unwrap_or(evidence.timeline.end);
        Some(split::Cut { from, to, side, apart })
    };
    evidence.timeline.outages.iter().enumerate().filter_map(cut).collect()
}

/// Pairs of regions that can't reach each other.
type Apart = Vec<(usize, usize)>;

/// The regions that a cut leaves without most of the others, and who can't reach whom.
fn sides(evidence: &Evidence<'_>, kind: &FaultKind) -> Option<(Vec<usize>, Apart)> {
    let regions = 0..evidence.plan.regions.len();
    let index = |name: &RegionName| evidence.plan.region_index(name);
    match kind {
        FaultKind::RegionIsolated(isolated) if isolated.from != IsolatedFrom::Users => {
            let region = index(&isolated.region)?;
            let apart = regions.filter(|other| *other != region).map(|other| (region, other)).collect();
            Some((vec![region], apart))
        }
        FaultKind::Partition(partition) => {
            let (one, other) = (index(&partition.between)?, index(&partition.and)?);
            Some((vec![one], vec![(one, other)]))
        }
        FaultKind::NetworkSplit(split) => {
            let apart: Apart =
                split.pairs.iter().filter_map(|(one, other)| Some((index(one)?, index(other)?))).collect();
            let count = regions.len();
            let cut_off = |region: &usize| {
                let unreached = apart.iter().filter(|(one, other)| [one, other].contains(&region)).count();
                (count - unreached) * 2 <= count
            };
            Some((regions.filter(cut_off).collect(), apart))
        }
        _ => None,
    }
}

/// Changes and probe writes that the cut-off side of a cut acknowledged.
fn taken_inside_cuts(evidence: &Evidence<'_>) -> u64 {
    let cuts = cuts(evidence);
    let is_inside = |write: &&TracedWrite<'_>| {
        let write = write.write;
        write.outcome == WriteOutcome::Acknowledged
            && write.sent.is_some_and(|sent| cuts.iter().any(|cut| cut.has(sent, write.done, write.served_by)))
    };
    split::taken_inside(&evidence.history, &cuts) + evidence.ledger.writes.values().filter(is_inside).count() as u64
}

/// Acknowledged probe writes that have an id of their own, and the ids that several values share.
fn reused_ids<'a>(evidence: &Evidence<'_>) -> Tested<'a> {
    let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let named = |write: &&TracedWrite<'_>| {
        write.write.outcome == WriteOutcome::Acknowledged && write.write.id != write.write.value
    };
    for write in evidence.ledger.writes.values().filter(named) {
        values.entry(&write.write.id).or_default().push(write.write.value.clone());
    }
    let checked = values.values().map(Vec::len).sum::<usize>() as u64;
    let shared = values.into_iter().filter(|(_, values)| values.len() > 1);
    let breach = |(id, values): (&str, Vec<String>)| {
        Breach::new(format!("{id} is what {} are called", words::list(&values)), [])
    };
    Tested { checked, breaches: shared.map(breach).collect(), ..Tested::default() }
}

fn has_switched(session: &[&LedgerOperation]) -> bool {
    let mut regions = session.iter().filter_map(|one| one.served_by);
    regions.next().is_some_and(|first| regions.any(|region| region != first))
}

fn period(evidence: &Evidence<'_>, at: RunTime) -> LossPeriod {
    let windows = || evidence.timeline.fault_windows();
    if windows().any(|window: Span| window.contains(at)) {
        LossPeriod::DuringFault
    } else if windows().any(|window| window.from <= at) {
        LossPeriod::AfterFault
    } else {
        LossPeriod::BeforeFault
    }
}

fn property_finding(evidence: &Evidence<'_>, property: Property, tested: Tested<'_>) -> PropertyFinding {
    let Tested { checked, undecided, undecided_reason, breaches } = tested;
    let mut violations: Vec<Violation> = breaches.iter().map(|breach| violation(evidence, breach)).collect();
    violations.sort_by_key(|violation| violation.at);
    let count = |wanted: LossPeriod| violations.iter().filter(|one| one.period == wanted).count() as u64;
    let mut finding = PropertyFinding {
        property: property.as_str().to_owned(),
        unit: unit(property).to_owned(),
        checked,
        broken: violations.len() as u64,
        undecided,
        before_fault: count(LossPeriod::BeforeFault),
        during_fault: count(LossPeriod::DuringFault),
        after_fault: count(LossPeriod::AfterFault),
        across_switch: violations.iter().filter(|one| one.across_switch).count() as u64,
        violations: Vec::new(),
        undecided_reason,
        text: String::new(),
    };
    violations.truncate(HistoryFinding::LISTED_MAX);
    finding.violations = violations;
    finding.text = property_text(&finding);
    finding
}

/// What a property is put to the test with.
fn unit(property: Property) -> &'static str {
    match property {
        Property::ReadYourWrites | Property::MonotonicReads => "read",
        Property::MonotonicWrites | Property::WritesFollowReads => "read",
        Property::ListAnomalies | Property::Duplicates => "read of a list",
        Property::Linearizability => "register",
        Property::Resurrected => "delete",
        Property::ReusedIds => "write",
        Property::LostUpdates => "change",
        Property::SplitWrites => "key",
        Property::Miscounts => "count",
        Property::MissingDeliveries => "append",
    }
}

fn property_text(finding: &PropertyFinding) -> String {
    if finding.checked == 0 {
        let why =
            if finding.undecided_reason.is_empty() { "nothing was put to the test" } else { &finding.undecided_reason };
        return format!("not measured: {why}");
    }
    let of = match finding.unit.as_str() {
        "read of a list" if finding.checked != 1 => format!("{} reads of lists", words::count(finding.checked)),
        unit => words::counted(finding.checked, unit),
    };
    let mut text = format!("{} in {of}", words::count(finding.broken));
    if finding.across_switch > 0 {
        text += &format!(", {} across a switch of regions", words::count(finding.across_switch));
    }
    if finding.undecided > 0 {
        text += &format!("; {} undecided: {}", words::count(finding.undecided), finding.undecided_reason);
    }
    text
}

fn violation(evidence: &Evidence<'_>, breach: &Breach<'_>) -> Violation {
    let at = breach.operations.iter().map(|one| one.done).max().unwrap_or_default();
    let across_switch = breach.operations.last().is_some_and(|last| {
        let own = breach.operations.iter().filter(|one| session_of(one) == session_of(last));
        own.filter_map(|one| one.served_by).any(|region| last.served_by.is_some_and(|other| other != region))
    });
    Violation {
        text: breach.text.clone(),
        anomaly: breach.anomaly.map(str::to_owned),
        at,
        period: period(evidence, at),
        across_switch,
        operations: breach.operations.iter().map(|one| line(evidence, one)).collect(),
    }
}

fn line(evidence: &Evidence<'_>, operation: &LedgerOperation) -> OperationLine {
    let outcome = match operation.outcome {
        WriteOutcome::Acknowledged => "acknowledged",
        WriteOutcome::Failed => "failed",
        WriteOutcome::Unknown => "unknown",
    };
    OperationLine {
        agent: operation.agent,
        session: operation.session,
        turn: operation.turn,
        key: operation.key,
        what: what(operation),
        by: match operation.by {
            Reader::Region(region) => format!("prober at {}", evidence.plan.regions[region].name),
            Reader::Population(population) => format!("user of {}", evidence.plan.populations[population].name),
        },
        served_by: operation.served_by,
        sent: begun(operation),
        done: operation.done,
        outcome: outcome.to_owned(),
    }
}

/// Entries of a list that are told; the others are counted.
const ENTRIES_TOLD: usize = 8;

fn what(operation: &LedgerOperation) -> String {
    let looks = if operation.is_final { "sees in the end" } else { "sees" };
    match &operation.action {
        LedgerAction::Write { value } => format!("writes {value}"),
        LedgerAction::Delete => "deletes".to_owned(),
        LedgerAction::Read { value: Some(value) } => format!("{looks} {value}"),
        LedgerAction::Read { value: None } => format!("{looks} nothing"),
        LedgerAction::Append { value } => format!("appends {value}"),
        LedgerAction::List { values, delivered } => {
            let hidden = values.len().saturating_sub(ENTRIES_TOLD);
            let shown: Vec<String> = values[hidden..].iter().map(ToString::to_string).collect();
            let before = if hidden > 0 { format!("{hidden} entries, then ") } else { String::new() };
            let place = if *delivered { " where it is delivered" } else { "" };
            format!("{looks} [{before}{}]{place}", shown.join(" "))
        }
        LedgerAction::Add { member } => format!("adds {member}"),
        LedgerAction::Remove { member } => format!("removes {member}"),
        LedgerAction::Count { count: Some(count) } => format!("{looks} {count}"),
        LedgerAction::Count { count: None } => format!("{looks} no number"),
    }
}

/// What is gathered of the reads of one region in one period.
struct Ages {
    reads: u64,
    stale: u64,
    ages: Histogram,
    longest: Option<Duration>,
    versions_longest: u64,
    versions: Vec<u64>,
}

/// The ages of what reads lacked, by region that answered and part of the run.
type ByRegion = BTreeMap<(Option<usize>, LossPeriod), Ages>;

fn gathered(evidence: &Evidence<'_>) -> ByRegion {
    let mut by = ByRegion::new();
    staleness::check(&evidence.history, |lack| {
        let key = (lack.read.served_by, period(evidence, begun(lack.read)));
        let ages = by.entry(key).or_insert_with(|| Ages {
            reads: 0,
            stale: 0,
            ages: Histogram::new(),
            longest: None,
            versions_longest: 0,
            versions: vec![0; VERSIONS_TOLD],
        });
        ages.reads += 1;
        ages.ages.record(lack.age);
        if lack.versions > 0 {
            ages.stale += 1;
            ages.longest = ages.longest.max(Some(lack.age));
        }
        ages.versions_longest = ages.versions_longest.max(lack.versions);
        let place = usize::try_from(lack.versions).unwrap_or(usize::MAX).min(VERSIONS_TOLD - 1);
        ages.versions[place] += 1;
    });
    by
}

/// A percentile of the age of what reads lacked, by region that answered and part of the run.
pub(crate) fn ages(evidence: &Evidence<'_>, percent: f64) -> Vec<(Option<usize>, LossPeriod, Percentile)> {
    let of = |((region, period), ages): ((Option<usize>, LossPeriod), Ages)| (region, period, age(&ages.ages, percent));
    gathered(evidence).into_iter().map(of).collect()
}

fn stale(evidence: &Evidence<'_>) -> Vec<Staleness> {
    gathered(evidence)
        .into_iter()
        .map(|((region, period), ages)| Staleness {
            region,
            period,
            reads: ages.reads,
            stale: ages.stale,
            age_p50: age(&ages.ages, 50.0),
            age_p99: age(&ages.ages, 99.0),
            age_longest: ages.longest.map(Length),
            versions_longest: ages.versions_longest,
            versions: ages.versions,
        })
        .collect()
}

/// A percentile of ages. The histogram's least length stands for no age at all.
fn age(ages: &Histogram, percent: f64) -> Percentile {
    let zero = |length: Length| if length.0 <= Duration::from_micros(1) { Length::default() } else { length };
    let mut found = percentile(ages, percent);
    if let Some(value) = found.value.map(zero) {
        found.text = words::duration(value.0);
        (found.value, found.low, found.high) = (Some(value), found.low.map(zero), found.high.map(zero));
    }
    found
}

fn told(finding: &HistoryFinding) -> String {
    if finding.operations == 0 {
        return "no session of the ledger did anything".to_owned();
    }
    let of = format!(
        "{} by {} on {}",
        words::counted(finding.operations, "operation"),
        words::counted(finding.sessions, "session"),
        words::counted(finding.keys, "key")
    );
    let broken: Vec<String> = finding
        .properties
        .iter()
        .filter(|found| found.broken > 0)
        .map(|found| format!("{} {}", words::count(found.broken), found.property.replace('-', " ")))
        .collect();
    if broken.is_empty() { format!("{of} broke nothing") } else { format!("{of} broke: {}", words::list(&broken)) }
}
