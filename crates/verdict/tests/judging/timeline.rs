//! Marks and segments of a fault.

use crate::story::{AMERICA, EU, EUROPE, Story, US, at};
use record::{Event, EventKind, Outcome};
use units::RunTime;
use verdict::{
    Findings,
    findings::{MarkKind, Proof},
};

fn mark(findings: &Findings, kind: MarkKind) -> Option<RunTime> {
    findings.faults[0].mark(kind).unwrap().at
}

fn why(findings: &Findings, kind: MarkKind) -> &str {
    findings.faults[0].mark(kind).unwrap().not_measured.as_deref().unwrap()
}

#[test]
fn every_mark_of_a_known_run_is_where_it_happened() {
    let findings = Story::good().judged();
    let expected = [
        (MarkKind::Injecting, 12.0),
        (MarkKind::Active, 12.3),
        (MarkKind::Impact, 12.1),
        (MarkKind::Detected, 15.1),
        (MarkKind::Rerouted, 16.3),
        (MarkKind::Shifted, 16.3),
        (MarkKind::Recovered, 16.3),
        (MarkKind::Healing, 24.0),
        (MarkKind::Healed, 24.8),
        (MarkKind::FirstHome, 27.0),
        (MarkKind::FailedBack, 27.0),
    ];
    assert_eq!(findings.faults[0].marks.len(), expected.len());
    for ((kind, second), found) in expected.into_iter().zip(&findings.faults[0].marks) {
        assert_eq!((found.kind, found.at), (kind, Some(at(second))));
        assert!(found.source.is_some() && found.error.is_some() && found.not_measured.is_none(), "{kind:?}");
    }
    assert_eq!(findings.faults[0].focus, Some(EUROPE));
    let segments = &findings.faults[0].segments;
    let total: f64 = segments.iter().map(|segment| segment.length.as_secs_f64()).sum();
    assert!((total - 4.0).abs() < 1e-9, "from the proof of the effect to the recovery: {total}");
}

#[test]
fn detection_is_the_first_reaction_to_this_fault() {
    let unhealthy = |region: &str| EventKind::HealthChanged { region: region.into(), healthy: false };
    let steered = |from, to| EventKind::SteeringChanged { population: EUROPE, from, to };
    type Case = (&'static str, Vec<(f64, EventKind)>, Option<f64>);
    let led_home = EventKind::SteeringChanged { population: AMERICA, from: EU, to: US };
    let cases: [Case; 8] = [
        ("others are led home from there", vec![(14.0, led_home)], None),
        ("a health change", vec![(15.0, unhealthy("eu-west-1"))], Some(15.0)),
        ("steering away", vec![(14.0, steered(EU, US)), (15.0, unhealthy("eu-west-1"))], Some(14.0)),
        ("steering to nowhere", vec![(14.0, steered(EU, None))], Some(14.0)),
        ("another region", vec![(14.0, unhealthy("us-east-1")), (14.5, steered(US, EU))], None),
        ("a flap of the baseline", vec![(8.0, unhealthy("eu-west-1")), (16.0, unhealthy("eu-west-1"))], Some(16.0)),
        ("steering of unknown origin", vec![(14.0, steered(None, US))], None),
        ("nothing at all", vec![], None),
    ];
    for (case, events, expected) in cases {
        let mut story = Story::good();
        story.without_event(|kind| matches!(kind, EventKind::HealthChanged { .. } | EventKind::SteeringChanged { .. }));
        events.into_iter().for_each(|(when, kind)| story.event(when, kind));
        let findings = story.judged();
        assert_eq!(mark(&findings, MarkKind::Detected), expected.map(at), "{case}");
    }
}

/// A slow first answer: its event lies behind the recovery that its request proves.
#[test]
fn who_served_counts_from_when_a_request_was_intended_as_recovery_does() {
    let mut story = Story::good();
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    story.event(17.1, EventKind::ServedByStarted { population: EUROPE, region: 1 });
    story.event(27.9, EventKind::ServedByStarted { population: EUROPE, region: 0 });
    let findings = story.judged();
    let order = [MarkKind::Rerouted, MarkKind::Shifted, MarkKind::Recovered].map(|kind| mark(&findings, kind));
    assert_eq!(order, [Some(at(16.3)); 3]);
    let home = [MarkKind::FirstHome, MarkKind::FailedBack].map(|kind| mark(&findings, kind));
    assert_eq!(home, [Some(at(27.0)); 2]);
}

#[test]
fn a_service_that_never_reroutes_says_so() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 25.0, Outcome::Refused);
    story.serve(EUROPE, 25.0, 40.0, EU);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    let findings = story.judged();
    assert_eq!(why(&findings, MarkKind::Rerouted), "no success was served elsewhere");
    assert!(why(&findings, MarkKind::Shifted).contains("99 %"));
    assert_eq!(mark(&findings, MarkKind::Recovered), Some(at(25.0)), "the repair mended it");
    assert_eq!(mark(&findings, MarkKind::FailedBack), Some(at(25.0)));
}

