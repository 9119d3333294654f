//! Recovery: what counts as the first impact, as recovered, and what can't be told.

use crate::story::{AMERICA, EU, EUROPE, Story, US, at, operations, share};
use plan::resolved::RecoveredResponse;
use record::{EventKind, Outcome};
use std::time::Duration;
use verdict::{
    Findings,
    findings::{Recovery, RecoveryState, Verdict},
};

/// Europe's reads after the fault.
fn europe(findings: &Findings) -> &Recovery {
    findings.faults[0].recovery.iter().find(|one| one.population == EUROPE && one.class == "read").unwrap()
}

/// A run in which europe is served from the baseline on as `tell` says, from 12.1 s.
fn run(tell: impl FnOnce(&mut Story)) -> Findings {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    tell(&mut story);
    story.judged()
}

fn seconds(recovery: &Recovery) -> Option<f64> {
    recovery.time.map(|time| (time.as_secs_f64() * 10.0).round() / 10.0)
}

#[test]
fn recovery_times_are_those_of_the_definition() {
    type Tell = fn(&mut Story);
    let cases: [(&str, Tell, RecoveryState, Option<f64>); 11] = [
        (
            "a clean break of 4.2 s",
            |story| {
                story.fail(EUROPE, 12.1, 16.3, Outcome::Refused);
                story.serve(EUROPE, 16.3, 40.0, US);
            },
            RecoveryState::Recovered,
            Some(4.2),
        ),
        ("nobody is affected", |story| story.serve(EUROPE, 12.1, 40.0, US), RecoveryState::NotAffected, Some(0.0)),
        (
            "one failed request is an outage of a tenth",
            |story| {
                story.serve(EUROPE, 12.1, 40.0, US);
                story.stray(EUROPE, 13.0);
            },
            RecoveryState::Recovered,
            Some(0.1),
        ),
        (
            "a flap inside of the window starts it again",
            |story| {
                story.fail(EUROPE, 12.1, 14.1, Outcome::Refused);
                story.serve(EUROPE, 14.1, 16.1, US);
                story.fail(EUROPE, 16.1, 17.1, Outcome::Refused);
                story.serve(EUROPE, 17.1, 40.0, US);
            },
            RecoveryState::Recovered,
            Some(5.0),
        ),
        (
            "an outage that comes back while the fault lasts is the same outage",
            |story| {
                story.fail(EUROPE, 12.1, 13.1, Outcome::Refused);
                story.serve(EUROPE, 13.1, 20.1, US);
                story.fail(EUROPE, 20.1, 22.1, Outcome::Refused);
                story.serve(EUROPE, 22.1, 40.0, US);
            },
            RecoveryState::Recovered,
            Some(10.0),
        ),
        (
            "failures at the return belong to the failback",
            |story| {
                story.fail(EUROPE, 12.1, 16.3, Outcome::Refused);
                story.serve(EUROPE, 16.3, 27.1, US);
                story.fail(EUROPE, 27.1, 29.1, Outcome::Reset);
                story.serve(EUROPE, 29.1, 40.0, EU);
            },
            RecoveryState::Recovered,
            Some(4.2),
        ),
        (
            "a flap while it is being mended starts it again, too",
            |story| {
                story.fail(EUROPE, 12.1, 25.1, Outcome::Refused);
                story.serve(EUROPE, 25.1, 26.1, EU);
                story.fail(EUROPE, 26.1, 27.1, Outcome::Refused);
                story.serve(EUROPE, 27.1, 40.0, EU);
            },
            RecoveryState::Recovered,
            Some(15.0),
        ),
        (
            "a break does not end early because the window tolerates a part of it",
            |story| {
                story.plan.trust.recovered_success_min = share(90.0);
                story.fail(EUROPE, 12.1, 16.3, Outcome::Refused);
                story.serve(EUROPE, 16.3, 40.0, US);
            },
            RecoveryState::Recovered,
            Some(4.2),
        ),
        (
            "a half-good service has not recovered",
            |story| {
                story.fail(EUROPE, 12.1, 40.0, Outcome::ServerError);
                story.serve(EUROPE, 14.1, 40.0, US);
            },
            RecoveryState::NotRecovered,
            None,
        ),
        (
            "silence proves nothing",
            |story| story.fail(EUROPE, 12.1, 16.3, Outcome::Refused),
            RecoveryState::Undecided,
            None,
        ),
        (
            "the load's end cuts the window",
            |story| {
                story.fail(EUROPE, 12.1, 38.1, Outcome::Refused);
                story.serve(EUROPE, 38.1, 40.0, US);
            },
            RecoveryState::Undecided,
            None,
        ),
    ];
    for (case, tell, state, time) in cases {
        let findings = run(tell);
        let recovery = europe(&findings);
        assert_eq!((recovery.state, seconds(recovery)), (state, time), "{case}: {}", recovery.text);
    }
}

