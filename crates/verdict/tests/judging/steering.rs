//! Who never moved, of faults that are long or short, noticed or not, and of faults that nobody has to move for.

use crate::story::{EU, EUROPE, Story, Stretch, US, WRITE, share};
use plan::{
    fault::{
        Direction, Established, Evacuation, FaultKind, IsolatedFrom, LinkDelay, Manner, Pace, Partition,
        RegionIsolated, Replication,
    },
    resolved::{Entry, Objective, ObjectiveKind, Routing, ServedBy, Target, TlsTrust},
};
use record::{EventKind, Outcome};
use std::time::Duration;
use verdict::{
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::{Length, ObjectiveFinding, Steering},
};

fn is_mending(kind: &EventKind) -> bool {
    matches!(kind, EventKind::FaultHealing(_) | EventKind::FaultHealed(_))
}

fn is_noticing(kind: &EventKind) -> bool {
    matches!(kind, EventKind::HealthChanged { .. } | EventKind::SteeringChanged { .. })
}

/// The fault takes effect at 12.3 s and is noticed at 15.1 s; answers may be kept for 1 s. It is mended then, and until then those
/// of Europe fail who haven't moved: all of them to `moved`, and of its writes those to `wrote`.
fn fault(mended: f64, moved: f64, wrote: f64) -> Story {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, moved, Outcome::Timeout);
    story.serve(EUROPE, moved, mended, US);
    story.serve(EUROPE, mended, 40.0, EU);
    // A third of its requests are writes.
    story.traffic.retain(|stretch| !(stretch.population == EUROPE && stretch.step == WRITE && stretch.from == moved));
    let mut writes = |from: f64, to: f64, outcome: Outcome, served_by: Option<usize>| {
        story.traffic.push(Stretch {
            population: EUROPE,
            step: WRITE,
            from,
            to,
            per_tenth: 1,
            outcome,
            served_by,
            latency_ms: 130,
            attempts: 1,
        });
    };
    writes(moved, wrote, Outcome::Timeout, None);
    writes(wrote, mended, Outcome::Ok, US);
    story.without_event(is_mending);
    story.event(mended, EventKind::FaultHealing("eu-dies".into()));
    story.event(mended + 0.8, EventKind::FaultHealed("eu-dies".into()));
    story
}

fn partition() -> FaultKind {
    let (direction, manner, established) = (Direction::Both, Manner::Drop, Established::Keep);
    Partition { between: "eu-west-1".into(), and: "us-east-1".into(), direction, manner, established }.into()
}

fn found(story: &Story) -> Steering {
    let steering = story.judged().faults.remove(0).steering;
    steering.into_iter().find(|one| one.population == EUROPE).expect("europe is at home in the region that was hit")
}

fn promised(story: &Story, percent: f64) -> ObjectiveFinding {
    let mut story = story.clone();
    let kind = ObjectiveKind::NeverMoved { max: share(percent) };
    story.plan.objectives = vec![Objective { name: "promise".to_owned(), kind }];
    story.judged().objectives.remove(0)
}

fn percent(found: &Steering) -> Option<u64> {
    found.never_moved.map(|share| (share * 1_000.0).round() as u64)
}

fn millis(length: Option<Length>) -> Option<u128> {
    length.map(|length| length.0.as_millis())
}

/// Promises of so many percent at most.
fn verdicts(story: &Story, cases: &[(f64, Verdict)]) {
    for (max, expected) in cases {
        let found = promised(story, *max);
        assert_eq!(found.verdict, *expected, "{max} %: {}", found.reason);
    }
}

#[test]
fn of_a_short_fault_the_time_before_anybody_could_move_does_not_count() {
    let story = fault(18.0, 15.5, 15.5);
    let steering = found(&story);
    assert!(steering.had_to_move);
    assert_eq!((percent(&steering), millis(steering.nearly_all)), (Some(0), Some(3_200)), "{}", steering.text);
    verdicts(&story, &[(0.0, Pass)]);
}

#[test]
fn whoever_fails_until_the_end_has_never_moved() {
    // From 16.1 s on, when an answer from before 15.1 s is used no more: reads are elsewhere, writes are not.
    let short = fault(19.0, 15.5, 19.0);
    assert_eq!(percent(&found(&short)), Some(333), "{}", found(&short).text);
    verdicts(&short, &[(33.0, Fail), (34.0, Pass)]);
    // Writes failed for four of the last ten seconds; who moved late has moved.
    let late = fault(30.0, 15.5, 24.0);
    assert_eq!(percent(&found(&late)), Some(0), "99 % had moved at 24 s: {}", found(&late).text);
    let long = fault(30.0, 15.5, 30.0);
    assert_eq!(percent(&found(&long)), Some(333), "{}", found(&long).text);
}

