//! A fault that is given while a plan is carried out is checked as one of the plan is.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of stored plans")]
mod world;

use plan::{
    Source,
    fault::{Fault, FaultKind, RegionLoss, live::Given},
};
use std::time::Duration;
use units::FaultName;
use world::World;

const PLAN: &str = "version: 1\ntarget: {chirp: {regions: [us-east-1, eu-west-1], users: 20}}\n\
                    load: {rate: 10/s, for: 60s, warm_up: 2s}\n\
                    faults: [{name: lost, region-loss: {region: eu-west-1}, at: 30s, for: 10s}]\n";

fn source(text: &str) -> Source {
    Source { name: "the fault".to_owned(), text: text.to_owned() }
}

/// What becomes of a fault that is given at that second.
fn given(text: &str, at: u64) -> Result<Fault, String> {
    let plan = plan::check(&source(PLAN), &World).unwrap();
    let names = [plan.faults[0].name.clone(), FaultName::new("region-loss us-east-1")];
    let at = Duration::from_secs(at);
    let given = Given { plan: &plan, at, around: &plan.faults, names: &names, under_load: true };
    given.read(&source(text), &World).map_err(|mistakes| {
        mistakes
            .iter()
            .map(|mistake| format!("{}:{} {mistake}", mistake.line, mistake.column))
            .collect::<Vec<_>>()
            .join("; ")
    })
}

#[test]
fn a_fault_that_fits_is_as_one_of_the_plan_and_comes_now() {
    let fault = given("region-loss: {region: us-east-1}\nfor: 5s", 12).unwrap();
    assert_eq!((fault.at, fault.duration), (Duration::from_secs(12), Duration::from_secs(5)));
    assert_eq!(fault.kind, FaultKind::from(RegionLoss::of("us-east-1")));
    assert_eq!(fault.name.as_str(), "region-loss us-east-1 2", "its name was taken");
    let named = given("{name: mine, region-loss: {region: us-east-1}, for: 5s}", 12).unwrap();
    assert_eq!(named.name.as_str(), "mine");
}

#[test]
fn what_is_wrong_with_it_is_said_as_in_a_plan() {
    let cases = [
        ("region-loss: {region: us-east-9}\nfor: 5s", 12, "1:23 the target has no region `us-east-9`"),
        ("region-los: {region: us-east-1}\nfor: 5s", 12, "region-los"),
        ("region-loss: {region: us-east-1}", 12, "`for`"),
        ("at: 3s\nregion-loss: {region: us-east-1}\nfor: 5s", 12, "1:5 it comes at once, without `at`"),
        ("name: lost\nclock: {region: us-east-1, offset: 1s}\nfor: 5s", 12, "a fault is called `lost` already"),
        ("region-loss: {region: us-east-1}\nfor: 10m", 12, "the fault lasts until 612s, the load ends at 60s"),
        ("region-loss: {region: us-east-1}\nfor: 5s", 1, "inside the warm-up"),
        ("storage: {region: eu-west-1, is: full}\nfor: 5s", 28, "`lost` and `storage eu-west-1` can't be together"),
        ("region-loss: {region: us-east-1, data_age: 8s}\nfor: 5s", 12, "is made ready 8s before it comes"),
        ("[", 12, "1:"),
    ];
    for (text, at, expected) in cases {
        let said = given(text, at).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
    }
}