#[test]
fn the_impact_is_the_first_failure_that_the_baseline_does_not_explain() {
    let mut story = Story::good();
    // Every other second a read fails, before and after the fault.
    (1..20).for_each(|index| story.stray(EUROPE, f64::from(index) * 2.0 - 1.0));
    (1..20).for_each(|index| story.stray(AMERICA, f64::from(index) * 2.0 - 1.0));
    story.plan.trust.recovered_success_min = share(90.0);
    let findings = story.judged();
    let impact = |population: usize| {
        let of = findings.faults[0].recovery.iter().find(|one| one.population == population && one.class == "read");
        of.unwrap().impact
    };
    assert_eq!(impact(EUROPE), Some(at(12.1)));
    assert_eq!(impact(AMERICA), None, "america's failures are the baseline's");
}

#[test]
fn failures_before_the_proof_of_the_effect_are_the_faults() {
    let findings = Story::good().judged();
    assert_eq!(europe(&findings).impact, Some(at(12.1)), "the effect was proven at 12.3 s, the command given at 12 s");
}

#[test]
fn a_baseline_that_fails_by_itself_decides_nothing() {
    let mut story = Story::good();
    for tenth in 20..120 {
        story.stray(EUROPE, f64::from(tenth) / 10.0);
    }
    let findings = story.judged();
    assert_eq!(europe(&findings).state, RecoveryState::Undecided);
    assert!(europe(&findings).text.contains("in the baseline already"), "{}", europe(&findings).text);
}

#[test]
fn users_who_were_down_before_the_fault_came_were_not_spared_by_it() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.fail(EUROPE, 0.0, 40.0, Outcome::ServerError);
    let findings = story.judged();
    assert_eq!(europe(&findings).state, RecoveryState::Undecided);
    let text = &europe(&findings).text;
    assert!(text.starts_with("100 % of the baseline's requests failed already"), "{text}");
    let promise = findings.objectives.iter().find(|one| one.kind == "recovery-time").unwrap();
    assert_eq!(promise.verdict, Verdict::Inconclusive, "{promise:?}");
    assert!(!findings.summary.sentence.contains("No user was affected"), "{}", findings.summary.sentence);
}

#[test]
fn what_is_down_is_less_than_half_good() {
    let findings = run(|story| {
        story.fail(EUROPE, 12.1, 14.1, Outcome::Refused);
        // A third succeeds for one second, two thirds for another.
        story.fail(EUROPE, 14.1, 15.1, Outcome::Refused);
        story.fail(EUROPE, 14.1, 15.1, Outcome::Refused);
        story.serve(EUROPE, 14.1, 15.1, US);
        story.fail(EUROPE, 15.1, 16.1, Outcome::Refused);
        story.serve(EUROPE, 15.1, 16.1, US);
        story.serve(EUROPE, 15.1, 16.1, US);
        story.serve(EUROPE, 16.1, 40.0, US);
    });
    assert_eq!(europe(&findings).down.0, Duration::from_secs(3));
    assert_eq!(seconds(europe(&findings)), Some(4.0));
}

#[test]
fn a_limit_inside_of_the_error_bound_decides_nothing() {
    use plan::resolved::ObjectiveKind;
    use verdict::Verdict::{Fail, Inconclusive, Pass};
    for (limit_ms, expected) in [(4_000, Fail), (4_150, Inconclusive), (4_250, Inconclusive), (4_300, Pass)] {
        let mut story = Story::good();
        story.plan.objectives[0].kind =
            ObjectiveKind::RecoveryTime { max: Duration::from_millis(limit_ms), class: None, population: None };
        let findings = story.judged();
        let recovery = findings.objectives.iter().find(|objective| objective.name == "recovery").unwrap();
        assert_eq!(recovery.verdict, expected, "4.2 s ±0.1 s against {limit_ms} ms");
    }
}

#[test]
fn one_class_can_fail_while_the_other_recovers() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.serve(EUROPE, 12.1, 40.0, US);
    // Read-only while the writer is away.
    for stretch in story.traffic.iter_mut().filter(|stretch| stretch.population == EUROPE && stretch.from > 12.0) {
        if stretch.step == crate::story::WRITE {
            stretch.outcome = Outcome::ServerError;
        }
    }
    let findings = story.judged();
    let state = |class: &str| {
        findings.faults[0].recovery.iter().find(|one| one.population == EUROPE && one.class == class).unwrap().state
    };
    assert_eq!(state("read"), RecoveryState::NotAffected);
    assert_eq!(state("write"), RecoveryState::NotRecovered);
    assert_eq!(findings.summary.verdict, verdict::Verdict::Fail);
}

