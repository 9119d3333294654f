//! A fault that comes more than once is an outage each time.

use crate::story::{AMERICA, EU, EUROPE, US, at, twice};
use plan::fault::RegionLoss;
use record::{EventKind, Outcome};
use std::time::Duration;
use verdict::{
    Findings,
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::{MarkKind, RecoveryState, RecoveryTimes},
};

fn europes_reads(findings: &Findings) -> &RecoveryTimes {
    findings.recovery_times.iter().find(|one| one.population == EUROPE && one.class == "read").unwrap()
}

fn verdict_of(findings: &Findings, objective: &str) -> (Verdict, String) {
    let found = findings.objectives.iter().find(|one| one.name == objective).unwrap();
    (found.verdict, found.scope.text.clone())
}

fn seconds(length: Option<verdict::findings::Length>) -> Option<f64> {
    length.map(|length| (length.as_secs_f64() * 10.0).round() / 10.0)
}

#[test]
fn each_time_has_its_own_marks_and_the_promise_is_about_the_worst() {
    let findings = twice().judged();
    let names: Vec<_> =
        findings.faults.iter().map(|fault| (fault.name.as_str(), fault.outage, fault.outages)).collect();
    assert_eq!(names, [("eu-dies (1 of 2)", 1, 2), ("eu-dies (2 of 2)", 2, 2)]);
    let mark = |outage: usize, kind| findings.faults[outage].mark(kind).and_then(|mark| mark.at);
    let instants = [
        (MarkKind::Active, 10.2, 24.2),
        (MarkKind::Impact, 10.1, 24.1),
        (MarkKind::Detected, 11.0, 25.0),
        (MarkKind::Recovered, 12.1, 27.1),
        (MarkKind::Healed, 14.8, 28.8),
        (MarkKind::FailedBack, 17.0, 31.0),
    ];
    for (kind, first, second) in instants {
        assert_eq!((mark(0, kind), mark(1, kind)), (Some(at(first)), Some(at(second))), "{kind:?}");
    }
    let times = europes_reads(&findings);
    assert_eq!((times.outages, times.known, times.not_recovered, times.undecided), (2, 2, 0, 0));
    assert_eq!((seconds(times.shortest), seconds(times.longest)), (Some(2.0), Some(3.0)));
    assert_eq!(times.worst.as_deref(), Some("eu-dies (2 of 2)"));
    assert_eq!(times.p50.text, "not enough samples (2 of 5)", "two times make no median");
    assert_eq!(times.text, "2 of 2 times known: 2 s to 3 s");
    assert_eq!(verdict_of(&findings, "recovery"), (Pass, "europe, reads, eu-dies (2 of 2)".to_owned()));
    let europe = findings.experience.iter().find(|one| one.population == EUROPE).unwrap();
    assert_eq!(seconds(europe.affected.map(|span| span.length())), Some(17.0));
    assert_eq!(seconds(Some(europe.affected_for)), Some(5.0), "between the two its users were well");
    let told = &findings.summary.second_sentence;
    assert!(told.starts_with("europe users hit for 5 s (down 5 s)"), "{told}");
    assert_eq!(findings.summary.verdict, Pass, "{:?}", findings.summary.reasons);
}

#[test]
fn a_second_time_that_is_not_recovered_from_breaks_the_promise() {
    let mut story = twice();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 10.1, EU);
    story.fail(EUROPE, 10.1, 12.1, Outcome::Timeout);
    story.serve(EUROPE, 12.1, 24.1, US);
    story.fail(EUROPE, 24.1, 40.0, Outcome::Timeout);
    let findings = story.judged();
    let times = europes_reads(&findings);
    assert_eq!((times.known, times.not_recovered, seconds(times.longest)), (1, 1, Some(15.9)));
    assert_eq!(times.text, "1 of 2 times known: 2 s to at least 15.9 s; 1 not recovered");
    assert_eq!(verdict_of(&findings, "recovery"), (Fail, "europe, reads, eu-dies (2 of 2)".to_owned()));
}

#[test]
fn a_time_that_nobody_recovered_from_is_worse_than_a_longer_one() {
    // First 7.9 s; then 5.9 s until the load's end, and no end of it.
    let mut story = twice();
    if let plan::resolved::Stage::Constant { duration, .. } = &mut story.plan.load.stages[0] {
        *duration = Duration::from_secs(30);
    }
    story.without_event(|kind| *kind == EventKind::LoadEnded);
    story.event(30.0, EventKind::LoadEnded);
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 10.1, EU);
    story.fail(EUROPE, 10.1, 18.0, Outcome::Timeout);
    story.serve(EUROPE, 18.0, 24.1, EU);
    story.fail(EUROPE, 24.1, 30.0, Outcome::Timeout);
    let findings = story.judged();
    let reads = europes_reads(&findings);
    assert_eq!((seconds(reads.longest), reads.not_recovered), (Some(7.9), 1), "{}", reads.text);
    assert_eq!(reads.worst.as_deref(), Some("eu-dies (2 of 2)"));
}