#[test]
fn less_than_two_seconds_are_too_short_to_tell() {
    let story = fault(18.0, 15.5, 18.0);
    let steering = found(&story);
    assert!(steering.had_to_move && steering.text.ends_with("the fault was too short to tell"), "{}", steering.text);
    assert_eq!(steering.never_moved, None);
    verdicts(&story, &[(100.0, Inconclusive)]);
    assert_eq!(percent(&found(&fault(18.1, 15.5, 18.1))), Some(333), "two seconds are enough");
}

#[test]
fn what_nobody_noticed_is_told_from_when_its_health_checks_should_have() {
    // Three checks of a second from 12.3 s on, and one second that an answer is kept.
    let unnoticed = |mended: f64| {
        let mut story = fault(mended, mended, mended);
        story.without_event(is_noticing);
        story
    };
    assert_eq!(percent(&found(&unnoticed(18.3))), Some(1_000));
    assert_eq!(percent(&found(&unnoticed(18.2))), None);
    verdicts(&unnoticed(18.3), &[(99.0, Fail)]);
}

#[test]
fn of_an_attached_service_ten_seconds_are_left_to_notice_and_to_move() {
    let attached = |mended: f64| {
        let mut story = fault(mended, 15.5, mended);
        story.plan.target = Target::Attached {
            entry: Entry::Endpoints { routing: Routing::Nearest },
            endpoints: Vec::new(),
            served_by: ServedBy::Address,
            trust: TlsTrust::Anything,
        };
        story.without_event(is_noticing);
        story
    };
    assert_eq!(percent(&found(&attached(24.2))), None, "12.3 s, and ten, and less than two");
    assert_eq!(percent(&found(&attached(24.3))), Some(333));
}

#[test]
fn whoever_comes_back_while_a_fault_falls_had_moved() {
    let mut story = fault(24.0, 15.5, 15.5);
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.3, EU);
    story.serve(EUROPE, 12.3, 20.0, US);
    story.serve(EUROPE, 20.0, 40.0, EU);
    story.plan.faults[0].kind = Evacuation { region: "eu-west-1".into() }.into();
    assert_eq!(percent(&found(&story)), Some(400), "of ten seconds they were at home for four");
    story.plan.faults[0].ramp.off = Duration::from_secs(4);
    assert_eq!(percent(&found(&story)), Some(0));
}

#[test]
fn nobody_has_to_move_when_no_region_is_taken_away_from_users() {
    let (eu, us) = (|| "eu-west-1".into(), || "us-east-1".into());
    let isolated = |from| {
        let (manner, established) = (Manner::Drop, Established::Keep);
        FaultKind::from(RegionIsolated { region: eu(), from, manner, established })
    };
    let slow = |peer| {
        let (delay, jitter) = (Duration::from_millis(300), Duration::ZERO);
        FaultKind::from(LinkDelay { region: eu(), peer, delay, jitter })
    };
    let stopped = Replication { region: eu(), pace: Pace::Stopped, gauge_frozen: false };
    let cases = [
        ("regions lose each other", partition(), false),
        ("the same by another name", isolated(IsolatedFrom::Peers), false),
        ("users lose the region", isolated(IsolatedFrom::Users), true),
        ("the link to a peer is slow", slow(Some(us())), false),
        ("the users' link is slow", slow(None), true),
        ("replication stops", stopped.into(), false),
    ];
    // Nobody moves.
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 40.0, EU);
    for (case, kind, has_to_move) in cases {
        story.plan.faults[0].kind = kind;
        let steering = found(&story);
        assert_eq!(steering.had_to_move, has_to_move, "{case}");
        assert_eq!(percent(&steering), has_to_move.then_some(1_000), "{case}");
        assert_eq!(steering.text.starts_with("nobody had to move"), !has_to_move, "{case}: {}", steering.text);
        verdicts(&story, &[(50.0, if has_to_move { Fail } else { Inconclusive })]);
    }
    assert!(promised(&story, 50.0).reason.contains("nobody had to move"));
    story.plan.faults[0].kind = isolated(IsolatedFrom::Users);
    story.plan.faults[0].exempt.populations = vec!["europe".into()];
    assert!(!found(&story).had_to_move, "its links stay whole");
}

#[test]
fn a_fault_that_nobody_has_to_move_for_spoils_no_promise() {
    let mut story = fault(18.0, 15.5, 15.5);
    let mut cut = crate::story::fault("cut", "eu-west-1", 30, 3);
    cut.kind = partition();
    story.plan.faults.push(cut);
    let name = || "cut".into();
    story.event(30.0, EventKind::FaultInjecting(name()));
    story.event(30.2, EventKind::FaultActive(name()));
    story.event(33.0, EventKind::FaultHealing(name()));
    story.event(33.5, EventKind::FaultHealed(name()));
    verdicts(&story, &[(0.0, Pass)]);
}