#[test]
fn a_fault_that_was_never_injected_has_no_recovery() {
    let mut story = Story::without_fault();
    story.plan = crate::story::plan();
    let findings = story.judged();
    assert!(findings.faults[0].recovery.is_empty());
    assert_eq!(findings.summary.verdict, verdict::Verdict::Inconclusive);
    assert!(findings.summary.sentence.contains("No fault was injected"), "{}", findings.summary.sentence);
    let mut story = Story::good();
    story.without_event(|kind| matches!(kind, EventKind::FaultInjecting(_)));
    assert_eq!(story.judged().faults[0].recovery.len(), 4, "the proof of the effect is enough");
}

/// Europe succeeds from 16.3 s on, at first as slowly as that, and its baseline has enough samples for a p99.
fn slow(latency_ms: u64, until: f64) -> Story {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 16.3, Outcome::Refused);
    story.serve(EUROPE, 16.3, until, US);
    for stretch in story.traffic.iter_mut().filter(|stretch| stretch.population == EUROPE && stretch.from > 16.0) {
        stretch.latency_ms = latency_ms;
    }
    story.serve(EUROPE, until, 40.0, US);
    story.traffic.iter_mut().for_each(|stretch| stretch.per_tenth *= 2);
    story
}

#[test]
fn succeeding_slowly_is_not_recovered() {
    use RecoveryState::{NotRecovered, Recovered, Undecided};
    use verdict::findings::RecoveryMeasure::{Response, Success};
    let cases = [
        ("as fast as a path to another continent", 900, 20.0, Recovered, Some(4.2), Some(Success)),
        ("slow for four seconds more", 3_000, 20.0, Recovered, Some(7.9), Some(Response)),
        ("slow until the end", 3_000, 40.0, NotRecovered, None, None),
        ("slow until a second before the end", 3_000, 39.0, Undecided, None, None),
    ];
    for (case, latency_ms, until, state, time, last) in cases {
        let mut story = slow(latency_ms, until);
        story.without_event(|kind| matches!(kind, EventKind::FaultHealing(_) | EventKind::FaultHealed(_)));
        let findings = story.judged();
        let found = europe(&findings);
        assert_eq!((found.state, seconds(found), found.last), (state, time, last), "{case}: {}", found.text);
        assert_eq!(found.parts[0].recovered, Some(at(16.3)), "{case}: requests succeed");
    }
}

#[test]
fn how_slow_is_still_recovered_is_the_plans_to_say() {
    // The baseline's p99 is 46 ms.
    let cases = [
        ("three times, and a second more, as where nothing is written", 3.0, 1_000, 900, Some(4.2)),
        ("half a second more", 3.0, 500, 900, Some(7.9)),
        ("twice, and nothing more", 2.0, 0, 130, Some(7.9)),
        ("four times", 4.0, 0, 130, Some(4.2)),
        ("four times, of what is slow", 4.0, 0, 900, Some(7.9)),
        ("a hundred times", 100.0, 0, 3_000, Some(4.2)),
    ];
    for (case, times, more_ms, latency_ms, expected) in cases {
        let mut story = slow(latency_ms, 20.0);
        // From 20 s on they are as fast as at home.
        let last = story.traffic.iter_mut().filter(|stretch| stretch.population == EUROPE && stretch.from == 20.0);
        last.for_each(|stretch| stretch.latency_ms = 40);
        story.plan.trust.recovered_response = RecoveredResponse { times, more: Duration::from_millis(more_ms) };
        story.without_event(|kind| matches!(kind, EventKind::FaultHealing(_) | EventKind::FaultHealed(_)));
        assert_eq!(seconds(europe(&story.judged())), expected, "{case}");
    }
}

#[test]
fn a_baseline_without_a_p99_has_no_say_in_response_times() {
    let mut story = slow(3_000, 20.0);
    story.traffic.iter_mut().for_each(|stretch| stretch.per_tenth /= 2);
    let findings = story.judged();
    assert_eq!(seconds(europe(&findings)), Some(4.2));
    assert_eq!(europe(&findings).parts[1].text, "not measured: the baseline has too few samples for a p99");
}

