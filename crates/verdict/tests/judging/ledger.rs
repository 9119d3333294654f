//! Every acknowledged write is accounted for.

use crate::story::{AMERICA, Answer, EU, EUROPE, Probe, Story, US};
use plan::fault::RegionLoss;
use plan::resolved::LedgerReader;
use record::{EventKind, ReadResult, WriteOutcome};
use std::time::Duration;
use verdict::findings::{LedgerFinding, LossPeriod};

fn ledger(change: impl FnOnce(&mut Story)) -> LedgerFinding {
    let mut story = Story::good();
    change(&mut story);
    story.judged().ledger.unwrap()
}

/// The one fate of a run whose first write ends like that.
fn fate(answers: [Answer; 2]) -> &'static str {
    let found = ledger(|story| story.probes[0].answers = answers.to_vec());
    let all = found.acknowledged;
    match (found.safe, found.lost, found.diverged, found.unproven, found.unproven_unseen) {
        (safe, 0, 0, 0, 0) if safe == all => "safe",
        (_, 1, 0, 0, 0) => "lost",
        (_, 0, 1, 0, 0) => "diverged",
        (_, 0, 0, 1, 1) => "open",
        (_, 0, 0, 1, 0) => "seen",
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_final_answers_of_every_reader_decide() {
    use Answer::{Absent, AbsentOnce, Present, PresentLate, Silent, Unknown};
    let cases = [
        ([Present, Present], "safe"),
        ([Present, PresentLate], "safe"),
        ([Absent, Absent], "lost"),
        ([Present, Absent], "diverged"),
        ([Absent, Present], "diverged"),
        ([Absent, AbsentOnce], "open"),
        ([Absent, Unknown], "open"),
        ([Absent, Silent], "open"),
        ([Unknown, Unknown], "open"),
        ([Silent, Silent], "open"),
        ([Present, Unknown], "seen"),
        ([Silent, Present], "seen"),
    ];
    for (answers, expected) in cases {
        assert_eq!(fate(answers), expected, "{answers:?}");
    }
}

#[test]
fn unknown_and_failed_writes_are_never_lost() {
    for outcome in [WriteOutcome::Unknown, WriteOutcome::Failed] {
        let found = ledger(|story| {
            story.probes[0].outcome = outcome;
            story.probes[0].lose();
        });
        assert_eq!((found.lost, found.unproven, found.diverged), (0, 0, 0), "{outcome:?}");
    }
}

#[test]
fn what_became_of_unknown_outcomes_is_told_apart() {
    let found = ledger(|story| {
        let mut unknown = story.probes.iter_mut().filter(|probe| probe.outcome == WriteOutcome::Unknown);
        unknown.next().unwrap().answers = vec![Answer::Absent; 2];
        unknown.next().unwrap().answers = vec![Answer::Unknown; 2];
    });
    let fates = &found.unknown_fates;
    assert_eq!((fates.present, fates.absent, fates.open), (2, 1, 1));
}

#[test]
fn reads_before_the_final_ones_decide_nothing() {
    let found = ledger(|story| {
        story.probes[0].answers = vec![Answer::Silent; 2];
        story.probes[0].reads = vec![(0, 0.2, ReadResult::Absent), (0, 0.5, ReadResult::Absent)];
        story.probes[0].reads.extend([(1, 0.2, ReadResult::Absent), (1, 0.5, ReadResult::Absent)]);
    });
    assert_eq!((found.lost, found.unproven), (0, 1));
}

#[test]
fn behind_the_entry_every_population_has_to_answer() {
    let found = ledger(|story| {
        story.plan.ledger.as_mut().unwrap().readers = LedgerReader::Entry;
        story.probes.iter_mut().for_each(|probe| probe.is_behind_entry = true);
        story.probes[0].answers = vec![Answer::Present];
    });
    assert_eq!(found.readers, ["users of europe", "users of america"]);
    assert_eq!((found.safe, found.unproven), (found.acknowledged - 1, 1), "america never read the first write back");
}

#[test]
fn measured_loss_is_the_age_of_the_oldest_lost_write() {
    let found = ledger(|story| {
        // Writes of europe at 9.5, 10.5 and 11.5 s, acknowledged 80 ms later; the fault is active at 12.3 s.
        let dying = story.probes.iter_mut().filter(|probe| probe.population == EUROPE && probe.intended < 12.0);
        dying.filter(|probe| probe.intended > 9.0).for_each(Probe::lose);
    });
    assert_eq!(found.lost, 3);
    let loss = &found.measured_loss[0];
    assert_eq!((loss.loss.0, loss.lost_before, loss.lost_after), (Duration::from_millis(2_720), 3, 0));
    assert_eq!(
        found.lost_writes.iter().map(|write| write.after_injection_us).collect::<Vec<_>>(),
        [Some(-2_720_000), Some(-1_720_000), Some(-720_000)]
    );
    assert_eq!(found.loss_groups.len(), 1);
    assert_eq!((found.loss_groups[0].served_by, found.loss_groups[0].period), (EU, LossPeriod::BeforeFault));
    assert_eq!(found.holes, 0, "everything after the oldest lost write is lost as well");
}

#[test]
fn a_lost_write_before_a_surviving_one_is_a_hole() {
    let found = ledger(|story| {
        let mut dying = story.probes.iter_mut().filter(|probe| probe.population == EUROPE && probe.intended > 9.0);
        dying.next().unwrap().lose();
    });
    assert_eq!((found.lost, found.holes), (1, 1));
}

#[test]
fn losses_at_the_return_are_told_apart() {
    let found = ledger(|story| {
        // The returning region's old data overwrites what the other one acknowledged meanwhile.
        let europe = story.probes.iter_mut().filter(|probe| probe.population == EUROPE && probe.served_by == US);
        europe.filter(|probe| probe.intended > 20.0).for_each(Probe::lose);
    });
    assert_eq!(found.lost, 7);
    let groups: Vec<_> = found.loss_groups.iter().map(|group| (group.served_by, group.period, group.count)).collect();
    assert_eq!(groups, [(US, LossPeriod::DuringFault, 5), (US, LossPeriod::AfterFault, 2)]);
    let loss = &found.measured_loss[0];
    assert_eq!((loss.loss.0, loss.lost_before, loss.lost_after), (Duration::ZERO, 0, 7));
    assert!(loss.text.contains("7 writes acknowledged after it lost"), "{}", loss.text);
}

#[test]
fn a_second_fault_answers_for_what_was_acknowledged_after_the_first_was_gone() {
    let mut story = Story::good();
    let mut second = story.plan.faults[0].clone();
    second.name = "us-dies".into();
    second.kind = RegionLoss::of("us-east-1").into();
    story.plan.faults.push(second);
    for (when, kind) in [
        (34.0, EventKind::FaultInjecting("us-dies".into())),
        (34.0, EventKind::FaultActive("us-dies".into())),
        (36.0, EventKind::FaultHealed("us-dies".into())),
    ] {
        story.event(when, kind);
    }
    let american = story.probes.iter_mut().filter(|probe| probe.population == AMERICA && probe.intended < 34.0);
    american.filter(|probe| probe.intended > 33.0).for_each(Probe::lose);
    let found = story.judged().ledger.unwrap();
    let losses: Vec<_> = found.measured_loss.iter().map(|loss| (loss.fault.as_str(), loss.lost_before)).collect();
    assert_eq!(losses, [("eu-dies", 0), ("us-dies", 1)]);
    assert_eq!(found.measured_loss[1].loss.0, Duration::from_millis(420));
}

#[test]
fn unproven_writes_leave_the_measured_loss_open() {
    let found = ledger(|story| story.probes[0].answers = vec![Answer::Unknown; 2]);
    assert_eq!(found.measured_loss[0].unproven_before, 1);
    assert!(found.measured_loss[0].text.contains("not measured"), "{}", found.measured_loss[0].text);
}

#[test]
fn a_write_that_was_away_with_its_region_is_missing_and_not_lost() {
    let found = ledger(|story| {
        let last = story.probes.iter_mut().filter(|probe| probe.population == EUROPE && probe.intended < 12.0).last();
        // us-east-1 answers without it until eu-west-1 is back with it.
        last.unwrap().reads =
            vec![(1, 2.0, ReadResult::Absent), (1, 10.0, ReadResult::Absent), (1, 14.0, ReadResult::Present)];
    });
    assert_eq!((found.lost, found.temporarily_missing.count, found.temporarily_missing.vanished), (0, 1, 0));
    assert_eq!(found.temporarily_missing.longest.unwrap().0, Duration::from_secs(10));
    assert_eq!(found.temporarily_missing.threshold.0, Duration::from_secs(1), "a baseline of 420 ms, doubled, is less");
}

#[test]
fn a_write_that_was_seen_and_then_not_has_vanished() {
    let found = ledger(|story| {
        story.probes[0].reads =
            vec![(0, 0.2, ReadResult::Present), (0, 0.6, ReadResult::Absent), (0, 0.9, ReadResult::Present)];
    });
    assert_eq!((found.temporarily_missing.count, found.temporarily_missing.vanished), (0, 1));
}

#[test]
fn visibility_is_at_most_the_end_of_the_first_read_that_shows_it() {
    let found = Story::good().judged().ledger.unwrap();
    let longest: Vec<_> = found.visibility.iter().map(|one| one.longest.unwrap().0.as_millis()).collect();
    assert_eq!(longest, [220, 420]);
    assert_eq!(found.visibility[1].baseline_p50.value.unwrap().0.as_millis(), 420);
    assert_eq!(found.visibility[1].baseline_p99.value, None, "twenty writes are too few for a p99");
}

#[test]
fn who_was_only_asked_in_the_end_did_not_see_it_late() {
    let longest = |reads: &[(usize, f64, ReadResult)]| {
        let found = ledger(|story| story.probes[0].reads = reads.to_vec());
        found.visibility[0].longest.unwrap().0.as_millis()
    };
    assert_eq!(longest(&[]), 220, "the final read at 45 s says nothing of when it could be seen");
    // Written at 2.5 s, acknowledged 80 ms later; the final read ends at 45.02 s.
    assert_eq!(longest(&[(0, 0.2, ReadResult::Absent)]), 42_440, "unless it was asked before, and didn't have it");
}

#[test]
fn what_was_seen_in_the_fault_is_no_baseline() {
    let found = ledger(|story| {
        for probe in story.probes.iter_mut().filter(|probe| probe.intended > 11.0 && !probe.reads.is_empty()) {
            // Those of 11.5 s were acknowledged before the fault, and seen two seconds after that.
            probe.reads = vec![(1, 0.2, ReadResult::Absent), (1, 2.0, ReadResult::Present)];
        }
    });
    let millis = |percentile: &verdict::findings::Percentile| percentile.value.unwrap().0.as_millis();
    let reader = &found.visibility[1];
    assert_eq!((millis(&reader.baseline_p50), reader.baseline_p50.samples), (420, 18), "nine seconds, two populations");
    assert_eq!(millis(&reader.fault_p50), 2_020);
}

#[test]
fn a_plan_without_a_ledger_has_none() {
    let mut story = Story::good();
    story.plan.ledger = None;
    story.probes.clear();
    let findings = story.judged();
    assert!(findings.ledger.is_none());
    let lost = findings.objectives.iter().find(|objective| objective.name == "nothing lost").unwrap();
    assert_eq!(lost.verdict, verdict::Verdict::Inconclusive);
    assert!(lost.reason.contains("no ledger"), "{}", lost.reason);
}

#[test]
fn a_read_is_stale_that_began_after_the_acknowledgement_and_missed_the_write() {
    // Of 70 acknowledged writes each is read once at home (there) and twice elsewhere (not yet, then there).
    let stale = |found: &LedgerFinding| (found.stale_reads.reads, found.stale_reads.stale);
    let good = ledger(|_| {});
    assert_eq!(stale(&good), (210, 70));
    assert_eq!(good.stale_reads.text, "70 of 210 reads (33.3 %)");
    let lost = ledger(|story| story.probes[0].lose());
    assert_eq!(stale(&lost), (207, 69), "what is lost can't be read late");
    let unknown = ledger(|story| story.probes[0].reads[1].2 = ReadResult::Unknown);
    assert_eq!(stale(&unknown), (209, 69), "no answer is no old answer");
    let nobody = ledger(|story| story.probes.iter_mut().for_each(|probe| probe.reads.clear()));
    assert_eq!((nobody.stale_reads.share, nobody.stale_reads.text.as_str()), (None, "no read followed a write"));
}