#[test]
fn a_first_time_that_is_not_over_when_the_second_comes_is_cut_there() {
    let mut story = twice();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 10.1, EU);
    story.fail(EUROPE, 10.1, 27.1, Outcome::Timeout);
    story.serve(EUROPE, 27.1, 40.0, US);
    let findings = story.judged();
    let first = &findings.faults[0].recovery[0];
    assert_eq!(first.state, RecoveryState::NotRecovered);
    assert!(first.text.contains("when the next fault came, 13.9 s after the impact"), "{}", first.text);
    assert_eq!(verdict_of(&findings, "recovery").0, Fail, "13.9 s are more than 8 s");
}

#[test]
fn what_the_second_time_breaks_is_not_the_firsts() {
    let mut story = twice();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 24.1, EU);
    story.fail(EUROPE, 24.1, 27.1, Outcome::Timeout);
    story.serve(EUROPE, 27.1, 40.0, US);
    let findings = story.judged();
    assert_eq!(findings.faults[0].recovery[0].state, RecoveryState::NotAffected);
    assert_eq!(seconds(findings.faults[1].recovery[0].time), Some(3.0));
}

#[test]
fn a_second_time_of_which_nothing_is_known_decides_nothing() {
    let mut silent = twice();
    silent.traffic.retain(|stretch| stretch.population != EUROPE || stretch.to <= 24.1);
    let findings = silent.judged();
    assert_eq!(europes_reads(&findings).undecided, 1);
    assert_eq!(verdict_of(&findings, "recovery").0, Inconclusive, "no request was made after it");
    let mut missing = twice();
    missing.events.retain(|event| {
        use EventKind::{FaultActive, FaultHealed, FaultHealing, FaultInjecting};
        let of_fault = matches!(event.kind, FaultActive(_) | FaultHealed(_) | FaultHealing(_) | FaultInjecting(_));
        !of_fault || event.at < at(20.0)
    });
    let findings = missing.judged();
    assert!(!findings.faults[1].was_injected());
    assert_eq!(europes_reads(&findings).text, "1 of 2 times known: 2 s to 2 s; 1 can't be told");
    let (verdict, _) = verdict_of(&findings, "recovery");
    assert_eq!(verdict, Inconclusive, "the plan wanted it, and it never came");
}

#[test]
fn data_loss_is_measured_against_the_time_that_it_belongs_to() {
    let mut story = twice();
    let dying = story.probes.iter_mut().filter(|probe| probe.population == EUROPE);
    dying.filter(|probe| (22.0..24.0).contains(&probe.intended)).for_each(|probe| probe.lose());
    let ledger = story.judged().ledger.unwrap();
    let losses: Vec<_> = ledger.measured_loss.iter().map(|loss| (loss.fault.as_str(), loss.lost_before)).collect();
    assert_eq!(losses, [("eu-dies (1 of 2)", 0), ("eu-dies (2 of 2)", 2)]);
    assert_eq!(ledger.lost_writes[0].fault.as_deref(), Some("eu-dies (2 of 2)"));
}

#[test]
fn times_without_room_for_a_recovery_between_them_are_one_outage() {
    let mut story = twice();
    // 12 s of 14: two seconds are less than the recovery window of three.
    story.plan.faults[0].duration = Duration::from_secs(12);
    let findings = story.judged();
    assert_eq!(findings.faults.len(), 1);
    assert_eq!((findings.faults[0].name.as_str(), findings.faults[0].outages), ("eu-dies", 1));
    let mark = |kind| findings.faults[0].mark(kind).and_then(|mark| mark.at);
    assert_eq!((mark(MarkKind::Active), mark(MarkKind::Healing)), (Some(at(10.2)), Some(at(28.0))));
    assert!(findings.recovery_times.is_empty());
}

#[test]
fn a_fault_that_rolls_over_regions_is_aimed_at_one_each_time() {
    let mut story = twice();
    let kind = RegionLoss { regions: vec!["eu-west-1".into(), "us-east-1".into()], data_age: None };
    story.plan.faults[0].kind = kind.into();
    story.plan.faults[0].repeat.rolling = true;
    let findings = story.judged();
    let regions: Vec<_> = findings.faults.iter().map(|fault| fault.regions.clone()).collect();
    assert_eq!(regions, [vec![0], vec![1]]);
    assert_eq!(findings.faults[1].text, "every process of us-east-1 is killed");
}

#[test]
fn what_is_under_way_when_the_next_fault_comes_is_that_faults() {
    let mut story = twice();
    story.stray(AMERICA, 23.9);
    let findings = story.judged();
    let americas = findings.faults[0].recovery.iter().find(|one| one.population == AMERICA && one.class == "read");
    assert_eq!(americas.unwrap().state, RecoveryState::NotAffected, "intended just before the second time");
}