/// The good run, in which a user of europe reads a value that changes half a second before the fault. Elsewhere the change is
/// seen from `until` on; of the baseline there are so many reads.
fn stale(until: f64, baseline: u32) -> Story {
    let mut lines = "1.0 europe eu 2.0 2.1 w7\n 1.1 europe eu 11.5 11.6 w8\n".to_owned();
    let reads = (0..baseline).map(|read| (3.0 + 8.0 * f64::from(read) / f64::from(baseline), "eu", 7));
    let after = (0..230).map(|read| 17.0 + f64::from(read) / 10.0);
    let after = after.map(|from| (from, "us", if from < until { 7 } else { 8 }));
    for (turn, (from, through, value)) in reads.chain(after).enumerate() {
        lines += &format!("2.{turn} europe {through} {from:.2} {:.2} r{value}\n", from + 0.05);
    }
    let mut story = Story::good();
    story.operations = operations(&format!("{lines} 9.0 at-us us 45.0 45.1 r8 f"));
    story.without_event(|kind| matches!(kind, EventKind::FaultHealing(_) | EventKind::FaultHealed(_)));
    story
}

#[test]
fn who_sees_what_is_long_out_of_date_has_not_recovered() {
    use RecoveryState::{NotRecovered, Recovered, Undecided};
    use verdict::findings::RecoveryMeasure::{Staleness, Success};
    // Older than a second is older than the baseline tolerates, and the change is 5.4 s old at the first read elsewhere.
    let cases = [
        ("the change is there", 17.0, 80, Recovered, Some(4.2), Some(Success)),
        ("it comes at 20 s", 20.0, 80, Recovered, Some(7.9), Some(Staleness)),
        ("it never comes", 40.0, 80, NotRecovered, None, None),
        ("it comes a second before the end", 38.0, 80, Undecided, None, None),
        ("the baseline has too few reads to say what is old", 40.0, 50, Recovered, Some(4.2), Some(Success)),
    ];
    for (case, until, baseline, state, time, last) in cases {
        let findings = stale(until, baseline).judged();
        let found = europe(&findings);
        assert_eq!((found.state, seconds(found), found.last), (state, time, last), "{case}: {}", found.text);
        assert_eq!(found.parts[0].recovered, Some(at(16.3)), "{case}: requests succeed");
        let writes = findings.faults[0].recovery.iter().find(|one| one.population == EUROPE && one.class == "write");
        assert_eq!(seconds(writes.unwrap()), Some(4.2), "{case}: a write can't be stale");
    }
    // Nobody reads any more from the outage on: that is no sign of freshness.
    let mut silent = stale(17.0, 80);
    silent.operations.retain(|one| one.sent.is_some_and(|sent| sent < at(12.0)) || one.is_final);
    assert_eq!(europe(&silent.judged()).state, Undecided);
    let findings = stale(20.0, 80).judged();
    let told = "recovered after 7.9 s, staleness last (95 % of reads lack nothing older than 1 s)";
    assert_eq!(europe(&findings).text, told);
    let findings = stale(40.0, 50).judged();
    assert_eq!(europe(&findings).parts[2].text, "not measured: the baseline has too few reads for a p95 of their age");
    assert_eq!(europe(&Story::good().judged()).parts.len(), 2, "without sessions nothing is said of staleness");
}

#[test]
fn the_latest_of_all_parts_is_the_recovery() {
    use verdict::findings::RecoveryMeasure::{Response, Staleness};
    let both = |slow_until: f64, stale_until: f64| {
        let mut story = slow(3_000, slow_until);
        story.operations = stale(stale_until, 80).operations;
        story.without_event(|kind| matches!(kind, EventKind::FaultHealing(_) | EventKind::FaultHealed(_)));
        let findings = story.judged();
        (europe(&findings).state, seconds(europe(&findings)), europe(&findings).last)
    };
    assert_eq!(both(20.0, 24.0), (RecoveryState::Recovered, Some(11.9), Some(Staleness)));
    assert_eq!(both(24.0, 20.0), (RecoveryState::Recovered, Some(11.9), Some(Response)));
    assert_eq!(
        both(39.0, 40.0),
        (RecoveryState::NotRecovered, None, None),
        "what is surely bad is worse than what was cut"
    );
    assert_eq!(both(40.0, 38.0), (RecoveryState::NotRecovered, None, None));
}

#[test]
fn one_slow_answer_in_a_hundred_is_as_in_the_baseline() {
    let mut story = slow(130, 20.0);
    story.stray(EUROPE, 18.0);
    let stray = story.traffic.last_mut().unwrap();
    (stray.outcome, stray.latency_ms, stray.served_by) = (Outcome::Ok, 3_000, US);
    assert_eq!(seconds(europe(&story.judged())), Some(4.2));
}
