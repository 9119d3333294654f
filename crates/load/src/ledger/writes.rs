//! Probe writes: when, by whom, and how each ended.

use super::{
    prober::{Counted, Probe, Prober, Written},
    reads,
};
use crate::{
    arrivals::{Arrival, Schedule, Shape},
    client::{Job, Report},
    recorder::Shared,
    script::LedgerNames,
};
use plan::resolved::{Arrivals, ResolvedPlan, Stage};
use record::{LedgerEntry, LedgerWrite, Outcome, WriteOutcome};
use std::{
    cell::Cell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use units::Part;

/// How often somebody looks whether the load was stopped.
const LOOK: Duration = Duration::from_millis(20);

/// The writes of one population, in order.
pub(super) fn schedule(plan: &ResolvedPlan, population: usize, part: Part) -> Schedule {
    let rate = plan.ledger.as_ref().map_or(units::Rate::ZERO, |ledger| ledger.rate);
    let shape = Shape::new(&[Stage::Constant { rate, duration: plan.load_duration() }]);
    let writer = &plan.populations[population];
    let seed = plan.seed.derive("ledger").derive(writer.name.as_str());
    Schedule::new(Arc::new(shape), writer.share, Arrivals::Regular, seed, part)
}

/// Makes the writes of one population until there is none left, or the load is stopped; but for those that were given away.
pub(super) async fn write_all(
    prober: Rc<Prober>,
    population: usize,
    schedule: Schedule,
    load_start: Instant,
    shared: Arc<Shared>,
) {
    let _guard = prober.client.alarm.guard();
    for arrival in schedule {
        let intended = load_start + arrival.intended;
        while Instant::now() < intended {
            if shared.is_stopped() {
                return;
            }
            wan::timer::sleep_until(intended.min(Instant::now() + LOOK).into()).await;
        }
        if shared.is_stopped() {
            return;
        }
        if shared.given(population, arrival.number).is_some_and(|from| arrival.intended >= from) {
            continue;
        }
        // Counted from here on, and not from when its task first runs: in between nobody may think that all are over.
        let writing = Counted::up(&prober.writing);
        tokio::task::spawn_local(write(Rc::clone(&prober), population, arrival, intended, writing));
    }
}

async fn write(prober: Rc<Prober>, population: usize, arrival: Arrival, intended: Instant, _writing: Counted) {
    let _guard = prober.client.alarm.guard();
    let number = number(arrival, population, prober.client.world.populations);
    let value = value(prober.client.script.stamp(), number);
    let (report, id) = {
        let _turn = prober.turns.acquire().await.expect("nobody closes the turns");
        let mut caller = prober.borrow_caller(population, None);
        let mut scope = prober.scope(population, Probe { write: number, turn: 0 });
        let ledger = Some(LedgerNames { value: &value, id: &value, key: "" });
        let mut job = Job { call: &prober.script().write, scope: &mut scope, ledger, further: None };
        let report = prober.client.request(&mut caller, &mut job).await;
        prober.give_back(population, None, caller);
        let id = prober.script().id.and_then(|index| scope.variables.get(index)).filter(|id| !id.is_empty());
        (report, id.cloned().unwrap_or_else(|| value.clone()))
    };
    let outcome = outcome(&report);
    let clock = prober.client.clock;
    prober
        .emit(LedgerEntry::Write(LedgerWrite {
            number,
            value: value.clone(),
            id: id.clone(),
            population,
            intended: clock.at(intended),
            sent: report.sent.map(|sent| clock.at(sent)),
            done: clock.at(report.done),
            outcome,
            reason: reason(&report),
            served_by: report.served_by,
            attempts: report.attempts,
        }))
        .await;
    if outcome != WriteOutcome::Failed {
        let written = Rc::new(Written { number, value, id, reads: Cell::new(0) });
        prober.writes.borrow_mut().push(Rc::clone(&written));
        if outcome == WriteOutcome::Acknowledged {
            reads::follow(&prober, &written, report.done);
        }
    }
}

/// A write's number among all of the run: those of a population are apart by the number of populations, so no two are equal.
fn number(arrival: Arrival, population: usize, populations: usize) -> u64 {
    arrival.number * populations as u64 + population as u64
}

/// What a write writes.
fn value(stamp: &str, number: u64) -> String {
    format!("lf-{stamp}-{number}")
}

/// How a write ended.
pub(super) fn outcome(report: &Report) -> WriteOutcome {
    if report.outcome == Outcome::Ok {
        WriteOutcome::Acknowledged
    } else if report.maybe_done {
        WriteOutcome::Unknown
    } else {
        WriteOutcome::Failed
    }
}

/// Why a request ended as it did, for people.
pub(super) fn reason(report: &Report) -> String {
    match (report.failure, report.status) {
        (Some(failure), _) => failure.to_string(),
        (None, Some(status)) if report.outcome == Outcome::Wrong && (200..300).contains(&status) => {
            format!("status {status}, but a check failed")
        }
        (None, Some(status)) => format!("status {status}"),
        (None, None) => "no answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::{Parts, arrivals::fleet, plans};
    use plan::resolved::{Ledger, LedgerReader};
    use proptest::prelude::*;
    use units::Rate;

    fn plan(rate: f64, seconds: f64) -> ResolvedPlan {
        let mut plan = plans::plan(plans::open(1.0, seconds));
        plan.populations = [("europe", 45), ("asia", 30), ("africa", 25)]
            .map(|(name, percent)| plans::population(name, percent))
            .into();
        plan.ledger = Some(Ledger {
            rate: Rate::per_second(rate).unwrap(),
            write: plans::post("/", "{{ ledger.value }}"),
            read: plans::get("/{{ ledger.id }}"),
            present: Vec::new(),
            readers: LedgerReader::EachRegion,
            first_read_after: Duration::from_millis(10),
            reads_max: 3,
            quiet: Duration::ZERO,
            final_passes: 2,
            sessions: None,
        });
        plan
    }

    /// Number, value, population and time of each write that these parts make, in order of numbers.
    fn writes(plan: &ResolvedPlan, agents: &[Parts]) -> Vec<(u64, String, usize, Duration)> {
        let of = |parts: &Parts, population: usize| {
            parts
                .of(population)
                .into_iter()
                .flat_map(move |part| {
                    schedule(plan, population, part.clone()).map(move |arrival| {
                        let number = number(arrival, population, plan.populations.len());
                        (number, value("stamp", number), population, arrival.intended)
                    })
                })
                .collect::<Vec<_>>()
        };
        let mut writes: Vec<_> = agents
            .iter()
            .flat_map(|parts| (0..plan.populations.len()).flat_map(|population| of(parts, population)))
            .collect();
        writes.sort();
        writes
    }

    proptest! {
        #[test]
        fn any_fleet_makes_each_write_of_one_process_once(rate in 0.1..50.0_f64, seconds in 1.0..30.0_f64, agents in fleet(3)) {
            let plan = plan(rate, seconds);
            let whole = writes(&plan, &[Parts::whole(3)]);
            prop_assert_eq!(&writes(&plan, &agents), &whole);
            let mut values: Vec<&String> = whole.iter().map(|(_, value, ..)| value).collect();
            values.sort();
            values.dedup();
            prop_assert_eq!(values.len(), whole.len(), "no value is written twice");
        }
    }
}