#[test]
fn a_population_that_others_served_before_has_no_first_reroute() {
    let mut story = Story::good();
    story.serve(EUROPE, 0.0, 12.1, US);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    let findings = story.judged();
    assert_eq!(why(&findings, MarkKind::Rerouted), "others served this population before the fault, too");
}

#[test]
fn home_is_who_answered_most_and_not_who_answered_first() {
    // America is served by Europe for four of the ten seconds of the baseline, or for six.
    for (until, home) in [(6.0, US), (8.0, EU)] {
        let mut story = Story::good();
        story.forget(AMERICA);
        story.serve(AMERICA, 0.0, until, EU);
        story.serve(AMERICA, until, 40.0, US);
        assert_eq!(story.judged().run.populations[AMERICA].home, home, "by Europe until {until} s");
    }
}

#[test]
fn a_seamless_failover_still_has_its_marks() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 13.0, EU);
    story.serve(EUROPE, 13.0, 27.0, US);
    story.serve(EUROPE, 27.0, 40.0, EU);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    let findings = story.judged();
    assert_eq!(findings.faults[0].focus, Some(EUROPE), "nobody failed, but it is europe's home that died");
    assert_eq!(mark(&findings, MarkKind::Shifted), Some(at(13.0)));
    assert!(why(&findings, MarkKind::Impact).contains("no request failed"));
    assert_eq!(findings.summary.verdict, verdict::Verdict::Pass);
    assert!(findings.summary.sentence.starts_with("No user was affected"), "{}", findings.summary.sentence);
}

#[test]
fn proofs_are_taken_at_their_word_and_no_further() {
    let dying = || "eu-dies".into();
    let reason = |text: &str| Proof::NotProven { reason: text.to_owned() };
    let mut story = Story::good();
    story.without_event(|kind| matches!(kind, EventKind::FaultActive(_) | EventKind::FaultHealed(_)));
    let findings = story.judged();
    assert_eq!(findings.faults[0].effect, reason("no proof of its effect was recorded"));
    assert_eq!(findings.faults[0].removal, reason("no proof of its removal was recorded"));
    story.events.push(Event::new(at(14.0), EventKind::FaultFailed(dying()), "fault", "kill: permission denied"));
    assert_eq!(story.judged().faults[0].effect, reason("kill: permission denied"));
    let mut withdrawn = Story::good();
    withdrawn.events.push(Event::new(at(30.0), EventKind::FaultNotHealed(dying()), "fault", "it died again"));
    assert_eq!(withdrawn.judged().faults[0].removal, reason("it died again"), "the last word counts");
}

#[test]
fn the_phases_of_a_run_follow_its_faults() {
    use verdict::findings::{Operations, PhaseName};
    let findings = Story::good().judged();
    let europe = findings.experience.iter().find(|one| one.population == EUROPE && one.operations == Operations::All);
    let lengths: Vec<_> = europe.unwrap().phases.iter().map(|one| (one.phase, one.length.0.as_secs())).collect();
    let expected = [(PhaseName::Baseline, 10), (PhaseName::Fault, 13), (PhaseName::After, 15), (PhaseName::Whole, 38)];
    assert_eq!(lengths, expected, "a second that the fault touches belongs to the fault");
}

#[test]
fn requests_in_the_second_before_the_loads_event_count() {
    let mut story = Story::good();
    let late = story.events.iter_mut().find(|event| event.kind == EventKind::LoadStarted).unwrap();
    late.at = at(1.05);
    let findings = story.judged();
    assert_eq!(findings.series.from_second, 2);
    assert_eq!(findings.load.requests, 2_400);
    assert_eq!(findings.summary.verdict, verdict::Verdict::Pass);
}

#[test]
fn failures_under_way_when_the_fault_came_are_no_baseline() {
    let mut story = Story::good();
    // Requests of the last second before the injection are still under way when their region dies.
    (0..10).for_each(|tenth| story.stray(EUROPE, 11.0 + f64::from(tenth) / 10.0));
    let findings = story.judged();
    assert_eq!(mark(&findings, MarkKind::Impact), Some(at(12.1)));
    let recovered: Vec<_> = findings.faults[0].recovery.iter().filter_map(|one| one.recovered).collect();
    assert_eq!(recovered, [at(16.3), at(16.3)], "reads and writes alike");
}

#[test]
fn a_mending_before_its_time_says_when_and_why() {
    let healed = |seconds: f64, why: &str| {
        let mut story = Story::good();
        story.without_event(|kind| matches!(kind, EventKind::FaultHealing(_)));
        story.event(seconds, EventKind::FaultHealing("eu-dies".into()));
        story.events.last_mut().unwrap().text = format!("region-loss eu-dies: healing{why}");
        story.judged().faults.remove(0).remarks
    };
    assert!(healed(24.0, ": as planned").is_empty(), "at its time");
    assert!(healed(23.6, ": as planned").is_empty(), "an order may come a little early");
    let asked = "its mending began at T+18.0 s, 6 s before the plan's end of it: as was asked";
    assert_eq!(healed(18.0, ": as was asked"), [asked]);
    let unsaid = "its mending began at T+18.0 s, 6 s before the plan's end of it";
    assert_eq!(healed(18.0, ""), [unsaid], "an older recording doesn't say why");
}
