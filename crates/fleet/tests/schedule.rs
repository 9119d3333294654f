//! What is due when follows from the plan alone.

use fleet::schedule::{Action, actions};
use plan::{
    Source,
    fault::{DataAge, RegionLoss},
    resolved::Fault,
};
use std::time::Duration;
use units::RunTime;

const PLAN: &str = "version: 1
name: two-faults
target: {endpoints: {us-east-1: 'http://127.0.0.1:1'}}
populations: [{name: ohio, place: us-east-2, share: 100%}]
load: {model: open, rate: 1/s, for: 60s, warm_up: 5s}
journeys: [{name: look, weight: 1, steps: [{name: home, get: /}]}]
faults:
  - {name: one, region-isolated: {region: us-east-1, from: users}, at: 20s, for: 10s, verify_within: 1s}
  - {name: two, region-isolated: {region: us-east-1, from: users}, at: 40s, for: 10s, verify_within: 1s}
objectives: [{recovery_time: 5s}]
";

fn due(change: impl Fn(&mut [Fault])) -> Vec<(u64, Action)> {
    let source = Source { name: "two-faults.yaml".to_owned(), text: PLAN.to_owned() };
    let mut plan = plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    change(&mut plan.faults);
    actions(&plan).into_iter().map(|(at, action)| (at.second(), action)).collect()
}

#[test]
fn each_fault_is_injected_and_healed_after_the_warm_up() {
    let expected = [
        (5, Action::StartBaseline),
        (20, Action::Inject(0)),
        (30, Action::Heal(0)),
        (40, Action::Inject(1)),
        (50, Action::Heal(1)),
    ];
    assert_eq!(due(|_| {}), expected);
}

#[test]
fn what_a_fault_needs_is_made_ready_before_it() {
    let due = due(|faults| {
        let kind = RegionLoss { data_age: Some(DataAge(Duration::from_secs(12))), ..RegionLoss::of("us-east-1") };
        faults[0].kind = kind.into();
    });
    assert_eq!(due[..3], [(5, Action::StartBaseline), (8, Action::Prepare(0)), (20, Action::Inject(0))]);
}

#[test]
fn one_fault_is_healed_before_the_next_is_injected_at_the_same_time() {
    let due = due(|faults| faults[1].at = Duration::from_secs(30));
    assert_eq!(due[2..4], [(30, Action::Heal(0)), (30, Action::Inject(1))]);
}

#[test]
fn a_fault_that_would_outlast_the_load_is_healed_with_its_end() {
    let due = due(|faults| faults[1].duration = Duration::from_secs(600));
    assert_eq!(due.last(), Some(&(RunTime::from(Duration::from_secs(60)).second(), Action::Heal(1))));
}
