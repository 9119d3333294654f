//! What holds of every run.

use crate::story::{AMERICA, Answer, EU, EUROPE, Probe, Story, US};
use proptest::prelude::*;
use record::{EventKind, Outcome};
use verdict::Verdict;

/// Runs of every kind: outages of any length, doubts, losses.
fn stories() -> impl Strategy<Value = Story> {
    let answer = prop::sample::select(vec![
        Answer::Present,
        Answer::Present,
        Answer::Absent,
        Answer::Unknown,
        Answer::AbsentOnce,
        Answer::PresentLate,
        Answer::Silent,
    ]);
    let changed = prop::collection::vec((0_usize..74, [answer.clone(), answer]), 0..4);
    let outage = (0_u32..280, 0_u32..50, any::<bool>());
    let doubts = (any::<[bool; 5]>(), 0_u64..3);
    (changed, outage, doubts).prop_map(|(changed, (length, second, neighbour_fails), (doubts, dropped))| {
        let mut story = Story::good();
        for (index, answers) in changed {
            story.probes[index].answers = answers.to_vec();
        }
        let until = 12.1 + f64::from(length) / 10.0;
        story.forget(EUROPE);
        story.serve(EUROPE, 0.0, 12.1, EU);
        story.fail(EUROPE, 12.1, until.min(40.0), Outcome::Refused);
        story.serve(EUROPE, until.min(40.0), 40.0, US);
        if neighbour_fails {
            story.fail(AMERICA, 20.0, 20.0 + f64::from(second) / 10.0, Outcome::Timeout);
        }
        let [late, no_proof, no_removal, aborted, crashed] = doubts.map(|doubt| doubt);
        if late {
            story.send_lag = std::time::Duration::from_millis(9);
        }
        story.without_event(|kind| no_proof && matches!(kind, EventKind::FaultActive(_)));
        story.without_event(|kind| no_removal && matches!(kind, EventKind::FaultHealed(_)));
        if aborted {
            story.event(39.0, EventKind::Aborted);
        }
        story.ends = !crashed;
        story.dropped = dropped;
        story
    })
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![Verdict::Pass, Verdict::Inconclusive, Verdict::Fail])
}

proptest! {
    #[test]
    fn merging_verdicts_keeps_the_worst_in_any_order(mut list in prop::collection::vec(verdicts(), 0..8)) {
        let merged = list.iter().copied().fold(Verdict::Pass, Verdict::merge);
        prop_assert_eq!(merged, list.iter().copied().max().unwrap_or(Verdict::Pass));
        list.reverse();
        prop_assert_eq!(merged, list.into_iter().fold(Verdict::Pass, Verdict::merge));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn losing_a_write_never_improves_the_verdict(story in stories(), index in 0_usize..74) {
        let before = story.judged();
        let mut worse = story;
        worse.probes[index].lose();
        let after = worse.judged();
        prop_assert!(after.summary.verdict >= before.summary.verdict);
        let lost = |findings: &verdict::Findings| findings.ledger.as_ref().unwrap().lost;
        prop_assert!(lost(&after) >= lost(&before));
    }

    #[test]
    fn a_longer_outage_never_takes_less_time(story in stories()) {
        let taken = |story: &Story| {
            let findings = story.judged();
            let recoveries = &findings.faults[0].recovery;
            recoveries.iter().filter(|one| one.population == EUROPE).filter_map(|one| one.time.or(one.at_least)).max()
        };
        let before = taken(&story);
        let mut longer = story;
        for stretch in longer.traffic.iter_mut().filter(|stretch| stretch.population == EUROPE) {
            if stretch.outcome.is_ok() && stretch.from > 12.0 {
                stretch.from = (stretch.from + 1.0).min(40.0);
            } else if !stretch.outcome.is_ok() {
                stretch.to = (stretch.to + 1.0).min(40.0);
            }
        }
        prop_assert!(taken(&longer) >= before);
    }

    #[test]
    fn judging_twice_gives_the_same_bytes(story in stories()) {
        let recording = story.recording();
        let bytes = || serde_json::to_vec(&verdict::judge(&recording)).unwrap();
        prop_assert_eq!(bytes(), bytes());
    }

    #[test]
    fn the_order_of_entries_of_one_tick_does_not_matter(story in stories()) {
        let mut recording = story.recording();
        let forward = verdict::judge(&recording);
        let last = recording.entries.pop();
        recording.entries.sort_by_key(|entry| std::cmp::Reverse(format!("{entry:?}").len()));
        recording.entries.extend(last);
        let mut shuffled = verdict::judge(&recording);
        // Events of one instant keep the order in which they were recorded.
        shuffled.events = forward.events.clone();
        prop_assert_eq!(serde_json::to_string(&forward).unwrap(), serde_json::to_string(&shuffled).unwrap());
    }

    #[test]
    fn a_doubted_or_incomplete_run_is_never_green(story in stories()) {
        let findings = story.judged();
        let is_doubted = findings.trust.iter().any(|rule| rule.verdict != Verdict::Pass);
        prop_assert!(!is_doubted || findings.summary.verdict != Verdict::Pass);
        let is_pass = findings.summary.verdict == Verdict::Pass;
        prop_assert_eq!(is_pass, findings.summary.reasons.is_empty());
    }
}

#[test]
fn a_probe_is_told_apart_by_its_population() {
    let probe = Probe::new(AMERICA, 3.0, US);
    assert_eq!(probe.entries(1).len(), 6, "a write, three reads, two final reads");
}
